#!/bin/bash
# What a launch costs in numbers that do not depend on what else the machine does: system calls, page
# faults, and, loosely, context switches. Each has a limit a little above today's value. If one is
# passed, either the new calls are worth it, and the limit moves in the same commit with the reason;
# or they are not. If you made it cheaper, move the limit down.
. "$top_srcdir/tests/system/lib.sh"
need jq runc /bin/busybox
count=${top_builddir:-}/tests/bench/count
[ -x "$count" ] || skip "$count is not built"
for symbol in __asan_init __gcov_init; do
	! grep -q $symbol "$CAISSON" || skip 'sanitizers and counters of coverage make calls of their own'
done

# Of `run /bin/true`: bundle, profile, system calls without a v1 hierarchy, page faults, switches.
limits='
docker hardened 865 265 30
docker oci      675 245 30
spec   hardened 850 225 30
spec   oci      665 210 30
'
# What each v1 hierarchy adds: made, joined, mounted inside, removed.
calls_per_hierarchy=25
state_calls=72

hierarchies=$(awk '$3 == "cgroup"' /proc/self/mounts | wc -l)

make_bundle() { # spec|docker; prints its path
	local bundle=$scratch/$1
	mkdir "$bundle"
	case $1 in
	spec) (cd "$bundle" && runc spec) ;;
	docker) # without what belongs to the container it was taken from
		jq 'del(.hooks, .linux.cgroupsPath)
			| .linux.namespaces |= map(del(.path))
			| .mounts |= map(select(.type != "bind"))' \
			"$top_srcdir/tests/golden/configs/docker-default.config.json" \
			>"$bundle/config.json" ;;
	esac
	# shellcheck disable=SC2016 # jq's variable
	edit "$bundle" --arg root "$scratch/rootfs" '.process.terminal = false
		| .process.args = ["/bin/true"] | .root.path = $root' && echo "$bundle"
}

# The least of three runs for each number, in $scratch/NAME: a busy machine can only add.
measure() { # NAME COMMAND...
	local name=$1
	shift
	for _ in 1 2 3; do
		"$count" "$@" || return
	done >"$scratch/runs" 2>"$scratch/count-error"
	awk '{ key = $1 == "program" ? $1 " " $2 : $1; value = $1 == "program" ? $3 : $2 }
		!(key in least) || value < least[key] { least[key] = value }
		END { for (key in least) print key, least[key] }' "$scratch/runs" | sort >"$scratch/$name"
}

at_most() { # DESCRIPTION NAME KEY LIMIT
	local got
	got=$(awk -v key="$3" '$1 == key { print $2 }' "$scratch/$2")
	if [ -n "$got" ] && [ "$got" -le "$4" ]; then
		pass "$1: ${3}"
	else
		fail "$1: ${3}" "${got:-nothing counted}, and the limit in this script is $4" \
			"all counts: $(paste -sd, "$scratch/$2")"
	fi
	echo "# $1: $3 ${got:-?} of $4"
}

"$count" --once - /bin/true >/dev/null || { [ $? = 77 ] && skip 'processes can not be traced here'; }
new_rootfs "$scratch/rootfs"
for name in docker spec; do
	bundle=$(make_bundle $name) || bail "bundle $name"
	for profile in hardened oci; do
		# the first of a boot finds out what the kernel can do
		new_id
		succeeds "run $name $profile" caisson --profile "$profile" run --bundle "$bundle" "$id"
		command=("$CAISSON" --profile "$profile" run --bundle "$bundle" "$id")
		measure run-$name-$profile busybox "${command[@]}" ||
			bail "count $name $profile" "$(cat "$scratch/count-error")"
	done
done
while read -r name profile calls faults switches; do
	[ -n "$name" ] || continue
	at_most "run, bundle $name, $profile" "run-$name-$profile" syscalls \
		$((calls + hierarchies * calls_per_hierarchy))
	at_most "run, bundle $name, $profile" "run-$name-$profile" faults "$faults"
	at_most "run, bundle $name, $profile" "run-$name-$profile" switches "$switches"
done <<<"$limits"

new_id
succeeds 'create' caisson create --bundle "$bundle" "$id" </dev/null
measure state - "$CAISSON" state "$id" || bail 'count state' "$(cat "$scratch/count-error")"
at_most 'state' state syscalls $state_calls
succeeds 'delete' caisson delete --force "$id"
