# TAP and containers for system tests. A test sources this first:
#
#	. "$top_srcdir/tests/system/lib.sh"
#	b=$(new_bundle)
#	is 'uid inside' "$(run_sh "$b" 'id -u')" 0
#
# The plan is printed at the end, after a last point that says whether anything was left behind:
# mounts, processes, cgroups, state, claimed ids. Container ids come from new_id, so that cgroups of
# one test can be told from another's. Bash, because of its arrays.
#
# shellcheck shell=bash

: "${CAISSON:?the program under test}" "${top_srcdir:?}"
set -u
unset NOTIFY_SOCKET # of whoever runs the tests: a start would wait for the container to be ready

scratch=$(mktemp -d "${TMPDIR:-/tmp}/caisson-test.XXXXXX") || exit 1
chmod 0755 "$scratch" # containers look at their rootfs as other users
test_tag=test-${scratch##*.}
points=0
failures=0
last_output=$scratch/last-output

# --- TAP -----------------------------------------------------------------------------------------

pass() { # DESCRIPTION
	points=$((points + 1))
	echo "ok $points - $1"
}

fail() { # DESCRIPTION [DETAIL...]
	points=$((points + 1))
	failures=$((failures + 1))
	echo "not ok $points - $1"
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@" | sed 's/^/#   /'
}

skip() { # REASON: the whole test
	trap - EXIT
	rm -rf --one-file-system "$scratch"
	echo "1..0 # SKIP $1"
	exit 0
}

skip_point() { # DESCRIPTION REASON
	points=$((points + 1))
	echo "ok $points - $1 # SKIP $2"
}

bail() { # DESCRIPTION: the rest of the test makes no sense
	fail "$@"
	exit 1
}

is() { # DESCRIPTION GOT WANTED
	if [ "$2" = "$3" ]; then pass "$1"; else fail "$1" "got:    $2" "wanted: $3"; fi
}

isnt() { # DESCRIPTION GOT UNWANTED
	if [ "$2" != "$3" ]; then pass "$1"; else fail "$1" "got: $2"; fi
}

like() { # DESCRIPTION GOT EXTENDED-REGEX
	if grep -qE -- "$3" <<<"$2"; then pass "$1"; else fail "$1" "got: $2" "wanted a match of: $3"; fi
}

unlike() { # DESCRIPTION GOT EXTENDED-REGEX
	if grep -qE -- "$3" <<<"$2"; then fail "$1" "got: $2" "wanted no match of: $3"; else pass "$1"; fi
}

# Both keep what the command printed in $last_output.
succeeds() { # DESCRIPTION COMMAND...
	local what=$1 rc
	shift
	"$@" >"$last_output" 2>&1
	rc=$?
	if [ $rc -eq 0 ]; then pass "$what"; else fail "$what" "status $rc" "$(tail -n 20 "$last_output")"; fi
}

fails() { # DESCRIPTION COMMAND...
	local what=$1 rc
	shift
	"$@" >"$last_output" 2>&1
	rc=$?
	if [ $rc -ne 0 ]; then pass "$what"; else fail "$what" "it succeeded" "$(tail -n 20 "$last_output")"; fi
}

# The command must fail and say so: an error without its words is as good as none.
fails_with() { # DESCRIPTION EXTENDED-REGEX COMMAND...
	local what=$1 regex=$2 rc
	shift 2
	"$@" >"$last_output" 2>&1
	rc=$?
	if [ $rc -ne 0 ] && grep -qE -- "$regex" "$last_output"; then
		pass "$what"
	else
		fail "$what" "status $rc" "$(tail -n 20 "$last_output")" "wanted a failure matching: $regex"
	fi
}

need() { # PROGRAM...: skips the test when one is missing
	local program
	for program in "$@"; do
		command -v "$program" >/dev/null || skip "$program is not installed"
	done
}

# For another mount of cgroup2: what it is mounted with counts for the whole machine from then on.
cgroup2_options() {
	awk '$(NF - 2) == "cgroup2" { print $NF; found = 1; exit } END { if (!found) print "rw" }' /proc/self/mountinfo
}

# Waits until the command succeeds; 5 seconds.
eventually() { # COMMAND...
	local i
	for ((i = 0; i < 100; i++)); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.05
	done
	return 1
}

# --- containers ----------------------------------------------------------------------------------

n_ids=0
new_id() { # sets $id; a counter in a subshell would always be the same
	n_ids=$((n_ids + 1))
	id=$test_tag-$n_ids
}

caisson() {
	"$CAISSON" "$@"
}

# One process for each of 270 links takes a second, so the tests of a run share what one has made.
commands=${TMPDIR:-$scratch}/busybox-commands
make_commands() {
	local applet
	mkdir "$commands" && cp /bin/busybox "$commands/busybox" || return
	for applet in $(/bin/busybox --list); do
		[ "$applet" = busybox ] || ln -s busybox "$commands/$applet"
	done
}

kernel_before() { # MAJOR.MINOR
	[ "$(printf '%s\n' "$1" "$(uname -r | grep -o '^[0-9]*\.[0-9]*')" | sort -V | head -n 1)" != "$1" ]
}

# A tmpfs; before Linux 6.3, which can't idmap one, a directory of the disk.
mount_mappable() { # DIRECTORY [UID GID]
	if kernel_before 6.3; then
		mount --bind "$(mktemp -d "$scratch/disk.XXXXXX")" "$1" || return
	else
		mount -t tmpfs tmpfs "$1" || return
	fi
	chmod 0755 "$1" && chown "${2:-0}:${3:-0}" "$1"
}

new_rootfs() { # DIRECTORY: busybox and its commands
	local dir=$1
	mkdir -p "$dir"/{bin,sbin,usr/bin,usr/sbin,proc,sys,dev,etc,root,run,tmp,var,home}
	chmod 1777 "$dir/tmp"
	[ -d "$commands" ] || make_commands || return
	cp -a "$commands/." "$dir/bin"
	printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home:/bin/sh\n' >"$dir/etc/passwd"
	printf 'root:x:0:\nuser:x:1000:\n' >"$dir/etc/group"
}

# A bundle with the configuration of `caisson spec`, no terminal, and busybox; prints its path.
new_bundle() { # [NAME]
	local bundle=$scratch/${1:-bundle}
	mkdir -p "$bundle" && new_rootfs "$bundle/rootfs" &&
		caisson spec --bundle "$bundle" >&2 &&
		edit "$bundle" '.process.terminal = false | .root.readonly = false' && echo "$bundle"
}

edit() { # BUNDLE JQ-ARGUMENTS...: changes config.json
	local bundle=$1
	shift
	jq "$@" <"$bundle/config.json" >"$scratch/edited.json" &&
		cat "$scratch/edited.json" >"$bundle/config.json"
}

set_args() { # BUNDLE WORD...
	local bundle=$1 words
	shift
	words=$({ printf '%s\0' "$@"; echo end; } | jq -Rs 'split("\u0000")[:-1]') || return
	# shellcheck disable=SC2016 # jq's variable
	edit "$bundle" --argjson words "$words" '.process.args = $words'
}

# Runs a shell command inside a new container of the bundle, in the foreground, and deletes it.
# Global flags (--profile oci) come from the array global_flags.
global_flags=()
run_sh() { # BUNDLE COMMAND
	set_args "$1" /bin/sh -c "$2" || return
	new_id
	caisson ${global_flags[@]+"${global_flags[@]}"} run --bundle "$1" "$id"
}

status_of() { # ID
	caisson state "$1" 2>/dev/null | jq -r .status
}

pid_of() { # ID
	caisson state "$1" 2>/dev/null | jq -r .pid
}

has_status() { # ID STATUS
	[ "$(status_of "$1")" = "$2" ]
}

# --- leaks ---------------------------------------------------------------------------------------

list_mounts() {
	cut -d' ' -f3- /proc/self/mountinfo | sort
}

list_cgroups() { # of this test; of the whole machine where nothing else runs
	if [ "${CAISSON_TESTS_ALONE:-}" = 1 ]; then
		find /sys/fs/cgroup -maxdepth 6 -type d 2>/dev/null
	else
		find /sys/fs/cgroup -maxdepth 6 -type d -path "*$test_tag*" 2>/dev/null
	fi | sort
}

# The pid namespace is the test's own: everything but pid 1 and this shell is a leak. Only builtins
# here, or the helpers would be found too. Sets $leaked_processes.
find_processes() {
	local dir name line
	leaked_processes=
	[ -z "${CAISSON_TEST_HOST_PIDS:-}" ] || return 0 # a cgroup with them is found
	for dir in /proc/[0-9]*; do
		[ "$dir" = /proc/1 ] || [ "$dir" = /proc/$$ ] && continue
		name=
		while read -r line; do
			[[ $line == Name:* ]] && name=${line#Name:$'\t'} && break
		done 2>/dev/null <"$dir/status"
		[ -n "$name" ] && leaked_processes+="process: $name (${dir#/proc/})"$'\n'
	done
}

list_state() { # containers, and blocks of ids that are still claimed
	[ -d /run/caisson ] || return 0
	find /run/caisson -mindepth 1 -maxdepth 1
	find /run/caisson-ids -type f -regex '.*/[0-9a-f]*' 2>/dev/null # claimed: the number alone
}

# Sets $left; a moment of patience for what is just ending.
find_leaks() {
	local i
	for ((i = 0; i < 20; i++)); do
		find_processes
		left=$leaked_processes$(
			diff <(echo "$mounts_before") <(list_mounts) | sed -n 's/^> /mount: /p'
			diff <(echo "$cgroups_before") <(list_cgroups) | sed -n 's/^> /cgroup: /p'
			diff <(echo "$state_before") <(list_state) | sed -n 's/^> /state: /p'
		)
		[ -z "$left" ] && return
		sleep 0.1
	done
}

at_exit() {
	local rc=$?
	trap - EXIT
	find_leaks
	if [ -z "$left" ]; then pass 'nothing is left behind'; else fail 'nothing is left behind' "$left"; fi
	rm -rf --one-file-system "$scratch"
	echo "1..$points"
	[ "$failures" -eq 0 ] || exit 1
	exit "$rc"
}

mounts_before=$(list_mounts)
cgroups_before=$(list_cgroups)
state_before=$(list_state)
trap at_exit EXIT
