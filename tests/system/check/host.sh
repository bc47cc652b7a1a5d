#!/bin/bash
# Whether this host is ready for containers of root: what is there, what is not, and that doing what
# is said makes up for it.
# shellcheck disable=SC2016 # expressions of jq inside
. "$top_srcdir/tests/system/ids/etc.bash"
. "$top_srcdir/tests/system/check/report.bash"

check
is 'a host on which the tests run is ready' "$rc $(jq -c '[.ready, .counts.missing]' "$scratch/report.json")" '0 [true,0]'
is 'it is asked as root' "$(jq -c '[.rootless, .user]' "$scratch/report.json")" '[false,"root"]'
is 'who lacks something is told what to do' \
	"$(jq -c '[.checks[] | select(.status != "ok" and (.fix | not))]' "$scratch/report.json")" '[]'
is 'every line says what it means' "$(jq -c '[.checks[] | select((.found and .means) | not)]' "$scratch/report.json")" '[]'
is 'counted' "$(jq '.counts | .ok + .degraded + .missing' "$scratch/report.json")" "$(jq '.checks | length' "$scratch/report.json")"
like 'system calls' "$(line 'system calls')" '^ok: .*clone3, .*mount_setattr, .*openat2'
like 'namespaces' "$(line namespaces)" '^ok: user, mount, pid, network, ipc, uts'
like 'ids' "$(line 'subordinate ids')" "^ok: user 'caisson': [0-9]+ blocks of 65536, [0-9]+ free"
caisson check >"$scratch/text"
is 'text: the same status' $? 0
like 'text: the sum' "$(tail -n 1 "$scratch/text")" '^ready for containers of root: [0-9]+ ok, [0-9]+ degraded, 0 missing$'
is 'text: the same lines' "$(grep -cE '^(ok|degraded) +' "$scratch/text")" "$(jq '.checks | length' "$scratch/report.json")"

# --- ids ------------------------------------------------------------------------------------------

pool
check
is 'no ids: not ready' "$rc $(line 'subordinate ids')" "1 missing: user 'caisson' has none that can be used"
bash -c "$(fix_of 'subordinate ids')" >/dev/null
check
is 'what is said to do helps' "$rc $(jq .ready "$scratch/report.json")" '0 true'
pool caisson 1879048192:65536
check
like 'a single block' "$(line 'subordinate ids')" '^degraded: .* 1 blocks of 65536, 1 free$'
is 'is enough to begin with' "$rc" 0
pool caisson 1879048192:67108864

# --- files ----------------------------------------------------------------------------------------

b=$(new_bundle) || bail 'make a bundle'
mkdir "$scratch"/{lower,upper,work,merged}
check "$b/rootfs" /proc/self "$scratch/none"
is 'not every path will do' "$rc" 1
like 'a directory that can be idmapped' "$(line "$b/rootfs")" '^ok: .* which can be idmapped'
like 'one that can not' "$(line /proc/self)" '^missing: proc, which can.t be idmapped'
like 'one that is not there' "$(line "$scratch/none")" '^missing: it can.t be found'
cd "$b" && check rootfs
is 'a relative path' "$rc $(line "$b/rootfs" | cut -d: -f1)" '0 ok'
cd / || exit
mount -t overlay -o "lowerdir=$scratch/lower,upperdir=$scratch/upper,workdir=$scratch/work" overlay "$scratch/merged"
check "$scratch/merged"
if jq -e '.checks[] | select(.name == "overlay" and .status == "ok")' "$scratch/report.json" >/dev/null; then
	is 'an overlay, by its layers' "$rc $(line "$scratch/merged")" '0 ok: an overlay whose layers can be idmapped'
else
	skip_point 'an overlay, by its layers' 'this kernel takes no idmapped layers'
fi
umount "$scratch/merged"
check --bundle "$b"
is 'a bundle: its root' "$rc $(line "$b/rootfs" | cut -d: -f1)" '0 ok'
edit "$b" '.mounts += [{destination: "/x", type: "bind", source: "/proc/sys", options: ["rbind"]}]'
check --bundle "$b"
like 'a bundle: its volumes' "$rc $(line /proc/sys)" '^1 missing: proc'

# --- the kernel -----------------------------------------------------------------------------------

# Without a call, as under a seccomp filter of a container, or a kernel that is too old.
if command -v strace >/dev/null; then
	for call in openat2 clone3 mount_setattr; do
		strace -f -o /dev/null -e trace=$call -e inject=$call:error=ENOSYS \
			"$CAISSON" check --format json >"$scratch/report.json" 2>"$scratch/stderr"
		is "no $call: not ready" "$? $(line "system call $call")" '1 missing: Function not implemented'
	done
else
	skip_point 'system calls that are missing' 'strace is not installed'
fi
# A user namespace whose limit is used up: the kernel itself says no.
unshare --user --map-root-user --mount bash -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$0" check --format json' \
	"$CAISSON" >"$scratch/report.json" 2>"$scratch/stderr"
rc=$?
if grep -q 'max_user_namespaces: ' "$scratch/stderr"; then
	skip_point 'no more user namespaces' 'the limit can not be set here'
else
	like 'no more user namespaces' "$rc $(line 'user namespaces')" '^1 missing: .*user.max_user_namespaces is 0'
	like 'no more user namespaces: what to do' "$(fix_of 'user namespaces')" '^sysctl -w user.max_user_namespaces='
fi

# --- the state directory ----------------------------------------------------------------------------

global_flags=(--root "$scratch/state/below")
check
is 'a state directory that is not there yet' "$rc $(jq .ready "$scratch/report.json")" '0 true'
is 'nothing is made' "$(find "$scratch" -maxdepth 1 -name state)" ''
: >"$scratch/file"
global_flags=(--root "$scratch/file")
check
like 'a file in its place' "$rc $(line 'state directory')" '^1 missing: .* is not a directory'
mkdir -m 0777 "$scratch/open"
chmod 0777 "$scratch/open"
global_flags=(--root "$scratch/open")
check
like 'one that others can write to' "$rc $(line 'state directory')" '^1 missing: '
bash -c "$(fix_of 'state directory')"
check
is 'what is said to do helps' "$rc" 0
global_flags=()

# --- mistakes ---------------------------------------------------------------------------------------

fails_with 'a format' 'invalid format option' caisson check --format table
fails_with 'a bundle that is none' "no such file or directory" caisson check --bundle "$scratch/none"
