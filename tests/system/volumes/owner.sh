#!/bin/bash
# Volumes under a user namespace of caisson's: the owner of the source has an id inside, and nobody
# else of the host has; what belongs to root of the host can only be read, and only as anybody can.
# shellcheck disable=SC2016 # expressions of jq and of the shell inside
. "$top_srcdir/tests/system/volumes/volumes.bash"

b=$(new_bundle)
scratch_fs # of a kind that can be idmapped

mkdir -m 0755 "$fs/alice"
echo hers >"$fs/alice/file" && chmod 0600 "$fs/alice/file"
chown -R 1000:1001 "$fs/alice"
echo root >"$fs/alice/roots" && chmod 0600 "$fs/alice/roots"
echo all >"$fs/alice/anybodys" && chmod 0666 "$fs/alice/anybodys"
echo team >"$fs/alice/teams" && chown 1000:4242 "$fs/alice/teams" && chmod 0640 "$fs/alice/teams"

volume "$b" /v "$fs/alice" rbind
shell() { run_sh "$b" "$1" 2>&1; }

is 'the owner is root inside' "$(shell 'stat -c %u:%g /v')" 0:0
is 'and its file is readable' "$(shell 'cat /v/file')" hers
shell 'echo new >/v/new; mkdir /v/dir; ln -s x /v/link; echo more >>/v/file; chmod 0644 /v/file' >"$last_output"
is 'a new file is the owner'"'"'s' "$(stat -c %u:%g "$fs/alice/new")" 1000:1001
is 'and so is a new directory' "$(stat -c %u:%g "$fs/alice/dir")" 1000:1001
is 'and a new link' "$(stat -c %u:%g "$fs/alice/link")" 1000:1001
is 'a file of its can be written and changed' \
	"$(cat "$fs/alice/file") $(stat -c %a "$fs/alice/file")" "hers
more 644"
is 'the files of others are nobody'"'"'s' "$(shell 'stat -c %u:%g /v/roots')" 65534:65534
like 'what is root'"'"'s alone cannot be read' "$(shell 'cat /v/roots')" 'Permission denied'
like 'nor written, even if anybody else could' "$(shell 'echo x >/v/anybodys')" 'Permission denied'
is 'though read' "$(shell 'cat /v/anybodys')" all
like 'nor given away' "$(shell 'chown 1 /v/file')" 'chown'
like 'nor taken' "$(shell 'chown 0 /v/roots')" 'chown'
shell 'rm -f /v/link; rm -rf /v/dir; echo mine >>/v/teams' >"$last_output"
is 'a file of a second group keeps it when it is written' \
	"$(stat -c %u:%g "$fs/alice/teams") $(tail -n 1 "$fs/alice/teams")" '1000:4242 mine'

# Set-user-id files work neither way.
cp /bin/busybox "$fs/alice/id" && chown 1000:1001 "$fs/alice/id" && chmod 6755 "$fs/alice/id"
is 'set-user-id of the host is not honoured inside' \
	"$(edit "$b" '.process.user = {uid: 5, gid: 5}'; shell '/v/id -u')" 5
edit "$b" '.process.user = {uid: 0, gid: 0}'
shell 'cp /bin/busybox /v/planted && chmod 6755 /v/planted' >"$last_output"
is 'a planted set-user-id file is not root'"'"'s outside' "$(stat -c %u:%g:%a "$fs/alice/planted")" 1000:1001:6755

like 'volumes have nosuid and nodev' "$(shell 'grep " /v " /proc/self/mountinfo')" \
	' /v rw,nosuid,nodev'

# The same number inside as outside: docker run --user "$(id -u)".
edit "$b" '.process.user = {uid: 1000, gid: 0}'
is 'the workload of the same number is the owner' "$(shell 'stat -c %u:%g /v; echo 1000s >/v/same')" 1000:0
is 'and its files are too' "$(stat -c %u:%g "$fs/alice/same")" 1000:1001
edit "$b" '.process.user = {uid: 2000, gid: 2000}'
like 'another user of the container is another user' "$(shell 'echo x >/v/same')" 'Permission denied'
edit "$b" '.process.user = {uid: 0, gid: 0}'

# A single file, and a symlink as the source.
ln -s alice/file "$fs/symlink"
volume "$b" /f "$fs/alice/file" bind
volume "$b" /s "$fs/symlink" bind
is 'a file is mapped too' "$(shell 'stat -c %u /f; echo in-file >/f')" 0
is 'written' "$(cat "$fs/alice/file")" in-file
is 'a symlink is followed' "$(shell 'cat /s')" in-file
volume "$b" /ro "$fs/alice" bind ro
like 'read-only stays read-only' "$(shell 'echo x >/ro/file')" 'Read-only file system'

# What is root's.
mkdir -m 1777 "$fs/roots"
echo secret >"$fs/roots/secret" && chmod 0600 "$fs/roots/secret"
echo plain >"$fs/roots/plain"
volume "$b" /r "$fs/roots" rbind
is 'a directory of root of the host is nobody'"'"'s' "$(shell 'stat -c %u:%g /r')" 65534:65534
is 'read as anybody may' "$(shell 'cat /r/plain')" plain
like 'and no more' "$(shell 'cat /r/secret')" 'Permission denied'
like 'not written, whatever its mode' "$(shell 'echo x >/r/new')" 'Read-only file system'
like 'the plan says so' "$(caisson plan "$b")" 'CS-VOL-3.*/mounts'
like 'and who has an id' "$(caisson plan "$b")" "'/v' 1000:1001 is 0:0"

# Nothing that has ids of the container's block is left on the disk.
is 'no id of the block is left behind' "$(find "$fs" -uid +65535 -o -gid +65535)" ''
