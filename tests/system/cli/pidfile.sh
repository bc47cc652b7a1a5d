#!/bin/bash
# --pid-file: digits without newline, by temporary file and rename, never through what lies there.
. "$top_srcdir/tests/system/lib.sh"
need jq strace /bin/busybox

b=$(new_bundle) || bail 'make a bundle'
set_args "$b" sleep 60
dir=$scratch/pids
mkdir "$dir"

try_create() { # PID-FILE: on success the container is deleted again; sets $pid
	new_id
	caisson create --bundle "$b" --pid-file "$1" "$id" >"$last_output" 2>&1 || return
	pid=$(pid_of "$id")
	caisson delete "$id"
}

succeeds 'create with a pid file' try_create "$dir/pid"
is 'digits, no newline' "$(od -An -c "$dir/pid" | tr -d ' ')" "$pid"
is 'its mode' "$(stat -c %a "$dir/pid")" 644
is 'no temporary file stays' "$(ls -A "$dir")" pid
succeeds 'a file that is there is replaced' try_create "$dir/pid"
is 'by the new pid' "$(cat "$dir/pid")" "$pid"
before=$(stat -c %i "$dir/pid")
succeeds 'and again' try_create "$dir/pid"
isnt 'by rename, not by writing over it' "$(stat -c %i "$dir/pid")" "$before"

# A symlink or a fifo at the name is replaced, what a symlink names stays as it is.
echo precious >"$scratch/precious"
ln -sf precious "$scratch/link"
succeeds 'a symlink at the name' try_create "$scratch/link"
is 'what it names is not written to' "$(cat "$scratch/precious")" precious
is 'the link is a file now' "$(stat -c %F "$scratch/link"; cat "$scratch/link")" "regular file
$pid"
mkfifo "$dir/fifo"
succeeds 'a fifo at the name' timeout 10 bash -c 'exec "$0" create --bundle "$1" --pid-file "$2" "$3"' \
	"$CAISSON" "$b" "$dir/fifo" "$id"
is 'it is a file now' "$(stat -c %F "$dir/fifo")" 'regular file'
succeeds 'delete it' caisson delete "$id"
ln -s "$scratch/precious" "$dir/.pid.1"
ln -s "$scratch/precious" "$dir/.pid"
succeeds 'symlinks at names of a temporary file' try_create "$dir/pid"
is 'are not written through' "$(cat "$scratch/precious")" precious

# A relative path is one of the caller's directory, wherever the bundle is.
cd "$dir" || exit
succeeds 'a relative pid file' try_create relative
is 'is one of the current directory' "$(cat "$dir/relative")" "$pid"
succeeds 'also in a directory below it' bash -c 'mkdir -p sub'
succeeds 'a relative path with directories' try_create ./sub/../sub/pid
is 'is found there' "$(cat "$dir/sub/pid")" "$pid"
succeeds 'an empty name is none' try_create ''
cd "$scratch" || exit

# When it can't be written there is no container.
for bad in "$scratch/none/pid" "$scratch/precious/pid" "$dir/sub" "$dir/"; do
	new_id
	fails_with "${bad#"$scratch"/}: refused" 'pid file' \
		caisson create --bundle "$b" --pid-file "$bad" "$id"
	fails_with "${bad#"$scratch"/}: no container" 'does not exist' caisson state "$id"
done
long=$(printf 'x%.0s' {1..300})
fails_with 'too long a name: refused' 'pid file' caisson create --bundle "$b" --pid-file "$dir/$long" "$id"
fails_with 'too long a name: no container' 'does not exist' caisson state "$id"
is 'no temporary file stays of failures' "$(find "$scratch" -name '.*.[0-9]*' -type f)" ''

# It is there before the command returns, and only complete.
new_id
strace -o "$scratch/trace" -e trace=openat,write,rename,renameat,renameat2 \
	"$CAISSON" create --bundle "$b" --pid-file "$dir/traced" "$id" >/dev/null 2>&1
is 'the pid file is made once, by rename' "$(grep -c 'rename.*"traced")' "$scratch/trace")" 1
unlike 'and never opened at its own name' "$(cat "$scratch/trace")" 'open.*"([^"]*/)?traced"'
like 'its temporary file is made with O_EXCL and O_NOFOLLOW' "$(grep 'open.*traced' "$scratch/trace")" \
	'(O_EXCL.*O_NOFOLLOW|O_NOFOLLOW.*O_EXCL)'
succeeds 'delete the last' caisson delete "$id"
