#!/bin/bash
# The forms of the report for programs and browsers: what each must have by its own rules, and that text
# of a bundle stays text.
# shellcheck disable=SC2016 # expressions of jq inside
. "$top_srcdir/tests/system/lib.sh"
need jq

b=$(new_bundle) || bail 'make a bundle'
# Markup, quotes, an escape sequence, a right-to-left override and a byte that is no UTF-8.
hostile='/x"><script>alert(1)</script><img src=http://example.org/x onerror=alert(2)>'"'"'&amp;'
edit "$b" --arg path "$hostile" '.mounts += [{destination: ("/a" + $path + "\u202e\u001b[31m"), type: "bind", source: "/",
	options: ["rbind", "shared"]}, {destination: "/proc/b", type: "bind", source: "/dev", options: ["bind"]}]
	| .process.capabilities.bounding += ["CAP_SYS_ADMIN"] | .linux.namespaces |= map(select(.type != "network"))'
# which labels the host has loaded is no matter here
echo '{ "extends": "restricted", "rules": { "CIS-5.2": "allow", "CIS-5.3": "allow", "CS-LSM-2": "allow" } }' >"$scratch/profile.json"
report() { # FORMAT
	caisson --profile "$scratch/profile.json" audit --format "$1" --fail-on never "$b"
}

# --- JSON: the document of caisson(8) -----------------------------------------------------------------------

report json >"$scratch/report.json"
is 'JSON: members of the document' "$(jq -c 'keys' "$scratch/report.json")" '["profile","targets"]'
is 'JSON: members of a target' "$(jq -c '.targets[0] | keys' "$scratch/report.json")" \
	'["findings","kind","name","rules","score"]'
is 'JSON: every finding has what it must, and nothing else' "$(jq '[.targets[].findings[]
	| select(((keys - ["rule", "severity", "title", "verdict", "where", "found", "accepts", "decided", "reason", "fix",
		"reference"]) != []) or ((["rule", "severity", "title", "verdict", "found", "reason", "fix"] - keys) != [])
		or (map_values(type == "string") | all | not))] | length' "$scratch/report.json")" 0
is 'JSON: words of severity and verdict' "$(jq -c '[.targets[].findings[] | .severity, .verdict] | unique - ["info", "low",
	"medium", "high", "critical", "noted", "warned", "tightened", "refused"]' "$scratch/report.json")" '[]'
is 'JSON: decided is of what is tightened alone' "$(jq '[.targets[].findings[] | select(has("decided") != (.verdict == "tightened"))
	| select(.verdict == "tightened" or has("decided"))] | length' "$scratch/report.json")" 0
is 'JSON: the score' "$(jq '.targets[0].score' "$scratch/report.json")" 0

# --- SARIF 2.1.0: what its specification demands --------------------------------------------------------------

report sarif >"$scratch/report.sarif"
sarif() { # DESCRIPTION FILTER: must be true
	is "SARIF: $1" "$(jq -r "$2" "$scratch/report.sarif")" true
}
sarif 'version and schema (3.13.2, 3.13.3)' '.version == "2.1.0" and (."$schema" | test("sarif-(schema-)?2\\.1\\.0\\.json$"))'
sarif 'nothing else in the document (3.13)' '(keys - ["$schema", "version", "runs", "properties"]) == []'
sarif 'a run has a tool with a driver that has a name (3.14.6, 3.18.2, 3.19.8)' \
	'.runs | length == 1 and all(.tool.driver.name == "caisson" and (.tool.driver.version | type == "string"))'
sarif 'rules have ids of their own (3.49.3)' '.runs[0].tool.driver.rules | map(.id) | length == (unique | length) and length > 80'
sarif 'and texts that are messages (3.49.9 to 3.49.13)' \
	'.runs[0].tool.driver.rules | all((.shortDescription, .fullDescription, .help) | .text | type == "string" and length > 0)'
sarif 'levels of rules (3.50.3)' '[.runs[0].tool.driver.rules[].defaultConfiguration.level] - ["none", "note", "warning", "error"] == []'
sarif 'an invocation says whether it succeeded (3.20.14)' '.runs[0].invocations | all(.executionSuccessful == true)'
sarif 'every result has a message (3.27.11)' '.runs[0].results | length > 5 and all(.message.text | type == "string" and length > 0)'
sarif 'ruleIndex is the place of ruleId (3.27.6)' \
	'.runs[0] as $run | $run.results | all(. as $r | $run.tool.driver.rules[$r.ruleIndex].id == $r.ruleId)'
sarif 'kinds and levels (3.27.9, 3.27.10)' '([.runs[0].results[].kind] - ["fail", "informational"]) == []
	and ([.runs[0].results[].level] - ["none", "note", "warning", "error"]) == []'
sarif 'what is no failure has no level (3.27.10)' '.runs[0].results | all((.kind == "fail") == (.level != "none"))'
sarif 'there are both' '[.runs[0].results[].kind] | unique == ["fail", "informational"]'
sarif 'locations (3.28, 3.29, 3.33)' '.runs[0].results | all(.locations | length == 1 and all(
	(.physicalLocation.artifactLocation.uri | type == "string" and length > 0)
	and (.logicalLocations | all(.fullyQualifiedName | type == "string"))))'
sarif 'uris have no blanks (RFC 3986)' '[.runs[0].results[].locations[].physicalLocation.artifactLocation.uri | select(test("[ <>\"]"))] == []'
# Every object of it by the text of the standard; that what is wrong is seen is shown first.
violations() { # JQ-FILTER: of the report after it
	local lines
	lines=$(jq -c "$1" "$scratch/report.sarif" | jq -r -f "$top_srcdir/tests/system/audit/sarif.jq" 2>&1) ||
		lines="jq failed: $lines"
	head -n 1 <<<"$lines"
}
breaks() { # FILTER VIOLATION
	is "SARIF: seen: $2" "$(violations "$1")" "$2"
}
breaks 'del(.version)' '/version: required'
breaks '.version = "2.0.0"' '/version: no version: "2.0.0"'
breaks '.runs = {}' '/runs: no array'
breaks '.made = 1' '/made: not known'
breaks 'del(.runs[0].tool.driver.name)' '/runs/0/tool/driver/name: required'
breaks '.runs[0].tool.driver.rules[3].id = .runs[0].tool.driver.rules[2].id' 'runs/0: two rules of one id (3.49.3)'
breaks '.runs[0].tool.driver.rules[1] = .runs[0].tool.driver.rules[0]' '/runs/0/tool/driver/rules: an element twice'
breaks '.runs[0].tool.driver.rules[0].help = "text"' '/runs/0/tool/driver/rules/0/help: no object'
breaks '.runs[0].tool.driver.rules[0].defaultConfiguration.level = "high"' \
	'/runs/0/tool/driver/rules/0/defaultConfiguration/level: no level: "high"'
breaks '.runs[0].tool.driver.rules[0].properties.tags = ["a", "a"]' \
	'/runs/0/tool/driver/rules/0/properties: no propertyBag: {"security-severity":"0.0","tags":["a","a"]}'
breaks 'del(.runs[0].invocations[0].executionSuccessful)' '/runs/0/invocations/0/executionSuccessful: required'
breaks '.runs[0].results[0].message = {}' '/runs/0/results/0/message/text: required'
breaks '.runs[0].results[0].ruleIndex = 1.5' '/runs/0/results/0/ruleIndex: no index: 1.5'
breaks '.runs[0].results[0].ruleIndex += 1' 'runs/0/results/0: ruleIndex is that of another rule (3.27.6)'
breaks '.runs[0].results[0] |= (.kind = "informational" | .level = "error")' 'runs/0/results/0: a level, but no failure (3.27.10)'
breaks '.runs[0].results[0].locations[0].physicalLocation = {}' \
	'/runs/0/results/0/locations/0/physicalLocation/artifactLocation: required'
breaks '.runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri = "a b"' \
	'/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri: no uri: "a b"'
is 'SARIF: every object of the report' "$(violations .)" ''
sleeper=$(sleep 60 >/dev/null 2>&1 & echo $!)
caisson audit --format sarif --fail-on never --pid "$sleeper" >"$scratch/report.sarif"
is 'SARIF: every object of that of a process' "$(violations .)" ''
is 'SARIF: there is something in it' "$(jq '.runs[0].results | length > 3' "$scratch/report.sarif")" true
kill "$sleeper"
# The schema of the standard itself, where somebody has it and a validator.
if [ -n "${CAISSON_SARIF_SCHEMA:-}" ] && python3 -c 'import jsonschema' 2>/dev/null; then
	report sarif >"$scratch/bundle.sarif"
	for file in report bundle; do
		succeeds "SARIF: the schema of the standard, $file" python3 -c 'import json, jsonschema, sys
schema = json.load(open(sys.argv[1]))
jsonschema.validators.validator_for(schema)(schema).validate(json.load(open(sys.argv[2])))' \
			"$CAISSON_SARIF_SCHEMA" "$scratch/$file.sarif"
	done
else
	skip_point 'SARIF: the schema of the standard' 'CAISSON_SARIF_SCHEMA names none, or python3-jsonschema is missing'
fi

# --- HTML ------------------------------------------------------------------------------------------------------

report html >"$scratch/report.html"
html=$(cat "$scratch/report.html")
like 'HTML: the score' "$html" '<b>0</b><span>of 100</span>'
is 'HTML: a row and an article for each finding' \
	"$(grep -c '^<tr.*href="#f0-' "$scratch/report.html"):$(grep -c '^<article id="f0-' "$scratch/report.html")" \
	"$(jq '.targets[0].findings | length' "$scratch/report.json" | sed 's/\(.*\)/\1:\1/')"
is 'HTML: every link leads to an article' "$(grep -oE 'href="#[^"]*"' "$scratch/report.html" | sed 's/href="#\(.*\)"/\1/' | while read -r anchor; do
	grep -q "id=\"$anchor\"" "$scratch/report.html" || echo "$anchor"
done)" ''
unlike 'HTML: no script' "$html" '<script|onerror="|javascript:'
like 'HTML: the text of the bundle is there as text' "$html" '&#60;script&#62;alert\(1\)&#60;/script&#62;'
unlike 'HTML: nothing is loaded' "$html" '<(img|link|iframe|object|embed|base|form|audio|video)\b|@import|url\('
like 'HTML: and nothing may be' "$html" "default-src 'none'"
unlike 'HTML: no control byte and no override' "$html" $'\e|\u202e'
is 'HTML: as many elements are closed as opened' \
	"$(for tag in section article div table tbody thead tr td th dl dt dd span a p h1 h2 h3 code main header footer; do
		opened=$(grep -oE "<${tag}[ >]" <<<"$html" | wc -l) closed=$(grep -o "</$tag>" <<<"$html" | wc -l)
		[ "$opened" -eq "$closed" ] || echo "$tag: $opened opened, $closed closed"
	done)" ''
set_args "$b" sleep 1
chmod 0700 "$b" # nobody else has a way to the root file system
edit "$b" '.mounts |= map(select(.type != "bind")) | .process.user = {uid: 7, gid: 7} | .root.readonly = true
	| .process.capabilities.bounding -= ["CAP_SYS_ADMIN"] | .linux.namespaces += [{type: "network"}]
	| .linux.resources = {memory: {limit: 67108864}, pids: {limit: 100}, cpu: {shares: 512}}'
like 'HTML: a bundle with nothing to report has all points' "$(report html)" '<b>100</b>.*|nothing to report'

browser=$(command -v chromium || command -v chromium-browser)
if [ -z "$browser" ]; then
	skip_point 'HTML: a browser shows it' 'chromium is not installed'
else
	timeout 120 "$browser" --headless --no-sandbox --disable-gpu --no-zygote --disable-dev-shm-usage --disable-breakpad \
		--user-data-dir="$scratch/browser" --window-size=1100,1500 --screenshot="$scratch/report.png" \
		"file://$scratch/report.html" >"$scratch/browser.log" 2>&1 </dev/null
	rc=$?
	if [ $rc -eq 124 ]; then
		skip_point 'HTML: a browser shows it' 'chromium took more than two minutes'
	else
		# A page that shows nothing is a picture of one colour, a few kilobytes.
		is 'HTML: a browser shows it' "$(head -c 8 "$scratch/report.png" 2>/dev/null | od -An -tx1 | tr -d ' '):$(
			[ "$(stat -c %s "$scratch/report.png" 2>/dev/null || echo 0)" -gt 30000 ] && echo text)" \
			89504e470d0a1a0a:text
	fi
fi
