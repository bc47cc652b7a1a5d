#!/bin/bash
# Ids that somebody else uses are never given: a user namespace of another runtime, containers that
# podman keeps, running or not, accounts, other users' ranges.
. "$top_srcdir/tests/system/ids/etc.bash"
need unshare

first=1879048192
b=$(new_bundle) || bail 'make a bundle'
set_args "$b" sleep 60

block() { # N: first id of the N-th block of the pool
	echo $((first + $1 * 65536))
}

got() { # creates and deletes a container; sets $got to the number of its block, or what it said
	new_id
	if ! caisson create --bundle "$b" "$id" >"$last_output" 2>&1; then
		got=$(cat "$last_output")
		return
	fi
	got=$((($(caisson state "$id" | jq .caisson.ids.first) - first) / 65536))
	caisson delete "$id"
}

# Each time a registry that knows nothing: what was looked at once is not looked at again.
forget() {
	find $registry -mindepth 1 -delete
}

pool caisson $first:$((5 * 65536)) alice "$(block 3):10"
mkdir -p "$scratch"/graph/{overlay,vfs}-containers "$scratch"/run/overlay-containers /etc/containers
cat >/etc/containers/storage.conf <<END
[storage]
driver = "overlay"
graphroot = "$scratch/graph"
runroot = '$scratch/run'
END

got
is 'nobody uses anything: the first block' "$got" 0
forget

# another runtime's container, in the first block
unshare --user sleep 1000 &
stranger=$!
eventually sh -c "[ \$(readlink /proc/$stranger/ns/user) != $(readlink /proc/self/ns/user) ]"
echo "0 $(block 0) 1000" >/proc/$stranger/uid_map
echo "0 $(block 0) 1000" >/proc/$stranger/gid_map
got
is 'a user namespace of another runtime: its block is left out' "$got" 1
forget

# a container of podman's that is stopped
cat >"$scratch/graph/overlay-containers/containers.json" <<END
[ { "id": "aa", "names": [ "web" ], "layer": "x" },
  { "id": "bb", "uidmap": [ { "container_id": 0, "host_id": $(block 1), "size": 1024 } ],
    "gidmap": [ { "container_id": 0, "host_id": $(($(block 2) + 70)), "size": 1024 } ] } ]
END
got
is "ids of podman's stopped containers, users and groups: left out; alice's too" "$got" 4
forget
echo '[ { "id": "cc", "uidmap": [ { "container_id": 0, "host_id": '"$(block 4)"', "size": 1 } ] } ]' \
	>"$scratch/run/overlay-containers/volatile-containers.json"
got
like 'all blocks are used: nothing is given' "$got" 'no free block .* 0 held by containers, 4 used outside caisson'
forget
echo 'no json' >"$scratch/graph/overlay-containers/containers.json"
rm "$scratch/run/overlay-containers/volatile-containers.json"
new_id
caisson --debug create --bundle "$b" "$id" >"$last_output" 2>&1
like 'a list that cannot be read is reported' "$(cat "$last_output")" \
	"cannot read which ids podman's containers have"
caisson delete "$id"
forget
rm -r "$scratch/graph" "$scratch/run"

# accounts, real or service ones
echo "svc:x:$(($(block 1) + 5)):$(($(block 2) + 5))::/:/bin/false" >>/etc/passwd
echo "svc:x:$(($(block 2) + 5)):" >>/etc/group
got
is 'blocks with the id of an account or a group: left out' "$got" 4
forget

# Shared with podman, which takes from the start: from the end, and each time looked at anew.
forget
pool containers $first:$((5 * 65536))
got
is "ids of user containers: from the end" "$got" 4
unshare --user sleep 1000 &
second=$!
eventually sh -c "[ \$(readlink /proc/$second/ns/user) != $(readlink /proc/self/ns/user) ]"
echo "0 $(block 3) 65536" >/proc/$second/uid_map
echo "0 $(block 3) 65536" >/proc/$second/gid_map
got
is 'a block that was free at the last look and is not now: left out' "$got" 4
kill $stranger $second
wait $stranger $second 2>/dev/null || true
