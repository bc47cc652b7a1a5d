#!/bin/bash
# Manual pages are clean for mandoc, and each flag that --help shows is in caisson(8).
pages=$(ls man/*.[1-8] 2>/dev/null)
[ -z "$pages" ] && echo 'man/ has no page' && exit 1
command -v mandoc >/dev/null || { echo 'mandoc is not installed'; exit 77; }
# shellcheck disable=SC2086 # a list
mandoc -T lint -W warning $pages || exit 1

bad=0
text=$(mandoc -T ascii man/caisson.8 | sed 's/.\x08//g')
known() { # FLAG
	printf '%s' "$text" | grep -qE -- "(^|[^a-z-])$1([^a-z-]|\$)"
}
for command in '' audit check run create start state pause resume update events kill delete list spec features \
	plan ids gc; do
	# shellcheck disable=SC2086 # no command at all for the global flags
	help=$("$CAISSON" $command --help) || { echo "caisson $command --help fails"; bad=1; }
	for flag in $(printf '%s' "$help" | grep -oE -- '--[a-z][a-z-]+' | sort -u); do
		known "$flag" || { echo "caisson $command $flag is not in man/caisson.8"; bad=1; }
	done
done
exit $bad
