#!/bin/bash
# What makes a container privileged (T-35): each part alone and all of them together is refused by a rule
# of its own, before anything exists. What the default profile would tighten instead is made a refusal here
# by the administrator's word.
# shellcheck disable=SC2016 # expressions of jq inside
. "$top_srcdir/tests/system/lib.sh"
need jq python3

b=$(new_bundle) || bail 'make a bundle'
profile=$scratch/strict.json
cat >"$profile" <<'END'
{ "extends": "hardened", "name": "strict", "rules": { "CIS-5.22": "refuse", "CIS-5.26": "refuse", "CIS-5.5": "refuse",
	"PSS-B-10": "refuse", "CS-PATH-1": "refuse", "CS-MNT-3": "refuse", "CS-CAP-1": "refuse", "CS-CAP-5": "refuse" } }
END
python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$scratch/docker.sock"
echo 'int main(void) { return 0; }' >"$scratch/hook" && chmod 0777 "$scratch/hook"

# A container in which the strict profile finds nothing to refuse.
edit "$b" --slurpfile hardened "$top_srcdir/profiles/hardened.json" '.process.noNewPrivileges = true
	| .linux.maskedPaths = $hardened[0].masked_paths | .linux.readonlyPaths = $hardened[0].readonly_paths
	| .mounts |= map(if .destination | startswith("/dev") or startswith("/sys") or . == "/proc"
		then .options = (.options + ["nosuid", "noexec"] | unique) else . end)
	| .mounts |= map(if .type == "proc" then .options += ["nodev"] else . end)'
plain=$(cat "$b/config.json")

rules() { # PROFILE VERDICT
	caisson --profile "$1" plan --format json "$b" 2>/dev/null |
		jq -r --arg verdict "$2" '[.findings[] | select(.verdict == $verdict) | .rule] | unique | join(" ")'
}
# CIS-5.22 notes that the floor is added to any filter: with a wish to refuse, that is refused as well.
is 'the plain container: refused for its filter alone' "$(rules "$profile" refused)" CIS-5.22

all_caps=$(sed -n '/"CAP_/p' "$top_srcdir/tests/golden/configs/docker-privileged.config.json" |
	grep -oE 'CAP_[A-Z_]+' | sort -u | jq -R . | jq -s .)
# NAME | RULE | POINTER of the finding | in the default profile | the change
attacks() {
	cat <<-'END'
	all capabilities|CIS-5.4|/process/capabilities/bounding|refused|.process.capabilities = {bounding: $caps, effective: $caps, permitted: $caps}
	inheritable ones|CS-CAP-1|/process/capabilities/inheritable|tightened|.process.capabilities.inheritable = ["CAP_KILL"]
	ambient ones|CS-CAP-5|/process/capabilities/ambient|tightened|.process.capabilities.ambient = ["CAP_KILL"]
	no filter|CIS-5.22|/linux/seccomp|tightened|del(.linux.seccomp)
	new privileges|CIS-5.26|/process/noNewPrivileges|tightened|.process.noNewPrivileges = false
	network of the host|CIS-5.10|/linux/namespaces|refused|.linux.namespaces |= map(select(.type != "network")) | del(.linux.sysctl)
	processes of the host|CIS-5.16|/linux/namespaces|refused|.linux.namespaces |= map(select(.type != "pid"))
	memory of the host|CIS-5.17|/linux/namespaces|refused|.linux.namespaces |= map(select(.type != "ipc"))
	name of the host|CIS-5.21|/linux/namespaces|refused|.linux.namespaces |= map(select(.type != "uts")) | del(.hostname)
	joined by its path|CIS-5.10|/linux/namespaces/[0-9]+|refused|.linux.namespaces |= map(if .type == "network" then .path = "/proc/1/ns/net" else . end)
	/ as a volume|CIS-5.6|/mounts/[0-9]+/source|refused|.mounts += [{destination: "/host", type: "bind", source: "/", options: ["rbind"]}]
	/dev as a volume|CIS-5.6|/mounts/[0-9]+/source|refused|.mounts += [{destination: "/devices", type: "bind", source: "/dev", options: ["rbind"]}]
	/proc as a volume|CIS-5.6|/mounts/[0-9]+/source|refused|.mounts += [{destination: "/p", type: "bind", source: "/proc", options: ["rbind"]}]
	socket of the engine|CIS-5.32|/mounts/[0-9]+/source|refused|.mounts += [{destination: "/s.sock", type: "bind", source: $sock, options: ["bind"]}]
	writable /sys|CS-MNT-3|/mounts|tightened|.mounts |= map(if .type == "sysfs" then .options -= ["ro"] else . end)
	shared mount|CIS-5.20|/mounts/[0-9]+/options|refused|.mounts += [{destination: "/v", type: "bind", source: $dir, options: ["rbind", "rshared"]}]
	shared root|CS-ROOT-5|/linux/rootfsPropagation|refused|.linux.rootfsPropagation = "shared"
	nothing masked|PSS-B-10|/linux/maskedPaths|tightened|.linux.maskedPaths = []
	nothing read-only|CS-PATH-1|/linux/readonlyPaths|tightened|.linux.readonlyPaths = []
	a disk|CIS-5.18|/linux/devices|refused|.linux.devices = [{path: "/dev/disk", type: "b", major: 8, minor: 0}]
	a file system of the host|CS-MNT-8|/mounts/[0-9]+/type|refused|.mounts += [{destination: "/d", type: "ext4", source: "/dev/vda"}]
	a remount|CS-MNT-9|/mounts/[0-9]+/options|refused|.mounts += [{destination: "/proc", type: "bind", source: "proc", options: ["remount", "rw"]}]
	/ as the root|CS-ROOT-2|/root/path|refused|.root.path = "/"
	a hook of anybody|CS-HOOK-1|/hooks/createRuntime/0|refused|.hooks = {createRuntime: [{path: ($dir + "/hook")}]}
	a setting of the host|PSS-B-12|/linux/sysctl|refused|.linux.sysctl = {"net.core.somaxconn": "1"}
	END
}
change() { # FILTER
	echo "$plain" >"$b/config.json"
	edit "$b" --argjson caps "$all_caps" --arg sock "$scratch/docker.sock" --arg dir "$scratch" "$1"
}
verdict_of() { # PROFILE RULE POINTER
	caisson --profile "$1" plan --format json "$b" 2>/dev/null | jq -r --arg rule "$2" --arg pointer "^$3" \
		'[.findings[] | select(.rule == $rule and (.pointer | test($pointer))) | .verdict] | unique | join(" ")'
}

every='.'
while IFS='|' read -r name rule pointer hardened filter; do
	change "$filter"
	is "$name: $rule, at its place" "$(verdict_of "$profile" "$rule" "$pointer")" refused
	is "$name: in the default profile it is $hardened" "$(verdict_of hardened "$rule" "$pointer")" "$hardened"
	case $name in
	'/ as the root' | 'joined by its path') ;; # would hide another of them
	*) every+=" | $filter" ;;
	esac
done < <(attacks)

# --- all at once ---------------------------------------------------------------------------------------------

change "$every"
# without a network namespace the setting is the host's in any profile
wanted=$(attacks | grep -v '^/ as the root\|^joined' | cut -d'|' -f2 | sed 's/PSS-B-12/CS-SYS-2/' | cat - <(echo CIS-5.5) | sort -u | tr '\n' ' ')
got=$(rules "$profile" refused)
missing=$(for rule in $wanted; do [[ " $got " == *" $rule "* ]] || echo "$rule"; done)
is 'all together: each rule says so, and that of the sum' "$missing" ''
new_id
caisson --profile "$profile" create --bundle "$b" "$id" >"$scratch/log" 2>&1
is 'create refuses it' $? 77
like 'with the first of them, and how many more' "$(cat "$scratch/log")" 'refuses this container, profile strict: \[[A-Z]+-.* more'
fails_with 'nothing was created' 'does not exist' caisson state "$id"
caisson create --bundle "$b" "$id" >"$scratch/log" 2>&1
is 'so it does in the default profile' $? 77
