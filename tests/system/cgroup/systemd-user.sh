#!/bin/bash
# --systemd-cgroup of an ordinary user: a scope of the user's own systemd. The user is made for it,
# with a session, so this is for a virtual machine.
# isolation: the pids of the machine
. "$top_srcdir/tests/system/lib.sh"
need jq setpriv newuidmap newgidmap loginctl /bin/busybox
[ -d /run/systemd/system ] || skip 'systemd does not run this machine'
[ -n "${CAISSON_VM_GUEST:-}" ] || skip 'makes a user of the machine: in a virtual machine only'

user=caisson-test
user_id=64321
bus=/run/user/$user_id/bus
manager=/user.slice/user-$user_id.slice/user@$user_id.service

# In place: what systemd reads must be these files, and not others over them in our mount namespace.
add_user() {
	grep -q "^$user:" /etc/passwd || {
		echo "$user:x:$user_id:$user_id::$scratch/home:/bin/sh" >>/etc/passwd
		echo "$user:x:$user_id:" >>/etc/group
		echo "$user:*:20000::::::" >>/etc/shadow
	}
	echo "$user:2113929216:65536" | tee -a /etc/subuid >>/etc/subgid
	mkdir -p "$scratch/home" && chown $user_id:$user_id "$scratch/home"
	install -m 0755 "$CAISSON" "$scratch/caisson"
	loginctl enable-linger $user
}

as_user() { # COMMAND...
	setpriv --reuid=$user_id --regid=$user_id --clear-groups --inh-caps=-all --bounding-set=+all \
		env -i PATH=/usr/local/bin:/usr/bin:/bin HOME="$scratch/home" \
		XDG_RUNTIME_DIR=/run/user/$user_id "$@"
}

caisson() {
	as_user "$scratch/caisson" "$@"
}

cai() {
	caisson --systemd-cgroup "$@"
}

show() { # PROPERTY UNIT
	as_user systemctl --user show --property "$1" --value "$2"
}

add_user || bail 'add a user'
for ((i = 0; i < 600; i++)); do [ -S $bus ] && break; sleep 0.2; done
[ -S $bus ] || bail "the user's systemd is there" "$(systemctl status user@$user_id.service 2>&1)"
b=$scratch/home/bundle
mkdir -p "$b" && new_rootfs "$b/rootfs" && chown -R -h $user_id:$user_id "$b" &&
	caisson spec --bundle "$b" && edit "$b" '.process.terminal = false | .root.readonly = false' ||
	bail 'make a bundle'
set_args "$b" sleep 1000
edit "$b" '.linux.resources = {memory: {limit: 67108864}, pids: {limit: 100}}'

new_id
unit=caisson-$id.scope
succeeds 'run' cai run --detach --bundle "$b" "$id"
is 'the unit is active' "$(show ActiveState "$unit")" active
is 'it is the user'\''s' "$(show ControlGroup "$unit")" "$manager/user.slice/$unit"
dir=/sys/fs/cgroup$manager/user.slice/$unit
is 'its one process is the container' "$(cat "$dir/cgroup.procs")" "$(pid_of "$id")"
is 'memory: the file' "$(cat "$dir/memory.max")" 67108864
is 'memory: the property' "$(show MemoryMax "$unit")" 67108864
is 'pids: the file' "$(cat "$dir/pids.max")" 100
is 'exec: inside the unit' "$(cai exec "$id" cat /proc/self/cgroup 2>&1)" '0::/'
cai exec --detach "$id" sleep 1000
is 'exec: on the host, too' "$(wc -l <"$dir/cgroup.procs")" 2
succeeds 'update' cai update --pids-limit 50 "$id"
is 'update: the file' "$(cat "$dir/pids.max")" 50
succeeds 'pause' cai pause "$id"
succeeds 'resume' cai resume "$id"
succeeds 'delete' cai delete --force "$id"
is 'the unit is gone' "$(as_user systemctl --user list-units --all --no-legend 'caisson-*')" ''
is 'so is its cgroup' "$(list_cgroups)" ''
set_args "$b" cat /proc/self/cgroup
new_id
is 'in the foreground' "$(cai run --bundle "$b" "$id" 2>&1)" '0::/'
set_args "$b" /not/there
new_id
fails_with 'a run that fails' 'no such file' cai run --bundle "$b" "$id"
is 'leaves no cgroup' "$(list_cgroups)" ''
fails_with 'without a session: what is missing' 'XDG_RUNTIME_DIR' \
	setpriv --reuid=$user_id --regid=$user_id --clear-groups env -i PATH="$PATH" \
	"$scratch/caisson" --root "$scratch/home/state" --systemd-cgroup run --bundle "$b" "$id"

loginctl disable-linger $user
loginctl terminate-user $user
for ((i = 0; i < 300; i++)); do [ -d "/sys/fs/cgroup$manager" ] || break; sleep 0.2; done
sed -i "/^$user:/d" /etc/passwd /etc/group /etc/shadow
