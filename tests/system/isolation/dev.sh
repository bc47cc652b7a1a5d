#!/bin/bash
# /dev is a new tmpfs with the usual nodes, whatever the image has there and whether the config
# asks for one or not.
# shellcheck disable=SC2016 # expressions of jq and of the shell inside
. "$top_srcdir/tests/system/attack.sh"

attack_bundle
set_tripwire
mknod -m 0666 "$rootfs/dev/zero" c 1 7
mknod -m 0666 "$rootfs/dev/mem" c 1 1
mknod -m 0666 "$rootfs/dev/disk" b 254 0
ln -s "$tripwire/file" "$rootfs/dev/null"
ln -s "$tripwire/dir" "$rootfs/dev/pts"
ln -s "$tripwire/dir" "$rootfs/dev/shm"
echo hostile >"$rootfs/dev/tty"
mkfifo "$rootfs/dev/random"
image=$(describe_tree "$rootfs/dev")
wanted='fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero'
look='echo $(ls /dev | grep -vx core); stat -c "%n %F %t:%T %U:%G %a" /dev/null /dev/zero /dev/full /dev/random \
	/dev/urandom /dev/tty; sed -n "s/.* \/dev \([^ ]*\) .*- \(.*\)/\2 \1/p" /proc/self/mountinfo'

for case in 'as spec makes it' 'no mount on /dev'; do
	[ "$case" = 'as spec makes it' ] || edit "$b" 'del(.mounts[] | select(.destination | startswith("/dev")))'
	shell "$b" "$look"
	is "$case: names" "$(head -n 1 <<<"$out")" "$wanted"
	is "$case: nodes" "$(grep character <<<"$out")" "$(
		for node in null:3 zero:5 full:7 random:8 urandom:9; do
			echo "/dev/${node%:*} character special file 1:${node#*:} root:root 666"
		done
		echo '/dev/tty character special file 5:0 root:root 666'
	)"
	like "$case: a tmpfs" "$(tail -n 1 <<<"$out")" '^tmpfs tmpfs .*rw,nosuid,noexec'
	shell "$b" 'echo x >/dev/null && head -c 3 /dev/zero | od -An -tx1; : </dev/tty'
	like "$case: they work" "$out" '00 00 00'
	shell "$b" 'cd /dev/pts && stat -f -c %T . && cd /dev/shm && stat -f -c %T . && : >x && ls'
	is "$case: terminals and shared memory" "$(tr '\n' ' ' <<<"$out")" 'devpts tmpfs x '
	tripwire_holds "$case"
	is "$case: the image's /dev is as it was" "$(describe_tree "$rootfs/dev")" "$image"
done

# Nodes of an image elsewhere are files without a function.
mknod -m 0666 "$rootfs/etc/null" c 1 3
answers 'a device node of the image' 'read:/etc/null EACCES' 'write:/etc/null EACCES'
