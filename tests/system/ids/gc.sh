#!/bin/bash
# caisson gc removes what crashes left, says so, and touches nothing else.
. "$top_srcdir/tests/system/ids/etc.bash"
need unshare

first=1879048192
b=$(new_bundle) || bail 'make a bundle'
set_args "$b" sleep 1000
pool caisson $first:$((16 * 65536))

gc() { # what was found: "ACTION KIND OBJECT" for each
	caisson gc --format json "$@" 2>>"$scratch/errors" | jq -r '.[] | "\(.action) \(.kind) \(.object)"'
}
age() { # ID: as if it had been made two minutes ago
	touch -d '2 minutes ago' "/run/caisson/$1/state"
}
made() { # a container that waits; sets $id, $pid, $base
	new_id
	caisson create --bundle "$b" "$id" || bail 'create a container'
	pid=$(pid_of "$id")
	base=$(caisson state "$id" | jq .caisson.ids.first)
}
cgroups_of() { # ID
	find /sys/fs/cgroup -maxdepth 6 -type d -name "$1" 2>/dev/null
}

is 'nothing to do: it says nothing' "$(caisson gc)" ''
is 'as json: nothing' "$(caisson gc --format json)" '[]'

made
waiting=$id
caisson run --detach --bundle "$b" "$test_tag-running"
made
stopped=$id stopped_base=$base
caisson start "$id"
caisson kill "$id" KILL
eventually has_status "$id" stopped
age "$waiting"
age "$test_tag-running"
age "$stopped"
is 'a waiting, a running and a stopped container are not touched' "$(gc)" ''
is 'they are still there' "$(caisson list --quiet | wc -l)" 3

# A create that is killed while a hook runs.
edit "$b" '.hooks.createRuntime = [ { path: "/bin/sleep", args: [ "sleep", "1000" ] } ]'
new_id
"$CAISSON" create --bundle "$b" "$id" >"$scratch/out" 2>&1 &
creator=$!
eventually pgrep -P $creator -x sleep
hook=$(pgrep -P $creator -x sleep)
is 'one that is being made is not touched' "$(gc)" ''
kill -KILL $creator
wait $creator 2>/dev/null
kill -KILL "$hook"
base=$(caisson ids --format json | jq ".blocks[] | select(.container == \"$id\").first")
is 'its claim names it' "$base" $((first + 3 * 65536))
cgroups=$(cgroups_of "$id" | sort)
isnt 'it left cgroups' "$cgroups" ''
wanted() { # ACTION
	{
		printf '%s\n' "$cgroups" | sed "s/^/$1 cgroup /"
		echo "$1 ids $base"
		echo "$1 state /run/caisson/$id"
	} | sort
}
is 'dry run: cgroups, ids and state are found' "$(gc --dry-run | sort)" "$(wanted found)"
is 'and still there' "$(cgroups_of "$id" | sort; ls -d "/run/caisson/$id")" "$cgroups"$'\n'"/run/caisson/$id"
is 'gc removes them' "$(gc | sort)" "$(wanted removed)"
is 'they are gone' "$(cgroups_of "$id"; ls -d "/run/caisson/$id" 2>&1)" \
	"ls: cannot access '/run/caisson/$id': No such file or directory"
is 'again: nothing' "$(gc)" ''
edit "$b" 'del(.hooks)'

# Its process ended before it was started; nobody can do anything with it but delete it.
made
kill -KILL "$pid"
eventually has_status "$id" stopped
is 'one whose process just died is left to its engine' "$(gc)" ''
age "$id"
like 'and is removed after a minute' "$(gc)" "removed state /run/caisson/$id\$"
fails_with 'it is gone' 'does not exist' caisson state "$id"

# A run that was killed: nobody will delete what it made. One with --keep stays.
for flag in '' --keep; do
	new_id
	"$CAISSON" run $flag --bundle "$b" "$id" >"$scratch/out" 2>&1 &
	runner=$!
	eventually has_status "$id" running
	kill -KILL $runner
	wait $runner 2>/dev/null
	eventually has_status "$id" stopped
	is "run $flag was killed, its container with it: left for a minute" "$(gc)" ''
	age "$id"
	if [ -z "$flag" ]; then
		like 'then removed' "$(gc)" "removed state /run/caisson/$id\$"
	else
		is 'then kept all the same' "$(gc)" ''
		caisson delete "$id"
	fi
done

# Claims without a container.
claim() { # NAME TEXT
	printf '%s' "$2" >"$registry/$1"
}
last() { # N: first id of the N-th block
	echo $((first + $1 * 65536))
}
claim 700d0000 "$scratch/gone web 1 1"
claim 700e0000 "garbage"
claim 700f0000 ""
unshare --user sleep 1000 &
stranger=$!
eventually sh -c "[ \$(readlink /proc/$stranger/ns/user) != $(readlink /proc/self/ns/user) ]"
echo "0 $(last 13) 10" >/proc/$stranger/uid_map
: >"$registry/700c0000.busy.7"
: >"$scratch/errors"
is 'claims of nobody; not the one whose ids a process has' "$(gc | sort)" \
	"$(printf '%s\n' "left ids $(last 13)" "removed ids $(last 12)" "removed ids $(last 14)" "removed ids $(last 15)")"
like 'what is left makes it fail' "$(cat "$scratch/errors")" '1 of 4 things found are still there'
kill $stranger
wait $stranger 2>/dev/null
is 'the process is gone: removed' "$(gc)" "removed ids $(last 13)"

# A claim that can't be read is kept for the container whose record names it, and as long as
# records can't be read.
claim "$(printf %08x "$stopped_base")" 'x'
is "a claim that cannot be read, of a container that is there" "$(gc)" "left ids $stopped_base"
printf '/run/caisson %s 1 1' "$stopped" >"$registry/$(printf %08x "$stopped_base")"
claim 700e0000 'garbage'
cp "/run/caisson/$stopped/state" "$scratch/state"
echo more >>"/run/caisson/$stopped/state"
is 'a damaged record: it and unreadable claims are left' "$(gc | sort)" \
	"$(printf '%s\n' "left ids $(last 14)" "left state /run/caisson/$stopped")"
cat "$scratch/state" >"/run/caisson/$stopped/state"
is 'it is readable again: the claim is freed' "$(gc)" "removed ids $(last 14)"

# Other state roots: all that claims name, or one alone.
other=$scratch/other
mkdir -m 0700 "$other"
for root in "$other" /run/caisson; do
	mkdir -m 0700 "$root/$test_tag-empty"
done
is 'another root that nothing names: not looked at' "$(gc)" "removed state /run/caisson/$test_tag-empty"
caisson --root "$other" create --bundle "$b" "$test_tag-live"
mkdir -m 0700 "/run/caisson/$test_tag-empty"
is '--root: that one alone' "$(gc --root "$other")" "removed state $other/$test_tag-empty"
mkdir -m 0700 "$other/$test_tag-empty"
is 'without: both' "$(gc | sort)" \
	"$(printf '%s\n' "removed state /run/caisson/$test_tag-empty" "removed state $other/$test_tag-empty" | sort)"
chmod 0777 "$other"
is 'a root that others can write is left, and its claims' "$(gc)" "left state $other"
chmod 0700 "$other"
is 'its container is as it was' "$(caisson --root "$other" list --quiet)" "$test_tag-live"
caisson --root "$other" delete "$test_tag-live"

# What another runtime keeps below the same root is not ours.
mkdir -m 0711 "$other/foreign"
mkdir -m 0700 "$other/foreign2"
echo '{}' >"$other/foreign2/state.json"
is 'directories of another runtime are left' "$(gc --root "$other" | sort)" \
	"$(printf '%s\n' "left state $other/foreign" "left state $other/foreign2")"
is 'as they were' "$(cat "$other/foreign2/state.json")" '{}'

fails_with 'a form it does not know' 'invalid format option' caisson gc --format xml
caisson delete --force "$test_tag-running"
caisson delete "$waiting"
caisson delete "$stopped"
is 'no claim is left' "$(claims)" 0
