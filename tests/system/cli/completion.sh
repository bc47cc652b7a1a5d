#!/bin/bash
# What bash completes, with the script that is installed: commands, options of the command, values,
# containers, signals.
. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox

succeeds 'the script' caisson completion bash
caisson completion bash >"$scratch/completion"
succeeds 'bash can read it' bash -n "$scratch/completion"
succeeds 'it is what is installed' cmp "$scratch/completion" "$top_builddir/completions/caisson"
compopt() { :; } # only a shell with a prompt has it
# shellcheck disable=SC1091
. "$scratch/completion"

completes() { # DESCRIPTION WANTED WORD...: the last word is what is being typed
	local what=$1 wanted=$2
	shift 2
	COMP_WORDS=(caisson "$@")
	COMP_CWORD=$#
	COMPREPLY=()
	_caisson
	is "$what" "$(printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd' ')" "$wanted"
}

completes 'commands' 'create' cr
completes 'commands behind global options' 'pause plan ps' --profile oci --root /x p
completes 'options of the command and global ones' '--pid-file --pidfd-socket --preserve-fds --profile' create --p
completes 'options of another' '--pids-limit --profile' update --p
completes 'no hidden ones' '' --cri
completes 'profiles' 'restricted' --profile restr
completes 'words' 'cgroupfs' --cgroup-manager cgr
completes 'the value of an option that means something else elsewhere' 'json' list -f j
completes 'formats are those of the command' 'text' plan --format t
completes 'severities' 'critical' audit --fail-on cr
mkdir "$scratch/bundle-a" "$scratch/bundle-b"
touch "$scratch/bundle-file"
completes 'directories' "$scratch/bundle-a $scratch/bundle-b" create --bundle "$scratch/bund"
completes 'files' "$scratch/bundle-a $scratch/bundle-b $scratch/bundle-file" create --config "$scratch/bund"
completes 'the argument of a command' "$scratch/bundle-a $scratch/bundle-b" plan "$scratch/bund"
completes 'signals' 'SIGKILL' kill box SIGKI
completes 'topics of help' 'update' help up

b=$(new_bundle box) || bail 'make a bundle'
set_args "$b" sleep 60
new_id
caisson create --bundle "$b" "$id"
completes 'containers' "$id" state "${id%?}"
completes 'none of another state directory' '' --root "$scratch" state "${id%?}"
completes 'nor with an equals sign' '' --root = "$scratch" state "${id%?}"
completes 'the value behind an equals sign' 'json' list --format = j
completes 'all of them behind an equals sign' 'json table' list --format =
completes 'also behind options' "$id" delete --force "${id%?}"
caisson delete "$id"

fails_with 'no other shell' "no completions for 'fish': bash or zsh" caisson completion fish
caisson completion zsh >"$scratch/_caisson"
is 'zsh: what is installed' "$(cat "$scratch/_caisson")" "$(cat "$top_builddir/completions/_caisson")"
if command -v zsh >/dev/null; then
	succeeds 'zsh can read it' zsh -n "$scratch/_caisson"
else
	skip_point 'zsh can read it' 'zsh is not installed'
fi
