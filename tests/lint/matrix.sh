#!/bin/bash
# Every rule of the table bites and does not over-bite: when it is enforced, in the audit of a bundle, in
# the audit of what is running. The unit tests say what they have seen; here it is one table, with a row for
# each rule that the report of SARIF lists.
programs=(test_policy test_policy_host test_policy_volumes test_policy_cgroup test_policy_rules test_policy_seccomp test_audit test_drift)
seen=$(mktemp)
trap 'rm -f "$seen"' EXIT
for program in "${programs[@]}"; do
	unit=$top_builddir/tests/unit/$program.unit
	[ "$unit" -nt "$top_builddir/libcaisson.a" ] || { echo 'the unit tests are not built'; exit 77; }
	"$unit" 2>/dev/null | sed -n 's/^# matrix //p' >>"$seen"
done
command -v jq >/dev/null || { echo 'jq is not installed'; exit 77; }
bundle=$(mktemp -d)
trap 'rm -rf "$seen" "$bundle"' EXIT
mkdir "$bundle/rootfs"
"$CAISSON" spec --bundle "$bundle" || exit 1
rules=$("$CAISSON" audit --format sarif --fail-on never "$bundle" | jq -r '.runs[0].tool.driver.rules[].id')
[ -n "$rules" ] || { echo 'there are no rules'; exit 1; }

cell() { # USE RULE: "yes yes", "- -" where the rule has no such use, or what is missing
	local _ bites passes
	read -r _ _ bites passes < <(grep -m1 "^$1 $2 " "$seen")
	case $bites$passes in
	11) echo 'bites passes' ;;
	'') echo '- -' ;;
	*) echo "${bites/0/NEVER} ${passes/0/NEVER}" ;;
	esac
}

bad=0
printf '%-12s %-15s %-15s %-15s\n' rule enforced 'audit, bundle' 'audit, live'
while read -r rule; do
	enforce=$(cell enforce "$rule") bundle_cell=$(cell bundle "$rule") live=$(cell live "$rule")
	printf '%-12s %-15s %-15s %-15s\n' "$rule" "$enforce" "$bundle_cell" "$live"
	case "$enforce$bundle_cell$live" in
	*NEVER*) bad=1; echo "  $rule: something was never seen" ;;
	'- -- -- -') bad=1; echo "  $rule: no test knows it" ;;
	esac
done <<<"$rules"
echo "= $(wc -l <<<"$rules") rules"
exit $bad
