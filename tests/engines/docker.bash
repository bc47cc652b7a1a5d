# A dockerd of the test's own, with caisson in both profiles beside runc. Sourced by the tests in
# docker/. Everything of the daemon is in $scratch; its containerd is its own child.
#
# shellcheck shell=bash disable=SC2034,SC2154 # variables of lib.sh, and for whoever sources this

engine=docker
. "$top_srcdir/tests/engines/lib.sh"
need dockerd containerd jq
docker_program=$(command -v /usr/bin/docker || command -v docker) || skip 'docker is not installed'
own_run_directory
ip link set lo up

export DOCKER_HOST=unix://$scratch/docker.sock DOCKER_CONFIG=$scratch/docker-config
mkdir -p "$DOCKER_CONFIG"
daemon_pid=

docker() { "$docker_program" "$@"; }

write_daemon_json() {
	snippet daemon.json >"$scratch/runtimes.json"
	cat >"$scratch/own.json" <<-END
	{
	  "data-root": "$scratch/data",
	  "exec-root": "$scratch/exec",
	  "log-level": "warn",
	  "pidfile": "$scratch/docker.pid",
	  "hosts": ["$DOCKER_HOST"],
	  "storage-driver": "overlay2",
	  "cgroup-parent": "/$test_tag",
	  "iptables": false,
	  "bridge": "none",
	  "live-restore": true
	}
	END
	jq -s add "$scratch/runtimes.json" "$scratch/own.json" >"$scratch/daemon.json"
}

start_daemon() {
	dockerd --config-file "$scratch/daemon.json" >>"$scratch/dockerd.log" 2>&1 &
	daemon_pid=$!
	eventually docker version || bail 'dockerd starts' "$(tail -n 20 "$scratch/dockerd.log")"
}

stop_daemon() {
	local containerd_pid
	[ -n "$daemon_pid" ] || return 0
	containerd_pid=$(cat "$scratch/exec/containerd/containerd.pid")
	kill "$daemon_pid"
	wait "$daemon_pid" 2>/dev/null
	daemon_pid=
	eventually has_ended "$containerd_pid" # a child of dockerd
}

leave() {
	local rc=$? left
	trap - EXIT
	left=$(docker ps -aq 2>/dev/null)
	# shellcheck disable=SC2086 # a list
	[ -z "$left" ] || docker rm -f -v $left >/dev/null 2>&1
	stop_daemon
	# What dockerd leaves: the host's network namespace and, where it was killed, binds of its data.
	umount "$scratch"/exec/netns/* 2>/dev/null
	while umount "$scratch/data" 2>/dev/null; do :; done
	remove_cgroups
	[ "$failures" -eq 0 ] || grep 'level=error' "$scratch/dockerd.log" | tail -n 20 >&2
	(exit $rc)
	at_exit
}

runtime_name() {
	case $runtime in
	runc) echo runc ;;
	oci) echo caisson-oci ;;
	hardened) echo caisson ;;
	esac
}

# The operation's container. Without a network: this machine may have neither bridge nor iptables.
new_container() { # run|create ARGUMENTS...
	local command=$1
	shift
	docker "$command" --runtime "$(runtime_name)" --name "$name" --net none "$@"
}

run() { # ARGUMENTS of docker run, without network and removed afterwards
	new_container run --rm "$@"
}

start() { # ARGUMENTS: in the background, with the id kept to itself
	new_container run -d "$@" >/dev/null
}

tidy() {
	local left
	left=$(docker ps -aq --filter "name=^$name(-|\$)")
	# shellcheck disable=SC2086 # a list
	[ -z "$left" ] || docker rm -f -v $left >/dev/null 2>&1
}

inspect() { # FORMAT
	docker inspect --format "$1" "$name"
}

# Waits for what the container's log is to show.
logged() { # REGEX
	eventually eval "docker logs $name 2>&1 | grep -qE '$1'" || echo "the log never shows $1"
}

running_is() { # true|false
	[ "$(inspect '{{.State.Running}}')" = "$1" ]
}

ends() { eventually running_is false || echo 'it does not end'; }

make_image() { # the image box: busybox, the probe and two users
	local root=$scratch/box
	make_box "$root" &&
		tar -C "$root" -c . | docker import --change 'CMD ["/bin/sh"]' - box >/dev/null &&
		rm -rf "$root"
}

write_daemon_json
trap leave EXIT
start_daemon
make_image || bail 'an image is made' "$(docker images 2>&1)"
