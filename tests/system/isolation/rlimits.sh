#!/bin/bash
# Resource limits don't depend on who called caisson, and have bounds.
# shellcheck disable=SC2016 # expressions of jq and of the shell inside
. "$top_srcdir/tests/system/attack.sh"

attack_bundle
set_args "$b" /bin/cat /proc/self/limits

limit() { # NAME: soft and hard of $out
	sed -n "s/^Max $1 *\([a-z0-9]*\) *\([a-z0-9]*\).*/\1 \2/p" <<<"$out"
}

below() { # BOUND HARD: where root lacks CAP_SYS_RESOURCE, limits can only go down
	if [ "$2" = unlimited ] || [ "$2" -gt "$1" ]; then echo "$1"; else echo "$2"; fi
}

ulimit -Sc "$(ulimit -Hc)"
ulimit -Sn 300
run_bundle "$b"
is 'no core files, which the host would handle' "$(limit 'core file size')" '0 0'
is 'open files: those of the config' "$(limit 'open files')" '1024 1024'
memlock=$(below 8192 "$(ulimit -Hl)")
is 'locked memory' "$(limit 'locked memory')" "$((memlock * 1024)) $((memlock * 1024))"
stack=$(below 8192 "$(ulimit -Hs)")
is 'stack' "$(limit 'stack size')" "$((stack * 1024)) $((stack * 1024))"

edit "$b" '.process.rlimits = []'
run_bundle "$b"
is "open files: the profile's where the config has none" "$(limit 'open files')" \
	"1024 $(below 524288 "$(ulimit -Hn)")"

edit "$b" '.process.rlimits = [{type: "RLIMIT_CORE", soft: 1000000, hard: 1000000}]'
run_bundle "$b"
is 'a config that wants core files gets none' "$(limit 'core file size')" '0 0'

edit "$b" '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 64, hard: 64}]'
run_bundle "$b"
is 'a stricter config counts' "$(limit 'open files')" '64 64'
