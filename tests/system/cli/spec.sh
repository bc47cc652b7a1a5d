#!/bin/bash
# spec, and the way from there to a container, as somebody would go it for the first time.
. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox

mkdir -p "$scratch/first/rootfs"
cd "$scratch/first" || exit
succeeds 'spec' caisson spec
is 'it says nothing' "$(cat "$last_output")" ''
is 'it writes config.json' "$(ls)" 'config.json
rootfs'
succeeds 'which is JSON' jq -e . config.json
is 'with a shell at a terminal' "$(jq -c '[.process.args, .process.terminal]' config.json)" '[["sh"],true]'
is 'in a root file system called rootfs' "$(jq -r .root.path config.json)" rootfs
before=$(cat config.json)
fails_with 'a second spec' 'File config.json exists. Remove it first' caisson spec
is 'changes nothing' "$(cat config.json)" "$before"
rm config.json
ln -s "$scratch/elsewhere" config.json
fails_with 'spec over a symlink' 'exists' caisson spec
is 'does not follow it' "$(ls "$scratch/elsewhere" 2>/dev/null)" ''
rm config.json
fails_with 'spec in no directory' 'no such file or directory' caisson spec --bundle "$scratch/none"
succeeds 'spec --bundle' caisson spec --bundle "$scratch/first"
succeeds 'plan of it' caisson plan "$scratch/first"

# The first mistakes, and what is said of them.
new_id
fails_with 'an empty root file system' 'exec: ."sh.": executable file not found in \$PATH' \
	eval 'edit "$scratch/first" ".process.terminal = false" && caisson run "$id"'
new_rootfs "$scratch/first/rootfs"
edit "$scratch/first" '.process.args = ["sh", "-c", "echo it works"]'
is 'and then it works' "$(caisson run "$id" 2>&1)" 'it works'
is 'twice' "$(caisson run "$id" 2>&1)" 'it works'
succeeds 'spec --rootless' eval 'rm config.json && caisson spec --rootless'
is 'spec --rootless: a user namespace' \
	"$(jq '[.linux.namespaces[].type] | index("user") != null' config.json)" true
is 'spec --rootless: the caller is root in there' "$(jq -c '.linux.uidMappings[0]' config.json)" \
	"{\"containerID\":0,\"hostID\":$(id -u),\"size\":1}"
cd / || exit
