#!/bin/bash
# Root file systems and volumes on each file system that can be idmapped, loop-mounted; and what is
# said of those that can't.
# shellcheck disable=SC2016 # expressions of jq and of the shell inside
. "$top_srcdir/tests/system/volumes/volumes.bash"

b=$(new_bundle)
scratch_fs
mkdir -p "$fs/images" "$fs/volume"
shell() { run_sh "$b" "$1" 2>&1; }
use_root() { # DIRECTORY
	edit "$b" --arg root "$1" '.root.path = $root'
}
use_volume() { # DIRECTORY
	edit "$b" '.mounts |= map(select(.destination != "/v"))'
	volume "$b" /v "$1" bind
}

image=$fs/images/rootfs # without device nodes and the like
mkdir "$image" && cp -a "$b/rootfs/." "$image"
echo of-www-data >"$image/home/file" && chown 33:33 "$image/home/file" && chmod 0600 "$image/home/file"
chown 0:0 "$image/home"

loop_mount() { # KIND OPTIONS: makes $fs/KIND, or skips its points
	local kind=$1 options=$2
	mkdir "$fs/$kind"
	grep -qw "$kind" /proc/filesystems || modprobe -q "$kind" 2>/dev/null
	mount -t "$kind" -o "loop,$options" "$fs/images/$kind" "$fs/$kind" 2>"$last_output" && return
	rmdir "$fs/$kind"
	return 1
}

both_ways() { # KIND: what is written inside and seen outside
	local kind=$1 dir=$fs/$1
	mkdir "$dir/rootfs" "$dir/volume" && cp -a "$image/." "$dir/rootfs"
	chown 1000:1001 "$dir/volume"
	use_root "$dir/rootfs"
	use_volume "$dir/volume"
	is "$kind: ids of the image" "$(shell 'stat -c %u:%g / /home/file; id -u' | tr '\n' ' ')" '0:0 33:33 0 '
	shell 'echo x >/root/new; echo x >/v/new' >"$last_output"
	is "$kind: what the root of the container writes is root's" "$(stat -c %u:%g "$dir/rootfs/root/new")" 0:0
	is "$kind: in a volume it is the owner's" "$(stat -c %u:%g "$dir/volume/new")" 1000:1001
	edit "$b" '.process.user = {uid: 33, gid: 33}'
	is "$kind: another user of the image" "$(shell 'cat /home/file')" of-www-data
	edit "$b" '.process.user = {uid: 0, gid: 0}'
}

for kind in ext4 xfs btrfs; do
	make=mkfs.$kind
	if ! command -v "$make" >/dev/null; then
		skip_point "$kind" "$make is not installed"
		continue
	fi
	truncate -s 320M "$fs/images/$kind" # sparse; xfs wants 300
	"$make" -q "$fs/images/$kind" >"$last_output" 2>&1 || bail "$make" "$(cat "$last_output")"
	if loop_mount "$kind" rw; then
		both_ways "$kind"
		umount "$fs/$kind"
	else
		skip_point "$kind" "this kernel can't mount it"
	fi
	rm "$fs/images/$kind"
done
mkdir "$fs/tmpfs"
if kernel_before 6.3; then
	skip_point tmpfs 'before Linux 6.3 it has no idmapped mounts'
else
	mount -t tmpfs -o mode=0755 tmpfs "$fs/tmpfs" && both_ways tmpfs
	umount "$fs/tmpfs"
fi

read_only() { # KIND
	local kind=$1 dir=$fs/$1
	if ! loop_mount "$kind" ro; then
		skip_point "$kind" "this kernel can't mount it"
		return
	fi
	use_root "$dir"
	use_volume "$dir/home/file"
	is "$kind: ids of the image" "$(shell 'stat -c %u:%g / /home/file; id -u' | tr '\n' ' ')" '0:0 33:33 0 '
	like "$kind: it is read-only" "$(shell 'echo x >/root/new')" 'Read-only file system'
	is "$kind: a file of it as a volume" "$(shell 'cat /v')" of-www-data
	umount "$dir"
}
mkdir "$image/v.d" && touch "$image/v" # mount points, which can't be made later
if command -v mksquashfs >/dev/null; then
	mksquashfs "$image" "$fs/images/squashfs" -quiet -no-progress >"$last_output" 2>&1
	read_only squashfs
else
	skip_point squashfs 'mksquashfs is not installed'
fi
if command -v mkfs.erofs >/dev/null; then
	mkfs.erofs --quiet "$fs/images/erofs" "$image" >"$last_output" 2>&1 ||
		mkfs.erofs "$fs/images/erofs" "$image" >"$last_output" 2>&1
	read_only erofs
else
	skip_point erofs 'mkfs.erofs is not installed'
fi

# What can't: an overlay as a volume (as the root file system it is built anew).
use_root "$image"
rm "$image/v"
mkdir "$fs/lower" "$fs/upper" "$fs/work" "$fs/overlay" && chown 1000:1001 "$fs/lower" "$fs/upper"
mount -t overlay -o "lowerdir=$fs/lower,upperdir=$fs/upper,workdir=$fs/work" overlay "$fs/overlay"
use_volume "$fs/overlay"
fails_with 'an overlay as a volume is refused, with what to do' \
	"CS-VOL-4.*volume '$fs/overlay': file system overlay has no idmapped mounts.*volume_map_paths" \
	run_sh "$b" true
printf '{"extends": "hardened", "volume_map_paths": {"%s": "none"}}\n' "$fs/over*" >"$scratch/profile.json"
chmod 0600 "$scratch/profile.json"
global_flags=(--profile "$scratch/profile.json")
is 'unless the profile says "none": nobody'"'"'s files' "$(shell 'stat -c %u:%g /v')" 65534:65534
global_flags=(--profile oci)
is 'oci: as it is on the host' "$(shell 'stat -c %u:%g /v')" 1000:1001
umount "$fs/overlay"
