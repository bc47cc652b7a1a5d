/*
 * The reader of config.json: one function a part, and the small reads they share.
 *
 * Conventions: a node of NULL is an absent field and leaves the default; every function returns 0
 * or a negative errno with @err filled.
 *
 * Runs in: host. Local to src/config.
 */
#ifndef CONFIG_LOCAL_H
#define CONFIG_LOCAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "config/config.h"
#include "config/json.h"

enum {
	CONFIG_LIST_MAX = 65536
}; /* elements of any array without a limit of its own */

struct config_reader {
	struct arena *arena;
	struct config_unsupported *unsupported;
	size_t n_unsupported;
	size_t cap_unsupported;
};

/* --- the parts --------------------------------------------------------------------------------- */

int config_read_process(const struct config_reader *reader, const struct json *node,
	struct config_process *out, struct err *err) _must_check_; /* process.c */
int config_read_mounts(struct config_reader *reader, const struct json *node, struct config *out,
	struct err *err) _must_check_; /* mounts.c */
int config_read_mount_options(struct config_reader *reader, const struct json *node,
	struct config_mount *out, struct err *err) _must_check_; /* mount_options.c */
int config_read_idmap_option(const struct config_reader *reader, const struct json *node,
	const char *maps, struct config_mount *out, struct err *err)
	_must_check_; /* idmap_option.c */
int config_read_hooks(const struct config_reader *reader, const struct json *node,
	struct config_hooks out[CONFIG_HOOK_N], struct err *err) _must_check_; /* hooks.c */
int config_read_linux(struct config_reader *reader, const struct json *node, struct config *out,
	struct err *err) _must_check_; /* linux.c */
int config_read_devices(struct config_reader *reader, const struct json *node, struct config *out,
	struct err *err) _must_check_; /* devices.c */
int config_read_resources(struct arena *arena, const struct json *node,
	struct config_resources *out, struct err *err) _must_check_; /* resources.c */
int config_read_limits(struct arena *arena, const struct json *node, struct config_resources *out,
	struct err *err) _must_check_; /* limits.c: blockIO and what follows it */
int config_read_seccomp(struct config_reader *reader, const struct json *node,
	const struct config_seccomp **out, struct err *err) _must_check_; /* seccomp.c */
int config_read_id_mappings(const struct config_reader *reader, const struct json *node,
	struct config_id_mappings *out, struct err *err) _must_check_; /* mappings.c */
int config_check_id_mapping(const struct json *node, const struct config_id_mapping *mapping,
	struct err *err) _must_check_; /* mappings.c */
int config_check_id_overlaps(const struct json *node, const struct config_id_mapping *items,
	size_t n, struct err *err) _must_check_; /* mappings.c */

/* --- shared reads, read.c ---------------------------------------------------------------------- */

int config_err_memory(struct err *err);

int config_check_object(const struct json *node, struct err *err) _must_check_;

/** config_check_list() - an array of at most @max elements */
int config_check_list(const struct json *node, size_t max, struct err *err) _must_check_;

/** config_get_required() - a member that must be there and not null */
int config_get_required(const struct json *object, const char *key, const struct json **out,
	struct err *err) _must_check_;

/** config_pointer() - the pointer of @node in the arena; NULL = out of memory */
const char *config_pointer(struct arena *arena, const struct json *node) _must_check_;

/** config_read_text() - a string; "" is the same as absent, as Go's writers mean it */
int config_read_text(const struct json *node, const char **out, struct err *err) _must_check_;

/** config_read_path() - an absolute path, lexically cleaned */
int config_read_path(struct arena *arena, const struct json *node, const char **out,
	struct err *err) _must_check_;
int config_read_paths(struct arena *arena, const struct json *node, struct json_strings *out,
	struct err *err) _must_check_;

/** config_read_id() - a uid or gid; 4294967295 means "no id" to the kernel and is refused */
int config_read_id(const struct json *node, uint32_t *out, struct err *err) _must_check_;

/** config_read_env() - a list of NAME=value */
int config_read_env(struct arena *arena, const struct json *node, struct json_strings *out,
	struct err *err) _must_check_;

/**
 * config_read_name() - one name of a table
 * @names: @n names; holes are NULL
 * @what:  "namespace type", for the message
 * @out:   index of the name
 */
int config_read_name(const struct json *node, const char *const *names, size_t n, const char *what,
	unsigned *out, struct err *err) _must_check_;

/* --- fields of later issues, deferred.c -------------------------------------------------------- */

enum config_field_kind {
	CONFIG_FIELD_BOOL,
	CONFIG_FIELD_INT,     /* @min .. @max */
	CONFIG_FIELD_STRING,  /* @valid */
	CONFIG_FIELD_STRINGS, /* each @valid */
	CONFIG_FIELD_OBJECT,  /* of @fields */
	CONFIG_FIELD_MAP,     /* any key that is @valid, each an object of @fields */
};

enum config_field_when {      /* when a value lands in config.unsupported */
	CONFIG_DEFER_NEVER,   /* checked only; or ignored, as runc does */
	CONFIG_DEFER_SET,     /* not 0, false, "", [] or {} */
	CONFIG_DEFER_PRESENT, /* also when it is one of those */
};

/* One field that is checked but not kept. A table of them ends with a key of NULL. */
struct config_field {
	const char *key;
	enum config_field_kind kind;
	enum config_field_when when;
	bool required;
	int64_t min;
	uint64_t max;
	bool (*valid)(const char *text);
	const char *form; /* what @valid wants, for the message */
	const struct config_field *fields;
	const char *what; /* of config_unsupported */
};

/** config_defer() - note one value of a later issue */
int config_defer(struct config_reader *reader, const struct json *node, const char *what,
	struct err *err) _must_check_;

/** config_check_fields() - check all fields of @object, and defer those that are set */
int config_check_fields(struct config_reader *reader, const struct json *object,
	const struct config_field *fields, struct err *err) _must_check_;

/** config_read_affinity() - process.execCPUAffinity */
int config_read_affinity(const struct config_reader *reader, const struct json *node,
	struct config_process *out, struct err *err) _must_check_;

extern const struct config_field config_process_deferred[]; /* placement.c */
extern const struct config_field config_linux_deferred[];   /* placement.c */

#endif
