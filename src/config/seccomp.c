#include <string.h>

#include "base/abi.h"
#include "base/str.h"

#include "local.h"
#include "names.h"

#include "base/banned.h"

enum {
	SECCOMP_ERRNO_MAX = 4095,  /* MAX_ERRNO of the kernel */
	SECCOMP_DATA_MAX = 0xffff, /* SECCOMP_RET_DATA */
	SECCOMP_ARG_LAST = 5,
	SECCOMP_ARGS_MAX = 64, /* conditions of one rule */
};

static int read_action(const struct json *node, enum config_seccomp_action *out, struct err *err)
{
	unsigned index = 0;
	const char *name = NULL;
	int r;

	r = json_read_string(node, &name, err);
	if (r < 0)
		return r;
	if (name != NULL && str_eq(name, "SCMP_ACT_KILL")) {
		*out = CONFIG_ACT_KILL_THREAD;
		return 0;
	}
	r = config_read_name(
		node, config_seccomp_action_names, CONFIG_ACT_N, "seccomp action", &index, err);
	if (r < 0)
		return r;
	*out = (enum config_seccomp_action)index;
	return 0;
}

/* errnoRet, defaultErrnoRet: with an action that takes none it is without effect, as in runc */
static int read_errno(const struct json *node, enum config_seccomp_action action, bool *has,
	uint32_t *out, struct err *err)
{
	uint64_t max = action == CONFIG_ACT_ERRNO ? SECCOMP_ERRNO_MAX : SECCOMP_DATA_MAX;
	uint64_t value = 0;
	int r;

	r = json_read_u64(node, max, &value, err);
	if (r < 0)
		return r;
	*has = node != NULL;
	*out = (uint32_t)value;
	return 0;
}

static int defer_notify(struct config_reader *reader, const struct json *node,
	enum config_seccomp_action action, struct err *err)
{
	if (action != CONFIG_ACT_NOTIFY)
		return 0;
	return config_defer(reader, node, "seccomp user notification", err);
}

/* --- rules ------------------------------------------------------------------------------------- */

static int read_arg(const struct json *node, struct config_seccomp_arg *out, struct err *err)
{
	const struct json *index, *value, *op;
	unsigned op_index = 0;
	uint64_t number = 0;
	int r;

	r = config_get_required(node, "index", &index, err);
	if (r == 0)
		r = config_get_required(node, "value", &value, err);
	if (r == 0)
		r = config_get_required(node, "op", &op, err);
	if (r == 0)
		r = json_read_u64(index, SECCOMP_ARG_LAST, &number, err);
	if (r == 0)
		r = json_read_u64(value, UINT64_MAX, &out->value, err);
	if (r == 0)
		r = json_read_u64(json_get(node, "valueTwo"), UINT64_MAX, &out->value_two, err);
	if (r == 0)
		r = config_read_name(
			op, config_seccomp_op_names, CONFIG_CMP_N, "comparison", &op_index, err);
	if (r < 0)
		return r;
	out->index = (uint32_t)number;
	out->op = (enum config_seccomp_op)op_index;
	return 0;
}

static int read_args(const struct config_reader *reader, const struct json *node,
	struct config_seccomp_rule *out, struct err *err)
{
	struct config_seccomp_arg *args;
	size_t n = 0;
	int r;

	r = config_check_list(node, SECCOMP_ARGS_MAX, err);
	if (r < 0 || node == NULL)
		return r;
	args = arena_array(reader->arena, node->n_children, sizeof(*args));
	if (args == NULL)
		return config_err_memory(err);
	for (const struct json *child = node->first; child != NULL; child = child->next) {
		r = read_arg(child, &args[n++], err);
		if (r < 0)
			return r;
	}
	out->args = args;
	out->n_args = n;
	return 0;
}

static int read_names(const struct config_reader *reader, const struct json *node,
	struct json_strings *out, struct err *err)
{
	int r;

	r = config_check_list(node, CONFIG_LIST_MAX, err);
	if (r == 0)
		r = json_read_strings(node, reader->arena, out, err);
	if (r < 0)
		return r;
	if (out->n == 0)
		return json_err(err, node, "must name at least one system call");
	for (const struct json *child = node->first; child != NULL; child = child->next) {
		if (child->text[0] == '\0')
			return json_err(err, child, "must not be empty");
	}
	return 0;
}

static int read_rule(struct config_reader *reader, const struct json *node,
	struct config_seccomp_rule *out, struct err *err)
{
	const struct json *names, *action;
	int r;

	r = config_get_required(node, "names", &names, err);
	if (r == 0)
		r = config_get_required(node, "action", &action, err);
	if (r == 0)
		r = read_names(reader, names, &out->names, err);
	if (r == 0)
		r = read_action(action, &out->action, err);
	if (r == 0)
		r = read_errno(json_get(node, "errnoRet"), out->action, &out->has_errno,
			&out->errno_ret, err);
	if (r == 0)
		r = read_args(reader, json_get(node, "args"), out, err);
	if (r == 0)
		r = defer_notify(reader, action, out->action, err);
	return r;
}

static int read_rules(struct config_reader *reader, const struct json *node,
	struct config_seccomp *out, struct err *err)
{
	struct config_seccomp_rule *rules;
	size_t n = 0;
	int r;

	r = config_check_list(node, CONFIG_LIST_MAX, err);
	if (r < 0 || node == NULL)
		return r;
	rules = arena_array(reader->arena, node->n_children, sizeof(*rules));
	if (rules == NULL)
		return config_err_memory(err);
	for (const struct json *child = node->first; child != NULL; child = child->next) {
		r = read_rule(reader, child, &rules[n++], err);
		if (r < 0)
			return r;
	}
	out->rules = rules;
	out->n_rules = n;
	return 0;
}

/* --- the filter as a whole --------------------------------------------------------------------- */

static bool is_known_arch(const char *name)
{
	const char *known;

	for (size_t i = 0; (known = config_seccomp_arch_name(i)) != NULL; i++) {
		if (str_eq(known, name))
			return true;
	}
	return false;
}

static int read_architectures(const struct config_reader *reader, const struct json *node,
	struct json_strings *out, struct err *err)
{
	int r;

	r = config_check_list(node, CONFIG_LIST_MAX, err);
	if (r == 0)
		r = json_read_strings(node, reader->arena, out, err);
	if (r < 0 || node == NULL)
		return r;
	for (const struct json *child = node->first; child != NULL; child = child->next) {
		if (!is_known_arch(child->text))
			return json_err(err, child, "unknown seccomp architecture");
	}
	return 0;
}

static int read_flags(const struct json *node, struct config_seccomp *out, struct err *err)
{
	static const char *const names[] = { "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
		"SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" };
	static const uint32_t flags[] = { SYS_SECCOMP_FLAG_TSYNC, SYS_SECCOMP_FLAG_LOG,
		SYS_SECCOMP_FLAG_SPEC_ALLOW, SYS_SECCOMP_FLAG_WAIT_KILLABLE_RECV };
	int r;

	r = config_check_list(node, CONFIG_LIST_MAX, err);
	if (r < 0 || node == NULL)
		return r;
	for (const struct json *child = node->first; child != NULL; child = child->next) {
		unsigned index = 0;

		r = config_read_name(child, names, ARRAY_SIZE(names), "seccomp flag", &index, err);
		if (r < 0)
			return r;
		out->flags |= flags[index];
	}
	out->has_flags = true;
	return 0;
}

static int read_listener(struct config_reader *reader, const struct json *node,
	struct config_seccomp *out, struct err *err)
{
	const struct json *path = json_get(node, "listenerPath");
	int r;

	r = config_read_text(path, &out->listener_path, err);
	if (r == 0)
		r = config_read_text(
			json_get(node, "listenerMetadata"), &out->listener_metadata, err);
	if (r < 0)
		return r;
	if (out->listener_metadata != NULL && out->listener_path == NULL)
		return json_err(err, node, "listenerMetadata without listenerPath");
	if (out->listener_path == NULL)
		return 0;
	return config_defer(reader, path, "seccomp user notification", err);
}

/* {} and what Go writes for an empty structure mean that there is no filter (T-28) */
static bool is_no_filter(const struct json *node)
{
	const struct json *action = json_get(node, "defaultAction");
	const struct json *rules = json_get(node, "syscalls");

	if (action != NULL && (action->type != JSON_STRING || action->text[0] != '\0'))
		return false;
	return rules == NULL || (rules->type == JSON_ARRAY && rules->n_children == 0);
}

int config_read_seccomp(struct config_reader *reader, const struct json *node,
	const struct config_seccomp **out, struct err *err)
{
	const struct json *action = NULL;
	struct config_seccomp *seccomp;
	int r;

	r = config_check_object(node, err);
	if (r < 0 || node == NULL || is_no_filter(node))
		return r;
	seccomp = arena_alloc(reader->arena, sizeof(*seccomp));
	if (seccomp == NULL)
		return config_err_memory(err);
	seccomp->pointer = config_pointer(reader->arena, node);
	if (seccomp->pointer == NULL)
		return config_err_memory(err);
	r = config_get_required(node, "defaultAction", &action, err);
	if (r == 0)
		r = read_action(action, &seccomp->default_action, err);
	if (r == 0)
		r = defer_notify(reader, action, seccomp->default_action, err);
	if (r == 0)
		r = read_errno(json_get(node, "defaultErrnoRet"), seccomp->default_action,
			&seccomp->has_default_errno, &seccomp->default_errno, err);
	if (r == 0)
		r = read_architectures(
			reader, json_get(node, "architectures"), &seccomp->architectures, err);
	if (r == 0)
		r = read_flags(json_get(node, "flags"), seccomp, err);
	if (r == 0)
		r = read_rules(reader, json_get(node, "syscalls"), seccomp, err);
	if (r == 0)
		r = read_listener(reader, node, seccomp, err);
	if (r < 0)
		return r;
	*out = seccomp;
	return 0;
}

int config_seccomp_parse(struct arena *arena, const struct json *node,
	const struct config_seccomp **out, struct err *err)
{
	struct config_reader reader = { .arena = arena };
	const struct config_seccomp *seccomp = NULL;
	int r;

	/* what is deferred here shows in the actions themselves */
	r = config_read_seccomp(&reader, node, &seccomp, err);
	if (r < 0)
		return r;
	*out = seccomp;
	return 0;
}
