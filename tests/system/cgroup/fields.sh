#!/bin/bash
# Every field of linux.resources: the value asked, the file it is written to, the value read back;
# with systemd as the driver the unit's property as well. Prints the rows of tests/system/cgroup/table.
# A field whose file this kernel lacks is skipped by name; one that the version of its hierarchy
# cannot express must be refused, naming the field.
. "$top_srcdir/tests/system/lib.sh"
. "$top_srcdir/tests/system/cgroup/hierarchy.bash"

disk=$(awk '$3 !~ /^(loop|ram|zram|sr)/ && $3 != "" && $1 ~ /^[0-9]+$/ { print $1 ":" $2; exit }' /proc/partitions)
disk=${disk:-8:0}
device="\"major\": ${disk%:*}, \"minor\": ${disk#*:}"
page=$(find /sys/kernel/mm/hugepages -name 'hugepages-2048kB' 2>/dev/null)
huge='{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'

# FIELD | RESOURCES | v1: CONTROLLER FILE VALUE | v2: CONTROLLER FILE VALUE; "-": must be refused;
# FILE "a,b": whichever is there; VALUE "~x": a line that matches # PROPERTY=VALUE of systemd
table() {
	cat <<-END
	memory.limit|{"memory": {"limit": 33554432}}|memory memory.limit_in_bytes 33554432|memory memory.max 33554432 # MemoryMax=33554432
	memory.limit unlimited|{"memory": {"limit": -1}}|memory memory.limit_in_bytes ~^9223372|memory memory.max max # MemoryMax=infinity
	memory.reservation|{"memory": {"limit": 33554432, "reservation": 16777216}}|memory memory.soft_limit_in_bytes 16777216|memory memory.low 16777216 # MemoryLow=16777216
	memory.swap|{"memory": {"limit": 33554432, "swap": 67108864}}|memory memory.memsw.limit_in_bytes 67108864|memory memory.swap.max 33554432 # MemorySwapMax=33554432
	memory.swap none|{"memory": {"limit": 33554432, "swap": 33554432}}|memory memory.memsw.limit_in_bytes 33554432|memory memory.swap.max 0 # MemorySwapMax=0
	memory.swap unlimited|{"memory": {"limit": 33554432, "swap": -1}}|memory memory.memsw.limit_in_bytes ~^9223372|memory memory.swap.max max # MemorySwapMax=infinity
	memory.swappiness|{"memory": {"swappiness": 7}}|memory memory.swappiness 7|-
	memory.disableOOMKiller|{"memory": {"limit": 33554432, "disableOOMKiller": true}}|memory memory.oom_control ~^oom_kill_disable.1|-
	memory.useHierarchy|{"memory": {"useHierarchy": true}}|memory memory.use_hierarchy 1|memory cgroup.type domain
	memory.checkBeforeUpdate|{"memory": {"limit": 33554432, "checkBeforeUpdate": true}}|memory memory.limit_in_bytes 33554432|memory memory.max 33554432
	memory.kernel|{"memory": {"kernel": 9999999, "kernelTCP": 9999999}}|memory cgroup.procs ~^[0-9]|memory cgroup.procs ~^[0-9]
	cpu.shares|{"cpu": {"shares": 512}}|cpu cpu.shares 512|cpu cpu.weight 59 # CPUWeight=59
	cpu.shares most|{"cpu": {"shares": 262144}}|cpu cpu.shares 262144|cpu cpu.weight 10000 # CPUWeight=10000
	cpu.quota|{"cpu": {"quota": 50000}}|cpu cpu.cfs_quota_us 50000|cpu cpu.max ~^50000.100000 # CPUQuotaPerSecUSec=500ms
	cpu.quota unlimited|{"cpu": {"quota": -1}}|cpu cpu.cfs_quota_us -1|cpu cpu.max ~^max.100000 # CPUQuotaPerSecUSec=infinity
	cpu.period|{"cpu": {"period": 50000}}|cpu cpu.cfs_period_us 50000|cpu cpu.max ~^max.50000 # CPUQuotaPeriodUSec=50ms
	cpu.quota and period|{"cpu": {"quota": 5000, "period": 10000}}|cpu cpu.cfs_quota_us 5000|cpu cpu.max ~^5000.10000 # CPUQuotaPerSecUSec=500ms
	cpu.burst|{"cpu": {"quota": 50000, "burst": 20000}}|cpu cpu.cfs_burst_us 20000|cpu cpu.max.burst 20000
	cpu.idle|{"cpu": {"idle": 1}}|cpu cpu.idle 1|cpu cpu.idle 1 # CPUWeight=idle
	cpu.idle off|{"cpu": {"idle": 0}}|cpu cpu.idle 0|cpu cpu.idle 0
	cpu.realtimePeriod|{"cpu": {"realtimePeriod": 500000}}|cpu cpu.rt_period_us 500000|-
	cpu.realtimeRuntime|{"cpu": {"realtimePeriod": 1000000, "realtimeRuntime": 9000}}|cpu cpu.rt_runtime_us 9000|-
	cpu.cpus|{"cpu": {"cpus": "0"}}|cpuset cpuset.cpus 0|cpuset cpuset.cpus 0 # AllowedCPUs=0
	cpu.mems|{"cpu": {"mems": "0"}}|cpuset cpuset.mems 0|cpuset cpuset.mems 0 # AllowedMemoryNodes=0
	pids.limit|{"pids": {"limit": 37}}|pids pids.max 37|pids pids.max 37 # TasksMax=37
	pids.limit unlimited|{"pids": {"limit": -1}}|pids pids.max max|pids pids.max max # TasksMax=infinity
	pids.limit 0|{"pids": {"limit": 0}}|pids pids.max 0|pids pids.max 1 # TasksMax=1
	blockIO.weight|{"blockIO": {"weight": 300}}|blkio blkio.weight,blkio.bfq.weight 300|io io.bfq.weight,io.weight ~^(default.)?(300|2930)
	blockIO.leafWeight|{"blockIO": {"leafWeight": 300}}|blkio blkio.leaf_weight 300|-
	blockIO.weightDevice|{"blockIO": {"weightDevice": [{$device, "weight": 300}]}}|blkio blkio.weight_device,blkio.bfq.weight_device ~$disk.300|io io.bfq.weight,io.weight ~$disk.(300|2930)
	blockIO.weightDevice leafWeight|{"blockIO": {"weightDevice": [{$device, "leafWeight": 300}]}}|blkio blkio.leaf_weight_device ~$disk.300|-
	blockIO.throttleReadBpsDevice|{"blockIO": {"throttleReadBpsDevice": [{$device, "rate": 1048576}]}}|blkio blkio.throttle.read_bps_device ~$disk.1048576|io io.max ~$disk.rbps=1048576.wbps=max
	blockIO.throttleWriteBpsDevice|{"blockIO": {"throttleWriteBpsDevice": [{$device, "rate": 1048576}]}}|blkio blkio.throttle.write_bps_device ~$disk.1048576|io io.max ~$disk.*wbps=1048576
	blockIO.throttleReadIOPSDevice|{"blockIO": {"throttleReadIOPSDevice": [{$device, "rate": 100}]}}|blkio blkio.throttle.read_iops_device ~$disk.100|io io.max ~$disk.*riops=100
	blockIO.throttleWriteIOPSDevice|{"blockIO": {"throttleWriteIOPSDevice": [{$device, "rate": 100}]}}|blkio blkio.throttle.write_iops_device ~$disk.100|io io.max ~$disk.*wiops=100
	hugepageLimits|$huge|hugetlb hugetlb.2MB.limit_in_bytes 4194304|hugetlb hugetlb.2MB.max 4194304
	hugepageLimits reserved|$huge|hugetlb hugetlb.2MB.rsvd.limit_in_bytes 4194304|hugetlb hugetlb.2MB.rsvd.max 4194304
	network.classID|{"network": {"classID": 1048577}}|net_cls net_cls.classid 1048577|-
	network.priorities|{"network": {"priorities": [{"name": "lo", "priority": 3}]}}|net_prio net_prio.ifpriomap ~lo.3|-
	rdma|{"rdma": {"mlx5_0": {"hcaHandles": 2}}}|rdma rdma.max ~mlx5_0.hca_handle=2|rdma rdma.max ~mlx5_0.hca_handle=2
	unified memory.high|{"unified": {"memory.high": "16777216"}}|-|memory memory.high 16777216 # MemoryHigh=16777216
	unified cgroup.max.descendants|{"unified": {"cgroup.max.descendants": "7"}}|unified cgroup.max.descendants 7|unified cgroup.max.descendants 7
	END
}

# What the kernel has: a cgroup made and removed here
has_file() { # CONTROLLER FILE[,FILE]
	local dir name found=1
	dir=$(mount_of "$1")/$test_tag-probe
	mkdir "$dir" 2>/dev/null || return 1
	for name in ${2//,/ }; do
		[ -e "$dir/$name" ] && found=0
	done
	rmdir "$dir"
	return $found
}

show() { # FIELD RESOURCES WHAT-BECAME-OF-IT
	echo "# resource | $column | $1 | $2 | $3"
}

check_refused() { # FIELD RESOURCES
	with "$2"
	fails_with "$1: refused, with the field named" '/linux/resources/[a-zA-Z]*/?[a-zA-Z.]*.*(cgroup v2|controller)' \
		run_sh "$b" true
	show "$1" "$2" refused
}

skip_row() { # FIELD RESOURCES REASON
	skip_point "$1" "$3"
	show "$1" "$2" "($3)"
}

# Sets $property to what systemd says of it
check_property() { # FIELD NAME=VALUE
	property=$(systemctl show --property "${2%%=*}" "caisson-$test_tag.scope")
	is "$1: property ${2%%=*}" "$property" "$2"
	property=", $property"
}

check_row() { # FIELD RESOURCES CONTROLLER FILE[,FILE] VALUE [PROPERTY=VALUE]
	local name value file='' dir property=
	with "$2"
	if ! start_sleeper; then
		if grep -q 'write.*weight.*operation not supported' "$scratch/start" &&
			! grep -q '\[bfq\]' "/sys/dev/block/$disk/queue/scheduler"; then
			skip_row "$1" "$2" "the scheduler of device $disk has no weights"
			return
		fi
		if grep -qE '/linux/resources/.*(has no such file|controller.*which is not|[Ii]nvalid argument|no such device)' "$scratch/start" &&
			{ [ -z "$(version_of "$3")" ] || [ "$3" = rdma ] || ! has_file "$3" "$4"; }; then
			skip_row "$1" "$2" "this kernel has no $4"
		else
			fail "$1" "$(cat "$scratch/start")"
		fi
		return
	fi
	dir=$(dir_of "$pid" "$3")
	for name in ${4//,/ }; do
		[ -z "$file" ] && [ -e "$dir/$name" ] && file=$name
	done
	value=$(cat "$dir/$file" 2>/dev/null)
	if [ -z "$file" ]; then
		skip_row "$1" "$2" "this kernel has no $4"
		cai delete --force "$id"
		return
	elif [[ $5 == '~'* ]]; then
		like "$1: $file" "$value" "${5#\~}"
	else
		is "$1: $file" "$value" "$5"
	fi
	[ -z "${6-}" ] || [ "$manager" != systemd ] || check_property "$1" "$6"
	[ "$file" != cgroup.procs ] || file='none, it has no effect; cgroup.procs'
	show "$1" "$2" "$file = $(grep -m 1 -E "${disk/./[.]}|oom_kill_disable" <<<"$value" || head -n 1 <<<"$value")$property"
	cai delete --force "$id"
}

use_profile oci
while IFS='|' read -r field resources v1 v2; do
	property=
	[[ $v2 != *' # '* ]] || property=${v2##* # } v2=${v2% # *}
	read -r name1 file1 value1 <<<"$v1"
	read -r name2 file2 value2 <<<"$v2"
	name=$name1
	[ "$name" = - ] && name=$name2
	version=$(version_of "$name")
	[ -n "$version" ] || version=$(version_of "$name2")
	[ -n "$version" ] || [ "$name" != unified ] || version=2
	[ -n "$version" ] || version=1
	case $field in
	hugepageLimits*) [ -n "$page" ] || { skip_row "$field" "$resources" 'no 2 MB pages'; continue; } ;;
	esac
	if [ "$version" = 1 ]; then
		set -- "$name1" "$file1" "$value1"
	else
		set -- "$name2" "$file2" "$value2"
	fi
	if [ "$1" = - ] || [ -z "$(version_of "$1")" ] && [ "$1" != unified ]; then
		check_refused "$field" "$resources"
	else
		check_row "$field" "$resources" "$@" "$property"
	fi
done < <(table)

is 'no directory is left' "$(find /sys/fs/cgroup -maxdepth 4 -name "*$test_tag*" 2>/dev/null)" ''
