#!/bin/bash
# usage: tests/fuzz/run.sh SECONDS TARGET...        (make fuzz)
# Fuzzes each target for that long, starting from its corpus. One TAP point a target, also kept in
# tests/fuzz/fuzz.tap of the build directory. New inputs stay in the build directory.
set -u
seconds=$1
shift
corpora=$(cd "$(dirname "$0")/corpus" && pwd) || exit 1
result=tests/fuzz/fuzz.tap
n=0 failed=0
echo "1..$#" | tee "$result"
for target in "$@"; do
	n=$((n + 1))
	name=$(basename "$target" .fuzz)
	found=tests/fuzz/found-$name
	mkdir -p "$found"
	if "./$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="tests/fuzz/crash-$name-" "$found" "$corpora/${name#fuzz_}" \
		>"tests/fuzz/$name.fuzzlog" 2>&1; then
		runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "tests/fuzz/$name.fuzzlog")
		echo "ok $n - $name: $runs inputs in $seconds s"
	else
		failed=1
		echo "not ok $n - $name"
		tail -n 40 "tests/fuzz/$name.fuzzlog" | sed 's/^/# /'
	fi | tee -a "$result"
done
grep -q '^not ok' "$result" && failed=1
exit $failed
