#!/bin/bash
# A container's life under docker: stop, kill, restart, pause, update, events, health.
. "$top_srcdir/tests/engines/docker.bash"

stopped() {
	start box sh -c 'trap "echo bye; exit 4" TERM; echo ready; while :; do sleep 0.1; done'
	logged ready
	docker stop "$name" >/dev/null
	inspect '{{.State.Status}} {{.State.ExitCode}}'
	docker logs "$name"
}
operation 'stop' $'exited 4\nready\nbye' stopped

stopped_hard() {
	start box sh -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done'
	logged ready
	docker stop --time 1 "$name" >/dev/null
	inspect '{{.State.Status}} {{.State.ExitCode}}'
}
operation 'stop after the grace time' 'exited 137' stopped_hard

killed() {
	start box sh -c 'trap "echo hup" HUP; echo ready; while :; do sleep 0.1; done'
	logged ready
	docker kill -s HUP "$name" >/dev/null
	logged hup
	docker kill "$name" >/dev/null
	ends
	inspect '{{.State.Status}} {{.State.ExitCode}}'
	docker kill "$name" 2>&1 | grep -o 'is not running'
}
operation 'kill -s, kill' $'exited 137\nis not running' killed

restarted() {
	start box sh -c 'echo "run $(cat /count 2>/dev/null | wc -l)"; echo >>/count; stat -c %u:%g /count; exec sleep 100'
	logged 0:0
	docker restart --time 0 "$name" >/dev/null
	logged 'run 1'
	docker stop --time 0 "$name" >/dev/null
	docker start "$name" >/dev/null
	logged 'run 2'
	docker logs "$name" | sort -u
}
operation 'restart, start after stop' $'0:0\nrun 0\nrun 1\nrun 2' restarted

created() {
	new_container create box sh -c 'echo ran; exit 2' >/dev/null
	inspect '{{.State.Status}}'
	docker start -a "$name"
	echo "status $?"
	docker start -a "$name"
	docker rm "$name" >/dev/null && echo removed
}
operation 'create, start -a, rm' $'created\nran\nstatus 2\nran\nremoved' created

restart_policy() {
	start --restart on-failure:2 box sh -c 'echo again; exit 1'
	eventually eval "[ \$(docker logs $name | wc -l) -eq 3 ]"
	ends
	inspect '{{.RestartCount}} {{.State.ExitCode}}'
	docker logs "$name"
}
operation '--restart on-failure' $'2 1\nagain\nagain\nagain' restart_policy

restart_always() {
	start --restart always box sh -c 'echo up; exec sleep 100'
	logged up
	kill -KILL "$(inspect '{{.State.Pid}}')"
	eventually eval "[ \$(docker logs $name | wc -l) -eq 2 ]"
	inspect '{{.RestartCount}} {{.State.Running}}'
}
operation '--restart always, program killed' '1 true' restart_always

unless_stopped() {
	start --restart unless-stopped box sh -c 'echo up; exec sleep 100'
	logged up
	kill -KILL "$(inspect '{{.State.Pid}}')"
	eventually eval "[ \$(docker logs $name | wc -l) -eq 2 ]"
	docker stop --time 0 "$name" >/dev/null
	inspect '{{.RestartCount}} {{.State.Running}}'
}
operation '--restart unless-stopped' '1 false' unless_stopped

paused() {
	start box sh -c 'while :; do date +%s%N >/dev/shm/time; sleep 0.05; done'
	eventually docker exec "$name" test -s /dev/shm/time
	docker pause "$name" >/dev/null
	inspect '{{.State.Status}}'
	docker exec "$name" true 2>&1 | grep -o 'is paused'
	docker unpause "$name" >/dev/null
	inspect '{{.State.Status}}'
	docker pause "$name" >/dev/null
	docker rm -f "$name" >/dev/null && echo removed while paused
}
operation 'pause, unpause' $'paused\nis paused\nrunning\nremoved while paused' paused

updated() {
	start --memory 64m --memory-swap 64m box sleep 100
	docker update --memory 32m --memory-swap 32m --pids-limit 77 --cpu-shares 256 --cpu-quota 20000 "$name" >/dev/null
	local pid group
	pid=$(inspect '{{.State.Pid}}')
	for group in memory/memory.limit_in_bytes pids/pids.max cpu/cpu.shares cpu/cpu.cfs_quota_us; do
		cat "/sys/fs/cgroup/${group%/*}$(sed -n "s/^[0-9]*:${group%/*}://p" "/proc/$pid/cgroup")/${group#*/}"
	done
}
operation 'update' $'33554432\n77\n256\n20000' updated

stats() {
	start --memory 64m box sleep 100
	docker stats --no-stream --format '{{.Name}} {{.MemUsage}} {{.PIDs}}' "$name" |
		sed -E "s/^$name //; s/^[0-9.]+[kKM]iB/SOME/"
}
operation 'stats' 'SOME / 64MiB 1' stats

events() {
	local since=$EPOCHREALTIME
	start box sh -c 'exit 3'
	docker wait "$name" >/dev/null
	docker rm "$name" >/dev/null
	docker events --since "$since" --until "$EPOCHREALTIME" --filter "container=$name" \
		--format '{{.Action}} {{.Actor.Attributes.exitCode}}' | sed 's/ <no value>//; s/ $//'
}
operation 'events' $'create\nstart\ndie 3\ndestroy' events

health() {
	start --health-cmd 'test -e /healthy' --health-interval 0.2s --health-retries 1 box sh -c 'sleep 0.8; touch /healthy; sleep 100'
	eventually eval "[ \$(docker inspect --format '{{.State.Health.Status}}' $name) = unhealthy ]" && echo unhealthy
	eventually eval "[ \$(docker inspect --format '{{.State.Health.Status}}' $name) = healthy ]" && echo healthy
}
operation 'health checks' $'unhealthy\nhealthy' health

leftover_processes() { # what a program leaves behind ends with the container
	start box sh -c 'sleep 12345 & sleep 12346 & echo ready; sleep 0.3'
	docker wait "$name"
	docker top "$name" 2>&1 | grep -o 'is not running'
}
operation 'background processes end' $'0\nis not running' leftover_processes

attached() {
	start box sh -c 'sleep 0.5; echo late; exit 6'
	docker attach "$name"
	echo "status $?"
}
operation 'attach' $'late\nstatus 6' attached

renamed() {
	start box sleep 100
	docker rename "$name" "$name-other"
	docker rm -f "$name-other" >/dev/null && echo removed
}
operation 'rename, rm -f' removed renamed
