#!/bin/bash
# Ten containers of one image at once: ten blocks of ids, one set of lower layers, nobody reaches
# another's processes or files, and each upper layer holds what its container wrote, as root's.
. "$top_srcdir/tests/system/lib.sh"
need jq
. "$top_srcdir/tests/system/overlay/overlay.bash"

image "$store/base" || bail 'make an image'
before=$(find "$store/base" -printf '%P %U:%G %m %s %T@ %C@\n' | sort)
count=10
ids=() bundles=()
for ((i = 0; i < count; i++)); do
	b=$(overlay_bundle "bundle-$i") && layers "c$i" || bail 'make a bundle'
	overlay_mount "$b" "lowerdir=$store/base,upperdir=$upper,workdir=$work"
	set_args "$b" sh -c "echo from $i >>/etc/shadow; echo $i >/own; chown 33 /own; exec sleep 60"
	new_id
	ids+=("$id") bundles+=("$b")
done

for ((i = 0; i < count; i++)); do
	caisson run --detach --bundle "${bundles[i]}" "${ids[i]}" </dev/null >"$scratch/out-$i" 2>&1 &
done
wait
for ((i = 0; i < count; i++)); do
	eventually grep -qs . "$store/c$i/diff/own" || fail "container $i works" "$(cat "$scratch/out-$i")"
	eventually has_status "${ids[i]}" running
done

pids=() uids=()
for id in "${ids[@]}"; do
	pids+=("$(pid_of "$id")")
	uids+=("$(stat -c %u "/proc/${pids[-1]}")")
done
is 'ten blocks of ids' "$(printf '%s\n' "${uids[@]}" | sort -u | wc -l)" $count
is 'none is of the host' "$(printf '%s\n' "${uids[@]}" | awk '$1 < 65536')" ''
for ((i = 0; i < count; i++)); do
	is "container $i: stored as root's and www's" \
		"$(stat -c '%u:%g' "$store/c$i/diff/etc/shadow" "$store/c$i/diff/own" | xargs)" '0:0 33:0'
	is "container $i: its own content" "$(cat "$store/c$i/diff/etc/shadow" "$store/c$i/diff/own" | xargs)" \
		"secret from $i $i"
done

# root of the first, on the host's own mounts and processes: what a break-out would have
as_first() {
	setpriv --reuid "${uids[0]}" --regid "${uids[0]}" --clear-groups "$@"
}
if command -v setpriv >/dev/null; then
	for ((i = 1; i < count; i++)); do
		fails "first to $i: no signal" as_first kill -0 "${pids[i]}"
		fails "first to $i: no files by its root" as_first ls "/proc/${pids[i]}/root/"
		fails "first to $i: no files of its upper layer" as_first cat "$store/c$i/diff/etc/shadow"
		fails "first to $i: no writing there" as_first touch "$store/c$i/diff/own"
	done
	fails 'first: no work directory of its own' as_first ls "$store"/c0/caisson-work-*
else
	skip_point 'no way between containers' 'setpriv is not installed'
fi

for ((i = 0; i < count; i++)); do
	caisson delete --force "${ids[i]}"
	umount "${bundles[i]}/rootfs"
done
is 'the image is as it was' "$(find "$store/base" -printf '%P %U:%G %m %s %T@ %C@\n' | sort)" "$before"
no_work_is_left 'no work directory is left'
