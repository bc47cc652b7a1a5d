#!/bin/bash
# A pool of two blocks: the third container is refused, by a message that says what to do, and a
# deleted one makes room again.
# shellcheck disable=SC2016 # expressions of jq and of the shell inside
. "$top_srcdir/tests/system/attack.sh"

attack_bundle
set_args "$b" /bin/sleep 60
# isolate.sh has put files of the test's own here
for file in /etc/subuid /etc/subgid; do
	others=$(grep -v '^caisson:' "$file") # in one write: the file is a mount point
	printf '%s\ncaisson:1879048192:131072\n' "$others" >"$file"
done
is 'the pool has two blocks' "$(grep -c '^caisson:1879048192:131072$' /etc/subuid)" 1

create "$b"
first=$id
create "$b"
second=$id
new_id
fails_with 'the third container is refused' 'no free block of 65536 ids' caisson create --bundle "$b" "$id"
message=$(cat "$last_output")
like 'the message says whose pool it is and how large' "$message" "user 'caisson' has 2 from 1879048192"
like 'it says who holds the blocks: the first' "$message" "$first"
like 'it says who holds the blocks: the second' "$message" "$second"
like 'it gives the command that helps' "$message" 'run: (usermod --add-subuids [0-9]|echo caisson:[0-9])'
fails_with 'nothing is left of the refused one' 'does not exist' caisson state "$id"

succeeds 'delete one' caisson delete --force "$first"
create "$b"
succeeds 'there is room again' has_status "$id" created
caisson delete --force "$id"
caisson delete --force "$second"
