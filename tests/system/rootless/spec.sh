#!/bin/bash
# What `caisson spec --rootless` writes runs in both profiles, and so does what others write: maps in
# config.json name the ids the user has outside.
# shellcheck disable=SC2034 # global_flags is for run_sh
. "$top_srcdir/tests/system/rootless/user.bash"

b=$(user_bundle bundle --rootless) || bail 'make a bundle'
is 'the map names the user' "$(jq -c '.linux.uidMappings' "$b/config.json")" \
	"[{\"containerID\":0,\"hostID\":$user_id,\"size\":1}]"
edit "$b" '.process.capabilities |= map_values(. + ["CAP_CHOWN"])'
for profile in hardened oci; do
	global_flags=(--profile "$profile")
	is "$profile: root inside, and owner of the files" "$(run_sh "$b" 'id -u; stat -c %u /bin; \
		cut -b-32 /proc/self/uid_map' | xargs)" '0 0 0 0 1'
	is "$profile: the file system of the network is there" "$(run_sh "$b" 'ls /sys/class/net')" lo
done

edit "$b" --argjson first "$sub_first" --argjson user "$user_id" '
	[{containerID: 0, hostID: $user, size: 1}, {containerID: 1, hostID: $first, size: 1000},
	 {containerID: 65534, hostID: ($first + 65000), size: 1}] as $map
	| .linux.uidMappings = $map | .linux.gidMappings = $map'
for profile in hardened oci; do
	global_flags=(--profile "$profile")
	is "$profile: three ranges" "$(run_sh "$b" 'tr -s " " </proc/self/uid_map | xargs')" \
		'0 0 1 1 1 1000 65534 65001 1'
	run_sh "$b" 'touch /home/made && chown 65534:1000 /home/made'
	is "$profile: ids on the host" "$(stat -c %u:%g "$b/rootfs/home/made")" \
		"$((sub_first + 65000)):$((sub_first + 999))"
	rm -f "$b/rootfs/home/made"
done

edit "$b" '.linux.uidMappings[0].hostID = 0'
for profile in hardened oci; do
	fails_with "$profile: root of the host is not the user's to give" \
		'/linux/uidMappings: the caller has no id 0 to give' \
		caisson --profile "$profile" run --bundle "$b" "$test_tag-x"
done
is 'nothing of the containers is left' "$(user_state)" ''
