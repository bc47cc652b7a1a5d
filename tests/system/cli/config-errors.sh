#!/bin/bash
# What is said of a bundle that can't be used; nothing is made for it.
. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox

b=$(new_bundle) || bail 'make a bundle'
set_args "$b" true
cp "$b/config.json" "$scratch/good.json"

refuses() { # DESCRIPTION REGEX
	local command
	new_id
	for command in create run; do
		fails_with "$command: $1" "$2" caisson $command --bundle "$b" "$id"
		is "$command: $1: no container" "$(caisson list -q)" ''
	done
	fails_with "plan: $1" "$2" caisson plan "$b"
	cp "$scratch/good.json" "$b/config.json"
}

rm "$b/config.json"
refuses 'no config.json' 'JSON specification file config.json not found'
: >"$b/config.json"
refuses 'an empty config.json' 'config.json'
echo '{ "ociVersion": ' >"$b/config.json"
refuses 'half a config.json' 'config.json'
echo '[]' >"$b/config.json"
refuses 'a config.json that is no object' 'config.json'
edit "$b" 'del(.process)'
refuses 'no process' 'process property must not be empty'
edit "$b" '.process.args = []'
refuses 'no args' 'args must not be empty'
edit "$b" 'del(.process.args)'
refuses 'args left out' 'args must not be empty'
edit "$b" '.process.cwd = "tmp"'
refuses 'a relative cwd' 'Cwd must be an absolute path'
edit "$b" '.process.cwd = ""'
refuses 'an empty cwd' 'Cwd must be an absolute path'
edit "$b" '.ociVersion = "2.0.0"'
refuses 'another major version' '/ociVersion'
edit "$b" 'del(.ociVersion)'
refuses 'no version' 'ociVersion'
edit "$b" '.process.args = "sh"'
refuses 'a string for an array' '/process/args'
edit "$b" '.process.user.uid = -1'
refuses 'a negative uid' '/process/user/uid'
edit "$b" '.process.user.uid = 4294967296'
refuses 'a uid of 33 bits' '/process/user/uid'
edit "$b" '.root.path = "no-such-rootfs"'
refuses 'no rootfs' 'no-such-rootfs.*no such file or directory'
edit "$b" '.root.path = "config.json"'
refuses 'a rootfs that is a file' 'config.json.*not a directory'
edit "$b" 'del(.root)'
refuses 'no root' "'root' is missing"
sed -i 's/"hostname"/"ociVersion": "1.0.0", "hostname"/' "$b/config.json"
refuses 'a key given twice' 'ociVersion'
rm "$b/config.json" && mkfifo "$b/config.json"
new_id
fails_with 'create: a config.json that is a fifo' 'config.json' \
	timeout 5 "$CAISSON" create --bundle "$b" "$id"
rm "$b/config.json" && mkdir "$b/config.json"
fails_with 'create: a config.json that is a directory' 'config.json' caisson create --bundle "$b" "$id"
rmdir "$b/config.json"
head -c 9000000 /dev/zero | tr '\0' ' ' | cat "$scratch/good.json" - >"$b/config.json"
refuses 'a config.json above 8 MiB' 'config.json'
for ((i = 0; i < 70; i++)); do printf '['; done >"$scratch/deep"
edit "$b" '.deep = "DEEP"'
sed -i "s/\"DEEP\"/$(cat "$scratch/deep")$(tr '[' ']' <"$scratch/deep")/" "$b/config.json"
refuses 'nested 70 deep' 'deep|nest'

fails_with 'a bundle that is not there' "bundle '.*': no such file or directory" \
	caisson create --bundle "$scratch/none" "$id"
fails_with 'a bundle that is a file' 'not a directory' caisson create --bundle "$b/config.json" "$id"

# What is known to be wrong is told all at once, before anything is made.
edit "$b" '.linux.namespaces = [] | .process.noNewPrivileges = "yes"'
refuses 'a string for a boolean' '/process/noNewPrivileges'
is 'and the bundle still runs when it is right again' "$(caisson run --bundle "$b" "$id"; echo $?)" 0

# Other names for the file (crun's --config).
mv "$b/config.json" "$b/other.json"
succeeds '--config FILE' caisson run --bundle "$b" --config other.json "$id"
fails_with '--config of nothing' 'JSON specification file none.json not found' \
	caisson run --bundle "$b" --config none.json "$id"
