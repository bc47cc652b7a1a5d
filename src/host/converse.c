/*
 * The conversation with caisson-init while it builds: its log, the hooks it waits for, its
 * terminal, and at last READY, or the reason why not.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/str.h"
#include "wire/hook.h"
#include "wire/wire.h"

#include "hooks.h"
#include "launch.h"
#include "terminal.h"

#include "base/banned.h"

char *const *host_plan_vector(
	struct arena *arena, const struct plan *plan, const struct plan_ref *ref)
{
	size_t n = plan_strings_count(plan, ref), i = 0;
	char **items = arena_array(arena, n + 1, sizeof(*items));

	for (const char *item = plan_strings(plan, ref, NULL); items != NULL && item != NULL;
		item = plan_strings(plan, ref, item)) {
		items[i] = arena_strdup(arena, item);
		if (items[i++] == NULL)
			return NULL;
	}
	return items;
}

static int run_hook_step(const struct plan *plan, const struct plan_step *step, const char *state,
	int bundle_fd, struct err *err)
{
	_arena_ struct arena arena = { 0 };
	struct wire_hook call = {
		.kind = config_hook_name((enum config_hook_kind)step->num[0]),
		.index = (unsigned)step->num[2],
		.path = plan_string(plan, &step->ref[0]),
		.argv = host_plan_vector(&arena, plan, &step->ref[1]),
		.envp = step->num[3] != 0 ? host_plan_vector(&arena, plan, &step->ref[2]) : environ,
		.timeout_s = step->num[1],
		.cwd_fd = bundle_fd,
		.peer_fd = -1,
		.state = { state },
	};

	if (call.argv == NULL || call.envp == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	return wire_hook_run(&call, err);
}

static int run_host_hooks(struct host_launch *launch, struct err *err)
{
	const struct plan *plan = &launch->preview.plan;
	_fd_ int bundle = -1;
	struct host_state state;
	const char *text;

	launch->hooks_ran = true;
	bundle = open(launch->record.bundle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (bundle < 0)
		return err_sys(err, "open bundle '%s'", launch->record.bundle);
	host_status_of(&launch->record, HOST_CREATING, &state);
	state.pid = launch->init.pid;
	text = host_hook_state_text(&launch->arena, &state);
	if (text == NULL)
		return err_new(err, -ENOMEM, "out of memory");
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		int r;

		if (plan->steps[i].kind != PLAN_HOOK_HOST)
			continue;
		r = run_hook_step(plan, &plan->steps[i], text, bundle, err);
		if (r < 0)
			return r;
	}
	return wire_send(launch->init.wire, WIRE_GO, 0, NULL, -1, err);
}

static void log_from_init(const struct wire_msg *msg)
{
	char text[WIRE_TEXT_MAX * 2];

	str_escape(text, sizeof(text), msg->text);
	if (msg->code >= LOG_WARN)
		log_warn("%s", text);
	else
		log_debug("init: %s", text);
}

int host_init_error(const struct wire_msg *msg, struct err *err)
{
	char text[ERR_MSG_MAX];

	str_escape(text, sizeof(text), msg->text);
	return err_new(err, msg->code < 0 ? msg->code : -EIO, "%s", text);
}

enum {
	INIT_READY = 1
}; /* outcome of one message */

/* SECURITY: what is expected next, so that a message at the wrong time is refused; caisson-init
 * runs no code of the container before READY, but it parses names from its root file system. */
struct expected {
	bool hooks;
	bool console;
};

static int on_message(struct host_launch *launch, const char *console_socket,
	const struct wire_msg *msg, int *fd, struct expected *expected, struct err *err)
{
	switch ((enum wire_type)msg->type) {
	case WIRE_LOG:
		log_from_init(msg);
		return 0;
	case WIRE_ERROR:
		return host_init_error(msg, err);
	case WIRE_HOOKS:
		if (!expected->hooks)
			break;
		expected->hooks = false;
		return run_host_hooks(launch, err);
	case WIRE_CONSOLE:
		if (!expected->console || *fd < 0)
			break;
		expected->console = false;
		if (console_socket != NULL)
			return host_console_send(console_socket, *fd, err);
		launch->init.console = fd_take(fd);
		return 0;
	case WIRE_READY:
		return INIT_READY;
	case WIRE_GO:
	case WIRE_COMMIT:
	case WIRE_CGROUPS:
	case WIRE_TYPE_N:
	default:
		break;
	}
	return err_new(err, -EPROTO, "caisson-init sent message %u out of turn", msg->type);
}

static bool plan_has(const struct plan *plan, enum plan_kind kind)
{
	for (uint32_t i = 0; i < plan->header->n_steps; i++) {
		if (plan->steps[i].kind == kind)
			return true;
	}
	return false;
}

int host_converse(struct host_launch *launch, const char *console_socket, struct err *err)
{
	struct expected expected = {
		.hooks = plan_has(&launch->preview.plan, PLAN_SYNC_HOOKS),
		.console = plan_has(&launch->preview.plan, PLAN_CONSOLE),
	};

	for (;;) {
		_fd_ int fd = -1;
		struct wire_msg msg;
		int r = wire_recv(launch->init.wire, -1, &msg, &fd, err);

		if (r == WIRE_EOF)
			return err_new(
				err, -EIO, "caisson-init ended before the container was ready");
		if (r < 0)
			return r;
		r = on_message(launch, console_socket, &msg, &fd, &expected, err);
		if (r == INIT_READY)
			return 0;
		if (r < 0)
			return r;
	}
}
