#!/bin/bash
# Help of the program and of each command; what happens on a wrong command line.
. "$top_srcdir/tests/system/lib.sh"

help=$(caisson --help 2>"$scratch/stderr")
is 'exit status of --help' $? 0
is 'nothing on standard error' "$(cat "$scratch/stderr")" ''
for command in run create start state kill delete list spec features plan; do
	like "--help names $command" "$help" "(^|[^a-z])$command([^a-z]|\$)"
	succeeds "$command --help" caisson "$command" --help
done
# What a person sees: every command that the program has, on a terminal of 24 lines of 80 columns.
commands=$(sed -n "s/^_caisson_commands='\(.*\)'/\1/p" <<<"$(caisson completion bash)")
is 'all commands' "$(wc -w <<<"$commands")" "$(grep -c '^   [a-z]* .*[^]]$' <<<"${help#*COMMANDS}")"
for command in $commands completion; do
	is "$command --help: on one screen, with an example" "$(caisson "$command" --help |
		awk '{ if (length($0) > 80) wide++ } /^EXAMPLE: caisson / { example++ }
			END { print (NR <= 24), wide + 0, example }')" '1 0 1'
done
is 'no arguments: the same help' "$(caisson)" "$help"

caisson --no-such-flag >/dev/null 2>"$scratch/stderr"
is 'exit status for an unknown flag' $? 1
like 'an unknown flag is named' "$(cat "$scratch/stderr")" 'no-such-flag'
caisson no-such-command >/dev/null 2>&1
is 'exit status for an unknown command' $? 3
fails_with 'a missing container id' 'requires exactly 1 argument' caisson state
