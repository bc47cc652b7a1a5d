#!/bin/bash
# The audit log: one JSON line for each decision and each step of a container's life, with who asked
# for it; nothing a container or its config says can break a line.
. "$top_srcdir/tests/system/audit-log/log.bash"

b=$(new_bundle) || bail 'make a bundle'
set_args "$b" sleep 60

new_id
caisson create --bundle "$b" "$id" && caisson delete "$id"
succeeds 'without a sink there is no log' test ! -e "$log"

# --- a life
sinks "$log"
new_id
caisson create --bundle "$b" "$id" || bail 'create'
caisson start "$id"
caisson exec "$id" sh -c 'exit 7'
is 'exec goes on as before' $? 7
caisson update --pids-limit 100 "$id"
caisson kill "$id" 0
caisson kill "$id" KILL
eventually has_status "$id" stopped
caisson delete "$id"
is 'its steps, in order' "$(events "$id")" 'tighten create start exec exit update kill delete'
is 'all went well' "$(lines -r .result | sort -u)" ok
is 'for its owner alone' "$(stat -c %a "$log")" 600
first() { # JQ-FILTER EVENT
	lines -r --arg event "$2" "select(.event == \$event) | $1" | head -n 1
}
like 'when: to the nanosecond, in UTC' "$(first .time create)" \
	'^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{9}Z$'
is 'in the order of time' "$(lines -r .time | sort | md5sum)" "$(lines -r .time | md5sum)"
is 'which container' "$(first '.container + " " + .bundle + " " + .root' create)" "$id $(realpath "$b") /run/caisson"
is 'how' "$(first '.profile + " " + .rung' create)" 'hardened idmapped-directory'
like 'with whose ids' "$(first '.ids.uid.first' create)" '^(1879|188)[0-9]+$'
is 'and how many' "$(first '.ids | [.uid.count, .gid.count, .uid.first == .gid.first] | tostring' create)" '[65536,65536,true]'
like 'its process' "$(first .pid create)" '^[0-9]+$'
is 'who called: the shell of this test' "$(first '.caller | "\(.uid) \(.pid) \(.comm)"' create)" \
	"0 $$ $(cat /proc/$$/comm)"
is 'by which command' "$(lines -r .command | paste -sd' ')" 'create create start exec exec update kill delete'
is 'the signal of kill' "$(first .signal kill)" 9
is 'the status of exec' "$(first .status exit)" 7
like 'what was tightened: rules' "$(first '[.rules[].rule] | join(" ")' tighten)" 'CIS-5.31 .*PSS-B-10 .*CIS-5.22'
is 'each with its place and what became of it' \
	"$(first '.rules[] | select(.rule == "CIS-5.29") | [.verdict, .severity, .where, .found, .decided] | join("|")' tighten)" \
	'tightened|medium|/linux/resources/pids/limit|not set|4096'

# --- run
: >"$log"
new_id
set_args "$b" sh -c 'exit 5'
caisson run --bundle "$b" "$id"
is 'run in the foreground' "$(events "$id")" 'tighten create start exit delete'
is 'with the status' "$(first .status exit)" 5
set_args "$b" sleep 60
new_id
caisson run --detach --bundle "$b" "$id"
caisson pause "$id" && caisson resume "$id"
is 'run --detach, pause, resume' "$(events "$id")" 'tighten create start pause resume'
caisson kill "$id" KILL
eventually has_status "$id" stopped
fails 'kill of what has stopped' caisson kill "$id" KILL
is 'is a line, too' "$(lines -r 'select(.event == "kill") | .result + " " + (.error // "")' | tail -n 1)" \
	'failed container not running'
caisson delete "$id"

# --- refused, failed
: >"$log"
new_id
jq '.process.capabilities.bounding += ["CAP_SYS_ADMIN"] | .linux.devices = [{"path": "/dev/sda", "type": "b", "major": 8, "minor": 0}]' \
	<"$b/config.json" >"$b/bad.json"
fails 'a refused container' caisson create --config bad.json --bundle "$b" "$id"
is 'is one line' "$(events "$id")" refuse
is 'refused' "$(first .result refuse)" refused
like 'by these rules' "$(first '[.rules[] | .rule + " " + .found] | join("; ")' refuse)" \
	'^CIS-5.18 .*/dev/sda.*; CIS-5.4 CAP_SYS_ADMIN$'
: >"$log"
new_id
set_args "$b" /no/such/program
fails 'a program that is not there' caisson run --bundle "$b" "$id"
is 'is told' "$(lines -r 'select(.error != null) | .event + " " + .result')" 'create failed'
like 'with the words of the error' "$(first .error create)" 'no/such/program'
jq '.profiles = ["restricted"]' <$settings >"$scratch/new" && cat "$scratch/new" >$settings
: >"$log"
fails 'a profile that may not be chosen' caisson --profile oci run --bundle "$b" "$id"
is 'is told' "$(lines -r '[.event, .result, .profile, .container] | join(" ")')" "refuse refused oci $id"
sinks "$log"
set_args "$b" sleep 60
new_id
caisson run --detach --bundle "$b" "$id"
: >"$log"
fails 'an exec that asks for more' caisson exec --cap CAP_SYS_ADMIN "$id" true
is 'is told' "$(lines -r '[.event, .rules[0].rule, .rules[0].found] | join(" ")')" 'refuse CIS-5.23 CAP_SYS_ADMIN'
caisson delete --force "$id"

# --- out of memory
if [ -e /sys/fs/cgroup/memory/memory.limit_in_bytes ] || grep -qw memory /sys/fs/cgroup/cgroup.controllers 2>/dev/null; then
	: >"$log"
	new_id
	edit "$b" '.linux.resources.memory = { limit: 16777216, swap: 16777216 }'
	set_args "$b" sh -c 'exec tail -c 64m /dev/zero'
	caisson run --bundle "$b" "$id" >/dev/null 2>&1
	is 'a kill for want of memory' "$(events "$id")" 'tighten create start exit oom delete'
	like 'and how many' "$(first .killed oom)" '^[1-9]'
	edit "$b" 'del(.linux.resources.memory)'
else
	skip_point 'a kill for want of memory' 'no memory controller here'
fi

# --- hostile text
: >"$log"
set_args "$b" sleep 60
printf -v evil '%s' $'a\nb"\\\t\x1b[31m\x7f\xe2\x80\xae\xf0\x9f\x98\x80'
mkdir "$scratch/$evil" && cp -a "$b/." "$scratch/$evil"
new_id
caisson create --bundle "$scratch/$evil" "$id" || bail 'create in a strange directory'
caisson delete "$id"
is 'still one line for each' "$(wc -l <"$log")" 3
is 'each is JSON, and holds the name as it is' "$(lines -r 'select(.event == "create") | .bundle | endswith("\u001b[31m\u007f\u202e\ud83d\ude00")')" true
is 'of nothing but printable ASCII' "$(LC_ALL=C tr -d '\n\040-\176' <"$log" | wc -c)" 0
: >"$log"
mkdir "$scratch/$(printf 'x\xff\xfey')" && cp -a "$b/." "$scratch/$(printf 'x\xff\xfey')"
fails 'an id that is none' caisson create --bundle "$scratch/$(printf 'x\xff\xfey')" $'../x\n{"event":"forged"}'
is 'bytes that are no text, and an id with a line in it' \
	"$(lines -r '[.event, .result, (.bundle | endswith("x\ufffd\ufffdy")), .container] | tostring')" \
	'["create","failed",true,"../x\n{\"event\":\"forged\"}"]'
: >"$log"
long=$(printf 'd%.0s' {1..200})
deep=$scratch
for _ in {1..12}; do deep+=/$long; done
mkdir -p "$deep" && cp -a "$b/." "$deep"
jq '.process.capabilities.bounding = ["CAP_SYS_ADMIN"] | .mounts += [range(300) | { destination: "/m\(.)", type: "bind", source: "/proc/\("\u0001" * 100)\(.)", options: ["bind"] }]' \
	<"$deep/config.json" >"$deep/bad.json"
new_id
fails 'hundreds of findings' caisson create --config bad.json --bundle "$deep" "$id"
is 'are one line' "$(wc -l <"$log")" 1
succeeds 'with an end' test "$(wc -c <"$log")" -le 16384
is 'that is JSON' "$(lines -r .event)" refuse

# --- gc
: >"$log"
new_id
mkdir -m 0700 "/run/caisson/$id"
caisson gc >/dev/null
is 'what gc removes' "$(lines -r --arg id "$id" 'select(.container == $id) | .event + " " + .command')" 'delete gc'
