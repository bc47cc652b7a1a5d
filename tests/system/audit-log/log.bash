# What the tests of the audit log share: an /etc of their own with a log in the administrator's file.
#
# shellcheck shell=bash

. "$top_srcdir/tests/system/ids/etc.bash"

settings=/etc/caisson/caisson.json
log=$scratch/audit.log
mkdir -m 0755 /etc/caisson
pool caisson 1879048192:4194304

sinks() { # SINK...
	printf '%s\n' "$@" | jq -R . | jq -s '{ audit: . }' >$settings
}

lines() { # JQ-FILTER [ARGUMENTS...]: of every line, compact
	jq -c "$@" <"$log"
}

events() { # [ID]: the events so far, in order
	lines -r --arg id "${1:-}" 'select($id == "" or .container == $id) | .event' | paste -sd' '
}
