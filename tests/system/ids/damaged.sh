#!/bin/bash
# delete --force of a container whose record can't be read: its claim of ids tells which processes
# are its own, they tell where its cgroups are, and all of it goes; nobody else's does.
. "$top_srcdir/tests/system/ids/etc.bash"

b=$(new_bundle) || bail 'make a bundle'
set_args "$b" sh -c 'sleep 1000 & exec sleep 1000'
pool caisson 1879048192:$((16 * 65536))

cgroups_of() { # ID
	find /sys/fs/cgroup -maxdepth 7 -type d -name "*$1*" 2>/dev/null
}
damage() { # ID
	echo more >>"/run/caisson/$1/state"
}
running() { # [FLAG...]: sets $id and $pid
	new_id
	caisson "$@" run --detach --bundle "$b" "$id" || bail 'run a container'
	pid=$(pid_of "$id")
}
gone() { # PID
	! kill -0 "$1" 2>/dev/null || grep -q '^State:.Z' "/proc/$1/status"
}

running
bystander=$id bystander_pid=$pid
running
damage "$id"
fails_with 'without --force: what to do' "is damaged .*; caisson delete --force $id" caisson delete "$id"
succeeds 'delete --force' caisson delete --force "$id"
like 'it says that the record was damaged' "$(cat "$last_output")" 'checksum is wrong'
succeeds 'its process is gone' eventually gone "$pid"
is 'its cgroups are gone' "$(cgroups_of "$id")" ''
is 'its ids are back: the bystander has the only claim' "$(claims)" 1
fails_with 'its state is gone' 'does not exist' caisson state "$id"

# cgroups anywhere, as engines ask for them; the container made some below its own
for path in "/$test_tag.slice/libpod-@" "/$test_tag.slice/deep/@" "/$test_tag.slice/@"; do
	edit "$b" --arg path "${path/@/$test_tag-$((n_ids + 1))}" '.linux.cgroupsPath = $path'
	running
	freezer=$(cgroups_of "$id" | grep -m 1 freezer)
	[ -z "$freezer" ] || echo FROZEN >"$freezer/freezer.state"
	damage "$id"
	succeeds "cgroup $path, frozen: delete --force" caisson delete --force "$id"
	is "cgroup $path: gone" "$(cgroups_of "$id")" ''
	succeeds "cgroup $path: its process is gone" eventually gone "$pid"
done
edit "$b" 'del(.linux.cgroupsPath)'

# Killed already: its cgroups are where create puts them when nobody says where.
running
kill -KILL "$pid"
eventually has_status "$id" stopped
damage "$id"
succeeds 'of a stopped one: delete --force' caisson delete --force "$id"
is 'its cgroups are gone' "$(cgroups_of "$id")" ''

# A process of the host in the container's cgroup is not the container's.
running
freezer=$(cgroups_of "$id" | grep -m 1 -e pids -e unified)
sleep 1000 &
visitor=$!
echo $visitor >"$freezer/cgroup.procs"
damage "$id"
succeeds 'with a visitor in its cgroup: delete --force' caisson delete --force "$id"
succeeds 'the container is gone' eventually gone "$pid"
succeeds 'the visitor lives' kill -0 $visitor
is 'its cgroup is the only one that stays' "$(cgroups_of "$id")" "$freezer"
kill $visitor
wait $visitor 2>/dev/null
eventually rmdir "$freezer"

# Without a block of its own nothing tells its processes from others.
edit "$b" 'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "user"))'
running --profile oci
damage "$id"
succeeds 'profile oci: delete --force' caisson delete --force "$id"
succeeds 'its process is not killed by guessing' kill -0 "$pid"
left_cgroups=$(cgroups_of "$id")
kill -KILL "$pid"
eventually gone "$pid"
for dir in $left_cgroups; do
	eventually rmdir "$dir"
done

succeeds 'the bystander was not touched' kill -0 "$bystander_pid"
is 'and is as it was' "$(status_of "$bystander")" running
caisson delete --force "$bystander"
find /sys/fs/cgroup -depth -type d -path "*$test_tag.slice*" -exec rmdir {} \;
