#!/bin/bash
# What engines seldom ask for: a container sees the same under runc and in profile oci.
. "$top_srcdir/tests/system/lib.sh"
. "$top_srcdir/tests/system/oci/compare.bash"
need jq runc /bin/busybox

mkdir -p "$scratch/configs" "$scratch/tree/below" "$scratch/empty"
echo text >"$scratch/tree/file"
runc spec --bundle "$scratch/configs" || bail 'runc spec'
mv "$scratch/configs/config.json" "$scratch/spec.json"

variant() { # NAME JQ-PROGRAM: a configuration made from that of runc spec
	# shellcheck disable=SC2016 # jq's variable
	jq --arg scratch "$scratch" "$2" <"$scratch/spec.json" >"$scratch/configs/$1.json" || bail "$1"
}

variant spec .
variant user '.process.user = {uid: 1000, gid: 1000, additionalGids: [77, 5], umask: 63}'
variant home-empty '.process.env += ["HOME="]'
variant home-given '.process.env += ["HOME=/x", "A=1", "HOME=/tmp", "A=2"]'
variant home-unknown '.process.user.uid = 7777'
variant no-caps 'del(.process.capabilities) | .process.noNewPrivileges = false'
variant caps '.process.user.uid = 1000 | .process.noNewPrivileges = false |
	["CAP_KILL", "CAP_CHOWN", "CAP_NET_RAW"] as $all | .process.capabilities =
	{bounding: $all, permitted: $all, effective: $all[:2], inheritable: $all[1:], ambient: $all[1:2]}'
variant cwd '.process.cwd = "/made/by/the/runtime" | .root.readonly = false'
variant process '.process.oomScoreAdj = 321 |
	.process.rlimits = [{type: "RLIMIT_CORE", soft: 1, hard: 2},
	{type: "RLIMIT_SIGPENDING", soft: 5, hard: 5},
	{type: "RLIMIT_NOFILE", soft: 64, hard: 128}, {type: "RLIMIT_CPU", soft: 10, hard: 11}]'
variant namespaces '.linux.namespaces = [{type: "mount"}] | del(.hostname) |
	.mounts |= map(select(.type == "proc" or .destination == "/dev"))'
variant cgroup-namespace '.linux.namespaces += [{type: "cgroup"}]'
variant kernel '.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.shmmax": "12345678",
	"net/ipv4/ip_unprivileged_port_start": "80", "kernel.domainname": "example.test"}'
variant slave '.linux.rootfsPropagation = "slave"'
variant private '.linux.rootfsPropagation = "private"'
variant devices '.root.readonly = false | .linux.devices = [
	{path: "/dev/null2", type: "c", major: 1, minor: 3, fileMode: 8630, uid: 1000, gid: 5},
	{path: "/dev/deep/down/fifo", type: "p", fileMode: 384},
	{path: "/dev/zero", type: "c", major: 1, minor: 5, fileMode: 256, uid: 7, gid: 8},
	{path: "/elsewhere/block", type: "b", major: 7, minor: 666},
	{path: "/dev/ptmx", type: "c", major: 5, minor: 2}]'
variant volumes '.root.readonly = false | .mounts += [
	{destination: "/v/plain", type: "bind", source: ($scratch + "/tree"), options: ["bind"]},
	{destination: "/v/ro", source: ($scratch + "/tree"), options: ["rbind", "ro", "nosuid"]},
	{destination: "/v/flags", type: "none", source: ($scratch + "/tree"),
		options: ["bind", "nodev", "noexec", "noatime"]},
	{destination: "/v/strict", type: "none", source: ($scratch + "/tree"),
		options: ["bind", "strictatime", "nodiratime"]},
	{destination: "/v/last", source: ($scratch + "/tree"), options: ["ro", "bind", "rw"]},
	{destination: "/v/file", source: ($scratch + "/tree/file"), options: ["bind", "ro"]},
	{destination: "/v/shared", source: ($scratch + "/tree"), options: ["rbind", "rshared"]},
	{destination: "/v/slave", source: ($scratch + "/tree"), options: ["bind", "slave"]},
	{destination: "/v/private", source: ($scratch + "/tree"), options: ["bind", "private"]},
	{destination: "/v/unbindable", source: ($scratch + "/tree"), options: ["bind", "unbindable"]},
	{destination: "v/relative", source: ($scratch + "/tree"), options: ["bind"]},
	{destination: "/v/plain/below", type: "tmpfs", source: "inner", options: ["size=8k"]}]'
variant tmpfs '.root.readonly = false | .mounts += [
	{destination: "/tmp", type: "tmpfs", source: "x", options: ["nosuid", "size=64k"]},
	{destination: "/own", type: "tmpfs", source: "tmpfs", options: ["mode=1775", "uid=5", "gid=7"]},
	{destination: "/etc", type: "tmpfs", source: "tmpfs", options: ["tmpcopyup", "ro"]},
	{destination: "/ro", type: "tmpfs", source: "tmpfs", options: ["ro", "noexec"]},
	{destination: "/sync", type: "tmpfs", source: "tmpfs", options: ["sync", "dirsync", "noatime"]},
	{destination: "/lazy", type: "tmpfs", source: "tmpfs", options: ["lazytime", "nr_inodes=10"]},
	{destination: "/shared", type: "tmpfs", source: "tmpfs", options: ["shared"]}]'
variant paths '.linux.maskedPaths = ["/proc/acpi", "/proc/acpi", "/usr/file", "/usr/dir",
	"/missing", "/usr/link", "/usr/fifo", "/proc/bus/x"] |
	.linux.readonlyPaths = ["/proc/sys", "/home", "/etc/passwd", "/missing/too", "/dev/full"]'

# What is known to differ, and is tested elsewhere: groups listed twice stay twice (T-18), a tmpfs
# with mode= over an existing directory has that mode, rootfsPropagation shared is shared,
# and linux.personality, newer than this runc, is honoured.
compare_all "$scratch"/configs/*.json
