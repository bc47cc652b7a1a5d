#!/bin/bash
# What engines make themselves and hand over as binds: named volumes, resolv.conf, /dev/shm. They
# keep their ids as the root file system does, where nobody but root can reach them on the host.
# shellcheck disable=SC2016 # expressions of jq and of the shell inside
. "$top_srcdir/tests/system/volumes/volumes.bash"

b=$(new_bundle)
scratch_fs
engine=$fs/engine
root=$engine/overlay2/abc/merged
mkdir -p "$root" "$engine"/volumes/{data,db}/_data "$engine/containers/abc/mounts/shm"
chmod 0710 "$engine"
cp -a "$b/rootfs/." "$root"
echo 'nameserver 192.0.2.1' >"$engine/containers/abc/resolv.conf"
echo name >"$engine/containers/abc/hostname"
echo '{}' >"$engine/containers/abc/config.v2.json" && chmod 0600 "$engine/containers/abc/config.v2.json"
mount -t tmpfs -o mode=1777,size=64k shm "$engine/containers/abc/mounts/shm" # as Docker makes it
chown 999:999 "$engine/volumes/db/_data" && chmod 0700 "$engine/volumes/db/_data"
edit "$b" --arg root "$root" '.root.path = $root | .mounts |= map(select(.destination != "/dev/shm")) |
	.process.capabilities |= map_values(. + ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_SETUID", "CAP_SETGID"])'
volume "$b" /data "$engine/volumes/data/_data" rbind
volume "$b" /db "$engine/volumes/db/_data" rbind
volume "$b" /etc/resolv.conf "$engine/containers/abc/resolv.conf" rbind rprivate
volume "$b" /etc/hostname "$engine/containers/abc/hostname" rbind rprivate
volume "$b" /dev/shm "$engine/containers/abc/mounts/shm" bind rprivate
shell() { run_sh "$b" "$1" 2>&1; }

shm=0:0
! kernel_before 6.3 || shm=65534:65534 # no map for a tmpfs
is 'ids are those on disk' "$(shell 'stat -c %u:%g /data /db /etc/resolv.conf /dev/shm | tr "\n" " "')" \
	"0:0 999:999 0:0 $shm "
is 'everything works' "$(shell 'echo x >/data/new && chown 999:999 /data/new && echo x >/db/new &&
	echo changed >/etc/hostname && echo x >/dev/shm/new && cp /bin/busybox /data/su && chmod 4755 /data/su && echo well')" well
is 'and lands with the ids of the container' \
	"$(stat -c %u:%g "$engine"/volumes/data/_data/{new,su} "$engine/volumes/db/_data/new" | tr '\n' ' ')" '999:999 0:0 0:0 '
is 'the name was written' "$(cat "$engine/containers/abc/hostname")" changed
edit "$b" '.process.user = {uid: 999, gid: 999}'
is 'another user has its own' "$(shell 'echo y >/db/own && echo z >/dev/shm/own && stat -c %u /db/own')" 999
mv "$engine/volumes/data/_data/su" "$engine/volumes/data/_data/id"
is 'a set-user-id file on it is not honoured' "$(shell '/data/id -u')" 999
edit "$b" '.process.user = {uid: 0, gid: 0}'
like 'nosuid and nodev' "$(shell 'grep " /data " /proc/self/mountinfo')" ' rw,nosuid,nodev'
like 'the plan tells of it' "$(caisson plan "$b")" "root's too: '/data'"
# by way of a shell: setpriv itself still has its capabilities when it starts a program
fails 'a user of the host does not get there' setpriv --reuid 1000 --regid 1000 --clear-groups \
	sh -c 'exec "$1"' sh "$engine/volumes/data/_data/id"

# What the engine keeps for itself is not for containers.
volume "$b" /config "$engine/containers/abc/config.v2.json" bind
like "the engine's own files stay root's" "$(shell 'cat /config')" 'Permission denied'
edit "$b" '.mounts |= map(select(.destination != "/config"))'

# A directory that others can pass through, or write, is no engine's.
for mode in 0711 0730; do
	chmod $mode "$engine"
	is "with mode $mode: nobody's" "$(shell 'stat -c %u:%g /data')" 65534:65534
	like "with mode $mode: not written" "$(shell 'echo x >/data/more')" 'Read-only file system'
	is "with mode $mode: but the container runs" "$(shell 'cat /etc/resolv.conf')" 'nameserver 192.0.2.1'
done
chmod 0710 "$engine"

# A symbolic link out of the volumes is where it leads.
mv "$engine/volumes/data/_data" "$engine/volumes/data/real" && ln -s /etc "$engine/volumes/data/_data"
like 'a link out of it' "$(shell 'cat /data/shadow')" 'Permission denied'
