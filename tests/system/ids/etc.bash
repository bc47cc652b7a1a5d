# What the tests of id blocks share. They source this instead of lib.sh: an /etc of the test's own,
# so that it can give and take ranges, add the administrator's file and edit accounts.
#
# shellcheck shell=bash

own_etc=$(mktemp -d "${TMPDIR:-/tmp}/caisson-etc.XXXXXX") || exit 1
mount -t tmpfs -o mode=0755 tmpfs "$own_etc"
cp -a --one-file-system /etc/. "$own_etc" 2>/dev/null
for file in subuid subgid; do # isolate.sh has mounted these
	cat "/etc/$file" >"$own_etc/$file"
done
rm -rf "$own_etc/caisson"
mount --move "$own_etc" /etc
rmdir "$own_etc"

. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox

pool() { # [USER FIRST:COUNT]...: the whole of /etc/subuid and /etc/subgid
	: >/etc/subuid
	while [ $# -gt 0 ]; do
		echo "$1:$2" >>/etc/subuid
		shift 2
	done
	cat /etc/subuid >/etc/subgid
}

registry=/run/caisson-ids

claims() { # how many blocks are claimed
	find "$registry" -type f -regex '.*/[0-9a-f]*' | wc -l
}
