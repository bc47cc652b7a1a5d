#!/bin/bash
# What else Buildah can be asked for (make check-engines-long; the rest is in buildah/).
. "$top_srcdir/tests/engines/buildah/build.sh"
need python3

with_container() { # OPTION... -- COMMAND...: of buildah run, in a working container of its own
	local own=()
	runtime_options
	while [ "$1" != -- ]; do
		own+=("$1")
		shift
	done
	shift
	container=$(buildah from --name "working-$name" "${ulimits[@]}" --network none --cgroup-parent "/$test_tag/$name" localhost/box)
	buildah run "${options[@]}" "${own[@]}" "$container" "$@"
	echo "status $?"
	buildah rm "$container" >/dev/null
}

words() { with_container --workingdir /tmp --env ONE=1 --hostname inside -- sh -c 'pwd; echo "$ONE"; hostname'; }
operation '--workingdir, --env, --hostname' $'/tmp\n1\ninside\nstatus 0' words

volumes() {
	mkdir dir && echo there >dir/file && chown -R 1000:1000 dir
	with_container -v "$work/dir:/data" -v "$work/dir/file:/etc/text:ro" -- sh -c 'cat /data/file /etc/text; exec 2>&1; echo new >/data/new; echo x >/etc/text' 2>/dev/null
	cat dir/new
}
operation '-v directory, file:ro' $'there\nthere\n/bin/sh: can\'t create /etc/text: Read-only file system\nstatus 1\nnew' volumes

capabilities() { with_container --cap-drop ALL --cap-add CHOWN -- sh -c 'grep -E "^Cap(Eff|Bnd)" /proc/self/status | tr -s "\t" " "' 2>&1 | grep -v '^status'; }
operation '--cap-drop, --cap-add' = capabilities

not_found() { with_container -- nosuchprogram 2>&1 | grep -oE 'executable file not found in \$PATH' | uniq; }
operation 'program not found' 'executable file not found in $PATH' not_found

network_host() { with_container --network host -- echo started 2>&1; }
refused_by=CIS-5.10 operation '--network host' $'started\nstatus 0' network_host

pid_host() { with_container --pid host -- sh -c "[ -d /proc/$$ ] && echo sees the host" 2>&1; }
refused_by=CIS-5.16 operation '--pid host' $'sees the host\nstatus 0' pid_host

standard_input() { echo words | with_container -- cat; }
operation 'run, standard input' $'words\nstatus 0' standard_input

on_terminal() {
	local options container
	runtime_options
	container=$(buildah from --name "working-$name" "${ulimits[@]}" --network none --cgroup-parent "/$test_tag/$name" localhost/box)
	terminal expect='# ' send='tty; exit 3\n' -- buildah run "${options[@]}" -t "$container" sh | grep -E '^(status|restored|/dev/|failed:)'
	buildah rm "$container" >/dev/null
}
operation 'run -t' $'status: 3\nrestored: yes\n/dev/pts/0' on_terminal

ten() {
	local i pids=() options
	runtime_options
	for i in {1..10}; do
		(
			trap - EXIT
			mkdir "b$i" && cd "b$i" || exit
			printf 'FROM localhost/box\nRUN echo %s >/made\n' "$i" >Dockerfile
			buildah bud "${options[@]}" "${ulimits[@]}" --network none --cgroup-parent "/$test_tag/$name-$i" -q -t "built-$name-$i" . >/dev/null &&
				echo "$i" && buildah rmi "localhost/built-$name-$i" >/dev/null
		) &
		pids+=($!)
	done >all 2>errors
	wait "${pids[@]}"
	cat errors
	sort -n all | tr '\n' ' '
}
op_limit_s=200 operation 'ten builds at once' '1 2 3 4 5 6 7 8 9 10 ' ten
for absent in 'exec, stop, kill, restart, pause, update, ...' 'live-restore'; do
	no_operation "$absent" 'buildah runs one command after the other'
done
