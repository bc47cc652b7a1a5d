#!/bin/bash
# caisson-init stays in the memory of every waiting container, so its size is a property.
limit=65536
size=$(wc -c <"$top_builddir/caisson-init") || exit 1
echo "= caisson-init is $size bytes ($INIT_LIBC), limit $limit"
[ "$size" -lt $limit ] && exit 0
# A static glibc alone is larger than the limit: nothing to hold against the code.
[ "$INIT_LIBC" = musl ] || { echo "$size bytes: built with a $INIT_LIBC"; exit 77; }
exit 1
