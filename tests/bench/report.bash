# From results.tsv to what people read: a table, JSON, a chart. Columns of results.tsv: cgroup version,
# bundle, mode, kind (time ratio value), key, runtime, then median and 10th percentile, or a value.
#
# shellcheck shell=bash

describe_machine() {
	jq -n --arg kernel "$(uname -sr)" --argjson processors "$(nproc)" \
		--arg load "$(cut -d' ' -f1-3 /proc/loadavg)" --arg date "$(date -u +%F)" \
		--argjson rounds "$rounds" --argjson checking "$checking" \
		--arg caisson "$("$CAISSON" --version | head -n 1)" \
		--arg runc "$(runc --version 2>/dev/null | head -n 1)" \
		--arg crun "$(crun --version 2>/dev/null | head -n 1)" --arg peers "${PEERS:-}" \
		'$ARGS.named'
}

make_json() { # DIRECTORY
	# shellcheck disable=SC2016 # jq's variable
	jq -nR --slurpfile machine "$1/machine.json" '{
		machine: $machine[0],
		results: [inputs / "\t" | {cgroup: .[0], bundle: .[1], mode: .[2], kind: .[3],
			key: .[4], runtime: .[5], value: (.[6] | tonumber),
			p10: (if .[7] == "-" then null else .[7] | tonumber end)}]
	}' "$1/results.tsv"
}

# Times with the ratio of the first runtime to this one, and all other values.
make_table() { # DIRECTORY
	jq -r '"\(.kernel), \(.processors) processors, load \(.load) at the start, \(.rounds) rounds",
		(if .checking then "CHECKING ONLY: measured on a busy machine, not to be quoted"
		else empty end)' "$1/machine.json"
	awk -F'\t' '
	function title(what) {
		if (what != last)
			printf "\n%s\n", what
		last = what
	}
	$4 == "ratio" { ratio[$1 $2 $3 $5 $6] = $7; ratio10[$1 $2 $3 $5 $6] = $8; next }
	{ line[++n] = $0 }
	END {
		for (i = 1; i <= n; i++) {
			split(line[i], f, "\t")
			if (f[4] == "time") {
				title(f[1] ", bundle " f[2] ", " f[3] ", " f[5] \
					": median us, p10 us, ratios of the first to this")
				at = f[1] f[2] f[3] f[5] f[6]
				printf "  %-12s %10d %10d %8s %8s\n", f[6], f[7], f[8],
					at in ratio ? ratio[at] : "", at in ratio10 ? ratio10[at] : ""
			} else {
				title(f[1] ", bundle " f[2] ", " f[6])
				printf "  %-24s %10d\n", f[5], f[7]
			}
		}
	}' "$1/results.tsv"
}

# Bars for docker's bundle: one group a measurement, one bar a runtime, each group as wide as its
# slowest; the number is the median in milliseconds.
make_chart() { # DIRECTORY
	awk -F'\t' -v heading="$(jq -r '"\(.kernel), \(.processors) processors, \(.date)"
		+ (if .checking then " (checking only, busy machine)" else "" end)' "$1/machine.json")" '
	BEGIN {
		color["hardened"] = "#0b5f8a"; color["oci"] = "#3d9bc7"; color["floor"] = "#9aa5ab"
	}
	$2 == "docker" && $4 == "time" {
		group = $1 ", " $5 ", " $3
		if (!(group in size)) groups[++n_groups] = group
		name[group, ++size[group]] = $6
		value[group, size[group]] = $7
		if ($7 > most[group]) most[group] = $7
	}
	END {
		for (i = 1; i <= n_groups; i++) height += 30 + 16 * size[groups[i]]
		printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"760\" height=\"%d\" " \
			"font-family=\"sans-serif\" font-size=\"12\">\n", height + 60
		print "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>"
		print "<text x=\"10\" y=\"22\" font-size=\"15\" font-weight=\"bold\">" \
			"milliseconds, median, docker&#8217;s default configuration</text>"
		printf "<text x=\"10\" y=\"40\" fill=\"#555\">%s</text>\n", heading
		y = 66
		for (i = 1; i <= n_groups; i++) {
			g = groups[i]
			printf "<text x=\"10\" y=\"%d\" font-weight=\"bold\">%s</text>\n", y, g
			for (j = 1; j <= size[g]; j++) {
				y += 16
				who = name[g, j]
				width = most[g] > 0 ? 500 * value[g, j] / most[g] : 0
				printf "<text x=\"100\" y=\"%d\" text-anchor=\"end\">%s</text>\n", y, who
				printf "<rect x=\"108\" y=\"%d\" width=\"%.1f\" height=\"12\" fill=\"%s\"/>\n",
					y - 10, width < 1 ? 1 : width, who in color ? color[who] : "#d08c3f"
				printf "<text x=\"%.1f\" y=\"%d\">%.2f</text>\n", 114 + width, y,
					value[g, j] / 1000
			}
			y += 30
		}
		print "</svg>"
	}' "$1/results.tsv"
}
