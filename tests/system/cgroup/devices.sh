#!/bin/bash
# The device list, on v1 and on v2: what is denied can't be opened, what is allowed can.
. "$top_srcdir/tests/system/lib.sh"
. "$top_srcdir/tests/system/cgroup/cgroup.bash"
global_flags=(--profile oci)

# Nodes without a driver: who may open them gets ENXIO or the like, who may not gets EPERM.
nodes='[{path: "/n/one", type: "c", major: 1, minor: 77}, {path: "/n/two", type: "c", major: 1, minor: 78},
	{path: "/n/loop", type: "b", major: 7, minor: 7777}, {path: "/n/tun", type: "c", major: 10, minor: 200}]'
# "r" and "w" for opens that are allowed for reading and for writing
# shellcheck disable=SC2016 # for the shell inside
show='for node in one two loop; do printf "%s:" $node
	(exec 3</n/$node) 2>&1 | grep -q "not permitted" || printf r
	(exec 3>>/n/$node) 2>&1 | grep -q "not permitted" || printf w
	printf " "; done'

list() { # WANTED RULES: what can be opened with this list
	again --argjson rules "$2" ".linux.devices = $nodes | .linux.resources.devices = \$rules"
	rm -rf "$b/rootfs/n"
	is "$version: ${2//[$'\n\t']/}" "$(run_sh "$b" "$show" 2>&1)" "$1 "
}

deny='{"allow": false, "access": "rwm"}'
check_lists() {
	list 'one: two: loop:' "[$deny]"
	list 'one: two: loop:' '[]'
	list 'one:rw two:rw loop:rw' '[{"allow": true, "access": "rwm"}]'
	list 'one:rw two: loop:' "[$deny, {\"allow\": true, \"type\": \"c\", \"major\": 1, \"minor\": 77, \"access\": \"rw\"}]"
	list 'one:r two: loop:' "[$deny, {\"allow\": true, \"type\": \"c\", \"major\": 1, \"minor\": 77, \"access\": \"r\"}]"
	list 'one:rw two:rw loop:' "[$deny, {\"allow\": true, \"type\": \"c\", \"major\": 1, \"access\": \"rwm\"}]"
	list 'one: two: loop:rw' "[$deny, {\"allow\": true, \"type\": \"b\", \"access\": \"rwm\"}]"
	list 'one:rw two: loop:rw' '[{"allow": true, "access": "rwm"},
		{"allow": false, "type": "c", "major": 1, "minor": 78, "access": "rwm"}]'
	list 'one: two: loop:' "[{\"allow\": true, \"type\": \"c\", \"access\": \"rwm\"}, $deny]"
	again --argjson rules "[$deny]" ".linux.devices = $nodes | .linux.resources.devices = \$rules"
	is "$version: those that every container has" "$(run_sh "$b" '
		for node in null zero full random urandom tty ptmx; do
			(exec 3</dev/$node) 2>&1 | grep "not permitted"; done; [ -c /n/tun ] && echo made' 2>&1)" made
	set_args "$b" /bin/sh -c 'mknod /tmp/p c 1 77; mknod /tmp/k c 1 3; exec 3</tmp/p'
	edit "$b" '.process.capabilities.bounding += ["CAP_MKNOD"] | .process.capabilities.effective += ["CAP_MKNOD"] |
		.process.capabilities.permitted += ["CAP_MKNOD"]'
	new_id
	like "$version: making the node oneself does not help" "$(caisson --profile oci run --bundle "$b" "$id" 2>&1)" \
		"/tmp/p: Operation not permitted"
	rm -f "$b/rootfs"/tmp/{p,k}
	again --argjson rules "[$deny, {\"allow\": true, \"type\": \"c\", \"major\": 1, \"access\": \"x\"}]" \
		'.linux.resources.devices = $rules'
	fails_with "$version: a wrong access" '/linux/resources/devices/1/access' run_sh "$b" true
	again --argjson rules "[$deny, {\"allow\": true, \"type\": \"x\"}]" '.linux.resources.devices = $rules'
	fails_with "$version: a wrong type" '/linux/resources/devices/1/type' run_sh "$b" true
}

version=v1
check_lists
again --argjson rules "[$deny, {\"allow\": true, \"type\": \"c\", \"major\": 1, \"access\": \"rwm\"},
	{\"allow\": false, \"type\": \"c\", \"major\": 1, \"minor\": 78, \"access\": \"rwm\"}]" '.linux.resources.devices = $rules'
fails_with 'v1: what it can not express is refused, not ignored' \
	'/linux/resources/devices/2: cuts into rule 1, which cgroup v1' run_sh "$b" true

list 'one:rw two: loop:rw' '[{"allow": true, "access": "rwm"},
	{"allow": false, "type": "c", "major": 1, "minor": 3, "access": "rwm"},
	{"allow": false, "type": "c", "major": 1, "minor": 78, "access": "rwm"}]'
again '.linux.resources.devices = [{"allow": true, "access": "rwm"}, {"allow": false, "type": "c", "major": 1, "access": "rwm"}]'
fails_with 'v1: nor this, since it would take /dev/null away' \
	'/linux/resources/devices/1: denies a device that the container needs' run_sh "$b" true

version=v2
mount -t cgroup2 -o "$(cgroup2_options)" cgroup2 /sys/fs/cgroup
check_lists
list 'one:rw two: loop:' "[$deny, {\"allow\": true, \"type\": \"c\", \"major\": 1, \"access\": \"rwm\"},
	{\"allow\": false, \"type\": \"c\", \"major\": 1, \"minor\": 78, \"access\": \"rwm\"}]"
umount /sys/fs/cgroup
