#!/bin/bash
# 500 random file operations in a container and the same in a plain overlay of the same image: each
# ends with the same status, and the trees are equal in the end, in types, modes, owners, contents,
# links and attributes.
. "$top_srcdir/tests/system/lib.sh"
need jq python3 setcap chroot
. "$top_srcdir/tests/system/overlay/overlay.bash"
trees=$top_srcdir/tests/system/overlay/trees.py
count=500
seed=${TEST_SEED:-7} # another one looks elsewhere
echo "# TEST_SEED=$seed"

# As a container is, but with the ids of the host: in a user namespace the kernel takes the set-id
# bits from a file that is written to whatever the writer's capabilities (CAP_FSETID there counts in
# the first namespace only).
in_user_namespace() { # COMMAND...
	local go=$scratch/go
	mkfifo "$go" && exec {go_fd}<>"$go"
	unshare --user bash -c 'read -r && exec "$@"' - "$@" <&"$go_fd" &
	until [ "$(readlink "/proc/$!/ns/user")" != "$(readlink /proc/self/ns/user)" ]; do sleep 0.01; done
	echo 0 0 65536 >"/proc/$!/uid_map" && echo 0 0 65536 >"/proc/$!/gid_map"
	echo >&"$go_fd"
	wait $!
}

image "$store/base" || bail 'make an image'
setcap cap_net_bind_service+ep "$store/base/bin/set-id" || bail 'set file capabilities'
set_xattr "$store/base/data/www" user.kept value 2>/dev/null
cp -p "$store/base/bin/set-id" "$store/base/data/deep/er/set-id"
setcap cap_chown+ep "$store/base/data/deep/er/set-id"
ln "$store/base/data/www" "$store/base/data/deep/www"
mkdir -p "$store/top/opt/whole" "$store/top/data"
mknod "$store/top/data/gone" c 0 0
set_xattr "$store/top/opt/whole" trusted.overlay.opaque y
python3 "$trees" operations "$seed" $count >"$store/base/operations" || bail 'make operations'

mkdir -p "$scratch/plain/rootfs"
layers plain
overlay_mount "$scratch/plain" "lowerdir=$store/top:$store/base,upperdir=$upper,workdir=$work"
mount -t tmpfs tmpfs "$scratch/plain/rootfs/dev" && mknod -m 0666 "$scratch/plain/rootfs/dev/null" c 1 3
in_user_namespace chroot "$scratch/plain/rootfs" /bin/env -i PATH=/bin /bin/sh /operations >"$scratch/plain.status"
umount "$scratch/plain/rootfs/dev"
python3 "$trees" list "$scratch/plain/rootfs" >"$scratch/plain.tree"
umount "$scratch/plain/rootfs"
is 'operations done' "$(wc -l <"$scratch/plain.status")" $count
isnt 'some of them failed, as they should' "$(grep -vc ' 0$' "$scratch/plain.status")" 0
echo "# $(grep -c ' 0$' "$scratch/plain.status") of $count succeeded, $(wc -l <"$scratch/plain.tree") objects"

for way in "${ways[@]}"; do
	use_way "$way"
	b=$(overlay_bundle "$way") && layers "$way" || bail 'make a bundle'
	overlay_mount "$b" "lowerdir=$store/top:$store/base,upperdir=$upper,workdir=$work"
	set_args "$b" /bin/sh /operations
	new_id
	caisson "${global_flags[@]}" run --bundle "$b" "$id" >"$scratch/$way.status" 2>&1
	umount "$b/rootfs"
	overlay_mount "$b" "lowerdir=$store/top:$store/base,upperdir=$upper,workdir=$work"
	python3 "$trees" list "$b/rootfs" >"$scratch/$way.tree"
	umount "$b/rootfs"
	is "$way: each operation has the same status" "$(diff "$scratch/plain.status" "$scratch/$way.status")" ''
	is "$way: the trees are equal" "$(diff "$scratch/plain.tree" "$scratch/$way.tree")" ''
done
