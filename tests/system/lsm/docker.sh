#!/bin/bash
# Docker on a host with AppArmor: containers that caisson runs for it are under docker-default, which
# dockerd has loaded, in user namespaces of their own, and so is what is started in them.
if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" != Y ]; then
	echo '1..0 # SKIP apparmor is not active in this kernel'
	exit 0
fi
. "$top_srcdir/tests/engines/docker.bash"

like 'dockerd knows of apparmor' "$(docker info --format '{{.SecurityOptions}}')" 'name=apparmor'
for runtime in oci hardened; do
	name=$runtime
	start box /bin/sleep 1000 || bail "$runtime: a container"
	pid=$(inspect '{{.State.Pid}}')
	is "$runtime: docker-default is in force" "$(cat "/proc/$pid/attr/apparmor/current")" 'docker-default (enforce)'
	is "$runtime: so it sees itself" "$(docker exec "$name" cat /proc/self/attr/apparmor/current)" \
		'docker-default (enforce)'
	# shellcheck disable=SC2016 # of the shell inside
	is "$runtime: and what docker exec starts" \
		"$(docker exec "$name" sh -c 'sleep 1000 & cat "/proc/$!/attr/apparmor/current"; kill $!')" \
		'docker-default (enforce)'
	fails "$runtime: it mounts nothing" docker exec "$name" mount -t tmpfs tmpfs /tmp
	if [ "$runtime" = hardened ]; then
		isnt 'hardened: root of its own' "$(awk '{ print $2; exit }' "/proc/$pid/uid_map")" 0
	fi
	name=$runtime-2
	is "$runtime: unconfined, where docker is told so" \
		"$(run --security-opt apparmor=unconfined box cat /proc/self/attr/apparmor/current)" unconfined
	fails_with "$runtime: a profile that is not loaded" 'no-such-profile' \
		run --security-opt apparmor=no-such-profile box true
	name=$runtime
	tidy
done
