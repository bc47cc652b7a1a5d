#!/bin/bash
# --systemd-cgroup where it can't work: the error says what is missing; and names and annotations
# that an engine's user must not choose are refused everywhere.
. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox

b=$(new_bundle) || bail 'make a bundle'
plain=$(cat "$b/config.json")
sed '/^systemd-cgroup/d' "$top_srcdir/tests/golden/facts-v2.txt" >"$scratch/none"
{ cat "$scratch/none"; echo 'systemd-cgroup /'; } >"$scratch/root"
{ cat "$scratch/none"; echo 'systemd-cgroup /user.slice/user-1000.slice/user@1000.service'; } >"$scratch/user"
{ cat "$top_srcdir/tests/golden/facts-vm.txt"; echo 'systemd-cgroup /'; } >"$scratch/v1"

plan() { # FACTS [JQ-FILTER]
	echo "$plain" >"$b/config.json"
	edit "$b" "${2:-.}"
	caisson --systemd-cgroup plan --facts "$scratch/$1" "$b"
}

path() { # CGROUPS-PATH
	plan root ".linux.cgroupsPath = \"$1\""
}

annotation() { # NAME VALUE
	plan root ".annotations = {\"org.systemd.property.$1\": \"$2\"}"
}

if [ ! -d /run/systemd/system ]; then
	new_id
	fails_with 'here: there is no systemd' 'not booted with systemd.*cgroupfs' \
		caisson --systemd-cgroup run --bundle "$b" "$id"
	is 'here: nothing is left' "$(list_state; list_cgroups)" ''
elif [ -z "${CAISSON_TEST_HOST_PIDS:-}" ]; then
	new_id
	fails_with 'here: systemd is in another pid namespace' 'systemd.*another pid namespace' \
		caisson --systemd-cgroup run --bundle "$b" "$id"
	is 'here: nothing is left' "$(list_state; list_cgroups)" ''
fi
fails_with 'no systemd' 'not booted with systemd' plan none
fails_with 'controllers on v1' 'needs cgroup v2 alone' plan v1
succeeds 'systemd on v2' plan root
like 'unit and place by default' "$(plan root)" 'path=/system\.slice/caisson-[^ ]*\.scope'
like "a user's systemd: below its service" "$(plan user)" \
	'path=/user\.slice/user-1000\.slice/user@1000\.service/user\.slice/caisson-[^ ]*\.scope'
like "a user's systemd moves caisson-init" "$(plan user)" 'cgroup-join'
unlike 'that of root does not' "$(plan root)" 'cgroup-join'

fails_with 'a path of cgroupfs' 'slice:prefix:name' path /docker/web
fails_with 'two parts' 'slice:prefix:name' path a.slice:web
fails_with 'four parts' 'slice:prefix:name' path a.slice:x:y:z
fails_with 'no slice' 'no name of a systemd slice' path system.service:x:y
fails_with 'a slice with a slash' 'no name of a systemd slice' path a/x.slice:x:y
fails_with 'a slice with an empty part' 'no name of a systemd slice' path a--b.slice:x:y
fails_with 'a slice from the root on' 'no name of a systemd slice' path -a.slice:x:y
fails_with 'a name with a slash' 'no name of a systemd unit' path a.slice:x:y/z
fails_with 'a name with a blank' 'no name of a systemd unit' path 'a.slice:x:y z'
fails_with 'an empty name' 'no name of a systemd unit' path a.slice:x:
fails_with 'a name that is too long' 'no name of a systemd unit' \
	path "a.slice:x:$(printf 'y%.0s' {1..250})"
fails_with 'a slice as the container' 'a slice, which holds units' path a.slice:x:y.slice
like 'the root slice' "$(path -.slice:x:y)" 'path=/x-y\.scope'
like 'no slice named' "$(path :x:y)" 'path=/system\.slice/x-y\.scope'
like 'no prefix named' "$(path system.slice::y)" 'path=/system\.slice/y\.scope'

for name in ExecStart MemoryMax TasksMax DeviceAllow Delegate Slice PIDs Wants Requires User \
	TimeoutStop CollectModeX ''; do
	fails_with "annotation $name" 'none of the properties of a unit that an annotation may set' \
		annotation "$name" "'x'"
done
like 'annotation: text' "$(annotation CollectMode "'inactive'")" 'property=CollectMode type=s value=inactive$'
is 'annotation: it takes the place of ours' "$(annotation CollectMode "'inactive'" | grep -c CollectMode)" 1
like 'annotation: words' "$(annotation After "['a.service', 'b.service']")" "property=After type=as value='a\.service b\.service'"
like 'annotation: a number' "$(annotation RuntimeMaxUSec 'uint64 5')" 'property=RuntimeMaxUSec type=t value=5$'
like 'annotation: seconds' "$(annotation TimeoutStopSec 9)" 'property=TimeoutStopUSec type=t value=9000000$'
like 'annotation: yes or no' "$(annotation DefaultDependencies true)" 'property=DefaultDependencies type=b value=true$'
fails_with 'annotation: text without quotes' 'no value of type' annotation CollectMode inactive
fails_with 'annotation: text that goes on' 'no value of type' annotation CollectMode "'a' 'b'"
fails_with 'annotation: words that do not end' 'no value of type' annotation After "['a.service'"
fails_with 'annotation: no number' 'no value of type' annotation RuntimeMaxUSec -1
fails_with 'annotation: too many seconds' 'no number of seconds' annotation TimeoutStopSec 99999999999999999999
fails_with 'annotation: neither yes nor no' 'no value of type' annotation DefaultDependencies 1

limits=$(plan root '.linux.resources = {memory: {limit: 67108864, reservation: 33554432, swap: 134217728},
	cpu: {shares: 1024, quota: 33333, period: 100000, cpus: "0-1,3", mems: "0"}, pids: {limit: 0}}')
for line in 'MemoryMax type=t value=67108864' 'MemoryLow type=t value=33554432' \
	'MemorySwapMax type=t value=67108864' 'CPUQuotaPerSecUSec type=t value=340000' \
	'CPUQuotaPeriodUSec type=t value=100000' 'AllowedCPUs type=cpus value=0-1,3' \
	'AllowedMemoryNodes type=cpus value=0' 'TasksMax type=t value=1'; do
	like "a limit is a property: ${line%% *}" "$limits" "property=$line late=yes\$"
done
