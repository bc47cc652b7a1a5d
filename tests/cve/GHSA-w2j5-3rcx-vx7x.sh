#!/bin/bash
# Namespaces of the host by another name (GHSA-w2j5-3rcx-vx7x, CVE-2020-15257 and what follows from
# sharing them): a path to the host's own, links to it, things that are no namespace at all.
# shellcheck disable=SC2016 # expressions of jq and of the shell inside
. "$top_srcdir/tests/system/attack.sh"

attack_bundle
set_args "$b" /bin/true
cp "$b/config.json" "$scratch/original.json"
mkfifo "$scratch/fifo"

join() { # TYPE PATH
	cp "$scratch/original.json" "$b/config.json"
	edit "$b" --arg type "$1" --arg path "$2" 'del(.linux.namespaces[] | select(.type == $type)) |
		.linux.namespaces += [{type: $type, path: $path}]'
}

global_flags=()
while read -r type file; do
	ln -sfn "/proc/self/ns/$file" "$scratch/link"
	: >"$scratch/bound"
	mount --bind "/proc/self/ns/$file" "$scratch/bound" 2>/dev/null || rm "$scratch/bound"
	for path in /proc/1/ns/$file /proc/self/ns/$file "/proc/$$/ns/$file" "/proc/../proc/1//ns/$file" \
		"$scratch/link" "$scratch/bound"; do
		[ -e "$path" ] || continue
		join "$type" "$path"
		name=${path//$$/PID}
		refused "the host's $type namespace by ${name//$scratch/HOST}" "(CIS-5|CS-NS).*$type namespace .* is the host's|not supported yet|is the host's"
	done
	umount "$scratch/bound" 2>/dev/null
	if [ "$type" != cgroup ]; then
		cp "$scratch/original.json" "$b/config.json"
		edit "$b" --arg type "$type" 'del(.linux.namespaces[] | select(.type == $type)) | del(.hostname)'
		refused "no $type namespace: the host's" "no $type namespace: the host's|without a $type namespace"
	fi
done <<END
network net
ipc ipc
uts uts
pid pid
mount mnt
cgroup cgroup
END

for profile in hardened oci; do
	global_flags=(--profile "$profile")
	join network /proc/1/ns/uts
	refused "$profile: a namespace of another type" 'is not a network namespace'
	for path in "$scratch" /dev/null "$scratch/fifo" "$scratch/config.json" /etc/passwd /proc/1/status; do
		[ -e "$path" ] || : >"$path"
		join network "$path"
		refused "$profile: ${path//$scratch/HOST} is no namespace" 'is not a namespace'
	done
	join network /proc/999999999/ns/net
	refused "$profile: a path that is not there" 'no such file or directory'
	join network ns/net
	refused "$profile: a relative path" 'must be an absolute path|no such file'
	cp "$scratch/original.json" "$b/config.json"
	edit "$b" '.linux.namespaces += [{type: "network"}]'
	refused "$profile: a type twice" 'network'
	edit "$b" '.linux.namespaces = [{type: "no-such"}]'
	refused "$profile: a type that does not exist" 'no-such'
done
global_flags=()
join user /proc/self/ns/user
refused "the host's user namespace" "user namespace .* is the host's"
