#!/bin/bash
# Rules about what surrounds a container: who else has its ids, who can reach its files, what the host makes
# of its core files, whose terminal it has, and who joins it as root. Each bites, and lets pass.
# shellcheck disable=SC2016 # expressions of jq and of the shell inside
. "$top_srcdir/tests/system/ids/etc.bash"
need python3 unshare nsenter

b=$(new_bundle) || bail 'make a bundle'
profile=$scratch/profile.json
asks() { # RULE WISH...: a profile that is hardened but for these
	local rules
	rules=$(printf '"%s": "%s", ' "$@")
	echo "{ \"extends\": \"hardened\", \"name\": \"asks\", \"rules\": { ${rules%, } } }" >"$profile"
}
planned() { # RULE: "VERDICT: FOUND" of the bundle
	caisson --profile "$profile" plan --format json "$b" 2>/dev/null |
		jq -r --arg rule "$1" '.findings[] | select(.rule == $rule) | "\(.verdict): \(.found)"'
}
audited() { # RULE ARGUMENT...: what is found of it
	local rule=$1
	shift
	caisson --profile "$profile" audit --format json --fail-on never "$@" 2>"$scratch/stderr" |
		jq -r --arg rule "$rule" '.targets[].findings[] | select(.rule == $rule) | .found'
}
start_in() { # PROFILE: a container that sleeps; sets $id and $pid
	set_args "$b" sleep 300
	new_id
	caisson --profile "$1" create --bundle "$b" "$id" >"$scratch/log" 2>&1 </dev/null && caisson start "$id"
	pid=$(pid_of "$id")
	[ -n "$pid" ] || bail 'start a container' "$(cat "$scratch/log")"
}
config=$(cat "$b/config.json")
restore() { echo "$config" >"$b/config.json"; }

# --- CS-MNT-4, CS-MNT-12: the way to the bundle -----------------------------------------------------------------

asks CS-MNT-4 refuse CS-MNT-12 refuse
is 'a bundle that only root can change' "$(planned CS-MNT-4)" ''
is 'its root is within reach of every user' "$(planned CS-MNT-12)" "refused: every user of the host can reach '$b/rootfs'"
chmod 0700 "$b"
is 'and then no more' "$(planned CS-MNT-12)" ''
new_id
succeeds 'such a container runs' caisson --profile "$profile" run --bundle "$b" "$id" </dev/null
chmod 0777 "$b"
is 'a bundle that anybody can change' "$(planned CS-MNT-4)" "refused: '$b' can be changed by others"
fails_with 'create refuses it, and says how to allow it' \
	"\[CS-MNT-4\] : '$b' can be changed by others; who can change .*; to allow: a profile with .+CS-MNT-4.+warn" \
	caisson --profile "$profile" create --bundle "$b" "$id"
fails_with 'nothing was created' 'does not exist' caisson state "$id"
is 'the default profile does not look' "$(caisson plan --format json "$b" | jq -c '[.findings[].rule] | index("CS-MNT-4")')" null
chmod 0755 "$b"
mkdir -m 1777 "$scratch/open" && mkdir "$scratch/open/root" && chown 1000 "$scratch/open/root"
edit "$b" --arg path "$scratch/open/root" '.root.path = $path'
is 'a root of somebody else' "$(planned CS-MNT-4)" "refused: '$scratch/open/root' belongs to another user"
chown 0 "$scratch/open/root"
is 'one of root, in a sticky directory' "$(planned CS-MNT-4)" ''
ln -s "$b/rootfs" "$scratch/open/link"
edit "$b" --arg path "$scratch/open/link" '.root.path = $path'
is 'a link there' "$(planned CS-MNT-4)" "refused: '$scratch/open/link' is a link in a directory of everybody"
restore

# --- CS-MNT-5: the image ------------------------------------------------------------------------------------------

asks CS-MNT-5 warn
is 'an image without devices and privileged programs' "$(planned CS-MNT-5)" ''
cp /bin/busybox "$b/rootfs/usr/bin/planted" && chmod 4755 "$b/rootfs/usr/bin/planted"
mknod "$b/rootfs/var/disk" b 8 0 2>/dev/null || mknod "$b/rootfs/var/disk" p
found="1 set-user-id or set-group-id programs ('/usr/bin/planted')"
[ -b "$b/rootfs/var/disk" ] && found="1 device nodes ('/var/disk'), $found"
is 'one with some' "$(planned CS-MNT-5)" "warned: $found"
start_in hardened
is 'the same of what is running' "$(audited CS-MNT-5 --container "$id")" "$found"
is 'and of its process' "$(audited CS-MNT-5 --pid "$pid")" "$found"
rm "$b/rootfs/usr/bin/planted" "$b/rootfs/var/disk"
is 'nothing more' "$(audited CS-MNT-5 --container "$id")" ''
caisson delete --force "$id"

# --- CS-CORE-1: core files ----------------------------------------------------------------------------------------

asks CS-CORE-1 tighten
echo '|/usr/lib/handler %p' >"$scratch/core_pattern"
mount --bind "$scratch/core_pattern" /proc/sys/kernel/core_pattern || bail 'another core_pattern'
is 'cores for a program of the host' "$(planned CS-CORE-1)" "tightened: core files go to '|/usr/lib/handler %p' of the host"
start_in "$profile"
is 'the limit is one byte, which is none' "$(awk '/^Max core/ { print $5, $6 }' "/proc/$pid/limits")" '1 1'
is 'so nothing is found of what is running' "$(audited CS-CORE-1 --container "$id")" ''
caisson delete --force "$id"
start_in hardened
is 'with a limit of 0 they would go there' "$(audited CS-CORE-1 --pid "$pid")" "core files go to '|/usr/lib/handler %p' of the host"
echo core >"$scratch/core_pattern"
is 'not into a file' "$(audited CS-CORE-1 --pid "$pid"):$(planned CS-CORE-1)" :
umount /proc/sys/kernel/core_pattern

# --- CIS-5.25: the place among the cgroups --------------------------------------------------------------------------

mkdir -p "$scratch/etc"
echo '{ "extends": "hardened", "cgroup_parents": ["/expected"], "rules": { "CIS-5.25": "refuse" } }' >"$profile"
is 'a container without a path' "$(planned CIS-5.25):$(audited CIS-5.25 --container "$id")" :
caisson delete --force "$id"
edit "$b" --arg path "/$test_tag/elsewhere" '.linux.cgroupsPath = $path'
is 'another parent' "$(planned CIS-5.25)" "refused: '/$test_tag/elsewhere'"
start_in hardened
is 'another parent of what is running' "$(audited CIS-5.25 --container "$id")" "'/$test_tag/elsewhere'"
echo "{ \"extends\": \"hardened\", \"cgroup_parents\": [\"/test-*\"], \"rules\": { \"CIS-5.25\": \"refuse\" } }" >"$profile"
is 'the one that is expected' "$(planned CIS-5.25):$(audited CIS-5.25 --container "$id")" :
caisson delete --force "$id"
find /sys/fs/cgroup -depth -maxdepth 3 -type d -path "*/$test_tag" -exec rmdir {} + 2>/dev/null
restore

# --- CS-TTY-1: the caller's terminal --------------------------------------------------------------------------------

asks CS-TTY-1 warn
set_args "$b" sleep 300
new_id
is 'no terminal' "$(planned CS-TTY-1 </dev/null)" ''
cat >"$scratch/at-terminal" <<'END'
"$CAISSON" --profile "$1" plan --format json "$2" 2>/dev/null |
	jq -r '.findings[] | select(.rule == "CS-TTY-1") | "planned \(.verdict): \(.found)"'
"$CAISSON" create --bundle "$2" "$3" 2>/dev/null >/dev/null && "$CAISSON" start "$3"
"$CAISSON" --profile "$1" audit --format json --fail-on never --container "$3" |
	jq -r '.targets[].findings[] | select(.rule == "CS-TTY-1") | "running: \(.found)"'
END
python3 "$top_srcdir/tests/system/terminal.py" drive 24x200 -- \
	env CAISSON="$CAISSON" bash "$scratch/at-terminal" "$profile" "$b" "$id" >"$scratch/drive" 2>&1
out=$(tr -d '\r' <"$scratch/drive")
like 'that of the caller: create would hand it over' "$out" '^planned warned: stdin of the caller'
like 'and so it has' "$out" "^running: 0 \('/dev/pts/[0-9]+'\)"
caisson delete --force "$id"
start_in hardened
is 'a container without one' "$(audited CS-TTY-1 --container "$id")" ''

# --- CS-KRN-1: settings of the host -----------------------------------------------------------------------------------

asks CS-KRN-1 warn
line=$(caisson check --format json 2>/dev/null | jq -r '.checks[] | select(.name == "kernel settings") | "\(.status): \(.found)"')
case $line in
degraded:*) is 'settings, as check has them' "$(audited CS-KRN-1 --container "$id")" "${line#degraded: }" ;;
*) is 'settings that are strict' "$(audited CS-KRN-1 --container "$id")" '' ;;
esac
for setting in dmesg_restrict kptr_restrict; do
	for value in 0 1; do
		echo $value >"$scratch/value"
		mount --bind "$scratch/value" /proc/sys/kernel/$setting || continue
		found=$(audited CS-KRN-1 --container "$id" | grep -c "kernel.$setting is 0")
		umount /proc/sys/kernel/$setting
		is "kernel.$setting is $value" "$found" $((1 - value))
	done
done
caisson delete --force "$id"

# --- CS-MAP-1: ids of others ------------------------------------------------------------------------------------------

asks CS-MAP-1 refuse
echo 'alice:x:4001:4001::/home/alice:/bin/bash' >>/etc/passwd
echo 'service:x:801:801::/:/usr/sbin/nologin' >>/etc/passwd
printf 'alice:900000:65536\nservice:1000000:65536\n' >>/etc/subuid
maps() { # FIRST
	edit "$b" --argjson first "$1" '{containerID: 0, hostID: $first, size: 65536} as $map
		| .linux.uidMappings = [$map] | .linux.gidMappings = [$map]
		| .linux.namespaces |= (map(select(.type != "user")) + [{type: "user"}])'
}
maps 900000
is 'subordinate ids of somebody who logs in' "$(planned CS-MAP-1)" 'refused: subordinate ids of alice (900000 to 965535)'
maps 1000000
is 'those of a service are there for it' "$(planned CS-MAP-1)" ''
maps 4000
is 'an account' "$(planned CS-MAP-1 | grep -o 'refused: user alice (4001)')" 'refused: user alice (4001)'
restore
start_in hardened
base=$(awk '{ print $2; exit }' "/proc/$pid/uid_map")
is 'ids that caisson gives are nobody else'"'"'s' "$(planned CS-MAP-1):$(audited CS-MAP-1 --container "$id")" :
maps "$base"
is 'the block of another container' "$(planned CS-MAP-1)" "refused: container $id ($base to $((base + 65535)))"
# somebody else with the same ids: a user namespace beside the container's
is_in_another() { # PID PID: user namespaces
	[ "$(readlink "/proc/$1/ns/user")" != "$(readlink "/proc/$2/ns/user")" ]
}
unshare --user sleep 300 &
other=$!
eventually is_in_another $other self
echo "0 $base 10" >"/proc/$other/uid_map"
is 'another user namespace with some of them' "$(audited CS-MAP-1 --container "$id")" \
	"process $other in another user namespace ($base to $((base + 9)))"
kill $other
wait $other 2>/dev/null
is 'when it is gone' "$(audited CS-MAP-1 --container "$id")" ''
# one below the container's own has its ids, as it must
nsenter --target "$pid" --user unshare --user --map-root-user sleep 300 &
other=$!
has_map() { grep -q . "/proc/$other/uid_map" && is_in_another $other "$pid" && is_in_another $other self; }
eventually has_map
is 'one below its own has its ids' "$(awk '{ print $2; exit }' "/proc/$other/uid_map"):$(audited CS-MAP-1 --container "$id")" "$base:"
kill $other
wait $other 2>/dev/null
caisson delete --force "$id"
restore

# --- CIS-5.24: root joins ------------------------------------------------------------------------------------------------

asks CIS-5.24 refuse
edit "$b" '.process.user = {uid: 7, gid: 7}'
start_in "$profile"
fails_with 'exec as root: refused' \
	'refuses this process, profile asks: \[CIS-5.24\] /process/user/uid: 0; root inside .*; to allow: ' \
	caisson exec --user 0 "$id" true
is 'exec as the user' "$(caisson exec "$id" id -u)" 7
is 'exec as another' "$(caisson exec --user 8:8 "$id" id -u)" 8
is 'nobody has more' "$(audited CIS-5.24 --container "$id")" ''
caisson delete --force "$id"
start_in hardened
is 'the default profile: allowed' "$(caisson exec --user 0 "$id" id -u)" 0
caisson exec --user 0 --detach --pid-file "$scratch/pid" "$id" sleep 300 </dev/null >/dev/null 2>&1
is 'and found by audit' "$(audited CIS-5.24 --container "$id")" "process $(cat "$scratch/pid"), 'sleep'"
caisson delete --force "$id"
restore
