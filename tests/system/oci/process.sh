#!/bin/bash
# process: ids, groups, umask, limits, environment, working directory, capabilities, priority of the
# OOM killer, personality (PROC-*, CAP-*, PERS-*).
. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox
global_flags=(--profile oci)

b=$(new_bundle) || bail 'make a bundle'
plain=$(cat "$b/config.json")
again() { # JQ-PROGRAM: the example configuration with a change
	echo "$plain" >"$b/config.json" && edit "$b" "$@"
}

status_lines() { # NAME...: lines of the workload's /proc/self/status, blanks squeezed
	run_sh "$b" 'cat /proc/self/status' 2>&1 | grep -E "^($(IFS='|' && echo "$*")):" | tr -s '\t ' ' ' |
		sed 's/ $//'
}

# --- ids -----------------------------------------------------------------------------------------------

again '.process.user = {uid: 1234, gid: 5678, additionalGids: [7, 7, 0, 4294967294]}'
is 'ids and groups, duplicates kept (T-18)' "$(status_lines Uid Gid Groups)" \
	'Uid: 1234 1234 1234 1234
Gid: 5678 5678 5678 5678
Groups: 0 7 7 4294967294'
again '.process.user = {uid: 0, gid: 0}'
is 'no group of the caller is left' "$(
	# shellcheck disable=SC2030 # in a subshell on purpose
	status_lines Groups
)" 'Groups:'
again '.process.user.umask = 7'
is umask "$(run_sh "$b" umask)" 0007
again .
is 'umask is 022 when nobody says so' "$(umask 0 && run_sh "$b" umask)" 0022
for wrong in '{"uid": -1, "gid": 0}' '{"uid": 4294967295, "gid": 0}' '{"uid": 4294967296, "gid": 0}' \
	'{"uid": 0, "gid": "0"}' '{"uid": 1.5, "gid": 0}' '{"uid": 0, "gid": 0, "additionalGids": [-1]}'; do
	again --argjson user "$wrong" '.process.user = $user'
	fails_with "refused: $wrong" '/process/user/' run_sh "$b" true
done

# --- environment ---------------------------------------------------------------------------------------

# shellcheck disable=SC2016 # for the shell inside
show_env='all=$(tr "\0" "\n" </proc/$$/environ); echo "$all"'
again '.process.env = ["PATH=/bin", "A=1", "EMPTY=", "B=x=y", "A=2", "LINE=a\nb"]'
is 'exactly this environment, the last of a name, and HOME' "$(run_sh "$b" "$show_env")" 'PATH=/bin
A=2
EMPTY=
B=x=y
LINE=a
b
HOME=/root'
home_of() { # what HOME is inside
	run_sh "$b" "$show_env" 2>&1 | sed -n 's/^HOME=//p'
}
again '.process.env += ["HOME=/given"]'
is 'a HOME that is given stays' "$(home_of)" /given
again '.process.env = ["HOME=", "PATH=/bin", "HOME="]'
is 'an empty one does not' "$(home_of)" /root
again '.process.user.uid = 1000'
is 'HOME of another user' "$(home_of)" /home
again '.process.user.uid = 4242'
is 'of one that passwd does not know' "$(home_of)" /
echo 'last:x:4242:1::/last' >>"$b/rootfs/etc/passwd"
printf 'x:x:77\nno:colons\n::::::\n:x:-1:0::/minus:\nfull:x:77:77:a:/seventyseven:/bin/sh\nno-newline:x:78:78:a:/last' \
	>>"$b/rootfs/etc/passwd"
is 'a line without shell' "$(home_of)" /last
again '.process.user.uid = 77'
is 'short lines before the right one' "$(home_of)" /seventyseven
again '.process.user.uid = 78'
is 'a last line without newline' "$(home_of)" /last
{
	head -c 5000 /dev/zero | tr '\0' x
	printf ':x:79:79::/too-long:\n'
	printf 'ok:x:79:79::/after-a-long-line:\n'
} >>"$b/rootfs/etc/passwd"
again '.process.user.uid = 79'
is 'a line that is too long is skipped' "$(home_of)" /after-a-long-line
again '.process.user.uid = 80'
truncate -s 1G "$b/rootfs/etc/passwd"
echo 'end:x:80:80::/end:' >>"$b/rootfs/etc/passwd"
start_ns=$(date +%s%N)
is 'of a GiB only the beginning counts' "$(home_of)" /
took_ms=$((($(date +%s%N) - start_ns) / 1000000))
if [ $took_ms -lt 2000 ]; then pass 'and it is quick'; else fail 'and it is quick' "$took_ms ms"; fi
rm "$b/rootfs/etc/passwd"
is 'no passwd' "$(home_of)" /
mkfifo "$b/rootfs/etc/passwd"
is 'a FIFO in its place does not stop it' "$(home_of)" /
rm "$b/rootfs/etc/passwd"
ln -s /proc/1/root/etc/passwd "$b/rootfs/etc/passwd"
is 'a magic link is not followed' "$(home_of)" /
rm "$b/rootfs/etc/passwd"
ln -s /lib/passwd "$b/rootfs/etc/passwd"
mkdir "$b/rootfs/lib"
echo 'linked:x:80:80::/linked:' >"$b/rootfs/lib/passwd"
is 'an ordinary link is' "$(home_of)" /linked
chmod 0600 "$b/rootfs/lib/passwd"
is 'what the user may not read is not read' "$(home_of)" /
for wrong in '"A"' '"=1"' '""' '"A\nB=1"' '"A=\u0000"'; do
	again --argjson entry "[$wrong]" '.process.env = $entry' 2>/dev/null
	fails_with "refused: $wrong" '/process/env/0|NUL character' run_sh "$b" true
done

# --- working directory -----------------------------------------------------------------------------------

again '.process.cwd = "/new/work/dir"'
is 'a missing one is made' "$(run_sh "$b" 'pwd; stat -c "%a %u" . ..' 2>&1)" '/new/work/dir
755 0
755 0'
mkdir -m 0700 "$b/rootfs/private"
again '.process.cwd = "/private" | .process.user.uid = 1000'
is 'root may enter it, the user may not: he is in it all the same' "$(run_sh "$b" 'pwd; ls' 2>&1)" "/private
ls: .: Permission denied"
again '.process.cwd = "relative"'
fails_with 'a relative one' '/process/cwd.*absolute' run_sh "$b" true
again '.process.cwd = "/bin/busybox"'
fails_with 'a file' 'busybox.*not a directory' run_sh "$b" true
again '.process.cwd = "/proc/self/fd/3"'
fails_with 'a descriptor' '/proc/self/fd/3' run_sh "$b" true

# --- limits ----------------------------------------------------------------------------------------------

names='CPU FSIZE DATA STACK CORE RSS NPROC NOFILE MEMLOCK AS LOCKS SIGPENDING MSGQUEUE NICE RTPRIO RTTIME'
own_limit() { # NAME: hard limit of this shell, which root without CAP_SYS_RESOURCE can't raise
	awk -v name="$1" 'BEGIN {
		n = split("CPU cpu_time;FSIZE file_size;DATA data_size;STACK stack_size;CORE core_file;RSS" \
			" resident_set;NPROC processes;NOFILE open_files;MEMLOCK locked_memory;AS address_space;" \
			"LOCKS file_locks;SIGPENDING pending_signals;MSGQUEUE msgqueue_size;NICE nice_priority;" \
			"RTPRIO realtime_priority;RTTIME realtime_timeout", list, ";")
		for (i = 1; i <= n; i++) { split(list[i], pair, " "); title[pair[1]] = pair[2] }
		gsub("_", " ", title[name]) }
		index($0, "Max " title[name]) == 1 { $0 = substr($0, 27); print ($2 == "unlimited" ? 400000000 : $2) }' \
		/proc/self/limits
}
limits='[]' wanted=
for name in $names; do
	hard=$(own_limit "$name")
	[ "$hard" -gt 2 ] && soft=$((hard / 2)) || soft=$hard
	limits=$(jq -c --arg name "$name" --argjson soft "$soft" --argjson hard "$hard" \
		'. + [{type: "RLIMIT_\($name)", $soft, $hard}]' <<<"$limits")
	wanted+="$soft $hard"$'\n'
done
again --argjson limits "$limits" '.process.rlimits = $limits'
is 'all sixteen' "$(run_sh "$b" 'sed 1d /proc/self/limits | cut -c27-68' 2>&1 | awk '{ print $1, $2 }')" "${wanted%$'\n'}"
run_limit() { # LIMIT COMMAND: numbers that jq would round
	again --arg command "$2" '.process.rlimits = ["LIMIT"] | .process.args = ["/bin/sh", "-c", $command]'
	sed -i "s/\"LIMIT\"/$1/" "$b/config.json"
	new_id
	caisson --profile oci run --bundle "$b" "$id"
}
is '2^64 - 1 is no limit' "$(run_limit \
	'{"type": "RLIMIT_CORE", "soft": 18446744073709551615, "hard": 18446744073709551615}' 'ulimit -c')" unlimited
fails_with '2^64' '/process/rlimits/0/hard' \
	run_limit '{"type": "RLIMIT_CORE", "soft": 1, "hard": 18446744073709551616}' true
fails_with 'more files than the kernel has' 'resource limit' \
	run_limit '{"type": "RLIMIT_NOFILE", "soft": 4294967296, "hard": 18446744073709551615}' true
for wrong in '{"type": "RLIMIT_X", "soft": 1, "hard": 1}' '{"type": "RLIMIT_CORE", "soft": 2, "hard": 1}' \
	'{"type": "RLIMIT_CORE", "soft": 1}' '{"type": "RLIMIT_CORE", "soft": -1, "hard": 1}'; do
	again --argjson limit "$wrong" '.process.rlimits = [$limit]'
	fails_with "refused: $wrong" 'rlimit|resource limit' run_sh "$b" true
done
again '[{type: "RLIMIT_CORE", soft: 1, hard: 1}] as $one | .process.rlimits = $one + $one'
fails_with 'a limit given twice' '/process/rlimits/1' run_sh "$b" true

# --- the rest ----------------------------------------------------------------------------------------------

again '.process.oomScoreAdj = 543'
is oomScoreAdj "$(run_sh "$b" 'cat /proc/self/oom_score_adj')" 543
again 'del(.process.oomScoreAdj)'
is 'absent: as it was' "$(run_sh "$b" 'cat /proc/self/oom_score_adj')" "$(cat /proc/self/oom_score_adj)"
again '.process.oomScoreAdj = 1001'
fails_with 'out of range' '/process/oomScoreAdj' run_sh "$b" true

again '.linux.personality = {domain: "LINUX32"}'
is 'personality LINUX32' "$(run_sh "$b" 'uname -m; cat /proc/self/personality')" 'i686
00000008'
again '.linux.personality = {domain: "LINUX"}'
is 'personality LINUX' "$(run_sh "$b" 'uname -m')" "$(uname -m)"
again '.linux.personality = {domain: "BSD"}'
fails_with 'personality BSD' "/linux/personality/domain.*'BSD'" run_sh "$b" true
again '.linux.personality = {domain: "LINUX", flags: ["ADDR_NO_RANDOMIZE"]}'
fails_with 'no flags are defined' '/linux/personality/flags' run_sh "$b" true

again '.process.noNewPrivileges = true'
is 'noNewPrivileges' "$(status_lines NoNewPrivs)" 'NoNewPrivs: 1'
again '.process.noNewPrivileges = false'
is 'not' "$(status_lines NoNewPrivs)" 'NoNewPrivs: 0'

caps='.process.noNewPrivileges = false | .process.user.uid = $uid | .process.capabilities = {bounding: ["CAP_CHOWN",
	"CAP_KILL", "CAP_NET_RAW"], permitted: ["CAP_CHOWN", "CAP_KILL"], effective: ["CAP_CHOWN"],
	inheritable: ["CAP_KILL"], ambient: ["CAP_KILL"]}'
again --argjson uid 1000 "$caps"
is 'a user has what is ambient' "$(status_lines 'Cap...')" 'CapInh: 0000000000000020
CapPrm: 0000000000000020
CapEff: 0000000000000020
CapBnd: 0000000000002021
CapAmb: 0000000000000020'
again --argjson uid 0 "$caps"
is 'root gets the bounding set back from the kernel' "$(status_lines CapPrm CapEff CapBnd)" \
	'CapPrm: 0000000000002021
CapEff: 0000000000002021
CapBnd: 0000000000002021'
again 'del(.process.capabilities)'
is 'no object: none' "$(status_lines 'Cap...' | cut -d' ' -f2 | sort -u)" 0000000000000000
again '.process.capabilities.bounding += ["TEST_CAP"]'
run_sh "$b" true >"$scratch/out" 2>&1
is 'an unknown name is no error' $? 0
like 'but a warning in the words that clients know' "$(cat "$scratch/out")" \
	'ignoring unknown or unavailable capabilities: \[TEST_CAP\]'
again '.process.capabilities = {bounding: ["CAP_KILL"], inheritable: ["CAP_CHOWN"], permitted: ["CAP_CHOWN"]}'
fails_with 'inheritable beyond bounding' 'unable to apply caps: [Oo]peration not permitted' run_sh "$b" true

again 'del(.process)'
new_id
fails_with 'no process' 'process property must not be empty' caisson --profile oci run --bundle "$b" "$id"
again '.process.args = []'
new_id
fails_with 'no args' 'args must not be empty' caisson --profile oci run --bundle "$b" "$id"
