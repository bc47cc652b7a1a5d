#!/bin/bash
# In a guest of tests/vm, of which is known what it is: that is what caisson check says, line by line.
. "$top_srcdir/tests/system/lib.sh"

expected=$top_srcdir/tests/vm/expect/${CAISSON_VM_GUEST:-none}
[ -e "$expected" ] || skip 'what this machine is has nobody written down'
modprobe overlay # or it would be there or not as other tests have needed it before
caisson check --format json >"$scratch/report.json" || bail 'caisson check' "$(cat "$scratch/report.json")"
mapfile -t wanted < <(grep -v '^#' "$expected")
mapfile -t got < <(jq -r '.checks[] | "\(.status) \(.name): \(.found)"' "$scratch/report.json")
is 'as many lines as are expected' "${#got[@]}" "${#wanted[@]}"
for i in "${!wanted[@]}"; do
	like "${wanted[i]}" "${got[i]-}" "^(${wanted[i]})\$"
done
