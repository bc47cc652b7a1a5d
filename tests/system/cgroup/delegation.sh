#!/bin/bash
# A container's cgroup is its own to divide where the profile says so and its config asks, on v2, and
# nowhere else; its own limits are never, and whatever it makes there is stopped, killed and removed
# with it (CG-05, T-24).
. "$top_srcdir/tests/system/lib.sh"
. "$top_srcdir/tests/system/cgroup/hierarchy.bash"

echo '{"extends": "hardened", "name": "delegating", "cgroup_delegation": true}' >"$scratch/profile.json"
edit "$b" '.mounts |= map(if .type == "cgroup" then .options = ["nosuid", "noexec", "nodev"] else . end)'
plain=$(cat "$b/config.json")

# For profile oci, where a config has ids and a cgroup namespace if it says so.
mapped='.linux.namespaces |= map(select(.type != "cgroup")) + [{type: "user"}, {type: "cgroup"}] |
	.linux.uidMappings = [{containerID: 0, hostID: 1879048192, size: 65536}] |
	.linux.gidMappings = .linux.uidMappings'

# Each line says what could be done.
# shellcheck disable=SC2016 # for the shell inside
attempts='cd /sys/fs/cgroup 2>/dev/null || exit
try() { if eval "$2" 2>/dev/null; then echo "$1"; fi; }
try "make one" "mkdir sub"
try "move" "echo 0 >sub/cgroup.procs"
try "be in it" "grep -qx 0::/sub /proc/self/cgroup"
for name in cgroup.freeze cgroup.kill cgroup.max.depth cgroup.max.descendants cgroup.type memory.max memory.high \
	memory.swap.max pids.max cpu.max cpu.weight io.max cpuset.cpus; do
	[ ! -e $name ] || try "own $name" "echo max >$name || echo 1 >$name"
done
for name in memory=41943040 pids=40; do
	limit=${name#*=} name=${name%=*}
	grep -qw $name cgroup.controllers 2>/dev/null || continue
	try "hand down $name" "echo +$name >cgroup.subtree_control"
	try "limit $name" "echo $limit >sub/$name.max && grep -qx $limit sub/$name.max"
done
try "kill" "mkdir victims && echo 1 >victims/cgroup.kill"'
controllers=$(for name in memory pids; do [ "$(version_of $name)" != 2 ] || echo $name; done)
core=$'make one\nmove\nbe in it\n'

only_v1() {
	use_profile "$scratch/profile.json"
	again .
	like 'v1: plan says that nothing is delegated' "$(cai plan "$b")" "not delegated: cgroups of v1 can't be"
	# shellcheck disable=SC2016 # for the shell inside
	is 'v1: nothing can be made' "$(run_sh "$b" \
		'for at in /sys/fs/cgroup /sys/fs/cgroup/*; do mkdir $at/new 2>/dev/null && echo $at; done; true')" ''
}

default() {
	local profile
	# without a label, which not every host has
	echo '{"extends": "restricted", "name": "restricted-here", "rules": {"CIS-5.2": "warn", "CIS-5.3": "warn"}}' \
		>"$scratch/restricted.json"
	for profile in hardened restricted; do
		use_profile $profile
		[ $profile = hardened ] || use_profile "$scratch/restricted.json"
		again '.linux.resources = {memory: {limit: 67108864}, pids: {limit: 100}}'
		# which insists on limits, and so on controllers
		[ $profile = hardened ] || [ -n "$controllers" ] || continue
		[ $profile = hardened ] || edit "$b" '.root.readonly = true | .process.user = {uid: 7, gid: 7}'
		[ -n "$controllers" ] || edit "$b" 'del(.linux.resources)'
		is "$profile: nothing of all that" "$(run_sh "$b" "$attempts" 2>&1)" ''
	done
	use_profile "$scratch/profile.json"
	again '.mounts |= map(if .type == "cgroup" then .options += ["ro"] else . end)'
	is 'allowed, and not asked for: nothing' "$(run_sh "$b" "$attempts" 2>&1)" ''
}

owners() { # DIRECTORY: who has what in it, if not root; "." the directory itself
	find "$1" -maxdepth 1 ! -uid 0 -printf '%U:%G %P\n' | sed 's/ $/ ./' | sort
}

wanted_owners() { # DIRECTORY UID
	local name
	echo "$2:0 ."
	while read -r name; do
		[ ! -e "$1/$name" ] || echo "$2:0 $name"
	done </sys/kernel/cgroup/delegate
}

own_dir() { # of the container that was started last
	echo "$v2$(sed -n 's/^0:://p' "/proc/$pid/cgroup")"
}

divide() { # what a container can do, with a user and a profile
	local name wanted=$core
	for name in $controllers; do wanted+="hand down $name"$'\n'"limit $name"$'\n'; done
	wanted+='kill'
	is "$1: it divides its own, and no limit is its own" "$(run_sh "$b" "$attempts" 2>&1)" "$wanted"
}

delegated() {
	use_profile "$scratch/profile.json"
	again .
	like 'plan says so' "$(cai plan "$b")" 'its cgroup is delegated to user 0; its limits are not'
	divide 'root'
	start_sleeper
	dir=$(own_dir) base=$(awk '$1 == 0 { print $2 }' "/proc/$pid/uid_map")
	isnt 'its root is not the host'\''s' "$base" 0
	is 'root: owns what the kernel lets go of, and nothing else' "$(owners "$dir")" "$(wanted_owners "$dir" "$base" | sort)"
	is 'the tree has an end' "$(cat "$dir/cgroup.max.depth" "$dir/cgroup.max.descendants" | xargs)" '64 1024'
	[ -z "$controllers" ] || { again '.linux.resources.pids.limit = 50'; cai update --pids-limit 60 "$id"; }
	[ -z "$controllers" ] || is 'update: a limit' "$(cat "$dir/pids.max")" 60
	is 'update, or not: the owners stay' "$(owners "$dir")" "$(wanted_owners "$dir" "$base" | sort)"
	cai delete --force "$id"

	again '.process.user = {uid: 7, gid: 7}'
	divide 'another user'
	start_sleeper
	is 'another user: owns the same' "$(owners "$dir")" \
		"$(base=$(awk '$1 == 0 { print $2 }' "/proc/$pid/uid_map"); wanted_owners "$dir" $((base + 7)) | sort)"
	cai delete --force "$id"

	use_profile oci
	again "$mapped"
	divide 'oci, with a user namespace'
}

# A workload that manages cgroups: its first process in one, another far below.
# shellcheck disable=SC2016 # for the shell inside
manager_of_cgroups='cd /sys/fs/cgroup && mkdir init work && echo 0 >init/cgroup.procs
for name in memory pids; do
	! grep -qw $name cgroup.controllers || echo +$name >cgroup.subtree_control
	! grep -qw $name work/cgroup.controllers || echo +$name >work/cgroup.subtree_control
done
mkdir -p work/a/b/c && { (echo 0 >work/a/b/c/cgroup.procs; exec sleep 1001) & }
while ! grep -q populated.1 work/a/b/c/cgroup.events; do :; done
touch /tmp/ready; exec sleep 1000'

frozen() { # DIRECTORY
	grep -qx 'frozen 1' "$1/cgroup.events"
}

start_manager() {
	set_args "$b" /bin/sh -c "$manager_of_cgroups"
	rm -f "$b/rootfs/tmp/ready"
	new_id
	cai run --detach --bundle "$b" "$id" >"$scratch/start" 2>&1
	eventually test -e "$b/rootfs/tmp/ready" || fail 'the workload has made its cgroups' "$(cat "$scratch/start")"
	pid=$(pid_of "$id")
	dir=$(own_dir) dir=${dir%/init}
}

tree_lives() {
	local deep
	use_profile "$scratch/profile.json"
	again .
	start_manager
	deep=$(cat "$dir/work/a/b/c/cgroup.procs")
	# As in runc: the container's own has become one that takes no process.
	is 'exec' "$(cai exec "$id" grep ^0: /proc/self/cgroup 2>&1)" \
		"0::/$([ -z "$controllers" ] || echo init)"
	is 'exec --cgroup' "$(cai exec --cgroup work/a/b/c "$id" grep ^0: /proc/self/cgroup 2>&1)" 0::/work/a/b/c
	fails_with 'exec --cgroup: out of it' 'bad sub cgroup path' cai exec --cgroup work/../.. "$id" true
	[ -z "$controllers" ] || fails_with 'exec --cgroup: one that takes no process' \
		'has cgroups of its own that are handed controllers' cai exec --cgroup work "$id" true
	like 'ps has all' "$(cai ps "$id")" 'sleep 1001'
	succeeds 'pause' cai pause "$id"
	if frozen "$dir/work/a/b/c"; then pass 'stops all'; else fail 'stops all'; fi
	succeeds 'resume' cai resume "$id"
	if frozen "$dir/work/a/b/c"; then fail 'lets all go on'; else pass 'lets all go on'; fi
	succeeds 'events' cai events --stats "$id"
	succeeds 'audit' cai audit --fail-on never --container "$id"
	unlike 'audit: what the profile allows is no finding' "$(cat "$last_output")" 'CS-DRIFT|CS-MNT-3'
	caisson audit --fail-on never --container "$id" >"$scratch/audit" 2>&1
	like 'audit: by the profile that does not, it is one' "$(cat "$scratch/audit")" CS-MNT-3
	succeeds 'kill' cai kill "$id" KILL
	eventually has_status "$id" stopped
	eventually test ! -e "/proc/$deep"
	is 'ends all' "$(kill -0 "$deep" 2>/dev/null && echo alive)" ''
	succeeds 'delete' cai delete "$id"
	is 'removes all' "$(list_cgroups)" "$cgroups_before"
	start_manager
	succeeds 'delete --force' cai delete --force "$id"
	is 'removes all, too' "$(list_cgroups)" "$cgroups_before"

	# as deep as it gets
	# shellcheck disable=SC2016 # for the shell inside
	set_args "$b" /bin/sh -c 'cd /sys/fs/cgroup; n=0; while mkdir x 2>/dev/null && cd x; do n=$((n + 1)); done
		echo 0 >cgroup.procs; echo $n >/tmp/ready; exec sleep 1000'
	rm -f "$b/rootfs/tmp/ready"
	new_id
	cai run --detach --bundle "$b" "$id" >"$scratch/start" 2>&1
	eventually test -s "$b/rootfs/tmp/ready"
	is 'a tree of 64 levels' "$(cat "$b/rootfs/tmp/ready")" 64
	like 'is listed' "$(cai ps "$id")" 'sleep 1000'
	succeeds 'and removed' cai delete --force "$id"

	# threads in cgroups of their own: the directory lists no process then
	set_args "$b" /bin/sh -c 'cd /sys/fs/cgroup && mkdir t && echo threaded >t/cgroup.type && echo 0 >t/cgroup.threads
		cat t/cgroup.procs; echo $? >/tmp/ready; exec sleep 1000'
	rm -f "$b/rootfs/tmp/ready"
	new_id
	cai run --detach --bundle "$b" "$id" >"$scratch/start" 2>&1
	eventually test -s "$b/rootfs/tmp/ready"
	is 'one for threads' "$(cat "$b/rootfs/tmp/ready")" 1
	like 'is listed' "$(cai ps "$id")" 'sleep 1000'
	succeeds 'paused' cai pause "$id"
	succeeds 'and removed, paused as it is' cai delete --force "$id"
	is 'all of it' "$(list_cgroups)" "$cgroups_before"
}

# A list of devices holds below as well.
devices_below() {
	use_profile oci
	again "$mapped"' |
		.linux.devices = [{path: "/dev/one", type: "c", major: 1, minor: 77, fileMode: 438}] |
		.linux.resources.devices = [{allow: false, access: "rwm"}]'
	is 'devices, in one it has made' "$(run_sh "$b" 'cd /sys/fs/cgroup && mkdir sub && echo 0 >sub/cgroup.procs &&
		grep ^0: /proc/self/cgroup; exec 3</dev/null && echo null; exec 3</dev/one' 2>&1 | sed 's/.*: //')" \
		$'0::/sub\nnull\nOperation not permitted'
}

if [ "$column" = v1 ]; then
	only_v1
	# the core of v2 is there without controllers; the rest is for a machine with v2 alone
	mount -t cgroup2 -o "$(cgroup2_options)" cgroup2 /sys/fs/cgroup
fi
v2=/sys/fs/cgroup
cgroups_before=$(list_cgroups)
default
delegated
tree_lives
devices_below
[ "$column" != v1 ] || umount /sys/fs/cgroup
cgroups_before=$(list_cgroups)
