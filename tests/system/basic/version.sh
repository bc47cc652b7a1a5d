#!/bin/bash
# `caisson --version` in the form that engines parse.
. "$top_srcdir/tests/system/lib.sh"

out=$(caisson --version 2>"$scratch/stderr")
is 'exit status' $? 0
is 'nothing on standard error' "$(cat "$scratch/stderr")" ''
like 'the first line names program and version' "$(head -n 1 <<<"$out")" \
	'^[a-z]+ version [0-9]+\.[0-9]+\.[0-9]+'
is 'one line has the word version' "$(grep -c version <<<"$out")" 1
like 'the specification is named' "$out" '^spec: 1\.[0-9]+\.[0-9]+$'
