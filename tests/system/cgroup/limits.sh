#!/bin/bash
# Limits on the v1 hierarchies: the files hold the values, and they do limit.
. "$top_srcdir/tests/system/lib.sh"
. "$top_srcdir/tests/system/cgroup/cgroup.bash"

for profile in oci hardened; do
	global_flags=(--profile "$profile")

	again '.linux.resources += {memory: {limit: 33554432, reservation: 16777216},
		cpu: {shares: 512, quota: 50000, period: 200000, cpus: "0", mems: "0"}, pids: {limit: 37}}'
	start_sleeper
	is "$profile: memory.limit_in_bytes" "$(file_of memory memory.limit_in_bytes)" 33554432
	is "$profile: memory.soft_limit_in_bytes" "$(file_of memory memory.soft_limit_in_bytes)" 16777216
	is "$profile: cpu.shares" "$(file_of cpu cpu.shares)" 512
	is "$profile: cpu.cfs_quota_us" "$(file_of cpu cpu.cfs_quota_us)" 50000
	is "$profile: cpu.cfs_period_us" "$(file_of cpu cpu.cfs_period_us)" 200000
	is "$profile: cpuset.cpus" "$(file_of cpuset cpuset.cpus)" 0
	is "$profile: cpuset.mems" "$(file_of cpuset cpuset.mems)" 0
	is "$profile: pids.max" "$(file_of pids pids.max)" 37
	pid=$(pid_of "$id")
	is "$profile: it runs on that CPU" "$(sed -n 's/^Cpus_allowed_list:\t//p' "/proc/$pid/status")" 0
	is "$profile: its process is in each hierarchy's directory" \
		"$(cut -d: -f3 "/proc/$pid/cgroup" | sort -u)" "$top"
	is "$profile: alone, and nobody of ours" "$(list_own | sed 's/$/\/cgroup.procs/' | xargs sort -u)" "$pid"
	caisson delete --force "$id"
	is "$profile: all directories are removed" "$(list_own)" ''

	again '.linux.resources += {memory: {limit: 25165824}}'
	set_args "$b" tail /dev/zero
	new_id
	caisson "${global_flags[@]}" run --bundle "$b" "$id" >/dev/null 2>&1
	is "$profile: too much memory: killed" $? 137
	again '.linux.resources += {memory: {limit: 25165824}}'
	is "$profile: a child is killed, the container goes on" "$(run_sh "$b" 'tail /dev/zero; echo $?' 2>/dev/null)" 137

	again '.linux.resources += {pids: {limit: 10}}'
	is "$profile: no more processes than allowed" "$(run_sh "$b" '
		i=0; while [ $i -lt 30 ]; do (sleep 1 &) 2>/dev/null; i=$((i + 1)); done
		echo /proc/[0-9]*' 2>/dev/null | awk '{ print (NF > 5 && NF <= 10) }')" 1
	# a fork bomb: it stops, and the container can be ended
	set_args "$b" /bin/sh -c 'bomb() { bomb | bomb & }; bomb; sleep 60'
	new_id
	caisson "${global_flags[@]}" run --detach --bundle "$b" "$id" >"$scratch/bomb" 2>&1
	sleep 0.3
	in_cgroup=$(file_of pids pids.current)
	if [ "$in_cgroup" -le 10 ]; then pass "$profile: a fork bomb stops"; else fail "$profile: a fork bomb stops" "$in_cgroup"; fi
	succeeds "$profile: and is ended by delete --force" caisson delete --force "$id"
done

global_flags=(--profile oci)
again '.linux.resources += {pids: {limit: 1}}'
is 'pids.limit 1: the workload, and nobody else' "$(run_sh "$b" 'echo one; (true); echo two' 2>&1)" "one
/bin/sh: can't fork: Resource temporarily unavailable"
again '.linux.resources += {pids: {limit: -1}, memory: {limit: -1}, cpu: {quota: -1}}'
start_sleeper
is 'negative is unlimited' "$(file_of pids pids.max; file_of memory memory.limit_in_bytes; file_of cpu cpu.cfs_quota_us)" \
	"max
$(cat /sys/fs/cgroup/memory/memory.limit_in_bytes)
-1"
caisson delete --force "$id"
again '.linux.resources = {}'
start_sleeper
is 'an empty object writes nothing' "$(file_of pids pids.max; file_of cpu cpu.shares)" 'max
1024'
caisson delete --force "$id"
again 'del(.linux.resources)'
start_sleeper
is 'neither does none' "$(file_of pids pids.max)" max
caisson delete --force "$id"

refused() { # DESCRIPTION REGEX RESOURCES
	again --argjson resources "$3" '.linux.resources = $resources'
	fails_with "$1" "$2" run_sh "$b" true
	is "$1: nothing is left" "$(list_own)" ''
}
refused 'a CPU that is not there' "write '4000' to '.*cpuset.cpus'" '{"cpu": {"cpus": "4000"}}'
refused 'a period that the kernel refuses' "write '100' to '.*cpu.cfs_period_us'" '{"cpu": {"period": 100}}'
refused 'swap below memory' '/linux/resources/memory/swap: 5 is below' '{"memory": {"limit": 9999999, "swap": 5}}'
refused 'swap without memory' '/linux/resources/memory/swap: .* needs a memory limit' '{"memory": {"swap": 5}}'
refused 'a wrong type' '/linux/resources/pids/limit' '{"pids": {"limit": "many"}}'
refused 'more than 63 bits' '/linux/resources/memory/limit' '{"memory": {"limit": 1e30}}'
again '.linux.resources.memory = {kernel: 9999999, kernelTCP: 9999999}'
is 'limits of kernel memory are without effect, as with runc' "$(run_sh "$b" 'echo runs' 2>&1)" runs
