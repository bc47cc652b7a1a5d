#!/bin/bash
# What caisson-init takes from the C library is a list under review: no allocator, no users, no
# stdio, no dlopen. The objects are linked among themselves, unused functions dropped, and what
# is still missing is compared with init.imports.
set -e
[ "${INIT_LIBC:?}" = musl ] || { echo "the list is musl's, this is a $INIT_LIBC"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$top_builddir"
# shellcheck disable=SC2086 # lists
$INIT_CC -r -nostdlib -no-pie -Wl,--gc-sections -Wl,--entry=main -o "$work/init.o" $INIT_OBJECTS
nm --format=posix --undefined-only "$work/init.o" | cut -d' ' -f1 |
	grep -vE '^(_GLOBAL_OFFSET_TABLE_|__stack_chk_fail)$' | LC_ALL=C sort >"$work/found"
grep '^[a-z_]' "$top_srcdir/tests/lint/init.imports" | LC_ALL=C sort >"$work/allowed"
if ! comm -23 "$work/found" "$work/allowed" >"$work/new" || [ -s "$work/new" ]; then
	sed 's/^/caisson-init may not use /' "$work/new"
	exit 1
fi
# A name that is no longer needed leaves the list, or it would be a door left open.
comm -13 "$work/found" "$work/allowed" >"$work/gone"
if [ -s "$work/gone" ]; then
	sed 's/^/no longer used, remove from init.imports: /' "$work/gone"
	exit 1
fi
echo "= $(wc -l <"$work/found") names"
