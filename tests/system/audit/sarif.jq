# What the specification of SARIF 2.1.0 (OASIS, 27 March 2020) demands of the objects that the report has:
# prints a line for each violation. A member that is not in the table is one: whoever adds it to the report
# looks it up first. A trailing "!" means that it is required; "[]" an array, "[u]" one of unique elements.
def objects: {
	sarifLog: { "$schema": "uri", version: "version!", runs: "[]run!" },                               # 3.13
	run: { tool: "tool!", invocations: "[]invocation", results: "[]result" },                          # 3.14
	tool: { driver: "toolComponent!" },                                                                # 3.18
	toolComponent: { name: "string!", version: "string", informationUri: "uri",
		rules: "[u]reportingDescriptor" },                                                         # 3.19
	reportingDescriptor: { id: "string!", name: "string", shortDescription: "multiformatMessageString",
		fullDescription: "multiformatMessageString", help: "multiformatMessageString", helpUri: "uri",
		defaultConfiguration: "reportingConfiguration", properties: "propertyBag" },               # 3.49
	multiformatMessageString: { text: "string!", markdown: "string" },                                 # 3.12
	reportingConfiguration: { level: "level", enabled: "boolean" },                                    # 3.50
	invocation: { executionSuccessful: "boolean!" },                                                   # 3.20
	result: { message: "message!", ruleId: "string", ruleIndex: "index", kind: "kind", level: "level",
		locations: "[]location", properties: "propertyBag" },                                      # 3.27
	message: { text: "string!", markdown: "string" },                                                  # 3.11
	location: { physicalLocation: "physicalLocation", logicalLocations: "[u]logicalLocation" },        # 3.28
	physicalLocation: { artifactLocation: "artifactLocation!" },                                       # 3.29
	artifactLocation: { uri: "uri" },                                                                  # 3.4
	logicalLocation: { name: "string", fullyQualifiedName: "string", kind: "string" }                  # 3.33
};

# A property bag may hold anything, but what is called tags is a list of different texts (3.8).
def scalar($kind): {
	string: (type == "string"),
	boolean: (type == "boolean"),
	index: (type == "number" and . == floor and . >= -1),
	version: (. == "2.1.0"),
	level: (. as $level | ["none", "note", "warning", "error"] | index($level) != null),
	kind: (. as $kind | ["notApplicable", "pass", "fail", "review", "open", "informational"] | index($kind) != null),
	uri: (type == "string" and test("^[A-Za-z0-9._~:/?#\\[\\]@!$&'()*+,;=%-]+$") and (test("%(?![0-9A-Fa-f]{2})") | not)),
	propertyBag: (type == "object" and ((has("tags") | not)
		or (.tags | type == "array" and all(type == "string") and length == (unique | length))))
}[$kind];

def check($kind; $where):
	if $kind | startswith("[") then
		($kind | sub("^\\[u?\\]"; "")) as $element
		| if type != "array" then "\($where): no array"
		else (if ($kind | startswith("[u]")) and length != (unique | length) then "\($where): an element twice" else empty end),
			(range(length) as $i | .[$i] | check($element; "\($where)/\($i)"))
		end
	elif objects[$kind] == null then
		if scalar($kind) then empty else "\($where): no \($kind): \(tojson[:80])" end
	elif type != "object" then "\($where): no object"
	else objects[$kind] as $members
		| ((keys - ($members | keys))[] | "\($where)/\(.): not known"),
		(. as $object | $members | to_entries[]
			| (.value | rtrimstr("!")) as $kind | .key as $key
			| if $object | has($key) then $object[$key] | check($kind; "\($where)/\($key)")
			elif .value | endswith("!") then "\($where)/\($key): required"
			else empty end)
	end;

# What one object says of another.
def relations:
	(.runs | arrays | to_entries[] | .key as $i | .value as $run
		| ($run.tool.driver.rules // []) as $rules
		| (if ($rules | map(.id)) | length != (unique | length) then "runs/\($i): two rules of one id (3.49.3)" else empty end),
		($run.results // [] | to_entries[] | "runs/\($i)/results/\(.key)" as $where | .value
			| (if has("ruleIndex") and has("ruleId") and .ruleIndex >= 0 and $rules[.ruleIndex].id != .ruleId
				then "\($where): ruleIndex is that of another rule (3.27.6)" else empty end),
			(if (.kind // "fail") != "fail" and (.level // "none") != "none"
				then "\($where): a level, but no failure (3.27.10)" else empty end)));

check("sarifLog"; ""), relations
