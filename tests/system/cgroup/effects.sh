#!/bin/bash
# Limits limit: what a container can do under each, on either version of cgroups.
. "$top_srcdir/tests/system/lib.sh"
. "$top_srcdir/tests/system/cgroup/hierarchy.bash"

used_ns() { # PID: cpu time of the container's cgroup
	local dir
	if [ "$(version_of cpu)" = 1 ]; then
		cat "$(dir_of "$1" cpuacct)/cpuacct.usage"
	else
		dir=$(dir_of "$1" cpu)
		awk '$1 == "usage_usec" { print $2 * 1000 }' "$dir/cpu.stat"
	fi
}

for profile in oci hardened; do
	use_profile $profile

	if [ -n "$(version_of cpu)" ]; then
		with '{"cpu": {"quota": 20000, "period": 100000}}'
		set_args "$b" /bin/sh -c 'while :; do :; done'
		new_id
		cai run --detach --bundle "$b" "$id" >"$scratch/start" 2>&1
		pid=$(pid_of "$id")
		sleep 0.3
		used=$(used_ns "$pid") start=$(date +%s%N)
		sleep 2
		permille=$((($(used_ns "$pid") - used) * 1000 / ($(date +%s%N) - start)))
		cai delete --force "$id"
		# an emulated processor is the host's when that one has time for it
		tolerance=$((${CAISSON_TESTS_SLOWNESS:-1} > 1 ? 100 : 20))
		if [ $permille -ge $((200 - tolerance)) ] && [ $permille -le $((200 + tolerance)) ]; then
			pass "$profile: a fifth of a cpu within $((tolerance / 2)) %"
		else
			fail "$profile: a fifth of a cpu within $((tolerance / 2)) %" "$permille of 1000"
		fi
		echo "# $profile: quota 20 %, used $((permille / 10)).$((permille % 10)) %"
	else
		skip_point "$profile: cpu quota" 'no cpu controller'
	fi

	if [ -n "$(version_of memory)" ]; then
		with '{"memory": {"limit": 25165824, "swap": 25165824}}'
		set_args "$b" tail /dev/zero
		new_id
		cai run --bundle "$b" "$id" >"$scratch/out" 2>&1
		is "$profile: too much memory: killed" $? 137
		set_args "$b" /bin/sh -c 'tail /dev/zero; echo still here'
		new_id
		if [ "$profile" = hardened ] && [ "$(version_of memory)" = 2 ]; then
			cai run --bundle "$b" "$id" >"$scratch/out" 2>&1
			is "$profile: all of it, since memory.oom.group is set" "$?$(cat "$scratch/out")" 137
		else
			is "$profile: only the process that took it" "$(cai run --bundle "$b" "$id" 2>/dev/null)" 'still here'
		fi
	else
		skip_point "$profile: memory" 'no memory controller'
	fi

	if [ -n "$(version_of pids)" ]; then
		with '{"pids": {"limit": 10}}'
		set_args "$b" /bin/sh -c 'bomb() { bomb | bomb & }; bomb; sleep 60'
		new_id
		cai run --detach --bundle "$b" "$id" >"$scratch/out" 2>&1
		pid=$(pid_of "$id")
		sleep 0.3
		n=$(read_back "$pid" pids pids.current)
		if [ "$n" -le 10 ]; then pass "$profile: a fork bomb stops"; else fail "$profile: a fork bomb stops" "$n"; fi
		succeeds "$profile: and is ended" cai delete --force "$id"
	else
		skip_point "$profile: processes" 'no pids controller'
	fi

	if [ -n "$(version_of cpuset)" ]; then
		with '{"cpu": {"cpus": "0"}}'
		is "$profile: it runs on one cpu" "$(run_sh "$b" 'sed -n "s/^Cpus_allowed_list:.//p" /proc/self/status')" 0
	else
		skip_point "$profile: cpus" 'no cpuset controller'
	fi
done

# The list is exact: what it has can be opened, nothing else, and nothing else made.
use_profile oci
open_all='for n in null:1:3 tun:10:200 fuse:10:229 mem:1:1; do
	IFS=: read -r name major minor <<-EOF
	$n
	EOF
	(: <"/tmp/$name") 2>/dev/null && echo -n "$name "
done'
mknod -m 666 "$b/rootfs/tmp/null" c 1 3
mknod -m 666 "$b/rootfs/tmp/tun" c 10 200
mknod -m 666 "$b/rootfs/tmp/mem" c 1 1
mknod -m 666 "$b/rootfs/tmp/fuse" c 10 229
with '{"devices": [{"allow": false}]}'
unlike 'devices that are not in the list' "$(run_sh "$b" "$open_all")" 'fuse|mem'
like 'devices every container has' "$(run_sh "$b" "$open_all")" '^null '
if grep -q ' fuse$' /proc/misc; then
	with '{"devices": [{"allow": false}, {"allow": true, "type": "c", "major": 10, "minor": 229, "access": "r"}]}'
	like 'one that is, for reading' "$(run_sh "$b" "$open_all")" 'fuse'
	is 'not for writing' "$(run_sh "$b" '(: >/tmp/fuse) 2>&1' | sed 's/.*: //')" 'Operation not permitted'
else
	skip_point 'one that is' 'no fuse in this kernel'
fi
use_profile hardened
with '{"devices": [{"allow": false}]}'
unlike 'hardened: not even these' "$(run_sh "$b" "$open_all")" 'tun|fuse|mem'
rm -f "$b"/rootfs/tmp/{null,tun,mem,fuse}
