#!/bin/bash
# Docker Swarm on one node, with each runtime as the daemon's default: services know no other
# (make check-engines-long).
#
# Services here have no network: the daemon has no bridge (no iptables), and the kernel may have no
# vxlan, which overlay and ingress networks are made of. Tasks, secrets, configs and updates need none.
. "$top_srcdir/tests/engines/docker.bash"
stop_daemon

# Every runtime is the only one of a daemon of its own, so they take turns; the results are compared
# as those of other operations.
op_limit_s=60

default_runtime() { # swarm and live-restore exclude each other
	jq --arg name "$(runtime_name)" '."default-runtime" = $name | ."live-restore" = false' \
		"$scratch/daemon.json" >"$scratch/swarm.json" &&
		cat "$scratch/swarm.json" >"$scratch/daemon.json"
}

serve() { # NAME ARGUMENTS of service create
	local service=$1
	shift
	docker service create -d -q --name "$service" --no-resolve-image --restart-delay 100ms "$@" >/dev/null
}

patiently() { # COMMAND...: swarm takes its time
	local i
	for ((i = 0; i < 30; i++)); do
		eventually "$@" && return
	done
	return 1
}

tasks_running() { # SERVICE NUMBER
	[ "$(docker ps -q --filter "label=com.docker.swarm.service.name=$1" --filter status=running | wc -l)" = "$2" ]
}

first_task() { # SERVICE
	docker ps -q --filter "label=com.docker.swarm.service.name=$1" --filter status=running | head -n 1
}

all_show() { # SERVICE NUMBER COMMAND TEXT: that many tasks run, and in each the command prints the text
	local task n=0
	for task in $(docker ps -q --filter "label=com.docker.swarm.service.name=$1" --filter status=running); do
		[ "$(docker exec "$task" sh -c "$3" 2>/dev/null)" = "$4" ] || return 1
		n=$((n + 1))
	done
	[ $n = "$2" ]
}

# --- the operations, each in its turn -------------------------------------------------------------

replicas() {
	serve web --replicas 3 box sh -c 'id -u; exec sleep 1000'
	patiently tasks_running web 3 || docker service ps --no-trunc web
	docker inspect --format '{{.HostConfig.Runtime}}' "$(first_task web)" | sed "s/^$(runtime_name)\$/the default runtime/"
	docker service logs --raw web | sort | uniq -c | tr -s ' '
}

root_outside() { # is root of a task root of the host?
	local pid
	pid=$(docker inspect --format '{{.State.Pid}}' "$(first_task web)")
	if [ "$(awk '/^Uid:/ { print $2 }' "/proc/$pid/status")" = 0 ]; then echo root; else echo another user; fi
}

replaced() {
	local pid
	pid=$(docker inspect --format '{{.State.Pid}}' "$(first_task web)")
	kill -KILL "$pid"
	patiently has_ended "$pid"
	patiently tasks_running web 3 && echo three again
}

scaled() {
	docker service scale -d web=1 >/dev/null
	patiently tasks_running web 1 && echo one
	docker service scale -d web=2 >/dev/null
	patiently tasks_running web 2 && echo two
}

secret() {
	echo 'not for all' | docker secret create one - >/dev/null
	echo 'for all' | docker secret create common - >/dev/null
	echo 'a setting' | docker config create setting - >/dev/null
	serve keeper --secret source=one,target=key,uid=1000,gid=1000,mode=0400 --secret source=common,target=shared \
		--config source=setting,target=/etc/setting --user 1000:1000 box sleep 1000
	patiently tasks_running keeper 1 || docker service ps --no-trunc keeper
	docker exec "$(first_task keeper)" sh -c 'id -u; cat /run/secrets/key /run/secrets/shared /etc/setting
		stat -c "%a %u:%g" /run/secrets/key /run/secrets/shared
		grep -o " /run/secrets/key .* tmpfs" /proc/self/mountinfo | sed "s/.* - //"
		echo more 2>&1 >>/run/secrets/shared | grep -o "Read-only file system"'
	docker exec --user 33 "$(first_task keeper)" cat /run/secrets/key 2>&1 | grep -o 'Permission denied'
}

rotated() {
	echo 'another one' | docker secret create two - >/dev/null
	docker service update -d -q --secret-rm one --secret-add source=two,target=key,uid=1000,gid=1000,mode=0400 keeper >/dev/null
	patiently all_show keeper 1 'cat /run/secrets/key' 'another one' && echo the new one is there
	docker exec "$(first_task keeper)" cat /run/secrets/shared
}

updated() { # one task after the other; the new one first
	docker service update -d -q --no-resolve-image --update-parallelism 1 --update-order start-first --update-monitor 200ms \
		--env-add VERSION=2 web >/dev/null
	patiently all_show web 2 'echo $VERSION' 2 && echo all are new
	patiently eval '[ "$(docker service inspect --format "{{.UpdateStatus.State}}" web)" = completed ]' && echo completed
	docker service ps --format '{{.DesiredState}} {{.Error}}' --filter desired-state=running web | sort | uniq -c | tr -s ' '
}

rolled_back() { # a version that does not start is taken back by itself
	docker service update -d -q --no-resolve-image --update-parallelism 1 --update-failure-action rollback \
		--update-monitor 1s --update-order stop-first --args '/no/such/program' web >/dev/null
	patiently eval '[ "$(docker service inspect --format "{{.UpdateStatus.State}}" web)" = rollback_completed ]' && echo rolled back
	patiently all_show web 2 'echo $VERSION' 2 && echo the old ones run
	docker service ps --no-trunc --format '{{.Error}}' web | grep -o 'no such file or directory' | uniq
}

host_network() {
	serve hosts --network host --restart-condition none box sleep 1000
	patiently eval 'docker service ps --no-trunc --format "{{.CurrentState}} {{.Error}}" hosts | grep -qE "^(Running|Failed|Rejected)"'
	docker service ps --no-trunc --format '{{.CurrentState}} {{.Error}}' hosts | sed -E 's/^Running .*/running/'
}

removed() {
	docker service rm web keeper hosts >/dev/null
	patiently eval '[ -z "$(docker ps -q)" ]' && echo nothing runs
	docker secret rm one two common && docker config rm setting && docker swarm leave --force >/dev/null && echo left
}

names=(replicas root_outside replaced scaled secret rotated updated rolled_back host_network removed)
for runtime in $runtimes; do
	default_runtime
	start_daemon
	# the address is the host's, which has only a loopback here
	docker swarm init --advertise-addr 127.0.0.1 --listen-addr 127.0.0.1:2377 >/dev/null ||
		bail 'a swarm' "$(tail -n 5 "$scratch/dockerd.log")"
	mkdir "$scratch/swarm.$runtime"
	for action in "${names[@]}"; do
		"$action" >"$scratch/swarm.$runtime/$action" 2>&1 </dev/null
	done
	stop_daemon
	rm -rf "$scratch/data/swarm"
done

tidy() { :; }
shown() { cat "$scratch/swarm.$runtime/$shown"; }
shown=replicas operation 'swarm: service of three tasks' $'the default runtime\n 3 0' shown
shown=root_outside in_hardened='another user' operation 'swarm: root of a task, outside' root shown
shown=replaced operation 'swarm: a killed task is replaced' 'three again' shown
shown=scaled operation 'swarm: scale' $'one\ntwo' shown
shown=secret operation 'swarm: secrets and configs' $'1000\nnot for all\nfor all\na setting\n400 1000:1000\n444 0:0\ntmpfs tmpfs\nRead-only file system\nPermission denied' shown
shown=rotated operation 'swarm: another secret' $'the new one is there\nfor all' shown
shown=updated operation 'swarm: rolling update' $'all are new\ncompleted\n 2 Running ' shown
shown=rolled_back operation 'swarm: a failing update is rolled back' $'rolled back\nthe old ones run\nno such file or directory' shown
shown=host_network refused_by=CIS-5.10 operation 'swarm: --network host' running shown
shown=removed operation 'swarm: remove everything, leave' $'nothing runs\none\ntwo\ncommon\nsetting\nleft' shown
