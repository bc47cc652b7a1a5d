#!/bin/bash
# Tasks of containerd: ctr and the runc-v2 shim.
. "$top_srcdir/tests/engines/containerd.bash"
need python3

exit_code() { status run -- sh -c 'echo out; exit 7'; }
operation 'run: output and exit code' $'out\nstatus 7' exit_code

not_found() { run_alone -- nosuchprogram 2>&1 | grep -oE 'executable file not found in \$PATH'; }
operation 'run: program not found' 'executable file not found in $PATH' not_found

ids() { run -- sh -c 'id -u; id -g; touch /x; stat -c %u:%g /x'; }
operation 'id' $'0\n0\n0:0' ids

words() { run --cwd /tmp --env ONE=1 -- sh -c 'pwd; echo $ONE'; }
operation '--cwd, --env' $'/tmp\n1' words

read_only() { run --read-only -- sh -c 'touch /x 2>&1'; }
operation '--read-only' 'touch: /x: Read-only file system' read_only

mount_bind() {
	echo there >"$work/file" && chown -R 1000:1000 "$work"
	run --mount "type=bind,src=$work,dst=/data,options=rbind:rw" -- sh -c 'cat /data/file; echo new >/data/new'
	cat "$work/new"
}
operation '--mount' $'there\nnew' mount_bind

capabilities() { run --cap-drop CAP_KILL -- sh -c 'grep -E "^Cap(Eff|Bnd)" /proc/self/status | tr -s "\t" " "'; }
in_hardened=$'CapEff: 00000000000004db\nCapBnd: 00000000000004db' operation '--cap-drop' $'CapEff: 00000000a80425db\nCapBnd: 00000000a80425db' capabilities

seccomp() { run --seccomp -- sh -c 'grep ^Seccomp: /proc/self/status | tr -s "\t" " "'; }
operation '--seccomp' 'Seccomp: 2' seccomp

memory() {
	start --memory-limit 67108864 -- sleep 100
	cat "/sys/fs/cgroup/memory/$test_tag/$name/memory.limit_in_bytes"
}
operation '--memory-limit' 67108864 memory

network_host() { run --net-host -- sh -c "[ \$(readlink /proc/self/ns/net) = '$(readlink /proc/self/ns/net)' ] && echo of the host"; }
refused_by=CIS-5.10 operation '--net-host' 'of the host' network_host

privileged() { run --privileged -- echo started; }
refused_by=CIS-5.18 operation '--privileged' started privileged

lifecycle() {
	start -- sh -c 'trap "exit 4" TERM; touch /ready; while :; do sleep 0.1; done'
	task_status
	eventually ctr task exec --exec-id ready "$name" test -e /ready
	ctr task kill -s TERM "$name"
	eventually task_is STOPPED && task_status
	ctr task rm "$name" 2>&1 | grep -o 'exit code 4'
	ctr container rm "$name" && echo removed
}
operation 'run -d, kill, rm' $'RUNNING\nSTOPPED\nexit code 4\nremoved' lifecycle

killed() {
	start -- sleep 100
	ctr task kill -s KILL "$name"
	eventually task_is STOPPED && task_status
}
operation 'kill -s KILL' STOPPED killed

paused() {
	start -- sleep 100
	ctr task pause "$name"
	task_status
	ctr task resume "$name"
	task_status
}
operation 'pause, resume' $'PAUSED\nRUNNING' paused

executed() {
	start -- sleep 100
	ctr task exec --exec-id one "$name" sh -c 'echo inside; id -u; exit 9'
	echo "status $?"
	ctr task exec --exec-id two --user 1000 --cwd /tmp "$name" sh -c 'id -u; pwd'
	ctr task exec --exec-id three "$name" nosuchprogram 2>&1 | grep -o 'executable file not found in $PATH'
}
operation 'exec' $'inside\n0\nstatus 9\n1000\n/tmp\nexecutable file not found in $PATH' executed

processes() {
	start -- sh -c 'sleep 100 & sleep 101 & wait'
	eventually eval "[ \$(ctr task ps $name | grep -c '^[0-9]') = 3 ]"
	ctr task ps "$name" | grep -c '^[0-9]'
}
operation 'ps' 3 processes

metrics() {
	start -- sleep 100
	ctr task metrics "$name" | grep -oE '^(memory.usage_in_bytes|pids.current|cpuacct.usage) '
}
operation 'metrics' $'memory.usage_in_bytes \ncpuacct.usage \npids.current ' metrics

on_terminal() {
	terminal expect='# ' send='until [ "$(stty size)" = "24 80" ]; do sleep 0.1; done; stty size; tty\n' expect='\n/dev/' send='exit 3\n' -- ctr --address "$scratch/containerd.sock" run \
		--runc-binary "$(runtime_program)" --cgroup "/$test_tag/$name" --rm --tty docker.io/library/box:latest "$name" sh |
		grep -E '^(status|restored|24 80|/dev/|failed:)'
}
operation 'run -t' $'status: 3\nrestored: yes\n24 80\n/dev/pts/0' on_terminal

exec_on_terminal() {
	start -- sleep 100
	terminal expect='# ' send='tty; exit 5\n' -- ctr --address "$scratch/containerd.sock" task exec --tty --exec-id t "$name" sh |
		grep -E '^(status|/dev/|failed:)'
}
operation 'exec -t' $'status: 5\n/dev/pts/0' exec_on_terminal

shim_killed() {
	start -- sleep 1000
	local pid
	pid=$(ctr task ls | awk -v name="$name" '$1 == name { print $2 }')
	kill -KILL "$(awk '{ print $4 }' "/proc/$pid/stat")"
	eventually has_ended "$pid" && echo ended
}
operation 'kill -9 of the shim' ended shim_killed


twenty() {
	local i pids=()
	for i in {1..20}; do
		command ctr --address "$scratch/containerd.sock" run --runc-binary "$(runtime_program)" --rm \
			--cgroup "/$test_tag/$name-$i" docker.io/library/box:latest "$name-$i" "${slow_end[@]}" echo "$i" &
		pids+=($!)
	done >all 2>errors
	wait "${pids[@]}"
	cat errors
	sort -n all | tr '\n' ' '
}
operation 'twenty at once' '1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 ' twenty

# CRI can't be driven without a kubelet, but its part of the manual must be what containerd reads.
{ echo 'version = 2'; snippet containerd; } >"$scratch/cri.toml"
like 'containerd reads the registration for CRI' "$(containerd --config "$scratch/cri.toml" config dump 2>&1 |
	sed -n '/runtimes.caisson.options\]/,/^$/p')" "BinaryName = \"$CAISSON\""
