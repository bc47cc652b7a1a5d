#!/bin/bash
# The device list as a list of what is denied (GHSA-g54h-m393-cpwq): whatever the config says, the
# first rule is "nothing", and nodes of the image or made inside are of no use.
# shellcheck disable=SC2016 # expressions of jq and of the shell inside
. "$top_srcdir/tests/system/attack.sh"

attack_bundle
cp "$b/config.json" "$scratch/original.json"
mknod -m 0666 "$rootfs/etc/kmsg" c 1 11
mknod -m 0666 "$rootfs/etc/null" c 1 3
mknod -m 0666 "$rootfs/etc/disk" b "$(stat -c '%Hd %Ld' "$scratch" 2>/dev/null || echo 8 0)" 2>/dev/null ||
	mknod -m 0666 "$rootfs/etc/disk" b 8 0

for rules in '[]' '[{"allow": true, "access": "rwm"}]' '[{"allow": true, "type": "a", "access": "rwm"}]' \
	'[{"allow": false, "access": "rwm"}, {"allow": true, "type": "b", "access": "rwm"}]' \
	'[{"allow": true, "type": "c", "major": 1, "minor": 11, "access": "rwm"}]'; do
	cp "$scratch/original.json" "$b/config.json"
	edit "$b" ".linux.resources.devices = $rules"
	for uid in 0 1000; do
		edit "$b" ".process.user = {uid: $uid, gid: $uid}"
		answers "uid $uid, rules $rules" 'read:/etc/kmsg EACCES' 'read:/etc/disk EACCES' \
			'read:/etc/null EACCES' 'mknod:/tmp/null EPERM' 'read-write:/dev/null ok' 'read:/dev/zero ok'
	done
done

# Where nodes work, in profile oci, the device cgroup still stands in front of them.
cp "$scratch/original.json" "$b/config.json"
global_flags=(--profile oci)
edit "$b" '.linux.resources.devices = [{allow: false, access: "rwm"}]'
answers 'oci: the device cgroup' 'read:/etc/kmsg EPERM' 'read:/etc/disk EPERM' 'read-write:/etc/null ok'

global_flags=()
while read -r path type major minor; do
	cp "$scratch/original.json" "$b/config.json"
	edit "$b" --arg path "$path" --arg type "$type" --argjson major "$major" --argjson minor "$minor" \
		'.linux.devices = [{path: $path, type: $type, major: $major, minor: $minor, fileMode: 438}]'
	refused "hardened: $path" "CIS-5.18.*$path"
done <<END
/dev/sda b 8 0
/dev/mem c 1 1
/dev/kmsg c 1 11
/dev/fuse c 10 229
/dev/net/tun c 10 200
/dev/null b 8 0
END
