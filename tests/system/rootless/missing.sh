#!/bin/bash
# What an administrator has to do is in the message: no subordinate ids, no helpers.
. "$top_srcdir/tests/system/rootless/user.bash"

b=$(user_bundle bundle) || bail 'make a bundle'
set_args "$b" true
succeeds 'as it is, it runs' caisson run --bundle "$b" "$test_tag-x"

for file in subuid subgid; do
	cp "/etc/$file" "$scratch/$file"
	sed "/^$user:/d" "$scratch/$file" >"/etc/$file"
	fails_with "no line in /etc/$file: the command that adds one" \
		"/etc/$file gives user '$user' no subordinate ids; as root: usermod --add-subuids .* $user\"?\$" \
		caisson run --bundle "$b" "$test_tag-x"
	cat "$scratch/$file" >"/etc/$file"
done
sed -i "/^$user:/d" "$scratch/subuid" && echo "$user_id:$sub_first:65536" >>"$scratch/subuid"
cat "$scratch/subuid" >/etc/subuid
succeeds 'a line with the number instead of the name' caisson run --bundle "$b" "$test_tag-x"

for helper in newuidmap newgidmap; do
	echo >"$scratch/false" && chmod 0644 "$scratch/false"
	path=$(readlink -f "$(command -v $helper)")
	mount --bind "$scratch/false" "$path"
	fails_with "$helper can't be run: the package that has it" \
		"$helper failed: .*package uidmap" caisson run --bundle "$b" "$test_tag-x"
	umount "$path"
done
is 'nothing of the containers is left' "$(user_state)" ''
