#!/bin/bash
# A container that joins the namespaces of another one, as `docker run --net=container:X` and pods
# do, has the ids of that one: signals and files work between them, and with nobody else. The block
# is free when the last of them is gone.
# shellcheck disable=SC2016 # expressions of jq
. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox

b=$(new_bundle first) || bail 'make a bundle'
set_args "$b" sleep 1000
other=$(new_bundle other) || bail 'make another bundle'
mkdir -m 0777 "$scratch/volume" && chown 12345:12345 "$scratch/volume"

uid_of() { # ID: of its first process on the host
	awk '/^Uid:/ { print $2 }' "/proc/$(pid_of "$1")/status"
}
start() { # BUNDLE: sets $id
	new_id
	caisson run --detach --bundle "$1" "$id" </dev/null >"$scratch/said" 2>&1 ||
		bail "start $1" "$(cat "$scratch/said")"
}
join() { # BUNDLE PID TYPE...: its namespaces of these types are those of the process
	local bundle=$1 of=$2 type file
	shift 2
	for type in "$@"; do
		file=$type
		[ "$type" = network ] && file=net
		edit "$bundle" --arg type "$type" --arg path "/proc/$of/ns/$file" \
			'.linux.namespaces |= map(if .type == $type then .path = $path else . end)'
	done
}
claimed() { # blocks that somebody has
	find /run/caisson-ids -maxdepth 1 -type f -regex '.*/[0-9a-f]*' | wc -l
}

start "$b"
first=$id
start "$b"
stranger=$id
isnt 'two containers have two blocks' "$(uid_of "$first")" "$(uid_of "$stranger")"
is 'and two claims' "$(claimed)" 2

set_args "$other" sleep 1000
join "$other" "$(pid_of "$first")" pid network ipc
start "$other"
guest=$id
is 'who joins has the ids of the first' "$(uid_of "$guest")" "$(uid_of "$first")"
guest_uid=$(uid_of "$guest")
is 'that takes no block' "$(claimed)" 2
for ns in pid net ipc; do
	is "one $ns namespace" "$(readlink "/proc/$(pid_of "$guest")/ns/$ns")" \
		"$(readlink "/proc/$(pid_of "$first")/ns/$ns")"
done
for ns in mnt uts; do
	isnt "two $ns namespaces" "$(readlink "/proc/$(pid_of "$guest")/ns/$ns")" \
		"$(readlink "/proc/$(pid_of "$first")/ns/$ns")"
done
is 'it sees the processes of the first' "$(caisson exec "$guest" sh -c 'kill -0 1 && echo yes' 2>&1)" yes
like 'plan says so' "$(caisson plan "$other")" "pid namespace of container $first"
join "$other" self network
fails_with 'a namespace of the host is not joined' 'network namespace .* is the host' \
	run_sh "$other" true
join "$other" "$(pid_of "$first")" pid network ipc
set_args "$other" sleep 1000

start "$other"
third=$id
is 'a third one, too' "$(uid_of "$third")" "$(uid_of "$first")"
caisson exec "$third" sh -c 'sleep 500 & wait' >/dev/null 2>&1 &
eventually sh -c "'$CAISSON' exec $guest sh -c 'ps | grep -q \"[s]leep 500\"'"
succeeds 'a signal from one reaches a process of another' \
	caisson exec "$guest" sh -c 'kill -KILL $(ps | sed -n "s/^ *\([0-9]*\) .*[s]leep 500.*/\1/p" | tail -n 1)'
wait

# The first is deleted: the block stays taken while a joined container is there.
caisson kill "$third" KILL
eventually has_status "$third" stopped
caisson delete "$third"
is 'a guest that goes leaves the claim' "$(claimed)" 2
caisson delete --force "$first"
is 'the first goes: the claim is handed on' "$(claimed)" 2
start "$b"
isnt 'nobody else gets the block' "$(uid_of "$id")" "$guest_uid"
newer=$id
succeeds 'the guest, whose pid namespace ended, stops' eventually has_status "$guest" stopped
caisson delete "$guest"
is 'the last one gives it back' "$(claimed)" 2
caisson delete --force "$newer"
caisson delete --force "$stranger"
is 'no block is left' "$(claimed)" 0
is 'and no trace of sharing' "$(find /run/caisson-ids -name '*.also*')" ''

# Sharing files: a volume that both have, and what the one makes belongs to the same for the other.
edit "$b" --arg v "$scratch/volume" '.mounts += [{destination: "/v", source: $v, options: ["rbind", "rw"]}]'
cp "$b/config.json" "$other/config.json"
mkdir -p "$b/rootfs/v" "$other/rootfs/v"
start "$b"
first=$id
join "$other" "$(pid_of "$first")" network
start "$other"
caisson exec "$first" sh -c 'echo shared >/v/f; chmod 600 /v/f'
is 'a private file of one is readable for the other' "$(caisson exec "$id" cat /v/f 2>&1)" shared
is 'with the same owner' "$(caisson exec "$id" stat -c %u /v/f 2>&1)" \
	"$(caisson exec "$first" stat -c %u /v/f 2>&1)"
caisson delete --force "$id"
caisson delete --force "$first"

# A create that fails leaves no share.
start "$b"
first=$id
join "$other" "$(pid_of "$first")" network
set_args "$other" /nonexistent
new_id
fails 'a container that can not start' caisson run --bundle "$other" "$id"
is 'leaves no share' "$(find /run/caisson-ids -path '*.also/*')" ''
caisson delete --force "$first"
is 'no block is left at the end' "$(claimed)" 0
