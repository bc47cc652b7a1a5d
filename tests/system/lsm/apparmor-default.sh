#!/bin/bash
# caisson-default alone, with nothing of caisson's above it: profile oci, root of the host, every
# capability, the host's processes, no path masked. And a container that forges /proc (T-04).
# shellcheck disable=SC2016 # expressions of jq and of the shell inside
. "$top_srcdir/tests/system/lib.sh"

[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] ||
	skip 'apparmor is not active in this kernel'
need apparmor_parser
remove=
[ -w /sys/kernel/security/apparmor/.load ] || skip 'no profile can be loaded here'

grep -q '^caisson-default ' /sys/kernel/security/apparmor/profiles || remove=caisson-default
profile=$top_srcdir/profiles/apparmor/caisson-default
is 'make install loads it' "$(sh "$top_srcdir/profiles/apparmor/load" "$profile" 2>&1)" "'$profile' is loaded"
grep -q '^caisson-default (enforce)' /sys/kernel/security/apparmor/profiles ||
	bail 'the profile that is installed is loaded'
pass 'the profile that is installed is loaded'

all='["CAP_SYS_ADMIN","CAP_SYS_PTRACE","CAP_KILL","CAP_DAC_OVERRIDE","CAP_SYS_RESOURCE"]'
global_flags=(--profile oci)
b=$(new_bundle)
edit "$b" --argjson all "$all" '.linux.maskedPaths = [] | .linux.readonlyPaths = [] |
	.linux.seccomp = null | .process.noNewPrivileges = false |
	.process.capabilities = {bounding: $all, effective: $all, permitted: $all} |
	.linux.namespaces |= map(select(.type != "pid")) |
	.mounts |= map(select(.destination != "/sys"))'
sleep 1000 &
other=$!

# What the workload tries; one line for each.
cat >"$b/rootfs/try" <<TRY
try() { name=\$1; shift; if "\$@" >/dev/null 2>&1; then echo "\$name yes"; else echo "\$name no"; fi; }
try sysctl sh -c 'echo other >/proc/sys/kernel/hostname'
try shm sh -c 'echo 4096 >/proc/sys/kernel/shmmni'
try mount mount -t tmpfs tmpfs /tmp
try bind mount --bind /etc /home
try remount mount -o remount,ro /dev
try umount umount /dev/shm
try ptrace readlink /proc/$other/exe
try signal kill -CONT $other
try own-ptrace readlink /proc/self/exe
sleep 1000 &
try own-signal kill \$!
TRY

as_label() { # LABEL
	edit "$b" --arg name "$1" '.process.apparmorProfile = $name'
	run_sh "$b" 'sh /try' 2>&1 | tr '\n' ' '
}
is 'unconfined, all of it is possible' "$(as_label unconfined)" \
	'sysctl yes shm yes mount yes bind yes remount yes umount yes ptrace yes signal yes own-ptrace yes own-signal yes '
is 'under caisson-default, only what concerns the container' "$(as_label caisson-default)" \
	'sysctl no shm no mount no bind no remount no umount no ptrace no signal no own-ptrace yes own-signal yes '
kill $other
wait $other 2>/dev/null

# --- T-04 -----------------------------------------------------------------------------------------

# The container puts a tmpfs over its /proc, with files where a label would be written. What joins it
# gets the label all the same, and the forged file stays empty.
apparmor_parser -r -K >"$last_output" 2>&1 <<-'PROFILE' || bail 'a profile that may mount' "$(cat "$last_output")"
	profile caisson-test-forger flags=(attach_disconnected,mediate_deleted) {
		capability, file, signal, ptrace, mount, umount,
	}
PROFILE
edit "$b" '.process.apparmorProfile = "caisson-test-forger" | .linux.namespaces += [{type: "pid"}]'
cat >"$b/rootfs/forge" <<'FORGE'
mount -t tmpfs tmpfs /proc
for i in self thread-self 1 2 3 4 5 6 7 8 9 10 11 12; do
	mkdir -p /proc/$i/attr/apparmor
	for file in exec current apparmor/exec apparmor/current; do : >/proc/$i/attr/$file; done
done
: >/tmp/forged
exec sleep 1000
FORGE
set_args "$b" /bin/sh /forge
new_id
caisson "${global_flags[@]}" run --detach --bundle "$b" "$id" >"$last_output" 2>&1 </dev/null ||
	bail 'a container that forges /proc' "$(cat "$last_output")"
eventually [ -e "$b/rootfs/tmp/forged" ] || bail '/proc is forged'
first=$(pid_of "$id")
succeeds 'exec into a container with a forged /proc' caisson exec --detach --pid-file "$scratch/pid" "$id" sleep 1000
is 'exec: the label is in force' "$(cat "/proc/$(cat "$scratch/pid")/attr/apparmor/current")" \
	'caisson-test-forger (enforce)'
is 'exec: nothing was written to the forged files' \
	"$(find "/proc/$first/root/proc" -type f -size +0)" ''
caisson delete --force "$id"
for name in $remove caisson-test-forger; do
	printf %s "$name" >/sys/kernel/security/apparmor/.remove
done
