#!/bin/bash
# SIGKILL of create at moments spread over the time it takes, most of them while the overlay is being
# built: delete --force, or the next create of the same id, leaves no work directory, no mount, no
# ids. And a work directory that no record knows of any more does not stop the next create.
. "$top_srcdir/tests/system/lib.sh"
need jq strace
. "$top_srcdir/tests/system/overlay/overlay.bash"

image "$store/base" || bail 'make an image'
b=$(overlay_bundle bundle) && layers one || bail 'make a bundle'
overlay_mount "$b" "lowerdir=$store/base,upperdir=$upper,workdir=$work"
set_args "$b" sleep 60

nothing_is_left() { # sets $left
	find_processes
	left=$leaked_processes$(list_cgroups; list_state; ls -d "$store"/one/caisson-work-* 2>/dev/null)
	left+=$(diff <(echo "$mounts_here") <(list_mounts))
	[ -z "$left" ]
}
mounts_here=$(list_mounts)

# at the n-th call of one kind, in the middle of building
killed_at() { # CALL N WAY
	use_way "$3"
	new_id
	strace -qq -o /dev/null -f -e "trace=$1" -e "inject=$1:signal=KILL:when=$2" \
		"$CAISSON" "${global_flags[@]}" create --bundle "$b" "$id" >/dev/null 2>&1
	isnt "$3, killed at $1 $2: it was" "$?" 0
	if [ $((n_ids % 2)) = 0 ]; then
		succeeds "$3, killed at $1 $2: delete --force" caisson delete --force "$id"
	else
		succeeds "$3, killed at $1 $2: create of the same id" \
			caisson "${global_flags[@]}" create --bundle "$b" "$id"
		succeeds "$3, killed at $1 $2: delete" caisson delete --force "$id"
	fi
	eventually nothing_is_left
	is "$3, killed at $1 $2: nothing is left" "$left" ''
}

for way in "${ways[@]}"; do
	for n in 1 2; do
		killed_at mount_setattr $n "$way"
		killed_at open_tree $n "$way"
		killed_at move_mount $n "$way"
	done
done
for n in 1 2 3; do
	killed_at setfsuid $n idmapped-overlay
done
killed_at fsmount 1 idmapped-overlay
killed_at mount 1 idmapped-overlay-by-path
killed_at fspick 1 idmapped-overlay
killed_at clone3 3 idmapped-overlay-by-path

# a failure in the middle is undone at once
for call in mount_setattr:when=2 fsconfig:when=4 setfsuid:when=1 fsmount:when=1 openat2:when=1; do
	use_way idmapped-overlay
	new_id
	fails "failing ${call}: create fails" strace -qq -o /dev/null -f -e "inject=${call%%:*}:error=EPERM:${call#*:}" \
		"$CAISSON" create --bundle "$b" "$id"
	eventually nothing_is_left
	is "failing ${call}: nothing is left" "$left" ''
done

# a host that went down: state and mounts are gone, the directory stays
new_id
succeeds 'create' caisson create --bundle "$b" "$id"
left_over=$(echo "$store"/one/caisson-work-*)
cp -a --attributes-only "$left_over" "$store/kept"
caisson delete --force "$id"
cp -a "$store/kept" "$left_over" && mkdir -p "$left_over/work/#1/deep" && echo x >"$left_over/work/#1/deep/file"
ln -s /etc "$left_over/work/link"
succeeds 'create over what was left' caisson create --bundle "$b" "$id"
succeeds 'it is a new one' test ! -e "$left_over/work/link"
caisson delete --force "$id"
succeeds 'what a link there named is as it was' test -e /etc/passwd
rm -r "$store/kept"
eventually nothing_is_left
is 'nothing is left' "$left" ''
umount "$b/rootfs"
