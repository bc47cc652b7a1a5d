#!/bin/bash
# events --audit: the lines of the log, of one container or all, and those that come.
. "$top_srcdir/tests/system/audit-log/log.bash"

b=$(new_bundle) || bail 'make a bundle'
set_args "$b" sleep 60
fails_with 'without a log' "there is no audit log: add .*audit.* to '$settings'" caisson events --audit
sinks syslog
fails_with 'without a file' 'no file is among the sinks' caisson events --audit
sinks "$log"
fails_with 'before the first line' "open audit log '$log': no such file" caisson events --audit
new_id
one=$id
caisson create --bundle "$b" "$one" && caisson delete "$one"
new_id
two=$id
caisson create --bundle "$b" "$two" && caisson delete "$two"
is 'all lines, as they are' "$(caisson events --audit)" "$(cat "$log")"
is 'those of one container' "$(caisson events --audit "$two" | jq -r .container | sort -u)" "$two"
is 'all of them' "$(caisson events --audit "$two" | wc -l)" 3
is 'of one that never was' "$(caisson events --audit never)" ''
printf 'no JSON\n{"not":"ours"}\n%020000d\n\x1b[31m\n' 0 >>"$log"
is 'what is no line of the log is left out' "$(caisson events --audit | wc -l)" 6

"$CAISSON" events --audit --follow "$two" >"$scratch/followed" &
follower=$!
count() { # N
	[ "$(wc -l <"$scratch/followed")" -eq "$1" ]
}
succeeds '--follow: what is there' eventually count 3
caisson create --bundle "$b" "$two" && caisson delete "$two"
caisson create --bundle "$b" "$one" && caisson delete "$one"
succeeds '--follow: what comes, of that container' eventually count 6
mv "$log" "$log.1"
caisson create --bundle "$b" "$two" && caisson delete "$two"
succeeds '--follow: also in a new file of that name' eventually count 9
printf '{"time":"x","event":"create","container":"%s"' "$two" >>"$log"
printf '}\n' >>"$log"
succeeds '--follow: a line that comes in two parts is one' eventually count 10
kill "$follower"
wait "$follower" 2>/dev/null
is 'nothing else was printed' "$(jq -r .container <"$scratch/followed" | sort -u)" "$two"
fails_with '--follow alone' 'goes with --audit' caisson events --follow "$two"
fails_with 'no id and no --audit' 'requires exactly 1 argument' caisson events
