#!/bin/bash
# A launch in the default profile is not slower than crun's and at most half of runc's time: a few
# rounds of what `make bench` does, and up to three times, since other load of the machine can spoil
# one of them but can't make a slow program fast. The bar of a fifth of runc's time needs a machine
# with nothing else to do: `make bench` prints it, tests/bench/launch --check judges it.
. "$top_srcdir/tests/system/lib.sh"
need jq runc crun /bin/busybox
MEASURE=${top_builddir:-}/tests/bench/measure
export MEASURE
[ -x "$MEASURE" ] || skip "$MEASURE is not built"
for symbol in __asan_init __gcov_init; do
	! grep -q $symbol "$CAISSON" || skip 'sanitizers and counters take more time than anything else'
done

for _ in 1 2 3; do
	bash "$top_srcdir/tests/bench/launch" --check --max-runc 0.5 --rounds 10 --bundle spec \
		>"$scratch/result" 2>&1
	status=$?
	sed 's/^/# /' "$scratch/result"
	[ $status -eq 0 ] && break
done
is 'not slower than crun, twice as fast as runc' "$status" 0
