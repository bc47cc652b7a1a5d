/* Security modules: which are active, our own label, and what AppArmor has loaded. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/str.h"

#include "local.h"
#include "text.h"

#include "base/banned.h"

#define MAGIC_SELINUX 0xf97cff8cU

enum {
	LABEL_MAX = 1024,
	PROFILES_MAX = 1 << 20, /* bytes of the kernel's list */
};

static const char profiles_path[] = "/sys/kernel/security/apparmor/profiles";

/* "name (mode)" without the mode; NULL where nothing confines us. */
static int gather_own_label(struct arena *arena, struct facts *out, struct err *err)
{
	char text[LABEL_MAX];
	ssize_t n = fd_read_at(AT_FDCWD, "/proc/self/attr/apparmor/current", text, sizeof(text));

	if (n < 0) /* needed for kernels < 5.8 */
		n = fd_read_at(AT_FDCWD, "/proc/self/attr/current", text, sizeof(text));
	if (n <= 0)
		return 0;
	text[strcspn(text, " \n")] = '\0';
	if (str_eq(text, "unconfined") || *text == '\0')
		return 0;
	out->apparmor_label = arena_strdup(arena, text);
	return out->apparmor_label != NULL ? 0 : err_new(err, -ENOMEM, "out of memory");
}

int facts_gather_lsm(struct arena *arena, struct facts *out, struct err *err)
{
	char text[16];
	struct statfs fs;

	out->apparmor = fd_read_at(AT_FDCWD, "/sys/module/apparmor/parameters/enabled", text,
				sizeof(text)) > 0 &&
			text[0] == 'Y';
	out->selinux = statfs("/sys/fs/selinux", &fs) == 0 && (uint32_t)fs.f_type == MAGIC_SELINUX;
	return out->apparmor ? gather_own_label(arena, out, err) : 0;
}

/* The kernel says which contexts exist to whoever writes one there. */
void facts_probe_selinux(struct facts *facts, const char *type)
{
	_fd_ int fd = -1;
	char context[LABEL_MAX];
	size_t len = str_fmt(context, sizeof(context), "system_u:system_r:%s:s0:c0.c1023", type);

	if (facts->selinux_type != NULL || len >= sizeof(context))
		return;
	fd = open("/sys/fs/selinux/context", O_RDWR | O_CLOEXEC);
	if (fd >= 0 && write(fd, context, len + 1) > 0)
		facts->selinux_type = type;
}

/* --- what is loaded --------------------------------------------------------------------------- */

/* Lines of "name (mode)". */
static bool is_listed(const char *list, const char *name, size_t len)
{
	for (const char *line = list; line != NULL; line = strchr(line, '\n')) {
		line += *line == '\n' ? 1 : 0;
		if (strncmp(line, name, len) == 0 && str_starts(line + len, " ("))
			return true;
	}
	return false;
}

/* A stack is loaded when all its profiles are. */
static bool is_loaded(const char *list, const char *name)
{
	const char *end;

	for (; (end = strstr(name, FACTS_APPARMOR_STACK)) != NULL;
		name = end + strlen(FACTS_APPARMOR_STACK)) {
		if (!is_listed(list, name, (size_t)(end - name)))
			return false;
	}
	return is_listed(list, name, strlen(name));
}

static struct facts_apparmor_profile *new_profile(struct facts *facts, const char *name)
{
	struct facts_apparmor_profile *profile = &facts->apparmor_profiles[0];

	if (facts->n_apparmor_profiles == FACTS_APPARMOR_PROFILES_MAX)
		return NULL;
	profile += facts->n_apparmor_profiles++;
	profile->name = name;
	return profile;
}

int facts_probe_apparmor(
	struct arena *arena, struct facts *facts, const char *name, struct err *err)
{
	char *list = arena_alloc(arena, PROFILES_MAX);
	struct facts_apparmor_profile *profile;

	if (list == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	/* Names of other namespaces are not in our list; and not everybody may read it. */
	if (strchr(name, ':') != NULL || str_eq(name, "unconfined") ||
		fd_read_at(AT_FDCWD, profiles_path, list, PROFILES_MAX) < 0)
		return 0;
	profile = new_profile(facts, name);
	if (profile != NULL)
		profile->is_loaded = is_loaded(list, name);
	return 0;
}

enum facts_apparmor_state facts_apparmor_state(const struct facts *facts, const char *name)
{
	for (size_t i = 0; i < facts->n_apparmor_profiles; i++) {
		const struct facts_apparmor_profile *profile = &facts->apparmor_profiles[i];

		if (str_eq(profile->name, name))
			return profile->is_loaded ? FACTS_APPARMOR_LOADED : FACTS_APPARMOR_MISSING;
	}
	return FACTS_APPARMOR_UNKNOWN;
}

/* --- text form -------------------------------------------------------------------------------- */

bool facts_text_read_apparmor(
	struct facts_text_reader *reader, const struct facts_text_key *key, char *rest)
{
	const char *name = str_field(&rest);
	const char *state = name != NULL && rest != NULL ? facts_text_only_field(rest) : NULL;
	struct facts_apparmor_profile *profile;

	(void)key;
	if (state == NULL || (!str_eq(state, "loaded") && !str_eq(state, "missing")))
		return false;
	profile = new_profile(reader->facts, name);
	if (profile == NULL)
		return false;
	profile->is_loaded = str_eq(state, "loaded");
	return true;
}

void facts_text_print_apparmor(
	const struct facts *facts, const struct facts_text_key *key, struct str_buf *out)
{
	for (size_t i = 0; i < facts->n_apparmor_profiles; i++) {
		const struct facts_apparmor_profile *profile = &facts->apparmor_profiles[i];

		str_buf_fmt(out, "%s ", key->name);
		str_buf_field(out, profile->name);
		str_buf_fmt(out, " %s\n", profile->is_loaded ? "loaded" : "missing");
	}
}
