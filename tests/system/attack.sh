# What the attacking tests share. They source this instead of lib.sh.
#
# A tripwire is a directory of the host beside the rootfs: whatever a container or its launcher
# does, it must stay as it was.
#
# shellcheck shell=bash disable=SC2034 # variables for whoever sources this

. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox
PROBE=${PROBE:-${top_builddir:-}/tests/probe}
[ -x "$PROBE" ] || skip "$PROBE is not built"

# A bundle as of new_bundle with the probe as /bin/probe; sets $b and $rootfs.
attack_bundle() {
	b=$(new_bundle bundle) || bail 'make a bundle'
	rootfs=$b/rootfs
	install -m 0755 "$PROBE" "$rootfs/bin/probe" || bail 'put the probe into the bundle'
}

# Runs the probe inside; what it printed and the status are in $out and $status, what caisson said
# is in $scratch/stderr.
probe() { # BUNDLE ARGUMENT...
	local bundle=$1
	shift
	set_args "$bundle" /bin/probe "$@" || return
	run_bundle "$bundle"
}

run_bundle() { # BUNDLE [FLAG...]
	local bundle=$1
	shift
	new_id
	out=$(timeout --kill-after=5 20 "$CAISSON" ${global_flags[@]+"${global_flags[@]}"} \
		run --bundle "$bundle" "$@" "$id" 2>"$scratch/stderr")
	status=$?
}

shell() { # BUNDLE COMMAND: as run_sh, with $out and $status
	set_args "$1" /bin/sh -c "$2" || return
	run_bundle "$1"
}

# One point for each attempt, and for each one that should have been answered but was not.
answers() { # DESCRIPTION "ATTEMPT WANTED"...
	local what=$1 line attempts=()
	shift
	for line in "$@"; do attempts+=("${line% *}"); done
	probe "$b" try "${attempts[@]}"
	for line in "$@"; do
		is "$what: ${line% *}" "$(grep -F -- "${line% *} " <<<"$out" | head -n 1)" "$line"
	done
	[ "$status" = 0 ] || fail "$what: the probe itself" "status $status" "$(cat "$scratch/stderr")"
}

# A waiting container of the bundle; its pid is in $pid.
create() { # BUNDLE [FLAG...]
	local bundle=$1
	shift
	new_id
	caisson ${global_flags[@]+"${global_flags[@]}"} create --bundle "$bundle" "$@" "$id" \
		>"$scratch/create.out" 2>"$scratch/stderr" </dev/null ||
		bail 'create a container' "$(cat "$scratch/stderr")"
	pid=$(pid_of "$id")
}

# The field of /proc/PID/status, on one line with single blanks.
status_field() { # PID FIELD
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" | tr -s '\t ' '  '
}

# --- tripwires -----------------------------------------------------------------------------------

tripwire=$scratch/tripwire

describe_tree() { # DIRECTORY: names, kinds, owners, modes, targets, contents
	(cd "$1" && find . -printf '%p %y %U:%G %m %s %l\n' | sort &&
		find . -type f -exec sha256sum {} + | sort)
}

set_tripwire() {
	mkdir -p "$tripwire/dir" && chmod 0777 "$tripwire" "$tripwire/dir" &&
		echo untouched >"$tripwire/file" && chmod 0666 "$tripwire/file" &&
		tripwire_before=$(describe_tree "$tripwire")
}

tripwire_holds() { # DESCRIPTION
	is "$1: the host's files are as they were" "$(describe_tree "$tripwire")" "$tripwire_before"
}

# Refused before anything is made: status, message, tripwire.
refused() { # DESCRIPTION EXTENDED-REGEX
	run_bundle "$b"
	if [ "$status" -ne 0 ] && grep -qE -- "$2" "$scratch/stderr"; then
		pass "$1: refused"
	else
		fail "$1: refused" "status $status" "$(tail -n 20 "$scratch/stderr")" "wanted: $2"
	fi
}
