#!/bin/bash
# Podman as root, with conmon.
. "$top_srcdir/tests/engines/podman.bash"
need python3

exit_code() { status run box sh -c 'echo out; echo err >&2; exit 7' 2>error && cat error; }
operation 'run: output and exit code' $'out\nstatus 7\nerr' exit_code

standard_input() { echo words | run -i box cat; }
operation 'run -i' words standard_input

not_found() { status run box nosuchprogram 2>&1 | grep -oE 'executable file .?nosuchprogram.? not found in \$PATH|executable file not found in \$PATH|^status .*'; }
operation 'program not found' $'executable file not found in $PATH\nstatus 127' not_found

not_executable() { status run --entrypoint /etc/notexecutable box 2>&1 | grep -oE 'permission denied|^status .*' | uniq; }
operation 'entrypoint not executable' $'permission denied\nstatus 126' not_executable

ids() { run box sh -c 'id -u; id -g; touch /x; stat -c %u:%g /x'; }
operation 'id' $'0\n0\n0:0' ids

user() { run --user 1000:1000 --workdir /home --env ONE=1 --hostname inside box sh -c 'id -u; id -g; pwd; echo "$ONE"; hostname'; }
operation '--user, --workdir, --env, --hostname' $'1000\n1000\n/home\n1\ninside' user

read_only() { run --read-only --read-only-tmpfs=false --tmpfs /scratch box sh -c 'touch /x 2>&1; touch /scratch/x && echo written'; }
operation '--read-only, --tmpfs' $'touch: /x: Read-only file system\nwritten' read_only

capabilities() { run --cap-drop ALL --cap-add CHOWN box sh -c 'grep -E "^Cap(Eff|Bnd)" /proc/self/status | tr -s "\t" " "'; }
operation '--cap-drop ALL --cap-add CHOWN' $'CapEff: 0000000000000001\nCapBnd: 0000000000000001' capabilities

privileged() { run --privileged box echo started; }
refused_by=CIS-5.18 operation '--privileged' started privileged

no_new_privileges() { run --security-opt no-new-privileges box sh -c 'grep NoNew /proc/self/status | tr -s "\t" " "'; }
operation '--security-opt no-new-privileges' 'NoNewPrivs: 1' no_new_privileges

seccomp_unconfined() { run --security-opt seccomp=unconfined box sh -c 'grep ^Seccomp: /proc/self/status | tr -s "\t" " "'; }
in_hardened='Seccomp: 2' operation '--security-opt seccomp=unconfined' 'Seccomp: 0' seccomp_unconfined

volume() {
	mkdir dir && echo there >dir/file && chown -R 1000:1000 dir
	run -v "$work/dir:/data" -v "$work/dir/file:/etc/text:ro" box sh -c 'cat /data/file /etc/text; exec 2>&1; echo new >/data/new; echo x >/etc/text'
	cat dir/new
}
operation '-v directory, file:ro' $'there\nthere\nsh: can\'t create /etc/text: Read-only file system\nnew' volume

volume_named() {
	run -v "volume-$name:/etc" box sh -c 'echo kept >/etc/new'
	run -v "volume-$name:/data" box cat /data/new /data/text
	podman volume rm "volume-$name" >/dev/null
}
operation '-v named volume' $'kept\ntext' volume_named

limits() { run --memory 64m --pids-limit 50 --ulimit nofile=100:200 --ulimit nproc=1024:1024 --shm-size 1m --sysctl kernel.shmmax=1000000 box sh -c '
	cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids/pids.max; ulimit -n; df -k /dev/shm | tail -n 1 | tr -s " " | cut -d" " -f2; cat /proc/sys/kernel/shmmax'; }
operation '--memory, --pids-limit, --ulimit, --shm-size, --sysctl' $'67108864\n50\n100\n1024\n1000000' limits

network_host() { with_runtime run --rm --name "$name" --net host --cgroup-parent "/$test_tag" box echo started; }
refused_by=CIS-5.10 operation '--net host' started network_host

namespaces_shared() {
	start box sh -c 'nc -l -p 1234 -e echo greetings'
	with_runtime run --rm --name "$name-2" --net "container:$name" --cgroup-parent "/$test_tag" box sh -c '
		for i in $(seq 50); do nc 127.0.0.1 1234 2>/dev/null && break; sleep 0.1; done'
}
operation '--net container:' greetings namespaces_shared

pod() {
	with_runtime pod create --name "pod-$name" --infra=false --cgroup-parent "/$test_tag" >/dev/null
	with_runtime run --rm --name "$name" --pod "pod-$name" --net none box echo in a pod
	podman pod rm -f "pod-$name" >/dev/null
}
operation 'pod' 'in a pod' pod

lifecycle() {
	start box sh -c 'trap "echo bye; exit 4" TERM; echo ready; while :; do sleep 0.1; done'
	logged ready
	podman stop "$name" >/dev/null
	inspect '{{.State.Status}} {{.State.ExitCode}}'
	podman start "$name" >/dev/null
	inspect '{{.State.Status}}'
	podman kill "$name" >/dev/null
	podman wait "$name"
	podman logs "$name" | head -n 2
}
operation 'stop, start, kill, wait, logs' $'exited 4\nrunning\n137\nready\nbye' lifecycle

restart_policy() {
	start --restart on-failure:2 box sh -c 'echo again; exit 1'
	eventually eval "[ \$(podman logs $name | wc -l) -eq 3 ]"
	podman logs "$name"
}
operation '--restart on-failure' $'again\nagain\nagain' restart_policy

paused() {
	start box sleep 100
	podman pause "$name" >/dev/null && inspect '{{.State.Status}}'
	podman unpause "$name" >/dev/null && inspect '{{.State.Status}}'
}
operation 'pause, unpause' $'paused\nrunning' paused

updated() {
	start --memory 64m box sleep 100
	podman update --memory 32m "$name" >/dev/null
	podman exec "$name" cat /sys/fs/cgroup/memory/memory.limit_in_bytes
}
operation 'update' 33554432 updated

executed() {
	start box sleep 100
	status podman exec "$name" sh -c 'echo inside; id -u; exit 9'
	podman exec --user 1000:1000 --workdir /tmp --env ONE=1 "$name" sh -c 'id -u; pwd; echo "$ONE"'
	echo words | podman exec -i "$name" cat
	podman exec "$name" nosuchprogram >/dev/null 2>&1
	echo "status $?"
}
operation 'exec' $'inside\n0\nstatus 9\n1000\n/tmp\n1\nwords\nstatus 127' executed

top_lists() {
	start box sh -c 'sleep 100 & sleep 101'
	eventually eval "podman top $name args | grep -q '^sleep 100'"
	podman top "$name" args | grep -oE '^sleep [0-9]*' | sort
}
operation 'top' $'sleep 100\nsleep 101' top_lists

stats() {
	start --memory 64m box sleep 100
	podman stats --no-stream --format '{{.Name}} {{.MemUsage}} {{.PIDS}}' "$name" | sed -E "s/^$name //; s/^[0-9.]+[kM]?B/SOME/"
}
operation 'stats' 'SOME / 67.11MB 1' stats

health() {
	start --health-cmd 'test -e /healthy' --health-interval disable box sh -c 'sleep 100'
	podman healthcheck run "$name" 2>&1 | grep -o unhealthy
	podman exec "$name" touch /healthy
	podman healthcheck run "$name" && echo healthy
}
operation 'health checks' $'unhealthy\nhealthy' health

files_in() { # Podman writes from inside the mount namespace, as root of the host
	echo outside >file
	start box sleep 100
	podman cp file "$name:/etc/file" && podman exec "$name" cat /etc/file
}
limited='value too large for defined data type' operation 'cp into a running container' outside files_in

files() {
	echo outside >file
	new_container create box sh -c 'echo inside >/home/file; rm /etc/text; sleep 100' >/dev/null
	podman cp file "$name:/etc/file"
	podman start "$name" >/dev/null
	eventually podman exec "$name" cat /home/file
	podman cp "$name:/home/file" back
	cat back
	podman exec "$name" cat /etc/file
	podman diff "$name" | grep -E '^(A /home/file|D /etc/text)' | sort
	podman commit -q "$name" "image-$name" >/dev/null
	podman --runtime runc run --rm --net none --cgroup-parent "/$test_tag" "image-$name" cat /etc/file /home/file
	podman rmi -f "image-$name" >/dev/null
}
operation 'cp, diff, commit' $'inside\noutside\nA /home/file\nD /etc/text\noutside\ninside' files

out_of_memory() {
	new_container run --memory 16m --memory-swap 16m box sh -c 'x=$(head -c 100m /dev/zero | tr "\0" x)' >/dev/null 2>&1
	echo "status $?"
}
operation 'out of memory' 'status 137' out_of_memory

on_terminal() {
	runtime_command=(podman --runtime caisson)
	[ "$runtime" != runc ] || runtime_command=(podman --runtime runc)
	[ "$runtime" != oci ] || runtime_command+=(--runtime-flag profile=oci)
	terminal expect='# ' send='until [ "$(stty size)" = "24 80" ]; do sleep 0.1; done; stty size; tty\n' expect='\n/dev/' send='exit 3\n' -- "${runtime_command[@]}" run --rm -it \
		--name "$name" --net none --cgroup-parent "/$test_tag" box sh | grep -E '^(status|restored|24 80|/dev/|failed:)'
}
operation 'run -it' $'status: 3\nrestored: yes\n24 80\n/dev/pts/0' on_terminal

exec_on_terminal() {
	start box sleep 100
	terminal expect='# ' send='tty; exit 5\n' -- podman exec -it "$name" sh | grep -E '^(status|/dev/|failed:)'
}
operation 'exec -it' $'status: 5\n/dev/pts/0' exec_on_terminal

with_init() { run --init box sh -c 'cat /proc/1/comm'; }
[ ! -x /usr/libexec/podman/catatonit ] || operation '--init' catatonit with_init

ten() {
	local i pids=()
	for i in {1..10}; do
		with_runtime run --rm --name "$name-$i" --net none --cgroup-parent "/$test_tag" box echo "$i" &
		pids+=($!)
	done >all
	wait "${pids[@]}"
	sort -n all | tr '\n' ' '
}
operation 'ten at once' '1 2 3 4 5 6 7 8 9 10 ' ten
