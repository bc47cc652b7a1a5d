#!/bin/bash
# What else Podman can be asked for as root (make check-engines-long; the rest is in podman/).
. "$top_srcdir/tests/engines/podman.bash"

path_not_found() { status run --entrypoint /no/such box 2>&1 | grep -oE 'no such file or directory|^status .*' | uniq; }
operation 'entrypoint not found' $'no such file or directory\nstatus 127' path_not_found

restart_always() {
	start --restart always box sh -c 'echo up; exec sleep 100'
	logged up
	kill -KILL "$(inspect '{{.State.Pid}}')"
	eventually eval "[ \$(podman logs $name | wc -l) -eq 2 ]"
	inspect '{{.State.Status}}'
}
operation '--restart always, program killed' running restart_always

events() {
	start --label mark=1 box sh -c 'exit 3'
	podman wait "$name" >/dev/null
	podman rm "$name" >/dev/null
	podman events --stream=false --filter "container=$name" --format '{{.Status}}' | grep -vE '^(init|attach|cleanup|sync)$' | uniq
}
operation 'events' $'create\nstart\ndied\nremove' events

pid_host() { run --pid host box sh -c "[ -d /proc/$$ ] && echo sees the host"; }
refused_by=CIS-5.16 operation '--pid host' 'sees the host' pid_host

ipc_shared() {
	start --ipc shareable box sh -c 'echo words >/dev/shm/file; echo ready; sleep 100'
	logged ready
	with_runtime run --rm --name "$name-2" --net none --ipc "container:$name" --cgroup-parent "/$test_tag" box cat /dev/shm/file
}
operation '--ipc container:' words ipc_shared

ipc_host() { run --ipc host box echo started; }
refused_by=CIS-5.17 operation '--ipc host' started ipc_host

pid_shared() {
	start box sh -c 'sleep 100; echo signalled'
	with_runtime run --rm --name "$name-2" --net none --pid "container:$name" --cgroup-parent "/$test_tag" box \
		sh -c 'ps -o args | grep -c "^sleep 100"; kill -KILL $(pidof sleep)'
	podman wait "$name"
	podman logs "$name" 2>/dev/null
}
operation '--pid container:' $'1\n0\nsignalled' pid_shared

device() { run --device /dev/full:/dev/filled box sh -c 'exec 2>&1; echo x >/dev/filled'; }
operation '--device, a harmless one' 'sh: write error: No space left on device' device

device_of_host() { run --device /dev/kmsg box sh -c '[ -c /dev/kmsg ] && echo there'; }
refused_by=CIS-5.18 operation '--device' there device_of_host

add_admin() { run --cap-add SYS_ADMIN box sh -c 'mount -t tmpfs none /tmp && echo mounted'; }
refused_by=CIS-5.4 operation '--cap-add SYS_ADMIN' mounted add_admin

seccomp_file() {
	echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO"}]}' >filter.json
	run --security-opt seccomp="$work/filter.json" box sh -c 'exec 2>&1; mkdir /tmp/x; touch /tmp/y && echo touched'
}
operation '--security-opt seccomp=FILE' $'mkdir: can\'t create directory \'/tmp/x\': Operation not permitted\ntouched' seccomp_file

network_none() { run box ls /sys/class/net; }
operation '--net none' lo network_none

copied_out() {
	start box sh -c 'echo from inside >/home/file; chown 1000:1000 /home/file; chmod 0604 /home/file; echo written; sleep 100'
	logged written
	podman cp "$name:/home/file" file
	stat -c %a file
	cat file
}
operation 'cp out of a running container' $'604\nfrom inside' copied_out

killed_hard() {
	start box sh -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done'
	logged ready
	podman stop --time 1 "$name" >/dev/null 2>&1
	inspect '{{.State.Status}} {{.State.ExitCode}}'
}
operation 'stop after the grace time' 'exited 137' killed_hard

restarted() {
	start box sh -c 'echo "run $(cat /count 2>/dev/null | wc -l)"; echo >>/count; exec sleep 100'
	logged 'run 0'
	podman restart --time 0 "$name" >/dev/null
	logged 'run 1'
	podman logs "$name"
}
operation 'restart' $'run 0\nrun 1' restarted

privileged_exec() {
	start box sleep 100
	podman exec --privileged "$name" echo started
}
refused_by=CIS-5.23 operation 'exec --privileged' started privileged_exec

fifty() {
	local i pids=()
	exec {turn}>"$scratch/turn"
	flock "$turn" # one runtime after the other
	for i in {1..50}; do
		with_runtime run --rm --name "$name-$i" --net none --cgroup-parent "/$test_tag" box echo "$i" &
		pids+=($!)
	done >all 2>errors
	wait "${pids[@]}"
	cat errors
	sort -n all | tr '\n' ' ' | diff - <(seq 50 | tr '\n' ' ') && echo all
}
op_limit_s=300 operation 'fifty at once' all fifty
no_operation 'live-restore' 'podman has no daemon'
