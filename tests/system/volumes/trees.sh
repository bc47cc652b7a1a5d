#!/bin/bash
# Recursive binds and root file systems with mounts below them, of kinds that can be idmapped and
# of kinds that can't: each mount is mapped, or named.
# shellcheck disable=SC2016 # expressions of jq and of the shell inside
. "$top_srcdir/tests/system/volumes/volumes.bash"

b=$(new_bundle)
scratch_fs
shell() { run_sh "$b" "$1" 2>&1; }

mkdir -p "$fs/tree"/{tmp,bound,deep}
mount_mappable "$fs/tree/tmp" 1000 1001
mkdir "$fs/tree/tmp/below"
mount_mappable "$fs/tree/tmp/below" 1000 1001
mkdir -p "$fs/elsewhere" && touch "$fs/elsewhere/file"
mount --bind "$fs/elsewhere" "$fs/tree/bound"
chown -R 1000:1001 "$fs/tree" "$fs/elsewhere"
volume "$b" /v "$fs/tree" rbind
is 'every mount of the tree is mapped' \
	"$(shell 'stat -c %u:%g /v /v/tmp /v/tmp/below /v/bound /v/bound/file | tr "\n" " "')" '0:0 0:0 0:0 0:0 0:0 '
shell 'touch /v/new /v/tmp/new /v/tmp/below/new /v/bound/new' >"$last_output"
is 'and can be written' "$(stat -c %u:%g "$fs/tree/new" "$fs/tree/tmp/new" "$fs/tree/tmp/below/new" \
	"$fs/elsewhere/new" | tr '\n' ' ')" '1000:1001 1000:1001 1000:1001 1000:1001 '
unlike 'with nosuid and nodev everywhere' "$(shell 'grep " /v" /proc/self/mountinfo')" ' rw,relatime'
is 'without them: bind' "$(
	volume "$b" /single "$fs/tree" bind
	shell 'ls /single/tmp'
)" ''

# A kind that can't be.
if kernel_before 6.15; then
	skip_point 'kinds that can and kinds that cannot' 'a mapped tree is put together from Linux 6.15 on'
	exit
fi
mkdir "$fs/tree/proc" "$fs/tree/tmp/sys" "$fs/tree/hidden" "$fs/tree/hidden/proc"
mount -t proc proc "$fs/tree/hidden/proc" && mount -t tmpfs over "$fs/tree/hidden"
is 'what another mount hides is no matter' "$(shell 'ls /v/hidden')" ''
umount "$fs/tree/hidden"; umount "$fs/tree/hidden/proc"
mount -t proc proc "$fs/tree/proc"
fails_with 'what cannot be is named, with what to do' \
	"map the ids of '$fs/tree': proc mounted at '$fs/tree/proc' can't be idmapped; unmount it there, or leave" \
	run_sh "$b" true
mount -t sysfs sysfs "$fs/tree/tmp/sys"
fails_with 'both are' "proc mounted at '$fs/tree/proc', sysfs mounted at '$fs/tree/tmp/sys' can't" run_sh "$b" true
is 'nothing of the container is left' "$(status_of "$id")" ''
umount "$fs/tree/tmp/sys" "$fs/tree/proc"

# A mount below that has a map of its own keeps it; one as the source can't be mapped again.
mkdir "$fs/mapped" "$fs/tree/already" && touch "$fs/mapped/file" && chown -R 7:7 "$fs/mapped"
idmapped_mount "$fs/mapped" "$fs/tree/already" 7 1000
is 'the mount has a map' "$(stat -c %u "$fs/tree/already/file")" 1000
is 'mounts with and without one' \
	"$(shell 'stat -c %u:%g /v /v/tmp/below /v/bound /v/already/file | tr "\n" " "; touch /v/bound/more')" \
	'0:0 0:0 0:0 65534:65534 '
is 'are all there' "$(stat -c %u:%g "$fs/elsewhere/more")" 1000:1001
like 'with nosuid and nodev' "$(shell 'grep " /v/already " /proc/self/mountinfo')" ' rw,nosuid,nodev'
volume "$b" /again "$fs/tree/already" bind
fails_with 'a source that has a map already' \
	"map the ids of '$fs/tree/already': it is an idmapped mount already; use the directory it shows" run_sh "$b" true

# The root file system.
roots=$b/rootfs
mkdir "$fs/rootfs" && cp -a "$roots/." "$fs/rootfs" && mkdir -p "$fs/rootfs/srv/disk" "$fs/rootfs/data"
edit "$b" --arg root "$fs/rootfs" '.root.path = $root | .mounts |= map(select(.type != "bind"))'
mount_mappable "$fs/rootfs/srv/disk"
echo on-disk >"$fs/rootfs/srv/disk/file" && chown 33:33 "$fs/rootfs/srv/disk/file"
mount --bind "$fs/elsewhere" "$fs/rootfs/data"
is 'hardened: mounts below the root are there' "$(shell 'cat /srv/disk/file')" on-disk
is 'with the ids they have on disk' "$(shell 'stat -c %u:%g /srv/disk /srv/disk/file /data | tr "\n" " "')" \
	'0:0 33:33 1000:1001 '
shell 'touch /srv/disk/new' >"$last_output"
is 'and can be written as the root can' "$(stat -c %u:%g "$fs/rootfs/srv/disk/new")" 0:0
like 'with nosuid and nodev' "$(shell 'grep " /srv/disk " /proc/self/mountinfo')" ' rw,nosuid,nodev'
global_flags=(--profile oci)
is 'oci: they are there too' "$(shell 'cat /srv/disk/file; stat -c %u:%g /data')" "on-disk
1000:1001"
global_flags=()
mkdir "$fs/rootfs/srv/kernel" && mount -t sysfs sysfs "$fs/rootfs/srv/kernel"
fails_with 'hardened: one that cannot be idmapped is named' \
	"sysfs mounted at '$fs/rootfs/srv/kernel' can't be idmapped" run_sh "$b" true
umount "$fs/rootfs/srv/kernel"
is 'and without it all is well' "$(shell 'echo well')" well
