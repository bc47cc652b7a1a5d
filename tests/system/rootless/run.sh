#!/bin/bash
# An ordinary user without any right to cgroups runs the bundle that root runs: who it is inside and
# outside, what confines it, and that everything a program expects is there.
# shellcheck disable=SC2034 # global_flags is for run_sh
. "$top_srcdir/tests/system/rootless/user.bash"
PROBE=${PROBE:-${top_builddir:-}/tests/probe}

b=$(user_bundle bundle) || bail 'make a bundle'
edit "$b" '.process.capabilities |= map_values(. + ["CAP_CHOWN"])'
[ ! -x "$PROBE" ] || install -m 0755 "$PROBE" "$b/rootfs/bin/probe"
echo mine >"$b/rootfs/home/file" && chown "$user_id:$user_id" "$b/rootfs/home/file"

inside() { # NAME: what `echo NAME=...` said inside
	sed -n "s/^$1=//p" <<<"$out"
}

for profile in hardened oci; do
	global_flags=(--profile "$profile")
	out=$(run_sh "$b" '
		status() { sed -n "s/^$1:[[:space:]]*//p" /proc/self/status; }
		try() { if "$@" >/dev/null 2>&1; then echo works; else echo refused; fi; }
		echo "id=$(id -u):$(id -g)"
		echo "mapped=$(awk "{ n += \$3 } END { print n }" /proc/self/uid_map)"
		echo "nnp=$(status NoNewPrivs)"
		echo "seccomp=$(status Seccomp)"
		echo "bounding=$(status CapBnd)"
		echo "file=$(stat -c %u:%g /home/file) $(cat /home/file)"
		echo "write=$(echo new >/home/new && stat -c %u:%g /home/new)"
		echo "dev=$(try sh -c ": >/dev/null && head -c 16 /dev/urandom && head -c 1 /dev/zero")"
		echo "full=$(try sh -c "echo x >/dev/full")"
		echo "pts=$(ls /dev/pts/ptmx)"
		echo "shm=$(try touch /dev/shm/x)"
		echo "lo=$(ip addr show lo | grep -c "LOOPBACK,UP.*\|127.0.0.1/8")"
		echo "ping=$(try ping -c 1 -w 5 127.0.0.1)"
		echo "hostname=$(hostname)"
		echo "sys=$(try sh -c ": >/proc/sys/kernel/hostname")"
		echo "other=$(chown 1000:65536 /home/new && stat -c %u:%g /home/new)"
		exit 7' 2>"$scratch/stderr")
	is "$profile: exit status" $? 7
	is "$profile: nothing on standard error" "$(cat "$scratch/stderr")" ''
	is "$profile: root inside" "$(inside id)" 0:0
	is "$profile: the user and a whole block are mapped" "$(inside mapped)" 65537
	is "$profile: no_new_privs" "$(inside nnp)" 1
	is "$profile: files of the user are root's" "$(inside file)" '0:0 mine'
	is "$profile: files can be made" "$(inside write)" 0:0
	is "$profile: devices work" "$(inside dev)" works
	is "$profile: /dev/full is full" "$(inside full)" refused
	is "$profile: a devpts of its own" "$(inside pts)" /dev/pts/ptmx
	is "$profile: /dev/shm can be written" "$(inside shm)" works
	is "$profile: loopback is up" "$(inside lo)" 2
	is "$profile: host name as configured" "$(inside hostname)" caisson
	is "$profile: /proc/sys can't be written" "$(inside sys)" refused
	is "$profile: ids of the block can be used" "$(inside other)" 1000:65536
	is "$profile: and are the user's outside" "$(stat -c %u:%g "$b/rootfs/home/new")" \
		"$((sub_first + 999)):$((sub_first + 65535))"
	rm -f "$b/rootfs/home/new"
	[ $profile = hardened ] || continue
	is 'hardened: a filter is in force' "$(inside seccomp)" 2
	is 'hardened: capabilities within the eight' $((16#$(inside bounding) & ~0x4fb)) 0
done
global_flags=()

# Also with every capability inside, what caisson mounted stays mounted.
attempts='umount /proc/keys
umount -l /proc
mount -t tmpfs none /tmp
mount -o remount,rw,bind /proc/sys
mount --bind /tmp /proc/keys
unshare -m true
unshare -U true
ip link set lo down
hostname other
mknod /tmp/disk b 8 0'
cp "$top_srcdir/tests/system/isolation/profile-all-caps.json" "$scratch/all-caps.json" # root may hide the tree
global_flags=(--profile "$scratch/all-caps.json")
out=$(edit "$b" '.process.capabilities |= map_values(["CAP_SYS_ADMIN", "CAP_NET_ADMIN", "CAP_MKNOD"])'
	run_sh "$b" "while read -r line; do
		if \$line >/dev/null 2>&1; then echo \"works: \$line\"; else echo \"refused: \$line\"; fi
	done <<-END
	$attempts
	END
	grep CapEff /proc/self/status")
global_flags=()
while read -r line; do
	like "all capabilities: $line" "$out" "^refused: $line"
done <<<"$attempts"
like 'all capabilities: they are there' "$out" '^CapEff:.*0000000008201000'

edit "$b" 'del(.process.capabilities) | .linux.resources.memory.limit = 64000000'
for profile in hardened oci; do
	fails_with "$profile: a limit that can't be set is refused, with the reason" \
		'/linux/resources/memory/limit: needs a cgroup' \
		caisson --profile "$profile" run --bundle "$b" "$test_tag-limit"
done
edit "$b" 'del(.linux.resources)'

# Where the caller may not go below, its own value stays; where it may go up, it does.
edit "$b" '.process.oomScoreAdj = -500'
is 'oomScoreAdj below the own one' "$(run_sh "$b" 'cat /proc/self/oom_score_adj')" \
	"$(cat /proc/self/oom_score_adj)"
edit "$b" '.process.oomScoreAdj = 700'
is 'oomScoreAdj above it' "$(run_sh "$b" 'cat /proc/self/oom_score_adj')" 700
edit "$b" '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}]'
is 'rlimits go down' "$(run_sh "$b" 'ulimit -n; ulimit -Hn' | xargs)" '100 200'
edit "$b" 'del(.process.rlimits, .process.oomScoreAdj)'
edit "$b" '.process.user = {uid: 1000, gid: 1000, additionalGids: [10, 65536]}'
is 'another user with groups' "$(run_sh "$b" 'id -u; id -g; id -G' | xargs)" '1000 1000 1000 10 65536'
edit "$b" '.process.user = {uid: 65537, gid: 0}'
fails_with 'an id beyond the block' 'id 65537 is not mapped' caisson run --bundle "$b" "$test_tag-id"
is 'nothing of the containers is left' "$(user_state)" ''
