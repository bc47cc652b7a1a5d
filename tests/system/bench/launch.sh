#!/bin/bash
# A launch in the default profile is not slower than crun's, and 5 times as fast as runc's: a few
# rounds of what `make bench` does, and up to three times, since other load of the machine can spoil
# one of them but can't make a slow program fast.
. "$top_srcdir/tests/system/lib.sh"
need jq runc crun /bin/busybox
MEASURE=${top_builddir:-}/tests/bench/measure
export MEASURE
[ -x "$MEASURE" ] || skip "$MEASURE is not built"
for symbol in __asan_init __gcov_init; do
	! grep -q $symbol "$CAISSON" || skip 'sanitizers and counters take more time than anything else'
done

for try in 1 2 3; do
	bash "$top_srcdir/tests/bench/launch" --check --rounds 10 --bundle spec --mode hot \
		>"$scratch/result" 2>&1
	status=$?
	sed 's/^/# /' "$scratch/result"
	[ $status -eq 0 ] && break
	echo "# try $try: status $status"
done
is 'as fast as it should be' "$status" 0
