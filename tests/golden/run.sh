#!/bin/bash
# usage: tests/golden/run.sh [update]               (make check-golden; tests/golden/update)
# What `caisson plan` makes of each config in configs/ with the facts of a fixed host, in each
# profile, compared with expected/. A change of behaviour is a readable diff in review.
set -u
unset NOTIFY_SOCKET # a plan for a service has a socket more
: "${top_srcdir:?run me through make check-golden}" "${CAISSON:?}"
cd "$top_srcdir/tests/golden/configs" || exit 1
mode=${1:-check}
actual=$(mktemp) facts=$(mktemp) own_profile=$(mktemp)
trap 'rm -f "$actual" "$facts" "$own_profile"' EXIT

# facts-vm is a host with cgroup v1; facts-v2 for the configs whose plan depends on that. Then root
# file systems that engines have mounted as overlays, once on a kernel that takes no descriptors.
list_cases() { # prints "CONFIG HOST PROFILE"
	local config host profile
	for config in *.config.json; do
		for host in vm v2; do
			case $host/$config in
			v2/*resources* | v2/*cgroup* | v2/*oom* | v2/*mem* | v2/*-default* | vm/*) ;;
			*) continue ;;
			esac
			for profile in oci hardened restricted; do
				echo "$config $host $profile"
			done
		done
	done
	echo docker-default.config.json overlay-docker hardened
	echo docker-default.config.json overlay-docker oci
	echo docker-default.config.json overlay-old hardened
	echo ctr-run.config.json overlay-containerd hardened
	echo podman-default.config.json overlay-podman hardened
	echo buildah.config.json overlay-unknown hardened
	# What another profile would change.
	echo ctr-run.config.json vm oci..hardened
	echo docker-default.config.json vm hardened..restricted
	echo docker-privileged.config.json vm oci..hardened
	echo podman-default.config.json apparmor hardened
	# Cgroups that are mounted writable, where the profile lets them be the container's, and where not.
	echo docker-userns-remap.config.json v2 oci
	echo docker-userns-remap.config.json v2 hardened
	echo docker-userns-remap.config.json v2 delegating
	echo docker-userns-remap.config.json vm delegating
	echo ctr-run.config.json selinux hardened
	echo docker-default.config.json selinux-overlay hardened
}

# The length of a filter depends on how many names of system calls libseccomp knows; what is recorded
# is that of 2.5, and other versions are compared without it.
lengths=
"$CAISSON" --version | grep -q '^libseccomp: 2\.5\.' || lengths='s/ program=[0-9]* instructions / /'

# What is known of an overlay comes on top of the facts of the first host.
facts_of() { # HOST
	case $1 in
	overlay-old*) sed 's/^overlay-fds yes$/overlay-fds no/' ../facts-vm.txt ../facts-overlay-docker.txt ;;
	overlay-*) cat ../facts-vm.txt "../facts-$1.txt" ;;
	apparmor) sed 's/^apparmor no$/apparmor yes/' ../facts-vm.txt "../facts-$1.txt" ;;
	selinux) sed 's/^selinux no$/selinux yes/' ../facts-vm.txt "../facts-$1.txt" ;;
	selinux-overlay)
		sed 's/^selinux no$/selinux yes/' ../facts-vm.txt ../facts-selinux.txt ../facts-overlay-docker.txt
		;;
	*) cat "../facts-$1.txt" ;;
	esac
}

print_plan() { # CONFIG HOST PROFILE
	facts_of "$2" >"$facts"
	local diff=() profile=${3%..*}
	[[ $3 != *..* ]] || diff=(--diff "${3#*..}")
	if [ "$profile" = delegating ]; then
		echo '{"extends": "hardened", "name": "delegating", "cgroup_delegation": true}' >"$own_profile"
		profile=$own_profile
	fi
	"$CAISSON" --profile "$profile" plan --facts "$facts" --config "$1" "${diff[@]}" . 2>&1
	echo "exit status $?"
}

mapfile -t cases < <(list_cases)
n=0 failed=0
[ "$mode" = check ] && echo "1..${#cases[@]}"
for case in "${cases[@]}"; do
	read -r config host profile <<<"$case"
	n=$((n + 1))
	name=${config%.config.json}.$host.$profile
	expected=../expected/$name.txt
	# The time of a log record is the one thing that may differ.
	print_plan "$config" "$host" "$profile" | sed 's/^time="[^"]*" //' >"$actual"
	if [ "$mode" = update ]; then
		mkdir -p ../expected && cp "$actual" "$expected" && chmod 644 "$expected"
	elif difference=$(diff -u <(sed "$lengths" "$expected") <(sed "$lengths" "$actual") 2>&1); then
		echo "ok $n - $name"
	else
		echo "not ok $n - $name"
		printf '%s\n' "$difference" | head -n 40 | sed 's/^/# /'
		failed=1
	fi
done
exit $failed
