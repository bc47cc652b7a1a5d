#!/bin/bash
# House idioms that a search can decide: banned.h last in every source, no goto, exit() in main.c
# only, no unfinished work, no file above 800 lines.
find_missing_banned() {
	local file last
	find src -name '*.c' | while read -r file; do
		last=$(grep -E '^#[ ]*include' "$file" | tail -n 1)
		[ "$last" = '#include "base/banned.h"' ] || echo "$file: base/banned.h is not the last include"
	done
}

find_exits() {
	grep -rnE '(^|[^_a-z."])exit\(' src --include='*.c' |
		grep -vE '^src/(cli|init)/main\.c:|: ?\* |/\*' | sed 's/$/ (exit belongs to main.c)/'
}

findings=$(
	find_missing_banned
	find_exits
	grep -rnE '^[^/*"]*\bgoto [a-z]' src include
	grep -rnE '\b(TODO|FIXME|XXX)\b' src include profiles man
	find src include -name '*.[ch]' -exec awk 'END { if (FNR > 800) print FILENAME ": " FNR " lines" }' {} \;
)
[ -z "$findings" ] && exit 0
printf '%s\n' "$findings"
exit 1
