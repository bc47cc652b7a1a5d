#!/bin/bash
# Where the container's cgroups are: cgroupsPath absolute, relative, absent, refused; what is there
# already; what is removed (CG-01 to CG-04, T-30).
. "$top_srcdir/tests/system/lib.sh"
. "$top_srcdir/tests/system/cgroup/cgroup.bash"
global_flags=(--profile oci)

own_path() { # CONTROLLER: of this shell
	sed -n "s/^[0-9]*:$1:\(.*\)/\1/p" /proc/self/cgroup | sed 's/^\/$//'
}
path_in() { # CONTROLLER: of the container
	sed -n "s/^[0-9]*:$1://p" "/proc/$(pid_of "$id")/cgroup"
}
all_in() { # the paths of all v1 hierarchies, each once
	grep -v '^0::' "/proc/$(pid_of "$id")/cgroup" | cut -d: -f3 | sort -u
}

again .
start_sleeper
is 'absolute: below the mount point' "$(all_in)" "$top"
is 'of the v2 hierarchy beside them, too' "$(path_in '')" "$top"
caisson delete --force "$id"
is 'gone after delete' "$(list_own)" ''
again '.linux.cgroupsPath += "/deep/er"'
start_sleeper
is 'several levels' "$(all_in)" "$top/deep/er"
caisson delete --force "$id"
is 'the container'\''s is removed, parents may serve others' "$(list_own "$top/deep/er"; list_own "$top/deep" | wc -l)" \
	"$(wc -w <<<"$hierarchies")"
find /sys/fs/cgroup -depth -type d -path "*$top*" -exec rmdir {} + 2>/dev/null

again --arg path "${top#/}" '.linux.cgroupsPath = $path'
start_sleeper
is 'relative: below our own' "$(path_in memory)" "$(own_path memory)$top"
is 'in each hierarchy' "$(path_in pids)" "$(own_path pids)$top"
caisson delete --force "$id"
again 'del(.linux.cgroupsPath)'
start_sleeper
is 'absent: our own, and the id' "$(path_in memory)" "$(own_path memory)/$id"
caisson delete --force "$id"
again --arg path "//${top#/}/./x//" '.linux.cgroupsPath = $path'
start_sleeper
is 'cleaned' "$(all_in)" "$top/x"
caisson delete --force "$id"
find /sys/fs/cgroup -depth -type d -path "*$top*" -exec rmdir {} + 2>/dev/null

for wrong in "$top/../x" '../x' 'a/../../b' '/..' "$top/.."; do
	again --arg path "$wrong" '.linux.cgroupsPath = $path'
	fails_with "refused: $wrong" "/linux/cgroupsPath: must not contain '[.][.]'" run_sh "$b" true
done
for wrong in / // /.; do
	again --arg path "$wrong" '.linux.cgroupsPath = $path'
	fails_with "refused: $wrong" '/linux/cgroupsPath: .* is the root cgroup' run_sh "$b" true
done
again '.linux.cgroupsPath = "system.slice:prefix:name" | .linux.cgroupsPath = 5'
fails_with 'refused: a number' '/linux/cgroupsPath' run_sh "$b" true
again '.linux.cgroupsPath = "/" + "x" * 5000'
fails_with 'refused: 5000 bytes' '/linux/cgroupsPath' run_sh "$b" true
again .
fails_with 'a path of cgroupfs for the systemd driver' 'slice:prefix:name|not booted with systemd|v1' \
	caisson --profile oci --systemd-cgroup run --bundle "$b" "$test_tag-x"

# --- what is there already -----------------------------------------------------------------------------

again .
for at in $hierarchies; do mkdir "$at$top"; done
is 'empty directories are used' "$(run_sh "$b" "grep -c :$top\$ /proc/self/cgroup" 2>&1)" "$(wc -w <<<"$hierarchies")"
is 'and left alone by delete' "$(list_own | wc -l)" "$(wc -w <<<"$hierarchies")"
sleep 60 &
sleeper=$!
echo $sleeper >"/sys/fs/cgroup/freezer$top/cgroup.procs"
fails_with 'one with processes is refused' "container's cgroup is not empty: 1 process" run_sh "$b" true
is 'its process lives' "$(kill -0 $sleeper && echo yes)" yes
echo $sleeper >/sys/fs/cgroup/freezer/cgroup.procs
echo FROZEN >"/sys/fs/cgroup/freezer$top/freezer.state"
fails_with 'a frozen one as well' "container's cgroup unexpectedly frozen" run_sh "$b" true
kill $sleeper
wait $sleeper 2>/dev/null
echo THAWED >"/sys/fs/cgroup/freezer$top/freezer.state"
for at in $hierarchies; do rmdir "$at$top"; done

# A container that leaves processes and cgroups of its own behind.
again '.linux.namespaces |= map(select(.type != "pid")) | .mounts |= map(
	if .type == "cgroup" then .options = ["nosuid"] else . end)'
set_args "$b" /bin/sh -c 'mkdir -p /sys/fs/cgroup/pids/inner/most; (echo 0 >/sys/fs/cgroup/pids/inner/most/cgroup.procs
	sleep 60) & sleep 0.2; exit 5'
new_id
caisson --profile oci run --detach --bundle "$b" "$id" >/dev/null 2>&1
eventually has_status "$id" stopped
succeeds 'delete of a container that left a process in a cgroup of its own' caisson delete "$id"
is 'no directory is left' "$(list_own)" ''
is 'and no process' "$(pgrep -x sleep)" ''

# A failed create removes what it made.
again '.mounts += [{destination: "/x", type: "no-such-fs", source: "x"}]'
fails 'create fails after the cgroups were made' run_sh "$b" true
is 'they are removed' "$(list_own)" ''

# --- with only some hierarchies ------------------------------------------------------------------------

only() { # CONTROLLER...: what /sys/fs/cgroup shows from now on, in this mount namespace
	local controller
	mount -t tmpfs tmpfs /sys/fs/cgroup
	for controller; do
		mkdir "/sys/fs/cgroup/$controller"
		mount -t cgroup -o "$controller" cgroup "/sys/fs/cgroup/$controller"
	done
}
back() {
	umount --recursive /sys/fs/cgroup
}

only memory
again '.linux.resources = {memory: {limit: 33554432}}'
start_sleeper
is 'the one hierarchy is used' "$(cat "/sys/fs/cgroup/memory$top/memory.limit_in_bytes")" 33554432
is 'the others are not' "$(path_in pids)" "$(own_path pids | grep . || echo /)"
caisson delete --force "$id"
for limit in 'pids={"pids": {"limit": 5}}' 'cpu={"cpu": {"shares": 5}}' 'cpuset={"cpu": {"cpus": "0"}}' \
	'devices={"devices": [{"allow": false, "access": "rwm"}]}'; do
	again --argjson resources "${limit#*=}" '.linux.resources = $resources'
	fails_with "a limit that needs ${limit%%=*}" "/linux/resources/.*needs the ${limit%%=*} controller" run_sh "$b" true
done
back
only pids devices
again '.linux.resources = {pids: {limit: 5}}'
is 'without the freezer' "$(run_sh "$b" 'echo runs' 2>&1)" runs
again '.linux.resources = {memory: {limit: 33554432}}'
fails_with 'a limit that needs memory' '/linux/resources/memory/limit: needs the memory controller' run_sh "$b" true
back
only
again '.mounts |= map(select(.type != "cgroup")) | .linux.resources = {}'
is 'no hierarchy at all' "$(run_sh "$b" 'echo runs' 2>&1)" runs
again '.linux.resources = {}'
fails_with 'but for a mount of type cgroup' 'no cgroup file system is mounted' run_sh "$b" true
back
