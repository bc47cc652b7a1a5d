/* Any bytes as config.json: no crash, and what was accepted keeps the promises of config.h. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/abi.h"
#include "base/arena.h"
#include "base/err.h"
#include "config/config.h"
#include "config/json.h"

#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_strings(const struct json_strings *strings)
{
	for (size_t i = 0; i < strings->n; i++)
		assert(strings->items[i] != NULL);
	assert(strings->n == 0 || strings->items[strings->n] == NULL);
}

static void check_mappings(const struct config_id_mappings *mappings)
{
	assert(mappings->n <= CONFIG_ID_MAPPINGS_MAX);
	for (size_t i = 0; i < mappings->n; i++) {
		const struct config_id_mapping *m = &mappings->items[i];

		assert(m->size > 0);
		assert((uint64_t)m->container_id + m->size <= UINT32_MAX);
		assert((uint64_t)m->host_id + m->size <= UINT32_MAX);
	}
}

static void check_process(const struct config_process *process)
{
	assert(process->cwd[0] == '/');
	assert(process->user.uid != UINT32_MAX && process->user.gid != UINT32_MAX);
	check_strings(&process->args);
	check_strings(&process->env);
	for (size_t i = 0; i < process->env.n; i++)
		assert(strchr(process->env.items[i], '=') > process->env.items[i]);
}

static void check_mounts(const struct config *config)
{
	for (size_t i = 0; i < config->n_mounts; i++) {
		const struct config_mount *mount = &config->mounts[i];
		const struct config_mount_options *options = &mount->options;

		assert(mount->destination[0] == '/' && strstr(mount->destination, "/../") == NULL);
		assert((options->attr_set & options->attr_clr & ~SYS_ATTR_ATIME) == 0);
		assert((options->rec_attr_set & options->rec_attr_clr & ~SYS_ATTR_ATIME) == 0);
		check_strings(&options->data);
		check_strings(&options->sb_flags);
		check_mappings(&mount->uid_mappings);
		check_mappings(&mount->gid_mappings);
	}
}

static void check_seccomp(const struct config_seccomp *seccomp)
{
	assert((unsigned)seccomp->default_action < CONFIG_ACT_N);
	for (size_t i = 0; i < seccomp->n_rules; i++) {
		assert(seccomp->rules[i].names.n > 0);
		assert((unsigned)seccomp->rules[i].action < CONFIG_ACT_N);
		for (size_t j = 0; j < seccomp->rules[i].n_args; j++)
			assert(seccomp->rules[i].args[j].index <= 5);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_arena_ struct arena arena = { 0 };
	const struct json *root = NULL;
	struct config config;
	struct err err;

	if (json_parse(&arena, (const char *)data, size, &root, &err) < 0) {
		assert(err.code < 0 && err.msg[0] != '\0');
		return 0;
	}
	if (config_parse(&arena, root, &config, &err) < 0) {
		assert(err.code < 0 && err.msg[0] != '\0');
		return 0;
	}
	if (config.has_process)
		check_process(&config.process);
	check_mounts(&config);
	check_mappings(&config.uid_mappings);
	check_mappings(&config.gid_mappings);
	if (config.seccomp != NULL)
		check_seccomp(config.seccomp);
	for (size_t i = 0; i < config.n_unsupported; i++)
		assert(config.unsupported[i].pointer[0] == '/');
	return 0;
}
