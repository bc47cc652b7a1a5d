#!/bin/bash
# exec: cgroups below the container's, a paused container, descriptors and directories that lead
# out, a state that was damaged.
# shellcheck disable=SC2016 # expressions of the shell inside
. "$top_srcdir/tests/system/attack.sh"

attack_bundle
set_tripwire
set_args "$b" /bin/sleep 1000
new_id
caisson run --detach --bundle "$b" "$id" </dev/null >/dev/null || bail 'start a container'
pid=$(pid_of "$id")
path=$(awk -F: '$2 ~ /(^|,)pids(,|$)/ || $1 == 0 { print $3; exit }' "/proc/$pid/cgroup")
pids=/sys/fs/cgroup/pids$path
[ -d "$pids" ] || pids=

cgroup_of() { # HOST-PID CONTROLLER
	awk -F: -v c="$2" '$2 == c { print $3 }' "/proc/$1/cgroup"
}
enter() { # FLAG...: sets $other
	"$CAISSON" exec --detach --pid-file "$scratch/pid" "$@" "$id" /bin/sleep 1000 </dev/null ||
		return
	other=$(cat "$scratch/pid")
}

if [ -n "$pids" ]; then
	mkdir "$pids/inner"
	succeeds 'a cgroup below: started' enter --cgroup pids:inner
	is 'a cgroup below: there' "$(cgroup_of "$other" pids)" "$path/inner"
	is 'a cgroup below: elsewhere the container'"'"'s own' "$(cgroup_of "$other" memory)" \
		"$(cgroup_of "$pid" memory)"
	like 'ps knows what is below, too' "$("$CAISSON" ps -f json "$id")" "[[,]${other}[],]"
	fails_with 'not in every hierarchy' "open cgroup '/inner'" enter --cgroup inner
	kill -KILL "$other"
else
	skip_point 'a cgroup below' 'no pids hierarchy'
fi
for wish in '..' 'pids:..' 'pids:inner/../..' '/../x'; do
	fails_with "--cgroup $wish" 'bad sub cgroup path' enter --cgroup "$wish"
done
fails_with 'a cgroup that is not there' "open cgroup '/missing' below" enter --cgroup /missing
fails_with 'an unknown controller' 'the container has no such cgroup' enter --cgroup nonsense:/

freezer=/sys/fs/cgroup/freezer$path/freezer.state
if [ -e "$freezer" ]; then
	echo FROZEN >"$freezer"
	fails_with 'paused: refused' 'cannot exec in a paused container \(use --ignore-paused to override\)' \
		"$CAISSON" exec "$id" /bin/true
	"$CAISSON" exec --ignore-paused "$id" /bin/sh -c 'exit 5' </dev/null &
	sleep 0.3
	succeeds 'paused, --ignore-paused: it waits' kill -0 $!
	echo THAWED >"$freezer"
	wait $!
	is 'paused, --ignore-paused: it runs when the container does' $? 5
else
	skip_point 'paused' 'no freezer hierarchy'
fi

# --- ways out ------------------------------------------------------------------------------------

out=$("$PROBE" leak "$tripwire" "$CAISSON" exec "$id" /bin/probe fds 2>&1)
is 'descriptors of the caller do not get in' "$(cut -d' ' -f1 <<<"$out" | xargs)" '0 1 2'
out=$("$PROBE" leak "$tripwire" "$CAISSON" exec --preserve-fds 2 "$id" /bin/probe fds 2>&1)
is 'but for those that are asked for' "$(cut -d' ' -f1 <<<"$out" | xargs)" '0 1 2 3 4'
escaped=
for n in {3..40}; do
	out=$("$PROBE" leak "$tripwire" "$CAISSON" exec --cwd "/proc/self/fd/$n" "$id" \
		/bin/sh -c 'echo "entered $(readlink /proc/self/cwd)"' 2>&1)
	grep -q entered <<<"$out" && escaped+=" $n"
done
is 'no descriptor is a directory to start in (CVE-2024-21626)' "$escaped" ''
fails_with 'a directory that is not there' 'chdir to cwd .*/missing.* failed: no such file or directory' \
	"$CAISSON" exec --cwd /missing "$id" /bin/true
fails_with 'a relative one' 'Cwd must be an absolute path' "$CAISSON" exec --cwd tmp "$id" /bin/true
ln -s ../../../../../../../.. "$rootfs/up"
is 'dots end at the root' "$("$CAISSON" exec --cwd /up "$id" readlink /proc/self/cwd)" /
ln -s "$tripwire" "$rootfs/way"
fails 'a link of the image leads inside' "$CAISSON" exec --cwd /way "$id" /bin/true
tripwire_holds 'ways out'

# --- process.json --------------------------------------------------------------------------------

bad() { # DESCRIPTION TEXT WORDS
	printf '%s' "$2" >"$scratch/process.json"
	fails_with "$1" "exec failed: .*$3" "$CAISSON" exec --process "$scratch/process.json" "$id"
}
bad 'no JSON' '{' 'process.json'
bad 'no args' '{"cwd":"/"}' 'args must not be empty'
bad 'no cwd' '{"args":["true"]}' "'cwd' is missing"
bad 'a user too large' '{"args":["true"],"cwd":"/","user":{"uid":4294967296,"gid":0}}' '/user/uid'
bad 'twice the same key' '{"args":["true"],"cwd":"/","cwd":"/tmp"}' 'cwd'
fails_with 'no file' 'no such file or directory' "$CAISSON" exec --process "$scratch/none" "$id"
fails_with 'no command' 'process args cannot be empty' "$CAISSON" exec "$id"
fails_with 'an environment without a name' 'NAME=VALUE is needed' "$CAISSON" exec --env A "$id" true

# --- the saved part ------------------------------------------------------------------------------

state=/run/caisson/$id
cp "$state/confine" "$scratch/confine"
damage() { # DESCRIPTION: of what was done to the file
	fails_with "$1: said" "state of container '$id' is damaged \(.*caisson delete --force" \
		"$CAISSON" exec "$id" /bin/true
	is "$1: the rest works" "$(status_of "$id")" running
	rm -f "$state/confine"
	cp "$scratch/confine" "$state/confine" && chmod 0600 "$state/confine"
}
truncate -s 100 "$state/confine"
damage 'cut within the header'
truncate -s -1 "$state/confine"
damage 'one byte short'
: >"$state/confine"
damage 'empty'
head -c 20000 /dev/urandom >"$state/confine"
damage 'noise'
dd if=/dev/zero of="$state/confine" bs=1 seek=200 count=400 conv=notrunc status=none
damage 'zeros in the plan'
rm "$state/confine"
damage 'gone'
chmod 0666 "$state/confine"
damage 'writable by others'
ln "$state/confine" /run/caisson/second
damage 'a second name'
rm /run/caisson/second
mv "$state/confine" "$scratch/moved" && ln -s "$scratch/moved" "$state/confine"
damage 'a symlink'
is 'and whole again' "$("$CAISSON" exec "$id" echo yes)" yes
caisson delete --force "$id"
[ ! -e "$state" ]
is 'nothing is left of it' $? 0
