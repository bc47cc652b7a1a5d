#!/bin/bash
# create, state, list, start, kill, delete and a detached run of an ordinary user; the state is
# below XDG_RUNTIME_DIR, and the first process is never root of the host.
. "$top_srcdir/tests/system/rootless/user.bash"

b=$(user_bundle bundle) || bail 'make a bundle'
set_args "$b" sleep 60

host_ids() { # PID: all uids and gids as the host sees them
	sed -n 's/^[UG]id:[[:space:]]*//p' "/proc/$1/status" | xargs
}

for profile in hardened oci; do
	new_id
	succeeds "$profile: create" caisson --profile "$profile" create --bundle "$b" \
		--pid-file "$scratch/run/pid" "$id"
	is "$profile: waits to be started" "$(status_of "$id")" created
	is "$profile: state is below XDG_RUNTIME_DIR" "$(ls "$scratch/run/caisson")" "$id"
	pid=$(pid_of "$id")
	is "$profile: pid file" "$(cat "$scratch/run/pid")" "$pid"
	ids="$user_id $user_id $user_id $user_id"
	is "$profile: the user's ids on the host, created" "$(host_ids "$pid")" "$ids $ids"
	like "$profile: list" "$(caisson list)" "^$id +$pid +created .* $user\$"
	fails_with "$profile: a second one of this id" 'already exists' \
		caisson --profile "$profile" create --bundle "$b" "$id"
	succeeds "$profile: start" caisson start "$id"
	is "$profile: runs" "$(status_of "$id")" running
	is "$profile: the user's ids on the host, running" "$(host_ids "$pid")" "$ids $ids"
	fails_with "$profile: delete of a running one" 'is not stopped' caisson delete "$id"
	succeeds "$profile: kill" caisson kill "$id" KILL
	eventually has_status "$id" stopped
	is "$profile: stopped" "$(status_of "$id")" stopped
	succeeds "$profile: delete" caisson delete "$id"

	edit "$b" '.process.user = {uid: 33, gid: 33}'
	new_id
	succeeds "$profile: detached run" caisson --profile "$profile" run --detach --bundle "$b" "$id"
	ids="$((sub_first + 32)) $((sub_first + 32))"
	is "$profile: as uid 33, subordinate ids on the host" "$(host_ids "$(pid_of "$id")")" \
		"$ids $ids $ids $ids"
	succeeds "$profile: delete --force" caisson delete --force "$id"
	edit "$b" '.process.user = {uid: 0, gid: 0}'

	set_args "$b" sh -c 'cat; echo error >&2; exit 3'
	is "$profile: standard streams" \
		"$(echo in | caisson --profile "$profile" run --bundle "$b" "$id" 2>&1 | xargs)" 'in error'
	caisson --profile "$profile" run --bundle "$b" "$id" </dev/null >/dev/null 2>&1
	is "$profile: exit status" $? 3
	set_args "$b" sleep 60
done
is 'nothing of the containers is left' "$(user_state)" ''

unset_dir() {
	as_user env -u XDG_RUNTIME_DIR "$CAISSON" run --bundle "$b" "$test_tag-x"
}
fails_with 'without XDG_RUNTIME_DIR: where the state would be is named' "'/run/caisson'" unset_dir
