#!/bin/bash
# --log and --log-format: podman reads the whole file as one JSON object, containerd the last record
# of level error, so there is exactly one record for a failure and none for a success.
. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox

b=$(new_bundle) || bail 'make a bundle'
set_args "$b" sleep 60
log=$scratch/log

with_log() { # FORMAT ARGUMENTS...: sets rc
	local format=$1
	shift
	rm -f "$log"
	caisson --log "$log" --log-format "$format" "$@" >"$scratch/stdout" 2>"$scratch/stderr"
	rc=$?
}

silent() { # DESCRIPTION FORMAT COMMAND...
	local what=$1
	shift
	with_log "$@"
	is "$what: it works" $rc 0
	is "$what: no record" "$(cat "$log")" ''
	is "$what: nothing on stderr" "$(cat "$scratch/stderr")" ''
}

for format in text json; do
	new_id
	silent "$format: create" $format create --bundle "$b" "$id"
	silent "$format: start" $format start "$id"
	silent "$format: state" $format state "$id"
	silent "$format: list" $format list
	silent "$format: kill" $format kill "$id" KILL
	eventually has_status "$id" stopped
	silent "$format: kill --all of a stopped one" $format kill --all "$id" KILL
	silent "$format: delete" $format delete "$id"
	silent "$format: delete --force of an unknown one" $format delete --force "$id"
	silent "$format: features" $format features
done

new_id
with_log json state "$id"
is 'json: one line' "$(wc -l <"$log")" 1
is 'json: the keys, in order' "$(jq -c keys_unsorted "$log")" '["level","msg","time"]'
is 'json: the level' "$(jq -r .level "$log")" error
is 'json: the message' "$(jq -r .msg "$log")" 'container does not exist'
like 'json: the time as RFC 3339' "$(jq -r .time "$log")" \
	'^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9](Z|[+-][0-9]{2}:[0-9]{2})$'
is 'json: the bare message on stderr' "$(cat "$scratch/stderr")" 'container does not exist'

with_log text state "$id"
like 'text: time, level, quoted message' "$(cat "$log")" \
	'^time="[^"]*" level=error msg="container does not exist"$'
is 'text: one line' "$(wc -l <"$log")" 1
is 'text: the bare message on stderr' "$(cat "$scratch/stderr")" 'container does not exist'

caisson state "$id" 2>"$scratch/stderr" >/dev/null
like 'without --log: the record on stderr' "$(cat "$scratch/stderr")" \
	'^time="[^"]*" level=error msg="container does not exist"$'
is 'without --log: once' "$(wc -l <"$scratch/stderr")" 1
caisson --log-format json state "$id" 2>"$scratch/stderr" >/dev/null
is 'without --log, json: the record on stderr' "$(jq -r .msg "$scratch/stderr")" \
	'container does not exist'

# The file is one that later commands append to, and nobody else's is written to.
with_log json state "$id"
caisson --log "$log" --log-format json start "$id" 2>/dev/null
is 'a second failure is appended' "$(jq -r .level "$log" | xargs)" 'error error'
is 'mode of a new log file' "$(umask 022; rm -f "$log"; caisson --log "$log" list >/dev/null; stat -c %a "$log")" 644
echo precious >"$scratch/precious"
ln -sf precious "$scratch/link"
fails_with 'a log file that is a symlink' 'symbolic link' caisson --log "$scratch/link" state "$id"
is 'and what it names is not written to' "$(cat "$scratch/precious")" precious
mkfifo "$scratch/fifo"
fails_with 'a log file that is a fifo' "log file '.*fifo'" timeout 5 "$CAISSON" --log "$scratch/fifo" state "$id"
fails_with 'a log file in no directory' "log file '.*': no such file or directory" \
	caisson --log "$scratch/none/log" list
fails_with 'a log file that is a directory' "log file '.*': is a directory" caisson --log "$scratch" list

# Mistakes on the command line are failures like others.
with_log json create
is 'a missing id is recorded' "$(jq -r .level "$log")" error
with_log json create --no-such-flag "$id"
is 'an unknown flag is recorded' "$(jq -r .level "$log")" error
with_log json no-such-command
is 'an unknown command is recorded' "$(jq -r .level "$log")" error

# Text that a container or a user chose never breaks the form of a record.
set_args "$b" $'no\nsuch"\x01program\x1b[31m\\'
with_log json create --bundle "$b" "$id"
is 'json: one record whatever the name holds' "$(jq -r .level "$log")" error
is 'json: still one line' "$(wc -l <"$log")" 1
is 'stderr: one line without control characters' \
	"$(wc -l <"$scratch/stderr") $(tr -d '[:print:]\n' <"$scratch/stderr" | wc -c)" '1 0'
with_log text create --bundle "$b" "$id"
is 'text: still one line' "$(wc -l <"$log")" 1
is 'text: no control characters' "$(tr -d '[:print:]\n' <"$log" | wc -c)" 0

# --debug shows what is done and what was tightened.
set_args "$b" true
with_log json --debug run --bundle "$b" "$id"
is '--debug: it works' $rc 0
is '--debug: every record parses, none is an error' "$(jq -r .level "$log" | sort -u)" debug
like '--debug: what was tightened' "$(jq -r .msg "$log")" '^tightened: '
is '--debug: nothing on stderr' "$(cat "$scratch/stderr")" ''
