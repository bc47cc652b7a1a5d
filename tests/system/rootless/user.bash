# An ordinary user with subordinate ids, who exists in the mount namespace of this test only: files
# with one more line lie over /etc/passwd and /etc/group. Sourced instead of lib.sh.
#
# shellcheck shell=bash disable=SC2034 # variables for whoever sources this

[ -n "${scratch:-}" ] || . "$top_srcdir/tests/system/lib.sh" # unless an engine has brought it
need jq setpriv newuidmap newgidmap /bin/busybox
[ -u "$(command -v newuidmap)" ] || [ -n "$(getcap "$(command -v newuidmap)" 2>/dev/null)" ] ||
	skip 'newuidmap is neither setuid root nor has it file capabilities'
[ "$(cat /proc/sys/kernel/unprivileged_userns_clone 2>/dev/null || echo 1)" = 1 ] ||
	skip 'kernel.unprivileged_userns_clone is 0'

user=caisson-test
user_id=64321
sub_first=2113929216 # 0x7e000000, far from the pool of the tests and from what useradd gives

add_user() {
	local file
	for file in passwd group; do
		cp "/etc/$file" "$scratch/$file" || return
		mount --bind "$scratch/$file" "/etc/$file" || return
	done
	echo "$user:x:$user_id:$user_id::$scratch/home:/bin/sh" >>/etc/passwd
	echo "$user:x:$user_id:" >>/etc/group
	for file in /etc/subuid /etc/subgid; do # of this test already, see isolate.sh
		[ -e $file ] || skip "there is no $file to lay another one over"
		echo "$user:$sub_first:65536" >>$file
	done
	mkdir -p "$scratch/home" "$scratch/run" && chmod 0700 "$scratch/run"
	install -m 0755 "$CAISSON" "$scratch/caisson" # wherever it was built, the user may not get there
	chown "$user_id:$user_id" "$scratch/home" "$scratch/run"
}

add_user || bail 'add a user'
mounts_before=$(list_mounts)
CAISSON=$scratch/caisson

# The user's own environment: nothing of root's.
as_user() { # COMMAND...
	setpriv --reuid="$user_id" --regid="$user_id" --clear-groups --inh-caps=-all --bounding-set=+all \
		env -i PATH=/usr/local/bin:/usr/bin:/bin HOME="$scratch/home" \
		XDG_RUNTIME_DIR="$scratch/run" ASAN_OPTIONS="${ASAN_OPTIONS:-}" "$@"
}

caisson() {
	as_user "$CAISSON" "$@"
}

# As new_bundle, but the user's: what root of the container owns.
user_bundle() { # NAME [SPEC-OPTION...]
	local bundle=$scratch/home/$1
	shift
	mkdir -p "$bundle" && new_rootfs "$bundle/rootfs" &&
		chown -R -h "$user_id:$user_id" "$bundle" && caisson spec "$@" --bundle "$bundle" >&2 &&
		edit "$bundle" '.process.terminal = false | .root.readonly = false' && echo "$bundle"
}

user_state() { # what is left of the user's containers
	find "$scratch/run" -mindepth 2
}
