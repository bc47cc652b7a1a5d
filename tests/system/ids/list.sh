#!/bin/bash
# caisson ids: the pool, who has which block since when, and what is wrong with a claim.
. "$top_srcdir/tests/system/ids/etc.bash"
need unshare

first=1879048192
b=$(new_bundle) || bail 'make a bundle'
set_args "$b" sleep 1000
pool caisson $first:$((6 * 65536))

state_of() { # N: state of the N-th block
	caisson ids --format json | jq -r ".blocks[] | select(.first == $((first + $1 * 65536))).state"
}
counts() { # "TOTAL IN-USE QUARANTINED OTHERS FREE"
	caisson ids --format json | jq -r '.counts | "\(.total) \(.inUse) \(.quarantined) \(.usedByOthers) \(.free)"'
}

is 'nothing is used: one line' "$(caisson ids)" \
	"user 'caisson': 6 blocks of 65536 ids from $first on; 0 in use, 0 quarantined, 0 used by others, 6 free"
is 'as json: no blocks' "$(caisson ids --format json | jq -c '[.user, .shared, .ranges, .blocks]')" \
	"[\"caisson\",false,[{\"first\":$first,\"count\":393216}],[]]"

new_id
one=$id
before=$(date -u +%Y-%m-%dT%H:%M)
caisson create --bundle "$b" "$one"
new_id
two=$id
caisson --root "$scratch/other" create --bundle "$b" "$two"
like 'who, since when, whose' "$(caisson ids)" \
	"^$first +$((first + 65535)) +in use +$one +$before:[0-9.]+Z +/run/caisson\$"
is 'another state root shows too' \
	"$(caisson ids --format json | jq -r '.blocks[1] | "\(.container) \(.root) \(.state) \(.inPool)"')" \
	"$two $scratch/other in use true"
is 'counted' "$(counts)" '6 2 0 0 4'
caisson --root "$scratch/other" delete "$two"
is 'given back: it rests' "$(state_of 1)" quarantined
is 'counted' "$(counts)" '6 1 1 0 4'
like 'since a moment ago' "$(caisson ids --format json | jq -r '.blocks[1].since')" "^$(date -u +%Y-%m-%dT%H)"

# The pool moved on: who holds a block of the old one keeps it.
pool caisson $((first + 65536)):$((5 * 65536))
is 'a block that left the pool is listed' \
	"$(caisson ids --format json | jq -c '.blocks[0] | [.container, .inPool]')" "[\"$one\",false]"
is 'but not counted' "$(counts)" '5 0 1 0 4'
pool caisson $first:$((6 * 65536))

printf '%s %s 1 1' "$scratch/gone" web >$registry/70020000
is 'a claim of a container that is gone' "$(state_of 2)" stale
echo garbage >$registry/70030000
is 'a claim that cannot be read' "$(state_of 3)" unreadable
: >$registry/70040000.busy.1
is 'used by others' "$(state_of 4)" 'used by others'
touch $registry/70050000.free.99999999999 $registry/junk $registry/7005zzzz
is 'counted' "$(counts)" '6 3 1 1 1'
rm $registry/70020000 $registry/70030000
caisson delete "$one"

mv /etc/subuid /etc/subuid.away
fails_with 'no pool: the command that makes one' 'run: echo caisson:[0-9]+:[0-9]+ \| tee' caisson ids
mv /etc/subuid.away /etc/subuid
fails_with 'a form it does not know' 'invalid format option' caisson ids --format xml
fails_with "not for ordinary users" 'registered by root of this machine' \
	setpriv --reuid 1000 --regid 1000 --clear-groups "$CAISSON" --root "$scratch" ids
