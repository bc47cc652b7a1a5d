# What the measurements in this folder share: the machine as every runtime is to see it, and the table
# they print. Sourced inside a mount namespace of one's own.
#
# shellcheck shell=bash

hide_run() {
	mount -t tmpfs -o mode=0755,nosuid,nodev tmpfs /run
	grep -qs '^caisson:' /etc/subuid && grep -qs '^caisson:' /etc/subgid && return
	for file in subuid subgid; do
		echo 'caisson:1879048192:67108864' >"/run/$file"
		[ -e /etc/$file ] || { echo "there is no /etc/$file" >&2; exit 77; }
		mount --bind /run/$file /etc/$file
	done
}

show_v1_alone() {
	local v1 dir
	v1=$(awk '$3 == "cgroup" { print $2 }' /proc/self/mounts | sort -u)
	[ -n "$v1" ] || return 0
	mkdir /run/v1
	for dir in $v1; do
		mkdir "/run/v1/${dir##*/}" && mount --bind "$dir" "/run/v1/${dir##*/}"
	done
	umount --recursive --lazy /sys/fs/cgroup
	mount -t tmpfs -o mode=0755 tmpfs /sys/fs/cgroup
	for dir in $v1; do
		mkdir "/sys/fs/cgroup/${dir##*/}"
		mount --move "/run/v1/${dir##*/}" "/sys/fs/cgroup/${dir##*/}"
	done
}

# Hierarchies named as arguments stay away: no realtime process can be put into a v1 `cpu` cgroup.
hide_hierarchies() { # NAME...
	local name
	for name; do
		[ ! -d "/sys/fs/cgroup/$name" ] || {
			umount "/sys/fs/cgroup/$name" && rmdir "/sys/fs/cgroup/$name"
		}
	done
}

# With the controllers that v1 leaves it: the directories, the attachments, the device programs are
# those of a machine that has nothing but v2.
show_v2_alone() {
	umount --recursive --lazy /sys/fs/cgroup
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
}

show() { # TITLE, of what measure() printed
	awk -v title="$1" '
	$1 == "ratio" { ratio[$2] = $3; ratio10[$2] = $4 }
	$1 == "time" {
		if (!shown++)
			printf "%-14s %12s %12s %14s\n", title, "median us", "p10 us", "hardened/this"
		printf "  %-12s %12d %12d %14s\n", $2, $3, $4, $2 in ratio ? ratio[$2] : ""
	}'
}
