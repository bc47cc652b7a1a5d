#!/bin/bash
# What somebody on the host has changed about a container since it was created is found, by what the
# kernel says of it; what caisson itself has changed is not.
# shellcheck disable=SC2016 # expressions of jq inside
. "$top_srcdir/tests/system/lib.sh"
need jq nsenter

b=$(new_bundle) || bail 'make a bundle'
mkdir "$scratch/volume"
# which labels the host has loaded is no matter here
profile=$scratch/profile.json
echo '{ "extends": "hardened", "rules": { "CS-LSM-2": "allow" } }' >"$profile"
set_args "$b" sleep 300
edit "$b" --arg volume "$scratch/volume" --arg cgroup "/$test_tag" '.linux.cgroupsPath = $cgroup | .linux.resources.pids.limit = 100
	| .mounts += [{destination: "/volume", type: "bind", source: $volume, options: ["rbind", "ro"]}]'
new_id
caisson create --bundle "$b" "$id" >"$scratch/log" 2>&1 </dev/null
caisson start "$id"
pid=$(pid_of "$id")
[ -n "$pid" ] || bail 'start a container' "$(cat "$scratch/log")"

audit() {
	caisson --profile "$profile" audit --format json --fail-on low --container "$id" >"$scratch/audit.json" 2>"$scratch/stderr"
	rc=$?
}
found() { # RULE
	jq -r --arg rule "$1" '.targets[0].findings[] | select(.rule == $rule) | .found' "$scratch/audit.json"
}
drifted() { jq -r '[.targets[].findings[].rule | select(startswith("CS-DRIFT"))] | join(" ")' "$scratch/audit.json"; }
# With the rights of the host, among the mounts of the container; with the program that is in there.
inside() { nsenter --target "$pid" --mount --pid /bin/busybox "$@"; }

audit
is 'nothing has drifted' "$rc:$(drifted)" 0:
is 'which was looked at' "$(jq '.targets[0].rules >= 30' "$scratch/audit.json")" true

# --- limits -------------------------------------------------------------------------------------------------

pids_dir=
for candidate in /sys/fs/cgroup/pids /sys/fs/cgroup; do
	path=$(sed -nE "s/^[0-9]+:(pids)?:(.*)/\2/p" "/proc/$pid/cgroup" | head -n 1)
	[ -e "$candidate$path/pids.max" ] && pids_dir=$candidate$path && break
done
if [ -n "$pids_dir" ]; then
	echo 77 >"$pids_dir/pids.max"
	audit
	is 'the host has changed a limit' "$(drifted):$(found CS-DRIFT-9)" 'CS-DRIFT-9:pids.max is 77 instead of 100'
	is 'that is no small thing' "$rc" 3
	caisson update --pids-limit 55 "$id"
	audit
	is 'update has changed it: no drift' "$(drifted)" ''
	echo 60 >"$pids_dir/pids.max"
	audit
	is 'changed again' "$(found CS-DRIFT-9)" 'pids.max is 60 instead of 55'
	caisson update --pids-limit 55 "$id"
else
	skip_point 'limits' 'there is no cgroup of processes'
fi

# --- mounts ---------------------------------------------------------------------------------------------------

inside mount -o remount,bind,rw /proc/sys
inside umount /proc/keys
audit
is 'paths that create had closed' "$(drifted)" CS-DRIFT-6
is 'which ones' "$(found CS-DRIFT-6)" "'/proc/sys' is writable, '/proc/keys' is not hidden"
like 'the rules of what is running say so, too' "$(found CS-PATH-1)" /proc/sys
inside mount -o remount,bind,ro /proc/sys
inside mount -o bind /dev/null /proc/keys
audit
is 'closed again' "$(drifted)" ''

inside mount -o remount,bind,rw,dev /volume
audit
is 'flags of a volume' "$(drifted):$(found CS-DRIFT-5)" "CS-DRIFT-5:'/volume' is writable, '/volume' is not nodev"
inside umount /volume
audit
is 'a volume that is gone' "$(found CS-DRIFT-5)" "'/volume' is no longer mounted"
inside mount -t tmpfs -o ro,nosuid,nodev none /volume
audit
is 'another in its place has its flags: only what create knows of it is compared' "$(drifted)" ''
inside mount -t tmpfs none /mnt 2>/dev/null || { mkdir -p "$b/rootfs/mnt" && inside mount -t tmpfs none /mnt; }
audit
is 'one more mount' "$(drifted):$(found CS-DRIFT-7)" "CS-DRIFT-7:'/mnt' was mounted later"
inside mount --make-shared /mnt
audit
is 'that is shared' "$(found CS-DRIFT-7)" "'/mnt' is shared, '/mnt' was mounted later"
inside umount /mnt

# --- cgroups ---------------------------------------------------------------------------------------------------

if [ -n "$pids_dir" ]; then
	elsewhere=$(dirname "$pids_dir")/$test_tag-elsewhere
	mkdir "$elsewhere" && echo "$pid" >"$elsewhere/cgroup.procs"
	audit
	is 'another cgroup' "$(drifted | grep -o CS-DRIFT-8)" CS-DRIFT-8
	like 'which one' "$(found CS-DRIFT-8)" "^(pids|v2): .*$test_tag-elsewhere\$"
	echo "$pid" >"$pids_dir/cgroup.procs"
	rmdir "$elsewhere"
	audit
	is 'and back' "$(drifted)" ''
else
	skip_point 'another cgroup' 'there is no cgroup of processes'
fi
# --- the process itself ---------------------------------------------------------------------------------------------

# Nobody can give a process more than it has, take a filter from it or change its maps: only the kernel could,
# by a mistake. So it is made to say so, by what is mounted over its answer.
answer() { # FILE SED-EXPRESSION...: of /proc/PID
	local file=$1
	shift
	sed -E "$@" "/proc/$pid/$file" >"$scratch/answer" && mount --bind "$scratch/answer" "/proc/$pid/$file"
}
lies() { # FILE RULE FOUND SED-EXPRESSION
	answer "$1" "$4" || bail "something over /proc/PID/$1"
	audit
	umount "/proc/$pid/$1"
	is "$1: $3" "$(drifted | grep -o "$2\\b"):$(found "$2")" "$2:$3"
}
filters=$(sed -n 's/^Seccomp_filters:[[:space:]]*//p' "/proc/$pid/status")
bounding=$(sed -n 's/^CapBnd:[[:space:]]*//p' "/proc/$pid/status")
more=$(printf '%016x' $((16#$bounding | 1 << 21)))
lies status CS-DRIFT-3 'CapBnd has SYS_ADMIN' "s/^CapBnd:.*/CapBnd:\t$more/"
lies status CS-DRIFT-3 'CapPrm has SYS_ADMIN' "s/^CapPrm:.*/CapPrm:\t$more/"
lies status CS-DRIFT-3 'CapInh has SYS_ADMIN' 's/^CapInh:.*/CapInh:\t0000000000200000/'
lies status CS-DRIFT-3 'CapAmb has SYS_ADMIN' 's/^CapAmb:.*/CapAmb:\t0000000000200000/'
lies status CS-DRIFT-3 'no_new_privs is not set' 's/^NoNewPrivs:.*/NoNewPrivs:\t0/'
if [ "${filters:-0}" -gt 0 ]; then
	lies status CS-DRIFT-3 "$((filters - 1)) filters instead of $filters" "s/^Seccomp_filters:.*/Seccomp_filters:\t$((filters - 1))/"
else
	skip_point 'status: filters' 'this kernel does not count them'
fi
lies status CS-DRIFT-2 "its user is none of the container's" 's/^Uid:.*/Uid:\t0\t0\t0\t0/'
lies uid_map CS-DRIFT-2 'uid_map is another one' 's/65536/65535/'
lies gid_map CS-DRIFT-2 'gid_map is another one' 's/^( *)0 /\11 /'
controller=$(grep -o ':pids:' "/proc/$pid/cgroup" || echo ::)
name=${controller//:/}
lies cgroup CS-DRIFT-8 "${name:-v2}: /elsewhere" "s/^([0-9]+$controller).*/\1\/elsewhere/"
audit
is 'the truth again' "$rc:$(drifted)" 0:

# --- config, namespaces -----------------------------------------------------------------------------------------

edit "$b" '.hostname = "other"'
audit
is 'config.json has changed since' "$(drifted):$(found CS-DRIFT-10)" \
	'CS-DRIFT-10:config.json is younger than the container'

# Where AppArmor is active: a label that is another one, as the kernel is made to say.
if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] && [ -w /sys/kernel/security/apparmor/.load ] &&
	command -v apparmor_parser >/dev/null; then
	caisson delete --force "$id"
	echo 'profile caisson-test-drift flags=(attach_disconnected,mediate_deleted) {
		capability, file, network, unix, signal, ptrace, mount, remount, umount, pivot_root, change_profile -> **,
	}' >"$scratch/label"
	apparmor_parser -r -K "$scratch/label" >"$last_output" 2>&1 || bail 'a profile is loaded' "$(cat "$last_output")"
	edit "$b" '.process.apparmorProfile = "caisson-test-drift"'
	new_id
	caisson create --bundle "$b" "$id" >"$scratch/log" 2>&1 </dev/null && caisson start "$id" ||
		bail 'start a container with a label' "$(cat "$scratch/log")"
	pid=$(pid_of "$id")
	audit
	is 'attr/current: the label of create' "$(drifted)" ''
	lies attr/current CS-DRIFT-4 "'unconfined' is in force" 's/.*/unconfined/'
	edit "$b" 'del(.process.apparmorProfile)'
	caisson delete --force "$id"
	apparmor_parser -R "$scratch/label" 2>/dev/null
else
	skip_point 'attr/current: the label' 'no profile of AppArmor can be loaded here'
	caisson delete --force "$id"
fi

# A first process that no filter keeps from it goes elsewhere by itself.
edit "$b" '{containerID: 0, hostID: 1800000000, size: 65536} as $map | .linux.uidMappings = [$map] | .linux.gidMappings = [$map]
	| .linux.namespaces |= (map(select(.type != "user")) + [{type: "user"}]) | del(.linux.seccomp)'
set_args "$b" sh -c 'until [ -e /tmp/go ]; do sleep 0.05; done; exec unshare -U -n -u -i sleep 300'
new_id
caisson --profile oci create --bundle "$b" "$id" >"$scratch/log" 2>&1 </dev/null && caisson start "$id" ||
	bail 'start a container in oci' "$(cat "$scratch/log")"
audit
is 'a container of another profile has not drifted' "$(drifted)" ''
touch "$b/rootfs/tmp/go"
went() { [ "$(tr '\0' ' ' <"/proc/$(pid_of "$id")/cmdline")" = 'sleep 300 ' ]; }
eventually went
audit
is 'other namespaces' "$(found CS-DRIFT-1 | tr ',' '\n' | sed 's/^ //; s/ namespace is another one//' | sort | tr '\n' ' ')" 'ipc network user uts '
is 'other maps' "$(found CS-DRIFT-2 | sed 's/;.*//')" 'uid_map is another one, gid_map is another one'
rm "$b/rootfs/tmp/go"
set_args "$b" sleep 300

# --- what is not in force for the first process of a container that waits ------------------------------------------

caisson delete --force "$id"
new_id
caisson create --bundle "$b" "$id" >"$scratch/log" 2>&1 </dev/null
audit
is 'one that waits for start has not drifted' "$rc:$(drifted)" 0:
caisson delete --force "$id"
