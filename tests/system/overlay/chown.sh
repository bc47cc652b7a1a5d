#!/bin/bash
# Rung 5: an overlay with a layer that cannot be idmapped, and a profile that wants its files' owners
# changed then. Set-user-id bits, file capabilities, access control lists, hard links and symlinks
# come through; a create that is killed on the way is finished by the next; another block of ids
# takes the place of the first.
. "$top_srcdir/tests/system/lib.sh"
need jq python3 setcap strace
. "$top_srcdir/tests/system/overlay/overlay.bash"
echo '{ "extends": "hardened", "rootfs_shift": "chown" }' >"$scratch/chown.json"

image "$store/base" || bail 'make an image'
for file in set-id:4755 set-gid:2755; do
	cp -p /bin/busybox "$store/base/data/${file%:*}" && chmod "${file#*:}" "$store/base/data/${file%:*}"
done
setcap cap_net_bind_service+ep "$store/base/data/set-gid" || bail 'set file capabilities'
ln "$store/base/data/www" "$store/base/data/deep/www" && ln "$store/base/data/www" "$store/base/opt/www"
ln -s /etc/shadow "$store/base/data/link" && chown -h 33:33 "$store/base/data/link"
mkfifo "$store/base/data/fifo" && chown 7:8 "$store/base/data/fifo"
set_acl() { # FILE: user 33 may read, as setfacl -m u:33:r writes it
	python3 - "$1" <<-'END'
		import os, struct, sys
		entries = [(1, 6, 0xffffffff), (2, 4, 33), (4, 4, 0xffffffff), (16, 4, 0xffffffff), (32, 0, 0xffffffff)]
		acl = struct.pack('<I', 2) + b''.join(struct.pack('<HHI', *entry) for entry in entries)
		os.setxattr(sys.argv[1], 'system.posix_acl_access', acl)
	END
}
acl_user() { # FILE: whom it names
	python3 -c 'import os, struct, sys
print(struct.unpack("<I", os.getxattr(sys.argv[1], "system.posix_acl_access")[16:20])[0])' "$1"
}
root_of_caps() { # FILE: version of its capabilities and the root they count for
	python3 -c 'import os, struct, sys
caps = os.getxattr(sys.argv[1], "security.capability")
print(caps[3], struct.unpack("<I", caps[20:24])[0])' "$1"
}
set_acl "$store/base/etc/passwd" || bail 'set an access control list'

mkdir "$store/top" "$store/merged"
mount -t overlay overlay -o "lowerdir=$store/top:$store/base" "$store/merged"
b=$(overlay_bundle bundle) && layers one || bail 'make a bundle'
overlay_mount "$b" "lowerdir=$store/merged,upperdir=$upper,workdir=$work"

new_id
set_args "$b" true
fails_with 'refused without the profile' 'it is on an overlay itself' caisson run --bundle "$b" "$id"
global_flags=(--profile "$scratch/chown.json")
is 'the rung in plan' "$(rung_of "$b")" chown

owners() { # those that are not of the block of FIRST
	find "$b/rootfs" -printf '%U %G %P\n' | awk -v first="$1" \
		'$1 < first || $1 >= first + 65536 || $2 < first || $2 >= first + 65536'
}
check() { # DESCRIPTION: a container sees it as it is in the image; sets $first
	set_args "$b" sleep 60
	new_id
	succeeds "$1: create" caisson "${global_flags[@]}" create --bundle "$b" "$id"
	first=$(stat -c %u "/proc/$(pid_of "$id")")
	is "$1: the rung in state" "$(caisson state "$id" | jq -r .caisson.rung)" chown
	caisson delete --force "$id"
	is "$1: every file is in the block" "$(owners "$first")" ''
	is "$1: owners" "$(cd "$b/rootfs/data" && stat -c '%u:%g %a %n' www link fifo set-id set-gid)" \
		"$((first + 33)):$((first + 33)) 644 www
$((first + 33)):$((first + 33)) 777 link
$((first + 7)):$((first + 8)) 644 fifo
$first:$first 4755 set-id
$first:$first 2755 set-gid"
	is "$1: capabilities count for the container's root" "$(root_of_caps "$b/rootfs/data/set-gid")" "3 $first"
	is "$1: access control list" "$(acl_user "$b/rootfs/etc/passwd")" $((first + 33))
	is "$1: nothing is left of the work" "$(find "$b/rootfs" -name '.caisson*')$(
		get_xattr "$b/rootfs/data/set-id" trusted.caisson.shift 2>/dev/null)" ''
}

check 'first time'
is 'hard links are kept' "$(stat -c '%i %h' "$b"/rootfs/{data,data/deep,opt}/www | sort -u | wc -l)" 1
is 'all three names' "$(stat -c %h "$b/rootfs/data/www")" 3
before=$first
out=$(run_sh "$b" 'id -u; cat /etc/shadow; stat -c "%u:%g" /data/www; chown 1000 /etc/shadow && echo changed')
is 'inside' "$out" $'0\nsecret\n33:33\nchanged'
check 'again, with another block'
isnt 'it is another block' "$first" "$before"
is 'what the container changed is kept' "$(stat -c %u "$b/rootfs/etc/shadow")" $((first + 1000))

# killed in the middle: at the n-th change of an owner, and within the work on one file
for point in fchownat:1 fchownat:40 fchownat:150 setxattr:1 setxattr:2 setxattr:3 fchmodat:1 removexattr:1; do
	umount "$b/rootfs" && rm -rf "$upper" && mkdir "$upper"
	overlay_mount "$b" "lowerdir=$store/merged,upperdir=$upper,workdir=$work"
	new_id
	strace -qq -o /dev/null -e "trace=${point%:*}" -e "inject=${point%:*}:signal=KILL:when=${point#*:}" \
		"$CAISSON" "${global_flags[@]}" create --bundle "$b" "$id" >/dev/null 2>&1
	isnt "killed at $point: it was" $? 0
	caisson delete --force "$id"
	check "killed at $point"
done

umount "$b/rootfs"
overlay_mount "$b" "ro,lowerdir=$store/merged,upperdir=$upper,workdir=$work"
new_id
fails_with 'a read-only overlay is refused' 'it is on an overlay itself' \
	caisson "${global_flags[@]}" run --bundle "$b" "$id"
umount "$b/rootfs" "$store/merged"
