#!/bin/bash
# Whether this host is ready for containers of an ordinary user.
# shellcheck disable=SC2016 # expressions of jq inside
. "$top_srcdir/tests/system/rootless/user.bash"
. "$top_srcdir/tests/system/check/report.bash"

check
is 'a user who can run containers is told so' "$rc $(jq -c '[.ready, .rootless, .user]' "$scratch/report.json")" \
	"0 [true,true,\"$user\"]"
like 'namespaces are made in a user namespace' "$(line namespaces)" '^ok: user, mount, '
is 'subordinate ids' "$(line 'subordinate ids')" "ok: user '$user': 65536 user ids, 65536 group ids"
is 'who lacks something is told what to do' \
	"$(jq -c '[.checks[] | select(.status != "ok" and (.fix | not))]' "$scratch/report.json")" '[]'

for file in subuid subgid; do
	cp "/etc/$file" "$scratch/$file"
	sed "/^$user:/d" "$scratch/$file" >"/etc/$file"
	check
	like "no line in /etc/$file" "$rc $(line 'subordinate ids')" "^1 missing: user '$user': .*\b0 (user|group) ids"
	like "no line in /etc/$file: what to do" "$(fix_of 'subordinate ids')" \
		"^as root: usermod --add-subuids [0-9]+-[0-9]+ --add-subgids [0-9]+-[0-9]+ $user\$"
	cat "$scratch/$file" >"/etc/$file"
done
sed -i "s/^$user:.*/$user:$sub_first:1000/" "$scratch/subuid" && cat "$scratch/subuid" >/etc/subuid
check
is 'few ids are few' "$rc $(line 'subordinate ids' | cut -d: -f1)" '0 degraded'

for helper in newuidmap newgidmap; do
	echo >"$scratch/false" && chmod 0755 "$scratch/false"
	path=$(readlink -f "$(command -v $helper)")
	mount --bind "$scratch/false" "$path"
	check
	like "$helper without its power" "$rc $(line $helper)" '^1 missing: .* neither setuid root nor has it file capabilities'
	umount "$path"
done

mkdir "$scratch/home/own" "$scratch/other" && chown "$user_id:$user_id" "$scratch/home/own"
check "$scratch/home/own" "$scratch/other" "$scratch/none"
like 'a directory of the own' "$(line "$scratch/home/own")" '^ok: '
like 'a directory of somebody else' "$(line "$scratch/other")" '^degraded: .* of user id 0'
like 'no directory' "$rc $(line "$scratch/none")" '^1 missing: '

as_user env -u XDG_RUNTIME_DIR "$CAISSON" check --format json >"$scratch/report.json" 2>"$scratch/stderr"
like 'no run directory' "$? $(line 'state directory')" '^1 missing: .*permission denied'
like 'no run directory: what to do' "$(fix_of 'state directory')" XDG_RUNTIME_DIR
is 'nothing is left of it' "$(user_state)" ''
