#!/bin/bash
# Mappings that a mount brings itself: uidMappings and gidMappings, idmap and ridmap, crun's ranges
# in the option; compared with crun, which has them too (runc 1.1 has not).
# shellcheck disable=SC2016 # expressions of jq and of the shell inside
. "$top_srcdir/tests/system/volumes/volumes.bash"

b=$(new_bundle)
scratch_fs
global_flags=(--profile oci)
mkdir -p "$fs/tree/sub"
mount_mappable "$fs/tree/sub"
touch "$fs/tree/file" "$fs/tree/sub/file" "$fs/tree/other"
chown 1000:1001 "$fs/tree/file" "$fs/tree/sub/file"

maps() { # CONTAINER HOST SIZE [CONTAINER HOST SIZE for gids]
	jq -n '$ARGS.positional | map(tonumber) | {
		uidMappings: [{containerID: .[0], hostID: .[1], size: .[2]}],
		gidMappings: [{containerID: .[-3], hostID: .[-2], size: .[-1]}]}' --args "$@"
}

with() { # MAPS-JSON OPTION...: the mount at /v is this one
	local json=$1
	shift
	edit "$b" --arg from "$fs/tree" --argjson maps "$json" '.mounts |= map(select(.destination != "/v")) |
		.mounts += [{destination: "/v", type: "bind", source: $from, options: $ARGS.positional} + $maps]' --args "$@"
}
owners() { run_sh "$b" 'stat -c %u:%g /v/file /v/sub/file /v/other | tr "\n" " "' 2>&1; }

own_userns() {
	edit "$b" '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
}
no_userns() {
	edit "$b" '.linux.namespaces |= map(select(.type != "user")) | del(.linux.uidMappings, .linux.gidMappings)'
}

with "$(maps 1000 5000 1 1001 5001 1)" rbind
is 'mappings alone: the mount, not what is below' "$(owners)" '5000:5001 1000:1001 65534:65534 '
with "$(maps 1000 5000 1 1001 5001 1)" rbind idmap
is 'with idmap: the same' "$(owners)" '5000:5001 1000:1001 65534:65534 '
with "$(maps 1000 5000 1 1001 5001 1)" rbind ridmap
is 'with ridmap: what is below too' "$(owners)" '5000:5001 5000:5001 65534:65534 '
with '{}' rbind 'ridmap=uids=1000-6000-1#0-7000-1;gids=1001-6001-1#0-7001-1'
is 'ranges in the option' "$(owners)" '6000:6001 6000:6001 7000:7001 '
with "$(maps 1000 5000 1 1001 5001 1)" rbind 'idmap=uids=1000-6000-1;gids=1001-6001-1'
is 'mappings go before those in the option' "$(owners)" '5000:5001 1000:1001 65534:65534 '
run_sh "$b" 'chown 5000:5001 /v/new 2>/dev/null; touch /v/new' >"$last_output" 2>&1
fails 'who has no id in the map makes no file' test -e "$fs/tree/new"

global_flags=(--profile oci)
refused() { # DESCRIPTION EXTENDED-REGEX
	fails_with "$1" "$2" run_sh "$b" true
}
with '{}' rbind idmap
refused 'idmap without mappings and without a user namespace' 'idmap without mappings needs a user namespace'
with '{}' rbind 'idmap=uids=@1000-0-1;gids=@1001-0-1'
refused 'relative ranges without one' "mapping with '@' needs a user namespace"
with "$(maps 0 0 0)" bind
refused 'a range of nothing' 'size'
with "$(maps 0 4294967295 1)" bind
refused 'a range beyond the last id' 'beyond the last id'
with '{"uidMappings": [{"containerID": 0, "hostID": 1, "size": 1}]}' bind
refused 'uids without gids' 'must be given together'
with '{}' bind 'idmap=uids=0-1-1'
refused 'uids= without gids=' 'must be given together'
with '{}' bind 'idmap=uids=0-1;gids=0-1-1'
refused 'a range of two numbers' 'three numbers'
with '{}' bind 'idmap=maps=0-1-1'
refused 'another word' 'uids= and gids='
edit "$b" '.mounts |= map(select(.destination != "/v")) | .mounts += [{destination: "/v", type: "tmpfs", source: "t"} + $m]' --argjson m "$(maps 0 1 1)"
refused 'a mount that is no bind' 'only supported for bind mounts'
edit "$b" '.mounts |= map(select(.destination != "/v")) | .mounts += [{destination: "/v", type: "bind", source: "/proc/tty", options: ["bind"]} + $m]' --argjson m "$(maps 0 1 1)"
refused 'a file system that has none' 'file system proc has no idmapped mounts'

own_userns
with '{}' rbind ridmap
is 'idmap alone: the map of the user namespace' "$(owners)" '1000:1001 1000:1001 0:0 '
with "$(maps 1000 100000 1 1001 100000 1)" rbind ridmap
is 'mappings in a user namespace' "$(owners)" '0:0 0:0 65534:65534 '
with '{}' rbind 'ridmap=uids=@1000-0-1;gids=@1001-5-1'
is 'ranges relative to it' "$(owners)" '0:5 0:5 65534:65534 '
with '{}' rbind 'ridmap=uids=@1000-65536-1;gids=@1001-5-1'
refused 'an id that it has not' 'ids that the user namespace has not'

no_userns
if command -v crun >/dev/null && crun --version | grep -q '^crun version 1\.[0-9]'; then
	crun_owners() {
		unshare -m sh -c 'if [ "$(stat -f -c %T /sys/fs/cgroup)" != cgroup2fs ]; then
				umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup
			fi
			exec crun --cgroup-manager=disabled run --bundle "$1" "$2"' crun "$b" "$test_tag-crun" 2>&1
	}
	edit "$b" '.ociVersion = "1.0.2" | del(.linux.resources)'
	set_args "$b" stat -c %u:%g /v/file /v/other
	for maps in 'idmap=uids=1000-6000-1;gids=1001-6001-1' 'idmap=uids=1000-6000-1#0-5-2;gids=1001-6001-1#0-7-1'; do
		with '{}' bind "$maps" # crun 1.8 has no mounts below one with a map
		theirs=$(crun_owners)
		is "as crun: $maps" "$(caisson --profile oci run --bundle "$b" "$test_tag-as" 2>&1)" "$theirs"
	done
	with "$(maps 1000 5000 1 1001 5001 1)" bind idmap
	theirs=$(crun_owners)
	is 'as crun: mappings' "$(caisson --profile oci run --bundle "$b" "$test_tag-as" 2>&1)" "$theirs"
else
	skip_point 'as crun' 'crun is not installed'
fi

# Hardened: no map may have root of the host in it, unless the path is listed as "identity".
global_flags=()
with "$(maps 1000 1879048192 1 1001 1879048192 1)" rbind ridmap
like 'hardened: a map without id 0' "$(owners)" '[0-9]'
with "$(maps 0 1879048192 65536)" rbind ridmap
refused 'hardened: a map of id 0' 'CS-VOL-2.*has id 0'
with '{}' rbind ridmap
refused 'hardened: the whole map of the container' 'CS-VOL-2.*has id 0'
printf '{"extends": "hardened", "volume_map_paths": {"%s": "identity"}}\n' "$fs/tree" >"$scratch/profile.json"
chmod 0600 "$scratch/profile.json"
global_flags=(--profile "$scratch/profile.json")
is 'hardened: unless the profile lists the path' "$(owners)" '1000:1001 1000:1001 0:0 '
