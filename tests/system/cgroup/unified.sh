#!/bin/bash
# One cgroup2 hierarchy at /sys/fs/cgroup, as on newer hosts: in this test's mount namespace only.
# Which controllers it has depends on the machine; on a hybrid one it has none.
. "$top_srcdir/tests/system/lib.sh"
need jq pgrep /bin/busybox
mount -t cgroup2 -o "$(cgroup2_options)" cgroup2 /sys/fs/cgroup || skip 'no cgroup2'
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

run_unified() { # KEY VALUE
	again --arg key "$1" --arg value "$2" '.linux.resources = {unified: {($key): $value}}'
	run_sh "$b" true
}
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

# --- a live container ------------------------------------------------------------------------------------

open_all='for n in null tun fuse; do (: </tmp/$n) 2>/dev/null && echo -n "$n "; done; echo'
mknod -m 666 "$b/rootfs/tmp/null" c 1 3
mknod -m 666 "$b/rootfs/tmp/tun" c 10 200
mknod -m 666 "$b/rootfs/tmp/fuse" c 10 229
again '.linux.resources = {devices: [{allow: false}], unified: {"cgroup.max.descendants": "7"}}'
set_args "$b" /bin/sh -c "while :; do { $open_all; } >/tmp/new; mv /tmp/new /tmp/answer; sleep 0.05; done"
new_id
caisson --profile oci run --detach --bundle "$b" "$id" >"$scratch/out" 2>&1
answers() { # REGEX
	rm -f "$b/rootfs/tmp/answer"
	eventually test -e "$b/rootfs/tmp/answer"
	grep -qxE "$1" "$b/rootfs/tmp/answer"
}
is 'a key of unified' "$(cat "$dir/cgroup.max.descendants")" 7
caisson update -r - "$id" <<<'{"unified": {"cgroup.max.descendants": "9"}}'
is 'another value for it' "$(cat "$dir/cgroup.max.descendants")" 9
eventually answers 'null (tun )?'
is 'devices of every container' "$(grep -c fuse "$b/rootfs/tmp/answer")" 0
if grep -q ' fuse$' /proc/misc; then
	for round in 1 2 3; do
		caisson update -r - "$id" <<<'{"devices": [{"allow": true, "type": "c", "major": 10, "minor": 229}]}'
		succeeds "one more device, $round" eventually answers 'null (tun )?fuse '
		caisson update -r - "$id" <<<'{"devices": [{"allow": false}]}'
		succeeds "and none, $round" eventually answers 'null (tun )?'
	done
	caisson update -r - "$id" <<<'{"devices": [{"allow": true}]}'
	succeeds 'all devices: no program' eventually answers 'null (tun )?fuse '
	caisson update -r - "$id" <<<'{"devices": [{"allow": false}]}'
	succeeds 'and a program again' eventually answers 'null (tun )?'
else
	skip_point 'another device list' 'no fuse in this kernel'
fi
succeeds 'pause' caisson pause "$id"
is 'is the freezer of v2' "$(cat "$dir/cgroup.freeze"; grep frozen "$dir/cgroup.events")" '1
frozen 1'
is 'the state' "$(status_of "$id")" paused
succeeds 'resume' caisson resume "$id"
is 'the state after it' "$(status_of "$id")" running
is 'figures' "$(caisson events --stats "$id" | jq -c '[.type, .data.pids.current >= 1, (.data.cpu.usage.total > 0)]')" \
	'["stats",true,true]'
caisson pause "$id"
succeeds 'kill of a paused one' caisson kill "$id" KILL
succeeds 'ends it' eventually has_status "$id" stopped
caisson delete "$id"
start_sleeper
caisson pause "$id"
succeeds 'delete --force of a paused one' caisson delete --force "$id"
rm -f "$b"/rootfs/tmp/{null,tun,fuse}
fails_with 'a file of the core that is no limit' '/linux/resources/unified/cgroup.procs: must be' \
	run_unified cgroup.procs 1
fails_with 'a file of no controller' '/linux/resources/unified/nothing.max: needs the nothing controller' \
	run_unified nothing.max 1
fails_with 'a path' '/linux/resources/unified/.*: must be' run_unified ../cgroup.max.depth 1
is 'and nothing is left' "$([ -d "$dir" ] || echo gone)" gone
if has hugetlb; then
	again '.linux.resources = {hugepageLimits: [{pageSize: "2MB", limit: 4194304}]}'
	start_sleeper
	is 'huge pages' "$(cat "$dir/hugetlb.2MB.max" "$dir/hugetlb.2MB.rsvd.max")" '4194304
4194304'
	caisson update -r - "$id" <<<'{"hugepageLimits": [{"pageSize": "2MB", "limit": 2097152}]}'
	is 'other limits of them' "$(cat "$dir/hugetlb.2MB.max")" 2097152
	fails_with 'a size this kernel has not' '/linux/resources/hugepageLimits/1/limit: .*no such file' \
		caisson update -r - "$id" <<<'{"hugepageLimits": [{"pageSize": "2MB", "limit": 6291456}, {"pageSize": "3MB", "limit": 1}]}'
	is 'and what was written before it is set back' "$(cat "$dir/hugetlb.2MB.max" "$dir/hugetlb.2MB.rsvd.max")" '2097152
2097152'
	caisson delete --force "$id"
fi

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
