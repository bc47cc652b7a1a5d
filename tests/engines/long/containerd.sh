#!/bin/bash
# What else containerd can be asked for by ctr (make check-engines-long; the rest is in containerd/).
. "$top_srcdir/tests/engines/containerd.bash"

with_logs() {
	start_logged() { command ctr --address "$scratch/containerd.sock" run --runc-binary "$(runtime_program)" \
		--cgroup "/$test_tag/$name" --detach --log-uri "file://$work/log" docker.io/library/box:latest "$name" "$@"; }
	start_logged sh -c 'echo out; echo err >&2'
	eventually task_is STOPPED
	eventually grep -q err log
	sort log
}
operation 'logs' $'err\nout' with_logs

restarted() { # of containerd's own restart monitor
	command ctr --address "$scratch/containerd.sock" run --runc-binary "$(runtime_program)" --cgroup "/$test_tag/$name" --detach --null-io \
		--label containerd.io/restart.status=running docker.io/library/box:latest "$name" sleep 100
	local pid
	pid=$(ctr task ls | awk -v name="$name" '$1 == name { print $2 }')
	kill -KILL "$pid"
	eventually eval 'task_is STOPPED || ! task_is RUNNING' || eventually task_is STOPPED
	local i
	for i in 1 2 3 4; do eventually task_is RUNNING && break; done
	task_status
}
op_limit_s=60 operation 'restart policy' RUNNING restarted

user() { run_config '.process.user = {uid: 1000, gid: 1000, additionalGids: [33]}' sh -c 'id -u; id -g; id -G'; }
run_config() { # JQ-EDIT COMMAND...: what ctr has no option for, as a configuration
	local change=$1 words
	shift
	words=$({ printf '%s\0' "${slow_end[@]}" "$@"; echo end; } | jq -Rs 'split("\u0000")[:-1]')
	ctr container create docker.io/library/box:latest "$name-spec"
	ctr container info --spec "$name-spec" | jq --arg root "$scratch/box-$runtime" --arg cgroup "/$test_tag/$name" --argjson words "$words" \
		"$change"' | .process.args = $words | .root.path = $root | .linux.cgroupsPath = $cgroup' >config.json
	ctr container rm "$name-spec"
	new_container --rm --config "$work/config.json" "$name"
}
for runtime in $runtimes; do make_box "$scratch/box-$runtime"; done
operation '--user' $'1000\n1000\n1000 33' user

limits() { run_config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}]' sh -c 'ulimit -n; ulimit -Hn'; }
operation '--ulimit' $'100\n200' limits

switches() { run_config '.linux.sysctl = {"kernel.shmmax": "1000000"}' cat /proc/sys/kernel/shmmax; }
operation '--sysctl' 1000000 switches

host_name() { run_config '.hostname = "inside"' hostname; }
operation '--hostname' inside host_name

shm() { run_config '.mounts |= map(if .destination == "/dev/shm" then .options += ["size=2m"] else . end)' sh -c 'df -k /dev/shm | tail -n 1 | tr -s " " | cut -d" " -f2'; }
operation '--shm-size' 2048 shm

scratch_space() { run --read-only --mount type=tmpfs,src=tmpfs,dst=/scratch,options=size=1m -- sh -c 'touch /scratch/x && echo written; dd if=/dev/zero of=/scratch/big bs=1M count=2 2>&1 | grep -o "No space left on device"'; }
operation '--tmpfs' $'written\nNo space left on device' scratch_space

bind_read_only() {
	echo there >"$work/file" && chown -R 1000:1000 "$work"
	run --mount "type=bind,src=$work/file,dst=/etc/text,options=rbind:ro" -- sh -c 'cat /etc/text; exec 2>&1; echo x >/etc/text'
}
operation '-v file:ro' $'there\nsh: can\'t create /etc/text: Read-only file system' bind_read_only

cap_add() { run --cap-add CAP_SYS_ADMIN -- sh -c 'mount -t tmpfs none /tmp && echo mounted'; }
refused_by=CIS-5.4 operation '--cap-add CAP_SYS_ADMIN' mounted cap_add

new_privileges() { run --allow-new-privs -- sh -c 'grep NoNew /proc/self/status | tr -s "\t" " "'; }
in_hardened='NoNewPrivs: 1' operation '--allow-new-privs' 'NoNewPrivs: 0' new_privileges

seccomp_file() {
	echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO"}]}' >filter.json
	run --seccomp --seccomp-profile "$work/filter.json" -- sh -c 'exec 2>&1; mkdir /tmp/x; touch /tmp/y && echo touched'
}
operation '--seccomp-profile' $'mkdir: can\'t create directory \'/tmp/x\': Operation not permitted\ntouched' seccomp_file

seccomp_none() { run -- sh -c 'grep ^Seccomp: /proc/self/status | tr -s "\t" " "'; }
in_hardened='Seccomp: 2' operation 'no seccomp' 'Seccomp: 0' seccomp_none

network_none() { run -- ls /sys/class/net; }
operation '--net none' lo network_none

first_pid() { ctr task ls | awk -v name="$name" '$1 == name { print $2 }'; }
second() { # TYPE COMMAND...: joins a namespace of the first container
	local type=$1 pid
	shift
	pid=$(first_pid)
	new_container --rm --cgroup "/$test_tag/$name-2" --with-ns "$type:/proc/$pid/ns/${type/network/net}" docker.io/library/box:latest "$name-2" "${slow_end[@]}" "$@"
}

network_shared() {
	start -- sh -c 'nc -l -p 1234 -e echo greetings'
	second network sh -c 'for i in $(seq 50); do nc 127.0.0.1 1234 2>/dev/null && break; sleep 0.1; done'
}
operation '--net container:' greetings network_shared

ipc_shared() { # a System V queue
	start -- sleep 100
	second ipc readlink /proc/self/ns/ipc | grep -cF "$(readlink "/proc/$(first_pid)/ns/ipc")"
}
operation '--ipc container:' 1 ipc_shared

pid_host() {
	new_container --rm --with-ns "pid:/proc/$$/ns/pid" docker.io/library/box:latest "$name" "${slow_end[@]}" sh -c "[ -d /proc/$$ ] && echo sees the host"
}
refused_by=CIS-5.16 operation '--pid host' 'sees the host' pid_host

device() { run --device /dev/full -- sh -c 'exec 2>&1; echo x >/dev/full'; }
operation '--device, a harmless one' 'sh: write error: No space left on device' device

device_of_host() { run --device /dev/kmsg -- sh -c '[ -c /dev/kmsg ] && echo there'; }
refused_by=CIS-5.18 operation '--device' there device_of_host

path_not_found() { run_alone -- /no/such 2>&1 | grep -o 'no such file or directory'; }
operation 'entrypoint not found' 'no such file or directory' path_not_found

not_executable() { run_alone -- /etc/notexecutable 2>&1 | grep -o 'permission denied' | uniq; }
operation 'entrypoint not executable' 'permission denied' not_executable

stopped() { # by a signal it handles; then by one it can't
	start -- sh -c 'trap "exit 4" TERM; touch /ready; while :; do sleep 0.1; done'
	eventually ctr task exec --exec-id ready "$name" test -e /ready
	ctr task rm -f "$name" 2>&1 | grep -o 'exit code 137'
}
operation 'rm -f' 'exit code 137' stopped

events() {
	local watcher
	ctr events >seen &
	watcher=$!
	sleep 0.5
	run -- sh -c 'exit 3'
	eventually eval "grep -c 'tasks/delete.*\"$name\"' seen"
	kill $watcher
	wait $watcher 2>/dev/null
	grep -F "\"$name\"" seen | grep -oE '/tasks/(create|start|exit|delete)|"exit_status":3' | awk '!seen[$0]++'
}
operation 'events' $'/tasks/create\n/tasks/start\n/tasks/exit\n"exit_status":3\n/tasks/delete' events

out_of_memory() {
	local watcher
	ctr events >seen &
	watcher=$!
	sleep 0.5
	run --memory-limit 16777216 -- sh -c 'x=$(head -c 100m /dev/zero | tr "\0" x)' >/dev/null 2>&1
	echo "status $?"
	eventually grep -q tasks/oom seen
	kill $watcher
	wait $watcher 2>/dev/null
	grep -F "\"$name\"" seen | grep -o tasks/oom | uniq
}
operation 'out of memory' $'status 137\ntasks/oom' out_of_memory

cpus() {
	start --cpus 0.5 --cpu-shares 512 -- sleep 100
	cat "/sys/fs/cgroup/cpu/$test_tag/$name/cpu.cfs_quota_us" "/sys/fs/cgroup/cpu/$test_tag/$name/cpu.shares"
}
operation '--cpus, --cpu-shares' $'50000\n512' cpus

user_namespace() { # one that the engine asks for itself
	start --uidmap 0:300000:65536 --gidmap 0:300000:65536 --remap-labels -- sleep 100
	awk '{ print $1, $2, $3 }' "/proc/$(first_pid)/uid_map"
}
operation '--uidmap, --gidmap' '0 300000 65536' user_namespace

fifty() {
	local i pids=()
	exec {turn}>"$scratch/turn"
	flock "$turn" # one runtime after the other
	for i in {1..50}; do
		command ctr --address "$scratch/containerd.sock" run --runc-binary "$(runtime_program)" --rm \
			--cgroup "/$test_tag/$name-$i" docker.io/library/box:latest "$name-$i" "${slow_end[@]}" echo "$i" &
		pids+=($!)
	done >all 2>errors
	wait "${pids[@]}"
	cat errors
	sort -n all | tr '\n' ' ' | diff - <(seq 50 | tr '\n' ' ') && echo all
}
op_limit_s=300 operation 'fifty at once' all fifty

for absent in 'update' 'cp' 'health checks' '--init'; do
	no_operation "$absent" 'ctr has none'
done
no_operation 'run -i' 'ctr 1.6 may wait for ever at the end of its input, with any runtime'

# Last: the daemon is one for all runtimes.
for runtime in $runtimes; do
	name=keep-$runtime
	start -- sh -c 'trap "exit 8" TERM; while :; do sleep 0.1; done'
	first_pid >"$scratch/pid.$runtime"
done
kill -KILL "$daemon_pid"
wait "$daemon_pid" 2>/dev/null
start_daemon
kept() {
	name=keep-$runtime
	[ "$(first_pid)" = "$(cat "$scratch/pid.$runtime")" ] && task_status
	ctr task kill -s TERM "$name"
	eventually task_is STOPPED
	ctr task rm "$name" 2>&1 | grep -o 'exit code 8'
	ctr container rm "$name"
}
operation 'kill -9 of containerd, started again' $'RUNNING\nexit code 8' kept
