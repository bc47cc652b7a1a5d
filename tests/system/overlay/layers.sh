#!/bin/bash
# Overlays as engines mount them: relative and escaped names, many layers, read-only, options. And
# those whose layers can't be told: refused, with a reason and nothing made.
. "$top_srcdir/tests/system/lib.sh"
need jq python3
. "$top_srcdir/tests/system/overlay/overlay.bash"

image "$store/base" || bail 'make an image'
mkdir -p "$store/l" "$store/top/top-dir"
echo top >"$store/top/top"
b=$(overlay_bundle bundle) || bail 'make a bundle'
set_args "$b" true

# As the shift of a whole tree would show it: all that is in the image, seen from inside.
look='cat /etc/shadow /top /top-dir/x 2>&1; echo new 2>/dev/null >/written && cat /written; id -u'
usual=$'secret\ntop\ncat: can\'t open \'/top-dir/x\': No such file or directory\nnew\n0'

n=0
shows() { # DESCRIPTION WANTED: in both ways, on the mount that is there
	local way
	for way in "${ways[@]}"; do
		use_way "$way"
		is "$1, $way" "$(run_sh "$b" "$look" 2>&1)" "$2"
	done
	umount "$b/rootfs"
	no_work_is_left "$1: no work directory is left"
}

upper_of() { # sets $upper and $work of the next mount
	n=$((n + 1))
	layers "container-$n"
}

# Docker's short names, from its own directory: "l/XXXX" are links, the upper layer relative too.
upper_of
ln -s ../top "$store/l/AAAA" && ln -s ../base "$store/l/BBBB"
mkdir "$store/container-$n/merged"
(cd "$store" && mount -t overlay overlay \
	-o "lowerdir=l/AAAA:l/BBBB,upperdir=container-$n/diff,workdir=container-$n/work" "container-$n/merged")
mount --bind "$store/container-$n/merged" "$b/rootfs"
edit "$b" --arg path "$store/container-$n/merged" '.root.path = $path'
shows 'names relative to the store' "$usual"
umount "$store/container-$n/merged"
edit "$b" '.root.path = "rootfs"'

# containerd's: only lower layers are relative, to the directory that all are in.
upper_of
(cd "$store" && mount -t overlay overlay -o "lowerdir=top:base,upperdir=$upper,workdir=$work" "$b/rootfs")
shows 'lower names relative to a directory above the upper one' "$usual"

upper_of
cp -a "$store/base" "$store/a,b" && cp -a "$store/top" "$store/c:d" && cp -a "$store/top" "$store/e f\\g"
mkdir "$store/container-$n/di,ff"
overlay_mount "$b" "lowerdir=$store/e f\\\\g:$store/c\\:d:$store/a\\,b,upperdir=$store/container-$n/di\\,ff,workdir=$work"
shows 'names with colons, commas, spaces, backslashes' "$usual"
rm -r "$store/a,b" "$store/c:d" "$store/e f\\g"

upper_of
list=
for ((i = 0; i < 130; i++)); do
	mkdir -p "$store/many/$i/of-$i"
	echo "$i" >"$store/many/$i/number"
	echo "$i" >"$store/many/$i/of-$i/file"
	list+=many/$i:
done
(cd "$store" && mount -t overlay overlay -o "lowerdir=${list}top:base,upperdir=$upper,workdir=$work" "$b/rootfs")
like '132 layers: a line longer than a page is read whole' \
	"$(caisson plan "$b" | grep -c overlay-layer)" '^133$'
use_way idmapped-overlay
is '132 layers: the top one counts, and all are there' \
	"$(run_sh "$b" 'cat /number /of-0/file /of-129/file; ls -d /of-* | wc -l')" $'0\n0\n129\n130'
shows '132 layers' "$usual"
rm -r "$store/many"

readonly=$'secret\ntop\ncat: can\'t open \'/top-dir/x\': No such file or directory\n0'
overlay_mount "$b" "lowerdir=$store/top:$store/base"
shows 'no upper layer' "$readonly"
upper_of
echo x >"$upper/x"
overlay_mount "$b" "ro,lowerdir=$store/top:$store/base,upperdir=$upper,workdir=$work"
use_way idmapped-overlay
is 'mounted read-only: its upper layer counts' "$(run_sh "$b" 'cat /x')" x
shows 'mounted read-only' "$readonly"

for options in volatile index=on index=on,nfs_export=on metacopy=on redirect_dir=on xino=on; do
	upper_of
	overlay_mount "$b" "$options,lowerdir=$store/top:$store/base,upperdir=$upper,workdir=$work"
	shows "$options" "$usual"
done

# With metacopy, a changed owner copies no data up; without the option the file would be unreadable.
upper_of
overlay_mount "$b" "metacopy=on,lowerdir=$store/top:$store/base,upperdir=$upper,workdir=$work"
chown 33 "$b/rootfs/data/deep/er/file"
for way in "${ways[@]}"; do
	use_way "$way"
	is "metacopy by the engine, $way" \
		"$(run_sh "$b" 'cat /data/deep/er/file; stat -c %u:%g /data/deep/er/file')" $'deep\n33:0'
done
is 'metacopy by the container' "$(run_sh "$b" 'chown 34 /data/www; cat /data/www')" www
succeeds 'metacopy by the container: no data is stored' get_xattr "$upper/data/www" trusted.overlay.metacopy
umount "$b/rootfs"

upper_of
mkdir -p "$store/user/opt/whole"
set_xattr "$store/user/opt/whole" user.overlay.opaque y
if overlay_mount "$b" "userxattr,lowerdir=$store/user:$store/base,upperdir=$upper,workdir=$work" 2>/dev/null; then
	for way in "${ways[@]}"; do
		use_way "$way"
		is "userxattr: opaque directory, $way" "$(run_sh "$b" 'ls /opt/whole; echo done')" 'done'
	done
	umount "$b/rootfs"
else
	skip_point 'userxattr' 'the file system has no user attributes'
fi

# Layers on two file systems.
upper_of
mkdir "$store/other"
mount_mappable "$store/other" && cp -a "$store/base" "$store/other/base"
overlay_mount "$b" "lowerdir=$store/top:$store/other/base,upperdir=$upper,workdir=$work"
shows 'layers on two file systems' "$usual"

# --- refused ---------------------------------------------------------------------------------------

use_way idmapped-overlay
refused() { # DESCRIPTION REGEX
	new_id
	fails_with "$1" "$2" caisson run --bundle "$b" "$id"
	no_work_is_left "$1: nothing is made"
}

# another directory has got the name of a layer
upper_of
overlay_mount "$b" "lowerdir=$store/top:$store/other/base,upperdir=$upper,workdir=$work"
mv "$store/other/base" "$store/other/moved" && mkdir -p "$store/other/base/strange"
refused 'a layer was replaced' "cannot be built anew: the mount does not show what is in layer '"
rm -r "$store/other/base"
refused 'a layer is gone' "cannot be built anew: No such file or directory: layer '"
umount "$b/rootfs"

# the mount was made where other paths lead elsewhere
upper_of
mkdir -p "$store/hidden" && echo hidden >"$store/top/one"
overlay_mount "$b" "lowerdir=$store/top:$store/base,upperdir=$upper,workdir=$work"
mount -t tmpfs tmpfs "$store/container-$n/diff" 2>/dev/null
refused 'another file system lies over the upper layer' 'the mount does not show what is in layer'
umount "$store/container-$n/diff" "$b/rootfs"

# an overlay as a layer
upper_of
mkdir "$store/merged"
mount -t overlay overlay -o "lowerdir=$store/top:$store/base" "$store/merged"
overlay_mount "$b" "lowerdir=$store/merged,upperdir=$upper,workdir=$work"
refused 'a layer on an overlay' "layer '.*/merged' of the overlay: it is on an overlay itself"
umount "$b/rootfs"

# a directory of an overlay
upper_of
overlay_mount "$b" "lowerdir=$store/top:$store/base,upperdir=$upper,workdir=$work"
edit "$b" '.root.path = "rootfs/data"'
refused 'a directory of an overlay' 'cannot be built anew: it is a directory of the overlay, not its top'
edit "$b" '.root.path = "rootfs"'
umount "$b/rootfs"

# others can write beside the upper layer
upper_of
chmod 0777 "$store/container-$n"
overlay_mount "$b" "lowerdir=$store/top:$store/base,upperdir=$upper,workdir=$work"
refused 'others can write beside the upper layer' 'others than root can write to the directory that holds layer'
umount "$b/rootfs"

# its names start nowhere: from a descriptor's directory, as podman does with very many layers
upper_of
(cd "$store/other/moved/data" && mount -t overlay overlay \
	-o "lowerdir=../../../top:..,upperdir=$upper,workdir=$work" "$b/rootfs")
refused 'nobody knows from where its names start' 'relative names, and nothing tells from where|the mount does not show what is in layer'
umount "$b/rootfs"
umount "$store/merged" "$store/other"
