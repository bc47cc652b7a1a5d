#!/bin/bash
# Runs every rule of this folder as one TAP point. A rule is a script that prints what is wrong
# and exits 1, or exits 77 with the reason for skipping, or exits 0; a line starting with "= " is
# added to the point's description. The environment comes from `make check`.
set -u
: "${top_srcdir:?run me through make check-lint}" "${top_builddir:?}"
cd "$top_srcdir" || exit 1
rules=(tests/lint/*.sh)
n=0 failed=0
out=$(mktemp)
trap 'rm -f "$out"' EXIT

echo "1..$((${#rules[@]} - 1))"
for rule in "${rules[@]}"; do
	name=$(basename "$rule" .sh)
	[ "$name" = run ] && continue
	n=$((n + 1))
	bash "$rule" >"$out" 2>&1
	rc=$?
	note=$(sed -n 's/^= /: /p' "$out")
	case $rc in
	0) echo "ok $n - $name$note" ;;
	77) echo "ok $n - $name # SKIP $(tail -n 1 "$out")" ;;
	*) echo "not ok $n - $name$note"; failed=1 ;;
	esac
	grep -v '^= ' "$out" | sed 's/^/# /'
done
exit $failed
