# Volumes for the tests of this directory.
#
# shellcheck shell=bash
. "$top_srcdir/tests/system/lib.sh"

# A file system that can be idmapped, whatever the scratch directory is on; sets $fs.
scratch_fs() {
	fs=$scratch/fs
	mkdir "$fs" && mount -t tmpfs -o mode=0755 tmpfs "$fs" || bail 'no tmpfs'
	trap 'rc=$?; umount -R "$fs"; (exit $rc); at_exit' EXIT
}

volume() { # BUNDLE DESTINATION SOURCE OPTION...
	local bundle=$1 destination=$2 source=$3
	shift 3
	edit "$bundle" --arg to "$destination" --arg from "$source" \
		'.mounts += [{destination: $to, type: "bind", source: $from, options: $ARGS.positional}]' --args "$@"
}
