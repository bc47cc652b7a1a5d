#!/bin/bash
# A key of the caller is out of reach: another session keyring, and no calls to look for one (T-34).
# shellcheck disable=SC2016 # expressions of jq and of the shell inside
. "$top_srcdir/tests/system/attack.sh"

attack_bundle
answers 'the floor: as if the kernel had no keys' 'keyctl ENOSYS' 'add-key ENOSYS' 'request-key ENOSYS'

# Without the floor the calls work, and what they find is a keyring of the container's own.
global_flags=(--profile oci)
[ -r /proc/keys ] || skip_point 'own session keyring' 'this kernel has no /proc/keys'
if [ -r /proc/keys ]; then
	set_args "$b" /bin/sleep 60
	edit "$b" 'del(.linux.maskedPaths)'
	create "$b"
	is 'profile oci: a session keyring named like the container' \
		"$(grep -c "_ses.$id" /proc/keys)" 1
	caisson delete --force "$id"
	create "$b" --no-new-keyring
	is 'profile oci: none where the caller wants none' "$(grep -c "_ses.$id" /proc/keys)" 0
	caisson delete --force "$id"
	global_flags=()
	create "$b" --no-new-keyring
	is 'profile hardened: always' "$(grep -c "_ses.$id" /proc/keys)" 1
	caisson delete --force "$id"
fi
