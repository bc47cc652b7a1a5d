#!/bin/bash
# The container's user namespace owns nothing (I9, T-39): mounts, network, host name belong to the
# host, so capabilities inside have no power over them. Three times: as it is by default, with
# every capability, and with every capability and no filter, where the kernel itself must refuse.
# shellcheck disable=SC2016 # expressions of jq and of the shell inside
. "$top_srcdir/tests/system/attack.sh"

attack_bundle
volume=$scratch/volume
mkdir -m 0777 "$volume"
echo kept >"$volume/file" && chmod 0666 "$volume/file"
edit "$b" --arg source "$volume" '.mounts += [
	{destination: "/volume", type: "bind", source: $source, options: ["bind", "ro"]}]'

attempts=(
	'mount:/tmp EPERM' 'bind:/proc EPERM' 'bind:/volume EPERM'
	'remount-rw:/proc/sys EPERM' 'remount-rw:/volume EPERM'
	'umount:/proc/interrupts EPERM' 'umount:/proc/sys EPERM' 'umount:/volume EPERM' 'umount:/dev EPERM'
	'clear-ro:/proc/sys EPERM' 'clear-ro:/volume EPERM' 'clear-ro:/sys EPERM'
	'clear-nodev:/ EPERM' 'clear-nodev:/volume EPERM' 'clear-nosuid:/ EPERM'
	'pivot-root EPERM' 'open-tree:/ EPERM' 'fsopen:tmpfs EPERM' 'fsopen:proc EPERM' 'propagation:/ EPERM'
	'sethostname EPERM' 'setdomainname EPERM'
	'lo-down EPERM' 'lo-address EPERM' 'raw-socket EPERM'
	'setns EPERM' 'mknod:/tmp/n EPERM'
	'write:/volume/file EROFS' 'write:/proc/sys/kernel/core_pattern EACCES'
)
by_filter=('unshare-user EPERM' 'clone-user EPERM' 'unshare-mount EPERM' 'unshare-net EPERM')
# In a copy of the mount namespace the kernel keeps each mount locked.
in_copies=(
	'nested-mount:/tmp ok' 'nested-umount:/proc/interrupts EINVAL' 'nested-umount:/volume EINVAL'
	'nested-clear-ro:/proc/sys EPERM' 'nested-clear-ro:/volume EPERM' 'nested-clear-nodev:/ EPERM'
	'copied-umount:/proc/interrupts EINVAL' 'copied-umount:/volume EINVAL' 'copied-remount-rw:/volume EPERM'
	'copied-clear-ro:/proc/sys EPERM' 'copied-clear-ro:/volume EPERM' 'copied-clear-nodev:/ EPERM'
)

commands() { # DESCRIPTION
	local command
	for command in 'mount -t tmpfs none /tmp' 'umount /proc/interrupts' 'umount -l /proc/interrupts' \
		'mount -o remount,rw /volume' 'ip link set lo down' 'hostname x' 'mknod /tmp/null c 1 3'; do
		shell "$b" "$command"
		isnt "$1: $command" "$status" 0
	done
}

each_user() { # DESCRIPTION "ATTEMPT WANTED"...
	local what=$1 uid
	shift
	for uid in 0 1000; do
		edit "$b" ".process.user = {uid: $uid, gid: $uid}"
		answers "$what, uid $uid" "${attempts[@]}" "$@"
		commands "$what, uid $uid"
	done
}

each_user hardened "${by_filter[@]}"

edit "$b" --argjson all "$(caisson features | jq .linux.capabilities)" \
	'.process.user = {uid: 0, gid: 0} | .process.capabilities =
		{bounding: $all, effective: $all, permitted: $all, inheritable: $all, ambient: $all}'
use_profile() { # NAME: of root, as caisson wants it
	install -m 0644 "$top_srcdir/tests/system/isolation/$1.json" "$scratch/$1.json"
	global_flags=(--profile "$scratch/$1.json")
}

has_all() { # DESCRIPTION: uid 1000 too, by ambient capabilities
	local uid
	for uid in 0 1000; do
		edit "$b" ".process.user = {uid: $uid, gid: $uid}"
		shell "$b" 'grep -E "CapEff|Seccomp:" /proc/self/status'
		like "$1, uid $uid: they are really there" "$out" 'CapEff:.*(0000003f|000001f)fffffffff?$'
	done
}

use_profile profile-all-caps
has_all 'all capabilities'
each_user 'all capabilities' "${by_filter[@]}"

use_profile profile-no-floor
has_all 'all capabilities, no filter'
like 'no filter: it is really gone' "$out" 'Seccomp:[[:space:]]0'
each_user 'all capabilities, no filter' "${in_copies[@]}"

is 'the volume is as it was' "$(cat "$volume/file")" kept
