/*
 * Shared by the files that hand out id blocks only.
 *
 * Names in the registry (BASE is eight hexadecimal digits, SINCE seconds of CLOCK_BOOTTIME):
 *   BASE             claimed; the file says by whom
 *   BASE.free.SINCE  ours to give, given back then; SINCE 0: found unused, never given yet
 *   BASE.busy.SINCE  somebody outside caisson used it when we looked then
 * A block without a file has not been looked at. State and time are in the name so that a claim
 * reads the directory and no file of it. Each change of state is one rename.
 *
 * Runs in: host.
 */
#ifndef HOST_IDS_LOCAL_H
#define HOST_IDS_LOCAL_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "base/err.h"

#include "ids.h"

enum {
	IDS_BLOCKS = 65536,
	IDS_CLAIM_MAX = 6000,
	IDS_NAME_MAX = 48
};

/* A set of blocks, by base / IDS_BLOCK. 8 KiB: on the heap. */
struct ids_set {
	uint64_t words[IDS_BLOCKS / 64];
};

struct ids_set *ids_set_new(struct err *err) _must_check_;
void ids_set_free(struct ids_set **set);
#define _ids_set_ _cleanup_(ids_set_free)

bool ids_set_has(const struct ids_set *set, uint32_t id);
void ids_set_add(struct ids_set *set, uint32_t id);

/**
 * ids_find_users() - blocks that something on this machine uses
 *
 * Maps of user namespaces and owners of all processes; ids in /etc/passwd and /etc/group; ids of
 * podman's containers, running or not. Cannot see: a user namespace that no process is in, and real ids of a process that is not dumpable.
 */
int ids_find_users(struct ids_set *used, struct err *err) _must_check_;

/** ids_has_account() - is @user in /etc/passwd? usermod knows no other users */
bool ids_has_account(const char *user);

/** ids_pool_has() - is the block at @base in the pool? ids_pool_count() - blocks in all */
bool ids_pool_has(const struct ids_pool *pool, uint32_t base);
unsigned ids_pool_count(const struct ids_pool *pool);

/** ids_pool_base() - of the @i-th block, ascending */
uint32_t ids_pool_base(const struct ids_pool *pool, unsigned i);

/** ids_pool_end() - the id behind the last of the pool */
uint32_t ids_pool_end(const struct ids_pool *pool);

/** ids_propose() - ids that nobody but @user (NULL: nobody at all) has, behind @from if possible */
struct facts_id_range ids_propose(
	const char *user, const char *subuid, const char *subgid, uint32_t from);

enum ids_state {
	IDS_CLAIMED,
	IDS_FREE,
	IDS_BUSY
};

struct ids_slot {
	uint32_t base;
	enum ids_state state;
	uint64_t since;
};

/** ids_slot_name() - file name of @slot into @buf */
const char *ids_slot_name(const struct ids_slot *slot, char buf[IDS_NAME_MAX]);

/** ids_slot_parse() - false for a name that is none of the three above */
bool ids_slot_parse(const char *name, struct ids_slot *out);

/** ids_now() - seconds of CLOCK_BOOTTIME, at least 1 */
uint64_t ids_now(void);

/* Who holds a claim. */
struct ids_holder {
	char text[IDS_CLAIM_MAX + 1]; /* the strings below are in it */
	const char *root;
	const char *id;
	pid_t pid;
	uint64_t start_time;
};

/** ids_claimed_at() - when the claim was made; false when it is gone */
bool ids_claimed_at(int registry_fd, uint32_t base, struct timespec *out) _must_check_;

/** ids_holder_read() - false when the claim is gone or not readable */
bool ids_holder_read(int registry_fd, uint32_t base, struct ids_holder *out) _must_check_;

/** ids_holder_is_stale() - is its claimer dead and no container left that has the block? */
bool ids_holder_is_stale(const struct ids_holder *holder, uint32_t base);

/**
 * ids_claim_write() - turn a block that is not claimed into a claim
 *
 * Return: 0; -ENOENT when @free_slot is gone, -EEXIST when the block is claimed all the same.
 */
int ids_claim_write(int registry_fd, const struct ids_slot *free_slot, const char *root,
	const char *id, struct err *err) _must_check_;

/** ids_move() - rename from one state to another; @from gone is success */
int ids_move(int registry_fd, const struct ids_slot *from, const struct ids_slot *to,
	struct err *err) _must_check_;

/** ids_forget() - remove the file of a slot that is not claimed; missing is success */
int ids_forget(int registry_fd, const struct ids_slot *slot, struct err *err) _must_check_;

/** ids_clean_root() - a state root as claims name it */
int ids_clean_root(const char *path, char buf[PATH_MAX], struct err *err) _must_check_;

/** ids_holder_write() - who claims, into the file @name that is there */
int ids_holder_write(int registry_fd, const char *name, const char *root, const char *id,
	struct err *err) _must_check_;

/* Blocks of several containers, ids_share.c. Where one returns STORE_ABSENT there is no such share.
 *
 * ids_is_shared() - has somebody else than the one in the claim the block, too?
 * ids_drop_share() - give a share back; ids_drop_share_of() - that of a container
 * ids_promote_share() - another one takes the place in the claim
 */
bool ids_is_shared(int registry_fd, uint32_t base);
int ids_drop_share(int registry_fd, uint32_t base, const char *name, struct err *err) _must_check_;
int ids_drop_share_of(int registry_fd, uint32_t base, const char *root, const char *id,
	struct err *err) _must_check_;
int ids_promote_share(int registry_fd, uint32_t base, struct err *err) _must_check_;

/** ids_free_block() - the end of a claim: the block rests from now on */
int ids_free_block(int registry_fd, uint32_t base, struct err *err) _must_check_;

/*
 * The next few blocks to give, in order, so that most claims need not list the directory: on tmpfs
 * that takes 0.16 ms with a thousand blocks. Only a hint: what it names may be gone.
 */
enum {
	IDS_QUEUE_MAX = 64
};

/** ids_queue_pop() - take the first entry off; false when there is none */
bool ids_queue_pop(int registry_fd, struct ids_slot *out);

/** ids_queue_fill() - replace all entries by the first of @slots; errors only cost time later */
void ids_queue_fill(int registry_fd, const struct ids_slot *slots, size_t n);

/** ids_each() - call @visit for every slot; stops when it returns something else than 0 */
int ids_each(int registry_fd, int (*visit)(void *arg, const struct ids_slot *slot, struct err *err),
	void *arg, struct err *err) _must_check_;

/** ids_open_registry() - open and lock it; STORE_ABSENT when missing and not @create */
int ids_open_registry(const char *registry, bool create, int *registry_fd, struct err *err)
	_must_check_;

/* --- choosing a block ------------------------------------------------------------------------ */

struct ids_survey {
	const struct ids_pool *pool;
	int registry_fd;
	uint64_t now;
	struct ids_set *known;      /* blocks that have a file */
	const struct ids_set *used; /* NULL: not looked yet */
	struct ids_slot *slots;     /* that could be given; the one to give next first */
	size_t n_slots;
	size_t room;
	unsigned n_claimed;
};
void ids_survey_done(struct ids_survey *survey);

/** ids_survey_run() - read the directory; ->slots is in order afterwards */
int ids_survey_run(struct ids_survey *survey, struct err *err) _must_check_;

/** ids_survey_look() - find out what the machine uses, note the next few blocks, run again */
int ids_survey_look(struct ids_survey *survey, struct ids_set *used, struct err *err) _must_check_;

/** ids_survey_givable() - how many of ->slots may be given without (another) look */
size_t ids_survey_givable(const struct ids_survey *survey);

/** ids_survey_age() - seconds that a block has rested, UINT64_MAX for one that needs no rest */
uint64_t ids_survey_age(const struct ids_survey *survey, const struct ids_slot *slot);

/** ids_pick_stale() - nothing is free: a claim that nobody holds any more, or -EUSERS */
int ids_pick_stale(const struct ids_survey *survey, struct ids_slot *out, struct err *err)
	_must_check_;

/** ids_use_stored() - add the ids of podman's containers, running or not */
void ids_use_stored(struct ids_set *used);

/** ids_use_range() - add the blocks of @count ids from @first on */
void ids_use_range(struct ids_set *used, uint64_t first, uint64_t count);

#endif
