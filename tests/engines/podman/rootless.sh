#!/bin/bash
# Podman of an ordinary user, with conmon, in the user namespace that Podman makes.
engine=podman-user
. "$top_srcdir/tests/engines/lib.sh"
need podman conmon jq
. "$top_srcdir/tests/system/rootless/user.bash" # sets $CAISSON to a copy that the user may run
own_run_directory
ip link set lo up
store=/run/podman-test # short paths, see podman.bash
mkdir -m 0755 $store "$scratch/store" && mount --bind "$scratch/store" $store
mkdir -m 0700 $store/run && chown -R "$user_id:$user_id" $store
mounts_before=$(list_mounts)

as_user() { # COMMAND...
	setpriv --reuid="$user_id" --regid="$user_id" --clear-groups --inh-caps=-all --bounding-set=+all \
		env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin HOME="$scratch/home" XDG_RUNTIME_DIR=$store/run \
		CONTAINERS_CONF=$store/containers.conf CONTAINERS_STORAGE_CONF=$store/storage.conf \
		CONTAINERS_REGISTRIES_CONF=$store/registries.conf "$@"
}

write_configuration() {
	{
		printf '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n'
		printf '[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\nruntime = "runc"\n'
		snippet containers.conf | sed 1d
	} >$store/containers.conf
	printf '[storage]\ndriver = "overlay"\ngraphroot = "%s/data"\nrunroot = "%s/state"\n' $store $store \
		>$store/storage.conf
	echo 'unqualified-search-registries = []' >$store/registries.conf
}

with_runtime() { # ARGUMENTS of podman
	case $runtime in
	runc) as_user podman --runtime runc "$@" ;;
	oci) as_user podman --runtime caisson --runtime-flag profile=oci "$@" ;;
	hardened) as_user podman --runtime caisson "$@" ;;
	esac
}

leave() {
	local rc=$? pid
	trap - EXIT
	as_user podman rm --all --force --time 0 >/dev/null 2>&1
	pid=$(cat $store/run/libpod/tmp/pause.pid 2>/dev/null) && kill "$pid" # Podman's keeper of its namespaces
	(exit $rc)
	at_exit
}

run() { with_runtime run --rm --name "$name" --net none "$@"; }
start() { with_runtime run -d --name "$name" --net none "$@" >/dev/null; }
tidy() { as_user podman rm -f -v --time 0 "$name" >/dev/null 2>&1; }

write_configuration
trap leave EXIT
make_box "$scratch/box" && tar -C "$scratch/box" -c . | as_user podman import - box >/dev/null 2>"$scratch/import" ||
	skip "this Podman does not work without root here: $(tail -n 1 "$scratch/import")"
rm -rf "$scratch/box"

exit_code() { status run box sh -c 'echo out; exit 7'; }
operation 'run: output and exit code' $'out\nstatus 7' exit_code

ids() { run box sh -c 'id -u; touch /x; stat -c %u:%g /x; touch /tmp/y; chown 33:33 /tmp/y && stat -c %u:%g /tmp/y'; }
operation 'id' $'0\n0:0\n33:33' ids

user() { run --user 1000:1000 box sh -c 'id -u; id -g'; }
operation '--user' $'1000\n1000' user

not_found() { status run box nosuchprogram 2>&1 | grep -oE 'executable file not found in \$PATH|^status .*'; }
operation 'program not found' $'executable file not found in $PATH\nstatus 127' not_found

lifecycle() {
	start box sh -c 'trap "exit 4" TERM; echo ready; while :; do sleep 0.1; done'
	eventually eval "as_user podman logs $name 2>/dev/null | grep -q ready"
	as_user podman exec "$name" sh -c 'echo inside; exit 9'
	echo "status $?"
	as_user podman stop "$name" >/dev/null
	as_user podman inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$name"
}
operation 'run -d, exec, stop' $'inside\nstatus 9\nexited 4' lifecycle

volume() {
	mkdir dir && echo there >dir/file && chown -R "$user_id:$user_id" . dir
	run -v "$work/dir:/data" box sh -c 'cat /data/file; echo new >/data/new'
	stat -c %U "$work/dir/new"
}
operation '-v directory' $'there\ncaisson-test' volume

read_only() { run --read-only box sh -c 'touch /x 2>&1'; }
operation '--read-only' 'touch: /x: Read-only file system' read_only

keep_id() { run --userns keep-id box id -u; }
operation '--userns keep-id' "$user_id" keep_id

pod_network() { with_runtime run --rm --name "$name" --net host box echo started; }
refused_by=CIS-5.10 operation '--net host' started pod_network
