#!/bin/bash
# Namespaces: new, joined by path, not listed; what cannot be joined (NS-01 to NS-06, T-19), names of
# the uts namespace, sysctls.
. "$top_srcdir/tests/system/lib.sh"
need jq pgrep unshare /bin/busybox
global_flags=(--profile oci)

b=$(new_bundle) || bail 'make a bundle'
plain=$(cat "$b/config.json")
again() { # JQ-ARGUMENTS: the example configuration with a change
	echo "$plain" >"$b/config.json" && edit "$b" "$@"
}
declare -A file_of=([cgroup]=cgroup [ipc]=ipc [mount]=mnt [network]=net [pid]=pid [time]=time [user]=user [uts]=uts)
declare -A own
for type in "${!file_of[@]}"; do
	own[$type]=$(readlink "/proc/self/ns/${file_of[$type]}")
done

# Every namespace of the workload: "new" or "host"
show='for ns in cgroup ipc mnt net pid time user uts; do readlink /proc/self/ns/$ns; done'
compare_with_host() {
	sed -E "$(for type in "${!own[@]}"; do
		echo "s/^${own[$type]//[/\\[}\$/${file_of[$type]}:host/"
	done); s/:\\[.*/:new/" | tr '\n' ' '
}

minimal='del(.hostname, .linux.maskedPaths, .linux.readonlyPaths, .linux.sysctl) | .linux.namespaces = $list |
	.mounts |= map(select(.destination == "/proc" or .destination == "/dev"))'
for type in mount pid network ipc uts cgroup time; do
	list="[{\"type\": \"mount\"}]"
	[ $type = mount ] || list="[{\"type\": \"$type\"}, {\"type\": \"mount\"}]"
	again --argjson list "$list" "$minimal"
	wanted=
	for file in cgroup ipc mnt net pid time user uts; do
		if [ $file = mnt ] || [ "$file" = "${file_of[$type]}" ]; then wanted+="$file:new "; else wanted+="$file:host "; fi
	done
	is "a new $type namespace, the others the caller's" "$(run_sh "$b" "$show" 2>&1 | compare_with_host)" "$wanted"
done
again --argjson list '[{"type": "mount"}, {"type": "network"}]' "$minimal"
is 'loopback is up in a new network namespace' "$(run_sh "$b" 'ip -o addr show up; ip link show lo' 2>&1 |
	grep -cE '127.0.0.1/8|LOOPBACK,UP')" 2
again --argjson list '[]' "$minimal"
before=$(list_mounts)
fails_with 'no mount namespace' '/linux/namespaces: .* mount namespace: not supported yet' run_sh "$b" true
is 'nothing is mounted outside' "$(diff <(echo "$before") <(list_mounts))" ''

# --- joining -------------------------------------------------------------------------------------------

unshare --mount --uts --ipc --net --cgroup --pid --time --fork --kill-child --propagation private \
	--mount-proc sh -c "hostname joined; : >$scratch/ready; sleep 60" &
holder=$!
eventually test -e "$scratch/ready"
inner=$(pgrep -P $holder)
for type in ipc network pid uts cgroup time; do
	file=${file_of[$type]}
	path=/proc/$inner/ns/$file
	again --argjson list "[{\"type\": \"mount\"}, {\"type\": \"$type\", \"path\": \"$path\"}]" "$minimal"
	is "joined by path: $type" "$(run_sh "$b" "readlink /proc/self/ns/$file" 2>&1)" "$(readlink "$path")"
done
again --argjson list "[{\"type\": \"mount\"}, {\"type\": \"uts\", \"path\": \"/proc/$inner/ns/uts\"}]" "$minimal"
is 'the host name is that of the joined namespace' "$(run_sh "$b" hostname)" joined
again --argjson list "[{\"type\": \"pid\", \"path\": \"/proc/$inner/ns/pid_for_children\"}, {\"type\": \"mount\"}]" "$minimal"
is 'joined by path: pid_for_children' "$(run_sh "$b" 'readlink /proc/self/ns/pid; [ $$ = 1 ] || echo not the first' 2>&1)" \
	"$(readlink "/proc/$inner/ns/pid")
not the first"
touch "$scratch/pinned"
mount --bind "/proc/$inner/ns/net" "$scratch/pinned"
again --argjson list "[{\"type\": \"mount\"}, {\"type\": \"network\", \"path\": \"$scratch/pinned\"}]" "$minimal"
is 'joined by a bind of it, as engines do' "$(run_sh "$b" 'readlink /proc/self/ns/net' 2>&1)" \
	"$(readlink "/proc/$inner/ns/net")"
umount "$scratch/pinned"

mkfifo "$scratch/fifo"
ln -s "/proc/$inner/ns/net" "$scratch/link"
for wrong in "ipc=/proc/$inner/ns/net" "network=/proc/$inner/ns/uts" "uts=/proc/$inner/ns/ipc" \
	"pid=/proc/$inner/ns/mnt" "mount=/proc/$inner/ns/pid" "cgroup=/proc/$inner/ns/time" \
	"time=/proc/$inner/ns/cgroup" "user=/proc/$inner/ns/net" \
	"ipc=/proc/self/ns/uts" "network=/etc/passwd" "network=$scratch/fifo" "network=/dev/null" \
	"network=/proc/$inner/ns" "network=/no/such/file"; do
	type=${wrong%%=*} path=${wrong#*=}
	# shellcheck disable=SC2016 # jq's
	again --argjson list "$(jq -cn --arg type "$type" --arg path "$path" \
		'[{type: "mount"}, {$type, $path}] | if $type == "mount" then .[1:] else . end')" "$minimal"
	fails_with "refused: $wrong" \
		"namespace path '$path'(:| is) (not a( $type)? namespace|no such file or directory)" run_sh "$b" true
done
again --argjson list "[{\"type\": \"mount\"}, {\"type\": \"network\", \"path\": \"$scratch/link\"}]" "$minimal"
is 'a link to a namespace is one' "$(run_sh "$b" 'readlink /proc/self/ns/net' 2>&1)" "$(readlink "/proc/$inner/ns/net")"
for wrong in '{"type": "net"}' '{"type": "uts", "path": "relative/path"}' '{"type": "mount"}' '{"path": "/x"}'; do
	again --argjson wrong "$wrong" '.linux.namespaces += [$wrong]'
	fails_with "refused: $wrong" '/linux/namespaces/[0-9]' run_sh "$b" true
done
kill -KILL "$inner" # the first process of its pid namespace, so unshare ends as well
wait "$holder" 2>/dev/null

# --- uts, sysctl -----------------------------------------------------------------------------------------

again '.hostname = "a-name" | .domainname = "a.domain"'
is 'host and domain name' "$(run_sh "$b" 'hostname; cat /proc/sys/kernel/domainname')" 'a-name
a.domain'
again '.hostname = ""'
is 'an empty one leaves it' "$(run_sh "$b" hostname)" "$(hostname)"
for field in hostname domainname; do
	again --arg field $field 'del(.hostname, .domainname) | .[$field] = "x" |
		.linux.namespaces |= map(select(.type != "uts"))'
	fails_with "$field without a uts namespace" "unable to set $field without a uts namespace" run_sh "$b" true
	again --arg field $field '.[$field] = "x" * 65'
	fails_with "$field of 65 bytes" "/$field" run_sh "$b" true
done

again '.linux.sysctl = {"net.ipv4.ip_forward": "1", "net/ipv4/conf/lo/forwarding": "0", "kernel.shmmax": "54321",
	"fs.mqueue.msg_max": "7", "kernel.domainname": "by.sysctl", "net.ipv4.ping_group_range": "5 6"}'
is 'sysctls of the own namespaces, by dots and by slashes' "$(run_sh "$b" 'cd /proc/sys
	cat net/ipv4/ip_forward net/ipv4/conf/lo/forwarding kernel/shmmax fs/mqueue/msg_max kernel/domainname \
	net/ipv4/ping_group_range' 2>&1 | tr '\t\n' '  ')" '1 0 54321 7 by.sysctl 5 6 '
host_sysctls=$(cd /proc/sys && cat kernel/core_pattern vm/swappiness net/ipv4/ip_forward)
for wrong in kernel.core_pattern vm.swappiness kernel.hostname net.ipv4.../../kernel/core_pattern kernel.pid_max \
	net.no.such.key ../kernel/core_pattern fs.file-max; do
	again --arg key "$wrong" '.linux.sysctl = {($key): "1"}'
	fails_with "refused: sysctl $wrong" "${wrong##*[./]}" run_sh "$b" true
done
again '.linux.namespaces |= map(select(.type != "network")) | .linux.sysctl = {"net.ipv4.ip_forward": "1"}'
fails_with 'net.* without a network namespace' 'net.ipv4.ip_forward' run_sh "$b" true
again '.linux.namespaces |= map(select(.type != "ipc")) | .linux.sysctl = {"kernel.shmmax": "1"}'
fails_with 'kernel.shm* without an ipc namespace' 'kernel.shmmax' run_sh "$b" true
again '.linux.sysctl = {"net.ipv4.ip_forward": "no number"}'
fails_with 'a value that the kernel refuses' "net/ipv4/ip_forward|net.ipv4.ip_forward" run_sh "$b" true
is 'the host'\''s are what they were' "$(cd /proc/sys && cat kernel/core_pattern vm/swappiness net/ipv4/ip_forward)" "$host_sysctls"
