#!/bin/bash
# The SELinux module is a module: compiled with as much of a policy as it needs, it gives the domain rights
# over its own files and not over the host's, and each of its optional blocks is there.
command -v secilc >/dev/null || { echo 'secilc is not installed'; exit 77; }
module=profiles/selinux/caisson.cil
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
secilc -o "$dir/policy" -f /dev/null tests/lint/selinux-base.cil "$module" || exit 1
command -v sesearch >/dev/null || exit 0
bad=0
allowed() { # OPTIONS OF sesearch
	sesearch "$dir/policy" -A "$@" | grep -q '^allow'
}
for rule in '-s unconfined_t -t caisson_t -c process -p transition' \
	'-s unconfined_t -t caisson_t -c process2 -p nnp_transition' \
	'-s caisson_t -t caisson_file_t -c file -p entrypoint' \
	'-s caisson_t -t container_file_t -c file -p write' \
	'-s caisson_t -t container_ro_file_t -c file -p read'; do
	# shellcheck disable=SC2086 # a list
	allowed $rule || { echo "$module does not allow $rule"; bad=1; }
done
for rule in '-s caisson_t -t container_ro_file_t -c file -p write' \
	'-s caisson_t -t etc_t -c file -p open' \
	'-s caisson_t -t caisson_t -c process -p setexec' \
	'-s caisson_t -t caisson_t -c process -p dyntransition' \
	'-s caisson_t -t caisson_file_t -c chr_file -p create' \
	'-s caisson_t -t caisson_file_t -c file -p relabelto' \
	'-s caisson_t -t proc_t -c file -p write' \
	'-s caisson_t -t sysfs_t -c file -p write'; do
	# shellcheck disable=SC2086 # a list
	if allowed $rule; then echo "$module allows $rule"; bad=1; fi
done
exit $bad
