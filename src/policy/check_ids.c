/* Ids for containers: those of root's pool, or a user's own. */
#include "check_local.h"

#include "base/banned.h"

enum {
	FEW_BLOCKS = 8
};

static const char *add_lines(struct check *c, const struct facts_id_range *more)
{
	return arena_fmt(c->arena, "echo %s:%u:%u | tee -a /etc/subuid /etc/subgid",
		c->ready->id_user, more->first, more->count);
}

static void check_pool(struct check *c)
{
	const struct facts_ready *ready = c->ready;
	const char *found = arena_fmt(c->arena, "user '%s': %u blocks of %d, %u free",
		ready->id_user, ready->n_blocks, FACTS_ID_BLOCK, ready->n_blocks_free);

	if (ready->ids_problem != NULL)
		policy_check_bad(c, POLICY_MARK_MISSING,
			&(struct policy_check_line){
				.name = "subordinate ids",
				.found = ready->gap.count > 0
						 ? arena_fmt(c->arena,
							   "user '%s' has none that can be used",
							   ready->id_user)
						 : ready->ids_problem,
				.means = "containers of root have no ids to run with",
				.fix = ready->gap.count > 0
					       ? add_lines(c, &ready->gap)
					       : "correct what is said of /etc/subuid or /etc/subgid",
			});
	else if (ready->n_blocks_free < FEW_BLOCKS)
		policy_check_bad(c,
			ready->n_blocks_free == 0 ? POLICY_MARK_MISSING : POLICY_MARK_DEGRADED,
			&(struct policy_check_line){
				.name = "subordinate ids",
				.found = found,
				.means = "every container takes one",
				.fix = "caisson ids shows who has them, caisson gc frees what crashes "
				       "left; for more, a line in /etc/subuid and /etc/subgid",
			});
	else
		policy_check_ok(c, "subordinate ids", found, "every container takes one");
}

/* --- an ordinary user ---------------------------------------------------------------------------- */

static const char *add_user_ids(struct check *c)
{
	const struct facts_id_range *gap = &c->ready->gap;

	if (gap->count == 0)
		return "free some ids of /etc/subuid and /etc/subgid";
	if (c->ready->name[0] == '#') /* an id without an account, which usermod asks for */
		return arena_fmt(c->arena,
			"as root: echo %u:%u:%u | tee -a /etc/subuid /etc/subgid", c->facts->euid,
			gap->first, gap->count);
	return arena_fmt(c->arena, "as root: usermod --add-subuids %u-%u --add-subgids %u-%u %s",
		gap->first, gap->first + gap->count - 1, gap->first, gap->first + gap->count - 1,
		c->ready->name);
}

static void check_user_ids(struct check *c)
{
	uint64_t n = c->ready->n_uids < c->ready->n_gids ? c->ready->n_uids : c->ready->n_gids;
	const char *found =
		arena_fmt(c->arena, "user '%s': %llu user ids, %llu group ids", c->ready->name,
			(unsigned long long)c->ready->n_uids, (unsigned long long)c->ready->n_gids);

	if (n == 0)
		policy_check_bad(c, POLICY_MARK_MISSING,
			&(struct policy_check_line){
				.name = "subordinate ids",
				.found = found,
				.means = "there is no user namespace that a container could be in",
				.fix = add_user_ids(c),
			});
	else if (n + 1 < FACTS_ID_BLOCK)
		policy_check_bad(c, POLICY_MARK_DEGRADED,
			&(struct policy_check_line){
				.name = "subordinate ids",
				.found = found,
				.means = arena_fmt(c->arena,
					"containers have ids 0 to %llu, images may ask for more",
					(unsigned long long)n),
				.fix = add_user_ids(c),
			});
	else
		policy_check_ok(c, "subordinate ids", found, "all that images ask for");
}

static void check_helper(struct check *c, enum facts_helper helper, const char *name)
{
	const char *path = c->ready->helpers[helper];

	if (path != NULL && c->ready->helper_works[helper]) {
		policy_check_ok(c, name, path, "it gives the container its subordinate ids");
		return;
	}
	policy_check_bad(c, POLICY_MARK_MISSING,
		&(struct policy_check_line){
			.name = name,
			.found = path == NULL ? "it is not installed"
					      : arena_fmt(c->arena,
							"%s can't be run, or is neither setuid "
							"root nor has it file capabilities",
							path),
			.means = "nobody can give the container its subordinate ids",
			.fix = path == NULL ? "as root: apt-get install uidmap"
					    : arena_fmt(c->arena, "as root: chmod 4755 %s", path),
		});
}

/* Root of a user namespace that somebody else has made. */
static void check_nested(struct check *c)
{
	uint64_t n = c->facts->ids_available;
	const char *found = arena_fmt(c->arena, "this user namespace has ids 0 to %llu",
		(unsigned long long)(n > 0 ? n - 1 : 0));

	if (n >= FACTS_ID_BLOCK)
		policy_check_ok(c, "subordinate ids", found, "all that images ask for");
	else
		policy_check_bad(c, POLICY_MARK_DEGRADED,
			&(struct policy_check_line){
				.name = "subordinate ids",
				.found = found,
				.means = "containers have no more, and images may ask for more",
				.fix = "make the user namespace with newuidmap and newgidmap and "
				       "65536 ids, as podman unshare does",
			});
}

void policy_check_ids(struct check *c)
{
	if (!c->ready->is_user) {
		check_pool(c);
		return;
	}
	if (c->facts->euid == 0) {
		check_nested(c);
		return;
	}
	check_user_ids(c);
	check_helper(c, FACTS_HELPER_NEWUIDMAP, "newuidmap");
	check_helper(c, FACTS_HELPER_NEWGIDMAP, "newgidmap");
}
