# Volumes for the tests of this directory.
#
# shellcheck shell=bash
. "$top_srcdir/tests/system/lib.sh"

# A file system that can be idmapped, whatever the scratch directory is on; sets $fs.
scratch_fs() {
	fs=$scratch/fs
	mkdir "$fs" && mount_mappable "$fs" || bail 'no file system'
	trap 'rc=$?; umount -R "$fs"; (exit $rc); at_exit' EXIT
}

volume() { # BUNDLE DESTINATION SOURCE OPTION...
	local bundle=$1 destination=$2 source=$3
	shift 3
	edit "$bundle" --arg to "$destination" --arg from "$source" \
		'.mounts += [{destination: $to, type: "bind", source: $from, options: $ARGS.positional}]' --args "$@"
}

has_own_userns() { # PID
	[ "$(readlink "/proc/$1/ns/user")" != "$(readlink /proc/self/ns/user)" ]
}

idmapped_mount() { # SOURCE TARGET ID-ON-DISK ID-SHOWN
	local maker
	unshare --user sleep 60 &
	maker=$!
	eventually has_own_userns $maker
	echo "$3 $4 1" >/proc/$maker/uid_map
	echo "$3 $4 1" >/proc/$maker/gid_map
	# open_tree(OPEN_TREE_CLONE), mount_setattr(MOUNT_ATTR_IDMAP), move_mount(MOVE_MOUNT_F_EMPTY_PATH)
	perl -e 'my ($source, $target, $path) = @ARGV;
		open my $ns, "<", $path or die "$path: $!";
		my $tree = syscall 428, -100, $source, 1;
		my $empty = "";
		my $attr = pack "Q4", 0x100000, 0, 0, fileno $ns;
		syscall(442, $tree, $empty, 0x1000, $attr, 32) == 0 or die "mount_setattr: $!";
		syscall(429, $tree, $empty, -100, $target, 4) == 0 or die "move_mount: $!"' \
		"$1" "$2" /proc/$maker/ns/user || bail 'no idmapped mount'
	kill $maker
	wait $maker 2>/dev/null
}
