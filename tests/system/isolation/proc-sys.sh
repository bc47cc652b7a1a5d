#!/bin/bash
# All of /proc, /sys and /dev, seen by root of the container with every capability: what opens for
# writing is on a short list (T-17: libcontainer CVE-2015-3630, GHSA-jq35-85cj-fj4p, GHSA-6fw5-f8r9-fgfm).
# shellcheck disable=SC2016 # expressions of jq and of the shell inside
. "$top_srcdir/tests/system/attack.sh"

attack_bundle
look='find /proc /sys /dev \( -type f -o -type c -o -type b \) 2>/dev/null | grep -vE "^/proc/([0-9]+|self|thread-self)/" |
	sed "s/^/write:/" | xargs -n 500 /bin/probe try | sed -n "s/^write:\(.*\) ok$/\1/p"'

# /proc/pressure: a write makes a trigger for the writer's own descriptor.
allowed='^/dev/(null|zero|full|random|urandom|tty|ptmx|pts/ptmx|pts/[0-9]+)$|^/proc/pressure/(cpu|io|memory|irq)$'
for uid in 0 1000; do
	edit "$b" ".process.user = {uid: $uid, gid: $uid}"
	shell "$b" "$look"
	is "uid $uid: what opens for writing" "$(grep -vE "$allowed" <<<"$out" | xargs)" ''
	like "uid $uid: the search works" "$out" '^/dev/null$'
done

install -m 0644 "$top_srcdir/tests/system/isolation/profile-all-caps.json" "$scratch/profile.json"
global_flags=(--profile "$scratch/profile.json")
edit "$b" --argjson all "$(caisson features | jq .linux.capabilities)" \
	'.process.user = {uid: 0, gid: 0} | .process.capabilities = {bounding: $all, effective: $all, permitted: $all}'
shell "$b" "$look"
is 'all capabilities: what opens for writing' "$(grep -vE "$allowed" <<<"$out" | xargs)" ''

shell "$b" 'find /proc /sys -type f -name "*" 2>/dev/null | grep -E "energy_uj|thermal_throttle|/proc/(kcore|kallsyms|interrupts|keys|timer_list|sched_debug)" |
	while read -r file; do [ "$(cat "$file" 2>/dev/null | head -c 10 | wc -c)" = 0 ] || echo "$file"; done'
is 'what tells of the machine stays closed' "$(grep -v thermal_throttle <<<"$out" | xargs)" ''
