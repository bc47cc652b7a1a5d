#!/bin/bash
# create, state, start, kill, delete: what each shows, and what it refuses.
. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox

b=$(new_bundle) || bail 'make a bundle'
set_args "$b" sleep 60
new_id
succeeds create caisson create --bundle "$b" --pid-file "$scratch/pid" "$id"
is 'it is created' "$(status_of "$id")" created
is 'the pid file holds the pid and nothing else' "$(cat "$scratch/pid"; echo .)" "$(pid_of "$id")."
is 'its process waits as caisson-init' "$(cat "/proc/$(pid_of "$id")/comm")" caisson-init
fails_with 'a second create of the same id' 'container with given ID already exists' \
	caisson create --bundle "$b" "$id"
is 'list shows it' "$(caisson list --quiet)" "$id"

succeeds start caisson start "$id"
is 'it is running' "$(status_of "$id")" running
fails_with 'a second start' 'cannot start an already running container' caisson start "$id"
fails_with 'delete of a running container' 'is not stopped: running' caisson delete "$id"

succeeds 'kill' caisson kill "$id" KILL
eventually has_status "$id" stopped
is 'it is stopped' "$(status_of "$id")" stopped
is 'without a pid' "$(pid_of "$id")" 0
fails_with 'kill of a stopped container' 'container not running' caisson kill "$id" KILL
succeeds 'kill --all of a stopped container' caisson kill --all "$id" KILL
fails_with 'start of a stopped container' 'cannot start a container that has stopped' caisson start "$id"
succeeds delete caisson delete "$id"
fails_with 'state after delete' 'container does not exist' caisson state "$id"
fails_with 'delete after delete' 'container does not exist' caisson delete "$id"
succeeds 'delete --force after delete' caisson delete --force "$id"
is 'and says nothing' "$(cat "$last_output")" ''

new_id
succeeds 'create another' caisson create --bundle "$b" "$id"
succeeds 'a created container can be deleted' caisson delete "$id"
new_id
succeeds 'run --detach' caisson run --detach --bundle "$b" "$id"
is 'it runs' "$(status_of "$id")" running
succeeds 'delete --force ends it' caisson delete --force "$id"
fails_with 'and it is gone' 'container does not exist' caisson state "$id"
