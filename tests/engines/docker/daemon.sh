#!/bin/bash
# Containers that outlive the daemon (live-restore), and many at once.
. "$top_srcdir/tests/engines/docker.bash"

is 'README and manual register the same runtimes' \
	"$(sed -n '/^```json/,/^```$/p' "$top_srcdir/README.md" | sed '/^```/d' | jq .)" \
	"$(CAISSON=/usr/local/bin/caisson && snippet daemon.json | jq .)"

# The daemon is one for all runtimes: their containers are made first and looked at afterwards.
keep_one() { start --restart no box sh -c 'trap "exit 8" TERM; while :; do date >/tmp/now; sleep 0.1; done'; }
for runtime in $runtimes; do
	name=keep-$runtime
	keep_one || fail "a container to keep: $runtime"
	inspect '{{.State.Pid}}' >"$scratch/pid.$runtime"
done
containerd_pid=$(cat "$scratch/exec/containerd/containerd.pid")
kill -KILL "$daemon_pid"
wait "$daemon_pid" 2>/dev/null
eventually has_ended "$containerd_pid" || kill -KILL "$containerd_pid"
rm -f "$scratch/docker.pid"
start_daemon

kept() {
	name=keep-$runtime
	[ "$(inspect '{{.State.Pid}}')" = "$(cat "$scratch/pid.$runtime")" ] && inspect '{{.State.Status}}'
	docker stop "$name" >/dev/null
	inspect '{{.State.ExitCode}}'
	docker start "$name" >/dev/null && inspect '{{.State.Status}}'
	docker rm -f "$name" >/dev/null
}
operation 'live-restore after kill -9 of dockerd' $'running\n8\nrunning' kept

shim_killed() {
	start box sleep 1000
	local pid
	pid=$(inspect '{{.State.Pid}}')
	kill -KILL "$(awk '{ print $4 }' "/proc/$pid/stat")"
	ends
	inspect '{{.State.Status}} {{.State.ExitCode}}'
	eventually has_ended "$pid" && echo the program too
}
operation 'kill -9 of the shim' $'exited 137\nthe program too' shim_killed

fifty() {
	local i pids=()
	exec {turn}>"$scratch/turn"
	flock "$turn" # one runtime after the other: fifty are load enough
	for i in {1..50}; do
		docker run --rm --runtime "$(runtime_name)" --name "$name-$i" --net none box sh -c "echo $i; exit $((i % 7))" &
		pids+=($!)
	done >all 2>errors
	for i in {1..50}; do
		wait "${pids[i - 1]}"
		[ $? -eq $((i % 7)) ] || echo "container $i: another status"
	done
	sort -n all | tr '\n' ' ' | diff - <(seq 50 | tr '\n' ' ') && cat errors && echo all
}
op_limit_s=150 operation 'fifty at once' all fifty
