/*
 * main() of a fuzz target outside libFuzzer: runs it over files, or over every file of folders.
 * One TAP point a folder or file; a crash is the failure. Also what AFL++ starts, with one file.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	INPUT_MAX = 16 << 20,
	PATH_BYTES = 4096,
	NAME_BYTES = 64
};

static bool replay_file(int dirfd, const char *name)
{
	uint8_t *data;
	size_t size = 0;
	ssize_t n = 1;
	int fd;

	fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	data = malloc(INPUT_MAX);
	while (data != NULL && n > 0 && size < INPUT_MAX) {
		n = read(fd, data + size, INPUT_MAX - size);
		size += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	if (data == NULL || n < 0) {
		free(data);
		return false;
	}
	/* Exactly as long as the input, so that a read past its end is seen by ASan. */
	uint8_t *exact = malloc(size == 0 ? 1 : size);
	if (exact != NULL) {
		memcpy(exact, data, size);
		LLVMFuzzerTestOneInput(exact, size);
	}
	free(exact);
	free(data);
	return exact != NULL;
}

static int replay_folder(const char *path, unsigned *n_files)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	int failed = 0;

	if (dir == NULL)
		return -1;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		failed |= !replay_file(dirfd(dir), entry->d_name);
		++*n_files;
	}
	closedir(dir);
	return failed ? -1 : 0;
}

static int replay(const char *path, unsigned point)
{
	unsigned n_files = 0;
	struct stat st;
	int ret = -1;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		ret = replay_folder(path, &n_files);
	} else {
		n_files = 1;
		ret = replay_file(AT_FDCWD, path) ? 0 : -1;
	}
	printf("%s %u - %u inputs of %s\n", ret == 0 && n_files > 0 ? "ok" : "not ok", point,
		n_files, path);
	return ret == 0 && n_files > 0 ? 0 : -1;
}

/* tests/fuzz/fuzz_NAME.replay runs over $top_srcdir/tests/fuzz/corpus/NAME. */
static int default_corpus(const char *program, char *path, size_t size)
{
	const char *top = getenv("top_srcdir");
	const char *name = strstr(program, "fuzz_");
	size_t len;
	int n;

	if (top == NULL || name == NULL)
		return -1;
	name += strlen("fuzz_");
	len = strcspn(name, ".");
	if (len > NAME_BYTES)
		return -1;
	n = snprintf(path, size, "%s/tests/fuzz/corpus/%.*s", top, (int)len, name);
	return n > 0 && (size_t)n < size ? 0 : -1;
}

int main(int argc, char **argv)
{
	char path[PATH_BYTES];
	int failed = 0;

	if (argc > 1) {
		printf("1..%d\n", argc - 1);
		for (int i = 1; i < argc; i++)
			failed |= replay(argv[i], (unsigned)i) < 0;
		return failed;
	}
	if (default_corpus(argv[0], path, sizeof(path)) < 0) {
		fprintf(stderr, "usage: %s FILE-OR-FOLDER...\n", argv[0]);
		return 2;
	}
	printf("1..1\n");
	return replay(path, 1) < 0;
}
