#!/bin/bash
# What docker's options give and take: capabilities, seccomp, namespaces, devices.
. "$top_srcdir/tests/engines/docker.bash"

status_line() { # NAME...: lines of /proc/self/status inside, after the options in $options
	local names
	names=$(IFS='|' && echo "$*")
	run "${options[@]}" box sh -c "grep -E '^($names):' /proc/self/status | tr -s '\\t ' ' '"
}

default_caps() { options=() && status_line CapEff CapBnd CapAmb NoNewPrivs Seccomp; }
in_hardened=$'CapEff: 00000000000004fb\nCapBnd: 00000000000004fb\nCapAmb: 0000000000000000\nNoNewPrivs: 1\nSeccomp: 2' operation 'default capabilities' \
	$'CapEff: 00000000a80425fb\nCapBnd: 00000000a80425fb\nCapAmb: 0000000000000000\nNoNewPrivs: 0\nSeccomp: 2' default_caps

drop_all() { options=(--cap-drop ALL) && status_line CapEff CapBnd; }
operation '--cap-drop ALL' $'CapEff: 0000000000000000\nCapBnd: 0000000000000000' drop_all

drop_all_add() {
	run --cap-drop ALL --cap-add CHOWN box sh -c 'exec 2>&1; touch /tmp/x; chown 33 /tmp/x && stat -c %u /tmp/x; cat /tmp/x; chmod 0 /tmp/x'
	options=(--cap-drop ALL --cap-add CHOWN) && status_line CapEff
}
operation '--cap-drop ALL --cap-add CHOWN' $'33\nchmod: /tmp/x: Operation not permitted\nCapEff: 0000000000000001' drop_all_add

add_admin() { run --cap-add SYS_ADMIN box sh -c 'mount -t tmpfs none /tmp && echo mounted'; }
refused_by=CIS-5.4 operation '--cap-add SYS_ADMIN' mounted add_admin

privileged() { run --privileged box sh -c 'echo started'; }
refused_by=CIS-5.18 operation '--privileged' started privileged
if [[ " $runtimes " == *" hardened "* ]]; then
	runtime=hardened name=privileged-hardened
	like 'a refusal as docker shows it: the first finding, and where to read on' "$(run --privileged box true 2>&1)" \
		'profile hardened: \[CIS-5\.18\] /linux/devices: .*; and [0-9]+ more: caisson plan /'
	tidy
fi

no_new_privileges() { options=(--security-opt no-new-privileges) && status_line NoNewPrivs; }
operation '--security-opt no-new-privileges' 'NoNewPrivs: 1' no_new_privileges

seccomp_file() {
	echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO"}]}' >filter.json
	run --security-opt seccomp=filter.json box sh -c 'exec 2>&1; mkdir /tmp/x; touch /tmp/y && echo touched'
}
operation '--security-opt seccomp=FILE' $'mkdir: can\'t create directory \'/tmp/x\': Operation not permitted\ntouched' seccomp_file

seccomp_unconfined() { options=(--security-opt seccomp=unconfined) && status_line Seccomp; }
in_hardened='Seccomp: 2' operation '--security-opt seccomp=unconfined' 'Seccomp: 0' seccomp_unconfined

network_none() { run box sh -c 'ls /sys/class/net; ip addr show lo | grep -c 127.0.0.1'; }
operation '--net none' $'lo\n1' network_none

network_host() {
	docker run --rm --runtime "$(runtime_name)" --name "$name" --net host box sh -c 'readlink /proc/self/ns/net' >theirs
	grep -vxF "$(readlink /proc/self/ns/net)" theirs
	echo looked
}
refused_by=CIS-5.10 operation '--net host' looked network_host

network_shared() {
	start box sh -c 'nc -l -p 1234 -e echo greetings'
	docker run --rm --runtime "$(runtime_name)" --name "$name-2" --net "container:$name" box sh -c '
		for i in $(seq 50); do nc 127.0.0.1 1234 2>/dev/null && break; sleep 0.1; done'
}
operation '--net container:' greetings network_shared

pid_shared() {
	start box sh -c 'sleep 100; echo signalled'
	run_second --pid "container:$name" sh -c 'ps -o args | grep -c "^sleep 100"; kill -KILL $(pidof sleep)'
	docker wait "$name"
	docker logs "$name" 2>/dev/null
}
run_second() { # ARGUMENTS of docker run
	local option=$1 value=$2
	shift 2
	docker run --rm --runtime "$(runtime_name)" --name "$name-2" --net none "$option" "$value" box "$@"
}
operation '--pid container:' $'1\n0\nsignalled' pid_shared

pid_host() { run --pid host box sh -c "[ -d /proc/$$ ] && echo sees the host"; }
refused_by=CIS-5.16 operation '--pid host' 'sees the host' pid_host

ipc_shared() {
	start --ipc shareable box sh -c 'echo words >/dev/shm/file; echo ready; sleep 100'
	logged ready
	run_second --ipc "container:$name" cat /dev/shm/file
}
operation '--ipc container:' words ipc_shared

ipc_host() { run --ipc host box echo started; }
refused_by=CIS-5.17 operation '--ipc host' started ipc_host

uts_host() { run --uts host box hostname; }
refused_by=CIS-5.21 operation '--uts host' "$(hostname)" uts_host

userns_host() { run --userns host box id -u; }
operation '--userns host' 0 userns_host

device() { run --device /dev/full:/dev/filled box sh -c 'echo x >/dev/filled'; }
operation '--device, a harmless one' 'sh: write error: No space left on device' device

device_of_host() { run --device /dev/kmsg box sh -c '[ -c /dev/kmsg ] && echo there'; }
refused_by=CIS-5.18 operation '--device' there device_of_host

masked() { run box sh -c 'exec 2>&1; for f in /proc/kcore /proc/keys /proc/timer_list; do head -c 1 $f 2>/dev/null | wc -c; done; echo x >/proc/sys/kernel/hostname'; }
operation 'masked and read-only paths' $'0\n0\n0\nsh: can\'t create /proc/sys/kernel/hostname: Read-only file system' masked

host_socket() { run -v "$scratch/docker.sock:/docker.sock" box sh -c '[ -S /docker.sock ] && echo there'; }
refused_by=CIS-5.32 operation '-v docker.sock' there host_socket

host_root() { run -v /:/host box ls -d /host/proc; }
refused_by=CIS-5.6 operation '-v /:/host' /host/proc host_root

cgroup_parent() {
	start --cgroup-parent "/$test_tag/below" box sleep 100
	grep -c "/$test_tag/below/$(inspect '{{.Id}}')" "/proc/$(inspect '{{.State.Pid}}')/cgroup" | sed 's/^[1-9][0-9]*$/inside/'
	docker rm -f "$name" >/dev/null
}
operation '--cgroup-parent' inside cgroup_parent
