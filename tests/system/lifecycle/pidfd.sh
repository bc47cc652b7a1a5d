#!/bin/bash
# --pidfd-socket: whoever listens gets a pidfd of the container's process, or of what exec starts,
# before the command returns.
. "$top_srcdir/tests/system/lib.sh"
need jq python3 /bin/busybox
python=$(PATH=/usr/bin:/bin:$PATH command -v python3)

b=$(new_bundle) || bail 'make a bundle'
set_args "$b" sleep 1000
socket=$scratch/pidfd

# Prints the payload, how many descriptors came with it, and which process the first one is.
cat >"$scratch/receive" <<'END'
import array, os, socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
listener.bind(sys.argv[1] + ".new")
listener.listen(1)
os.rename(sys.argv[1] + ".new", sys.argv[1])
peer = listener.accept()[0]
payload, control, flags, address = peer.recvmsg(100, 1000)
fds = array.array("i")
for level, kind, data in control:
    fds.frombytes(data)
info = dict(line.split(":", 1) for line in open("/proc/self/fdinfo/%d" % fds[0]) if ":" in line)
print(payload.decode(), len(fds), info.get("Pid", "no pidfd").strip())
END
receive() {
	rm -f "$socket" "$scratch/received"
	"$python" "$scratch/receive" "$socket" >"$scratch/received" 2>&1 &
	eventually test -S "$socket"
}
received() { # what the receiver printed, a line
	eventually test -s "$scratch/received"
	cat "$scratch/received"
}

for profile in hardened oci; do
	receive
	new_id
	succeeds "$profile: create" caisson --profile $profile create --bundle "$b" --pidfd-socket "$socket" "$id"
	is "$profile: create sends a pidfd of the container's process" "$(received)" "standard 1 $(pid_of "$id")"
	caisson start "$id"
	receive
	succeeds "$profile: exec" caisson exec --detach --pidfd-socket "$socket" --pid-file "$scratch/pid" "$id" sleep 1000
	is "$profile: exec sends one of its own" "$(received)" "setns 1 $(cat "$scratch/pid")"
	caisson delete --force "$id"
	receive
	new_id
	succeeds "$profile: run" caisson --profile $profile run --detach --bundle "$b" --pidfd-socket "$socket" "$id"
	is "$profile: run sends it" "$(received)" "standard 1 $(pid_of "$id")"
	rm -f "$scratch/pid"
	fails_with "$profile: exec: nobody listens" "connect to pidfd socket '$scratch/none'" \
		caisson exec --detach --pidfd-socket "$scratch/none" --pid-file "$scratch/pid" "$id" sleep 1000
	is "rule 4: $profile: then there is no pid file" "$(find "$scratch" -maxdepth 1 -name pid)" ''
	is "$profile: nor a process" "$(caisson ps --format json "$id" | jq length)" 1
	caisson delete --force "$id"
	new_id
	fails_with "$profile: create: nobody listens" "connect to pidfd socket '$scratch/none'" \
		caisson --profile $profile create --bundle "$b" --pidfd-socket "$scratch/none" "$id"
	fails_with "$profile: then there is no container" 'does not exist' caisson state "$id"
done
