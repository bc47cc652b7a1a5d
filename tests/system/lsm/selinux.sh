#!/bin/bash
# SELinux, enforcing: the label that is asked for is in force under no_new_privs and in a user
# namespace, in the first process and in those that join; one that the policy does not know is an
# error. The categories are what a container is told from another by.
. "$top_srcdir/tests/system/lib.sh"

[ "$(cat /sys/fs/selinux/enforce 2>/dev/null)" = 1 ] || skip 'selinux is not enforcing here'
IFS=: read -r user role type _ < <(tr -d '\0\n' </proc/self/attr/current; echo)
[ "$type" = unconfined_t ] || skip "needs a process that may change its label, this one is $type"
own=$user:$role:$type
# shellcheck disable=SC2119
b=$(new_bundle)
# Programs of the image are such as this domain may be entered by.
chcon -R -t shell_exec_t "$b/rootfs/bin" || bail 'the image is labelled'

# shellcheck disable=SC2016 # jq's variable
with_label() { edit "$b" --arg name "$1" '.process.selinuxLabel = $name'; }
label="tr -d '\\0' </proc/self/attr/current"

for profile in hardened oci; do
	global_flags=(--profile "$profile")
	with_label "$own:s0:c1,c2"
	is "$profile: the label is in force" "$(run_sh "$b" "$label")" "$own:s0:c1,c2"
	with_label "$user:$role:no_such_t:s0"
	fails_with "$profile: a label that the policy does not know" \
		"unable to set the selinux label '.*no_such_t" run_sh "$b" true
	with_label "$own:s0:c9999"
	fails_with "$profile: a category that it does not know" 'unable to set the selinux label' run_sh "$b" true
done
global_flags=()

with_label "$own:s0:c3,c4"
set_args "$b" /bin/sleep 1000
new_id
caisson run --detach --bundle "$b" "$id" >"$last_output" 2>&1 </dev/null ||
	bail 'a container to join' "$(cat "$last_output")"
is 'exec has the label of the container' "$(caisson exec "$id" sh -c "$label")" "$own:s0:c3,c4"
fails_with 'exec with another one' CS-EXEC-4 caisson exec --process-label "$own:s0:c1,c2" "$id" true
is 'the host sees it' "$(tr -d '\0' <"/proc/$(pid_of "$id")/attr/current")" "$own:s0:c3,c4"
caisson delete --force "$id"

# File systems that are made for it are its own, too.
files=$user:object_r:tmp_t:s0:c3,c4
# shellcheck disable=SC2016 # jq's variable
edit "$b" --arg name "$files" '.linux.mountLabel = $name'
new_id
caisson run --detach --bundle "$b" "$id" >"$last_output" 2>&1 </dev/null ||
	bail 'a container with a mount label' "$(cat "$last_output")"
for dir in dev dev/shm dev/pts; do
	is "the mount label: /$dir" "$(stat -c %C "/proc/$(pid_of "$id")/root/$dir")" "$files"
done
is 'and what is written there' "$(caisson exec "$id" touch /dev/shm/new &&
	stat -c %C "/proc/$(pid_of "$id")/root/dev/shm/new")" "$files"
caisson delete --force "$id"
