/*
 * Id maps as the kernel reads and shows them: lines of "inside outside count".
 *
 * Runs in: host.
 */
#ifndef HOST_IDMAP_H
#define HOST_IDMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "config/config.h"

enum {
	HOST_IDMAP_LINES_MAX = CONFIG_ID_MAPPINGS_MAX,
	HOST_IDMAP_TEXT_MAX = HOST_IDMAP_LINES_MAX * 33 + 2, /* as the kernel shows it */
};

struct host_idmap_line {
	uint32_t inside;
	uint32_t outside;
	uint32_t count;
};

/* Too large for the stack: make it in an arena. */
struct host_idmap {
	struct host_idmap_line lines[HOST_IDMAP_LINES_MAX]; /* by inside, ascending */
	size_t n;
};

/** host_idmap_add() - one more line, in its place; false when there is no room */
bool host_idmap_add(struct host_idmap *map, const struct host_idmap_line *line) _must_check_;

/** host_idmap_print() - as written to uid_map; returns the length, >= @size if it was cut */
size_t host_idmap_print(const struct host_idmap *map, char *buf, size_t size);

/** host_idmap_read() - parse what @fd (a uid_map or gid_map) shows; @buf is scratch space */
int host_idmap_read(int fd, char buf[HOST_IDMAP_TEXT_MAX], struct host_idmap *out, struct err *err)
	_must_check_;

/** host_idmap_own() - the "uid_map" or "gid_map" of the user namespace that caisson is in */
int host_idmap_own(struct arena *arena, const char *name, struct host_idmap **out, struct err *err)
	_must_check_;

/**
 * host_idmap_cut() - cut lines where those of another map end
 * @own:  the map of the user namespace that caisson is in
 * @map:  the outside of its lines are ids inside @own
 * @name: for the error: "uid_map", "/linux/uidMappings"
 *
 * The kernel takes a line only if one line of the parent's map holds all of it,
 * user_namespaces(7). Rootless that is "0 caller 1, 1 first count".
 * Return: 0; -EPERM when @own does not have an id of @map.
 */
int host_idmap_cut(const struct host_idmap *own, const struct host_idmap *map, const char *name,
	struct host_idmap *out, struct err *err) _must_check_;

/** host_idmap_flip() - inside becomes outside */
void host_idmap_flip(const struct host_idmap *map, struct host_idmap *out);

/** host_idmap_find() - the line that holds @id as an id inside; NULL */
const struct host_idmap_line *host_idmap_find(const struct host_idmap *map, uint32_t id);

#endif
