#!/bin/bash
# list and state: their forms, and what becomes of an entry that cannot be read.
. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox

root=$scratch/root
with_root() {
	"$CAISSON" --root "$root" "$@"
}

fails_with 'list below a --root that is missing' 'no such file or directory' with_root list
mkdir -m 0700 "$root"
is 'an empty list: the header alone' "$(with_root list)" \
	'ID          PID         STATUS      BUNDLE      CREATED     OWNER'
is 'an empty list as json: null' "$(with_root list --format json)" null
is 'an empty list, --quiet: nothing' "$(with_root list -q)" ''
is 'no default root: an empty list' \
	"$(unshare -m sh -c 'mount -t tmpfs tmpfs /run && exec "$0" list -f json' "$CAISSON" 2>&1)" null

b=$(new_bundle) || bail 'make a bundle'
edit "$b" '.annotations = { "org.example.key": "a \"quoted\" value", "empty": "" }'
set_args "$b" sleep 60
new_id
first=$id
new_id
second=$id
succeeds 'create one' with_root create --bundle "$b" "$first"
succeeds 'run another' with_root run --detach --bundle "$b" "$second"

is '-q: ids, sorted' "$(with_root list -q | xargs)" "$first $second"
table=$(with_root list)
is 'table: one line each and a header' "$(wc -l <<<"$table")" 3
like 'table: the header' "$(head -n 1 <<<"$table")" \
	'^ID +PID +STATUS +BUNDLE +CREATED +OWNER$'
like 'table: a created container' "$table" \
	"^$first   +[1-9][0-9]*   +created   +$b   +20[0-9-]*T[0-9:.]*Z   +root\$"
like 'table: a running container' "$table" "^$second   +[1-9][0-9]*  +running  +$b "
json=$(with_root list -f json)
is 'json: one line' "$(wc -l <<<"$json")" 1
is 'json: its objects' "$(jq -r '.[] | "\(.id) \(.status) \(.owner)"' <<<"$json" | xargs)" \
	"$first created root $second running root"

state=$(with_root state "$first"; echo .)
is 'state: no newline at the end' "${state: -2}" '}.'
state=${state%.}
is 'state: two spaces of indentation' "$(sed -n 2p <<<"$state" | cut -c1-4)" '  "o'
is 'state: the keys of runc, in its order' \
	"$(jq -r 'keys_unsorted | join(" ")' <<<"$state")" \
	'ociVersion id pid status bundle rootfs created annotations owner caisson'
is 'state: the id' "$(jq -r .id <<<"$state")" "$first"
is 'state: an absolute bundle' "$(jq -r .bundle <<<"$state")" "$b"
is 'state: an absolute rootfs' "$(jq -r .rootfs <<<"$state")" "$b/rootfs"
like 'state: when it was created, as RFC 3339 in UTC' "$(jq -r .created <<<"$state")" \
	'^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z$'
is 'state: annotations' "$(jq -c .annotations <<<"$state")" \
	'{"org.example.key":"a \"quoted\" value","empty":""}'
is 'state: the owner is for list only' "$(jq -r .owner <<<"$state")" ''
is 'state: the pid is one of this host' "$(cat "/proc/$(jq -r .pid <<<"$state")/comm")" caisson-init
unlike 'state: nobody mistakes it for an error' "$state" '[eE]rror'

edit "$b" 'del(.annotations)'
new_id
succeeds 'create one without annotations' with_root create --bundle "$b" "$id"
is 'state: no annotations then' "$(with_root state "$id" | jq 'has("annotations")')" false
succeeds 'delete it' with_root delete "$id"

# Damage is reported and left out; what is left of the list is still worth having.
mkdir -m 0700 "$root/empty" "$root/garbage" "$root/short" "$root/foreign"
head -c 200 /dev/urandom >"$root/garbage/state"
head -c 60 "$root/$first/state" >"$root/short/state"
cp "$root/$first/state" "$root/foreign/state"
chmod 0600 "$root"/{garbage,short,foreign}/state
list=$(with_root list -q 2>"$scratch/stderr")
is 'list: damaged entries are no failure' $? 0
is 'list: and left out' "$(xargs <<<"$list")" "$first $second"
for name in empty garbage short foreign; do
	like "list: $name is reported on stderr" "$(cat "$scratch/stderr")" "^load container $name: "
done
is 'list: one line each' "$(wc -l <"$scratch/stderr")" 4
with_root list --format json >"$scratch/stdout" 2>/dev/null
is 'list: json stays json' "$(jq length "$scratch/stdout")" 2
fails_with 'state of a directory without a record' 'container does not exist' with_root state empty
for name in garbage short foreign; do
	fails_with "state: $name is damaged, and what to do" \
		"state of container '$name' is damaged.*delete --force $name" with_root state $name
	fails_with "start: $name is damaged" 'is damaged' with_root start $name
	fails_with "kill: $name is damaged" 'is damaged' with_root kill $name KILL
	fails_with "delete: $name is damaged" 'is damaged' with_root delete $name
	succeeds "delete --force removes $name" with_root delete --force $name
done
succeeds 'delete --force removes a directory without a record' with_root delete --force empty
is 'only the containers are left' "$(with_root list -q 2>&1 | xargs)" "$first $second"
succeeds 'the record that was copied is still good' with_root start "$first"

# root trusts what it reads there, so nobody else may be able to write it.
chmod 0720 "$root"
fails_with 'a root that the group may write' 'can be written by others' with_root list
chmod 0700 "$root"
chown 1 "$root/$first"
fails_with "an entry of somebody else's" 'belongs to user 1' with_root state "$first"
chown 0 "$root/$first"
ln -s root "$scratch/alias"
fails_with 'a root that is a symlink' 'symlinks are not followed' "$CAISSON" --root "$scratch/alias" list
for id in $first $second; do
	succeeds "delete --force" with_root delete --force "$id"
done
