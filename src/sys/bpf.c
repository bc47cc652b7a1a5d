/*
 * bpf(2) for the one program type caisson uses. The attribute structures are the leading parts of
 * the kernel's union; it takes any length and reads the rest as zero.
 */
#include <errno.h>
#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/call.h"

#include "base/banned.h"

enum {
	BPF_PROG_LOAD_ = 5,
	BPF_PROG_ATTACH_ = 8,
	BPF_PROG_TYPE_CGROUP_DEVICE_ = 15,
	BPF_CGROUP_DEVICE_ = 6,
	BPF_F_ALLOW_MULTI_ = 2, /* programs above and below in the tree stay in force */
};

struct load_attr {
	uint32_t prog_type;
	uint32_t insn_cnt;
	uint64_t insns;
	uint64_t license;
	uint32_t log_level;
	uint32_t log_size;
	uint64_t log_buf;
	uint32_t kern_version;
	uint32_t prog_flags;
	char prog_name[16];
};

struct attach_attr {
	uint32_t target_fd;
	uint32_t attach_bpf_fd;
	uint32_t attach_type;
	uint32_t attach_flags;
};

int sys_bpf_device_load(const struct sys_ebpf_insn *insns, size_t n)
{
	struct load_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE_,
		.insn_cnt = (uint32_t)n,
		.insns = (uintptr_t)insns,
		.license = (uintptr_t) "", /* no helper is called */
		.prog_name = "caisson_devices",
	};

	if (n > UINT32_MAX) {
		errno = E2BIG;
		return -1;
	}
	return (int)syscall(SYS_bpf, BPF_PROG_LOAD_, &attr, sizeof(attr));
}

int sys_bpf_device_attach(int cgroup_fd, int program_fd)
{
	struct attach_attr attr = {
		.target_fd = (uint32_t)cgroup_fd,
		.attach_bpf_fd = (uint32_t)program_fd,
		.attach_type = BPF_CGROUP_DEVICE_,
		.attach_flags = BPF_F_ALLOW_MULTI_,
	};

	return (int)syscall(SYS_bpf, BPF_PROG_ATTACH_, &attr, sizeof(attr));
}
