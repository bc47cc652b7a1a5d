#!/bin/bash
# Includes of other folders follow layers.txt: an include that goes up is an error.
find include src -name '*.[chS]' -exec awk -v rules=tests/lint/layers.txt '
BEGIN {
	while ((getline line < rules) > 0) {
		if (line ~ /^#/ || split(line, part, ":") != 2)
			continue
		known[part[1]] = 1
		n = split(part[2], to, " ")
		for (i = 1; i <= n; i++)
			allowed[part[1] " " to[i]] = 1
	}
}
/^[ \t]*#[ \t]*include[ \t]*"[^"]*\// {
	split(FILENAME, path, "/")
	from = path[2]
	split($0, quoted, "\"")
	split(quoted[2], target, "/")
	if (!(from in known)) {
		print FILENAME ": folder " from " is not in " rules
		bad = 1
	} else if (target[1] != from && !((from " " target[1]) in allowed)) {
		print FILENAME ":" FNR ": " from " may not include " quoted[2]
		bad = 1
	}
}
END { exit bad }' {} +
