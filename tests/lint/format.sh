#!/bin/bash
# The layout of the code is what clang-format makes of it. Other versions format differently.
version=$(clang-format --version 2>/dev/null | sed -n 's/.*version \([0-9]*\).*/\1/p')
[ -z "$version" ] && echo 'clang-format is not installed' && exit 77
[ "$version" = 14 ] || { echo "clang-format is $version, the layout is that of 14"; exit 77; }
findings=$(find src include tests -name '*.[ch]' -print0 |
	xargs -0 clang-format --dry-run --style=file 2>&1 | sed -n 's/: warning: code should.*//p' |
	cut -d: -f1 | sort | uniq -c)
[ -z "$findings" ] && exit 0
echo 'places to be formatted, by file:'
printf '%s\n' "$findings"
exit 1
