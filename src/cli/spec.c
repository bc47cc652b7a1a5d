#include <errno.h>
#include <fcntl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/abi.h"
#include "base/fd.h"

#include "cli.h"
#include "example.h"

#include "base/banned.h"

static const char file_name[] = "config.json";

static bool has_unified_cgroups(void)
{
	struct statfs fs;

	return statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type == SYS_MAGIC_CGROUP2;
}

static int write_file(int bundle_fd, const char *text, size_t len, struct err *err)
{
	_fd_ int fd = openat(
		bundle_fd, file_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);

	if (fd < 0 && errno == EEXIST)
		return err_new(err, -EEXIST, "File %s exists. Remove it first", file_name);
	if (fd < 0)
		return err_sys(err, "create %s", file_name);
	if (fd_write_all(fd, text, len) < 0 || fd_write_all(fd, "\n", 1) < 0) {
		int rc = err_sys(err, "write %s", file_name);

		unlinkat(bundle_fd, file_name, 0);
		return rc;
	}
	return 0;
}

int cli_spec(struct cli *cli, struct err *err)
{
	_json_out_ struct json_out *out = NULL;
	_fd_ int bundle_fd = -1;
	const char *bundle = cli_text(cli->args, "bundle");
	struct cli_example example = {
		.rootless = cli_on(cli->args, "rootless"),
		.uid = geteuid(),
		.gid = getegid(),
		.cgroup_namespace = has_unified_cgroups(),
	};
	const char *text;
	size_t len = 0;

	bundle_fd = open(bundle[0] != '\0' ? bundle : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (bundle_fd < 0)
		return err_sys(err, "open bundle '%s'", bundle);
	out = json_out_new("\t");
	cli_example_json(&example, out);
	text = json_out_text(out, &len);
	if (text == NULL)
		return err_new(err, -ENOMEM, "cannot write %s: out of memory", file_name);
	return write_file(bundle_fd, text, len, err);
}
