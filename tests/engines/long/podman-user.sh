#!/bin/bash
# What else Podman of an ordinary user can be asked for (make check-engines-long; the rest is in podman/).
. "$top_srcdir/tests/engines/podman/rootless.sh"
need python3

inspect() { as_user podman inspect --format "$1" "$name"; }
logged() { eventually eval "as_user podman logs $name 2>&1 | grep -qE '$1'" || echo "the log never shows $1"; }

standard_input() { echo words | run -i box cat; }
operation 'run -i' words standard_input

path_not_found() { status run --entrypoint /no/such box 2>&1 | grep -oE 'no such file or directory|^status .*' | uniq; }
operation 'entrypoint not found' $'no such file or directory\nstatus 127' path_not_found

not_executable() { status run --entrypoint /etc/notexecutable box 2>&1 | grep -oE 'permission denied|^status .*' | uniq; }
operation 'entrypoint not executable' $'permission denied\nstatus 126' not_executable

words() { run --workdir /home --env ONE=1 --hostname inside box sh -c 'pwd; echo "$ONE"; hostname'; }
operation '--workdir, --env, --hostname' $'/home\n1\ninside' words

scratch_space() { run --read-only --read-only-tmpfs=false --tmpfs /scratch box sh -c 'touch /x 2>&1; touch /scratch/x && echo written'; }
operation '--read-only, --tmpfs' $'touch: /x: Read-only file system\nwritten' scratch_space

capabilities() { run --cap-drop ALL --cap-add CHOWN box sh -c 'grep -E "^Cap(Eff|Bnd)" /proc/self/status | tr -s "\t" " "'; }
operation '--cap-drop ALL --cap-add CHOWN' $'CapEff: 0000000000000001\nCapBnd: 0000000000000001' capabilities

no_new_privileges() { run --security-opt no-new-privileges box sh -c 'grep NoNew /proc/self/status | tr -s "\t" " "'; }
operation '--security-opt no-new-privileges' 'NoNewPrivs: 1' no_new_privileges

seccomp_unconfined() { run --security-opt seccomp=unconfined box sh -c 'grep ^Seccomp: /proc/self/status | tr -s "\t" " "'; }
in_hardened='Seccomp: 2' operation '--security-opt seccomp=unconfined' 'Seccomp: 0' seccomp_unconfined

volume_read_only() {
	mkdir dir && echo there >dir/file && chown -R "$user_id:$user_id" . dir
	run -v "$work/dir/file:/etc/text:ro" box sh -c 'cat /etc/text; exec 2>&1; echo x >/etc/text'
}
operation '-v file:ro' $'there\nsh: can\'t create /etc/text: Read-only file system' volume_read_only

limits() { run --ulimit nofile=100:200 --shm-size 1m --sysctl kernel.shmmax=1000000 box sh -c 'ulimit -n; df -k /dev/shm | tail -n 1 | tr -s " " | cut -d" " -f2; cat /proc/sys/kernel/shmmax'; }
operation '--ulimit, --shm-size, --sysctl' $'100\n1024\n1000000' limits

network_none() { run box ls /sys/class/net; }
operation '--net none' lo network_none

network_shared() {
	start box sh -c 'nc -l -p 1234 -e echo greetings'
	with_runtime run --rm --name "$name-2" --net "container:$name" box sh -c '
		for i in $(seq 50); do nc 127.0.0.1 1234 2>/dev/null && break; sleep 0.1; done'
}
operation '--net container:' greetings network_shared

pid_host() { run --pid host box sh -c "[ -d /proc/1 ] && echo sees the host"; }
refused_by=CIS-5.16 operation '--pid host' 'sees the host' pid_host

ipc_shared() {
	start --ipc shareable box sh -c 'echo words >/dev/shm/file; echo ready; sleep 100'
	logged ready
	with_runtime run --rm --name "$name-2" --net none --ipc "container:$name" box cat /dev/shm/file
}
operation '--ipc container:' words ipc_shared

device() { run --device /dev/full box sh -c 'exec 2>&1; echo x >/dev/full'; }
refused_by=CIS-5.6 operation '--device, a harmless one' 'sh: write error: No space left on device' device

killed() {
	start box sh -c 'trap "echo hup" HUP; echo ready; while :; do sleep 0.1; done'
	logged ready
	as_user podman kill -s HUP "$name" >/dev/null
	logged hup
	as_user podman kill "$name" >/dev/null
	as_user podman wait "$name"
}
operation 'kill -s, kill, logs' 137 killed

restart_policy() {
	start --restart on-failure:2 box sh -c 'echo again; exit 1'
	eventually eval "[ \$(as_user podman logs $name | wc -l) -eq 3 ]"
	as_user podman logs "$name"
}
operation '--restart on-failure' $'again\nagain\nagain' restart_policy

paused() {
	start box sleep 100
	as_user podman pause "$name" >/dev/null && inspect '{{.State.Status}}'
	as_user podman unpause "$name" >/dev/null && inspect '{{.State.Status}}'
}
operation 'pause, unpause' $'paused\nrunning' paused

executed() {
	start box sleep 100
	as_user podman exec --user 1000:1000 --workdir /tmp --env ONE=1 "$name" sh -c 'id -u; pwd; echo "$ONE"'
	echo words | as_user podman exec -i "$name" cat
	as_user podman exec "$name" nosuchprogram >/dev/null 2>&1
	echo "status $?"
}
operation 'exec' $'1000\n/tmp\n1\nwords\nstatus 127' executed

top_lists() {
	start box sh -c 'sleep 100 & sleep 101'
	eventually eval "as_user podman top $name args | grep -q '^sleep 100'"
	as_user podman top "$name" args | grep -oE '^sleep [0-9]*' | sort
}
operation 'top' $'sleep 100\nsleep 101' top_lists

health() {
	start --health-cmd 'test -e /healthy' --health-interval disable box sh -c 'sleep 100'
	as_user podman healthcheck run "$name" 2>&1 | grep -o unhealthy
	as_user podman exec "$name" touch /healthy
	as_user podman healthcheck run "$name" && echo healthy
}
operation 'health checks' $'unhealthy\nhealthy' health

files() {
	echo outside >file && chown -R "$user_id:$user_id" .
	with_runtime create --name "$name" --net none box sh -c 'echo inside >/home/file; rm /etc/text; sleep 100' >/dev/null
	as_user podman cp "$work/file" "$name:/etc/file"
	as_user podman start "$name" >/dev/null
	eventually as_user podman exec "$name" cat /home/file
	as_user podman cp "$name:/home/file" - | tar -xO
	as_user podman exec "$name" cat /etc/file
	as_user podman diff "$name" | grep -E '^(A /home/file|D /etc/text)' | sort
}
operation 'cp, diff' $'inside\noutside\nA /home/file\nD /etc/text' files

events() {
	start box sh -c 'exit 3'
	as_user podman wait "$name" >/dev/null
	as_user podman rm "$name" >/dev/null
	as_user podman events --stream=false --filter "container=$name" --format '{{.Status}}' | grep -vE '^(init|attach|cleanup|sync)$' | uniq
}
operation 'events' $'create\nstart\ndied\nremove' events

user_environment() { # for the pty driver
	runtime_command=(setpriv --reuid="$user_id" --regid="$user_id" --clear-groups --inh-caps=-all --bounding-set=+all
		env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin HOME="$scratch/home" XDG_RUNTIME_DIR="$store/run"
		CONTAINERS_CONF="$store/containers.conf" CONTAINERS_STORAGE_CONF="$store/storage.conf"
		CONTAINERS_REGISTRIES_CONF="$store/registries.conf" podman --runtime caisson)
	[ "$runtime" != runc ] || runtime_command+=(--runtime runc)
	[ "$runtime" != oci ] || runtime_command+=(--runtime-flag profile=oci)
}
on_terminal() {
	user_environment
	terminal expect='# ' send='until [ "$(stty size)" = "24 80" ]; do sleep 0.1; done; stty size; tty\n' expect='\n/dev/' send='exit 3\n' -- "${runtime_command[@]}" run --rm -it \
		--name "$name" --net none box sh | grep -E '^(status|restored|24 80|/dev/|failed:)'
}
operation 'run -it' $'status: 3\nrestored: yes\n24 80\n/dev/pts/0' on_terminal

exec_on_terminal() {
	start box sleep 100
	user_environment
	terminal expect='# ' send='tty; exit 5\n' -- "${runtime_command[@]}" exec -it "$name" sh | grep -E '^(status|/dev/|failed:)'
}
operation 'exec -it' $'status: 5\n/dev/pts/0' exec_on_terminal

limited_by_cgroup() { run --memory 64m box echo started; }
operation '--memory' = limited_by_cgroup

stats() {
	start box sleep 100
	as_user podman stats --no-stream --format '{{.Name}}' "$name" 2>&1 | sed "s/$name/NAME/"
}
operation 'stats' = stats

fifty() {
	local i pids=()
	exec {turn}>"$scratch/turn"
	flock "$turn" # one runtime after the other
	for i in {1..50}; do
		with_runtime run --rm --name "$name-$i" --net none box echo "$i" &
		pids+=($!)
	done >all 2>errors
	wait "${pids[@]}"
	cat errors
	sort -n all | tr '\n' ' ' | diff - <(seq 50 | tr '\n' ' ') && echo all
}
op_limit_s=400 operation 'fifty at once' all fifty
no_operation 'update, out of memory' 'an ordinary user has no cgroups of v1'
no_operation 'live-restore' 'podman has no daemon'
