#!/bin/bash
# Limits limit: what a container can do under each, on either version of cgroups. Prints rows of
# tests/system/cgroup/table.
. "$top_srcdir/tests/system/lib.sh"
. "$top_srcdir/tests/system/cgroup/hierarchy.bash"

effect() { # FIELD ASKED WHAT-WAS-SEEN
	echo "# effect | $column | $1 | $2 | $3"
}

used_ns() { # PID: cpu time of the container's cgroup
	local dir
	if [ "$(version_of cpu)" = 1 ]; then
		cat "$(dir_of "$1" cpuacct)/cpuacct.usage"
	else
		dir=$(dir_of "$1" cpu)
		echo "$(sed -n 's/^usage_usec //p' "$dir/cpu.stat")000"
	fi
}

for profile in oci hardened; do
	use_profile $profile

	if [ -n "$(version_of cpu)" ]; then
		# the shares let it have its fifth on a machine that is busy with other things
		with '{"cpu": {"quota": 20000, "period": 100000, "shares": 262144}}'
		set_args "$b" /bin/sh -c 'while :; do :; done'
		new_id
		cai run --detach --bundle "$b" "$id" >"$scratch/start" 2>&1
		pid=$(pid_of "$id")
		sleep 0.3
		# three attempts: a machine that has other things to do looks at the clock late
		for _ in 1 2 3; do
			used=$(used_ns "$pid") start=$(date +%s%N)
			sleep 2
			permille=$((($(used_ns "$pid") - used) * 1000 / ($(date +%s%N) - start)))
			[ $permille -lt 180 ] || [ $permille -gt 220 ] || break
		done
		cai delete --force "$id"
		if [ "$permille" -ge 180 ] && [ "$permille" -le 220 ]; then
			pass "$profile: a fifth of a cpu within 10 %"
		else
			fail "$profile: a fifth of a cpu within 10 %" "$permille of 1000"
		fi
		effect cpu.quota '20000 of 100000' "used $((permille / 10)).$((permille % 10)) %"
	else
		skip_point "$profile: cpu quota" 'no cpu controller'
	fi

	if [ -n "$(version_of memory)" ]; then
		with '{"memory": {"limit": 25165824, "swap": 25165824}}'
		set_args "$b" tail /dev/zero
		new_id
		cai run --bundle "$b" "$id" >"$scratch/out" 2>&1
		rc=$?
		is "$profile: too much memory: killed" $rc 137
		effect memory.limit 25165824 "killed, exit status $rc"
		set_args "$b" /bin/sh -c 'tail /dev/zero; echo still here'
		new_id
		if [ "$profile" = hardened ] && [ "$(version_of memory)" = 2 ]; then
			cai run --bundle "$b" "$id" >"$scratch/out" 2>&1
			is "$profile: all of it, since memory.oom.group is set" "$?$(cat "$scratch/out")" 137
		else
			is "$profile: only the process that took it" "$(cai run --bundle "$b" "$id" 2>/dev/null)" 'still here'
		fi
	else
		skip_point "$profile: memory" 'no memory controller'
	fi

	if [ -n "$(version_of pids)" ]; then
		with '{"pids": {"limit": 10}}'
		set_args "$b" /bin/sh -c 'bomb() { bomb | bomb & }; bomb; sleep 60'
		new_id
		cai run --detach --bundle "$b" "$id" >"$scratch/out" 2>&1
		pid=$(pid_of "$id")
		sleep 0.3
		n=$(read_back "$pid" pids pids.current)
		if [ "$n" -le 10 ]; then pass "$profile: a fork bomb stops"; else fail "$profile: a fork bomb stops" "$n"; fi
		effect pids.limit 10 "a fork bomb stops at $n processes"
		succeeds "$profile: and is ended" cai delete --force "$id"
	else
		skip_point "$profile: processes" 'no pids controller'
	fi

	if [ -n "$(version_of cpuset)" ]; then
		with '{"cpu": {"cpus": "0"}}'
		cpus=$(run_sh "$b" 'sed -n "s/^Cpus_allowed_list:.//p" /proc/self/status')
		is "$profile: it runs on one cpu" "$cpus" 0
		effect cpu.cpus 0 "Cpus_allowed_list: $cpus"
	else
		skip_point "$profile: cpus" 'no cpuset controller'
	fi
done

# --- once ----------------------------------------------------------------------------------------

use_profile oci
if [ -n "$(version_of memory)" ]; then
	with '{"memory": {"limit": 25165824, "swap": 25165824}}'
	set_args "$b" /bin/sh -c 'while [ ! -e /tmp/go ]; do sleep 0.05; done; tail /dev/zero; sleep 60'
	new_id
	cai run --detach --bundle "$b" "$id" >"$scratch/start" 2>&1
	"$CAISSON" "${global_flags[@]}" events --interval 1h "$id" >"$scratch/stream" 2>&1 &
	stream=$!
	listens() { find "/proc/$stream/fd" -lname '*memory.events' -o -lname '*eventfd*' 2>/dev/null | grep -q .; }
	eventually listens
	touch "$b/rootfs/tmp/go"
	eventually grep -q '"oom"' "$scratch/stream"
	like 'a kill for memory is reported' "$(cat "$scratch/stream")" '"type":"oom"'
	effect 'memory.limit, events' 25165824 "$(jq -r .type <"$scratch/stream" | sort -u | xargs)"
	cai delete --force "$id"
	wait $stream
	rm -f "$b/rootfs/tmp/go"
fi
if [ "$(version_of memory)" = 1 ]; then
	with '{"memory": {"limit": 25165824, "swap": 25165824, "disableOOMKiller": true}}'
	# filled by the program itself: a system call that can't fill memory fails instead
	# shellcheck disable=SC2016 # for the shell inside
	set_args "$b" /bin/sh -c 'x=0123456789abcdef; while :; do x=$x$x; done'
	new_id
	cai run --detach --bundle "$b" "$id" >"$scratch/start" 2>&1
	pid=$(pid_of "$id")
	waits() { read_back "$pid" memory memory.oom_control | grep -qx 'under_oom 1'; }
	eventually waits
	is 'without the killer a process waits' "$(status_of "$id"), $(read_back "$pid" memory memory.oom_control | grep under)" \
		'running, under_oom 1'
	effect memory.disableOOMKiller true 'waits, under_oom 1'
	succeeds 'and can be ended' cai delete --force "$id"
elif [ "$(version_of memory)" = 2 ]; then
	with '{"unified": {"memory.high": "16777216"}}'
	set_args "$b" tail /dev/zero
	new_id
	cai run --detach --bundle "$b" "$id" >"$scratch/start" 2>&1
	pid=$(pid_of "$id")
	held_back() { read_back "$pid" memory memory.events | grep -qE '^high [1-9]'; }
	eventually held_back
	like 'memory.high: held back' "$(read_back "$pid" memory memory.events)" '^high [1-9]'
	effect 'unified memory.high' 16777216 'held back, counted in memory.events'
	succeeds 'and can be ended' cai delete --force "$id"
fi

if [ -n "$(version_of pids)" ]; then
	with '{"pids": {"limit": 0}}'
	out=$(run_sh "$b" '/bin/true; echo forked' 2>&1)
	like 'a limit of 0 processes: no other one' "$out" "can't fork"
	effect 'pids.limit 0' 0 "no other process: ${out##*: }"
fi

if [ -n "$(version_of cpuset)" ]; then
	with '{"cpu": {"mems": "0"}}'
	mems=$(run_sh "$b" 'sed -n "s/^Mems_allowed_list:.//p" /proc/self/status')
	is 'memory of one node' "$mems" 0
	effect cpu.mems 0 "Mems_allowed_list: $mems"
fi

# Two containers on one cpu, which they would share in halves; how much of it the first one had.
compare() { # CPU-OF-THE-FIRST CPU-OF-THE-SECOND: sets $percent
	local ids=() pids=() cpu used=() at
	for cpu; do
		with "{\"cpu\": $cpu}" '.linux.resources.cpu.cpus = "0"'
		if [ "$manager" = systemd ]; then
			edit "$b" '.linux.cgroupsPath += "-'${#ids[@]}'"'
		else
			edit "$b" '.linux.cgroupsPath += "/'${#ids[@]}'"'
		fi
		set_args "$b" /bin/sh -c 'while :; do :; done'
		new_id
		ids+=("$id")
		cai run --detach --bundle "$b" "$id" >"$scratch/start" 2>&1
		pids+=("$(pid_of "$id")")
	done
	for at in 0 1; do used[at]=$(used_ns "${pids[at]}"); done
	sleep 1.5
	for at in 0 1; do used[at]=$(($(used_ns "${pids[at]}") - used[at] + 1)); done
	percent=$((used[0] * 100 / (used[0] + used[1])))
	for id in "${ids[@]}"; do cai delete --force "$id"; done
	[ "$manager" = systemd ] || find /sys/fs/cgroup -depth -type d -path "*$cgroups_path" -exec rmdir {} + 2>/dev/null
}

at_most() { # DESCRIPTION FIELD ASKED MOST
	if [ "$percent" -le "$4" ]; then pass "$1"; else fail "$1" "$percent %"; fi
	effect "$2" "$3" "$percent % of a cpu that two want"
}

if [ -n "$(version_of cpu)" ] && [ -n "$(version_of cpuset)" ]; then
	compare '{"shares": 256}' '{"shares": 4096}'
	at_most 'few shares' cpu.shares '256 beside 4096' 35
	if [ -e "$(mount_of cpu)/cpu.idle" ] || [ "$(version_of cpu)" = 2 ]; then
		compare '{"idle": 1}' '{"shares": 1024}'
		at_most 'idle' cpu.idle '1 beside 1024 shares' 20
	fi
fi

# One MiB a second for three of them, written past the page cache.
disk=$(printf '%d:%d' "0x$(stat -c %D "$b" | sed 's/..$//')" "0x$(stat -c %D "$b" | grep -o '..$')")
if [ -n "$(version_of blkio)$(version_of io)" ] && [ -d "/sys/dev/block/$disk/queue" ]; then
	with "{\"blockIO\": {\"throttleWriteBpsDevice\": [{\"major\": ${disk%:*}, \"minor\": ${disk#*:}, \"rate\": 1048576}]}}"
	began=$(date +%s%N)
	run_sh "$b" 'dd if=/dev/zero of=/root/out bs=262144 count=12 oflag=direct' >"$scratch/out" 2>&1
	took_ms=$((($(date +%s%N) - began) / 1000000))
	rm -f "$b/rootfs/root/out"
	if [ $took_ms -ge 1900 ]; then pass 'writes are throttled'; else fail 'writes are throttled' "$took_ms ms" "$(cat "$scratch/out")"; fi
	effect blockIO.throttleWriteBpsDevice '1 MiB a second' "3 MiB in at least $((took_ms / 1000)) s"
else
	skip_point 'writes are throttled' 'no controller, or no disk below the bundle'
fi

# The list is exact: what it has can be opened, nothing else, and nothing else made.
use_profile oci
open_all='for n in null:1:3 tun:10:200 fuse:10:229 mem:1:1; do
	IFS=: read -r name major minor <<-EOF
	$n
	EOF
	(: <"/tmp/$name") 2>/dev/null && echo -n "$name "
done'
mknod -m 666 "$b/rootfs/tmp/null" c 1 3
mknod -m 666 "$b/rootfs/tmp/tun" c 10 200
mknod -m 666 "$b/rootfs/tmp/mem" c 1 1
mknod -m 666 "$b/rootfs/tmp/fuse" c 10 229
with '{"devices": [{"allow": false}]}'
opened=$(run_sh "$b" "$open_all")
unlike 'devices that are not in the list' "$opened" 'fuse|mem'
effect devices 'none allowed' "of null, tun, fuse, mem can be opened: ${opened% }"
like 'devices every container has' "$opened" '^null '
if grep -q ' fuse$' /proc/misc; then
	with '{"devices": [{"allow": false}, {"allow": true, "type": "c", "major": 10, "minor": 229, "access": "r"}]}'
	like 'one that is, for reading' "$(run_sh "$b" "$open_all")" 'fuse'
	is 'not for writing' "$(run_sh "$b" '(: >/tmp/fuse) 2>&1' | sed 's/.*: //')" 'Operation not permitted'
else
	skip_point 'one that is' 'no fuse in this kernel'
fi
use_profile hardened
with '{"devices": [{"allow": false}]}'
unlike 'hardened: not even these' "$(run_sh "$b" "$open_all")" 'tun|fuse|mem'
rm -f "$b"/rootfs/tmp/{null,tun,mem,fuse}
