#!/bin/bash
# "wx": "deny" of a profile: no process of the container makes memory executable that can be written to, and
# exec gets no more.
. "$top_srcdir/tests/system/lib.sh"
need jq

b=$(new_bundle) || bail 'make a bundle'
cp "$PROBE" "$b/rootfs/bin/probe"
printf '{ "extends": "hardened", "name": "no-wx", "wx": "deny" }' >"$scratch/no-wx.json"
probe() { run_sh "$b" '/bin/probe try writable-code written-code' 2>&1; }

is 'as it is' "$(probe)" $'writable-code ok\nwritten-code ok'
kernel=$(uname -r) major=${kernel%%.*} minor=${kernel#*.} minor=${minor%%[!0-9]*}
global_flags=(--profile "$scratch/no-wx.json")
if [ $((major * 1000 + minor)) -lt 6003 ]; then
	fails_with 'a kernel that has no such thing: refused' "CS-WX-1.*kernel $major\.$minor can't deny it" \
		caisson "${global_flags[@]}" run --bundle "$b" "$test_tag-old"
	exit
fi
is 'denied' "$(probe)" $'writable-code EACCES\nwritten-code EACCES'
is 'programs that execute others are no way around' \
	"$(run_sh "$b" 'sh -c "/bin/probe try writable-code written-code"' 2>&1)" $'writable-code EACCES\nwritten-code EACCES'
like 'plan says so' "$(caisson "${global_flags[@]}" plan "$b")" '\[CS-WX-1\] /process'
set_args "$b" sleep 60
new_id
caisson "${global_flags[@]}" run --detach --bundle "$b" "$id" >"$scratch/log" 2>&1 </dev/null
is 'exec gets no more' "$(caisson exec "$id" /bin/probe try writable-code written-code)" \
	$'writable-code EACCES\nwritten-code EACCES'
caisson delete --force "$id"

like 'a misspelt word' "$(echo '{ "extends": "hardened", "wx": "denied" }' >"$scratch/bad.json"
	caisson --profile "$scratch/bad.json" plan "$b" 2>&1)" "'denied' is neither"
