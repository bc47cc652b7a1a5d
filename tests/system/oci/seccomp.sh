#!/bin/bash
# linux.seccomp: every action, conditions, architectures, flags, with and without no_new_privs
# (SEC-01 to SEC-08).
. "$top_srcdir/tests/system/attack.sh"
global_flags=(--profile oci)

attack_bundle
edit "$b" '.process.noNewPrivileges = false | .process.user = {uid: 1000, gid: 1000} | del(.process.capabilities)'
plain=$(cat "$b/config.json")
mkdir -m 0777 "$rootfs/free"
filter() { # JQ: what linux.seccomp is
	echo "$plain" >"$b/config.json" && edit "$b" ".linux.seccomp = ($1)"
}
rule() { # NAMES ACTION [MORE]: a filter that allows all but these calls
	filter "{defaultAction: \"SCMP_ACT_ALLOW\", syscalls: [{names: $1, action: \"$2\"${3:+, $3}}]}"
}
mkdir_calls='["mkdir", "mkdirat"]'

# --- actions, with and without no_new_privs ----------------------------------------------------------

for nnp in false true; do
	plain=$(jq --argjson nnp $nnp '.process.noNewPrivileges = $nnp' <<<"$plain")
	what="noNewPrivileges $nnp"
	rule "$mkdir_calls" SCMP_ACT_ERRNO
	shell "$b" 'mkdir /free/x; grep -E "^(NoNewPrivs|Seccomp|Seccomp_filters):" /proc/self/status' 2>&1
	is "$what: ERRNO is EPERM, one filter is in force" "$out" "$(printf 'NoNewPrivs:\t%s\nSeccomp:\t2\nSeccomp_filters:\t1' \
		"$([ $nnp = true ] && echo 1 || echo 0)")"
	for errno in '13 Permission denied' '38 Function not implemented' '28 No space left on device'; do
		rule "$mkdir_calls" SCMP_ACT_ERRNO "errnoRet: ${errno%% *}"
		shell "$b" 'mkdir /free/x 2>&1'
		is "$what: errnoRet ${errno%% *}" "$out" "mkdir: can't create directory '/free/x': ${errno#* }"
	done
	rule "$mkdir_calls" SCMP_ACT_ERRNO 'errnoRet: 0'
	shell "$b" 'mkdir /free/x && echo done; ls /free'
	is "$what: errnoRet 0 is success without effect" "$out" 'done'
	for action in KILL KILL_THREAD KILL_PROCESS TRAP; do
		rule "$mkdir_calls" SCMP_ACT_$action
		shell "$b" 'mkdir /free/x; echo $?'
		is "$what: $action" "$out" 159
	done
	rule "$mkdir_calls" SCMP_ACT_LOG
	shell "$b" 'mkdir /free/x && rmdir /free/x && echo done'
	is "$what: LOG lets it through" "$out" 'done'
	rule "$mkdir_calls" SCMP_ACT_TRACE
	shell "$b" 'mkdir /free/x 2>&1'
	is "$what: TRACE without a tracer" "$out" "mkdir: can't create directory '/free/x': Function not implemented"
	# what caisson-init itself needs on its way is not the workload's concern with no_new_privs
	if [ $nnp = true ]; then
		calls='["capset", "setgroups", "setresuid", "setresgid", "openat2", "faccessat2", "prctl", "chdir",
			"fchdir", "getcwd", "sendmsg", "recvmsg", "close_range", "umask", "socket", "rt_sigaction"]'
	else
		calls='["openat2", "faccessat2", "mount", "clone3", "close_range_x"]'
	fi
	for action in SCMP_ACT_ERRNO SCMP_ACT_KILL_PROCESS; do
		[ $nnp$action = falseSCMP_ACT_KILL_PROCESS ] && continue
		rule "$calls" $action
		probe "$b" try read:/etc/passwd
		is "$what: $action for what only the launcher calls" "$out" 'read:/etc/passwd ok'
	done
	rule '["execve"]' SCMP_ACT_ERRNO 'errnoRet: 13'
	shell "$b" true
	isnt "$what: without execve it does not run" "$status" 0
	like "$what: and says so" "$(cat "$scratch/stderr")" 'exec /bin/sh: [Pp]ermission denied'
done

# --- conditions --------------------------------------------------------------------------------------

condition() { # OP VALUE [VALUE-TWO]: on the mode of chmod
	rule '["chmod"]' SCMP_ACT_ERRNO "args: [{index: 1, op: \"SCMP_CMP_$1\", value: $2${3:+, valueTwo: $3}}]"
}
modes='for mode in 600 700 711 755; do chmod $mode /free/f 2>/dev/null && printf "%s " $mode; done'
touch "$rootfs/free/f"
chown 1000 "$rootfs/free/f"
while read -r op value two wanted; do
	condition "$op" "$((value))" "${two#-}"
	shell "$b" "$modes"
	is "allowed but for $op $value ${two#-}" "${out% }" "$wanted"
done <<'END'
EQ 0700 - 600 711 755
NE 0700 - 700
LT 0711 - 711 755
LE 0711 - 755
GE 0711 - 600 700
GT 0711 - 600 700 711
MASKED_EQ 011 9 600 700
MASKED_EQ 0111 64 600 711 755
END
rule '["chmod"]' SCMP_ACT_ERRNO 'args: [{index: 1, op: "SCMP_CMP_GE", value: 448}, {index: 2, op: "SCMP_CMP_EQ", value: 1099511627776}]'
shell "$b" "$modes"
is 'all conditions of a rule must hold' "${out% }" '600 700 711 755'
rule '["chmod"]' SCMP_ACT_ERRNO 'args: [{index: 1, op: "SCMP_CMP_EQ", value: 384}, {index: 1, op: "SCMP_CMP_EQ", value: 493}]'
shell "$b" "$modes"
is 'but any of those on one argument' "${out% }" '700 711'
filter '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [
	{names: ["chmod"], action: "SCMP_ACT_ERRNO", args: [{index: 1, op: "SCMP_CMP_EQ", value: 384}]},
	{names: ["chmod"], action: "SCMP_ACT_ERRNO", args: [{index: 1, op: "SCMP_CMP_EQ", value: 448}]}]}'
shell "$b" "$modes"
is 'rules add up' "${out% }" '711 755'

# --- defaults, architectures, flags, real filters ----------------------------------------------------

for client in docker podman; do
	for nnp in false true; do
		echo "$plain" >"$b/config.json"
		edit "$b" --argjson nnp $nnp --slurpfile filter "$top_srcdir/tests/unit/data/seccomp-$client.json" \
			'.linux.seccomp = $filter[0] | .process.noNewPrivileges = $nnp'
		probe "$b" try kcmp handle perf read:/etc/passwd
		is "the filter of $client, noNewPrivileges $nnp" "$out" 'kcmp EPERM
handle EPERM
perf EPERM
read:/etc/passwd ok'
	done
done
allowed='["read", "write", "open", "openat", "close", "execve", "exit_group", "brk", "mmap", "fstat", "stat", "lstat",
	"newfstatat", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "readlink", "readlinkat",
	"getrandom", "mprotect", "munmap", "ioctl", "fcntl", "uname", "writev", "getpid", "rt_sigaction", "rt_sigprocmask"]'
filter "{defaultAction: \"SCMP_ACT_ERRNO\", defaultErrnoRet: 28, syscalls: [{names: $allowed, action: \"SCMP_ACT_ALLOW\"}]}"
edit "$b" '.process.noNewPrivileges = true'
probe "$b" try read:/etc/passwd userfaultfd
is 'deny by default, with its errno' "$out" 'read:/etc/passwd ok
userfaultfd ENOSPC'
if [ "$(uname -m)" = x86_64 ]; then
	filter '{defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"], syscalls: []}'
	probe "$b" try int80
	is 'another architecture that is listed' "$out" 'int80 ok'
	filter '{defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"],
		syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}]}'
	probe "$b" try int80
	isnt 'one that is not' "$out" 'int80 ok'
fi
rule '["no_such_call", "mkdir", "mkdirat"]' SCMP_ACT_ERRNO
shell "$b" 'mkdir /free/x 2>&1'
like 'an unknown call is skipped, the others are not' "$out" 'Operation not permitted'
for flag in LOG SPEC_ALLOW TSYNC; do
	filter "{defaultAction: \"SCMP_ACT_ALLOW\", flags: [\"SECCOMP_FILTER_FLAG_$flag\"],
		syscalls: [{names: $mkdir_calls, action: \"SCMP_ACT_ERRNO\"}]}"
	shell "$b" 'mkdir /free/x 2>&1; grep -c "^Seccomp:.2" /proc/self/status'
	is "flag $flag" "${out##*$'\n'}" 1
done
filter '{}'
shell "$b" 'grep ^Seccomp: /proc/self/status'
is 'an empty object is no filter' "$out" "$(printf 'Seccomp:\t0')"

refused() { # DESCRIPTION REGEX JQ
	filter "$3"
	fails_with "$1" "$2" run_sh "$b" true
}
refused 'an unknown action' "/linux/seccomp/defaultAction.*'SCMP_ACT_X'" '{defaultAction: "SCMP_ACT_X"}'
refused 'an unknown architecture' "/linux/seccomp/architectures/0: unknown seccomp architecture" \
	'{defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X"]}'
refused 'an unknown flag' "/linux/seccomp/flags/0.*'X'" '{defaultAction: "SCMP_ACT_ALLOW", flags: ["X"]}'
refused 'an unknown comparison' '/linux/seccomp/syscalls/0/args/0/op' '{defaultAction: "SCMP_ACT_ALLOW",
	syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO", args: [{index: 0, op: "X", value: 0}]}]}'
refused 'an argument that no call has' '/linux/seccomp/syscalls/0/args/0/index' '{defaultAction: "SCMP_ACT_ALLOW",
	syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO", args: [{index: 6, op: "SCMP_CMP_EQ", value: 0}]}]}'
refused 'a rule without names' '/linux/seccomp/syscalls/0' '{defaultAction: "SCMP_ACT_ALLOW",
	syscalls: [{names: [], action: "SCMP_ACT_ERRNO"}]}'
refused 'a rule without action' '/linux/seccomp/syscalls/0' '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"]}]}'
refused 'user notification, of a later issue' '/linux/seccomp/syscalls/0/action.*not supported yet' \
	'{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]}'
