#!/bin/bash
# Devices: listed ones exactly as asked for, the ones every container has, the links of /dev
# (DEV-01 to DEV-12).
. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox
global_flags=(--profile oci)

b=$(new_bundle) || bail 'make a bundle'
edit "$b" '.linux.devices = [
	{path: "/dev/char", type: "c", major: 1, minor: 5, fileMode: 416, uid: 1000, gid: 5},
	{path: "/dev/unbuffered", type: "u", major: 1, minor: 3},
	{path: "/dev/block", type: "b", major: 7, minor: 300000, fileMode: 384},
	{path: "/dev/fifo", type: "p", fileMode: 436, uid: 7},
	{path: "/deep/er/node", type: "c", major: 4095, minor: 666, fileMode: 8630},
	{path: "/dev/twice", type: "c", major: 1, minor: 5},
	{path: "/dev/twice", type: "c", major: 1, minor: 5},
	{path: "/dev/full", type: "c", major: 1, minor: 7, fileMode: 256, gid: 9},
	{path: "/dev/ptmx", type: "c", major: 5, minor: 2, fileMode: 384},
	{path: "/dev/nothing", type: "c", major: 1, minor: 3, fileMode: 0}]'
is 'type, numbers, mode and owner of each' "$(run_sh "$b" '
	cd /dev; stat -c "%n %F %t:%T %a %u:%g" char unbuffered block fifo /deep/er/node twice full nothing' 2>&1)" \
	'char character special file 1:5 640 1000:5
unbuffered character special file 1:3 666 0:0
block block special file 7:493e0 600 0:0
fifo fifo 0:0 664 7:0
/deep/er/node character special file fff:29a 666 0:0
twice character special file 1:5 666 0:0
full character special file 1:7 400 0:9
nothing character special file 1:3 0 0:0'
rm -rf "$b/rootfs/deep"
is 'those that nobody listed' "$(run_sh "$b" '
	cd /dev; stat -c "%n %F %t:%T %a %u:%g" null zero random urandom tty; cat full | head -c 2 | wc -c' 2>&1)" \
	'null character special file 1:3 666 0:0
zero character special file 1:5 666 0:0
random character special file 1:8 666 0:0
urandom character special file 1:9 666 0:0
tty character special file 5:0 666 0:0
2'
rm -rf "$b/rootfs/deep"
is 'links' "$(run_sh "$b" 'cd /dev; for f in fd stdin stdout stderr ptmx; do readlink $f; done
	echo through >/dev/stderr; stat -Lc "%t:%T" ptmx' 2>&1)" '/proc/self/fd
/proc/self/fd/0
/proc/self/fd/1
/proc/self/fd/2
pts/ptmx
through
5:2'
rm -rf "$b/rootfs/deep"

# --- what is there already ---------------------------------------------------------------------------

only() { # DEVICE: the one device of the configuration, in the root file system
	edit "$b" --argjson device "$1" '.linux.devices = [$device]'
}

mknod "$b/rootfs/same" c 1 3
mkfifo "$b/rootfs/pipe"
echo text >"$b/rootfs/plain"
only '{"path": "/same", "type": "c", "major": 1, "minor": 3}'
is 'an identical node stays' "$(run_sh "$b" 'stat -c %t:%T /same' 2>&1)" 1:3
only '{"path": "/pipe", "type": "p"}'
is 'so does a FIFO' "$(run_sh "$b" 'stat -c %F /pipe' 2>&1)" fifo
for wrong in '"/same", "type": "c", "major": 1, "minor": 5' '"/same", "type": "b", "major": 1, "minor": 3' \
	'"/plain", "type": "c", "major": 1, "minor": 3' '"/pipe", "type": "c", "major": 1, "minor": 3' \
	'"/tmp", "type": "c", "major": 1, "minor": 3'; do
	only "{\"path\": $wrong}"
	fails_with "something else at $wrong" 'device .*: something else is there' run_sh "$b" true
done
ln -s /tmp/through "$b/rootfs/link"
only '{"path": "/link", "type": "c", "major": 1, "minor": 3}'
fails_with 'a link in its place' "device '/link': something else is there" run_sh "$b" true
ln -s "$scratch" "$b/rootfs/out"
only '{"path": "/out/node", "type": "c", "major": 1, "minor": 3}'
run_sh "$b" true
is 'a link on the way stays below the root' "$([ -e "$scratch/node" ] || echo none)" none
rm -rf "$b/rootfs/tmp/"caisson-* "$b/rootfs/out"

for wrong in '{"path": "/dev/x", "type": "x", "major": 1, "minor": 1}' '{"path": "/dev/x", "type": "c", "major": 1}' \
	'{"path": "/dev/x", "type": "c", "major": -1, "minor": 1}' '{"path": "/dev/x", "type": "c", "major": 4096, "minor": 1}' \
	'{"path": "/dev/x", "type": "c", "major": 1, "minor": 1048576}' '{"type": "c", "major": 1, "minor": 1}' \
	'{"path": "/dev/x", "major": 1, "minor": 1}' '{"path": "dev/x", "type": "c", "major": 1, "minor": 1}'; do
	only "$wrong"
	fails_with "refused: $wrong" '/linux/devices/0' run_sh "$b" true
done
edit "$b" '.linux.devices = []'

# --- whose /dev --------------------------------------------------------------------------------------

mkdir "$scratch/dev"
mknod -m 666 "$scratch/dev/null" c 1 3
edit "$b" --arg dev "$scratch/dev" '.mounts |= map(select(.destination | startswith("/dev") | not)) +
	[{destination: "/dev", source: $dev, options: ["bind"]}]'
run_sh "$b" 'ls /dev >/ls' 2>&1
is 'nothing is made in a /dev that is bound' "$(cat "$b/rootfs/ls"; ls "$scratch/dev")" 'null
null'
edit "$b" '.mounts |= map(select(.destination != "/dev"))'
is 'without a mount at /dev the nodes are made in the image'\''s' \
	"$(run_sh "$b" 'ls /dev' 2>&1 | grep -vx core | tr '\n' ' ')" \
	'fd full null ptmx random stderr stdin stdout tty urandom zero '
is 'and a second container finds them' "$(run_sh "$b" 'echo yes >/dev/null && echo yes' 2>&1)" yes
edit "$b" '.mounts += [{destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["ro", "nosuid"]}] |
	.linux.devices = [{path: "/dev/late", type: "c", major: 1, minor: 3}]'
is 'a read-only /dev is filled first' \
	"$(run_sh "$b" '[ -c /dev/late ] && touch /dev/x; echo ok >/dev/late && echo usable' 2>&1)" \
	'touch: /dev/x: Read-only file system
usable'
