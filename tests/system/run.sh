#!/bin/bash
# usage: tests/system/run.sh [AREA|SCRIPT...]       (make check-system)
# Runs tests/system/AREA/*.sh and tests/cve/*.sh one after the other, each in mount and pid
# namespaces of its own (isolate.sh), and joins their TAP into one stream. Needs root.
# With CAISSON_TESTS=engines the same for tests/engines/ENGINE/*.sh, see tests/engines/run.sh.
set -u
: "${top_srcdir:?run me through make check-system}" "${CAISSON:?}"
limit_s=$((180 * ${CAISSON_TESTS_SLOWNESS:-1})) # of one script; an emulated machine is slow
own_namespaces=(--mount --propagation private --pid --fork --kill-child --mount-proc)
suite=("$top_srcdir"/tests/system/*/ "$top_srcdir"/tests/cve)
[ "${CAISSON_TESTS:-}" != engines ] || {
	suite=("$top_srcdir"/tests/engines/*/)
	own_namespaces+=(--net)
}
work=$(mktemp -d "${TMPDIR:-/tmp}/caisson-tests.XXXXXX") || exit 1
chmod 0711 "$work" # tests start programs as other users
n=0 failed=0

trap 'rm -rf --one-file-system "$work"' EXIT

list_scripts() { # [PART-OF-A-PATH...]
	local wanted
	for wanted in "${@:-}"; do
		find "${suite[@]}" -name '*.sh' 2>/dev/null |
			grep -F -- "$wanted"
	done | sort -u
}

point() { # ok|"not ok" DESCRIPTION
	n=$((n + 1))
	echo "$1 $n - $2"
	[ "$1" = ok ] || failed=1
}

# Renumbers the points of one script and puts its name in front of each.
join_points() { # NAME
	local line
	points=0 script_failed=0 planned=
	while IFS= read -r line; do
		case $line in
		'ok '*) point ok "$1: ${line#ok * - }"; points=$((points + 1)) ;;
		'not ok '*) point 'not ok' "$1: ${line#not ok * - }"; points=$((points + 1)); script_failed=1 ;;
		'1..0 # SKIP'*) point ok "$1 # SKIP ${line#1..0 \# SKIP }"; planned=0 ;;
		1..*) planned=${line#1..} ;;
		*) echo "$line" ;;
		esac
	done
}

run_script() { # NAME PATH
	local rc began=$SECONDS
	# What talks to systemd names processes by the numbers systemd knows them by.
	local namespaces=("${own_namespaces[@]}") host_pids=
	if grep -q '^# isolation: the pids of the machine' "$2"; then
		namespaces=(--mount --propagation slave) # what systemd mounts meanwhile is seen
		host_pids=1
	fi
	CAISSON_TEST_HOST_PIDS=$host_pids timeout --kill-after=5 "$limit_s" unshare "${namespaces[@]}" \
		bash "$top_srcdir/tests/system/isolate.sh" "$2" "$work" \
		>"$work/out" 2>"$work/err" </dev/null
	rc=$?
	join_points "$1" <"$work/out"
	if [ "$planned" != "$points" ]; then
		point 'not ok' "$1: ended early (status $rc, $points points of ${planned:-an unknown number})"
		script_failed=1
	elif [ $rc -ne 0 ] && [ $script_failed = 0 ]; then
		point 'not ok' "$1: exit status $rc"
		script_failed=1
	fi
	echo "# $1: $((SECONDS - began)) s"
	[ $script_failed = 1 ] && tail -n 40 "$work/err" | sed 's/^/# stderr: /'
}

mapfile -t scripts < <(list_scripts "$@")
reason=
[ "$(id -u)" = 0 ] || reason='needs root'
[ -n "$reason" ] || unshare --mount --pid --fork --mount-proc true 2>/dev/null ||
	reason='this root may not make namespaces'
[ -x "$CAISSON" ] || reason="$CAISSON is not built"
# isolate.sh mounts on these. They stay: removing one would take a mount away from another run.
for dir in /run/caisson /run/caisson-ids; do
	[ -n "$reason" ] || [ -d "$dir" ] || mkdir -m 0700 "$dir"
done

# Leaks are not looked for by ASan in programs that end with _exit in namespaces.
export ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1
for script in "${scripts[@]}"; do
	name=${script#"$top_srcdir"/tests/}
	name=${name#system/}
	name=${name%.sh}
	if [ -n "$reason" ]; then
		point ok "$name # SKIP $reason"
	else
		run_script "$name" "$script"
	fi
done
[ "$n" -gt 0 ] || point 'not ok' 'no test found'
echo "1..$n"
exit $failed
