#!/bin/bash
# AppArmor: the label that is asked for is in force, in the first process and in those that join; a
# profile that is not loaded is an error; what confines caisson confines the container, too.
# shellcheck disable=SC2016 # expressions of jq and of the shell inside
. "$top_srcdir/tests/system/lib.sh"

[ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ] ||
	skip 'apparmor is not active in this kernel'
need apparmor_parser
remove=
[ -w /sys/kernel/security/apparmor/.load ] || skip 'no profile can be loaded here'

# AppArmor 4 has a rule for user namespaces, and forbids what has none; earlier ones don't know it.
userns=
if echo 'profile caisson-test-new { userns, }' | apparmor_parser -Q -K >/dev/null 2>&1; then userns=userns,; fi
# One process for all of them: what takes long is to start the parser.
{
	sed '/^abi/d' "$top_srcdir/profiles/apparmor/caisson-default"
	# A container that may mount, to attack with; and one to be confined in ourselves.
	for name in caisson-test-inner caisson-test-outer; do
		echo "profile $name flags=(attach_disconnected,mediate_deleted) {
			capability, file, network, unix, signal, ptrace, mount, remount, umount, pivot_root,
			change_profile -> **, $userns
		}"
	done
} >"$scratch/profiles"
grep -q '^caisson-default ' /sys/kernel/security/apparmor/profiles || remove=caisson-default
apparmor_parser -r -K "$scratch/profiles" >"$last_output" 2>&1 ||
	bail 'the profiles are loaded' "$(cat "$last_output")"
pass 'the profiles are loaded'

label='cat /proc/self/attr/apparmor/current'
b=$(new_bundle)
set_label() { edit "$b" --arg name "$1" '.process.apparmorProfile = $name'; }

is 'a config without any gets caisson-default, with ids of its own and no_new_privs' \
	"$(run_sh "$b" "$label; grep NoNewPrivs /proc/self/status")" \
	$'caisson-default (enforce)\nNoNewPrivs:\t1'
like 'plan says so' "$(caisson plan "$b" 2>&1)" 'CS-LSM-2'
set_label unconfined
is 'unconfined, when asked for' "$(run_sh "$b" "$label")" unconfined
set_label caisson-test-inner//\&caisson-default
is 'a stack, in whatever order' "$(run_sh "$b" "$label")" \
	'caisson-default//&caisson-test-inner (enforce)'

set_label caisson-no-such
fails_with 'a profile that is not loaded' "'caisson-no-such' is not loaded" run_sh "$b" true
run_blind() { # where the list of what is loaded can't be read
	set_args "$b" /bin/true
	new_id
	unshare --mount sh -c 'umount /sys/kernel/security; exec "$@"' - \
		"$CAISSON" run --bundle "$b" "$id"
}
fails_with '... when only the kernel knows it' "'caisson-no-such' is not loaded" run_blind

# --- exec -----------------------------------------------------------------------------------------

set_label caisson-default
set_args "$b" /bin/sleep 1000
new_id
joined=$id
caisson run --detach --bundle "$b" "$joined" >"$last_output" 2>&1 </dev/null ||
	bail 'a container to join' "$(cat "$last_output")"
is 'exec has the label of the container' "$(caisson exec "$joined" sh -c "$label")" \
	'caisson-default (enforce)'
fails_with 'exec as unconfined' CS-EXEC-4 caisson exec --apparmor unconfined "$joined" true
fails_with 'exec with another one' CS-EXEC-4 caisson exec --apparmor caisson-test-inner "$joined" true
caisson delete --force "$joined"

# --- we are confined ourselves --------------------------------------------------------------------

confined() { # COMMAND...
	sh -c 'echo "exec caisson-test-outer" >/proc/self/attr/exec && exec "$@"' - "$@"
}
run_confined() { # COMMAND
	set_args "$b" /bin/sh -c "$1"
	new_id
	confined "$CAISSON" run --bundle "$b" "$id" 2>&1
}
is 'confined ourselves: a stack with what confines us' "$(run_confined "$label")" \
	'caisson-default//&caisson-test-outer (enforce)'
set_args "$b" /bin/sleep 1000
new_id
confined "$CAISSON" run --detach --bundle "$b" "$id" >"$last_output" 2>&1 </dev/null ||
	bail 'a container to join, confined' "$(cat "$last_output")"
is 'confined ourselves: exec has both, too' "$(confined "$CAISSON" exec "$id" sh -c "$label")" \
	'caisson-default//&caisson-test-outer (enforce)'
confined "$CAISSON" delete --force "$id"
set_label unconfined
is 'confined ourselves: unconfined is not to be had' "$(run_confined "$label")" \
	'caisson-test-outer (enforce)'
for name in $remove caisson-test-inner caisson-test-outer; do
	printf %s "$name" >/sys/kernel/security/apparmor/.remove
done
