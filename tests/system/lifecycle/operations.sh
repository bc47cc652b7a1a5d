#!/bin/bash
# OP-01 to OP-05 of the runtime specification: what each operation does, and when it must fail and
# change nothing.
. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox

b=$(new_bundle) || bail 'make a bundle'
set_args "$b" sh -c 'echo ran >>/tmp/ran; exec sleep 60'
chmod 0777 "$b/rootfs/tmp"
ran=$b/rootfs/tmp/ran

fails_as() { # DESCRIPTION STATUS ID REGEX COMMAND...: the container keeps its state
	local what=$1 id=$3 before
	before=$(caisson state "$id" 2>&1 | grep -v ^time=)
	fails_with "$what" "$4" "${@:5}"
	is "$what: nothing changed" "$(caisson state "$id" 2>&1 | grep -v ^time=)" "$before"
	is "$what: status" "$(status_of "$id")" "$2"
}

new_id
succeeds 'OP-01: create' caisson create --bundle "$b" "$id"
is 'OP-01: create does not run args' "$(cat "$ran" 2>&1)" "cat: $ran: No such file or directory"
is 'OP-01: it is created' "$(status_of "$id")" created
fails_as 'OP-01: the id is not unique' created "$id" 'container with given ID already exists' \
	caisson create --bundle "$b" "$id"
fails_as 'OP-01: run of an id that is not unique' created "$id" \
	'container with given ID already exists' caisson run --bundle "$b" "$id"
fails_with 'OP-01: no id' 'requires exactly 1 argument' caisson create --bundle "$b"
fails_with 'OP-01: no bundle' 'no such file or directory' caisson create --bundle /no/such/bundle "$id"
created=$id
new_id
edit "$b" '.mounts += [{ destination: "/x", type: "no-such-fs", source: "none" }]'
fails_with 'OP-01: a property that cannot be applied' 'no-such-fs' caisson create --bundle "$b" "$id"
fails_with 'OP-01: leaves no container' 'container does not exist' caisson state "$id"
edit "$b" 'del(.mounts[-1])'

for bad in . .. a/b /etc 'a b' 'ä' 'a:b' 'a@b' '*' "$(printf 'x%.0s' {1..256})" $'a\nb' '../x'; do
	for command in "create --bundle $b" "run --bundle $b" start state kill delete 'delete --force'; do
		# shellcheck disable=SC2086 # a command and its flags
		fails_with "$command: invalid id '${bad:0:20}'" 'invalid container ID format' \
			caisson $command "$bad"
	done
done 2>&1 | awk '/^not ok/ { bad = 1 } { line = $0 } bad { print } END { exit bad }' ||
	fail 'OP-01: invalid ids are refused by every command'
pass 'OP-01: invalid ids were tried with every command'
fails_with 'OP-01: an empty id' 'container id cannot be empty' caisson create --bundle "$b" ''
for good in a A 9 -- _x +x x-y .hidden "$(printf 'x%.0s' {1..200})" ...; do
	[ "$good" = -- ] && continue
	succeeds "OP-01: '${good:0:20}' is a valid id" caisson create --bundle "$b" "$good"
	is "OP-01: '${good:0:20}' is what state shows" "$(caisson state "$good" | jq -r .id)" "$good"
	succeeds "OP-01: delete '${good:0:20}'" caisson delete "$good"
done

succeeds 'OP-02: start' caisson start "$created"
is 'OP-02: it runs' "$(status_of "$created")" running
eventually grep -q ran "$ran"
is 'OP-02: its args ran once' "$(cat "$ran")" ran
fails_as 'OP-02: of a running one' running "$created" 'cannot start an already running container' \
	caisson start "$created"
fails_with 'OP-02: no id' 'requires exactly 1 argument' caisson start
fails_with 'OP-02: of an unknown one' 'container does not exist' caisson start nobody

fails_with 'OP-03: no id' 'requires exactly 1 argument' caisson state
fails_with 'OP-03: of an unknown one' 'container does not exist' caisson state nobody

fails_with 'OP-04: no id' 'requires a minimum of 1 argument' caisson kill
fails_with 'OP-04: of an unknown one' 'container does not exist' caisson kill nobody KILL
fails_as 'OP-05: of a running one' running "$created" \
	"cannot delete container $created that is not stopped: running" caisson delete "$created"
succeeds 'OP-04: kill' caisson kill "$created" KILL
eventually has_status "$created" stopped
is 'OP-04: it is stopped' "$(status_of "$created")" stopped
fails_as 'OP-02: of a stopped one' stopped "$created" \
	'cannot start a container that has stopped' caisson start "$created"
fails_as 'OP-04: of a stopped one' stopped "$created" 'container not running' \
	caisson kill "$created" KILL
is 'OP-02: its args still ran once' "$(cat "$ran")" ran
rm "$ran"

# What it did not create stays: the rootfs, what it made in there, the cgroup above.
mkdir "$b/rootfs/keep"
pid_of "$created" >/dev/null
succeeds 'OP-05: delete' caisson delete "$created"
is 'OP-05: the rootfs is not its own' "$(ls -d "$b/rootfs/keep")" "$b/rootfs/keep"
fails_with 'OP-05: it is gone' 'container does not exist' caisson state "$created"
fails_with 'OP-05: of one that is gone' 'container does not exist' caisson delete "$created"
fails_with 'OP-05: no id' 'requires exactly 1 argument' caisson delete
succeeds 'OP-05: its id can be used again' caisson create --bundle "$b" "$created"
succeeds 'OP-05: delete of a created one (T-01: containerd relies on it)' caisson delete "$created"
is 'OP-05: which never ran' "$(ls "$ran" 2>/dev/null)" ''

# GEN-09: edits of config.json after create have no effect.
new_id
edit "$b" '.process.args = ["sh", "-c", "echo first >/tmp/ran; sleep 60"] | .annotations.a = "first"'
succeeds 'GEN-09: create' caisson create --bundle "$b" "$id"
edit "$b" '.process.args = ["sh", "-c", "echo second >/tmp/ran; sleep 60"] | .annotations.a = "second"
	| .hooks.poststart = [{ path: "/bin/false" }] | .hooks.poststop = [{ path: "/bin/false" }]'
succeeds 'GEN-09: start' caisson start "$id"
eventually grep -q . "$ran"
is 'GEN-09: args are those of create' "$(cat "$ran")" first
is 'GEN-09: annotations too' "$(caisson state "$id" | jq -r .annotations.a)" first
rm "$b/config.json"
succeeds 'GEN-09: kill without a config.json' caisson kill "$id" KILL
eventually has_status "$id" stopped
succeeds 'GEN-09: delete without a config.json' caisson delete "$id"
