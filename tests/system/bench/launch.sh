#!/bin/bash
# A launch in the default profile is not slower than crun's, and 5 times as fast as runc's: a few
# rounds of what `make bench` does. Up to three times, since what else the machine does can spoil a
# measurement but can't make a slow program fast; if all of them are spoilt, they say nothing.
. "$top_srcdir/tests/system/lib.sh"
need jq runc crun /bin/busybox
MEASURE=${top_builddir:-}/tests/bench/measure
export MEASURE
max_others=20 # percent of all processors
[ -x "$MEASURE" ] || skip "$MEASURE is not built"
for symbol in __asan_init __gcov_init; do
	! grep -q $symbol "$CAISSON" || skip 'sanitizers and counters take more time than anything else'
done

busy_ms() { # of all processors since boot
	awk '/^cpu / { printf "%d\n", ($2 + $3 + $4 + $7 + $8) * 10 }' /proc/stat
}

children_ms() { # sets $children: of our own, "1m2.345s 0m0.678s" in the second line
	times >"$scratch/times" # not through a pipe: a subshell has no children
	children=$(awk -F '[ms ]+' 'NR == 2 { printf "%d\n", ($1 * 60 + $2 + $3 * 60 + $4) * 1000 }' \
		"$scratch/times")
}

attempt() { # sets $status and $others
	local start=${EPOCHREALTIME/[.,]/} children elapsed known
	children_ms
	known=$(($(busy_ms) - children))
	bash "$top_srcdir/tests/bench/launch" --check --rounds 10 --bundle spec --mode hot \
		>"$scratch/result" 2>&1
	status=$?
	elapsed=$(((${EPOCHREALTIME/[.,]/} - start) / 1000))
	children_ms
	others=$((($(busy_ms) - children - known) * 100 / (elapsed * $(nproc) + 1)))
	sed 's/^/# /' "$scratch/result"
	echo "# others took $others % of the processors"
}

what='not slower than crun, 5 times as fast as runc'
least=100
for _ in 1 2 3; do
	attempt
	[ "$status" -eq 0 ] && break
	[ "$others" -ge "$least" ] || least=$others
done
if [ "$status" -eq 0 ]; then
	pass "$what"
elif [ "$status" -ne 1 ] || [ "$least" -le "$max_others" ]; then
	fail "$what" "status $status" "$(tail -n 3 "$scratch/result")"
else
	skip_point "$what" "others took $least % of the processors or more"
fi
