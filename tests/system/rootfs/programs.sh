#!/bin/bash
# Ordinary programs of a distribution find what they need in the default profile, under its filter.
. "$top_srcdir/tests/system/rootfs/tree.bash"

b=$(debian_bundle bundle) || bail 'make a bundle'
owners_before=$(list_owners)

runs() { # DESCRIPTION EXTENDED-REGEX SHELL-COMMAND
	local output
	output=$(run_sh "$b" "$3" 2>&1)
	like "$1" "$output" "$2"
}

runs 'apt-get' '^apt [0-9.]+ ' 'apt-get --version'
runs 'apt-get check' '^0$' 'apt-get -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= check >/dev/null && echo $?'
runs 'dpkg lists its packages' '^ii +perl ' 'dpkg -l'
runs 'dpkg --verify finds them as installed' '^verified$' \
	'dpkg --verify nginx-light perl-base coreutils && echo verified'
runs 'perl' '^42 root$' 'perl -e "print 6 * 7, q( ), scalar getpwuid(\$<), qq(\n)"'
runs 'perl: fork, pipes, wait' '^child says hello 3$' \
	'perl -e "open(my \$f, q(-|), q(echo hello; exit 3)); my \$l = <\$f>; chomp \$l; close \$f;
		print qq(child says \$l ), \$? >> 8, qq(\n)"'

python() { # DESCRIPTION REGEX PROGRAM
	set_args "$b" python3 -c "$3" || return
	new_id
	like "$1" "$(caisson run --bundle "$b" "$id" 2>&1)" "$2"
}

python 'python3: threads' '^190 20$' '
import threading
seen, lock = [], threading.Lock()
def work(i):
    with lock:
        seen.append(i)
threads = [threading.Thread(target=work, args=(i,)) for i in range(20)]
[t.start() for t in threads]
[t.join() for t in threads]
print(sum(seen), len(seen))'
python 'python3: subprocesses' '^uid 0, status 5, signal -9$' '
import subprocess
uid = subprocess.run(["id", "-u"], stdout=subprocess.PIPE).stdout.decode().strip()
status = subprocess.run(["sh", "-c", "exit 5"]).returncode
child = subprocess.Popen(["sleep", "60"])
child.kill()
print("uid %s, status %d, signal %d" % (uid, status, child.wait()))'
python 'python3: sockets of all families' '^tcp4 tcp6 unix udp$' '
import socket, select
def echo(family, kind, address):
    a, b = socket.socket(family, kind), socket.socket(family, kind)
    a.bind(address)
    if kind == socket.SOCK_STREAM:
        a.listen(1)
        b.connect(a.getsockname())
        a = a.accept()[0]
    else:
        b.connect(a.getsockname())
    b.send(b"x")
    assert select.select([a], [], [], 5)[0] and a.recv(1) == b"x"
echo(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
echo(socket.AF_INET6, socket.SOCK_STREAM, ("::1", 0))
echo(socket.AF_UNIX, socket.SOCK_STREAM, "/tmp/socket")
echo(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0))
print("tcp4 tcp6 unix udp")'
python 'python3: fork, signals, timers' '^7 alarm [0-9]+$' '
import os, signal, time
if os.fork() == 0:
    os._exit(7)
status = os.wait()[1] >> 8
rung = []
signal.signal(signal.SIGALRM, lambda *_: rung.append("alarm"))
signal.setitimer(signal.ITIMER_REAL, 0.01)
while not rung:
    time.sleep(0.05)
print(status, rung[0], os.cpu_count())'

# Nobody may open raw sockets, and nobody needs to.
ping='
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
s.settimeout(5)
s.sendto(struct.pack("!BBHHH", 8, 0, 0, 0, 7) + b"caisson", ("127.0.0.1", 0))
reply = s.recv(100)
print("reply", reply[0], reply[-7:].decode())
try:
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    print("raw works")
except PermissionError:
    print("raw refused")'
python 'ping as root' '^reply 0 caisson$' "$ping"
python 'raw sockets are refused' '^raw refused$' "$ping"
edit "$b" '.process.user = {uid: 33, gid: 33}'
python 'ping as www-data' '^reply 0 caisson$' "$ping"
runs 'www-data' '^www-data www-data www-data$' 'echo "$(id -un) $(id -gn) $(id -Gn)"'
edit "$b" '.process.user = {uid: 0, gid: 0}'
runs 'setpriv to another user' '^33 33 0000000000000000$' \
	'setpriv --reuid www-data --regid www-data --init-groups sh -c \
		"echo \$(id -u) \$(id -g) \$(sed -n \"s/^CapEff:.//p\" /proc/self/status)"'
runs 'su to another user' '^www-data$' 'su -s /bin/sh -c "id -un" www-data'
runs 'tar keeps owners' '^33:42$' \
	'cd /tmp && touch f && chown 33:42 f && tar cf t f && rm f && tar xf t && stat -c %u:%g f'

# What containers write is stored with the ids they have inside, as without a user namespace.
run_sh "$b" 'touch /var/tmp/of-root && cd / && setpriv --reuid 33 --regid 33 --clear-groups \
	touch /var/tmp/of-www-data' || fail 'write to the root file system'
is 'a file of root is stored as 0' "$(stat -c %u:%g "$tree/var/tmp/of-root")" 0:0
is 'a file of www-data is stored as 33' "$(stat -c %u:%g "$tree/var/tmp/of-www-data")" 33:33
rm -f "$tree"/var/tmp/of-*
is 'no other file changed hands' "$(diff <(echo "$owners_before") <(list_owners))" ''
