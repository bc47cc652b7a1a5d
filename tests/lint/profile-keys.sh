#!/bin/bash
# Every key of a profile has a row in src/policy/strict.c, or an annotation could loosen it; and it
# is in caisson-profile(5), as is every rule.
bad=0
keys=$(grep -ohE '^	KEY\("[a-z_]+"' src/policy/profile*.c | cut -d'"' -f2)
[ "$(wc -l <<<"$keys")" -gt 20 ] || { echo 'found no table of keys in src/policy/profile*.c'; bad=1; }
for key in $keys; do
	grep -qE "^\.It Cm (.* , )?$key( ,|\$)" man/caisson-profile.5 ||
		{ echo "key $key is not in man/caisson-profile.5"; bad=1; }
	case $key in name | description | rules) continue ;; esac
	grep -q "^	ROW(\"$key\"," src/policy/strict.c ||
		{ echo "key $key has no row in src/policy/strict.c: is one value of it stricter?"; bad=1; }
done
rules=$(grep -ohE '^	\{ \{ "[A-Z]+-[A-Z0-9.-]+"' src/policy/table_*.c | cut -d'"' -f2)
for rule in $rules; do
	grep -q "^\.It $rule Ta" man/caisson-profile.5 ||
		{ echo "rule $rule is not in man/caisson-profile.5"; bad=1; }
done
exit $bad
