#!/bin/bash
# exec and ps of an ordinary user: in the user namespace that was made for the container.
# shellcheck disable=SC2016 # expressions of the shell inside
. "$top_srcdir/tests/system/rootless/user.bash"

b=$(user_bundle bundle) || bail 'make a bundle'
set_args "$b" sleep 60

for profile in hardened oci; do
	new_id
	caisson --profile "$profile" run --detach --bundle "$b" "$id" </dev/null || bail 'start a container'
	out=$(caisson exec "$id" sh -c 'id -u; cat /proc/self/uid_map; grep -E "^(Cap|NoNewPrivs|Seccomp)" /proc/self/status' 2>&1)
	inside=$(caisson exec "$id" sh -c 'id -u; cat /proc/1/uid_map; grep -E "^(Cap|NoNewPrivs|Seccomp)" /proc/1/status' 2>&1)
	is "$profile: as the first process" "$out" "$inside"
	like "$profile: as root of the container" "$out" '^0$'
	is "$profile: as another user" "$(caisson exec --user 33:33 "$id" id -u 2>&1)" 33
	for ns in ipc mnt net pid uts; do
		is "$profile: $ns" "$(caisson exec "$id" sh -c "readlink /proc/self/ns/$ns" 2>&1)" \
			"$(readlink "/proc/$(pid_of "$id")/ns/$ns")"
	done
	succeeds "$profile: detached" caisson exec -d --pid-file "$scratch/run/pid" --user 5:5 "$id" sleep 60
	is "$profile: a subordinate id on the host" \
		"$(awk '/^Uid:/ { print $2 }' "/proc/$(cat "$scratch/run/pid")/status")" $((sub_first + 4))
	caisson exec "$id" sh -c 'exit 6'
	is "$profile: exit status" $? 6
	fails_with "$profile: root of the host can't be had by another user" '.' \
		setpriv --reuid=64322 --regid=64322 --clear-groups env -i XDG_RUNTIME_DIR="$scratch/run" \
		"$CAISSON" exec "$id" true
	caisson delete --force "$id"
done
is 'nothing is left' "$(user_state)" ''
