# What the tests of cgroups share; sourced after lib.sh.
#
# shellcheck shell=bash disable=SC2034,SC2154

need jq pgrep /bin/busybox
[ -e /sys/fs/cgroup/memory/cgroup.procs ] || skip 'the v1 hierarchies are not at /sys/fs/cgroup'

top=/$test_tag # cgroupsPath of everything here; gone with the last container
b=$(new_bundle) || bail 'make a bundle'
edit "$b" --arg path "$top" '.linux.cgroupsPath = $path'
plain=$(cat "$b/config.json")
hierarchies=$(awk '$(NF - 2) ~ /^cgroup/ { print $5 }' /proc/self/mountinfo)

again() { # JQ-ARGUMENTS: the example configuration with a change
	echo "$plain" >"$b/config.json" && edit "$b" "$@"
}

file_of() { # CONTROLLER FILE: as the container's cgroup has it
	cat "/sys/fs/cgroup/$1$top/$2" 2>&1
}

start_sleeper() { # a container that waits; sets $id
	set_args "$b" sleep 60
	new_id
	caisson ${global_flags[@]+"${global_flags[@]}"} run --detach --bundle "$b" "$id"
}

# Directories of the container in all hierarchies
list_own() { # [PATH]
	local at
	for at in $hierarchies; do
		[ -d "$at${1:-$top}" ] && echo "$at${1:-$top}"
	done
}
