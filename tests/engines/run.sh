#!/bin/bash
# usage: tests/engines/run.sh [ENGINE|SCRIPT...]       (make check-engines)
# Runs the tests of real engines as tests/system/run.sh runs its own, in a network namespace too,
# and prints at the end what works with runc and with caisson's profiles.
set -u
: "${top_srcdir:?run me through make check-engines}" "${top_builddir:?}"
table=$top_builddir/tests/engines/results${1:+-of-some}
mkdir -p "${table%/*}" && : >"$table" || exit 1

# Data of engines needs a file system that can be below an overlay; /tmp is often none.
export TMPDIR=${CAISSON_ENGINES_DIR:-/var/tmp} CAISSON_ENGINES_TABLE=$table
export CAISSON_TESTS=engines
[ $# -gt 0 ] || set -- buildah/ containerd/ docker/ podman/ # long/ only where it is asked for
bash "$top_srcdir/tests/system/run.sh" "$@"
status=$?
bash "$top_srcdir/tests/engines/table" "$table" | sed 's/^/# /'
exit $status
