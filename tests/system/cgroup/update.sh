#!/bin/bash
# update: every flag and the JSON form, against the files; one refused value leaves the others alone.
. "$top_srcdir/tests/system/lib.sh"
. "$top_srcdir/tests/system/cgroup/hierarchy.bash"

# FLAGS | v1: CONTROLLER FILE VALUE | v2: CONTROLLER FILE VALUE; "-": must be refused
table() {
	cat <<-END
	--memory 64m|memory memory.limit_in_bytes 67108864|memory memory.max 67108864
	--memory 128MiB|memory memory.limit_in_bytes 134217728|memory memory.max 134217728
	--memory-swap 256m|memory memory.memsw.limit_in_bytes 268435456|memory memory.swap.max 134217728
	--memory-swap -1|memory memory.memsw.limit_in_bytes 9223372036854771712|memory memory.swap.max max
	--memory-reservation 33554432|memory memory.soft_limit_in_bytes 33554432|memory memory.low 33554432
	--memory -1|memory memory.limit_in_bytes 9223372036854771712|memory memory.max max
	--cpu-share 512|cpu cpu.shares 512|cpu cpu.weight 59
	--cpu-quota 20000|cpu cpu.cfs_quota_us 20000|cpu cpu.max 20000 100000
	--cpu-period 50000|cpu cpu.cfs_period_us 50000|cpu cpu.max 20000 50000
	--cpu-burst 10000|cpu cpu.cfs_burst_us 10000|cpu cpu.max.burst 10000
	--cpu-quota 5000 --cpu-burst 1000|cpu cpu.cfs_burst_us 1000|cpu cpu.max.burst 1000
	--cpu-quota -1|cpu cpu.cfs_quota_us -1|cpu cpu.max max 50000
	--cpu-idle 1|cpu cpu.idle 1|cpu cpu.idle 1
	--cpu-idle 0 --cpu-share 300|cpu cpu.shares 300|cpu cpu.weight 39
	--cpu-rt-period 800000|cpu cpu.rt_period_us 800000|-
	--cpu-rt-runtime 5000|cpu cpu.rt_runtime_us 5000|-
	--cpuset-cpus 0|cpuset cpuset.cpus 0|cpuset cpuset.cpus 0
	--cpuset-mems 0|cpuset cpuset.mems 0|cpuset cpuset.mems 0
	--pids-limit 55|pids pids.max 55|pids pids.max 55
	--pids-limit 0|pids pids.max 0|pids pids.max 1
	--pids-limit -1|pids pids.max max|pids pids.max max
	--blkio-weight 500|blkio blkio.bfq.weight 500|io io.bfq.weight default 500
	END
}

use_profile oci
again '.linux.resources = {}'
start_sleeper
while IFS='|' read -r flags v1 v2; do
	read -r controller file value <<<"$v1"
	[ "$controller" = blkio ] && [ -z "$(version_of blkio)" ] && controller=io
	version=$(version_of "$controller")
	[ "$version" = 2 ] && read -r controller file value <<<"$v2"
	if [ "$controller" = - ]; then
		# shellcheck disable=SC2086 # several words
		fails_with "$flags: refused on cgroup v2" 'cgroup v2 has nothing' cai update $flags "$id"
	elif [ -z "$version" ] || [ ! -e "$(dir_of "$pid" "$controller")/$file" ]; then
		skip_point "$flags" "this kernel has no $file"
	else
		# shellcheck disable=SC2086 # several words
		cai update $flags "$id" >"$scratch/out" 2>&1
		is "$flags: $file" "$(read_back "$pid" "$controller" "$file" | sed 's/^default //')$(cat "$scratch/out")" "${value#default }"
	fi
done < <(table)

# --- systemd writes its own idea of the values when it reloads ---------------------------------------------

limits_now() { # every file of the cgroup that a limit is written to
	(cd "$(dir_of "$pid" cpu)" && grep -s . cpu.{max,max.burst,weight,idle} cpuset.{cpus,mems} pids.max \
		io.{weight,bfq.weight,max} memory.{max,high,low,min,swap.max} hugetlb.*.max)
}

outlasts_a_reload() { # DESCRIPTION FLAGS...
	local what=$1 before
	shift
	succeeds "$what" cai update "$@" "$id"
	before=$(limits_now)
	systemctl daemon-reload
	is "$what: the same after systemd has reloaded" "$(limits_now)" "$before"
}

if [ "$manager" = systemd ]; then
	outlasts_a_reload 'all limits' --memory 64m --memory-swap 128m --memory-reservation 32m --cpu-share 300 \
		--cpu-quota 12345 --cpu-period 50000 --cpu-burst 1000 --cpuset-cpus 0 --cpuset-mems 0 --pids-limit 77
	unit=caisson-$test_tag.scope
	is 'as properties' "$(systemctl show --property MemoryMax,MemorySwapMax,MemoryLow,CPUWeight,TasksMax,AllowedCPUs "$unit" | sort | xargs)" \
		'AllowedCPUs=0 CPUWeight=39 MemoryLow=33554432 MemoryMax=67108864 MemorySwapMax=67108864 TasksMax=77'
	echo '{"unified": {"memory.high": "50331648", "memory.min": "1048576"}}' >"$scratch/resources.json"
	outlasts_a_reload 'files by name' -r "$scratch/resources.json"
	outlasts_a_reload 'idle' --cpu-idle 1
	outlasts_a_reload 'idle no more' --cpu-idle 0
	outlasts_a_reload 'no limits' --memory -1 --memory-swap -1 --cpu-quota -1 --pids-limit -1
	cai update -r - "$id" <<<'{"unified": {"memory.high": "max", "memory.min": "0"}}'
fi

# --- the JSON form --------------------------------------------------------------------------------------

memory=memory.limit_in_bytes
[ "$(version_of memory)" = 1 ] || memory=memory.max
json='{"memory": {"limit": 50331648}, "pids": {"limit": 44}, "cpu": {"shares": 0}, "blockIO": {"weight": 0}}'
echo "$json" >"$scratch/resources.json"
succeeds '-r FILE' cai update -r "$scratch/resources.json" "$id"
is 'memory' "$(read_back "$pid" memory $memory)" 50331648
is 'pids' "$(read_back "$pid" pids pids.max)" 44
cai update --resources - --pids-limit 99 "$id" <<<'{"pids": {"limit": 45}}'
is '--resources - reads standard input, and other flags do not count' "$(read_back "$pid" pids pids.max)" 45
cai update "$id" --resources=- <<<'{"pids": {"limit": 46}}'
is 'after the id, too' "$(read_back "$pid" pids pids.max)" 46
is 'what is not named stays' "$(read_back "$pid" memory $memory)" 50331648
succeeds 'nothing at all' cai update "$id"

# --- all or nothing --------------------------------------------------------------------------------------

fails_with 'a period that the kernel refuses' "/linux/resources/cpu/.*write '[^']*' to '.*invalid argument" \
	cai update --memory 96m --pids-limit 60 --cpu-quota 7777 --cpu-period 17 "$id"
is 'memory is what it was' "$(read_back "$pid" memory $memory)" 50331648
is 'so are processes' "$(read_back "$pid" pids pids.max)" 46
unlike 'and the quota' "$(read_back "$pid" cpu cpu.cfs_quota_us)$(read_back "$pid" cpu cpu.max)" 7777
fails_with 'no such cpu' 'cpuset.cpus' cai update --cpuset-cpus 4000 --pids-limit 61 "$id"
is 'processes once more' "$(read_back "$pid" pids pids.max)" 46
if [ "$(version_of memory)" = 2 ]; then
	fails_with 'swap below memory' '/linux/resources/memory/swap: 1048576 is below' cai update --memory-swap 1m "$id"
else
	fails_with 'swap below memory' '/linux/resources/memory/swap' cai update --memory-swap 1m "$id"
fi
for bad in '--memory 12x' '--memory 1e9' '--memory 99999999999999999999' '--cpu-share -1' '--cpu-quota many' \
	'--cpuset-cpus x' '--blkio-weight 70000' '--pids-limit 1.5' '--cpu-idle 2'; do
	# shellcheck disable=SC2086 # two words
	fails_with "$bad" "invalid value for ${bad%% *}|invalid value for $(cut -c3- <<<"${bad%% *}")" cai update $bad "$id"
done
fails_with 'a weight out of range' '/linux/resources/blockIO/weight: 9 is not between' cai update --blkio-weight 9 "$id"
fails_with 'intelRdt' 'intelRdt: not supported yet' cai update --l3-cache-schema L3:0=f "$id"
succeeds 'kernel memory has no effect' cai update --kernel-memory 1 --kernel-memory-tcp 2 "$id"
like 'and a warning' "$(cat "$last_output")" 'kernel memory'
fails_with 'no JSON' 'resources: ' cai update -r - "$id" <<<'{"memory":'
fails_with 'a wrong type' 'resources: /pids/limit' cai update -r - "$id" <<<'{"pids": {"limit": "1"}}'
fails_with 'no such file' 'no such file or directory' cai update -r "$scratch/nothing" "$id"
fails_with 'nobody' 'container does not exist' cai update --pids-limit 1 nobody

# --- devices ----------------------------------------------------------------------------------------------

if [ "$manager" = cgroupfs ] && grep -q " fuse$" /proc/misc; then
	null='{"devices": [{"allow": false}, {"allow": true, "type": "c", "major": 10, "minor": 229, "access": "r"}]}'
	tries='for device in fuse null; do (: </tmp/$device) 2>/dev/null && echo $device; done'
	mknod -m 666 "$b/rootfs/tmp/fuse" c 10 229 && mknod -m 666 "$b/rootfs/tmp/null" c 1 3
	again '.linux.resources = {devices: [{allow: false}]}'
	set_args "$b" /bin/sh -c "while :; do $tries >/tmp/answer.new; mv /tmp/answer.new /tmp/answer; sleep 0.05; done"
	new_id
	cai delete --force "$test_tag-1"
	cai run --detach --bundle "$b" "$id" >"$scratch/start" 2>&1
	answers() { # WANTED
		rm -f "$b/rootfs/tmp/answer"
		eventually test -e "$b/rootfs/tmp/answer"
		[ "$(tr '\n' ' ' <"$b/rootfs/tmp/answer")" = "$1" ]
	}
	eventually answers 'null '
	is 'before: the usual devices' "$(tr '\n' ' ' <"$b/rootfs/tmp/answer")" 'null '
	succeeds 'one more device' cai update -r - "$id" <<<"$null"
	eventually answers 'fuse null '
	is 'it can be opened' "$(tr '\n' ' ' <"$b/rootfs/tmp/answer")" 'fuse null '
	succeeds 'none again' cai update -r - "$id" <<<'{"devices": [{"allow": false}]}'
	eventually answers 'null '
	is 'it is gone, the usual ones are not' "$(tr '\n' ' ' <"$b/rootfs/tmp/answer")" 'null '
	cai delete --force "$id"
	rm "$b"/rootfs/tmp/{fuse,null}
else
	cai delete --force "$id"
fi

# --- what a profile demands --------------------------------------------------------------------------------

echo '{"extends": "oci", "name": "strict", "limits_required": ["memory", "pids"], "devices_limited": true}' >"$scratch/strict.json"
use_profile "$scratch/strict.json"
with '{"pids": {"limit": 20}}'
fails_with 'without a memory limit there is no container' '\[CIS-5.11\] /linux/resources/memory/limit' run_sh "$b" true
with '{"pids": {"limit": 20}, "memory": {"limit": 67108864, "checkBeforeUpdate": true}}'
start_sleeper
fails_with 'memory stays limited' '\[CIS-5.11\] .linux.resources.memory.limit: unlimited' cai update --memory -1 "$id"
fails_with 'processes, too' '\[CIS-5.29\] .linux.resources.pids.limit: unlimited' cai update --pids-limit -1 "$id"
fails_with 'also through a file by name' '\[CIS-5.29\]' \
	cai update -r - "$id" <<<'{"unified": {"pids.max": "max"}}'
succeeds 'another limit' cai update --pids-limit 30 "$id"
is 'is in force' "$(read_back "$pid" pids pids.max)" 30
fails_with 'checkBeforeUpdate: less than is in use' '/linux/resources/memory/limit: [0-9]* bytes are in use' \
	cai update --memory 4096 "$id"
succeeds 'a device list of the profile stays' cai update -r - "$id" <<<'{"devices": [{"allow": true}]}'
if [ "$(version_of devices)" = 1 ]; then
	unlike 'as it was' "$(read_back "$pid" devices devices.list)" '^a '
fi
cai kill "$id" KILL
eventually has_status "$id" stopped
fails_with 'a stopped container' 'container not running' cai update --pids-limit 5 "$id"
cai delete "$id"

use_profile hardened
again '.linux.resources = {}'
start_sleeper
is 'hardened: 4096 processes where nothing is said' "$(read_back "$pid" pids pids.max)" 4096
[ "$(version_of memory)" != 2 ] ||
	is 'hardened: and all end together for want of memory' "$(read_back "$pid" memory memory.oom.group)" 1
cai delete --force "$id"

# without a label, which not every host has
echo '{"extends": "restricted", "name": "restricted-here", "rules": {"CIS-5.2": "warn", "CIS-5.3": "warn"}}' \
	>"$scratch/restricted.json"
use_profile "$scratch/restricted.json"
strictly='.root.readonly = true | .process.user = {uid: 7, gid: 7} | .linux.resources = '
again "$strictly"'{}'
fails_with 'restricted: memory must be limited' '\[CIS-5.11\] /linux/resources/memory/limit: not set' run_sh "$b" true
again "$strictly"'{memory: {limit: 67108864}, pids: {limit: -1}}'
fails_with 'restricted: processes, too' '\[CIS-5.29\] /linux/resources/pids/limit: unlimited' run_sh "$b" true
again "$strictly"'{memory: {limit: 67108864}}'
start_sleeper
[ "$(version_of memory)" = 2 ] && file=memory.max || file=memory.limit_in_bytes
is 'restricted: both are' "$(read_back "$pid" pids pids.max) $(read_back "$pid" memory "$file")" '4096 67108864'
fails_with 'restricted: and stay so' '\[CIS-5.11\] /linux/resources/memory/limit: unlimited; .* a profile that demands one' cai update --memory -1 "$id"
cai delete --force "$id"
