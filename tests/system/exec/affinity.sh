#!/bin/bash
# execCPUAffinity: the processors of what exec starts.
# shellcheck disable=SC2016 # expressions of jq inside
. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox

all=$(sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status)
b=$(new_bundle) || bail 'make a bundle'
set_args "$b" sleep 1000

fails_with 'no list of processors' '/process/execCPUAffinity/final: must be a list of cpus' \
	eval 'edit "$b" ".process.execCPUAffinity = {final: \"1-\"}" && caisson create --bundle "$b" "$test_tag-x"'
fails_with 'a list that is empty' '/process/execCPUAffinity/initial: names no cpu' \
	eval 'edit "$b" ".process.execCPUAffinity = {initial: \" , \"}" && caisson create --bundle "$b" "$test_tag-x"'
fails_with 'one that there can not be' '/process/execCPUAffinity/final: must be a list of cpus from 0 to 1023' \
	eval 'edit "$b" ".process.execCPUAffinity = {final: \"1024\"}" && caisson create --bundle "$b" "$test_tag-x"'
case $all in
0-[1-9]*) ;;
*)
	skip_point 'what exec starts' "processors 0 and 1 are not both there: $all"
	exit
	;;
esac

cpus() { # of what exec starts
	caisson exec "$id" sed -n 's/^Cpus_allowed_list:\t//p' /proc/self/status 2>&1
}
process() { # AFFINITY: a process.json with it; prints its path
	jq --argjson affinity "$1" '.process | .execCPUAffinity = $affinity
		| .args = ["sed", "-n", "s/^Cpus_allowed_list:\t//p", "/proc/self/status"]' \
		"$b/config.json" >"$scratch/process.json"
	echo "$scratch/process.json"
}

for profile in hardened oci; do
	edit "$b" '.process.execCPUAffinity = {initial: "0", final: "1"}'
	new_id
	caisson --profile $profile run --detach --bundle "$b" "$id" </dev/null >/dev/null 2>&1 || bail "$profile: run"
	is "$profile: the first process may run everywhere" \
		"$(sed -n 's/^Cpus_allowed_list:\t//p' "/proc/$(pid_of "$id")/status")" "$all"
	is "$profile: what config.json says" "$(cpus)" 1
	is "$profile: detached, too" "$(caisson exec -d --pid-file "$scratch/pid" "$id" sleep 1000 </dev/null >/dev/null 2>&1 &&
		sed -n 's/^Cpus_allowed_list:\t//p' "/proc/$(cat "$scratch/pid")/status")" 1
	is "$profile: what process.json says" \
		"$(caisson exec --process "$(process '{"final": "0"}')" "$id" 2>&1)" 0
	is "$profile: a range" "$(caisson exec --process "$(process '{"final": " 0 - 1 ,"}')" "$id" 2>&1)" 0-1
	is "$profile: process.json without it: config.json's" \
		"$(caisson exec --process "$(process null)" "$id" 2>&1)" 1
	fails_with "$profile: one that is not there" 'set final cpu affinity: ' \
		caisson exec --process "$(process '{"final": "1023"}')" "$id"
	is "$profile: the others are there yet" "$(caisson ps --format json "$id" | jq length)" 2
	caisson delete --force "$id"
done

# The initial one is of the time before the cgroups are joined, and caisson's own comes back.
if command -v strace >/dev/null; then
	edit "$b" '.process.execCPUAffinity = {initial: "1", final: "0"}'
	new_id
	caisson run --detach --bundle "$b" "$id" </dev/null >/dev/null 2>&1 || bail 'run'
	strace -o "$scratch/trace" -e trace=sched_setaffinity "$CAISSON" exec "$id" true >/dev/null 2>&1
	is 'initial, final, and back' "$(grep -o 'sched_setaffinity.*' "$scratch/trace" |
		sed -E 's/^sched_setaffinity\(([0-9]+), [0-9]+, (\[[^]]*\]).*= ([0-9-]+).*/\1 \2 \3/; s/^[1-9][0-9]* /child /')" \
		"$(printf '0 [1] 0\nchild [0] 0\n0 [%s] 0\n' "$(seq -s ' ' 0 "${all#*-}")")"
	caisson delete --force "$id"
else
	skip_point 'initial, final, and back' 'strace is not installed'
fi
