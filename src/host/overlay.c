#include "overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "sys/call.h"

#include "base/banned.h"

enum {
	KEY_MAX = 64,
	REASON_MAX = 256,
};

static void overlay_done(struct host_overlay *o)
{
	for (size_t i = 0; i < o->n_layers; i++)
		fd_cleanup(&o->layers[i].fd);
	fd_cleanup(&o->common);
	fd_cleanup(&o->place);
	fd_cleanup(&o->upper);
	fd_cleanup(&o->work);
	fd_cleanup(&o->mnt);
}

static const struct plan_step *find_step(const struct plan *plan)
{
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		if (plan->steps[i].kind == PLAN_OVERLAY)
			return &plan->steps[i];
	}
	return NULL;
}

const char *host_overlay_work(const struct plan *plan)
{
	const struct plan_step *step = find_step(plan);

	return step != NULL && step->ref[1].len != 0 ? plan_string(plan, &step->ref[1]) : NULL;
}

/* --- layers ------------------------------------------------------------------------------------- */

static int check_same(int fd, const struct plan_step *step, const char *path, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(err, "stat layer '%s'", path);
	/* SECURITY: facts compared the layers with the engine's mount; what has taken the place
	 * of one since is not the container's. */
	if (st.st_dev != step->num[1] || st.st_ino != step->num[2])
		return err_new(err, -ESTALE, "layer '%s' was replaced by another directory", path);
	return 0;
}

/* A detached copy of the mount with the container's ids. */
static int clone_shifted(const struct host_overlay *o, int fd, const char *path, struct err *err)
{
	struct sys_mount_attr attr = {
		.attr_set = SYS_ATTR_IDMAP | SYS_ATTR_NOSUID | SYS_ATTR_NODEV,
		.propagation = SYS_MS_PRIVATE,
		.userns_fd = (uint64_t)o->userns,
	};
	_fd_ int tree = sys_open_tree(fd, "", false);

	if (tree < 0)
		return err_sys(err, "clone layer '%s'", path);
	if (sys_mount_setattr(tree, false, &attr) < 0)
		return err_sys(err, "shift the ids of layer '%s'", path);
	return fd_take(&tree);
}

static int open_directory(const char *path, struct err *err)
{
	int fd = sys_openat2(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0,
		SYS_RESOLVE_NO_SYMLINKS | SYS_RESOLVE_NO_MAGICLINKS);

	return fd >= 0 ? fd : err_sys(err, "open layer '%s'", path);
}

static bool is_layer(const struct host_overlay *o, uint32_t step)
{
	return o->plan->steps[step].kind == PLAN_LAYER;
}

/* The length of the longest "/directory/" that every layer's path starts with. */
static size_t common_length(const struct host_overlay *o, const char **path)
{
	size_t len = 0;

	*path = NULL;
	for (uint32_t i = 0; i < o->plan->header->n_steps; i++) {
		const char *layer = plan_string(o->plan, &o->plan->steps[i].ref[0]);

		if (!is_layer(o, i))
			continue;
		if (*path == NULL) {
			*path = layer;
			len = strlen(layer);
		}
		while (len > 0 && (strncmp(*path, layer, len) != 0 || (*path)[len - 1] != '/'))
			len--;
	}
	return len;
}

/* One mount for all layers instead of one each: with a hundred, letting go of them takes longer
 * than all the rest of a launch (an expedited grace period each, design 8.5). Where that directory
 * cannot be idmapped, or layers are on other mounts below it, they get mounts of their own. */
static void open_common(struct host_overlay *o)
{
	_fd_ int fd = -1;
	char parent[PATH_MAX];
	const char *path;
	struct err ignored;
	size_t len = common_length(o, &path);

	if (len == 0 || len >= sizeof(parent))
		return;
	str_fmt(parent, sizeof(parent), "%.*s", len == 1 ? 1 : (int)len - 1, path);
	fd = open_directory(parent, &ignored);
	if (fd >= 0)
		o->common = clone_shifted(o, fd, parent, &ignored);
	if (o->common < 0)
		o->common = -1;
	o->common_len = len;
}

/* -1: it is not there, but on a mount of its own */
static int open_below(const struct host_overlay *o, const char *path, const struct plan_step *step)
{
	_fd_ int fd = -1;
	struct err ignored;

	if (o->common < 0)
		return -1;
	fd = sys_openat2(o->common, path + o->common_len, O_PATH | O_DIRECTORY, 0,
		SYS_RESOLVE_BENEATH | SYS_RESOLVE_NO_SYMLINKS | SYS_RESOLVE_NO_MAGICLINKS);
	if (fd < 0 || (step != NULL && check_same(fd, step, path, &ignored) < 0))
		return -1;
	return fd_take(&fd);
}

static int open_lower(struct host_overlay *o, struct host_layer *layer, struct err *err)
{
	const char *path = plan_string(o->plan, &layer->step->ref[0]);
	_fd_ int fd = -1;
	int r;

	layer->fd = open_below(o, path, layer->step);
	layer->below = layer->fd < 0 ? NULL : path + o->common_len;
	if (layer->fd >= 0)
		return 0;
	fd = open_directory(path, err);
	if (fd < 0)
		return fd;
	r = check_same(fd, layer->step, path, err);
	if (r < 0)
		return r;
	layer->fd = clone_shifted(o, fd, path, err);
	return layer->fd < 0 ? layer->fd : 0;
}

/* Upper layer and work directory must be reached through one mount: that of the directory both
 * are in, which is seen by nobody but the overlay. */
static int open_upper(
	struct host_overlay *o, const struct plan_step *step, bool *made_work, struct err *err)
{
	const char *path = plan_string(o->plan, &step->ref[0]);
	const char *work = plan_string(o->plan, &o->step->ref[1]);
	_fd_ int place = -1;
	int r;

	r = host_overlay_make_work(work, &place, err);
	if (r < 0)
		return r;
	*made_work = true;
	o->upper = open_below(o, path, step);
	o->work = o->upper < 0 ? -1 : open_below(o, work, NULL);
	o->upper_name = path + o->common_len;
	o->work_name = work + o->common_len;
	if (o->work >= 0)
		return 0;
	fd_replace(&o->upper, -1);
	o->place = clone_shifted(o, place, path, err);
	if (o->place < 0)
		return o->place;
	o->upper_name = strrchr(path, '/') + 1;
	o->work_name = strrchr(work, '/') + 1;
	o->upper = openat(o->place, o->upper_name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (o->upper < 0)
		return err_sys(err, "open layer '%s'", path);
	r = check_same(o->upper, step, path, err);
	if (r < 0)
		return r;
	o->work = openat(o->place, o->work_name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (o->work < 0)
		return err_sys(err, "open work directory '%s'", work);
	return 0;
}

static int open_layers(
	struct host_overlay *o, struct arena *arena, bool *made_work, struct err *err)
{
	const struct plan *plan = o->plan;

	open_common(o);
	o->layers = arena_array(arena, plan->header->n_steps, sizeof(*o->layers));
	if (o->layers == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		const struct plan_step *step = &plan->steps[i];
		bool is_upper = step->num[0] == PLAN_LAYER_UPPER;
		struct host_layer *layer;
		int r;

		if (!is_layer(o, i))
			continue;
		layer = &o->layers[o->n_layers++];
		*layer = (struct host_layer){ .step = step, .fd = -1 };
		r = is_upper ? open_upper(o, step, made_work, err) : open_lower(o, layer, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- the mount, by descriptors -------------------------------------------------------------------- */

int host_overlay_take_ids(const struct host_overlay *o, struct err *err)
{
	uid_t uid = (uid_t)(o->step->num[2] >> 32);
	gid_t gid = (gid_t)(uint32_t)o->step->num[2];

	/* Leaving fsuid 0 would drop the capabilities that make the overlay work. */
	if (sys_set_securebits(SYS_SECBIT_NO_SETUID_FIXUP) < 0)
		return err_sys(err, "keep capabilities with another file system id");
	(void)sys_setfsgid(gid);
	(void)sys_setfsuid(uid);
	if (sys_setfsgid((gid_t)-1) != gid || sys_setfsuid((uid_t)-1) != uid)
		return err_new(err, -EPERM, "take file system ids %u:%u", uid, gid);
	return 0;
}

static void drop_ids(const struct host_overlay *o)
{
	(void)o;
	(void)sys_setfsgid(0);
	(void)sys_setfsuid(0);
	(void)!sys_set_securebits(0);
}

/* What the kernel wrote to the context's log, in its own words, after our error. */
static int explain(int fs, const char *what, struct err *err)
{
	char reason[REASON_MAX], text[REASON_MAX];
	ssize_t n;

	err_sys(err, "%s", what);
	n = read(fs, reason, sizeof(reason) - 1);
	if (n <= 2) /* "e " and the text */
		return err->code;
	reason[n] = '\0';
	reason[strcspn(reason, "\n")] = '\0';
	return err_new(
		err, err->code, "%s (%s)", err->msg, str_escape(text, sizeof(text), reason + 2));
}

static int set_option(int fs, const char *option, struct err *err)
{
	const char *equals = strchr(option, '=');
	char key[KEY_MAX];
	int r;

	str_fmt(key, sizeof(key), "%.*s",
		equals != NULL ? (int)(equals - option) : (int)strlen(option), option);
	r = equals != NULL ? sys_fsconfig_string(fs, key, equals + 1) : sys_fsconfig_flag(fs, key);
	return r < 0 ? err_sys(err, "set overlay option '%s'", option) : 0;
}

static int set_options(const struct host_overlay *o, int fs, struct err *err)
{
	const char *option = NULL;

	if (sys_fsconfig_string(fs, "source", "caisson") < 0)
		return err_sys(err, "name the overlay");
	while ((option = plan_strings(o->plan, &o->step->ref[0], option)) != NULL) {
		int r = set_option(fs, option, err);

		if (r < 0)
			return r;
	}
	return 0;
}

static int set_layers(const struct host_overlay *o, int fs, struct err *err)
{
	for (size_t i = 0; i < o->n_layers; i++) {
		const struct host_layer *layer = &o->layers[i];
		bool is_data = layer->step->num[0] == PLAN_LAYER_DATA;

		if (layer->fd >= 0 &&
			sys_fsconfig_fd(fs, is_data ? "datadir+" : "lowerdir+", layer->fd) < 0)
			return explain(fs, "add a layer to the overlay", err);
	}
	if (o->upper < 0)
		return 0;
	if (sys_fsconfig_fd(fs, "upperdir", o->upper) < 0)
		return explain(fs, "set the upper layer of the overlay", err);
	if (sys_fsconfig_fd(fs, "workdir", o->work) < 0)
		return explain(fs, "set the work directory of the overlay", err);
	return 0;
}

/* ORDER: whoever creates it is the one it acts as later, on every file of the layers. Host root
 * has no id in them: the mount would succeed, and answer every write with EROFS. */
static int create_as_container(const struct host_overlay *o, int fs, struct err *err)
{
	int r = host_overlay_take_ids(o, err);

	if (r == 0 && sys_fsconfig_create(fs) < 0)
		r = explain(fs, "create the overlay", err);
	drop_ids(o);
	return r;
}

static int mount_by_descriptors(struct host_overlay *o, struct err *err)
{
	_fd_ int fs = sys_fsopen("overlay");
	int r;

	if (fs < 0)
		return err_sys(err, "open file system type 'overlay'");
	r = set_options(o, fs, err);
	if (r == 0)
		r = set_layers(o, fs, err);
	if (r == 0)
		r = create_as_container(o, fs, err);
	if (r < 0)
		return r;
	o->mnt = sys_fsmount(fs, o->step->num[0]);
	return o->mnt < 0 ? err_sys(err, "mount the overlay") : 0;
}

/* --- proof ---------------------------------------------------------------------------------------- */

/* A file without a name, made as the container's root would and gone at once. A file system that
 * has none of those, or no space, is no reason to refuse. */
static int write_probe(const struct host_overlay *o, struct err *err)
{
	_fd_ int file = -1;
	int r = host_overlay_take_ids(o, err), problem = 0;

	if (r == 0) {
		file = openat(o->mnt, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		problem = file < 0 ? errno : 0;
	}
	drop_ids(o);
	if (problem != EROFS && problem != EOVERFLOW && problem != EACCES && problem != EPERM)
		return r;
	errno = problem;
	return err_sys(err, "write to the overlay");
}

static int prove_writable(const struct host_overlay *o, struct err *err)
{
	struct statvfs fs;

	if (o->upper < 0)
		return 0;
	if (fstatvfs(o->mnt, &fs) < 0)
		return err_sys(err, "look at the overlay");
	/* the kernel's way of saying that it could not use the work directory */
	if ((fs.f_flag & ST_RDONLY) != 0 && (o->step->num[0] & SYS_ATTR_RDONLY) == 0)
		return err_new(err, -EROFS,
			"the overlay came out read-only; the kernel's log has the reason");
	return write_probe(o, err);
}

int host_open_overlay(
	const struct plan *plan, struct host_slots *slots, bool *made_work, struct err *err)
{
	_arena_ struct arena arena = { 0 };
	_cleanup_(overlay_done) struct host_overlay o = {
		.plan = plan,
		.step = find_step(plan),
		.userns = slots->fds[PLAN_SLOT_USERNS],
		.common = -1,
		.place = -1,
		.upper = -1,
		.work = -1,
		.mnt = -1,
	};
	int r;

	if (o.step == NULL)
		return 0;
	r = open_layers(&o, &arena, made_work, err);
	if (r == 0)
		r = o.step->num[1] != 0 ? host_overlay_by_path(&o, err)
					: mount_by_descriptors(&o, err);
	if (r == 0)
		r = prove_writable(&o, err);
	if (r == 0)
		r = host_overlay_copy_up(&o, err);
	if (r < 0)
		return err_ctx(err, "build the root file system's overlay anew");
	host_overlay_forget(plan_string(plan, &o.step->ref[2]));
	fd_replace(&slots->fds[o.step->slot], fd_take(&o.mnt));
	return 0;
}
