#!/bin/bash
# Colours: on a terminal that has some, for who has not asked for none; the words are the same.
. "$top_srcdir/tests/system/lib.sh"
need jq python3

b=$(new_bundle) || bail 'make a bundle'
esc=$'\x1b'

on_terminal() { # ENVIRONMENT... -- ARGUMENT...: what caisson prints on one, sets $out
	local vars=()
	while [ "$1" != -- ]; do vars+=("$1"); shift; done
	shift
	out=$(env -u NO_COLOR -u TERM "${vars[@]}" python3 "$top_srcdir/tests/system/terminal.py" drive 24x80 limit=60 -- \
		"$CAISSON" "$@" | sed '1,/^$/d' | tr -d '\r')
}
strip() {
	sed "s/$esc\[[0-9;]*m//g"
}

while read -r args; do
	# shellcheck disable=SC2086 # words
	plain=$(TERM=xterm caisson $args "$b")
	unlike "$args: a pipe gets none" "$plain" "$esc"
	# shellcheck disable=SC2086
	on_terminal TERM=xterm -- $args "$b"
	like "$args: a terminal gets some" "$out" "$esc\[[0-9;]+m[^$esc]+$esc\[0m"
	is "$args: and the same words" "$(strip <<<"$out")" "$plain"
	is "$args: every one ends" "$(grep -o "$esc\[[0-9;]*m" <<<"$out" | awk 'NR % 2 == ($0 ~ /\[0m$/)')" ''
	# shellcheck disable=SC2086
	on_terminal TERM=xterm NO_COLOR=1 -- $args "$b"
	is "$args: NO_COLOR" "$out" "$plain"
	# shellcheck disable=SC2086
	on_terminal TERM=xterm NO_COLOR= -- $args "$b"
	like "$args: an empty NO_COLOR is none" "$out" "$esc"
	# shellcheck disable=SC2086
	on_terminal TERM=dumb -- $args "$b"
	is "$args: a dumb terminal" "$out" "$plain"
	# shellcheck disable=SC2086
	on_terminal A=b -- $args "$b"
	is "$args: a terminal of no kind" "$out" "$plain"
done <<'END'
audit --fail-on never
plan
plan --diff oci
check --bundle
END

# Formats for programs have none anywhere.
on_terminal TERM=xterm -- audit --fail-on never --format json "$b"
unlike 'JSON on a terminal' "$out" "$esc"

# Foreign text can't paint.
edit "$b" '.process.args = ["sh", "\u001b[31mred"] | .mounts += [{ destination: "/\u001b[31mx", type: "bind", source: "/etc", options: ["bind"] }]'
on_terminal TERM=xterm -- plan "$b"
unlike 'escapes of a config are shown, not obeyed' "$out" "$esc\[31m(red|x)"
