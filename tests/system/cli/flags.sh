#!/bin/bash
# The command line as Go's flag package reads it, where flags may stand, and what is said of a
# mistake: engines, scripts and habits of runc's users depend on each.
. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox

b=$(new_bundle) || bail 'make a bundle'
set_args "$b" sleep 60
root=$scratch/root
mkdir -m 0700 "$root"

# Each way to write the same thing.
for bundle in "--bundle $b" "-bundle $b" "--bundle=$b" "-bundle=$b" "-b $b" "-b=$b" "--b $b"; do
	new_id
	# shellcheck disable=SC2086 # two words
	succeeds "create ${bundle%"$b"}BUNDLE" caisson create $bundle "$id"
	succeeds 'delete it' caisson delete "$id"
done
fails_with '-bBUNDLE is no way to write it' 'flag provided but not defined: -b/' caisson create -b"$b" "$id"

succeeds 'flags may follow the id' caisson create "$id" --bundle "$b"
succeeds 'also for delete' caisson delete "$id" --force
succeeds 'global flags may follow the command' caisson create --bundle "$b" --root "$root" "$id"
is 'and they are obeyed' "$(ls "$root")" "$id"
succeeds 'also after the id' caisson state "$id" --root "$root"
succeeds 'delete it' caisson --root="$root" delete "$id"
succeeds 'a flag given twice counts once, the last' \
	caisson --root /no/such/directory --root "$root" list
for value in true 1 t T TRUE True; do
	succeeds "--force=$value" caisson delete --force=$value "$id"
done
for value in false 0 f F FALSE False; do
	fails_with "--force=$value" 'does not exist' caisson delete --force=$value "$id"
done
fails_with '--force=maybe' 'invalid boolean value "maybe" for -force' caisson delete --force=maybe "$id"
fails_with 'a boolean takes no second word' 'requires exactly 1 argument' caisson delete --force true "$id"
fails_with '-- ends the flags' 'invalid container ID format|does not exist' caisson delete -- --force
fails_with 'no negative --preserve-fds' 'invalid value "-1" for flag -preserve-fds' \
	caisson create --bundle "$b" --preserve-fds -1 "$id"
fails_with 'no --preserve-fds beyond all limits' 'preserve-fds' \
	caisson create --bundle "$b" --preserve-fds 99999999999999999999 "$id"
fails_with '--preserve-fds of no number' 'invalid value "three" for flag -preserve-fds' \
	caisson create --bundle "$b" --preserve-fds three "$id"

# kill stops at the first positional: -9 is no flag.
set_args "$b" sh -c 'trap "exit 3" USR1; while :; do sleep 0.02; done'
caisson run --bundle "$b" "$id" &
eventually has_status "$id" running
fails_with 'what follows the id of kill is the signal, even if it looks like a flag' \
	'unknown signal ."--all' caisson kill "$id" --all
succeeds 'delete it' caisson delete --force "$id"
wait

# What is wrong is said, with the exit status that scripts know from runc.
caisson no-such-command >"$scratch/stdout" 2>"$scratch/stderr"
is 'an unknown command: exit status 3' $? 3
like 'and it is named' "$(cat "$scratch/stderr")" "No help topic for 'no-such-command'"
is 'and nothing else is printed' "$(cat "$scratch/stdout")" ''
caisson create --no-such-flag "$id" >"$scratch/stdout" 2>"$scratch/stderr"
is 'an unknown flag: exit status 1' $? 1
like 'and it is named' "$(cat "$scratch/stdout")" \
	'^Incorrect Usage: flag provided but not defined: -no-such-flag$'
like 'also on stderr' "$(cat "$scratch/stderr")" 'flag provided but not defined: -no-such-flag'
like 'followed by the help of the command' "$(cat "$scratch/stdout")" 'caisson create'
for command in create run start state kill delete; do
	caisson $command >"$scratch/stdout" 2>"$scratch/stderr"
	is "$command without an id: exit status 1" $? 1
	like "$command without an id: says so" "$(cat "$scratch/stderr")" \
		'"'$command'\\?" requires (exactly|a minimum of) 1 argument'
	like "$command without an id: shows its help" "$(cat "$scratch/stdout")" '^Incorrect Usage\.$'
done
for command in create run start state delete; do
	fails_with "$command with two ids" 'requires exactly 1 argument' caisson $command "$id" two
done
fails_with 'kill with three words' 'requires a maximum of 2 argument' caisson kill "$id" TERM x
fails_with 'list with a word' 'requires exactly 0 argument' caisson list "$id"
fails_with 'a flag whose value is missing' 'flag needs an argument: -bundle' \
	caisson create "$id" --bundle
fails_with '--root /' 'Option --root argument should not be set to /' caisson --root / list
fails_with '--root of nothing but dots' 'Option --root argument should not be set to /' \
	caisson --root /tmp/.. list
fails_with '--log-format xml' 'invalid log-format: xml' caisson --log-format xml list
fails_with '--rootless perhaps' "invalid rootless: 'perhaps'" caisson --rootless perhaps list
fails_with '--cgroup-manager none' "invalid cgroup-manager: 'none'" caisson --cgroup-manager none list
fails_with 'an unknown profile' "profile 'lenient'|lenient" \
	caisson --profile lenient create --bundle "$b" "$id"
fails_with 'and it leaves nothing' 'does not exist' caisson state "$id"
succeeds '--criu is accepted and ignored' caisson --criu /usr/sbin/criu list
