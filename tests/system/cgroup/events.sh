#!/bin/bash
# events: figures in the form of runc, as often as asked for, and out-of-memory kills as they happen.
. "$top_srcdir/tests/system/lib.sh"
. "$top_srcdir/tests/system/cgroup/hierarchy.bash"

field() { # FILTER: of the figures in $stats
	jq -c "$1" <<<"$stats" 2>&1
}

for profile in oci hardened; do
	use_profile $profile
	with '{"memory": {"limit": 67108864}, "pids": {"limit": 37}, "cpu": {"quota": 30000, "period": 100000}}'
	set_args "$b" /bin/sh -c 'i=0; while [ $i -lt 60000 ]; do i=$((i + 1)); done; sleep 60'
	new_id
	cai run --detach --bundle "$b" "$id" >"$scratch/start" 2>&1
	pid=$(pid_of "$id")
	sleep 0.5
	stats=$(cai events --stats "$id" 2>&1)
	is "$profile: --stats is one line" "$(wc -l <<<"$stats")" 1
	is "$profile: type and id" "$(field '[.type, .id]')" "[\"stats\",\"$id\"]"
	is "$profile: subjects, in runc's order" "$(field '.data | keys_unsorted')" \
		'["cpu","cpuset","memory","pids","blkio","hugetlb","intel_rdt","network_interfaces"]'
	is "$profile: the kinds of values" "$(field '[.data.hugetlb, .data.intel_rdt, .data.network_interfaces | type]')" \
		'["object","object","null"]'
	if [ -n "$(version_of cpu)" ]; then
		like "$profile: cpu time" "$(field '(.data.cpu.usage.total // 0) > 1000000')" true
		like "$profile: throttled" "$(field '.data.cpu.throttling.periods > 0')" true
	fi
	if [ -n "$(version_of memory)" ]; then
		is "$profile: memory limit" "$(field .data.memory.usage.limit)" 67108864
		is "$profile: memory in use" "$(field '.data.memory.usage.usage > 1000 and .data.memory.usage.usage < 67108864')" true
		is "$profile: names are sorted" "$(field '.data.memory.raw | keys_unsorted == keys')" true
	fi
	if [ -n "$(version_of pids)" ]; then
		is "$profile: processes" "$(field '[.data.pids.current, .data.pids.limit]')" '[1,37]'
	fi
	if [ "$(version_of cpuset)" = 1 ]; then
		is "$profile: cpus" "$(field .data.cpuset.cpus)" "$(cut -d- -f2 "$(dir_of "$pid" cpuset)/cpuset.cpus" | xargs seq 0 | jq -sc .)"
	fi
	cai events --interval 200ms "$id" >"$scratch/stream" 2>&1 &
	stream=$!
	began=$(date +%s%N)
	sleep 1.1
	lines=$(wc -l <"$scratch/stream")
	most=$((($(date +%s%N) - began) / 200000000 + 1))
	# a machine that is busy starts late; none may be early
	if [ "$lines" -ge 3 ] && [ "$lines" -le $most ]; then
		pass "$profile: every 200 ms"
	else
		fail "$profile: every 200 ms" "$lines lines, and at most $most in that time"
	fi
	is "$profile: each line is one document" "$(jq -c .type <"$scratch/stream" | sort -u)" '"stats"'
	cai kill "$id" KILL
	wait $stream
	is "$profile: it ends with the container" $? 0
	eventually has_status "$id" stopped
	fails_with "$profile: of a stopped one" "container with id $id is not running" cai events --stats "$id"
	cai delete "$id"
done

# --- out of memory ------------------------------------------------------------------------------------------

use_profile oci
if [ -n "$(version_of memory)" ]; then
	with '{"memory": {"limit": 25165824, "swap": 25165824}}'
	set_args "$b" /bin/sh -c 'while [ ! -e /tmp/go ]; do sleep 0.05; done; tail /dev/zero; tail /dev/zero; sleep 60'
	rm -f "$b/rootfs/tmp/go"
	new_id
	cai run --detach --bundle "$b" "$id" >"$scratch/start" 2>&1
	cai events --interval 1h "$id" >"$scratch/stream" 2>&1 &
	stream=$!
	sleep 0.3
	touch "$b/rootfs/tmp/go"
	two_kills() { [ "$(grep -c '"oom"' "$scratch/stream")" -ge 2 ]; }
	eventually two_kills
	is 'two kills are told' "$(jq -c '[.type, .id, has("data")]' <"$scratch/stream" | uniq)" "[\"oom\",\"$id\",false]"
	is 'the container goes on' "$(status_of "$id")" running
	cai kill "$id" KILL
	wait $stream
	is 'the end of its cgroup is none' "$(grep -c '"oom"' "$scratch/stream")" "$(grep -c . "$scratch/stream")"
	cai delete --force "$id"

	with '{"memory": {"limit": 25165824, "swap": 25165824}}'
	set_args "$b" /bin/sh -c 'while [ ! -e /tmp/go ]; do sleep 0.05; done; exec tail /dev/zero'
	rm -f "$b/rootfs/tmp/go"
	new_id
	cai run --detach --bundle "$b" "$id" >"$scratch/start" 2>&1
	cai events --interval 1h "$id" >"$scratch/stream" 2>&1 &
	stream=$!
	sleep 0.3
	touch "$b/rootfs/tmp/go"
	wait $stream
	like 'that of the first process is told as well' "$(cat "$scratch/stream")" '"type":"oom"'
	eventually has_status "$id" stopped
	is 'it has stopped' "$(status_of "$id")" stopped
	cai delete "$id"
	rm -f "$b/rootfs/tmp/go"
fi

again .
start_sleeper
fails_with 'interval 0' 'duration interval must be greater than 0' cai events --interval 0 "$id"
for bad in 5 s 1x 1.2.3s -1s ''; do
	fails_with "interval '$bad'" 'invalid value|flag needs|not defined' cai events --interval "$bad" "$id"
done
is 'a reader that leaves ends it' "$(cai events --interval 50ms "$id" 2>/dev/null | head -n 2 | wc -l)" 2
cai delete --force "$id"
fails_with 'nobody' 'container does not exist' cai events --stats nobody
