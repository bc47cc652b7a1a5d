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
	BPF_PROG_DETACH_ = 9,
	BPF_PROG_GET_FD_BY_ID_ = 13,
	BPF_OBJ_GET_INFO_BY_FD_ = 15,
	BPF_PROG_QUERY_ = 16,
	BPF_PROG_TYPE_CGROUP_DEVICE_ = 15,
	BPF_CGROUP_DEVICE_ = 6,
	BPF_F_ALLOW_MULTI_ = 2, /* programs above and below in the tree stay in force */
	BPF_F_REPLACE_ = 4,
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
	uint32_t replace_bpf_fd;
};

struct query_attr {
	uint32_t target_fd;
	uint32_t attach_type;
	uint32_t query_flags;
	uint32_t attach_flags;
	uint64_t prog_ids;
	uint32_t prog_cnt;
	uint32_t pad;
};

struct info_attr {
	uint32_t bpf_fd;
	uint32_t info_len;
	uint64_t info;
};

struct program_info { /* the leading part of struct bpf_prog_info */
	uint8_t before[64];
	char name[SYS_BPF_NAME_SIZE];
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

int sys_bpf_device_replace(int cgroup_fd, int program_fd, int old_fd)
{
	struct attach_attr attr = {
		.target_fd = (uint32_t)cgroup_fd,
		.attach_bpf_fd = (uint32_t)program_fd,
		.attach_type = BPF_CGROUP_DEVICE_,
		.attach_flags = BPF_F_ALLOW_MULTI_ | BPF_F_REPLACE_,
		.replace_bpf_fd = (uint32_t)old_fd,
	};

	return (int)syscall(SYS_bpf, BPF_PROG_ATTACH_, &attr, sizeof(attr));
}

int sys_bpf_device_detach(int cgroup_fd, int program_fd)
{
	struct attach_attr attr = {
		.target_fd = (uint32_t)cgroup_fd,
		.attach_bpf_fd = (uint32_t)program_fd,
		.attach_type = BPF_CGROUP_DEVICE_,
	};

	return (int)syscall(SYS_bpf, BPF_PROG_DETACH_, &attr, sizeof(attr));
}

int sys_bpf_device_query(int cgroup_fd, uint32_t *ids, uint32_t *n)
{
	struct query_attr attr = {
		.target_fd = (uint32_t)cgroup_fd,
		.attach_type = BPF_CGROUP_DEVICE_,
		.prog_ids = (uintptr_t)ids,
		.prog_cnt = *n,
	};
	int r = (int)syscall(SYS_bpf, BPF_PROG_QUERY_, &attr, sizeof(attr));

	*n = attr.prog_cnt;
	return r;
}

int sys_bpf_program_open(uint32_t id)
{
	struct {
		uint32_t id, next_id, open_flags;
	} attr = { .id = id };

	return (int)syscall(SYS_bpf, BPF_PROG_GET_FD_BY_ID_, &attr, sizeof(attr));
}

int sys_bpf_program_name(int program_fd, char name[SYS_BPF_NAME_SIZE])
{
	struct program_info info = { 0 };
	struct info_attr attr = {
		.bpf_fd = (uint32_t)program_fd,
		.info_len = sizeof(info),
		.info = (uintptr_t)&info,
	};
	int r = (int)syscall(SYS_bpf, BPF_OBJ_GET_INFO_BY_FD_, &attr, sizeof(attr));

	for (int i = 0; i < SYS_BPF_NAME_SIZE; i++)
		name[i] = info.name[i];
	name[SYS_BPF_NAME_SIZE - 1] = '\0';
	return r;
}
