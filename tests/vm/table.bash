# Reading guests.txt and skips.txt; sourced.
#
# shellcheck shell=bash disable=SC2034 # variables for whoever sources this

guest_names() {
	sed -n 's/^\([a-z][a-z0-9-]*\) *|.*/\1/p' "$vm_dir/guests.txt"
}

# Sets $userland $kernel $init $packages $arguments $wanted.
read_guest() { # NAME
	local line field
	line=$(grep -E "^$1 *\|" "$vm_dir/guests.txt") || return
	IFS='|' read -r field userland kernel init packages arguments wanted <<<"$line"
	for field in userland kernel init packages arguments wanted; do
		read -r "${field?}" <<<"${!field}" # without the blanks around it
	done
}

# Why a script does not run in a guest; nothing if it does.
skip_reason() { # GUEST SCRIPT-NAME
	local guest pattern kind reason
	while read -r guest pattern kind reason; do
		[ "$kind" = slow ] && [ -n "${CAISSON_VM_ALL:-}" ] && continue
		# shellcheck disable=SC2053 # patterns
		[[ $guest != '#'* && $1 == $guest && $2 == $pattern ]] && echo "$reason" && return
	done <"$vm_dir/skips.txt"
}
