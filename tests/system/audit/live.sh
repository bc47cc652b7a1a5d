#!/bin/bash
# What is running is judged by what the kernel says of it, whoever started it.
# shellcheck disable=SC2016 # expressions of jq inside
. "$top_srcdir/tests/system/lib.sh"
need jq

b=$(new_bundle)
set_args "$b" sleep 60

# rules of the findings, sorted, of an audit whose JSON is in $scratch/audit.json
# but those of labels, which need profiles that are loaded on the host
rules() { jq -r '.targets[].findings[].rule' "$scratch/audit.json" | grep -vx 'CIS-5\.[23]\|CS-LSM-2' | sort; }
audit() { # ARGUMENT...: sets $rc
	caisson "${global_flags[@]}" audit --format json "$@" >"$scratch/audit.json" 2>"$scratch/stderr"
	rc=$?
}

new_id
caisson create --bundle "$b" "$id" >"$scratch/log" 2>&1 </dev/null && caisson start "$id"
audit --container "$id"
is 'a container in hardened: nothing to report' "$rc:$(rules)" 0:
is 'which is not for want of looking' "$(jq '.targets[0].rules > 10' "$scratch/audit.json")" true
audit --pid "$(pid_of "$id")"
is 'nor of its first process' "$rc:$(rules)" 0:
global_flags=(--profile restricted)
audit --container "$id"
like 'restricted: it runs as root' "$(rules)" PSS-R-5
like 'restricted: its root file system is writable' "$(rules)" CIS-5.13
like 'restricted: it has more than one capability' "$(rules)" PSS-R-1
is 'none of that is severe' "$(jq '[.targets[].findings[] | select(.severity == "high" or .severity == "critical")
	| .rule] - ["CIS-5.2", "CIS-5.3"] | length' "$scratch/audit.json")" 0
audit --fail-on medium --container "$id"
is 'that fails' "$rc" 3
audit --fail-on critical --container "$id"
is 'but for those who only look for worse' "$rc" 0
audit --all
like 'it is one of all' "$(jq -r '.targets[].name' "$scratch/audit.json")" "^$id\$"
global_flags=()

# As another runtime starts a privileged container: nothing of the host is missing.
global_flags=(--profile oci)
edit "$b" '.process.noNewPrivileges = false | del(.linux.seccomp, .linux.maskedPaths, .linux.readonlyPaths)
	| .process.capabilities = ([range(0; 0)] | {bounding: $caps, effective: $caps, permitted: $caps})
	| .mounts |= map(if .type == "sysfs" then .options = ["rw"] else . end)
	| .linux.devices = [{path: "/dev/loop-control", type: "c", major: 10, minor: 237}]
	| .linux.namespaces |= map(select(.type != "network" and .type != "user"))
	| .mounts |= map(select(.type != "cgroup"))' \
	--argjson caps '["CAP_SYS_ADMIN", "CAP_SYS_MODULE", "CAP_NET_ADMIN", "CAP_KILL"]'
new_id
caisson --profile oci create --bundle "$b" "$id" >"$scratch/log" 2>&1 </dev/null && caisson start "$id"
pid=$(pid_of "$id")
global_flags=()
audit --pid "$pid"
is 'privileged: status 3' "$rc" 3
for rule in CIS-5.10 CIS-5.31 CIS-5.4 CIS-5.22 CIS-5.26 CS-PATH-1 CS-MNT-3 CIS-5.18; do
	like "privileged: $rule" "$(rules)" "^${rule//./\\.}\$"
done
for rule in CIS-5.16 CIS-5.17 CIS-5.21 CS-NS-1 CS-CAP-1; do
	is "privileged: $rule is in order" "$(rules | grep -cx "$rule")" 0
done
audit --fail-on never --pid "$pid"
is 'status 0 if nothing is to fail' "$rc" 0
caisson audit --format sarif --pid "$pid" >"$scratch/sarif.json" 2>/dev/null
is 'SARIF: every result has a rule' "$(jq '[.runs[0].results[].ruleId] - [.runs[0].tool.driver.rules[].id] | length' \
	"$scratch/sarif.json")" 0
is 'SARIF: its version' "$(jq -r .version "$scratch/sarif.json")" 2.1.0
like 'text: the worst comes first' "$(caisson audit --pid "$pid" | grep -m1 -E '^  [a-z]')" '^  critical  \['

# --- a bundle -----------------------------------------------------------------------------------------------

audit "$b"
is 'bundle: refused things fail' "$rc" 3
like 'bundle: its rules' "$(rules)" '^CIS-5\.18$'

# --- mistakes -----------------------------------------------------------------------------------------------

fails_with 'a process that is not there' 'no such process' caisson audit --pid 2147483647
fails_with 'no number' "invalid pid 'x'" caisson audit --pid x
fails_with 'two things at once' 'only one of' caisson audit --pid 1 "$b"
fails_with 'a severity' "invalid fail-on: 'bad'" caisson audit --fail-on bad --pid 1
fails_with 'a container that is not there' 'container does not exist' caisson audit --container no-such
for c in $(caisson list -q | grep "^$test_tag-"); do caisson delete --force "$c"; done
