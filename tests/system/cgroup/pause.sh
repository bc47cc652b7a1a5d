#!/bin/bash
# pause and resume: nobody runs meanwhile, the state says so, and every other command knows.
. "$top_srcdir/tests/system/lib.sh"
. "$top_srcdir/tests/system/cgroup/hierarchy.bash"

ticks() { # PID: cpu time it has used
	awk '{ print $14 + $15 }' "/proc/$1/stat"
}

for profile in oci hardened; do
	use_profile $profile
	again .
	set_args "$b" /bin/sh -c 'while :; do :; done'
	new_id
	cai run --detach --bundle "$b" "$id" >"$scratch/start" 2>&1
	pid=$(pid_of "$id")
	succeeds "$profile: pause" cai pause "$id"
	is "$profile: the state is paused" "$(status_of "$id")" paused
	is "$profile: list says so, too" "$(caisson list | awk -v id="$id" '$1 == id { print $3 }')" paused
	before=$(ticks "$pid")
	sleep 0.3
	is "$profile: it does not run" "$(ticks "$pid")" "$before"
	fails_with "$profile: paused already" 'container not running' cai pause "$id"
	fails_with "$profile: start" 'cannot start a container in the paused state' cai start "$id"
	fails_with "$profile: delete" 'not stopped: paused' cai delete "$id"
	fails_with "$profile: exec" 'cannot exec in a paused container' cai exec "$id" true
	succeeds "$profile: kill 0" cai kill "$id" 0
	succeeds "$profile: an update" cai update --pids-limit 77 "$id"
	is "$profile: which leaves it paused" "$(status_of "$id")" paused
	succeeds "$profile: resume" cai resume "$id"
	is "$profile: the state is running" "$(status_of "$id")" running
	sleep 0.3
	isnt "$profile: it runs" "$(ticks "$pid")" "$before"
	fails_with "$profile: not paused" 'container not paused' cai resume "$id"

	cai pause "$id"
	succeeds "$profile: KILL reaches a paused container" cai kill "$id" KILL
	eventually has_status "$id" stopped
	is "$profile: and ends it" "$(status_of "$id")" stopped
	fails_with "$profile: pause of a stopped one" 'container not running' cai pause "$id"
	fails_with "$profile: resume of a stopped one" 'container not paused' cai resume "$id"
	succeeds "$profile: delete" cai delete "$id"

	again .
	start_sleeper
	cai pause "$id"
	succeeds "$profile: delete --force of a paused one" cai delete --force "$id"

	set_args "$b" sleep 60
	new_id
	cai create --bundle "$b" "$id" >"$scratch/start" 2>&1
	succeeds "$profile: pause of a created container" cai pause "$id"
	is "$profile: it is paused" "$(status_of "$id")" paused
	cai resume "$id"
	is "$profile: and created again" "$(status_of "$id")" created
	succeeds "$profile: which can be started" cai start "$id"
	cai delete --force "$id"
done

use_profile oci
again .
set_args "$b" /bin/sh -c 'while :; do (true) & (true) & wait; done'
new_id
cai run --detach --bundle "$b" "$id" >"$scratch/start" 2>&1
failed=
for ((i = 0; i < 20; i++)); do
	cai pause "$id" >"$scratch/out" 2>&1 && [ "$(status_of "$id")" = paused ] && cai resume "$id" || failed+=" $i"
done
is 'twenty times while it forks' "$failed" ''
cai delete --force "$id"
fails_with 'pause of nobody' 'container does not exist' cai pause nobody
fails_with 'resume of nobody' 'container does not exist' cai resume nobody
