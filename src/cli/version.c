#include <seccomp.h>

#include "config/config.h"

#include "commit.h"
#include "help.h"

#include "base/banned.h"

static const char commit[] = CAISSON_COMMIT;

const char *cli_version_number(void)
{
	return PACKAGE_VERSION;
}

void cli_version_libseccomp(char *buf, size_t size)
{
	const struct scmp_version *version = seccomp_version();

	buf[0] = '\0';
	if (version != NULL)
		str_fmt(buf, size, "%u.%u.%u", version->major, version->minor, version->micro);
}

void cli_version(struct str_buf *out)
{
	char libseccomp[48];

	cli_version_libseccomp(libseccomp, sizeof(libseccomp));
	str_buf_fmt(out, "caisson version %s\n", cli_version_number());
	if (*commit != '\0')
		str_buf_fmt(out, "commit: %s\n", commit);
	str_buf_puts(out, "spec: " CONFIG_OCI_VERSION_MAX "\n");
	str_buf_fmt(out, "libseccomp: %s\n", libseccomp);
}
