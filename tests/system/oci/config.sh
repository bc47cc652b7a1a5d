#!/bin/bash
# The document as a whole: unknown and null keys, annotations, console size, fields of later work,
# forms that are refused.
. "$top_srcdir/tests/system/attack.sh"
global_flags=(--profile oci)

attack_bundle
plain=$(cat "$b/config.json")
again() { # JQ-ARGUMENTS
	echo "$plain" >"$b/config.json" && edit "$b" "$@"
}

again '.unknown = {x: [1, {y: null}]} | .process.unknown = 1 | .linux.unknown = "x" | .mounts[0].unknown = true |
	.root.unknown = [] | .linux.resources.unknown = {} | .windows = {layerFolders: ["x"]} | .vm = {} | .solaris = {} |
	.process.user.username = "nobody" | .process.commandLine = "x" | .annotations = {"unknown/key": "value"}'
is 'unknown keys and other platforms are ignored' "$(run_sh "$b" 'id -u' 2>&1)" 0
again '.hostname = null | .annotations = null | .hooks = null | .linux.sysctl = null | .linux.seccomp = null |
	.process.rlimits = null | .process.oomScoreAdj = null | .linux.resources.memory = null | .linux.cgroupsPath = null |
	.linux.maskedPaths = null | .linux.devices = null | .mounts[0].options = null'
is 'null is absent' "$(run_sh "$b" hostname 2>&1)" "$(hostname)"
again '.ociVersion = "1.0.2-dev"'
is 'an older version with a suffix' "$(run_sh "$b" 'echo runs' 2>&1)" runs
for wrong in invalid 2.0.0 0.9.0 1 ''; do
	again --arg version "$wrong" '.ociVersion = $version'
	fails_with "ociVersion '$wrong'" '/ociVersion' run_sh "$b" true
done

# --- annotations ---------------------------------------------------------------------------------------

again '.annotations = {"org.example.key": "a \"quoted\" \\ value\nof two lines", "empty": "", "ü": "ö",
	"org.opencontainers.image.stopSignal": "SIGKILL"}'
set_args "$b" sleep 60
new_id
caisson --profile oci create --bundle "$b" "$id"
is 'annotations are in the state, as they were' "$(caisson state "$id" | jq -cS .annotations)" \
	"$(jq -cS .annotations "$b/config.json")"
is 'so is the bundle, absolute' "$(caisson state "$id" | jq -r .bundle)" "$b"
again '.annotations = {"changed": "later"} | .process.args = ["echo", "changed"]'
is 'what is changed later has no effect' "$(caisson state "$id" | jq -r '.annotations | has("changed")')" false
caisson start "$id"
is 'on the process neither' "$(tr '\0' ' ' <"/proc/$(pid_of "$id")/cmdline")" 'sleep 60 '
caisson delete --force "$id"
for wrong in '{"": "x"}' '{"x": 5}' '["x"]' '"x"'; do
	again --argjson annotations "$wrong" '.annotations = $annotations'
	fails_with "annotations $wrong" '/annotations' run_sh "$b" true
done

# --- console size ----------------------------------------------------------------------------------------

new_id
again '.process.terminal = true | .process.consoleSize = {height: 37, width: 123} | .process.args = ["stty", "size"]'
is 'consoleSize of a terminal' "$("$PROBE" pty "$CAISSON" --profile oci run --bundle "$b" "$id" 2>&1 </dev/null |
	tr -d '\r' | grep -oE '37 123')" '37 123'
again '.process.consoleSize = {height: 37, width: 123}'
is 'without effect where there is none' "$(run_sh "$b" 'echo runs' 2>&1)" runs
again '.process.terminal = true | .process.consoleSize = {height: 70000, width: 1}'
fails_with 'larger than the kernel knows' '/process/consoleSize/height' run_sh "$b" true

# --- later work --------------------------------------------------------------------------------------------

later() { # POINTER JQ: a field that must be refused, and named
	again "$2"
	fails_with "$1: not supported yet" "$1.*not supported yet" run_sh "$b" true
}
later /process/scheduler '.process.scheduler = {policy: "SCHED_BATCH", nice: 1}'
later /process/ioPriority '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 3}'
later /linux/timeOffsets '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {monotonic: {secs: 5, nanosecs: 0}}'
later /linux/intelRdt '.linux.intelRdt = {closID: "x"}'
later /linux/netDevices '.linux.netDevices = {eth0: {name: "x"}}'
later /linux/memoryPolicy '.linux.memoryPolicy = {mode: "MPOL_INTERLEAVE", nodes: "0"}'
later /linux/personality/flags '.linux.personality = {domain: "LINUX", flags: ["x"]}'
later /linux/seccomp/listenerPath '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/x",
	syscalls: [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]}'
again '.linux.resources.blockIO = {weight: 0} | .linux.resources.memory = {swappiness: null, disableOOMKiller: false} |
	.linux.resources.cpu = {shares: 0, realtimePeriod: 0}'
is 'the zeros that engines send are nothing asked' "$(run_sh "$b" 'echo runs' 2>&1)" runs
again '.linux.seccomp = {defaultAction: "SCMP_ACT_KILL", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]} |
	.linux.intelRdt = {} | .process.scheduler = {policy: "SCHED_OTHER"}'
run_sh "$b" true >"$scratch/out" 2>&1
is 'all findings at once' "$(grep -oE '/(linux|process)/[a-zA-Z]+' "$scratch/out" | sort -u | tr '\n' ' ')" \
	'/linux/intelRdt /linux/seccomp /process/scheduler '
[ -d /sys/kernel/security/apparmor ] || {
	again '.process.apparmorProfile = "docker-default"'
	fails_with 'a label where the kernel has no apparmor' '[Aa]pparmor' run_sh "$b" true
	again '.process.apparmorProfile = ""'
	is 'no label at all' "$(run_sh "$b" 'echo runs' 2>&1)" runs
}
[ -e /sys/fs/selinux/enforce ] || {
	again '.process.selinuxLabel = "system_u:system_r:container_t:s0"'
	fails_with 'a label where the kernel has no selinux' '[Ss]elinux' run_sh "$b" true
	again '.linux.mountLabel = "system_u:object_r:container_file_t:s0"'
	fails_with 'a label for mounts' '/linux/mountLabel|mount label' run_sh "$b" true
}

# --- the root ----------------------------------------------------------------------------------------------

for wrong in '/no/such/dir' 'no/such/dir' 'rootfs/bin/busybox' ''; do
	again --arg path "$wrong" '.root.path = $path'
	fails_with "root '$wrong'" "root path|/root/path" run_sh "$b" true
done
again 'del(.root)'
fails_with 'no root' '/root|root' run_sh "$b" true
jq '.root.path = "." | .process.args = ["cat", "/etc/hostname-x"]' <<<"$plain" >"$b/rootfs/config.json"
echo inside >"$b/rootfs/etc/hostname-x"
new_id
is 'the bundle itself as root' "$(caisson --profile oci run --bundle "$b/rootfs" "$id" 2>&1)" inside
rm -f "$b/rootfs/config.json"
echo "$plain" >"$b/config.json"
mv "$b/rootfs" "$b/real" && ln -s real "$b/rootfs"
is 'a link as root' "$(run_sh "$b" 'cat /etc/hostname-x' 2>&1)" inside
new_id
set_args "$b" cat /etc/hostname-x
is '--no-pivot' "$(caisson --profile oci run --no-pivot --bundle "$b" "$id" 2>&1)" inside
