#!/bin/bash
# The words with which create reports a program that can't be run: docker turns them into exit codes
# 126 and 127, podman and CRI-O compare them too.
. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox

b=$(new_bundle) || bail 'make a bundle'
root=$b/rootfs
mkdir -p "$root/opt/dir" "$root/opt/secret"
printf '#!/bin/sh\necho found\n' >"$root/opt/plain"
cp "$root/opt/plain" "$root/opt/tool"
cp "$root/opt/plain" "$root/opt/secret/tool"
chmod 0644 "$root/opt/plain"
chmod 0755 "$root/opt/tool" "$root/opt/secret/tool"
chmod 0700 "$root/opt/secret"
printf '#!/no/such/interpreter\n' >"$root/opt/orphan"
printf 'neither ELF nor script\n' >"$root/opt/text"
chmod 0755 "$root/opt/orphan" "$root/opt/text"
ln -s /opt/nowhere "$root/opt/dangling"
ln -s loop "$root/opt/loop"

says() { # DESCRIPTION WORDS ARGV...
	local what=$1 words=$2
	shift 2
	set_args "$b" "$@"
	for command in create 'run --detach' run; do
		new_id
		# shellcheck disable=SC2086 # run and its flag
		caisson --profile "$profile" --log-format json $command --bundle "$b" "$id" \
			>/dev/null 2>"$scratch/stderr"
		is "$profile: ${command%% *}${command#"${command%% *}"}: $what: exit status 1" $? 1
		is "$profile: $command: $what" "$(jq -r .msg "$scratch/stderr")" \
			"caisson ${command%% *} failed: unable to start container process: $words"
		is "$profile: $command: $what: no container" "$(status_of "$id")" ''
	done
}

for profile in hardened oci; do
	says 'a name that PATH does not have' 'exec: "nope": executable file not found in $PATH' nope
	says 'an absolute name that is not there' \
		'exec: "/nope": stat /nope: no such file or directory' /nope
done
profile=hardened
says 'a file that is not executable' 'exec: "/opt/plain": permission denied' /opt/plain
says 'a directory' 'exec: "/opt/dir": is a directory: permission denied' /opt/dir
says 'a component that is no directory' \
	'exec: "/opt/plain/x": stat /opt/plain/x: not a directory' /opt/plain/x
says 'a symlink to nothing' 'exec: "/opt/dangling": stat /opt/dangling: no such file or directory' \
	/opt/dangling
says 'symlinks in a circle' \
	'exec: "/opt/loop": stat /opt/loop: too many levels of symbolic links' /opt/loop
says 'a relative name is one of the cwd' \
	'exec: "./nope": stat ./nope: no such file or directory' ./nope
says 'an empty name' 'exec: "": executable file not found in $PATH' ''

edit "$b" '.process.env = ["PATH=/opt/dir:/opt"]'
says 'PATH leads to a file that is not executable' \
	'exec: "plain": executable file not found in $PATH' plain
says 'PATH leads to a directory' 'exec: "dir": executable file not found in $PATH' dir
set_args "$b" tool
edit "$b" '.process.env = ["PATH=/opt/secret:/opt/dir:/opt"]'
new_id
is "the workload's own PATH counts" "$(caisson run --bundle "$b" "$id")" found
edit "$b" '.process.env = ["PATH=/bin", "PATH=/opt"]'
is 'and of several the last' "$(caisson run --bundle "$b" "$id")" found
edit "$b" '.process.env = ["PATH=:/bin"] | .process.cwd = "/opt"'
is 'an empty element is the cwd' "$(caisson run --bundle "$b" "$id")" found
edit "$b" 'del(.process.env) | .process.cwd = "/"'
says 'no PATH at all' 'exec: "tool": executable file not found in $PATH' tool

# As the user that will run it, not as root.
edit "$b" '.process.user = { uid: 1000, gid: 1000 } | .process.env = ["PATH=/opt/secret"]'
says "a directory that the workload's user may not search" \
	'exec: "tool": executable file not found in $PATH' tool
says "an absolute name below it" \
	'exec: "/opt/secret/tool": stat /opt/secret/tool: permission denied' /opt/secret/tool

# What only execve() can find out shows at start, on stderr of the workload, with exit status 255 ...
edit "$b" '.process.user = { uid: 0, gid: 0 } | .process.env = ["PATH=/bin"]'
after_start() { # DESCRIPTION WORDS PROGRAM
	set_args "$b" "$3"
	new_id
	succeeds "$1: create" caisson create --bundle "$b" "$id" 2>"$scratch/stderr"
	caisson start "$id"
	eventually has_status "$id" stopped
	like "$1: what the workload's stderr says" "$(cat "$last_output")" "$2"
	succeeds "$1: delete" caisson delete "$id"
	fails_with "$1: run says it itself" "$2" caisson run --bundle "$b" "$id"
}
after_start 'an interpreter that is missing' 'exec /opt/orphan: no such file or directory' /opt/orphan
after_start 'neither ELF nor script' 'exec /opt/text: exec format error' /opt/text
