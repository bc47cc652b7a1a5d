#!/bin/bash
# Privileged and new system calls are made in src/sys only. Symbols are read, not sources, so that
# a macro cannot hide one. privileged.txt lists the calls, and the exceptions with their reasons.
# shellcheck source=tests/lint/objects.bash
. tests/lint/objects.bash

findings=$(for folder in $(layer_folders); do
	[ "$folder" = sys ] || object_symbols "$folder" undefined
done | awk '
NR == FNR && /^#/ { next }
NR == FNR { if ($1 == "call") call[$2] = 1; else if (NF > 2) excepted[$1 " " $2] = 1; next }
{
	source = $1
	sub(/^src\//, "", source)
	sub(/\.i?o$/, ".c", source)
	if (($2 in call) && !((source " " $2) in excepted))
		print $1 ": calls " $2 ", which belongs to src/sys"
}' tests/lint/privileged.txt -)
[ -z "$(folder_objects sys)" ] && echo 'no objects: build first' && exit 1
[ -z "$findings" ] && exit 0
printf '%s\n' "$findings"
exit 1
