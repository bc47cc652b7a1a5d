#!/bin/bash
# On a host whose mounts are shared, as systemd makes them, containers run, and no mount of one
# shows outside.
. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox

b=$(new_bundle) || bail 'make a bundle'
mkdir -p "$scratch/volume/below" "$b/rootfs"/{v,w,x}
mount --make-rshared / # in the mount namespace of this test
mount -t tmpfs volume "$scratch/volume/below"
mounts_before=$(list_mounts)
edit "$b" --arg source "$scratch/volume" '.mounts += [
	{destination: "/v", source: $source, options: ["rbind"]},
	{destination: "/w", source: $source, options: ["rbind", "rprivate"]},
	{destination: "/v/below", type: "tmpfs", source: "inner"}]'

for profile in oci hardened; do
	for propagation in '' private slave rprivate rslave; do
		edit "$b" --arg p "$propagation" 'if $p == "" then del(.linux.rootfsPropagation)
			else .linux.rootfsPropagation = $p end'
		global_flags=(--profile "$profile")
		is "$profile, rootfsPropagation '$propagation': it runs" "$(run_sh "$b" 'echo yes' 2>&1)" yes
		is "$profile, rootfsPropagation '$propagation': nothing is shared with the host" "$(run_sh "$b" \
			'grep -o shared: /proc/self/mountinfo' 2>&1)" ''
	done
done

# A container that may mount, and does so everywhere, while it is looked at from outside.
global_flags=(--profile oci)
edit "$b" 'del(.linux.rootfsPropagation) | .process.capabilities =
	([("bounding", "effective", "permitted") as $set | {($set): ["CAP_SYS_ADMIN"]}] | add)'
set_args "$b" /bin/sh -c 'for at in /x /v/below /w/below /v /; do mount -t tmpfs own $at || exit; done
	echo mounted; sleep 60'
new_id
caisson --profile oci run --bundle "$b" "$id" >"$scratch/out" 2>&1 &
eventually grep -q . "$scratch/out"
is 'it mounts at five places' "$(cat "$scratch/out")" mounted
is 'none of that shows outside' "$(diff <(echo "$mounts_before") <(list_mounts))" ''
caisson kill "$id" KILL
wait $!
mount --make-rprivate /
umount "$scratch/volume/below"
mounts_before=$(list_mounts)
