#!/bin/bash
# Whom a rootless caisson trusts with a hook: the user itself and those it cannot see, root above
# all; not an id of its own block, which a process of a container may have, nor one that looks like
# the unseen because it is 65534.
. "$top_srcdir/tests/system/rootless/user.bash"

mount -t tmpfs -o mode=0755 tmpfs /mnt # the way to it may not be anybody's to change
mounts_before=$(list_mounts)
cp "$(readlink -f "$(command -v touch)")" /mnt/hook && chmod 0755 /mnt/hook
b=$(user_bundle bundle) || bail 'make a bundle'
made=$scratch/home/made
edit "$b" --arg made "$made" '.hooks.createRuntime = [{path: "/mnt/hook", args: ["touch", $made], env: []}]'
set_args "$b" true

trusts() { # DESCRIPTION OWNER
	chown "$2" /mnt/hook
	succeeds "$1" caisson run --bundle "$b" "$test_tag-x"
	is "$1: has run, as the user" "$(stat -c %u "$made" 2>&1)" "$user_id"
	rm -f "$made"
}

refuses() { # DESCRIPTION OWNER
	chown "$2" /mnt/hook
	fails_with "$1" '\[CS-HOOK-1\]' caisson run --bundle "$b" "$test_tag-x"
	isnt "$1: has not run" "$(ls "$made" 2>/dev/null)" "$made"
}

trusts 'a program of root' 0
trusts 'a program of the user' "$user_id"
refuses 'a program of an id of the block' $((sub_first + 32))
refuses 'a program of nobody of the block' $((sub_first + 65533))
chown 0:$((sub_first + 65533)) /mnt/hook
refuses 'a program of nobody of the block, group and all' $((sub_first + 65533))
chmod 0757 /mnt/hook
refuses 'a program that others may write' 0

# Profiles are read by the same rule.
set_args "$b" grep CapBnd /proc/self/status
edit "$b" 'del(.hooks)'
echo '{"extends": "hardened", "capabilities_ceiling": []}' >/mnt/profile.json
run_with_profile() {
	caisson --profile /mnt/profile.json run --bundle "$b" "$test_tag-x"
}
chown $((sub_first + 65533)) /mnt/profile.json
fails_with 'a profile of an id of the block' "owned by user 65534, neither root nor the caller" run_with_profile
chown 0 /mnt/profile.json
edit "$b" 'del(.process.capabilities)'
succeeds 'a profile of root' run_with_profile
like 'a profile of root: in force' "$(cat "$last_output")" 'CapBnd:.*0000000000000000'
is 'nothing of the containers is left' "$(user_state)" ''
