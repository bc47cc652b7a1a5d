#!/bin/bash
# Every header compiles alone, and every header of include/ is in Makefile.am, hence in the tarball.
bad=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for header in $(find include src -name '*.h' | sort); do
	echo "#include \"$PWD/$header\"" >"$work/alone.c"
	# shellcheck disable=SC2086 # a list of flags; DEFS carries quoted strings
	if ! (cd "$top_builddir" && eval "$CC $HEADER_FLAGS" -fsyntax-only '"$work/alone.c"'); then
		echo "$header does not compile alone"
		bad=1
	fi
	grep -qF "$header" Makefile.am src/*/Makemodule.am || { echo "$header is in no makefile"; bad=1; }
done
exit $bad
