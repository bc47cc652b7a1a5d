# What the tests of `caisson check` share, after lib.sh or what stands for it.
#
# shellcheck shell=bash
# shellcheck disable=SC2016 # expressions of jq inside

check() { # ARGUMENT...: sets $rc; the report is in $scratch/report.json
	caisson ${global_flags[@]+"${global_flags[@]}"} check --format json "$@" \
		>"$scratch/report.json" 2>"$scratch/stderr"
	# shellcheck disable=SC2034 # for the tests
	rc=$?
}
line() { # NAME: "STATUS: FOUND"
	jq -r --arg name "$1" '.checks[] | select(.name == $name) | "\(.status): \(.found)"' "$scratch/report.json"
}
fix_of() { # NAME
	jq -r --arg name "$1" '.checks[] | select(.name == $name) | .fix' "$scratch/report.json"
}
