#!/bin/bash
# sd_notify(3): what a container sends to its NOTIFY_SOCKET reaches the one that caisson was started
# with, and start and run --detach return when it has.
# shellcheck disable=SC2016 # variables of the container's shell
. "$top_srcdir/tests/system/lib.sh"
need jq python3 /bin/busybox
python=$(PATH=/usr/bin:/bin:$PATH command -v python3)

# A service manager: prints each datagram, with how many descriptors, and closes those.
cat >"$scratch/manager" <<'END'
import array, os, socket, sys
name = sys.argv[1]
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind("\0" + name[1:] if name[0] == "@" else name)
open(sys.argv[2], "w").close()
while True:
    text, control, flags, address = manager.recvmsg(5000, 1000)
    fds = array.array("i")
    for level, kind, data in control:
        fds.frombytes(data)
    print(text.decode().replace("\n", "|"), len(fds), flush=True)
    for fd in fds:
        os.close(fd)
END
start_manager() { # ADDRESS: sets $manager
	rm -f "$scratch/bound" "$scratch/told" "$scratch/manager.sock"
	"$python" "$scratch/manager" "$1" "$scratch/bound" >"$scratch/told" 2>&1 &
	manager=$!
	eventually test -e "$scratch/bound"
}
stop_manager() {
	kill $manager
	wait $manager 2>/dev/null
}
told() { cat "$scratch/told"; }

# busybox has nothing that sends datagrams to a socket of a path
b=$(new_bundle) || bail 'make a bundle'
mkdir -p "$b/rootfs/usr/lib" && cat >"$b/send.c" <<'END'
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int i, fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	const char *path = getenv("NOTIFY_SOCKET");

	if (path == NULL || fd < 0)
		return 3;
	strncpy(a.sun_path, path, sizeof(a.sun_path) - 1);
	for (i = 1; i < argc; i++)
		if (sendto(fd, argv[i], strlen(argv[i]), 0, (struct sockaddr *)&a, sizeof(a)) < 0)
			return 4;
	return 0;
}
END
${CC:-cc} -static -o "$b/rootfs/bin/send" "$b/send.c" 2>"$scratch/cc" || skip 'no static program can be built here'

export NOTIFY_SOCKET=$scratch/manager.sock
for profile in hardened oci; do
	start_manager "$NOTIFY_SOCKET"
	set_args "$b" sh -c 'echo "$NOTIFY_SOCKET" >/tmp/env; sleep 0.3; send STATUS=starting "STATUS=up
READY=1"; exec sleep 1000'
	new_id
	succeeds "$profile: create" caisson --profile $profile create --bundle "$b" "$id" </dev/null
	succeeds "$profile: start" caisson start "$id"
	is "$profile: start waits until it is ready, and tells the process" "$(told)" \
		"$(printf 'READY=1 0\nMAINPID=%s 0\nBARRIER=1 1' "$(pid_of "$id")")"
	is "$profile: the container has a socket of its own" "$(cat "/proc/$(pid_of "$id")/root/tmp/env")" /run/notify/notify.sock
	is "$profile: nothing can be written beside it" \
		"$(caisson exec "$id" sh -c 'exec 2>&1; touch /run/notify/x')" 'touch: /run/notify/x: Read-only file system'
	is "$profile: which exec does not get" "$(caisson exec "$id" sh -c 'echo "${NOTIFY_SOCKET-none}"')" none
	caisson delete --force "$id"
	stop_manager

	start_manager "$NOTIFY_SOCKET"
	set_args "$b" sh -c 'send READY=2; sleep 1000'
	edit "$b" '.process.user = {uid: 1000, gid: 1000} | .process.env += ["NOTIFY_SOCKET=/other"]'
	new_id
	succeeds "$profile: run --detach, as another user" caisson --profile $profile run --detach --bundle "$b" "$id" </dev/null
	like "$profile: run --detach tells the same" "$(told | xargs)" '^READY=2 0 MAINPID=[0-9]+ 0 BARRIER=1 1$'
	caisson delete --force "$id"
	stop_manager
	edit "$b" '.process.user = {uid: 0, gid: 0} | .process.env |= map(select(. != "NOTIFY_SOCKET=/other"))'

	start_manager "$NOTIFY_SOCKET"
	set_args "$b" sh -c 'send READY=3; sleep 0.5; exit 5'
	new_id
	caisson --profile $profile run --bundle "$b" "$id" </dev/null >/dev/null 2>&1
	is "$profile: run in the foreground: its status" $? 5
	is "$profile: run in the foreground tells that it is ready" "$(told)" 'READY=3 0'
	stop_manager

	start_manager "$NOTIFY_SOCKET"
	set_args "$b" sh -c 'send STOPPING=1; exit 0'
	new_id
	succeeds "$profile: one that ends and is never ready" caisson --profile $profile run --detach --bundle "$b" "$id" </dev/null
	is "$profile: of that nothing is told" "$(told)" ''
	succeeds "$profile: it can be deleted" caisson delete "$id"
	stop_manager
done

# An abstract name, as systemd may have.
export NOTIFY_SOCKET=@$test_tag
start_manager "$NOTIFY_SOCKET"
set_args "$b" sh -c 'send READY=1; sleep 1000'
new_id
succeeds 'an abstract socket' caisson run --detach --bundle "$b" "$id" </dev/null
like 'an abstract socket is told' "$(told | head -n 1)" '^READY=1 0$'
caisson delete --force "$id"
stop_manager

# A start that waits does not keep others out, and one that is killed leaves nothing in the way.
set_args "$b" sleep 1000
new_id
caisson create --bundle "$b" "$id" </dev/null >/dev/null 2>&1
"$CAISSON" start "$id" &
starter=$!
eventually has_status "$id" running
succeeds 'exec while start waits' caisson exec "$id" true
kill -KILL $starter
wait $starter 2>/dev/null
succeeds 'delete --force after start was killed' caisson delete --force "$id"

# Nobody who started caisson asks: no socket, no mount.
unset NOTIFY_SOCKET
like 'no NOTIFY_SOCKET: none inside' "$(run_sh "$b" 'echo "${NOTIFY_SOCKET-none}"; ls -d /run/notify 2>&1')" '^none'
fails_with 'a NOTIFY_SOCKET that is none' 'NOTIFY_SOCKET' \
	eval 'set_args "$b" sh -c "send READY=1; sleep 1000" && NOTIFY_SOCKET=$scratch/none caisson run --detach --bundle "$b" "$test_tag-none"'
fails_with 'and leaves no container' 'does not exist' caisson state "$test_tag-none"
