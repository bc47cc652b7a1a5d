#!/bin/bash
# A root file system that an engine has mounted as an overlay, under a user namespace: what the
# container sees, what it may do, and what is stored.
. "$top_srcdir/tests/system/lib.sh"
need jq setcap python3
. "$top_srcdir/tests/system/overlay/overlay.bash"

image "$store/base" || bail 'make an image'
setcap cap_net_bind_service+ep "$store/base/bin/set-id" || bail 'set file capabilities'
mkdir -p "$store/top/data" "$store/top/opt/whole" "$store/top/opt/merged"
mknod "$store/top/data/gone" c 0 0
set_xattr "$store/top/opt/whole" trusted.overlay.opaque y
echo high >"$store/top/opt/merged/high"
touch "$store/top/opt/whole/hidden2" "$store/base/data/deep/er/kept"

owner() {
	stat -c '%u:%g %a' "$1"
}

for way in "${ways[@]}"; do
	use_way "$way"
	b=$(overlay_bundle "$way") && layers "$way" || bail 'make a bundle'
	overlay_mount "$b" "lowerdir=$store/top:$store/base,upperdir=$upper,workdir=$work" || bail 'mount an overlay'
	rung=$way
	! kernel_before 6.15 || rung=idmapped-overlay-by-path # the only one
	is "$way: the rung in plan" "$(rung_of "$b")" "$rung"

	set_args "$b" sleep 60
	new_id
	succeeds "$way: create" caisson "${global_flags[@]}" create --bundle "$b" "$id"
	is "$way: the rung in state" "$(caisson state "$id" | jq -r .caisson.rung)" "$rung"
	succeeds "$way: its work directory is there" test -d "$store/$way"/caisson-work-*
	is "$way: and is root's alone" "$(owner "$store/$way"/caisson-work-*)" '0:0 700'
	caisson delete --force "$id"
	no_work_is_left "$way: the work directory goes with the container"

	out=$(run_sh "$b" '
		echo ids $(id -u) $(id -g)
		echo map $(cat /proc/self/uid_map)
		echo read $(cat /etc/shadow)
		echo owner $(stat -c %u:%g /data/www /etc/shadow)
		echo whiteout $(cat /data/gone 2>/dev/null || echo none)
		echo opaque $(ls /opt/whole) merged $(ls /opt/merged)
		echo new >/new && chown 33:1000 /new && chmod 4711 /new
		echo more >>/etc/shadow && chown 1000 /data/www
		rm /data/deep/er/file && mkdir /data/sub && touch /data/sub/x && chown 33:33 /data/sub/x
		rm -r /opt/merged && mkdir /opt/merged && echo again >/opt/merged/again
		ln /new /linked && ln -s /etc/shadow /link && mkfifo /fifo
		echo null $(mknod /null c 1 3 2>&1 && echo made)
		stat -c "made %u:%g %a %h" /new
	' 2>&1)
	like "$way: root inside" "$out" '^ids 0 0$'
	like "$way: not outside" "$out" '^map 0 1879[0-9]* 65536$'
	like "$way: a file of root only" "$out" '^read secret$'
	like "$way: owners are those of the image" "$out" '^owner 33:33 0:0$'
	like "$way: whiteout" "$out" '^whiteout none$'
	like "$way: opaque directory" "$out" '^opaque hidden2 merged high low$'
	like "$way: new files" "$out" '^made 33:1000 4711 2$'
	unlike "$way: no device nodes" "$out" '^null made'
	is "$way: stored new file" "$(owner "$upper/new")" '33:1000 4711'
	is "$way: stored copied file" "$(owner "$upper/etc/shadow")" '0:0 600'
	is "$way: its content" "$(cat "$upper/etc/shadow")" $'secret\nmore'
	is "$way: stored changed owner" "$(owner "$upper/data/www")" '1000:33 644'
	is "$way: stored below a new directory" "$(owner "$upper/data/sub/x")" '33:33 644'
	is "$way: stored fifo" "$(owner "$upper/fifo")" '0:0 644'
	succeeds "$way: stored whiteout" test -c "$upper/data/deep/er/file"
	is "$way: stored opaque directory" "$(get_xattr "$upper/opt/merged" trusted.overlay.opaque)" y
	is "$way: the image is as it was" "$(cat "$store/base/etc/shadow" "$store/base/data/deep/er/file")" \
		$'secret\ndeep'
	succeeds "$way: the engine's mount works on" touch "$b/rootfs/data/engine"
	succeeds "$way: so it does in the layers below" rm "$b/rootfs/opt/whole/hidden2" "$b/rootfs/data/deep/er/kept"

	# the same upper layer again, with other ids: the last block goes to the end of the queue
	again=$(run_sh "$b" 'cat /proc/self/uid_map /etc/shadow; stat -c "again %u:%g %a" /new; echo 2 >/second' 2>&1)
	like "$way: a second container has another block" "$again" '^ *0 +1879[0-9]+ +65536$'
	isnt "$way: really another" "$(grep -o '1879[0-9]*' <<<"$again")" "$(grep -o '1879[0-9]*' <<<"$out")"
	like "$way: it sees what the first has written" "$again" '^again 33:1000 4711$'
	is "$way: and its files are stored the same" "$(owner "$upper/second")" '0:0 644'
	umount "$b/rootfs"
	no_work_is_left "$way: no work directory is left"
done
