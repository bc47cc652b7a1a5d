#!/bin/bash
# The administrator's file: whose ids, which profile, which state directory; a mistake in it stops
# caisson with its words, and what it says is never taken from a file that others can write.
. "$top_srcdir/tests/system/ids/etc.bash"

settings=/etc/caisson/caisson.json
mkdir /etc/caisson
settle() { # TEXT
	printf '%s\n' "$1" >$settings
}
base_of() { # ID
	caisson state "$1" | jq -r '.caisson.ids.first'
}

b=$(new_bundle) || bail 'make a bundle'
set_args "$b" sleep 60
pool caisson 1879048192:131072 boxes 1895825408:131072 containers 1912602624:131072

new_id
caisson create --bundle "$b" "$id"
is 'without a file: ids of user caisson' "$(base_of "$id")" 1879048192
caisson delete "$id"

settle '{ "id_user": "boxes" }'
new_id
caisson create --bundle "$b" "$id"
is 'id_user: its ids' "$(base_of "$id")" 1895825408
caisson delete "$id"
is 'plan shows them too' "$(caisson plan --format json "$b" | jq -r .ids.exampleFirst)" 1895825408
settle '{ "id_user": "nobody-knows" }'
fails_with 'id_user without a range: the command to add one' \
	'run: echo nobody-knows:[0-9]+:[0-9]+ \| tee -a /etc/subuid' caisson create --bundle "$b" "$id"

settle '{}'
pool containers 1912602624:131072
new_id
caisson create --bundle "$b" "$id"
like 'no line for caisson: ids of user containers' "$(base_of "$id")" '^19126(02624|68160)$'
caisson delete "$id"
pool caisson 1000:20 containers 1912602624:131072
fails_with 'a line for caisson that is no use is not passed over' "must both give user 'caisson'" \
	caisson create --bundle "$b" "$id"
pool caisson 1879048192:131072

settle '{ "profile": "oci" }'
is 'profile' "$(caisson plan --format json "$b" | jq -r .profile)" oci
is 'the command line goes first' "$(caisson --profile hardened plan --format json "$b" | jq -r .profile)" hardened

settle "{ \"state_root\": \"$scratch/boxes\" }"
new_id
caisson create --bundle "$b" "$id"
succeeds 'state_root: there it is' test -f "$scratch/boxes/$id/state"
is 'every command looks there' "$(caisson list --quiet)" "$id"
fails_with 'and --root elsewhere' 'does not exist' caisson --root /run/caisson state "$id"
succeeds 'delete' caisson delete "$id"

settle '{ "id_usr": "boxes" }'
fails_with 'a misspelt key' "'/etc/caisson/caisson.json': /id_usr: unknown setting; did you mean .{2}id_user" \
	caisson create --bundle "$b" "$id"
fails_with 'list needs the file' 'unknown setting' caisson list
succeeds 'list with --root does not' caisson --root /run/caisson list
settle '{ "state_root": "run" }'
fails_with 'a relative state_root' '/state_root: must be an absolute path' caisson list
settle '{'
fails_with 'no JSON' "caisson.json': line 2" caisson list
settle '{ "profile": "oci" }'
chmod 0666 $settings
fails_with 'a file that others can write' 'writable by others than its owner' caisson plan "$b"
chmod 0644 $settings
chown 1000 $settings
fails_with 'a file of somebody else' 'owned by user 1000' caisson plan "$b"
