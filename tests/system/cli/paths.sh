#!/bin/bash
# Relative paths on the command line: those of the caller's directory, whatever the bundle is.
. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox

b=$(new_bundle) || bail 'make a bundle'
set_args "$b" sleep 60

check() { # DESCRIPTION DIRECTORY CREATE-ARGUMENTS...
	local what=$1 dir=$2
	shift 2
	new_id
	cd "$dir" || return
	succeeds "$what: create" caisson create "$@" "$id"
	cd / || return
	is "$what: the bundle in state is absolute" "$(caisson state "$id" | jq -r .bundle)" "$b"
	is "$what: and the rootfs" "$(caisson state "$id" | jq -r .rootfs)" "$b/rootfs"
	succeeds "$what: start, from elsewhere" caisson start "$id"
	succeeds "$what: delete, from elsewhere" caisson delete --force "$id"
}

check 'no --bundle: the current directory' "$b"
check 'an empty --bundle: too' "$b" --bundle ''
check '--bundle .' "$b" --bundle .
check 'a name' "$scratch" --bundle bundle
check 'up and down' "$b/rootfs/bin" --bundle ../../../bundle/
ln -s bundle "$scratch/link"
check 'a symlink to the bundle' "$scratch" --bundle link

# root.path is relative to the bundle, not to the caller.
mkdir "$scratch/elsewhere"
edit "$b" '.root.path = "./rootfs/../rootfs"'
check 'root.path is relative to the bundle' "$scratch/elsewhere" --bundle ../bundle
edit "$b" --arg path "$b/rootfs" '.root.path = $path'
check 'an absolute root.path' "$scratch/elsewhere" --bundle ../bundle
edit "$b" '.root.path = "rootfs"'

# --root too.
cd "$scratch" || exit
new_id
mkdir -m 0700 states
succeeds '--root relative: create' caisson --root states create --bundle bundle "$id"
is '--root relative: it is there' "$(ls states)" "$id"
succeeds '--root by another name: start' caisson --root ./elsewhere/../states start "$id"
succeeds '--root absolute: delete' caisson --root "$scratch/states" delete --force "$id"
is 'nothing is left in it' "$(ls -A states)" ''

# A source of a bind mount is relative to the bundle.
mkdir "$b/data"
echo from-the-bundle >"$b/data/file"
edit "$b" '.mounts += [{ destination: "/data", type: "bind", source: "data", options: ["bind"] }]'
cd "$scratch/elsewhere" || exit
is 'a relative mount source is one of the bundle' "$(run_sh "$b" 'cat /data/file')" from-the-bundle
cd "$scratch" || exit

# The caller's directory may be gone.
mkdir gone && cd gone && rmdir ../gone
edit "$b" 'del(.mounts[-1])'
set_args "$b" sleep 60
new_id
succeeds 'create from a directory that is gone' caisson create --bundle "$b" "$id"
succeeds 'delete too' caisson delete "$id"
cd "$scratch" || exit

# The bundle may go while the container runs.
new_id
cp -a bundle moving
succeeds 'run --detach' caisson run --detach --bundle moving "$id"
mv moving moved
rm -rf moved/config.json
is 'state of a container whose bundle is gone' "$(status_of "$id")" running
succeeds 'kill it' caisson kill "$id" KILL
eventually has_status "$id" stopped
rm -rf --one-file-system moved
succeeds 'delete it' caisson delete "$id"
