/*
 * Which interpreter a program needs, and whether it is there: the usual reason of "no such file or
 * directory" about a file that anybody can see (hardening.md f.10). Only ever a better message;
 * bounded, read with the workload's own rights.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"

#include "init.h"

#include "base/banned.h"

enum {
	HEAD_SIZE = 1024,
	INTERP_MAX = 128,
	PROGRAM_HEADERS_MAX = 64,
};

static bool script_interp(const char *head, char *interp)
{
	size_t len;

	if (!str_starts(head, "#!"))
		return false;
	head += 2 + strspn(head + 2, " \t");
	len = strcspn(head, " \t\r\n");
	if (len == 0 || len >= INTERP_MAX)
		return false;
	/* "\r": a script with the line ends of another system asks for '/bin/sh\r' */
	if (head[len] == '\r' && len + 1 < INTERP_MAX)
		len++;
	memcpy(interp, head, len);
	interp[len] = '\0';
	return true;
}

/* Most of what is asked for lies in the first bytes, which have been read already. */
static bool read_at(int fd, const char *head, size_t head_size, uint64_t at, void *out, size_t size)
{
	if (at <= head_size && size <= head_size - at) {
		memcpy(out, head + at, size);
		return true;
	}
	return pread(fd, out, size, (off_t)at) == (ssize_t)size;
}

static bool elf_interp(int fd, const char *head, size_t size, char *interp)
{
	const Elf64_Ehdr *elf = (const Elf64_Ehdr *)(const void *)head;
	Elf64_Phdr program;

	if (size < sizeof(*elf) || memcmp(elf->e_ident, ELFMAG, SELFMAG) != 0 ||
		elf->e_ident[EI_CLASS] != ELFCLASS64 || elf->e_phentsize != sizeof(program))
		return false;
	for (unsigned i = 0; i < elf->e_phnum && i < PROGRAM_HEADERS_MAX; i++) {
		if (!read_at(fd, head, size, elf->e_phoff + i * sizeof(program), &program,
			    sizeof(program)))
			return false;
		if (program.p_type != PT_INTERP)
			continue;
		return program.p_filesz > 0 && program.p_filesz <= INTERP_MAX &&
		       read_at(fd, head, size, program.p_offset, interp, program.p_filesz) &&
		       interp[program.p_filesz - 1] == '\0';
	}
	return false;
}

void init_find_interp(const char *path, char *hint, size_t size)
{
	/* O_NONBLOCK: the file may have become a FIFO since it was looked at */
	_fd_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	_Alignas(Elf64_Ehdr) char head[HEAD_SIZE + 1];
	char interp[INTERP_MAX + 1], escaped[INTERP_MAX];
	ssize_t n;

	hint[0] = '\0';
	if (fd < 0)
		return;
	n = pread(fd, head, HEAD_SIZE, 0);
	if (n <= 0)
		return;
	head[n] = '\0';
	if (!script_interp(head, interp) && !elf_interp(fd, head, (size_t)n, interp))
		return;
	if (sys_faccess(AT_FDCWD, interp, F_OK) < 0 && (errno == ENOENT || errno == ENOTDIR))
		str_fmt(hint, size, ": its interpreter '%s' is not there",
			str_escape(escaped, sizeof(escaped), interp));
}
