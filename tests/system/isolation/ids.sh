#!/bin/bash
# Every container has a block of 65536 subordinate ids of its own: seen from the host no process
# and no file of it belongs to root, and two containers can't be confused with each other.
# shellcheck disable=SC2016 # expressions of jq and of the shell inside
. "$top_srcdir/tests/system/attack.sh"

attack_bundle
registry=/run/caisson-ids
set_args "$b" /bin/sleep 60

claimed() { # how many blocks
	find "$registry" -type f -not -name '*.free.*' -exec grep -lF "$test_tag" {} + | wc -l
}

lowest_of_pool() {
	sed -n 's/^caisson:\([0-9]*\):.*/\1/p' /etc/subuid
}

base_of() { # PID: checks the map and sets $base
	local inside size
	read -r inside base size <"/proc/$1/uid_map"
	is 'the map starts at id 0' "$inside" 0
	is 'the block has 65536 ids' "$size" 65536
	is 'and nothing follows it' "$(wc -l <"/proc/$1/uid_map")" 1
	is 'groups are mapped alike' "$(tr -s ' ' <"/proc/$1/gid_map")" "$(tr -s ' ' <"/proc/$1/uid_map")"
	is 'the block is aligned' $((base % 65536)) 0
	is 'it lies in the pool of /etc/subuid' $((base >= $(lowest_of_pool))) 1
}

create "$b"
first=$id
caisson start "$first"
base_of "$pid"
is 'uid of init, on the host' "$(status_field "$pid" Uid)" "$base $base $base $base"
is 'gid of init, on the host' "$(status_field "$pid" Gid)" "$base $base $base $base"
is 'no groups of the host' "$(status_field "$pid" Groups | tr -d ' ')" ''
isnt 'a user namespace of its own' "$(readlink "/proc/$pid/ns/user")" "$(readlink /proc/self/ns/user)"
first_base=$base
is 'the claim is in the registry' "$(claimed)" 1

edit "$b" '.process.user = {"uid": 1000, "gid": 1000, "additionalGids": [7]}'
create "$b"
second=$id
caisson start "$second"
base_of "$pid"
isnt 'another container has another block' "$base" "$first_base"
uid=$((base + 1000))
is 'uid 1000 of the second, on the host' "$(status_field "$pid" Uid)" "$uid $uid $uid $uid"
is 'gid 1000 of the second, on the host' "$(status_field "$pid" Gid)" "$uid $uid $uid $uid"
is 'its additional group' "$(status_field "$pid" Groups | tr -d ' ')" "$((base + 7))"

caisson kill "$second" KILL
caisson delete --force "$second"
caisson delete --force "$first"
is 'delete takes the claims out of the registry' "$(claimed)" 0

# A block just freed is not the next one given: its ids may still be on files or in messages.
edit "$b" 'del(.process.user.additionalGids)'
create "$b"
read -r _ base _ <"/proc/$pid/uid_map"
isnt 'a freed block rests: not the first one' "$base" "$first_base"
isnt 'a freed block rests: not the second one' "$base" "$((uid - 1000))"
caisson delete --force "$id"
