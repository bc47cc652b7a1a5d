#!/bin/bash
# A configuration with a user namespace of its own, profile oci: the namespace owns the others, the
# container's root has power there, and none over what the launcher mounted (T-39).
. "$top_srcdir/tests/system/attack.sh"
global_flags=(--profile oci)
chmod a+x "${scratch%/*}"

attack_bundle
base=300000
mkdir -p "$rootfs/masked" "$rootfs/readonly" "$rootfs/ro-volume" "$scratch/volume"
echo secret >"$rootfs/masked/file"
echo text | tee "$rootfs/readonly/file" "$scratch/volume/file" >/dev/null
chown -hR $base:$base "$rootfs"
all_caps='(["CHOWN","DAC_OVERRIDE","FOWNER","KILL","SETGID","SETUID","NET_ADMIN","NET_RAW","SYS_ADMIN",
	"SYS_CHROOT","SYS_PTRACE","MKNOD"] | map("CAP_" + .)) as $all | .process.capabilities =
	{bounding: $all, effective: $all, permitted: $all}'
edit "$b" --argjson base $base --arg volume "$scratch/volume" "$all_caps"' | .process.noNewPrivileges = false |
	.linux.namespaces |= (map(select(.type != "cgroup")) + [{type: "user"}, {type: "cgroup"}]) |
	.linux.uidMappings = [{containerID: 0, hostID: $base, size: 1000}, {containerID: 1000, hostID: 400000, size: 10}] |
	.linux.gidMappings = [{containerID: 0, hostID: $base, size: 2000}] |
	.linux.maskedPaths += ["/masked"] | .linux.readonlyPaths += ["/readonly"] |
	.mounts += [{destination: "/ro-volume", source: $volume, options: ["bind", "ro", "nosuid", "nodev"]}]'

# --- ids ---------------------------------------------------------------------------------------------

shell "$b" 'cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups; id -u
	stat -c "%n %u:%g" / /dev /dev/null /dev/pts /tmp /proc/1'
is 'the mappings, in their order; who owns what' "$(tr -s ' ' <<<"$out" | sed 's/^ //')" "0 $base 1000
1000 400000 10
0 $base 2000
allow
0
/ 0:0
/dev 0:0
/dev/null 0:0
/dev/pts 0:0
/tmp 0:0
/proc/1 0:0"
set_args "$b" sleep 60
new_id
first=$id
succeeds 'create' caisson --profile oci create --bundle "$b" "$id"
is 'root is an ordinary id outside' "$(awk '/^[UG]id:/ { print $2, $5 }' "/proc/$(pid_of "$id")/status")" \
	"$base $base
$base $base"
caisson start "$id"
is 'after start as well' "$(awk '/^[UG]id:/ { print $2, $5 }' "/proc/$(pid_of "$id")/status")" "$base $base
$base $base"
for ns in mnt pid net ipc uts cgroup user; do
	isnt "$ns namespace is new" "$(readlink "/proc/$(pid_of "$id")/ns/$ns")" "$(readlink "/proc/self/ns/$ns")"
done
user_path=/proc/$(pid_of "$id")/ns/user

# Another container joins its user namespace. containerd sends the mappings along (T-25).
cp "$b/config.json" "$scratch/kept.json"
edit "$b" --arg path "$user_path" '.linux.namespaces |= map(if .type == "user" then .path = $path else . end)'
shell "$b" 'readlink /proc/self/ns/user; id -u; stat -c %u:%g /dev/null'
is 'a joined user namespace' "$out" "$(readlink "$user_path")
0
0:0"
edit "$b" '.linux.uidMappings[0].hostID = 500000'
shell "$b" true
isnt 'with other mappings it is refused' "$status" 0
like 'and why' "$(cat "$scratch/stderr")" 'uidMappings|mapping'
cp "$scratch/kept.json" "$b/config.json"
caisson delete --force "$first"

# --- power over its own ---------------------------------------------------------------------------------

shell "$b" 'mkdir -p /tmp/m && mount -t tmpfs own /tmp/m && touch /tmp/m/x && umount /tmp/m && echo mounted
	ip link set lo down && ip -o link show lo | grep -c UP,
	hostname renamed && hostname
	mount -t proc p /tmp/m 2>/dev/null || echo no other proc'
is 'root mounts, takes loopback down, renames; the kernel keeps a /proc without masks from it' "$out" 'mounted
0
renamed
no other proc'

# --- and none over what is not --------------------------------------------------------------------------

probe "$b" try umount:/masked umount:/proc/keys umount:/sys/firmware umount:/readonly umount:/proc/sys \
	umount:/ro-volume umount:/proc umount:/dev remount-rw:/masked remount-rw:/readonly remount-rw:/proc/sys \
	remount-rw:/ro-volume clear-ro:/readonly clear-ro:/ro-volume clear-ro:/proc/sys clear-nodev:/ro-volume \
	clear-nosuid:/ro-volume copied-umount:/masked copied-remount-rw:/ro-volume copied-clear-ro:/ro-volume \
	copied-clear-nodev:/ro-volume nested-umount:/masked nested-clear-ro:/ro-volume nested-clear-nodev:/ro-volume \
	mknod
is 'the probe ran' "$status" 0
while read -r attempt result; do
	like "$attempt: $result" "$result" '^(EPERM|EINVAL|EACCES)$'
done <<<"$out"
shell "$b" 'cat /masked/file; mkdir -p /tmp/b; mount --bind /masked /tmp/b; cat /tmp/b/file; mount --rbind / /tmp/b &&
	cat /tmp/b/masked/file; unshare -Ur sh -c "umount /masked; cat /masked/file"'
unlike 'no bind of it shows what is below a mask' "$out" secret
shell "$b" 'echo x >/ro-volume/file; echo x >/readonly/file; cat /ro-volume/file /readonly/file'
is 'what is read-only stays so' "$out" 'text
text'
is 'outside too' "$(cat "$rootfs/readonly/file" "$scratch/volume/file")" 'text
text'

# --- what cannot be ------------------------------------------------------------------------------------

refused() { # DESCRIPTION REGEX JQ-PROGRAM
	cp "$scratch/kept.json" "$b/config.json"
	edit "$b" "$3"
	fails_with "$1" "$2" run_sh "$b" true
}
refused 'an owner without mapping' '/process/user/uid|user namespace' '.process.user.uid = 5000'
refused 'a group without mapping' '/process/user/gid|user namespace' '.process.user.gid = 5000'
refused 'a supplementary group without mapping' 'additionalGids' '.process.user.additionalGids = [5000]'
refused 'a device of an owner without mapping' '/linux/devices/0.*owner' \
	'.linux.devices = [{path: "/dev/x", type: "c", major: 1, minor: 3, uid: 5000}]'
refused 'mappings without a user namespace' 'id mappings without a user namespace' '.linux.namespaces |= map(select(.type != "user"))'
refused 'a user namespace without mappings' 'uidMappings|mapping' 'del(.linux.uidMappings)'
refused 'mappings that overlap' 'uidMappings|mapping' '.linux.uidMappings += [{containerID: 5, hostID: 900000, size: 1}]'
refused 'an empty mapping' 'uidMappings' '.linux.uidMappings[0].size = 0'
refused 'a mapping past the last id' 'uidMappings' '.linux.uidMappings[0].size = 4294967295'
