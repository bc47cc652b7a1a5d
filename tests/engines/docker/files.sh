#!/bin/bash
# Files of a container seen by docker: cp, diff, commit, export, volumes.
. "$top_srcdir/tests/engines/docker.bash"

copied_in() {
	echo from outside >"$work/file" && chmod 0640 "$work/file" && chown 33:33 "$work/file"
	start box sleep 100
	docker cp -a "$work/file" "$name:/etc/file"
	docker exec "$name" stat -c '%a %u:%g' /etc/file
	docker exec "$name" cat /etc/file
}
operation 'cp into a running container' $'640 33:33\nfrom outside' copied_in

copied_out() {
	start box sh -c 'echo from inside >/home/file; chown 1000:1000 /home/file; chmod 0604 /home/file; echo written; sleep 100'
	logged written
	docker cp -a "$name:/home/file" "$work/file"
	stat -c %a "$work/file"
	cat "$work/file"
}
operation 'cp out of a running container' $'604\nfrom inside' copied_out

# What one side has looked up must not hide from it what the other side changes.
copied_again() {
	start box sleep 100
	echo first >"$work/file"
	docker exec "$name" ls /etc /home /srv 2>/dev/null | grep -x file
	docker cp "$work/file" "$name:/etc/file"
	docker cp "$work/file" "$name:/home/file"
	docker cp "$work/file" "$name:/etc/text"
	docker exec "$name" cat /etc/file /home/file /etc/text
	docker exec "$name" touch /etc/inside /home/inside && docker diff "$name" | grep inside | sort
	docker cp "$name:/usr/bin" - >/dev/null
	docker exec "$name" sh -c 'echo second >/usr/bin/file'
	docker cp "$name:/usr/bin/file" - | tar -xO
	docker cp "$work/file" "$name:/usr/bin/other" && docker exec "$name" ls /usr/bin
}
operation 'cp both ways with exec between' $'first\nfirst\nfirst\nA /etc/inside\nA /home/inside\nsecond\nfile\nother' copied_again

reloaded() { # nothing but a signal tells the program that a file has been copied in
	start --workdir /home box sh -c 'trap "cat config" HUP; cat config 2>&1; echo ready; while :; do sleep 0.1; done'
	logged ready
	echo 'new config' >config
	docker cp config "$name:/home/config"
	docker kill -s HUP "$name" >/dev/null
	logged 'new config'
	docker logs "$name"
}
operation 'cp, then a signal to read it' $'cat: can\'t open \'config\': No such file or directory\nready\nnew config' reloaded

copied_stopped() {
	echo first >"$work/file"
	new_container create box cat /etc/file >/dev/null
	docker cp "$work/file" "$name:/etc/file"
	docker start -a "$name"
	docker cp "$name:/etc/file" - | tar -xO
}
operation 'cp with a stopped container' $'first\nfirst' copied_stopped

changed='echo new >/home/new; rm /etc/text; echo more >>/etc/group; mkdir /home/dir; chown 33:1000 /home/dir /home/new; chmod 4755 /home/new; rm -r /var; mkdir /var; touch /var/only'

diff_of() {
	new_container run box sh -c "$changed"
	docker diff "$name" | sort
}
operation 'diff' $'A /home/dir\nA /home/new\nA /var/only\nC /etc\nC /etc/group\nC /home\nC /var\nD /etc/text' diff_of

# The image that is left must be right for everybody, so runc looks at it, whoever made it.
committed() {
	new_container run box sh -c "$changed"
	docker commit "$name" "image-$name" >/dev/null
	docker run --rm --runtime runc --net none "image-$name" sh -c '
		cat /home/new; stat -c "%n %a %u:%g" /home/dir /home/new; ls /etc/text /var 2>&1; tail -n 1 /etc/group'
	docker rmi "image-$name" >/dev/null
}
operation 'commit, seen by runc' \
	$'new\n/home/dir 755 33:1000\n/home/new 4755 33:1000\nls: /etc/text: No such file or directory\n/var:\nonly\nmore' committed

committed_again() {
	new_container run box sh -c "$changed"
	docker commit "$name" "image-$name" >/dev/null
	docker rm "$name" >/dev/null
	run "image-$name" sh -c 'exec 2>&1; cat /home/new; stat -c "%n %a %u:%g" /home/dir /home/new; ls /etc/text /var'
	docker rmi "image-$name" >/dev/null
}
operation 'commit, run again' \
	$'new\n/home/dir 755 33:1000\n/home/new 4755 33:1000\nls: /etc/text: No such file or directory\n/var:\nonly' committed_again

exported() {
	new_container run box sh -c "$changed"
	docker export "$name" | tar -tv --numeric-owner home/new home/dir | awk '{ print $1, $2, $6 }' | sort
}
operation 'export' $'-rwsr-xr-x 33/1000 home/new\ndrwxr-xr-x 33/1000 home/dir/' exported

built() {
	printf 'FROM box\nRUN echo made >/made && chown 1000:33 /made\nCOPY file /file\nUSER 1000\nCMD ["cat", "/made", "/file"]\n' >"$work/Dockerfile"
	echo copied >"$work/file"
	DOCKER_BUILDKIT=0 docker build --network none -q -t "image-$name" "$work" >/dev/null
	run "image-$name"
	run "image-$name" sh -c 'stat -c %u:%g /made /file; id -u'
	docker rmi "image-$name" >/dev/null
}
operation 'a built image' $'made\ncopied\n1000:33\n0:0\n1000' built

volume_directory() {
	mkdir "$work/dir" && echo there >"$work/dir/file" && chown -R 1000:1000 "$work/dir"
	run -v "$work/dir:/data" box sh -c 'cat /data/file; stat -c %u:%g /data/file; echo new >/data/new; echo more >>/data/file'
	cat "$work/dir/new" "$work/dir/file"
	stat -c %u:%g "$work/dir/new"
}
# Root of a hardened container is the owner of what is mounted into it, and not root of the host.
in_hardened=$'there\n0:0\nnew\nthere\nmore\n1000:1000' operation '-v directory' $'there\n1000:1000\nnew\nthere\nmore\n0:0' volume_directory

volume_of_root() {
	mkdir "$work/dir" && echo there >"$work/dir/file"
	run -v "$work/dir:/data" box sh -c 'exec 2>&1; cat /data/file; touch /data/new && echo written'
}
in_hardened=$'there\ntouch: /data/new: Read-only file system' operation '-v directory of root' $'there\nwritten' volume_of_root

volume_read_only() {
	mkdir "$work/dir" && echo there >"$work/dir/file"
	run -v "$work/dir:/data:ro" box sh -c 'exec 2>&1; cat /data/file; echo x >/data/file'
}
operation '-v directory:ro' $'there\nsh: can\'t create /data/file: Read-only file system' volume_read_only

volume_file() {
	echo there >"$work/file" && chown 1000:1000 "$work/file"
	run -v "$work/file:/etc/text" box sh -c 'cat /etc/text; echo changed >/etc/text'
	cat "$work/file"
}
operation '-v file' $'there\nchanged' volume_file

volume_named() {
	docker volume create "volume-$name" >/dev/null
	run -v "volume-$name:/etc" box sh -c 'cat /etc/text; echo kept >/etc/new; chown 1000 /etc/new'
	run -v "volume-$name:/data" box sh -c 'cat /data/new; stat -c %u /data/new'
	docker volume rm "volume-$name" >/dev/null
}
operation '-v named volume, filled from the image' $'text\nkept\n1000' volume_named

volume_anonymous() { run -v /data box sh -c 'touch /data/x; stat -c %u:%g /data/x'; }
operation '-v anonymous' 0:0 volume_anonymous

mounts_option() {
	mkdir "$work/dir"
	run --mount "type=bind,source=$work/dir,target=/data,readonly" --mount type=tmpfs,target=/t,tmpfs-size=64k \
		box sh -c 'exec 2>&1; touch /data/x; touch /t/x; df -k /t | tail -n 1 | tr -s " " | cut -d" " -f2'
}
operation '--mount' $'touch: /data/x: Read-only file system\n64' mounts_option

volumes_from() {
	docker create --runtime "$(runtime_name)" --name "$name-first" --net none -v /data box >/dev/null
	docker run --rm --runtime "$(runtime_name)" --net none --volumes-from "$name-first" box sh -c 'echo shared >/data/x'
	docker run --rm --runtime "$(runtime_name)" --net none --volumes-from "$name-first" box cat /data/x
	docker rm -v "$name-first" >/dev/null
}
operation '--volumes-from' shared volumes_from

owner_of_root() {
	start box sh -c 'touch /tmp/a; chown 1000:33 /tmp/a; echo written; sleep 100'
	logged written
	stat -c '%u:%g' "$(inspect '{{.GraphDriver.Data.UpperDir}}')/tmp/a"
}
operation 'owners in the upper directory' 1000:33 owner_of_root
