# A containerd of the test's own, driven by ctr, whose shim is told the runtime's program. Sourced by
# the tests in containerd/.
#
# shellcheck shell=bash disable=SC2034,SC2154 # variables of lib.sh, and for whoever sources this

engine=containerd
. "$top_srcdir/tests/engines/lib.sh"
need containerd ctr jq sha256sum
own_run_directory
ip link set lo up
make_wrapper
daemon_pid=

ctr() { command ctr --address "$scratch/containerd.sock" "$@"; }

write_config() {
	cat >"$scratch/config.toml" <<-END
		version = 2
		root = "$scratch/data"
		state = "$scratch/state"
		disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.btrfs",
			"io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs",
			"io.containerd.snapshotter.v1.devmapper", "io.containerd.internal.v1.tracing",
			"io.containerd.tracing.processor.v1.otlp"]
		[grpc]
		  address = "$scratch/containerd.sock"
	END
}

start_daemon() {
	containerd --config "$scratch/config.toml" --log-level warn >>"$scratch/containerd.log" 2>&1 &
	daemon_pid=$!
	eventually ctr version || bail 'containerd starts' "$(tail -n 20 "$scratch/containerd.log")"
}

leave() {
	local rc=$? id
	trap - EXIT
	for id in $(ctr container ls -q 2>/dev/null); do
		ctr task rm -f "$id" && ctr container rm "$id"
	done >/dev/null 2>&1
	[ -z "$daemon_pid" ] || { kill "$daemon_pid"; wait "$daemon_pid"; } 2>/dev/null
	remove_cgroups
	[ "$failures" -eq 0 ] || grep 'level=error' "$scratch/containerd.log" | tail -n 20 >&2
	(exit $rc)
	at_exit
}

runtime_program() {
	case $runtime in
	runc) command -v runc ;;
	oci) echo "$oci_program" ;;
	hardened) echo "$CAISSON" ;;
	esac
}

new_container() { # OPTION... IMAGE NAME COMMAND...
	command ctr --address "$scratch/containerd.sock" run --runc-binary "$(runtime_program)" \
		--cgroup "/$test_tag/$name" "$@"
}

run_alone() { # [OPTION...] -- COMMAND...: of the image box, removed afterwards
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	new_container --rm "${options[@]}" docker.io/library/box:latest "$name" "$@"
}

# ctr stops copying when the program has ended, and on a busy machine with it what it said last.
slow_end=(sh -c '"$@"; code=$?; sleep 0.3; exit $code' sh)
run() { # the same, with time for what it says
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	run_alone "${options[@]}" -- "${slow_end[@]}" "$@"
}

start() { # [OPTION...] -- COMMAND...: in the background
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	new_container --detach --null-io "${options[@]}" docker.io/library/box:latest "$name" "$@"
}

task_status() {
	ctr task ls | awk -v name="$name" '$1 == name { print $3 }'
}

task_is() { # STATUS
	[ "$(task_status)" = "$1" ]
}

tidy() {
	ctr task rm -f "$name" >/dev/null 2>&1
	ctr container rm "$name" >/dev/null 2>&1
}

# An image as `docker save` writes it, since ctr has no import of a plain tree.
make_image() {
	local image=$scratch/image
	mkdir "$image" && make_box "$scratch/box" && tar -C "$scratch/box" -cf "$image/layer.tar" . &&
		jq -n --arg diff "sha256:$(sha256sum "$image/layer.tar" | cut -d' ' -f1)" '{
			architecture: "amd64", os: "linux",
			config: {Cmd: ["/bin/sh"], Env: ["PATH=/usr/local/bin:/usr/bin:/bin"]},
			rootfs: {type: "layers", diff_ids: [$diff]}}' |
		sed "s/amd64/$(dpkg --print-architecture 2>/dev/null || echo amd64)/" >"$image/config.json" &&
		echo '[{"Config":"config.json","RepoTags":["box:latest"],"Layers":["layer.tar"]}]' >"$image/manifest.json" &&
		tar -C "$image" -c manifest.json config.json layer.tar | ctr image import - >/dev/null &&
		rm -rf "$image" "$scratch/box"
}

write_config
trap leave EXIT
start_daemon
make_image || bail 'an image is made' "$(tail -n 5 "$scratch/containerd.log")"
