#!/bin/bash
# Several propagation options of one mount, each applied in order (MNT-12), as runc does; and late
# changes of a mount, which reach that mount and not what is at its path by then.
# shellcheck disable=SC2016 # expressions of jq and of the shell inside
. "$top_srcdir/tests/system/volumes/volumes.bash"

b=$(new_bundle)
scratch_fs
global_flags=(--profile oci)
mkdir "$fs/source" "$fs/source/sub" && mount -t tmpfs sub "$fs/source/sub"

# "shared master" without the numbers of the groups
words() { sed -n 's,.* /v[^ ]* [^ ]* \(.*\)- .*,\1,p' | sed 's/:[0-9]*//g; s/ *$//' | tr '\n' ';'; }
seen() { # RUNTIME...
	new_id
	"$@" run --bundle "$b" "$id" 2>&1 | words
}
set_args "$b" cat /proc/self/mountinfo
edit "$b" '.ociVersion = "1.0.2"'
each_kind() { # JSON of the mount, OPTIONS of it
	local options wanted
	for options in '"shared"' '"private", "shared"' '"shared", "private"' '"shared", "slave"' \
		'"rshared", "rslave"' '"slave", "shared"' '"rslave", "rshared", "private"' '"shared", "unbindable"'; do
		edit "$b" ".mounts |= map(select(.destination != \"/v\")) | .mounts += [$1 | .options += [$options]]"
		wanted=$(seen "${runc[@]}")
		is "as runc: $2 $options" "$(seen caisson --profile oci)" "$wanted"
	done
}
if command -v runc >/dev/null; then
	runc=(runc --root "$scratch/runc")
	each_kind '{destination: "/v", type: "tmpfs", source: "t", options: []}' tmpfs
	each_kind "{destination: \"/v\", source: \"$fs/source\", options: [\"rbind\"]}" rbind
else
	skip_point 'as runc' 'runc is not installed'
fi

# Read-only at the end: the tmpfs, not what lies over it by then.
edit "$b" --arg from "$fs/source" '.mounts |= map(select(.destination != "/v")) | .mounts += [
	{destination: "/v", type: "tmpfs", source: "t", options: ["ro"]},
	{destination: "/v", source: $from, options: ["bind", "rw"]}]'
is 'a read-only tmpfs with a volume over it' "$(run_sh "$b" 'echo x >/v/new && cat /v/new' 2>&1)" x
like 'is read-only itself' "$(run_sh "$b" 'grep " /v .* - tmpfs t " /proc/self/mountinfo')" ' / /v ro[, ]'
edit "$b" '.mounts |= map(select(.destination != "/v")) | .mounts += [range(20) |
	{destination: "/v\(.)", type: "tmpfs", source: "t", options: ["ro"]}]'
is 'many of them' "$(run_sh "$b" 'grep -c " /v[0-9]* ro[, ]" /proc/self/mountinfo')" 20
edit "$b" '.mounts |= map(if .source == "t" then .options = ["shared", "slave"] else . end)'
fails_with 'with several options each there are at most eight' 'more than 8 mounts of this kind' run_sh "$b" true
