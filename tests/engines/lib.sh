# Operations of container engines, each done with runc and with caisson in its profiles. Sourced by
# the bash file of an engine, which knows how that engine is told its runtime.
#
# One operation is a function that prints what a user would see. It runs once for each runtime, all
# at the same time; what runc shows is what caisson has to show, unless the profile refuses it by
# name. Every result goes into a table, which run.sh prints.
#
# shellcheck shell=bash disable=SC2034 # variables for whoever sources this

. "$top_srcdir/tests/system/lib.sh"

runtimes=${CAISSON_ENGINES_RUNTIMES:-runc oci hardened}
table=${CAISSON_ENGINES_TABLE:-$scratch/table}
engine=${engine:-}

# Where root file systems of engines may be: an overlay has no upper directory on another.
[ "$(stat -f -c %T "$scratch")" != overlayfs ] || mount -t tmpfs -o mode=0755 tmpfs "$scratch"

# Engines keep more in /run than they can be told to keep elsewhere. The namespace is ours.
own_run_directory() {
	mount -t tmpfs -o mode=0755,nosuid,nodev tmpfs /run
	mkdir -m 0700 /run/caisson /run/caisson-ids
	mkdir -p /run/lock
	mounts_before=$(list_mounts)
}

has_ended() { # PID
	! kill -0 "$1" 2>/dev/null
}

remove_cgroups() {
	local dir
	for dir in "/sys/fs/cgroup/$test_tag" /sys/fs/cgroup/*/"$test_tag"; do
		[ ! -d "$dir" ] || find "$dir" -depth -type d -exec rmdir {} +
	done
}

make_box() { # DIRECTORY: the tree of the image box: busybox, the probe and two users
	new_rootfs "$1" && cp "$PROBE" "$1/bin/probe" && echo text >"$1/etc/text" &&
		: >"$1/etc/notexecutable"
}

# What the manual tells users to write into a file, with the program under test.
snippet() { # NAME
	sed -n "/^\.\\\\\" snippet $1\$/,/^\.Ed/p" "$top_srcdir/man/caisson-docker.7" | grep -v '^\.' |
		sed "s|/usr/local/bin/caisson|$CAISSON|"
}

# For engines that take a program and no arguments. The name stays: they derive things from it.
make_wrapper() { # sets $oci_program
	oci_program=$scratch/oci/caisson
	mkdir -p "$scratch/oci" && snippet wrapper >"$oci_program" &&
		chmod 0755 "$scratch/oci" "$oci_program"
}

# --- for operations ------------------------------------------------------------------------------

status() { # COMMAND...: its output, then its exit status
	"$@"
	echo "status $?"
}

terminal() { # STEP... -- DOCKER-ARGUMENTS...: what the terminal shows, and how it ended
	python3 "$top_srcdir/tests/system/terminal.py" drive 24x80 "$@" | tr -d '\r'
}

# --- the comparison ------------------------------------------------------------------------------

# Sets $verdict and prints a point. What runc itself does not show on this machine can't be judged.
judge() { # RUNTIME WANTED RULE
	local got
	got=$(cat "$scratch/result.$1")
	if [ -n "${limited:-}" ] && [ "$1" = hardened ]; then
		verdict=limited
		like "$what: $1 can't, a known limit" "$got" "$limited"
	elif [ -n "$3" ] && [ "$1" = hardened ]; then
		verdict=refused
		like "$what: $1 refuses with $3" "$got" "\\[$3\\]" || true
		grep -qF "[$3]" <<<"$got" || verdict=FAILS
	elif [ "$got" = "$2" ]; then
		verdict=works
		pass "$what: $1"
	elif [ "$1" = runc ]; then
		verdict=fails
		skip_point "$what: $1" "shows: $(tr '\n' ' ' <<<"$got" | cut -c1-200)"
	elif [ "$got" = "$(cat "$scratch/result.runc" 2>/dev/null)" ]; then
		verdict='as runc'
		pass "$what: $1, as runc"
	else
		verdict=FAILS
		fail "$what: $1" "$(diff <(echo "$2") <(echo "$got") | head -n 20)" '(< wanted, > got)'
	fi
}

# One that hangs must not take the time of the rest.
mkfifo "$scratch/never" # nobody writes to it: reading is a sleep without a process
wait_for() { # PID...
	local pid watcher
	(
		trap - EXIT
		read -r -t "${op_limit_s:-40}" <>"$scratch/never"
		kill -KILL "$@" && echo "# too long: $what"
	) &
	watcher=$!
	for pid; do wait "$pid" 2>/dev/null; done
	kill -KILL "$watcher" 2>/dev/null
	wait "$watcher" 2>/dev/null
}

# $runtime, $work (a directory) and $name (of a container, removed by the engine's tidy() afterwards)
# are set for FUNCTION. WANTED = stands for what runc shows, whatever that is. In front of a call:
#	refused_by=RULE     profile hardened refuses it
#	in_hardened=TEXT    what is shown there instead
#	limited=REGEX       how a limit shows there that the manual tells of
#	op_limit_s=NUMBER   it may take longer than others
n_operations=0
operation() { # DESCRIPTION WANTED FUNCTION
	local what=$1 wanted=$2 action=$3 pids=() row verdict runtime name work
	n_operations=$((n_operations + 1))
	for runtime in $runtimes; do
		name=$runtime-$n_operations work=$scratch/work.$runtime-$n_operations
		(
			trap - EXIT
			mkdir "$work" && cd "$work" || exit
			"$action" >"$scratch/result.$runtime" 2>&1 </dev/null
			tidy
		) &
		pids+=($!)
	done
	wait_for "${pids[@]}"
	[ "$wanted" != = ] || wanted=$(cat "$scratch/result.runc")
	row="$engine"$'\t'"$what"
	for runtime in $runtimes; do
		[ "$runtime" = hardened ] && wanted=${in_hardened:-$wanted}
		judge "$runtime" "$wanted" "${refused_by:-}"
		row+=$'\t'$verdict
	done
	echo "$row" >>"$table"
}

# For the table: what an engine has no command for.
no_operation() { # DESCRIPTION REASON
	local runtime row="$engine"$'\t'"$1"
	for runtime in $runtimes; do
		row+=$'\t-'
	done
	echo "$row" >>"$table"
	skip_point "$1" "$2"
}
