#!/bin/bash
# What tells of the host is hidden, what would change it is read-only, and neither can be undone.
# shellcheck disable=SC2016 # expressions of jq and of the shell inside
. "$top_srcdir/tests/system/attack.sh"

attack_bundle
mapfile -t masked < <(jq -r '.masked_paths[]' "$top_srcdir/profiles/hardened.json")
mapfile -t readonly_paths < <(jq -r '.readonly_paths[]' "$top_srcdir/profiles/hardened.json")

look='for p; do
	if [ -d "$p" ]; then echo "$p $(ls -A "$p" | wc -l)"
	elif [ -e "$p" ]; then echo "$p $(cat "$p" 2>/dev/null | wc -c)"
	fi
done'
set_args "$b" /bin/sh -c "$look" sh "${masked[@]}"
run_bundle "$b"
is 'status' "$status" 0
n=0
for path in "${masked[@]}"; do
	[ -e "$path" ] || continue
	n=$((n + 1))
	is "$path is hidden" "$(grep "^$path " <<<"$out")" "$path 0"
done
is 'some of them exist on this kernel' $((n > 5)) 1

mounts=$(shell "$b" 'cat /proc/self/mountinfo' && echo "$out")
for path in "${masked[@]}" "${readonly_paths[@]}"; do
	[ -e "$path" ] || continue
	like "$path is a read-only mount" "$(cut -d' ' -f5,6 <<<"$mounts" | grep "^$path ")" "^$path ro,"
done
like '/sys is read-only' "$(cut -d' ' -f5,6 <<<"$mounts" | grep '^/sys ')" '^/sys ro,'

for uid in 0 1000; do
	edit "$b" ".process.user = {uid: $uid, gid: $uid}"
	answers "uid $uid" 'umount:/proc/interrupts EPERM' 'umount:/proc/sys EPERM' \
		'remount-rw:/proc/sys EPERM' 'clear-ro:/proc/sys EPERM' 'write:/proc/interrupts EACCES' \
		'write:/proc/sys/kernel/core_pattern EACCES'
done
