#include "bus.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/num.h"
#include "base/str.h"

#include "local.h"

#include "base/banned.h"

#define DESTINATION "org.freedesktop.systemd1"
#define MANAGER     "/org/freedesktop/systemd1"

enum {
	JOB_WAIT_MS = 30000,
	CPUS_MAX = 8192, /* the kernel's own limit of a list, and far above any machine's */
};

/* --- library ---------------------------------------------------------------------------------- */

static int load(struct bus_library *out, struct err *err)
{
	const struct {
		const char *name;
		void **entry;
	} entries[] = {
		{ "sd_bus_open_system", (void **)&out->open_system },
		{ "sd_bus_open_user", (void **)&out->open_user },
		{ "sd_bus_flush_close_unref", (void **)&out->close },
		{ "sd_bus_message_new_method_call", (void **)&out->new_call },
		{ "sd_bus_message_append", (void **)&out->append },
		{ "sd_bus_message_append_array", (void **)&out->append_array },
		{ "sd_bus_message_open_container", (void **)&out->open_container },
		{ "sd_bus_message_close_container", (void **)&out->close_container },
		{ "sd_bus_message_read", (void **)&out->read },
		{ "sd_bus_message_unref", (void **)&out->unref },
		{ "sd_bus_call", (void **)&out->call },
		{ "sd_bus_error_free", (void **)&out->error_free },
		{ "sd_bus_match_signal", (void **)&out->match_signal },
		{ "sd_bus_process", (void **)&out->process },
		{ "sd_bus_wait", (void **)&out->wait },
		{ "sd_bus_get_fd", (void **)&out->get_fd },
		{ "sd_bus_path_encode", (void **)&out->path_encode },
		{ "sd_bus_get_property_string", (void **)&out->get_string },
	};

	out->handle = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL);
	if (out->handle == NULL)
		return err_new(err, -ENOTSUP,
			"--systemd-cgroup: libsystemd.so.0 can't be loaded (package libsystemd0): %s",
			dlerror());
	for (size_t i = 0; i < ARRAY_SIZE(entries); i++) {
		*entries[i].entry = dlsym(out->handle, entries[i].name);
		if (*entries[i].entry == NULL)
			return err_new(
				err, -ENOTSUP, "libsystemd.so.0 has no %s()", entries[i].name);
	}
	return 0;
}

void cgroup_bus_close(struct bus *bus)
{
	if (bus->connection != NULL)
		bus->lib.close(bus->connection);
	bus->connection = NULL;
	if (bus->lib.handle != NULL)
		dlclose(bus->lib.handle);
	bus->lib.handle = NULL;
}

/* --- calls ------------------------------------------------------------------------------------ */

/* JobRemoved: number, job, unit, result */
static int take_result(sd_bus_message *message, void *userdata, sd_bus_error *ignored)
{
	struct bus *bus = userdata;
	const char *job, *unit, *result;
	uint32_t number;

	(void)ignored;
	if (bus->lib.read(message, "uoss", &number, &job, &unit, &result) >= 0 &&
		str_eq(job, bus->job.path))
		str_fmt(bus->job.result, sizeof(bus->job.result), "%s", result);
	return 0;
}

/*
 * SECURITY: we name processes by number, and systemd stops all of a unit. In another pid namespace
 * the number is somebody else's. The kernel says who made the socket: systemd, or the bus that it
 * started; as 0 where that has no number here.
 */
static int check_numbers(struct bus *bus, struct err *err)
{
	struct ucred peer = { .pid = 0 };
	socklen_t size = sizeof(peer);
	int fd = bus->lib.get_fd(bus->connection);

	if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return err_new(err, -EIO, "ask who made the bus");
	if (peer.pid <= 0)
		return err_new(err, -EPERM,
			"--systemd-cgroup: systemd is in another pid namespace than caisson, so they "
			"know processes by different numbers");
	return 0;
}

int cgroup_bus_open(struct bus *bus, bool user, struct err *err)
{
	int r = load(&bus->lib, err);

	if (r < 0)
		return r;
	r = user ? bus->lib.open_user(&bus->connection) : bus->lib.open_system(&bus->connection);
	if (r < 0 && user)
		return err_new(err, r,
			"connect to the bus of the user's systemd, which XDG_RUNTIME_DIR or "
			"DBUS_SESSION_BUS_ADDRESS lead to (package dbus-user-session; without a "
			"session: loginctl enable-linger): %s",
			err_text(-r));
	if (r < 0)
		return err_new(
			err, r, "connect to the system bus (package dbus): %s", err_text(-r));
	r = check_numbers(bus, err);
	if (r < 0)
		return r;
	/* ORDER: before the first job, or its end could be missed */
	r = bus->lib.match_signal(bus->connection, NULL, DESTINATION, MANAGER,
		DESTINATION ".Manager", "JobRemoved", take_result, bus);
	return r < 0 ? err_new(err, r, "listen to systemd: %s", err_text(-r)) : 0;
}

sd_bus_message *cgroup_bus_new_call(struct bus *bus, const char *member)
{
	sd_bus_message *message = NULL;

	if (bus->lib.new_call(bus->connection, &message, DESTINATION, MANAGER,
		    DESTINATION ".Manager", member) < 0)
		return NULL;
	return message;
}

static int remember_job(struct bus *bus, sd_bus_message *answer, struct err *err)
{
	const char *path;
	int r = bus->lib.read(answer, "o", &path);

	if (r < 0)
		return err_new(err, r, "systemd named no job: %s", err_text(-r));
	bus->job.result[0] = '\0';
	str_fmt(bus->job.path, sizeof(bus->job.path), "%s", path);
	return 0;
}

int cgroup_bus_call(struct bus *bus, sd_bus_message *message_take, bool job,
	struct bus_failure *failure, struct err *err)
{
	sd_bus_message *answer = NULL;
	sd_bus_error error = SD_BUS_ERROR_NULL;
	char text[256];
	int r = bus->lib.call(bus->connection, message_take, 0, &error, &answer);

	bus->lib.unref(message_take);
	if (r < 0) {
		if (failure != NULL)
			str_fmt(failure->name, sizeof(failure->name), "%s",
				error.name != NULL ? error.name : "");
		err_new(err, r, "%s",
			error.message != NULL ? str_escape(text, sizeof(text), error.message)
					      : err_text(-r));
		bus->lib.error_free(&error);
		return err->code;
	}
	r = job ? remember_job(bus, answer, err) : 0;
	bus->lib.unref(answer);
	return r;
}

int cgroup_bus_wait_job(struct bus *bus, struct err *err)
{
	uint64_t deadline = cgroup_now_ms() + JOB_WAIT_MS;

	while (bus->job.result[0] == '\0') {
		int r = bus->lib.process(bus->connection, NULL);
		uint64_t now = cgroup_now_ms();

		if (r < 0)
			return err_new(err, r, "wait for systemd: %s", err_text(-r));
		if (r > 0)
			continue;
		if (now >= deadline)
			return err_new(err, -ETIMEDOUT, "systemd's job is not finished after %d s",
				JOB_WAIT_MS / 1000);
		r = bus->lib.wait(bus->connection, (deadline - now) * 1000);
		if (r < 0 && r != -EINTR)
			return err_new(err, r, "wait for systemd: %s", err_text(-r));
	}
	if (!str_eq(bus->job.result, "done"))
		return err_new(err, -EIO, "systemd's job ended with '%s'", bus->job.result);
	return 0;
}

/* --- properties ------------------------------------------------------------------------------- */

/* A number of at most four digits at *@text, which is moved behind it. */
static bool parse_cpu(const char **text, unsigned *out)
{
	size_t len = strspn(*text, "0123456789");
	char digits[8];
	uint64_t n;

	if (len == 0 || len >= sizeof(digits))
		return false;
	memcpy(digits, *text, len);
	digits[len] = '\0';
	*text += len;
	if (!num_u64(digits, CPUS_MAX - 1, &n))
		return false;
	*out = (unsigned)n;
	return true;
}

/* "0-3,5" as bits, lowest first; 0 for a list of another form, which only the kernel knows */
static size_t parse_cpus(const char *list, uint8_t bits[CPUS_MAX / 8])
{
	size_t n = 0;

	while (*list != '\0') {
		unsigned first, last;

		if (!parse_cpu(&list, &first))
			return 0;
		last = first;
		if (*list == '-') {
			list++;
			if (!parse_cpu(&list, &last))
				return 0;
		}
		for (unsigned cpu = first; cpu <= last; cpu++)
			bits[cpu / 8] |= (uint8_t)(1U << cpu % 8);
		if (n < last / 8 + 1)
			n = last / 8 + 1;
		if (*list != ',' && *list != '\0')
			return 0;
		list += *list == ',' ? 1 : 0;
	}
	return n;
}

static int append_cpus(struct bus *bus, sd_bus_message *message, const char *value)
{
	uint8_t bits[CPUS_MAX / 8] = { 0 };

	return bus->lib.append_array(message, 'y', bits, parse_cpus(value, bits));
}

static int append_words(struct bus *bus, sd_bus_message *message, const char *value)
{
	int r = bus->lib.open_container(message, SD_BUS_TYPE_ARRAY, "s");

	while (r >= 0 && *value != '\0') {
		size_t len = strcspn(value, " ");
		char word[256];

		if (len >= sizeof(word))
			return -ENAMETOOLONG;
		str_fmt(word, sizeof(word), "%.*s", (int)len, value);
		r = bus->lib.append(message, "s", word);
		value += len;
		value += strspn(value, " ");
	}
	return r < 0 ? r : bus->lib.close_container(message);
}

static int append_number(struct bus *bus, sd_bus_message *message, const char *value)
{
	uint64_t n = UINT64_MAX;

	if (!str_eq(value, "infinity") && !num_u64(value, UINT64_MAX, &n))
		return -EINVAL;
	return bus->lib.append(message, "t", n);
}

static int append_value(
	struct bus *bus, sd_bus_message *message, const char *type, const char *value)
{
	if (str_eq(type, "b"))
		return bus->lib.append(message, "b", (int)str_eq(value, "true"));
	if (str_eq(type, "s"))
		return bus->lib.append(message, "s", value);
	if (str_eq(type, "t"))
		return append_number(bus, message, value);
	if (str_eq(type, "as"))
		return append_words(bus, message, value);
	return str_eq(type, "cpus") ? append_cpus(bus, message, value) : -EINVAL;
}

int cgroup_bus_append_property(struct bus *bus, sd_bus_message *message, const char *name,
	const char *type, const char *value)
{
	int r = bus->lib.open_container(message, SD_BUS_TYPE_STRUCT, "sv");

	if (r >= 0)
		r = bus->lib.append(message, "s", name);
	if (r >= 0)
		r = bus->lib.open_container(
			message, SD_BUS_TYPE_VARIANT, str_eq(type, "cpus") ? "ay" : type);
	if (r >= 0)
		r = append_value(bus, message, type, value);
	if (r >= 0)
		r = bus->lib.close_container(message);
	return r < 0 ? r : bus->lib.close_container(message);
}

int cgroup_bus_control_group(
	struct bus *bus, struct arena *arena, const char *unit, const char **out, struct err *err)
{
	sd_bus_error error = SD_BUS_ERROR_NULL;
	char *path = NULL, *value = NULL;
	int r = bus->lib.path_encode(MANAGER "/unit", unit, &path);

	if (r >= 0)
		r = bus->lib.get_string(bus->connection, DESTINATION, path, DESTINATION ".Scope",
			"ControlGroup", &error, &value);
	if (r < 0)
		err_new(err, r, "ask for its cgroup: %s",
			error.message != NULL ? error.message : err_text(-r));
	bus->lib.error_free(&error);
	if (r >= 0) {
		*out = arena_strdup(arena, value);
		r = *out != NULL ? 0 : err_new(err, -ENOMEM, "out of memory");
	}
	free(path);
	free(value);
	return r;
}
