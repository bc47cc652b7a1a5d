#!/bin/bash
# Root of a user namespace that somebody else made, as podman's is: with a block of ids and with one
# id only, with a mount namespace of its own and without.
. "$top_srcdir/tests/system/rootless/user.bash"
need unshare
unshare --help | grep -q -- --map-auto || skip 'this unshare has no --map-auto'

b=$(user_bundle bundle) || bail 'make a bundle'
nested() { # FLAGS OF UNSHARE, then of caisson
	local flags=$1
	shift
	# shellcheck disable=SC2086 # several
	as_user unshare $flags "$CAISSON" "$@"
}

set_args "$b" sh -c 'id -u; awk "{ n += \$3 } END { print n }" /proc/self/uid_map; stat -c %u /bin'
for profile in hardened oci; do
	for flags in '--map-root-user --map-auto --mount' '--map-root-user --map-auto'; do
		is "$profile: $flags" "$(nested "$flags" --profile "$profile" run --bundle "$b" \
			"$test_tag-x" 2>&1 | xargs)" '0 65536 0'
	done
	edit "$b" '.mounts |= map(if .options then .options -= ["gid=5"] else . end)'
	for flags in '--map-root-user --mount' '--map-root-user'; do
		is "$profile: $flags" "$(nested "$flags" --profile "$profile" run --bundle "$b" \
			"$test_tag-x" 2>&1 | xargs)" '0 1 0'
	done
	edit "$b" '.process.user.additionalGids = [0]'
	fails_with "$profile: groups where setgroups(2) is forbidden" 'forbids setgroups' \
		nested --map-root-user --profile "$profile" run --bundle "$b" "$test_tag-x"
	edit "$b" 'del(.process.user.additionalGids)'
done

set_args "$b" sleep 60
new_id
succeeds 'create' nested '--map-root-user --map-auto' create --bundle "$b" "$id"
pid=$(pid_of "$id")
is 'the ids of the user on the host' "$(sed -n 's/^Uid:[[:space:]]*//p' "/proc/$pid/status" | xargs)" \
	"$user_id $user_id $user_id $user_id"
succeeds 'delete --force' nested '--map-root-user --map-auto' delete --force "$id"
is 'nothing of the containers is left' "$(user_state)" ''
