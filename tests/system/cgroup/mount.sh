#!/bin/bash
# Mounts of type cgroup on v1: one directory for each hierarchy, with and without a cgroup namespace,
# writable only when that was asked for (MNT-09, T-24).
. "$top_srcdir/tests/system/lib.sh"
. "$top_srcdir/tests/system/cgroup/cgroup.bash"
global_flags=(--profile oci)

again .
mapfile -t names < <(awk '$(NF - 2) == "cgroup" { n = split($5, part, "/"); print part[n] }' /proc/self/mountinfo)
# shellcheck disable=SC2016
roots='awk "\$5 ~ \"^/sys/fs/cgroup/\" { print \$4 }" /proc/self/mountinfo | sort -u'
writable='for at in /sys/fs/cgroup /sys/fs/cgroup/*; do [ -L $at ] || { mkdir $at/new 2>/dev/null && echo $at && rmdir $at/new; }; done'
for profile in oci hardened; do
	global_flags=(--profile "$profile")
	for ns in with without; do
		again --arg ns $ns '.linux.namespaces |= map(select(.type != "cgroup")) |
			if $ns == "with" then .linux.namespaces += [{type: "cgroup"}] else . end'
		what="$profile, $ns a cgroup namespace"
		inside=$(run_sh "$b" "ls /sys/fs/cgroup; $roots; echo writable:; $writable; echo end; cat /proc/self/cgroup" 2>&1)
		is "$what: every v1 hierarchy is there" "$(for name in "${names[@]}"; do
			grep -qx "$name" <<<"$inside" || echo "$name"; done)" ''
		is "$what: nothing can be made there" "$(sed -n '/^writable:/,/^end/p' <<<"$inside")" 'writable:
end'
		wanted=$top
		[ $ns = with ] || [ "$profile" = hardened ] && wanted=/
		is "$what: what it sees as its own" "$(sed '1,/^end/d' <<<"$inside" | cut -d: -f3 | sort -u)" "$wanted"
		is "$what: the root of the mounts" "$(grep '^/' <<<"$inside" | grep -v '^/sys/fs' | head -n 1)" "$wanted"
	done
done

global_flags=(--profile oci)
again '.mounts |= map(if .type == "cgroup" then .options = ["nosuid", "noexec", "nodev"] else . end)'
is 'writable when it was asked for' "$(run_sh "$b" "$writable" 2>&1 | wc -l)" "$(($(wc -w <<<"$hierarchies") + 1))"
