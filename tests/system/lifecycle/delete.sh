#!/bin/bash
# delete, with and without --force, in every state and after every kind of damage.
. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox

b=$(new_bundle) || bail 'make a bundle'
set_args "$b" sleep 60

gone() { # DESCRIPTION
	fails_with "$1: it is gone" 'container does not exist' caisson state "$id"
	is "$1: no state" "$(list_state)" ''
	is "$1: no cgroup" "$(list_cgroups)" ''
}

alive() { # PID: nothing when it is gone, or dead and not yet reaped by whoever adopted it
	grep -s '^State:' "/proc/$1/status" | grep -v 'Z (zombie)\|X (dead)'
}

for force in '' --force; do
	new_id
	caisson create --bundle "$b" "$id"
	pid=$(pid_of "$id")
	# shellcheck disable=SC2086 # none is a way to write it
	succeeds "delete $force of a created container" caisson delete $force "$id"
	is "delete $force of a created container: says nothing" "$(cat "$last_output")" ''
	is "delete $force of a created container: its process is gone" "$(alive "$pid")" ''
	gone "delete $force of a created container"
	new_id
	caisson run --detach --bundle "$b" "$id"
	caisson kill "$id" KILL
	eventually has_status "$id" stopped
	# shellcheck disable=SC2086
	succeeds "delete $force of a stopped container" caisson delete $force "$id"
	gone "delete $force of a stopped container"
done
new_id
caisson run --detach --bundle "$b" "$id"
pid=$(pid_of "$id")
fails_with 'delete of a running container' "cannot delete container $id that is not stopped: running" \
	caisson delete "$id"
is 'it still runs' "$(pid_of "$id")" "$pid"
succeeds 'delete --force of a running container' caisson delete --force "$id"
is 'its process is gone when delete returns' "$(alive "$pid")" ''
gone 'delete --force of a running container'

# What a container leaves in its pid namespace and below its cgroup goes with it.
set_args "$b" sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 60 & done; wait'
new_id
caisson run --detach --bundle "$b" "$id"
dirs=$(list_cgroups)
while IFS= read -r dir; do
	mkdir -p "$dir/sub/sub" 2>/dev/null
done <<<"$dirs"
like 'cgroups were made below its own' "$(list_cgroups)" '/sub/sub'
succeeds 'delete --force of a container with sub-cgroups' caisson delete --force "$id"
gone 'delete --force of a container with sub-cgroups'

# Somebody else removed a part of it.
set_args "$b" sleep 60
new_id
caisson run --detach --bundle "$b" "$id"
kill -KILL "$(pid_of "$id")"
eventually has_status "$id" stopped
list_cgroups | sort -r | xargs -r rmdir
succeeds 'delete when its cgroups are gone' caisson delete "$id"
gone 'delete when its cgroups are gone'

# Records that can't be read, beside what delete can still see.
damage() { # DESCRIPTION COMMAND: what damages state of a container that has stopped
	new_id
	caisson run --detach --bundle "$b" "$id"
	caisson kill "$id" KILL
	eventually has_status "$id" stopped
	list_cgroups | sort -r | xargs -r rmdir
	(cd "/run/caisson/$id" && eval "$2")
	fails_with "$1: delete alone refuses" 'does not exist|is damaged' caisson delete "$id"
	succeeds "$1: delete --force" caisson delete --force "$id"
	is "$1: no state" "$(find /run/caisson -mindepth 1)" ''
}
damage 'truncated state' 'truncate -s 100 state'
damage 'empty state' ': >state'
damage 'garbage' 'head -c 300 /dev/urandom >state'
damage 'huge garbage' 'head -c 3000000 /dev/zero >state'
damage 'one bit' 'sed -i s/hardened/hardenee/ state'
damage 'no state file' 'rm state'
damage 'a symlink for it' 'mv state x; ln -s x state'
damage 'a directory for it' 'rm state; mkdir state'
damage 'a fifo for it' 'rm state; mkfifo state'
damage 'more files than ours' 'truncate -s 1 state; touch a b c'
# A block whose record could not be read stays claimed until nothing else is free: it may be in use.
rm -f /run/caisson-ids/*

# A damaged record of somebody else's choice is obeyed in nothing.
new_id
mkdir -m 0777 "/run/caisson/$id"
chmod 0777 "/run/caisson/$id"
fails_with 'an entry that others may write' 'can be written by others' caisson delete --force "$id"
rm -r "/run/caisson/$id"

# Unknown: what engines call after every failure.
for id in unknown "$(printf 'x%.0s' {1..64})"; do
	succeeds 'delete --force of an unknown id' caisson delete --force "$id"
	is 'delete --force of an unknown id: says nothing' "$(cat "$last_output")" ''
	fails_with 'delete of an unknown id' 'container does not exist' caisson delete "$id"
done
succeeds 'delete --force where there is no state directory' \
	caisson --root "$scratch/none" delete --force unknown
is 'and none is made' "$(ls -d "$scratch/none" 2>/dev/null)" ''
succeeds 'delete --force without HOME, PATH and all (podman)' \
	env -i XDG_RUNTIME_DIR= "$CAISSON" delete --force unknown

# Two states of the same name below two roots are two containers.
mkdir -m 0700 "$scratch/root"
new_id
caisson create --bundle "$b" "$id"
edit "$b" '.linux.cgroupsPath = "'"$id"'-other"'
succeeds 'the same id below another root' caisson --root "$scratch/root" create --bundle "$b" "$id"
succeeds 'delete that one' caisson --root "$scratch/root" delete "$id"
is 'the first is still there' "$(status_of "$id")" created
succeeds 'delete the first' caisson delete "$id"
gone 'both'
