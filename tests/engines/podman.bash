# Podman with storage and configuration of the test's own. Sourced by the tests in podman/ and buildah/.
#
# shellcheck shell=bash disable=SC2034,SC2154 # variables of lib.sh, and for whoever sources this

engine=${engine:-podman}
. "$top_srcdir/tests/engines/lib.sh"
need podman conmon jq
own_run_directory
ip link set lo up

# Podman hears of the end of a container 20 seconds late where its paths are long.
store=/run/podman-test
mkdir -m 0755 $store "$scratch/store" && mount --bind "$scratch/store" $store
mounts_before=$(list_mounts)

export CONTAINERS_CONF=$scratch/containers.conf CONTAINERS_STORAGE_CONF=$scratch/storage.conf
export CONTAINERS_REGISTRIES_CONF=$scratch/registries.conf XDG_RUNTIME_DIR=

write_configuration() {
	cat >"$scratch/containers.conf" <<-END
		[containers]
		default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
		[engine]
		cgroup_manager = "cgroupfs"
		events_logger = "file"
		runtime = "runc"
	END
	snippet containers.conf | sed 1d >>"$scratch/containers.conf"
	cat >"$scratch/storage.conf" <<-END
		[storage]
		driver = "overlay"
		graphroot = "$store/data"
		runroot = "$store/state"
	END
	echo 'unqualified-search-registries = []' >"$scratch/registries.conf"
}

leave() {
	local rc=$?
	trap - EXIT
	podman rm --all --force --time 0 >/dev/null 2>"$scratch/rm-errors"
	podman unmount --all >/dev/null 2>&1
	umount $store/data/overlay 2>/dev/null
	umount $store/data 2>/dev/null
	remove_cgroups
	rmdir /sys/fs/cgroup/*/libpod_parent/conmon /sys/fs/cgroup/*/libpod_parent 2>/dev/null
	(exit $rc)
	at_exit
}

# podman, told which runtime
with_runtime() { # ARGUMENTS of podman
	case $runtime in
	runc) podman --runtime runc "$@" ;;
	oci) podman --runtime caisson --runtime-flag profile=oci "$@" ;;
	hardened) podman --runtime caisson "$@" ;;
	esac
}

new_container() { # run|create ARGUMENTS...
	local command=$1
	shift
	with_runtime "$command" --name "$name" --net none --cgroup-parent "/$test_tag" "$@"
}

run() { # ARGUMENTS of podman run
	new_container run --rm "$@"
}

start() { # ARGUMENTS: in the background
	new_container run -d "$@" >/dev/null
}

tidy() {
	podman rm -f -v --time 0 "$name" >/dev/null 2>&1
}

inspect() { # FORMAT
	podman inspect --format "$1" "$name"
}

logged() { # REGEX
	eventually eval "podman logs $name 2>&1 | grep -qE '$1'" || echo "the log never shows $1"
}

make_image() {
	make_box "$scratch/box" && tar -C "$scratch/box" -c . |
		podman import --change 'CMD ["/bin/sh"]' - box >/dev/null && rm -rf "$scratch/box"
}

write_configuration
trap leave EXIT
make_image || bail 'an image is made' "$(podman images 2>&1)"
