# For tests that run on cgroup v1, hybrid and v2 alike; sourced after lib.sh. Where a controller is,
# is asked of the kernel. CAISSON_TEST_CGROUP_MANAGER=systemd runs them with that driver.
#
# shellcheck shell=bash disable=SC2034,SC2154

need jq pgrep /bin/busybox
manager=${CAISSON_TEST_CGROUP_MANAGER:-cgroupfs}
cgroups_path=/$test_tag
if [ "$manager" = systemd ]; then
	[ -d /run/systemd/system ] || skip 'systemd does not run this machine'
	[ -n "${CAISSON_TEST_HOST_PIDS:-}" ] || skip 'systemd knows processes by other numbers'
	cgroups_path=system.slice:caisson:$test_tag
fi
b=$(new_bundle) || bail 'make a bundle'
edit "$b" --arg path "$cgroups_path" '.linux.cgroupsPath = $path'
plain=$(cat "$b/config.json")

again() { # JQ-ARGUMENTS: the example configuration with a change
	echo "$plain" >"$b/config.json" && edit "$b" "$@"
}

with() { # RESOURCES [JQ-FILTER]
	again --argjson resources "$1" '.linux.resources = $resources | '"${2:-.}"
}

use_profile() { # NAME: for run_sh, start_sleeper and cai
	global_flags=(--profile "$1")
	[ "$manager" = systemd ] && global_flags+=(--systemd-cgroup)
	return 0
}

cai() { # COMMAND...: caisson with the global flags
	caisson ${global_flags[@]+"${global_flags[@]}"} "$@"
}

start_sleeper() { # a container that waits; sets $id and $pid
	set_args "$b" sleep 1000
	new_id
	cai run --detach --bundle "$b" "$id" >"$scratch/start" 2>&1 || return
	pid=$(pid_of "$id")
}

# The version of the hierarchy that has a controller: 1, 2, or nothing
version_of() { # CONTROLLER
	if grep -qE "^[0-9]+:([^:]*,)?$1(,[^:]*)?:" /proc/self/cgroup; then
		echo 1
	elif awk '$(NF - 2) == "cgroup2" { print $5 }' /proc/self/mountinfo |
		sed 's/$/\/cgroup.controllers/' | xargs cat 2>/dev/null | grep -qw "$1"; then
		echo 2
	fi
}

mount_of() { # CONTROLLER
	if [ "$(version_of "$1")" = 1 ]; then
		awk -v name="$1" '$(NF - 2) == "cgroup" && ("," $NF ",") ~ ("," name ",") { print $5; exit }' \
			/proc/self/mountinfo
	else
		awk '$(NF - 2) == "cgroup2" { print $5; exit }' /proc/self/mountinfo
	fi
}

# Where the container's processes are, as the kernel says
dir_of() { # PID CONTROLLER
	local line=
	line=$(grep -E "^[0-9]+:([^:]*,)?$2(,[^:]*)?:" "/proc/$1/cgroup") ||
		line=$(grep '^0::' "/proc/$1/cgroup")
	echo "$(mount_of "$2")$(cut -d: -f3- <<<"$line")"
}

# Of the table that tests/system/cgroup/table prints
column='v2 cgroupfs'
[ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || column=v1
[ "$manager" = cgroupfs ] || column='v2 systemd'

read_back() { # PID CONTROLLER FILE
	cat "$(dir_of "$1" "$2")/$3" 2>&1
}
