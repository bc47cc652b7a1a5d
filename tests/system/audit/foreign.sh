#!/bin/bash
# A container that another runtime has started, privileged as by docker run --privileged, beside one of
# caisson in restricted: what the kernel says of the first is all of it, and of the second nothing.
# shellcheck disable=SC2016 # expressions of jq inside
. "$top_srcdir/tests/system/lib.sh"
need jq runc

b=$(new_bundle) || bail 'make a bundle'
# Labels need profiles that are loaded on the host: where it has any, that is another test's matter.
restricted=restricted
if grep -qs Y /sys/module/apparmor/parameters/enabled || [ -e /sys/fs/selinux/enforce ]; then
	restricted=$scratch/restricted.json
	echo '{ "extends": "restricted", "rules": { "CIS-5.2": "allow", "CIS-5.3": "allow", "CS-LSM-2": "allow" } }' >"$restricted"
fi
audit() { # ARGUMENT...: sets $rc
	caisson --profile "$restricted" audit --format json "$@" >"$scratch/audit.json" 2>"$scratch/stderr"
	rc=$?
}
found() { # RULE
	jq -r --arg rule "$1" '.targets[0].findings[] | select(.rule == $rule) | .found' "$scratch/audit.json"
}

# --- runc, privileged ---------------------------------------------------------------------------------------

# Some of the capabilities in their order: what this machine has not got itself nobody can be given.
numbers='{"CAP_NET_ADMIN": 12, "CAP_SYS_MODULE": 16, "CAP_SYS_RAWIO": 17, "CAP_SYS_ADMIN": 21, "CAP_SYS_BOOT": 22,
	"CAP_SYS_RESOURCE": 24, "CAP_SYS_TIME": 25, "CAP_MAC_OVERRIDE": 32, "CAP_MAC_ADMIN": 33, "CAP_SYSLOG": 34,
	"CAP_WAKE_ALARM": 35, "CAP_BLOCK_SUSPEND": 36, "CAP_AUDIT_READ": 37, "CAP_PERFMON": 38, "CAP_BPF": 39,
	"CAP_CHECKPOINT_RESTORE": 40}'
bounding=$((16#$(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status)))
missing=$(jq -r 'to_entries[] | "\(.key) \(.value)"' <<<"$numbers" | while read -r name number; do
	[ $((bounding >> number & 1)) -eq 1 ] || echo "$name"
done | jq -Rs 'split("\n")[:-1]')

# The config that dockerd wrote for --privileged, around our root file system.
mkdir -p "$scratch/foreign"
new_rootfs "$scratch/foreign/rootfs"
# Without its cgroups: mounting them changes the options they have on the host.
new_id
jq --arg cgroup "/$test_tag-runc" --argjson missing "$missing" '.root = {path: "rootfs"} | .process.args = ["sleep", "60"] | .process.terminal = false
	| .process.cwd = "/" | del(.hooks, .process.apparmorProfile) | .linux.cgroupsPath = $cgroup
	| .process.capabilities |= map_values(. - $missing)
	| .mounts |= map(select(.type != "bind" and .type != "cgroup"))
	| .linux.devices = [{path: "/dev/loop-control", type: "c", major: 10, minor: 237},
		{path: "/dev/vda", type: "b", major: 252, minor: 0}]
	| .linux.resources = {devices: [{allow: true, access: "rwm"}]}' \
	"$top_srcdir/tests/golden/configs/docker-privileged.config.json" >"$scratch/foreign/config.json"
runc --root "$scratch/runc" run --detach --bundle "$scratch/foreign" "$id" >"$scratch/log" 2>&1 </dev/null ||
	{ cat "$scratch/log" >&2; runc --root "$scratch/runc" delete --force "$id" 2>/dev/null
	skip "runc can't run it here: $(tail -n 1 "$scratch/log")"; }
pid=$(runc --root "$scratch/runc" state "$id" | jq .pid)

audit --pid "$pid"
is 'runc --privileged: status' "$rc" 3
is 'root is root of the host' "$(found CIS-5.31)" 'the user namespace of the host'
like 'all capabilities that this machine has' "$(found CIS-5.4)" 'SYS_MODULE .*SYS_ADMIN '
is 'no filter' "$(found CIS-5.22)" 'no filter'
is 'no_new_privs is not set' "$(found CIS-5.26)" 'not set'
like '/proc/sys can be written' "$(found CS-PATH-1)" '^/proc/sys'
like '/sys can be written' "$(found CS-MNT-3)" '/sys is writable'
like 'devices of the host: nodes' "$(found CIS-5.18)" '/dev/loop-control \(c 10:237\)'
like 'devices of the host: a disk' "$(found CIS-5.18)" '/dev/vda \(b 252:0\)'
if [ -e /sys/fs/cgroup/devices ]; then
	like 'every device is allowed' "$(found CS-DEV-1)" 'every device'
else
	skip_point 'every device is allowed' 'v2 has no list that can be read'
fi
like 'nothing is masked' "$(found PSS-B-10)" '/proc/keys.*/sys/firmware'
like 'its root has no nosuid and nodev' "$(found CS-ROOT-4)" nosuid
like 'in sum: privileged' "$(found CIS-5.5)" 'privileged container'
for rule in CIS-5.10 CIS-5.16 CIS-5.17 CIS-5.21 CIS-5.6 CIS-5.32 CS-NS-1 CS-FD-1 CIS-5.23; do
	is "$rule: is in order" "$(found $rule)" ''
done
runc --root "$scratch/runc" delete --force "$id"

# --- the same, with what --volume and --network host add -------------------------------------------------------

python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$scratch/docker.sock" 2>/dev/null
jq --arg sock "$scratch/docker.sock" --arg dir "$scratch" '.linux.namespaces |= map(select(.type != "network" and .type != "ipc"))
	| del(.hostname, .linux.sysctl) | .mounts += [{destination: "/host-sys", type: "bind", source: "/sys", options: ["rbind"]},
		{destination: "/data", type: "bind", source: $dir, options: ["rbind"]}]' \
	"$scratch/foreign/config.json" >"$scratch/more.json" && mv "$scratch/more.json" "$scratch/foreign/config.json"
new_id
runc --root "$scratch/runc" run --detach --bundle "$scratch/foreign" "$id" >"$scratch/log" 2>&1 </dev/null ||
	bail 'runc runs it with volumes' "$(cat "$scratch/log")"
audit --pid "$(runc --root "$scratch/runc" state "$id" | jq .pid)"
like 'network of the host' "$(found CIS-5.10)" network
like 'ipc of the host' "$(found CIS-5.17)" ipc
like '/sys of the host as a volume' "$(found CIS-5.6)" "'/host-sys' is '/sys'"
like 'a volume without nosuid and nodev' "$(found CS-MNT-1)" "'/data'"
if [ -S "$scratch/docker.sock" ]; then
	is 'the socket of an engine in a volume' "$(found CIS-5.32)" "'/data/docker.sock'"
else
	skip_point 'the socket of an engine in a volume' 'python3 is not installed'
fi
runc --root "$scratch/runc" delete --force "$id"

# --- caisson, restricted ----------------------------------------------------------------------------------------

set_args "$b" sleep 60
edit "$b" '.process.user = {uid: 7, gid: 7} | .root.readonly = true
	| .linux.resources = {memory: {limit: 67108864}, pids: {limit: 100}, cpu: {shares: 512}}'
new_id
caisson --profile "$restricted" create --bundle "$b" "$id" >"$scratch/log" 2>&1 </dev/null
audit --container "$id"
is 'caisson, restricted, created: nothing' "$rc:$(jq -c '.targets[0].findings' "$scratch/audit.json")" '0:[]'
caisson start "$id"
audit --container "$id"
is 'caisson, restricted, running: nothing' "$rc:$(jq -c '.targets[0].findings' "$scratch/audit.json")" '0:[]'
is 'of many rules' "$(jq '.targets[0].rules >= 30' "$scratch/audit.json")" true
caisson exec --detach "$id" sleep 50
audit --container "$id"
is 'nor with what exec has started' "$rc:$(jq -c '.targets[0].findings' "$scratch/audit.json")" '0:[]'

# Whoever joins from outside, past exec, keeps what he has.
if command -v nsenter >/dev/null; then
	nsenter --target "$(pid_of "$id")" --pid --mount --root /bin/sleep 50 </dev/null >/dev/null 2>&1 &
	intruder=$!
	sees() { audit --container "$id"; [ -n "$(found CIS-5.23)" ]; }
	eventually sees
	like 'a process from outside has more than the first' "$(found CIS-5.23)" "'sleep'"
	pkill_pid=$(jq -r '.targets[0].findings[] | select(.rule == "CIS-5.23") | .found' "$scratch/audit.json" | grep -oE '[0-9]+' | head -n 1)
	kill -9 "$pkill_pid" "$intruder" 2>/dev/null
	wait "$intruder" 2>/dev/null
else
	skip_point 'a process from outside has more than the first' 'nsenter is not installed'
fi
caisson delete --force "$id"
