#!/bin/bash
# --systemd-cgroup: a container is a transient scope of systemd, from create to delete, with its
# limits as properties; and nothing of it stays, whatever ends it.
# isolation: the pids of the machine
CAISSON_TEST_CGROUP_MANAGER=systemd
. "$top_srcdir/tests/system/lib.sh"
. "$top_srcdir/tests/system/cgroup/hierarchy.bash"

unit=caisson-$test_tag.scope
show() { # PROPERTY [UNIT]
	systemctl show --property "$1" --value "${2:-$unit}"
}

no_unit() { # DESCRIPTION
	is "$1: the unit is gone" "$(systemctl list-units --all --no-legend "*$test_tag*")" ''
	is "$1: so is its cgroup" "$(list_cgroups)" ''
}

use_profile hardened

# --- from create to delete -----------------------------------------------------------------------

with '{"memory": {"limit": 67108864}, "cpu": {"shares": 512, "quota": 50000, "period": 100000}, "pids": {"limit": 100}}'
set_args "$b" sleep 1000
new_id
succeeds 'create' cai create --bundle "$b" "$id" </dev/null
is 'it is active' "$(show ActiveState)" active
is 'in its slice' "$(show Slice)" system.slice
is 'its cgroup is the one asked for' "$(show ControlGroup)" "/system.slice/$unit"
is 'its one process is the container' "$(cat "/sys/fs/cgroup/system.slice/$unit/cgroup.procs")" "$(pid_of "$id")"
is 'systemd leaves what is in it alone' "$(show Delegate)" yes
is 'it says whose it is' "$(show Description)" "caisson container $id"
is 'memory: the property' "$(show MemoryMax)" 67108864
is 'memory: the file' "$(cat "/sys/fs/cgroup/system.slice/$unit/memory.max")" 67108864
is 'pids: the property' "$(show TasksMax)" 100
is 'pids: the file' "$(cat "/sys/fs/cgroup/system.slice/$unit/pids.max")" 100
is 'cpu: the property' "$(show CPUQuotaPerSecUSec)" 500ms
is 'cpu: the file' "$(cat "/sys/fs/cgroup/system.slice/$unit/cpu.max")" '50000 100000'
is 'weight: the property' "$(show CPUWeight)" "$(cat "/sys/fs/cgroup/system.slice/$unit/cpu.weight")"
succeeds 'systemd reloads' systemctl daemon-reload
is 'then the limits are as they were' \
	"$(cd "/sys/fs/cgroup/system.slice/$unit" && cat memory.max pids.max cpu.max)" \
	$'67108864\n100\n50000 100000'
succeeds 'start' cai start "$id"
succeeds 'update' cai update --memory 33554432 --pids-limit 50 "$id"
is 'update: the properties' "$(show MemoryMax) $(show TasksMax)" '33554432 50'
is 'update: the files' "$(cd "/sys/fs/cgroup/system.slice/$unit" && cat memory.max pids.max)" $'33554432\n50'
succeeds 'systemd reloads once more' systemctl daemon-reload
is 'update: the files stay so' "$(cd "/sys/fs/cgroup/system.slice/$unit" && cat memory.max pids.max)" $'33554432\n50'
succeeds 'pause' cai pause "$id"
is 'it is paused' "$(status_of "$id")" paused
succeeds 'resume' cai resume "$id"
is 'exec is in the unit' "$(cai exec "$id" cat /proc/self/cgroup)" '0::/'
fails_with 'another container of the same unit' "unit '$unit'.*(already|exists)" \
	cai run --detach --bundle "$b" "$id-again"
is 'the first one still runs' "$(status_of "$id")" running
succeeds 'kill' cai kill "$id" KILL
eventually has_status "$id" stopped
succeeds 'delete' cai delete "$id"
no_unit 'delete'
with '{}'
out=$(run_sh "$b" 'cat /proc/self/cgroup; cat /sys/fs/cgroup/pids.max')
is 'inside it is the root of the hierarchy, with its limits' "$out" $'0::/\n4096'
no_unit 'run'

# --- a limit that leaves no room for another process ----------------------------------------------

with '{"pids": {"limit": 1}}'
set_args "$b" /bin/sh -c 'echo alone'
new_id
is 'a limit of one process' "$(cai run --bundle "$b" "$id" 2>&1)" alone
no_unit 'a limit of one process'

# --- names and places ------------------------------------------------------------------------------

again --arg path "caissontest-a-b.slice:pre:$test_tag" '.linux.cgroupsPath = $path'
set_args "$b" sleep 1000
new_id
succeeds 'in a slice below slices' cai run --detach --bundle "$b" "$id"
is 'the whole way' "$(show ControlGroup "pre-$test_tag.scope")" \
	"/caissontest.slice/caissontest-a.slice/caissontest-a-b.slice/pre-$test_tag.scope"
succeeds 'delete --force' cai delete --force "$id"
no_unit 'delete --force'
again 'del(.linux.cgroupsPath)'
set_args "$b" sleep 1000
new_id
succeeds 'without a path' cai run --detach --bundle "$b" "$id"
is 'the unit is named after the container' "$(show ActiveState "caisson-$id.scope")" active
cai delete --force "$id"
no_unit 'without a path'
systemctl stop caissontest.slice

# --- annotations -------------------------------------------------------------------------------------

again '.annotations = {"org.systemd.property.TimeoutStopUSec": "uint64 7000000",
	"org.systemd.property.After": "[\u0027basic.target\u0027]"}'
set_args "$b" sleep 1000
new_id
succeeds 'annotations' cai run --detach --bundle "$b" "$id"
is 'a time' "$(show TimeoutStopUSec)" 7s
like 'an order' "$(show After)" 'basic\.target'
cai delete --force "$id"

# --- ends ---------------------------------------------------------------------------------------------

again
set_args "$b" sleep 1000
new_id
cai run --detach --bundle "$b" "$id"
succeeds 'systemctl stop ends the container' systemctl stop "$unit"
eventually has_status "$id" stopped
is 'it is stopped' "$(status_of "$id")" stopped
succeeds 'delete after that' cai delete "$id"
no_unit 'systemctl stop'
set_args "$b" /not/there
new_id
fails_with 'a run that fails' 'no such file' cai run --bundle "$b" "$id"
no_unit 'a run that fails'
set_args "$b" sleep 1000
for delay in 0.05 0.2 0.5 1; do
	new_id
	cai run --detach --bundle "$b" "$id" >/dev/null 2>&1 &
	caller=$!
	sleep $delay
	kill -KILL $caller 2>/dev/null
	wait $caller 2>/dev/null
	cai delete --force "$id" >/dev/null 2>&1
	eventually test -z "$(list_cgroups)"
	no_unit "SIGKILL of caisson after $delay s"
done
