#!/bin/bash
# docker exec, and terminals.
. "$top_srcdir/tests/engines/docker.bash"
need python3

sleeper() { start box sh -c 'trap "exit 0" TERM; sleep 1000 & wait'; }

exec_code() {
	sleeper
	docker exec "$name" sh -c 'echo out; echo err >&2; exit 9' 2>error
	echo "status $?"
	cat error
}
operation 'exec: output and exit code' $'out\nstatus 9\nerr' exec_code

exec_input() {
	sleeper
	echo words | docker exec -i "$name" sh -c 'cat; echo end'
}
operation 'exec -i' $'words\nend' exec_input

exec_as() {
	sleeper
	docker exec --user 1000:33 --workdir /home --env ONE=1 "$name" sh -c 'id -u; id -g; pwd; echo "$ONE"'
}
operation 'exec --user --workdir --env' $'1000\n33\n/home\n1' exec_as

exec_same() { # namespaces, cgroup and confinement are those of the container
	sleeper
	docker exec "$name" sh -c '
		for ns in mnt pid net ipc uts user; do
			[ "$(readlink /proc/self/ns/$ns)" = "$(readlink /proc/1/ns/$ns)" ] || echo "another $ns"
		done
		for line in CapBnd Seccomp NoNewPrivs; do
			[ "$(grep ^$line: /proc/self/status)" = "$(grep ^$line: /proc/1/status)" ] || echo "another $line"
		done
		diff /proc/self/cgroup /proc/1/cgroup && echo the same'
}
operation 'exec: the same confinement' 'the same' exec_same

exec_detached() {
	sleeper
	docker exec -d "$name" sh -c 'echo written >/tmp/file'
	eventually docker exec "$name" test -s /tmp/file
	docker exec "$name" cat /tmp/file
}
operation 'exec -d' written exec_detached

exec_not_found() {
	sleeper
	docker exec "$name" nosuchprogram 2>&1 | grep -o 'executable file not found in $PATH' | uniq
	docker exec "$name" nosuchprogram >/dev/null 2>&1
	echo "status $?"
}
operation 'exec: not found' $'executable file not found in $PATH\nstatus 126' exec_not_found

exec_stopped() {
	new_container create box true >/dev/null
	docker exec "$name" true 2>&1 | grep -o 'is not running'
}
operation 'exec in a stopped container' 'is not running' exec_stopped

exec_killed() {
	sleeper
	docker exec "$name" sh -c 'kill -KILL $$'
	echo "status $?"
}
operation 'exec: killed by a signal' 'status 137' exec_killed

exec_privileged() {
	sleeper
	docker exec --privileged "$name" echo started
}
refused_by=CIS-5.23 operation 'exec --privileged' started exec_privileged

exec_many() {
	sleeper
	local i
	for i in 1 2 3 4 5 6 7 8; do
		docker exec "$name" echo "$i" &
	done >all
	wait
	sort all | tr '\n' ' '
}
operation 'exec: eight at once' '1 2 3 4 5 6 7 8 ' exec_many

run_terminal() {
	terminal expect='# ' send='until [ "$(stty size)" = "24 80" ]; do sleep 0.1; done; stty size; tty\n' expect='\n24 80' send='exit 3\n' -- "$docker_program" run --rm -it \
		--runtime "$(runtime_name)" --name "$name" --net none box sh | grep -E '^(status|restored|24 80|/dev/|failed:)'
}
operation 'run -it' $'status: 3\nrestored: yes\n24 80\n/dev/pts/0' run_terminal

run_interrupted() {
	terminal expect=ready send='\x03' -- "$docker_program" run --rm -it \
		--runtime "$(runtime_name)" --name "$name" --net none box sh -c 'trap "echo interrupted; exit 4" INT; echo ready; while :; do sleep 0.1; done' |
		grep -oE '^status.*|interrupted|failed:.*'
}
operation 'run -it, interrupted' $'status: 4\ninterrupted' run_interrupted

run_resized() {
	terminal expect='# ' send='until [ "$(stty size)" = "24 80" ]; do sleep 0.1; done; echo known\n' expect='\nknown' wait=0.5 \
		size=30x100 send='until [ "$(stty size)" = "30 100" ]; do sleep 0.1; done; stty size; exit\n' -- "$docker_program" run --rm -it \
		--runtime "$(runtime_name)" --name "$name" --net none box sh | grep -E '^(status|30 100|failed:)'
}
operation 'run -it, resized' $'status: 0\n30 100' run_resized

exec_terminal() {
	sleeper
	terminal expect='# ' send='until [ "$(stty size)" = "24 80" ]; do sleep 0.1; done; stty size; tty; id -u\n' expect='\n24 80' send='exit 5\n' -- "$docker_program" exec -it "$name" sh |
		grep -E '^(status|restored|24 80|/dev/|0$|failed:)'
}
operation 'exec -it' $'status: 5\nrestored: yes\n24 80\n/dev/pts/0\n0' exec_terminal

detach_keys() {
	terminal expect='# ' send='\x10\x11' -- "$docker_program" run -it \
		--runtime "$(runtime_name)" --name "$name" --net none box sh | grep -E '^(status|failed:)'
	inspect '{{.State.Running}}'
}
operation 'run -it, detached by keys' $'status: 0\ntrue' detach_keys
