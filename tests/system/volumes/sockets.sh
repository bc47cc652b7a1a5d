#!/bin/bash
# Sockets as volumes: refused in hardened unless the profile lists them; then their owner's.
# shellcheck disable=SC2016 # expressions of jq and of the shell inside
. "$top_srcdir/tests/system/volumes/volumes.bash"

b=$(new_bundle)
scratch_fs
for name in service other; do
	perl -MSocket -e 'socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die; bind($s, sockaddr_un($ARGV[0])) or die' "$fs/$name.sock"
	chmod 0600 "$fs/$name.sock"
done
ln -s service.sock "$fs/link"
shell() { run_sh "$b" "$1" 2>&1; }
use() { # SOURCE
	edit "$b" '.mounts |= map(select(.destination != "/s"))'
	volume "$b" /s "$1" bind
}

use "$fs/service.sock"
fails_with 'hardened: a socket is refused' 'CIS-5.32.*is a socket' run_sh "$b" true
use "$fs/link"
fails_with 'hardened: and a link to one' 'CIS-5.32.*is a socket' run_sh "$b" true
printf '{"extends": "hardened", "volume_sockets": ["%s"]}\n' "$fs/serv*.sock" >"$scratch/profile.json"
chmod 0600 "$scratch/profile.json"
global_flags=(--profile "$scratch/profile.json")
is 'one that the profile lists is root'"'"'s' "$(shell 'test -S /s && test -w /s && stat -c %u:%g /s')" 0:0
use "$fs/service.sock"
is 'by its own name too' "$(shell 'test -S /s && test -w /s && echo yes')" yes
use "$fs/other.sock"
fails_with 'another is refused' 'CIS-5.32.*is a socket' run_sh "$b" true
chown 1000:1000 "$fs/service.sock"
use "$fs/service.sock"
is 'one of another user is that user'"'"'s' "$(shell 'test -w /s && stat -c %u:%g /s')" 0:0
edit "$b" '.process.user = {uid: 5, gid: 5}'
is 'and nobody else'"'"'s' "$(shell 'test -w /s || echo no')" no
edit "$b" '.process.user = {uid: 0, gid: 0}'
global_flags=(--profile oci)
is 'oci: as it is' "$(shell 'stat -c %u:%g /s')" 1000:1000
