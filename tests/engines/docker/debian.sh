#!/bin/bash
# A Debian image under docker: its files change, and belong afterwards to whom the image says.
. "$top_srcdir/tests/engines/docker.bash"
. "$top_srcdir/tests/system/rootfs/tree.bash" # sets $tree
need python3

# Two layers: the tree, and on it what a tree of debootstrap has not: file capabilities, and places
# of files that the container will delete and replace.
layer='FROM debian-tree
RUN cp /bin/true /usr/local/bin/capable && python3 -c "import os; os.setxattr(\"/usr/local/bin/capable\", \"security.capability\", \
bytes.fromhex(\"0100000200040000000000000000000000000000\"))" && \
mkdir -p /srv/opaque/sub /srv/gone /srv/www && touch /srv/opaque/old /srv/opaque/sub/old /srv/gone/file && \
echo text >/srv/www/page && chown -R 33:33 /srv/www && echo other >/srv/file && chown 1000:1000 /srv/file && \
cp /bin/true /usr/local/bin/setuid && chmod 4755 /usr/local/bin/setuid'
make_debian() {
	tar -C "$tree" --exclude './var/lib/apt/lists/*' --exclude './usr/share/doc/*' -c . |
		docker import - debian-tree >/dev/null &&
		docker build --network none -q -t debian - <<<"$layer" >/dev/null
}
export DOCKER_BUILDKIT=0
make_debian || bail 'an image of Debian' "$(tail -n 5 "$scratch/dockerd.log")"

root_inside() {
	run debian id -u
	start debian sleep 100
	local uid
	uid=$(sed -n 's/^Uid:\t\([0-9]*\).*/\1/p' "/proc/$(inspect '{{.State.Pid}}')/status")
	if [ "$uid" -ge 1879048192 ]; then echo a subordinate id; else echo "id $uid"; fi
}
in_hardened=$'0\na subordinate id' operation 'Debian: root inside, outside' $'0\nid 0' root_inside

# The same script in every container; what it prints and what it leaves are compared.
cat >"$scratch/change" <<'END'
capability() {
	python3 -c 'import os; print("capability", os.getxattr("/usr/local/bin/capable", "security.capability").hex())'
}
while read -r command; do
	echo "\$ $command"
	sh -c "$command" 2>&1 </dev/null || echo "status $?"
done <<'COMMANDS'
echo new >/srv/new; chown 33:33 /srv/new; chmod 0640 /srv/new
: copied up, and keeps its owner; echo more >>/srv/www/page; stat -c %u:%g /srv/www/page
chown 1000:33 /srv/www/page
chmod 6755 /srv/file
mkdir -p /srv/mine/sub; chown 1000 /srv/mine; chmod 1777 /srv/mine/sub
: a whiteout; rm /etc/debian_version; ls /etc/debian_version
: another kind of file; rm /etc/issue; mkdir /etc/issue; touch /etc/issue/in
: opaque; rm -r /srv/opaque; mkdir /srv/opaque; touch /srv/opaque/new; ls /srv/opaque
rm -r /srv/gone; ls /srv/gone
mv /etc/apt /etc/apt-moved; ls /etc/apt-moved | wc -l
mv /etc/none /srv/x
ln /srv/www/page /srv/linked; stat -c %h /srv/linked
ln -s /srv/file /srv/symbolic; chown -h 33 /srv/symbolic; stat -c %u:%g /srv/symbolic
mkfifo /srv/fifo; chown 1000:1000 /srv/fifo
touch -d 2001-01-01 /srv/file; stat -c %Y /srv/file
truncate -s 5 /etc/services; wc -c </etc/services
/usr/local/bin/setuid; stat -c '%a %u' /usr/local/bin/setuid
: the bits go with the owner; chown 1000 /usr/local/bin/setuid; stat -c '%a %u' /usr/local/bin/setuid
getent passwd www-data; su -s /bin/sh www-data -c 'touch /srv/www/mine; id -u; touch /srv/not'
dpkg -l | wc -l
python3 -c 'import os; os.setxattr("/srv/new", "user.note", b"here"); print(os.getxattr("/srv/new", "user.note"))'
COMMANDS
capability
touch -d 2001-01-01 /usr/local/bin/capable # copied up
capability
END
changed() {
	docker create --runtime "$(runtime_name)" --name "$name" --net none debian sh /change >/dev/null
	docker cp "$scratch/change" "$name:/change"
	docker start -a "$name"
}

describe='find / -xdev -not -path "/proc*" -not -path "/sys*" -not -path "/dev*" -not -name "*.pyc" \
	-not -name __pycache__ -printf "%P %y %m %U:%G %l %s\n" | grep -vE "^(root|etc|srv|tmp|run) d|^etc/(hosts|hostname|resolv.conf) " | sort
python3 -c "import os; print(os.getxattr(\"/usr/local/bin/capable\", \"security.capability\").hex())"'

operation 'Debian: files change' = changed
like 'Debian: the changes were made' "$(cat "$scratch/result.runc")" 'capability 0100000200040000000000000000000000000000'

upper_owners() {
	changed >/dev/null
	find "$(inspect '{{.GraphDriver.Data.UpperDir}}')" -printf '%U:%G %y %m %P\n' | grep -v pycache | sort -k4
}
operation 'Debian: owners in the upper directory' = upper_owners

diff_of() {
	changed >/dev/null
	docker diff "$name" | grep -v pycache | sort -k2
}
operation 'Debian: diff' = diff_of

committed() {
	changed >/dev/null
	docker commit "$name" "image-$name" >/dev/null
	docker run --rm --runtime runc --net none "image-$name" sh -c "$describe"
	docker rmi "image-$name" >/dev/null
}
operation 'Debian: commit, the whole tree under runc' = committed

# Another range on the same upper directory: what one run wrote is root's in the next as well.
restarted() {
	local first
	start debian sh -c 'cat /proc/self/uid_map; touch "/srv/run$(ls /srv | grep -c ^run)"; stat -c "%n %u:%g" /srv/run*; chown 0:0 /srv/run*; chmod 600 /srv/run0; sleep 100'
	logged run0
	first=$(docker logs "$name" | awk 'NR == 1 { print $2 }')
	docker stop --time 0 "$name" >/dev/null
	docker run -d --runtime "$(runtime_name)" --name "$name-between" --net none debian sleep 100 >/dev/null
	docker start "$name" >/dev/null
	logged run1
	docker logs "$name" | grep -v '^ '
	[ "$(docker logs "$name" | grep '^ ' | awk 'END { print $2 }')" = "$first" ] || echo another range
}
in_hardened=$'/srv/run0 0:0\n/srv/run0 0:0\n/srv/run1 0:0\nanother range' operation 'Debian: restart on the same upper directory' \
	$'/srv/run0 0:0\n/srv/run0 0:0\n/srv/run1 0:0' restarted

# --- ten of one image ----------------------------------------------------------------------------

runtime=hardened
[[ " $runtimes " == *" hardened "* ]] || exit 0
for i in {1..10}; do
	name=ten-$i
	start debian sh -c 'umask 077; echo secret >/srv/secret; exec sleep 1000' &
	starting[i]=$!
done
wait "${starting[@]}"
pids=() firsts=()
for i in {1..10}; do
	name=ten-$i
	pids[i]=$(inspect '{{.State.Pid}}')
	firsts[i]=$(awk '{ print $2; exit }' "/proc/${pids[i]}/uid_map")
	lowers[i]=$(inspect '{{.GraphDriver.Data.LowerDir}}' | cut -d: -f2-)
	uppers[i]=$(inspect '{{.GraphDriver.Data.UpperDir}}')
done
is 'ten containers: ten ranges' "$(printf '%s\n' "${firsts[@]}" | sort -u | wc -l)" 10
is 'ten containers: one set of lower layers' "$(printf '%s\n' "${lowers[@]}" | sort -u | wc -l)" 1
is 'ten containers: nothing was copied' "$(du -s --apparent-size -k "${uppers[@]}" | awk '$1 > 200')" ''
is 'lower files have one inode in all' "$(for i in {1..10}; do stat -L -c %i "/proc/${pids[i]}/root/bin/bash"; done | sort -u | wc -l)" 1

# As root of container 1, with all that it may do on the host: nothing of container 2 is in reach.
as_first() { # COMMAND...
	setpriv --reuid "${firsts[1]}" --regid "${firsts[1]}" --clear-groups --bounding-set=-all "$@"
}
fails_with 'no signal to another container' 'Operation not permitted' as_first bash -c "kill -KILL ${pids[2]}"
succeeds 'a signal to the own container' as_first bash -c "kill -0 ${pids[1]}"
fails_with 'no look into the files of another' 'Permission denied' as_first cat "/proc/${pids[2]}/root/srv/secret"
fails_with 'no look into the upper directory' 'Permission denied' as_first cat "${uppers[2]}/srv/secret"
fails_with 'no look into its environment' 'Permission denied' as_first cat "/proc/${pids[2]}/environ"
for i in 2 3; do
	fails_with "no trace of container $i by container 1's root" 'Permission denied' as_first ls "/proc/${pids[i]}/cwd/"
done
