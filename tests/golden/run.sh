#!/bin/bash
# usage: tests/golden/run.sh [update]               (make check-golden; tests/golden/update)
# What `caisson plan` makes of each config in configs/ with the facts of one fixed host, in each
# profile, compared with expected/. A change of behaviour is a readable diff in review.
set -u
: "${top_srcdir:?run me through make check-golden}" "${CAISSON:?}"
cd "$top_srcdir/tests/golden/configs" || exit 1
mode=${1:-check}
profiles='oci hardened'
actual=$(mktemp)
trap 'rm -f "$actual"' EXIT

print_plan() { # PROFILE CONFIG: output, status, and the tree's own path taken out
	"$CAISSON" --profile "$1" plan --facts ../facts --config "$2" . 2>&1
	echo "exit status $?"
}

configs=(*.json)
n=0 failed=0
[ "$mode" = check ] && echo "1..$((${#configs[@]} * 2))"
for config in "${configs[@]}"; do
	for profile in $profiles; do
		n=$((n + 1))
		name=${config%.json}
		name=${name%.config}.$profile
		expected=../expected/$name.txt
		print_plan "$profile" "$config" | sed "s|$PWD|/bundle|g" >"$actual"
		if [ "$mode" = update ]; then
			mkdir -p ../expected && cp "$actual" "$expected"
		elif difference=$(diff -u "$expected" "$actual" 2>&1); then
			echo "ok $n - $name"
		else
			echo "not ok $n - $name"
			printf '%s\n' "$difference" | head -n 40 | sed 's/^/# /'
			failed=1
		fi
	done
done
exit $failed
