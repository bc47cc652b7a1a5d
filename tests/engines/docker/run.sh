#!/bin/bash
# docker run: how a program starts, what it is given, and how its end is told.
. "$top_srcdir/tests/engines/docker.bash"

exit_code() { status run box sh -c 'echo out; echo err >&2; exit 7' 2>error && cat error; }
operation 'run: output and exit code' $'out\nstatus 7\nerr' exit_code

standard_input() { echo words | run -i box sh -c 'cat; echo "$#"'; }
operation 'run -i' $'words\n0' standard_input

detached() {
	new_container run -d box sh -c 'echo started; exit 3' >/dev/null
	docker wait "$name"
	inspect '{{.State.Status}} {{.State.ExitCode}}'
	docker logs "$name"
}
operation 'run -d, wait, logs' $'3\nexited 3\nstarted' detached

not_found() { status run box nosuchprogram 2>&1 | grep -oE 'executable file not found in \$PATH|status .*'; }
operation 'program not found' $'executable file not found in $PATH\nstatus 127' not_found

path_not_found() { status run --entrypoint /no/such box 2>&1 | grep -oE 'no such file or directory|status .*'; }
operation 'entrypoint not found' $'no such file or directory\nstatus 127' path_not_found

not_executable() { status run --entrypoint /etc/notexecutable box 2>&1 | grep -oE 'permission denied|status .*' | uniq; }
operation 'entrypoint not executable' $'permission denied\nstatus 126' not_executable

directory() { status run --entrypoint /etc box 2>&1 | grep -oE 'permission denied|status .*' | uniq; }
operation 'entrypoint is a directory' $'permission denied\nstatus 126' directory

root() { run box sh -c 'id -u; id -g; id -G'; }
operation 'id' $'0\n0\n0' root

user() { run --user 1000:1000 --group-add 33 box sh -c 'id -u; id -g; id -G; touch /tmp/x && stat -c %u:%g /tmp/x'; }
operation '--user, --group-add' $'1000\n1000\n1000 33\n1000:1000' user

user_by_name() { run --user user box sh -c 'id -un; echo $HOME'; }
operation '--user by name' $'user\n/home' user_by_name

workdir() { run --workdir /made/for/it box sh -c 'pwd; stat -c %u:%g .'; }
operation '--workdir' $'/made/for/it\n0:0' workdir

hostname_of() { run --hostname inside --add-host other:10.1.2.3 box sh -c 'hostname; grep -c inside /etc/hosts; grep -o 10.1.2.3 /etc/hosts'; }
operation '--hostname, --add-host' $'inside\n0\n10.1.2.3' hostname_of

environment() { run --env ONE=1 --env TWO='a b' box sh -c 'echo "$ONE,$TWO,$HOME,$PATH"'; }
operation '--env' '1,a b,/root,/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' environment

with_init() { run --init box sh -c 'cat /proc/1/comm; (sleep 0.1 &); sleep 0.5; ps -o stat | grep -c Z'; }
operation '--init' $'docker-init\n0' with_init

ulimits() { run --ulimit nofile=512:1024 --ulimit core=0 box sh -c 'ulimit -n; ulimit -Hn; ulimit -c'; }
operation '--ulimit' $'512\n1024\n0' ulimits

labels() {
	start --label one=1 --expose 80 box sleep 100
	inspect '{{.Config.Labels.one}} {{.State.Status}} {{.HostConfig.Runtime}} {{.State.Running}}' | sed "s/$(runtime_name)/THIS/"
	[ "$(inspect '{{.State.Pid}}')" -gt 1 ] && echo has a pid
}
operation 'inspect' $'1 running THIS true\nhas a pid' labels

top_lists() {
	start box sh -c 'sleep 100 & sleep 101'
	eventually eval "docker top $name | grep -q 'sleep 101'"
	docker top "$name" -o pid,args | sed 1d | sed 's/^ *[0-9]* *//' | sort
}
operation 'top' $'sleep 100\nsleep 101' top_lists

limited() {
	run --memory 64m --pids-limit 50 --cpus 0.5 --cpu-shares 512 --cpuset-cpus 0 box sh -c '
		cd /sys/fs/cgroup
		cat memory/memory.limit_in_bytes pids/pids.max cpu/cpu.cfs_quota_us cpu/cpu.shares cpuset/cpuset.cpus'
}
operation '--memory, --pids-limit, --cpus, ...' $'67108864\n50\n50000\n512\n0' limited

read_only() { run --read-only --tmpfs /scratch:size=1m,mode=1777 box sh -c 'exec 2>&1; touch /file; touch /scratch/file && echo written; dd if=/dev/zero of=/scratch/big bs=1M count=2 2>&1 | grep -o "No space left on device"'; }
operation '--read-only, --tmpfs' $'touch: /file: Read-only file system\nwritten\nNo space left on device' read_only

shm() { run --shm-size 2m box sh -c 'df -k /dev/shm | tail -n 1 | tr -s " " | cut -d" " -f2; touch /dev/shm/x && echo written'; }
operation '--shm-size' $'2048\nwritten' shm

sysctl() { run --sysctl net.ipv4.ip_local_port_range='2000 3000' --sysctl kernel.shmmax=1000000 box sh -c 'tr "\t" " " </proc/sys/net/ipv4/ip_local_port_range; cat /proc/sys/kernel/shmmax'; }
operation '--sysctl' $'2000 3000\n1000000' sysctl

# The shim tells of the kill and of the end on two ways, and dockerd counts the first only if it comes first.
out_of_memory() {
	local killed status
	for _ in 1 2 3; do
		new_container run --memory 16m --memory-swap 16m box sh -c 'x=$(head -c 100m /dev/zero | tr "\0" x)' >/dev/null 2>&1
		status=$? killed=$(inspect '{{.State.OOMKilled}}')
		[ "$killed" != true ] || break
		tidy
	done
	printf 'status %s\n%s\n' "$status" "$killed"
}
operation 'out of memory' $'status 137\ntrue' out_of_memory

stdin_closed() { run box sh -c 'read -r x || echo end of input'; }
operation 'run without -i' 'end of input' stdin_closed

stop_signal() { # the image's or the option's
	start --stop-signal USR1 box sh -c 'trap "echo got it; exit 5" USR1; echo ready; while :; do sleep 0.1; done'
	logged ready
	docker stop "$name" >/dev/null
	inspect '{{.State.ExitCode}}'
	docker logs "$name"
}
operation '--stop-signal' $'5\nready\ngot it' stop_signal

oom_score() { run --oom-score-adj 500 box cat /proc/self/oom_score_adj; }
operation '--oom-score-adj' 500 oom_score
