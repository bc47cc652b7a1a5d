#!/bin/bash
# One cgroup2 hierarchy at /sys/fs/cgroup, as on newer hosts: in this test's mount namespace only.
# Which controllers it has depends on the machine; on a hybrid one it has none.
. "$top_srcdir/tests/system/lib.sh"
need jq pgrep /bin/busybox
mount -t cgroup2 cgroup2 /sys/fs/cgroup || skip 'no cgroup2'
mounts_before=$(list_mounts)
cgroups_before=$(list_cgroups)
global_flags=(--profile oci)
top=/$test_tag
dir=/sys/fs/cgroup$top

b=$(new_bundle) || bail 'make a bundle'
plain=$(jq --arg path "$top" '.linux.cgroupsPath = $path' "$b/config.json")
again() { # JQ-ARGUMENTS
	echo "$plain" >"$b/config.json" && edit "$b" "$@"
}
start_sleeper() {
	set_args "$b" sleep 60
	new_id
	caisson --profile oci run --detach --bundle "$b" "$id"
}
own=$(sed -n 's/^0:://p' /proc/self/cgroup)
v1_before=$(grep -v '^0::' /proc/self/cgroup)

again .
start_sleeper
pid=$(pid_of "$id")
is 'the process is in its cgroup' "$(sed -n 's/^0:://p' "/proc/$pid/cgroup")" "$top"
is 'alone' "$(cat "$dir/cgroup.procs")" "$pid"
is 'and where its parent is in what is not mounted' "$(grep -v '^0::' "/proc/$pid/cgroup")" "$v1_before"
succeeds 'kill --all' caisson kill --all "$id" KILL
eventually has_status "$id" stopped
succeeds 'delete' caisson delete "$id"
is 'the directory is gone' "$([ -d "$dir" ] || echo gone)" gone
again 'del(.linux.cgroupsPath)'
start_sleeper
is 'without a path: beside our own' "$(sed -n 's/^0:://p' "/proc/$(pid_of "$id")/cgroup")" "${own%/*}/$id"
succeeds 'delete --force' caisson delete --force "$id"

# a process that left for a cgroup below
again '.linux.namespaces |= map(select(.type != "pid")) | .mounts |= map(
	if .type == "cgroup" then .options = ["nosuid"] else . end)'
set_args "$b" /bin/sh -c 'mkdir -p /sys/fs/cgroup/inner/most; (echo 0 >/sys/fs/cgroup/inner/most/cgroup.procs
	sleep 60) & sleep 0.2; exit 5'
new_id
caisson --profile oci run --detach --bundle "$b" "$id" >"$scratch/out" 2>&1
eventually has_status "$id" stopped
is 'it has a cgroup below its own' "$([ -d "$dir/inner/most" ] && echo yes)" yes
succeeds 'delete takes all of it' caisson delete "$id"
is 'directories' "$([ -d "$dir" ] || echo gone)" gone
is 'and processes' "$(pgrep -x sleep)" ''

# --- inside ----------------------------------------------------------------------------------------------

look='grep " /sys/fs/cgroup" /proc/self/mountinfo | cut -d" " -f4-6,9- ; cat /proc/self/cgroup | grep ^0::'
again '.linux.namespaces |= map(select(.type != "cgroup"))'
is 'without a cgroup namespace: its directory, bound' "$(run_sh "$b" "$look" | sed 's/ cgroup2 rw.*//')" \
	"$top /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime
0::$top"
again .
like 'with one: a mount whose root is its own' "$(run_sh "$b" "$look" | tr '\n' '|')" \
	'^/ /sys/fs/cgroup ro,nosuid,nodev,noexec,relatime .*\|0::/\|$'
is 'its own processes are in it, others are not' "$(run_sh "$b" 'cat /sys/fs/cgroup/cgroup.procs | head -n 1')" 1

# --- limits ------------------------------------------------------------------------------------------------

has() { grep -qw "$1" /sys/fs/cgroup/cgroup.controllers; }
for limit in 'memory={"memory": {"limit": 33554432}}' 'pids={"pids": {"limit": 20}}' 'cpu={"cpu": {"quota": 10000}}' \
	'cpuset={"cpu": {"cpus": "0"}}'; do
	controller=${limit%%=*}
	again --argjson resources "${limit#*=}" '.linux.resources = $resources'
	if has "$controller"; then
		is "a limit of $controller" "$(run_sh "$b" 'echo runs' 2>&1)" runs
	else
		fails_with "a limit of $controller, which is not there" "/linux/resources/.*needs the $controller controller" \
			run_sh "$b" true
		is "and nothing is left" "$([ -d "$dir" ] || echo gone)" gone
	fi
done

# --- what is there already -----------------------------------------------------------------------------

again .
mkdir "$dir"
is 'an empty directory is used' "$(run_sh "$b" 'echo runs' 2>&1)" runs
is 'and stays' "$([ -d "$dir" ] && echo there)" there
sleep 60 &
sleeper=$!
echo $sleeper >"$dir/cgroup.procs"
fails_with 'one with a process is refused' "container's cgroup is not empty" run_sh "$b" true
is 'its process lives' "$(kill -0 $sleeper && echo yes)" yes
kill $sleeper
wait $sleeper 2>/dev/null
echo 1 >"$dir/cgroup.freeze"
fails_with 'a frozen one as well' "container's cgroup unexpectedly frozen" run_sh "$b" true
rmdir "$dir"

umount /sys/fs/cgroup
mounts_before=$(list_mounts)
