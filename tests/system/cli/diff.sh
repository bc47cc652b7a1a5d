#!/bin/bash
# What another profile would change for a container, before anything is changed.
. "$top_srcdir/tests/system/lib.sh"
need jq

b=$(new_bundle) || bail 'make a bundle'
diff=$scratch/diff.json

caisson plan --format json --diff restricted "$b" >"$diff" 2>"$scratch/stderr"
is 'the answer is no refusal' "$?" 0
is 'from the profile of the command line' "$(jq -r .from.profile "$diff")" hardened
is 'to the other one' "$(jq -r .to.profile "$diff")" restricted
is 'which refuses it' "$(jq '.to.refused > 0' "$diff")" true
is 'so there are no steps to compare' "$(jq 'has("steps")' "$diff")" false
for rule in PSS-R-5 CIS-5.11 CIS-5.13; do
	is "$rule would refuse" "$(jq -r --arg rule "$rule" \
		'.rules[] | select(.rule == $rule) | "\(.from | length) \(.to[0].verdict)"' "$diff")" '0 refused'
done
is 'a rule that both have is not listed' "$(jq '[.rules[].rule] | index("CIS-5.26")' "$diff")" null
is 'nor one twice' "$(jq '[.rules[].rule] | length - (unique | length)' "$diff")" 0

edit "$b" '.process.user = {uid: 7, gid: 7} | .root.readonly = true | .linux.resources.memory.limit = 67108864'
caisson plan --format json --diff restricted "$b" >"$diff"
is 'not refused: both profiles have steps' "$(jq -c '[.steps[] | select(.step | startswith("bounding")) | .change]' \
	"$diff")" '["removed","added"]'
is 'with their stage' "$(jq -r '.steps[] | select(.step | startswith("bounding")) | .stage' "$diff" | sort -u)" confine
like 'text: the rule' "$(caisson plan --diff restricted "$b")" '^  \[PSS-R-1\] '
like 'text: the step' "$(caisson plan --diff restricted "$b")" '^\+   bounding keep=NET_BIND_SERVICE$'

caisson plan --diff hardened "$b" >"$scratch/same"
like 'itself: no rule' "$(cat "$scratch/same")" '^rules that decide otherwise: 0$'
like 'itself: no step' "$(cat "$scratch/same")" '^steps: 0 less, 0 more$'

fails_with 'a profile that is none' "unknown profile 'restrcited'; did you mean 'restricted'" \
	caisson plan --diff restrcited "$b"
printf '{"extends": "restricted", "rules": {"PSS-R-5": "warn"}}' >"$scratch/mine.json"
is 'a file' "$(caisson plan --format json --diff "$scratch/mine.json" "$b" | jq -r .to.profile)" "$scratch/mine.json"
