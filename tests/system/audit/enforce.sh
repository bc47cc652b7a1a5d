#!/bin/bash
# What is refused is refused at create, run, exec and update alike: all of it at once, before anything exists,
# with a status of its own, and for each refusal the rule, its severity, the place, what was found, what would
# be accepted, and how to allow it. An engine gets one line with the first of them and the number of the rest;
# the audit log has them all.
# shellcheck disable=SC2016 # expressions of jq inside
. "$top_srcdir/tests/system/audit-log/log.bash"

sinks "$log"
b=$(new_bundle) || bail 'make a bundle'
good=$(cat "$b/config.json")
echo '{ "extends": "hardened", "name": "strict", "limits_required": ["memory", "pids"],
	"rules": { "CIS-5.24": "refuse" } }' >"$scratch/strict.json"
exist() { # what there is of containers: state, ids, cgroups, processes of ours
	find /run/caisson /run/caisson-ids -mindepth 1 -not -name '*.free.*' -not -name '*.busy.*' -not -name '.*' -type f 2>/dev/null | sort
	list_cgroups
}
no_time() { sed 's/^time="[^"]*" //'; }
refused() { # COMMAND...: sets $rc, $said
	: >"$log"
	caisson "$@" >"$scratch/out" 2>"$scratch/said" </dev/null
	rc=$?
	said=$(no_time <"$scratch/said" | sed 's/\\"/"/g')
}
warnings() { grep -c '^level=warning msg="refused: ' <<<"$said"; }

# --- create, run: five things at once ---------------------------------------------------------------------------

edit "$b" '.process.capabilities.bounding += ["CAP_SYS_ADMIN"] | .linux.namespaces |= map(select(.type != "network"))
	| .linux.resources = {} | .mounts += [{destination: "/host", type: "bind", source: "/", options: ["rbind"]}]'
before=$(exist)
for command in create run 'run --detach'; do
	new_id
	# shellcheck disable=SC2086 # words
	refused --profile "$scratch/strict.json" $command --bundle "$b" "$id"
	is "$command: a status of its own" $rc 77
	is "$command: every refusal has a line" "$(warnings)" 4
	line=$(grep 'refused: \[CIS-5\.4\]' <<<"$said")
	is "$command: with all that is known of it" "$line" "$(printf '%s' 'level=warning msg="refused: [CIS-5.4] high, ' \
		'/process/capabilities/bounding: found CAP_SYS_ADMIN; accepted: CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID, ' \
		'CAP_KILL, CAP_SETGID, CAP_SETUID, CAP_NET_BIND_SERVICE; to allow: a profile whose "capabilities_ceiling" lists it"')"
	is "$command: each of its own rule" "$(grep -o 'refused: \[[^]]*\] [a-z]*, [^ ]*:' <<<"$said" | sort | tr '\n' '~')" \
		'refused: [CIS-5.10] critical, /linux/namespaces:~refused: [CIS-5.11] medium, /linux/resources/memory/limit:~refused: [CIS-5.4] high, /process/capabilities/bounding:~refused: [CIS-5.6] critical, /mounts/'"$(jq '.mounts | length - 1' "$b/config.json")"'/source:~'
	is "$command: all say what is accepted, and how to allow it" \
		"$(grep 'msg="refused: ' <<<"$said" | grep -cE ': found .+; accepted: .+; to allow: .+"$')" 4
	like "$command: the error is last" "$(tail -n 1 <<<"$said")" '^level=error msg=".*caisson refuses this container, profile strict: \[CIS-5\.10\] '
	is "$command: the audit log has one line, of all" "$(lines -r '[.event, .result, ([.rules[].rule] | sort | join(" "))] | join(" ")')" \
		'refuse refused CIS-5.10 CIS-5.11 CIS-5.4 CIS-5.6'
	is "$command: nothing exists" "$(exist)" "$before"
	fails_with "$command: nor does the container" 'does not exist' caisson state "$id"
done

# --- through an engine --------------------------------------------------------------------------------------------

engine=$scratch/engine.log
refused --log "$engine" --log-format json --profile "$scratch/strict.json" create --bundle "$b" "$id"
is 'an engine: the same status' $rc 77
is 'an engine: one record in its log' "$(jq -r .level "$engine")" error
is 'an engine: one line on standard error, which is the same' "$said" "$(jq -r .msg "$engine")"
like 'an engine: the first of them, and all that fit in' "$said" \
	'profile strict: \[CIS-5\.10\] /linux/namespaces: no network namespace.*; to allow: .*; \[CIS-5.6\] .*; \[CIS-5.11\] .*; \[CIS-5.4\] '
is 'an engine: the audit log has all' "$(lines -r '.rules | length')" 4
is 'an engine: with severity, place, what was found, what is accepted and how to allow it' \
	"$(lines '[.rules[] | select(.severity and .where and .found and .accepts and .allow and .verdict == "refused")] | length')" 4
rm "$engine"
refused --log "$engine" --log-format json --debug --profile "$scratch/strict.json" create --bundle "$b" "$id"
is 'an engine, with --debug: its log has all' "$(jq -r 'select(.msg | startswith("refused: ")) | .msg | .[10:17]' "$engine" | sort | tr -d '[]\n ')" \
	'CIS-5.1CIS-5.1CIS-5.4CIS-5.6'

edit "$b" '.linux.namespaces |= map(select(.type != "pid" and .type != "ipc")) | .linux.devices = [{path: "/dev/sda", type: "b", major: 8, minor: 0}]
	| .linux.rootfsPropagation = "shared"'
refused --log "$engine" --profile "$scratch/strict.json" create --bundle "$b" "$id"
like 'an engine: more than fits: their number, and where they are' "$said" \
	"profile strict: \\[CIS-5\\.10\\] .*; and [0-9] more: caisson plan $b\$"
is 'an engine: and all are in the audit log' "$(lines -r '.rules | length')" 8

edit "$b" '.mounts += [range(100) | {destination: "/h\(.)", type: "bind", source: "/", options: ["rbind"]}]'
refused --profile "$scratch/strict.json" create --bundle "$b" "$id"
is 'very many: the lines have an end' "$(warnings) $(grep -o 'refused: and [0-9]* more' <<<"$said")" '65 refused: and 44 more'

# --- a single refusal; what no profile allows ---------------------------------------------------------------------------

echo "$good" >"$b/config.json"
edit "$b" '.process.capabilities.bounding += ["CAP_BPF"]'
refused create --bundle "$b" "$id"
is 'one alone' "$rc $(warnings)" '77 1'
edit "$b" '.mounts += [{destination: "/x", type: "bind", source: "/no/such/file", options: ["bind"]}] | .process.capabilities.bounding -= ["CAP_BPF"]'
refused create --bundle "$b" "$id"
is 'what is wrong in any profile is an ordinary error' "$rc $(warnings)" '1 0'
jq '.profiles = ["restricted"]' <$settings >"$scratch/new" && cat "$scratch/new" >$settings
refused --profile oci create --bundle "$b" "$id"
is 'a profile that may not be chosen is a refusal' "$rc $(lines -r '.event + " " + .result')" '77 refuse refused'
sinks "$log"

# --- exec, update --------------------------------------------------------------------------------------------------------

echo "$good" >"$b/config.json"
set_args "$b" sleep 300
edit "$b" '.process.user = {uid: 7, gid: 7} | .linux.resources = {memory: {limit: 67108864}, pids: {limit: 50}}'
new_id
caisson --profile "$scratch/strict.json" run --detach --bundle "$b" "$id" </dev/null >/dev/null 2>"$scratch/said" ||
	bail 'start a container' "$(cat "$scratch/said")"
processes=$(caisson ps --format json "$id" | jq length)
for detach in '' --detach; do
	# shellcheck disable=SC2086 # nothing, or a word
	refused exec $detach --user 0 --cap CAP_SYS_ADMIN "$id" sleep 300
	is "exec $detach: a status of its own" $rc 77
	is "exec $detach: all at once" "$(grep -o 'refused: \[[^]]*\] [a-z]*, [^ ]*: found [^;]*; accepted: [^;]*; to allow: .*' <<<"$said" | cut -d';' -f1)" \
		'refused: [CIS-5.23] high, /process/capabilities/bounding: found CAP_SYS_ADMIN
refused: [CIS-5.24] high, /process/user/uid: found 0'
	like "exec $detach: the error" "$(tail -n 1 <<<"$said")" 'exec failed: caisson refuses this process, profile strict: \[CIS-5\.23\]'
	is "exec $detach: the audit log" "$(lines -r '[.event, ([.rules[].rule] | join(" "))] | join(" ")')" 'refuse CIS-5.23 CIS-5.24'
	is "exec $detach: nothing was started" "$(caisson ps --format json "$id" | jq length)" "$processes"
done
refused exec "$id" no-such-program
is 'an exec that just fails has the other status' $rc 255

limits() { caisson events --stats "$id" | jq -c '[.data.pids.limit, .data.memory.usage.limit]'; }
in_force=$(limits)
refused update --memory -1 --pids-limit -1 "$id"
is 'update: a status of its own' $rc 77
is 'update: all at once' "$(grep -o 'refused: \[.*' <<<"$said" | sed 's/; to allow:.*//')" \
	'refused: [CIS-5.11] medium, /linux/resources/memory/limit: found unlimited; accepted: a limit in bytes
refused: [CIS-5.29] medium, /linux/resources/pids/limit: found unlimited; accepted: a number of processes'
like 'update: the error' "$(tail -n 1 <<<"$said")" 'caisson refuses this update, profile strict: \[CIS-5\.11\] /linux/resources/memory/limit: unlimited; .*\[CIS-5\.29\]'
is 'update: the audit log' "$(lines -r '[.event, .container, ([.rules[].rule] | join(" "))] | join(" ")')" "refuse $id CIS-5.11 CIS-5.29"
refused update --memory -1 --pids-limit 40 "$id"
is 'update: not even the part that is allowed is done' "$rc $(limits)" "77 $in_force"
succeeds 'update: other limits' caisson update --pids-limit 40 "$id"
isnt 'update: are in force' "$(limits)" "$in_force"
caisson delete --force "$id"
