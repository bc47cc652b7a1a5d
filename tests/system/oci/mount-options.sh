#!/bin/bash
# Every mount option of the specification, as the kernel shows it inside (MNT-10 to MNT-16).
. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox
global_flags=(--profile oci)

b=$(new_bundle) || bail 'make a bundle'
mkdir -p "$scratch/tree/below" "$scratch/flagged/below"
echo text >"$scratch/tree/file"

# In the test's mount namespace: a tree with a mount below it, one with every flag set, one shared.
# They go with the last points, before leaks are looked for.
mount --bind "$scratch/tree" "$scratch/tree"
mount -t tmpfs below "$scratch/tree/below"
mount -t tmpfs flagged "$scratch/flagged" -o nosuid,nodev,noexec,noatime,nodiratime,nosymfollow,ro
mkdir "$scratch/peers"
mount -t tmpfs peers "$scratch/peers"
mount --make-shared "$scratch/peers"
unmount() {
	umount "$scratch"/{peers,flagged,tree/below,tree}
}

n=0
binds=[] news=[]
bind() { # WANTED OPTIONS [SOURCE]: a bind whose flags and propagation must be WANTED
	n=$((n + 1))
	wanted[n]=$1 options[n]=$2
	binds=$(jq -c --arg options "$2" --arg source "$scratch/${3:-tree}" \
		". + [{destination: \"/m/$n\", source: \$source, options: (\$options | split(\",\"))}]" <<<"$binds")
}

new() { # WANTED OPTIONS: the same for a tmpfs
	n=$((n + 1))
	wanted[n]=$1 options[n]="tmpfs $2"
	news=$(jq -c --arg options "$2" ". + [{destination: \"/m/$n\", type: \"tmpfs\", source: \"t\",
		options: (\$options | split(\",\"))}]" <<<"$news")
}

# "flags" are those of the mount, "below:flags" of the mount inside it
bind rw,relatime bind
bind rw,relatime rbind,defaults,loud,silent
bind ro,relatime bind,ro
bind rw,relatime ro,bind,rw
bind rw,nosuid,relatime nosuid,bind
bind rw,relatime bind,nosuid,suid
bind rw,nodev,relatime bind,nodev
bind rw,relatime bind,nodev,dev
bind rw,noexec,relatime bind,noexec
bind rw,relatime bind,noexec,exec
bind rw,noatime bind,noatime
bind rw,relatime bind,noatime,atime
bind rw,relatime bind,noatime,relatime
bind rw,nodiratime,relatime bind,nodiratime
bind rw,relatime bind,nodiratime,diratime
bind rw bind,strictatime
bind rw,relatime bind,strictatime,nostrictatime
bind rw,relatime,nosymfollow bind,nosymfollow
bind rw,relatime bind,nosymfollow,symfollow
bind rw,relatime bind,sync,dirsync,lazytime,mode=755,size=1k
bind ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow bind flagged
bind rw,noatime,nodiratime bind,rw,suid,dev,exec,symfollow flagged
bind ro,nosuid,nodev,noexec,nosymfollow bind,strictatime,diratime flagged
bind rw,relatime,below:rw,relatime rbind
bind ro,relatime,below:rw,relatime rbind,ro
bind ro,relatime,below:ro,relatime rbind,rro
bind rw,relatime,below:rw,relatime rbind,ro,rro,rrw
bind rw,nosuid,relatime,below:rw,nosuid,relatime rbind,rnosuid
bind rw,relatime,below:rw,relatime rbind,nosuid,rnosuid,rsuid,suid
bind rw,nodev,relatime,below:rw,nodev,relatime rbind,rnodev
bind rw,noexec,relatime,below:rw,noexec,relatime rbind,rnoexec
bind rw,relatime,below:rw,relatime rbind,rnoexec,rexec,rnodev,rdev
bind rw,noatime,below:rw,noatime rbind,rnoatime
bind rw,relatime,below:rw,relatime rbind,rnoatime,ratime
bind rw,relatime,below:rw,relatime rbind,rrelatime
bind rw,relatime,below:rw,relatime rbind,rnorelatime
bind rw,below:rw rbind,rstrictatime
bind rw,relatime,below:rw,relatime rbind,rstrictatime,rnostrictatime
bind rw,nodiratime,relatime,below:rw,nodiratime,relatime rbind,rnodiratime
bind rw,relatime,below:rw,relatime rbind,rnodiratime,rdiratime
bind rw,relatime,nosymfollow,below:rw,relatime,nosymfollow rbind,rnosymfollow
bind rw,relatime,below:rw,relatime rbind,rnosymfollow,rsymfollow
bind rw,relatime,shared bind,shared
bind rw,relatime,shared,below:rw,relatime rbind,shared
bind rw,relatime,shared,below:rw,relatime,shared rbind,rshared
bind rw,relatime,unbindable bind,unbindable
bind rw,relatime,unbindable,below:rw,relatime,unbindable rbind,runbindable
bind rw,relatime,master bind peers
bind rw,relatime,shared,master bind,shared peers
bind rw,relatime bind,private peers
bind rw,relatime bind,rprivate peers
bind rw,relatime,master bind,slave peers
bind rw,relatime,master bind,rslave peers
new rw,relatime size=1m
new ro,relatime ro
new rw,nosuid,nodev,noexec,relatime nosuid,nodev,noexec
new rw,noatime noatime
new rw strictatime
new rw,nodiratime,relatime nodiratime
new rw,relatime,nosymfollow nosymfollow
new rw,relatime,shared shared
new rw,relatime,unbindable unbindable
new ro,nosuid,relatime rro,rnosuid

edit "$b" --argjson mounts "$binds" --argjson news "$news" '.mounts += $mounts + $news'
run_sh "$b" 'cat /proc/self/mountinfo' >"$scratch/mountinfo" 2>"$scratch/stderr"
is 'nothing on standard error' "$(cat "$scratch/stderr")" ''

flags_of() { # MOUNT-POINT: flags, and propagation without numbers
	awk -v at="$1" '$5 == at {
		text = $6
		for (i = 7; $i != "-"; i++) { sub(/:.*/, "", $i); text = text "," $i }
		print text
	}' "$scratch/mountinfo"
}

for ((i = 1; i <= n; i++)); do
	got=$(flags_of "/m/$i")
	[[ ${wanted[i]} == *below:* ]] && got+=,below:$(flags_of "/m/$i/below")
	is "${options[i]}" "$got" "${wanted[i]}"
done

# --- what a line of mountinfo does not show --------------------------------------------------------

mounts_only() { # JSON: the mounts of the specification's example, and these
	edit "$b" --argjson mounts "$1" '.mounts |= map(select(.destination |
		test("^(/?[mx]/.*|/)$") | not)) | .mounts += $mounts'
}

mounts_only '[{"destination": "/x/sync", "type": "tmpfs", "source": "named",
	"options": ["sync", "dirsync", "lazytime", "mand", "iversion", "size=64k", "nr_inodes=9", "mode=711"]},
	{"destination": "/x/off", "type": "tmpfs", "source": "t",
	"options": ["sync", "async", "lazytime", "nolazytime", "mand", "nomand", "iversion", "noiversion"]}]'
run_sh "$b" 'grep /x/ /proc/self/mountinfo' >"$scratch/mountinfo" 2>&1
like 'options of the file system' "$(grep /x/sync "$scratch/mountinfo")" \
	' - tmpfs named rw,sync,dirsync,mand,lazytime,size=64k,nr_inodes=9,mode=711'
unlike 'and taken back' "$(grep /x/off "$scratch/mountinfo")" 'sync|lazytime|mand'

mkdir -p "$b/rootfs/x/up/dir" "$b/rootfs/x/mode" "$b/rootfs/x/deep"
echo content >"$b/rootfs/x/up/dir/file"
ln -s dir/file "$b/rootfs/x/up/link"
chmod 2750 "$b/rootfs/x/up/dir"
chown 5:6 "$b/rootfs/x/up/dir/file"
chmod 1731 "$b/rootfs/x/mode"
mounts_only '[
	{"destination": "/x/up", "type": "tmpfs", "source": "t", "options": ["tmpcopyup"]},
	{"destination": "/x/mode", "type": "tmpfs", "source": "t"},
	{"destination": "/x/given", "type": "tmpfs", "source": "t", "options": ["mode=0700"]},
	{"destination": "/x/new", "type": "tmpfs", "source": "t"}]'
is 'tmpcopyup takes content, owners and modes along; tmpfs the mode of the directory below it' \
	"$(run_sh "$b" 'cat /x/up/link; stat -c "%n %a %u:%g" /x/up/dir /x/up/dir/file /x/mode /x/given /x/new' 2>&1)" \
	'content
/x/up/dir 2750 0:0
/x/up/dir/file 644 5:6
/x/mode 1731 0:0
/x/given 700 0:0
/x/new 1777 0:0'
is 'the copy is the container'\''s' "$(cat "$b/rootfs/x/up/dir/file")" content

mounts_only '[
	{"destination": "/x/one", "type": "tmpfs", "source": "t"},
	{"destination": "/x/one/two", "type": "tmpfs", "source": "t"},
	{"destination": "/x/one/two", "type": "tmpfs", "source": "last"},
	{"destination": "/x/one", "options": ["remount", "bind", "ro", "nosuid"]}]'
is 'mounts are made in order, a remount changes the one below' \
	"$(run_sh "$b" 'awk "/x.one/ { print \$5, \$6, \$9 }" /proc/self/mountinfo' 2>&1)" \
	'/x/one ro,nosuid,relatime t
/x/one/two rw,relatime t
/x/one/two rw,relatime last'

touch "$b/rootfs/x/file"
ln -s /x/target "$b/rootfs/x/dangling"
ln -s ../../../../../../x/loop "$b/rootfs/x/loop"
mounts_only "$(jq -n --arg s "$scratch" '[
	{destination: "/x/deep/er/dir", source: ($s + "/tree"), options: ["bind"]},
	{destination: "/x/deep/er/file", source: ($s + "/tree/file"), options: ["bind"]},
	{destination: "/x/file", source: "rootfs/etc/passwd", options: ["bind"]},
	{destination: "/x/dangling", source: ($s + "/tree"), options: ["bind"]},
	{destination: "x/relative", source: ($s + "/tree"), options: ["bind"]},
	{destination: "/x/../x/./dots", source: ($s + "/tree"), options: ["bind"]}]')"
is 'mount points are made: directories and files, through a link that leads nowhere' \
	"$(run_sh "$b" 'cat /x/deep/er/dir/file /x/deep/er/file /x/target/file /x/relative/file /x/dots/file
		head -n 1 /x/file; stat -c %a /x/deep/er' 2>&1)" "$(printf 'text\n%.0s' 1 2 3 4 5)
root:x:0:0:root:/root:/bin/sh
755"
is 'in the root file system only' "$(ls /x 2>/dev/null)" ''

# --- errors ------------------------------------------------------------------------------------------

refused() { # DESCRIPTION REGEX MOUNT
	mounts_only "[$3]"
	fails_with "$1" "$2" run_sh "$b" true
}

refused 'a loop of links' "/x/loop.*[Tt]oo many levels of symbolic links" \
	'{"destination": "/x/loop", "type": "tmpfs", "source": "t"}'
refused 'an option that the file system does not know' "/x/t.*option 'no-such-option'" \
	'{"destination": "/x/t", "type": "tmpfs", "source": "t", "options": ["no-such-option"]}'
refused 'a value it does not like' "/x/t.*option 'size=many'.*Bad value" \
	'{"destination": "/x/t", "type": "tmpfs", "source": "t", "options": ["size=many"]}'
refused 'a type that the kernel does not know' "file system type 'no-such-fs'" \
	'{"destination": "/x/t", "type": "no-such-fs", "source": "t"}'
refused 'neither a type nor a bind' "/mounts/[0-9]+: 'type' is missing, and it is no bind mount" \
	'{"destination": "/x/t", "source": "t"}'
refused 'a bind without source' '/mounts/[0-9]+: a bind mount needs a source' \
	'{"destination": "/x/t", "options": ["bind"]}'
refused 'a source that is not there' "bind source '/no/such': no such file or directory" \
	'{"destination": "/x/t", "source": "/no/such", "options": ["bind"]}'
refused 'a directory onto a file' 'x/file.*not a directory' \
	"{\"destination\": \"/x/file\", \"source\": \"$scratch/tree\", \"options\": [\"bind\"]}"
refused 'a file onto a directory' 'x/deep.*not a directory' \
	"{\"destination\": \"/x/deep\", \"source\": \"$scratch/tree/file\", \"options\": [\"bind\"]}"
refused 'a mount over the root' "cannot mount over the container's root" \
	'{"destination": "/", "type": "tmpfs", "source": "t"}'
refused 'proc on a link' 'must be mounted on ordinary directory' \
	'{"destination": "/x/dangling", "type": "proc", "source": "proc"}'
refused 'sysfs on a file' 'must be mounted on ordinary directory' \
	'{"destination": "/x/file", "type": "sysfs", "source": "sysfs"}'
refused 'a map without a user namespace' "mount '/x/t': idmap without mappings needs a user namespace" \
	'{"destination": "/x/t", "source": "/tmp", "options": ["bind", "idmap"]}'
refused 'an unknown kind of flag stays data' "'rnosuchthing'" \
	'{"destination": "/x/t", "type": "tmpfs", "source": "t", "options": ["rnosuchthing"]}'
unmount
