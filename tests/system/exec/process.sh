#!/bin/bash
# exec: the process is what the flags say, in the container's namespaces and cgroups, and what ends
# it is what caisson ends with.
. "$top_srcdir/tests/system/attack.sh"

attack_bundle
mkdir "$rootfs/work"
set_args "$b" /bin/sleep 1000
edit "$b" '.process.env += ["FIRST=1"] | .process.cwd = "/work"'

start_container() { # PROFILE
	new_id
	caisson --profile "$1" run --detach --bundle "$b" "$id" </dev/null >/dev/null ||
		bail "$1: start a container"
	pid=$(pid_of "$id")
}
ex() { # [FLAG...] COMMAND...: in the container; sets $out, $status and $said
	out=$("$CAISSON" exec "${flags[@]}" "$id" "$@" 2>"$scratch/stderr" </dev/null)
	status=$?
	said=$(cat "$scratch/stderr")
}
flags=()


for profile in hardened oci; do
	start_container "$profile"
	ex sh -c 'pwd; echo "$FIRST"; grep -E "^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp)" /proc/self/status | tr -s "\t " " "'
	is "$profile: exit status 0" "$status" 0
	is "$profile: directory of the first process" "$(sed -n 1p <<<"$out")" /work
	is "$profile: its environment" "$(sed -n 2p <<<"$out")" 1
	ex sh -c 'grep -E "^(Cap|NoNewPrivs|Seccomp)" /proc/self/status; for n in cgroup ipc mnt net pid user uts; do readlink /proc/self/ns/$n; done; cut -d: -f2- /proc/self/cgroup'
	own=$out
	ex sh -c 'grep -E "^(Cap|NoNewPrivs|Seccomp)" /proc/1/status; for n in cgroup ipc mnt net pid user uts; do readlink /proc/1/ns/$n; done; cut -d: -f2- /proc/1/cgroup'
	is "$profile: sets, filters, namespaces and cgroups of the first process" "$own" "$out"
	isnt "$profile: and there is something to compare" "$out" ''
	ex probe fds
	is "$profile: descriptors 0 to 2 alone" "$(cut -d' ' -f1 <<<"$out" | xargs)" '0 1 2'

	for line in 'exit 7:7' 'kill -9 $$:137' 'kill -TERM $$:143' 'true:0'; do
		ex sh -c "${line%:*}"
		is "$profile: ${line%:*}" "$status" "${line##*:}"
	done
	ex nonexistent
	is "$profile: no such program: status" "$status" 255
	like "$profile: no such program" "$said" 'exec failed: .*exec: .*nonexistent.*: executable file not found in \$PATH'
	ex /nonexistent
	like "$profile: no such file" "$said" 'exec: .*/nonexistent.*: stat /nonexistent: no such file or directory'
	ex /tmp
	like "$profile: a directory" "$said" 'exec: .*/tmp.*: is a directory'
	ex /etc/passwd
	like "$profile: not executable" "$said" 'exec: .*/etc/passwd.*: permission denied'

	flags=(--user 1000:1001 -g 7 --additional-gids=8 --env A=1 -e A=2 -e B= --cwd /tmp)
	ex sh -c 'id -u; id -g; id -G; echo "$A|$B|$FIRST"; pwd; umask'
	is "$profile: flags" "$(xargs <<<"$out")" '1000 1001 1001 7 8 2||1 /tmp 0022'
	flags=(--user 5)
	ex sh -c 'id -u; id -g'
	is "$profile: --user without a group keeps the group" "$(xargs <<<"$out")" '5 0'
	flags=()
	out=$("$CAISSON" exec "$id" -u 3 --env=X=4 sh -c 'echo $(id -u) $X $0 $1' -u 9 2>&1)
	is "$profile: flags may follow the id, not the command" "$out" '3 4 -u 9'
	out=$(echo typed | "$CAISSON" exec "$id" cat)
	is "$profile: standard input" "$out" typed

	jq '.process | .args = ["sh", "-c", "id -u; pwd; echo $Q"] | .env += ["Q=r"] | .cwd = "/tmp"
		| .user = {uid: 12, gid: 13}' "$b/config.json" >"$scratch/process.json"
	out=$("$CAISSON" exec --process "$scratch/process.json" "$id" 2>&1)
	is "$profile: process.json" "$(xargs <<<"$out")" '12 /tmp r'

	succeeds "$profile: detached" "$CAISSON" exec -d --pid-file "$scratch/pid" "$id" sleep 500
	other=$(cat "$scratch/pid")
	is "$profile: the pid file names it" "$(tr '\0' ' ' <"/proc/$other/cmdline")" 'sleep 500 '
	is "$profile: ps knows both" "$("$CAISSON" ps --format json "$id")" \
		"[$(printf '%s\n' "$pid" "$other" | sort -n | paste -sd,)]"
	like "$profile: ps as a table" "$("$CAISSON" ps "$id" | sed 1d)" "^[^ ]+ +$other .*sleep 500"
	fails_with "$profile: ps without the column that counts" "couldn't find PID field in ps output" \
		"$CAISSON" ps "$id" ax -o pid= -o args=
	is "$profile: the host's processes are not shown" \
		"$("$CAISSON" ps "$id" -e -o pid,args | sed 1d | wc -l)" 2
	rm "$scratch/pid"
	fails "$profile: what can't be started" "$CAISSON" exec -d --pid-file "$scratch/pid" "$id" nonexistent
	is "rule 4: $profile: leaves no pid file" "$(ls "$scratch/pid" 2>/dev/null)" ''
	caisson delete --force "$id"
	has_no_process() { [ ! -e "/proc/$other" ] || grep -q '^State:.Z' "/proc/$other/status"; }
	succeeds "$profile: delete ends it, too" eventually has_no_process
done

# States
set_args "$b" /bin/sleep 1000
new_id
caisson create --bundle "$b" "$id" </dev/null >/dev/null
ex echo early
is 'in a created container' "$out" early
caisson start "$id"
caisson kill "$id" KILL
succeeds 'it stops' eventually has_status "$id" stopped
ex true
is 'stopped: status' "$status" 255
like 'stopped: words' "$said" 'exec failed: cannot exec in a stopped container'
is 'ps of a stopped one' "$("$CAISSON" ps --format json "$id")" null
caisson delete "$id"
ex true
is 'unknown: status' "$status" 255
like 'unknown: words' "$said" 'container does not exist'
new_id
