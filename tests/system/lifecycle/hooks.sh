#!/bin/bash
# HOOK-01 to HOOK-07: all six kinds, their order, namespaces, arguments, environment and stdin.
. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox

# hardened runs only what no user could have changed, all the way from "/": so not below /tmp
mount -t tmpfs -o mode=0755 tmpfs /mnt || bail 'a place for hooks'
hooks=/mnt/hooks
mkdir $hooks
undo() {
	umount -l /mnt
	at_exit
}
trap undo EXIT

# Notes everything there is to know in a directory named by its first argument.
cat >$hooks/note <<'END'
#!/bin/sh
dir=/mnt/hooks/$1 # a script's argv[0] is the kernel's choice
[ -d /mnt/hooks ] || dir=/tmp/$1 # startContainer: in the container
mkdir "$dir" || exit 1
/bin/cat >"$dir/stdin"
/bin/cat </proc/self/environ >"$dir/environ" # opened by the shell, so its own
for n in "$@"; do echo "$n"; done >"$dir/args"
pwd >"$dir/cwd"
for ns in mnt net pid user uts ipc; do readlink /proc/self/ns/$ns; done >"$dir/ns"
ls /proc/self/fd | wc -l >"$dir/fds"
sed -n "s/^SigBlk:.//p; s/^SigIgn:.//p; s/^Umask:.//p" /proc/self/status | tr "\n" " " >"$dir/status"
echo "$1" >>"${dir%/*}/order"
echo "output of $1"
echo "diagnostics of $1" >&2
END
chmod 0755 $hooks/note
host_ns=$(for ns in mnt net pid user uts ipc; do readlink "/proc/self/ns/$ns"; done)

b=$(new_bundle) || bail 'make a bundle'
chmod 0777 "$b/rootfs/tmp"
cp $hooks/note "$b/rootfs/bin/note"
set_args "$b" sh -c 'echo container >>/tmp/order; for ns in mnt net pid user uts ipc; do
	readlink /proc/self/ns/$ns; done >/tmp/ns; cat; exec sleep 60'
edit "$b" '
	def hook(name): { path: "/mnt/hooks/note", args: ["my own name", name, "third  word"],
		env: ["A=1", "EMPTY="] };
	.hooks = {
		poststop: [hook("poststop-0"), hook("poststop-1")],
		poststart: [hook("poststart-0"), hook("poststart-1")],
		startContainer: [hook("startContainer-0"), hook("startContainer-1") | .path = "/bin/note"],
		createContainer: [hook("createContainer-0"), hook("createContainer-1")],
		createRuntime: [hook("createRuntime-0"), hook("createRuntime-1")],
		prestart: [hook("prestart-0"), hook("prestart-1")] }
	| .annotations = { "org.example": "value" }'
inside=$b/rootfs/tmp

state_is() { # KIND STATUS PID: what the hook read on stdin
	local dir=$hooks
	[[ $1 == startContainer* ]] && dir=$inside
	is "$profile: HOOK-07: $1: stdin" \
		"$(jq -rc '[.ociVersion != "", .id, .status, .pid // "none", .bundle, .annotations["org.example"]]' \
			"$dir/$1/stdin")" "[true,\"$id\",\"$2\",$3,\"$b\",\"value\"]"
}

for profile in hardened oci; do
	new_id
	echo 'input of the container' | SECRET=leaked caisson --profile $profile create --bundle "$b" "$id" \
		>"$scratch/stdout" 2>"$scratch/stderr" || bail "$profile: create" "$(cat "$scratch/stderr")"
	pid=$(pid_of "$id")
	is "$profile: HOOK-06: order in create" "$(xargs <$hooks/order)" \
		'prestart-0 prestart-1 createRuntime-0 createRuntime-1 createContainer-0 createContainer-1'
	is "$profile: nothing is started yet" "$(ls "$inside/order" 2>/dev/null)" ''
	rm $hooks/order
	SECRET=leaked caisson start "$id" 2>>"$scratch/stderr"
	is "$profile: start" $? 0
	is "$profile: HOOK-06: order in start" "$(xargs <$hooks/order)" 'poststart-0 poststart-1'
	rm $hooks/order
	eventually grep -q container "$inside/order"
	is "$profile: HOOK-06: order inside" "$(xargs <"$inside/order")" \
		'startContainer-0 startContainer-1 container'
	is "$profile: stdin is left for the container" "$(head -n 1 "$scratch/stdout")" \
		'input of the container'
	SECRET=leaked caisson delete --force "$id" 2>>"$scratch/stderr"
	is "$profile: delete" $? 0
	is "$profile: HOOK-06: order in delete" "$(xargs <$hooks/order)" 'poststop-0 poststop-1'
	is "$profile: nothing a hook printed comes out" "$(cat "$scratch/stderr")" ''

	for n in 0 1; do
		state_is "prestart-$n" creating "$pid"
		state_is "createRuntime-$n" creating "$pid"
		state_is "createContainer-$n" creating 1
		state_is "startContainer-$n" created 1
		state_is "poststart-$n" running "$pid"
		state_is "poststop-$n" stopped 0
	done
	container_ns=$(cat "$inside/ns")
	for kind in prestart createRuntime poststart poststop; do
		is "$profile: $kind runs in the runtime's namespaces" "$(cat "$hooks/$kind-0/ns")" "$host_ns"
	done
	is "$profile: createContainer runs in the container's, but the user namespace" \
		"$(grep -v '^user' "$hooks/createContainer-0/ns")" "$(grep -v '^user' <<<"$container_ns")"
	is "$profile: startContainer runs in all of the container's" \
		"$(cat "$inside/startContainer-0/ns")" "$container_ns"
	is "$profile: cwd of prestart" "$(cat $hooks/prestart-0/cwd)" "$b"
	is "$profile: cwd of createRuntime" "$(cat $hooks/createRuntime-0/cwd)" "$b"
	is "$profile: cwd of createContainer" "$(cat $hooks/createContainer-0/cwd)" "$b/rootfs"
	is "$profile: cwd of startContainer" "$(cat "$inside/startContainer-0/cwd")" /
	for name in prestart-0 createRuntime-1 createContainer-0 poststart-1 poststop-0; do
		is "$profile: HOOK-03: $name: args" "$(cat "$hooks/$name/args")" "$name
third  word"
		is "$profile: HOOK-04: $name: its env and nothing else" \
			"$(tr '\0' '|' <"$hooks/$name/environ")" 'A=1|EMPTY=|'
		is "$profile: $name: no descriptor but 0, 1, 2 (ls has one of its own)" \
			"$(cat "$hooks/$name/fds")" 4
		is "$profile: $name: umask, signals" "$(xargs <"$hooks/$name/status")" \
			'0022 0000000000000000 0000000000000000'
	done
	is "$profile: HOOK-04: startContainer-0: its env" \
		"$(tr '\0' '|' <"$inside/startContainer-0/environ")" 'A=1|EMPTY=|'
	rm -rf "${hooks:?}"/{pre,create,post}* $hooks/order "${inside:?}"/*
done

# argv[0] as given: a program that is called by another name (docker's libnetwork-setkey).
cp /bin/busybox $hooks/tool
edit "$b" '.hooks = { createRuntime: [{ path: "/mnt/hooks/tool",
	args: ["touch", "/mnt/hooks/touched"] }] }'
set_args "$b" true
new_id
succeeds 'HOOK-03: argv[0] is passed as given' caisson run --bundle "$b" "$id"
is 'HOOK-03: busybox took it for its command' "$(ls $hooks/touched)" $hooks/touched
# The path is executed as it is, through procfs (T-07).
rm $hooks/touched
sleep 60 &
edit "$b" '.hooks = { prestart: [{ path: "/mnt/hooks/note", args: ["absent", "absent"] }] }'
new_id
# HOOK-04: without env: hardened none, oci the caller's
SECRET=leaked caisson run --bundle "$b" "$id"
is 'HOOK-04: hardened: no env: an empty one' "$(tr -d '\0' <$hooks/absent/environ)" ''
rm -r $hooks/absent
new_id
SECRET=leaked caisson --profile oci run --bundle "$b" "$id"
like 'HOOK-04: oci: no env: that of the caller, as with runc' \
	"$(tr '\0' '\n' <$hooks/absent/environ)" '^SECRET=leaked$'
rm -r $hooks/absent
edit "$b" '.hooks = { prestart: [{ path: "/mnt/hooks/note", args: ["absent", "absent"], env: [] }] }'
new_id
SECRET=leaked caisson --profile oci run --bundle "$b" "$id"
is 'HOOK-04: oci: an empty env is an empty one' "$(tr -d '\0' <$hooks/absent/environ)" ''
kill $! && wait $! 2>/dev/null

# A hook that reads nothing, writes much, closes everything, leaves children: no error.
big=$(printf 'x%.0s' {1..100000})
edit "$b" --arg big "$big" '.annotations.big = $big | .hooks = { createRuntime: [
	{ path: "/mnt/hooks/tool", args: ["true"] },
	{ path: "/mnt/hooks/tool", args: ["sh", "-c", "exec <&-; exit 0"] },
	{ path: "/mnt/hooks/tool", args: ["dd", "if=/dev/zero", "bs=64k", "count=8"] },
	{ path: "/mnt/hooks/tool", args: ["sh", "-c", "exec >&- 2>&-; cat >/mnt/hooks/read"] },
	{ path: "/mnt/hooks/tool", args: ["sh", "-c", "sleep 0.5 & exit 0"] } ] }'
new_id
start_us=${EPOCHREALTIME/./}
succeeds 'HOOK-07: hooks that do not read their stdin' timeout 10 "$CAISSON" run --bundle "$b" "$id"
is 'HOOK-07: one that does gets all of it' "$(jq -r '.annotations.big | length' $hooks/read)" 100000
is "what a hook's children still hold open is not waited for" \
	$((${EPOCHREALTIME/./} - start_us < 5000000)) 1
