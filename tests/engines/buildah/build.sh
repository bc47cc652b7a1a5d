#!/bin/bash
# Buildah: RUN steps of a Dockerfile, and commands in a working container.
engine=buildah
. "$top_srcdir/tests/engines/podman.bash"
need buildah

runtime_options() {
	case $runtime in
	runc) options=(--runtime "$(command -v runc)") ;;
	oci) options=(--runtime "$CAISSON" --runtime-flag profile=oci) ;;
	hardened) options=(--runtime "$CAISSON") ;;
	esac
	options+=(--isolation oci)
}
ulimits=(--ulimit nofile=1024:1024)

built() {
	local options
	runtime_options
	printf 'FROM localhost/box\nRUN echo made >/made && chown 1000:33 /made\nCOPY file /file\nUSER 1000\nRUN id -u >/tmp/id\n' >Dockerfile
	echo copied >file
	buildah bud "${options[@]}" "${ulimits[@]}" --network none --cgroup-parent "/$test_tag/$name" -q -t "built-$name" . >/dev/null
	podman --runtime runc run --rm --name "$name" --net none --cgroup-parent "/$test_tag" "localhost/built-$name" sh -c 'cat /made /file /tmp/id; stat -c %u:%g /made /file'
	buildah rmi "localhost/built-$name" >/dev/null
}
operation 'bud, seen by runc' $'made\ncopied\n1000\n1000:33\n0:0' built

ran() {
	local options container
	runtime_options
	container=$(buildah from --name "working-$name" "${ulimits[@]}" --network none --cgroup-parent "/$test_tag/$name" localhost/box)
	buildah run "${options[@]}" "$container" sh -c 'echo one >/one; echo out; exit 3' 2>/dev/null
	echo "status $?"
	buildah run "${options[@]}" --user 1000 "$container" sh -c 'id -u; cat /one'
	buildah rm "$container" >/dev/null
}
operation 'from, run' $'out\nstatus 3\n1000\none' ran
