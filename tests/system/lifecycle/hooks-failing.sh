#!/bin/bash
# Hooks that fail, hang or can't be run; what becomes of the container.
. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox

mount -t tmpfs -o mode=0755 tmpfs /mnt || bail 'a place for hooks'
hooks=/mnt/hooks
mkdir $hooks
undo() {
	umount -l /mnt
	at_exit
}
trap undo EXIT
cp /bin/busybox $hooks/tool
b=$(new_bundle) || bail 'make a bundle'
chmod 0777 "$b/rootfs/tmp"
set_args "$b" sleep 60

shell() { # COMMAND: a hook, as jq's value
	jq -cn --arg command "$1" '{ path: "/mnt/hooks/tool", args: ["sh", "-c", $command] }'
}
good=$(shell 'echo good >>/mnt/hooks/log')
stop=$(shell 'echo poststop >>/mnt/hooks/log')
bad=$(shell 'echo bad >>/mnt/hooks/log; echo to stdout; echo to stderr >&2; exit 3')
never=$(shell 'echo never >>/mnt/hooks/log')

set_hooks() { # KIND HOOK...: beside a poststop hook
	local kind=$1 list
	shift
	list=$(printf '%s\n' "$@" | jq -cs .)
	edit "$b" --arg kind "$kind" --argjson list "$list" --argjson stop "$stop" \
		'.hooks = { poststop: [$stop] } | .hooks[$kind] = $list'
	rm -f $hooks/log
}
log() {
	xargs 2>/dev/null <$hooks/log
}

for kind in prestart createRuntime createContainer; do
	for command in create run; do
		set_hooks $kind "$good" "$bad" "$never"
		new_id
		fails_with "$kind fails: $command fails, and says what the hook said" \
			"error running $kind hook #1: exit status 3, stdout: to stdout, stderr: to stderr" \
			caisson $command --bundle "$b" "$id"
		is "$kind fails: later ones do not run, poststop does" "$(log)" 'good bad poststop'
		fails_with "$kind fails: no container" 'does not exist' caisson state "$id"
		is "$kind fails: nothing left" "$(list_state; list_cgroups)" ''
	done
	set_hooks $kind "$(shell 'kill -KILL $$')"
	new_id
	fails_with "$kind killed: create fails" "error running $kind hook #0: signal: 9" \
		caisson create --bundle "$b" "$id"
	set_hooks $kind "$(shell 'sleep 60' | jq -c '.timeout = 1')" "$never"
	new_id
	start_us=${EPOCHREALTIME/./}
	fails_with "HOOK-05: $kind hangs: create fails after its timeout" \
		"error running $kind hook #0: hook ran past specified timeout of 1.0s" \
		timeout 10 "$CAISSON" create --bundle "$b" "$id"
	is "HOOK-05: $kind hangs: in time" $((${EPOCHREALTIME/./} - start_us < 4000000)) 1
	is "HOOK-05: $kind hangs: later ones do not run, poststop does" "$(log)" poststop
	find_processes
	is "HOOK-05: $kind hangs: it was killed" "$leaked_processes" ''
	set_hooks $kind "$(shell 'sleep 0.2' | jq -c '.timeout = 5')"
	new_id
	succeeds "HOOK-05: $kind in time is no failure" caisson create --bundle "$b" "$id"
	succeeds 'delete it' caisson delete "$id"
done

set_hooks startContainer "$(jq -c '.path = "/bin/busybox" | .args[2] = "exit 3"' <<<"$bad")"
new_id
fails_with 'startContainer fails: run fails' 'error running startContainer hook #0: exit status 3' \
	caisson run --bundle "$b" "$id"
is 'startContainer fails: poststop runs' "$(log)" poststop
fails_with 'startContainer fails: no container' 'does not exist' caisson state "$id"

set_hooks poststart "$good" "$bad" "$never"
new_id
caisson create --bundle "$b" "$id"
caisson start "$id" 2>"$scratch/stderr"
is 'poststart fails: exit status of start' $? 1
like 'poststart fails: start says so' "$(cat "$scratch/stderr")" \
	'error running poststart hook #1: exit status 3'
eventually has_status "$id" stopped
is 'poststart fails: the container is stopped' "$(status_of "$id")" stopped
is 'poststart fails: later ones do not run' "$(log)" 'good bad'
succeeds 'poststart fails: delete' caisson delete "$id"
is 'poststart fails: poststop runs then' "$(log)" 'good bad poststop'
new_id
rm -f $hooks/log
fails_with 'poststart fails: run fails' 'error running poststart hook #1' caisson run --bundle "$b" "$id"
fails_with 'poststart fails: run leaves no container' 'does not exist' caisson state "$id"
is 'poststart fails: run: poststop runs' "$(log)" 'good bad poststop'

# poststop: everything is gone already, so failing only warns, and the others run (T-02).
set_hooks poststop "$bad" "$good"
new_id
caisson create --bundle "$b" "$id"
caisson delete "$id" 2>"$scratch/stderr"
is 'poststop fails: delete succeeds' $? 0
is 'poststop fails: the next one runs' "$(log)" 'bad good'
like 'poststop fails: delete warns' "$(cat "$scratch/stderr")" \
	'level=warning .*error running poststop hook #0: exit status 3'
fails_with 'poststop fails: it is gone' 'does not exist' caisson state "$id"

# Hooks that can't be run.
for kind in prestart createRuntime createContainer; do
	set_hooks $kind '{ "path": "/no/such/hook" }'
	new_id
	fails_with "oci: $kind: no such program" \
		"error running $kind hook #0: fork/exec /no/such/hook: no such file or directory" \
		caisson --profile oci create --bundle "$b" "$id"
	fails_with "hardened: $kind: no such program: refused before anything is made" \
		"/hooks/$kind/0/path" caisson create --bundle "$b" "$id"
	is "hardened: $kind: no hook ran" "$(log)" poststop # that of the oci one
done
for kind in prestart createRuntime createContainer startContainer poststart poststop; do
	set_hooks $kind '{ "path": "relative" }'
	fails_with "HOOK-02: $kind: a relative path" "/hooks/$kind/0/path: must be an absolute path" \
		caisson --profile oci create --bundle "$b" "$id"
	set_hooks $kind "$(jq -c '.timeout = 0' <<<"$good")"
	fails_with "HOOK-05: $kind: a timeout of 0" "/hooks/$kind/0/timeout" \
		caisson --profile oci create --bundle "$b" "$id"
done

# SECURITY: programs that somebody else could have put there run as root in no hardened container.
cp $hooks/tool $hooks/writable
chmod 0775 $hooks/writable
cp $hooks/tool $hooks/foreign
chown 1000 $hooks/foreign
mkdir $hooks/open
chmod 0777 $hooks/open
cp $hooks/tool $hooks/open/tool
mkdir -m 1777 $hooks/sticky
cp $hooks/tool $hooks/sticky/tool
ln -s $hooks/open/tool $hooks/link
cp $hooks/tool $hooks/plain
chmod 0644 $hooks/plain
untrusted=("$hooks"/{open/tool,writable,foreign,sticky/tool,link,plain,open}
	"$b/rootfs/bin/busybox" "$b/rootfs/../rootfs/bin/busybox")
for kind in prestart createRuntime createContainer poststart poststop; do
	[ $kind = prestart ] || untrusted=("${untrusted[0]}")
	for path in "${untrusted[@]}"; do
		set_hooks $kind "$(jq -c --arg path "$path" '.path = $path' <<<"$never")"
		new_id
		caisson create --bundle "$b" "$id" >"$last_output" 2>&1 &&
			fail "hardened: $kind: ${path##*/} was run"
		grep -q "/hooks/$kind/0/path" "$last_output" ||
			fail "hardened: $kind: $path: another error" "$(cat "$last_output")"
	done
	is "hardened: $kind: untrusted programs are refused, and not run" "$(log)" ''
done

# A hook may ask for the state of its container and kill it.
set_hooks poststart "$(jq -cn --arg caisson "$CAISSON" --arg id "$id-x" '{ path: $caisson,
	args: ["caisson", "kill", $id, "KILL"] }')"
succeeds 'oci: a poststart hook that runs caisson itself' \
	timeout 10 "$CAISSON" --profile oci run --detach --bundle "$b" "$id-x"
eventually has_status "$id-x" stopped
is 'and kills the container' "$(status_of "$id-x")" stopped
succeeds 'delete' caisson delete "$id-x"

# SIGKILL of create while a hook runs: nobody waits for the hook, delete --force cleans up.
for kind in prestart createRuntime createContainer; do
	set_hooks $kind "$(shell 'echo waiting >>/mnt/hooks/log; exec sleep 1')"
	new_id
	"$CAISSON" create --bundle "$b" "$id" >"$last_output" 2>&1 &
	eventually grep -q waiting $hooks/log
	kill -KILL $!
	wait $! 2>/dev/null
	succeeds "$kind runs, create is killed: delete --force" caisson delete --force "$id"
	is "$kind runs, create is killed: nothing is left" "$(list_state; list_cgroups)" ''
done
find_processes
unlike 'no caisson-init waits for a hook' "$leaked_processes" caisson
sleep 1
