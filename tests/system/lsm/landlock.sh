#!/bin/bash
# Landlock, where a profile asks for it: the image can't be written but for what is listed, volumes
# are as mounted, other TCP ports can't be used; and exec gets the same.
# shellcheck disable=SC2016 # expressions of jq and of the shell inside
. "$top_srcdir/tests/system/lib.sh"

need jq
cat >"$scratch/locked.json" <<PROFILE
{
	"extends": "hardened",
	"volumes_relabel": ["$scratch/volume", "$scratch/fixed"],
	"landlock": {
		"writable": ["/tmp", "/var/one-file", "/not/there"],
		"tcp_bind": [8080],
		"tcp_connect": []
	}
}
PROFILE
b=$(new_bundle)
: >"$b/rootfs/var/one-file"
mkdir "$scratch/volume" "$scratch/fixed"
chown 1000:1000 "$scratch/volume" "$scratch/fixed"
edit "$b" --arg volume "$scratch/volume" --arg fixed "$scratch/fixed" '.mounts += [
	{destination: "/volume", type: "bind", source: $volume, options: ["bind", "rw"]},
	{destination: "/fixed", type: "bind", source: $fixed, options: ["bind", "ro"]}]'
global_flags=(--profile "$scratch/locked.json")
plan=$(caisson "${global_flags[@]}" plan "$b" 2>&1)
if ! grep -q 'landlock path=' <<<"$plan"; then
	like 'without it, plan says so' "$plan" 'this kernel has no landlock'
	is '... and the container runs' "$(run_sh "$b" 'echo yes')" yes
	exit
fi
like 'plan: the rules' "$plan" 'landlock path=/tmp fs=0x'

cat >"$b/rootfs/try" <<'TRY'
try() { name=$1; shift; if "$@" >/dev/null 2>&1; then echo "$name yes"; else echo "$name no"; fi; }
try read cat /etc/passwd
try list ls /etc
try run /bin/busybox true
try image sh -c 'echo x >/etc/new'
try change sh -c 'echo x >>/etc/passwd'
try remove rm /etc/group
try directory mkdir /home/new
try link ln -s x /home/new
try tmp sh -c 'mkdir /tmp/a && echo x >/tmp/a/b && mv /tmp/a /tmp/c && rm -r /tmp/c'
try file sh -c 'echo x >/var/one-file'
try volume sh -c 'echo x >/volume/new'
try fixed sh -c 'echo x >/fixed/new'
try shm sh -c 'echo x >/dev/shm/new'
try null sh -c 'echo x >/dev/null'
try proc sh -c 'echo shell >/proc/self/comm'
TRY
wanted='read yes list yes run yes image no change no remove no directory no link no tmp yes file yes volume yes fixed no shm yes null yes proc yes '
is 'the image, and what is listed' "$(run_sh "$b" 'sh /try' 2>&1 | tr '\n' ' ')" "$wanted"
# Until it listens, or says why not: a time that is enough here is not enough everywhere.
ports='try() { : >/tmp/said; nc -l -p $1 -e true </dev/null >/dev/null 2>>/tmp/said & pid=$!; i=0
	until grep -q denied /tmp/said || grep -q "$(printf ":%04X .* 0A " $1)" /proc/net/tcp* || [ $i = 100 ]; do
		sleep 0.1; i=$((i + 1)); done; kill $pid 2>/dev/null
	if [ $i = 100 ]; then echo $1 late; elif grep -q denied /tmp/said; then echo $1 no; else echo $1 yes; fi; }
try 8080; try 8081; nc -w 1 127.0.0.1 8080 </dev/null 2>&1 | grep -o "Permission denied\|Connection refused"'
if ! grep -q 'knows no TCP ports' <<<"$plan"; then
	is 'ports' "$(run_sh "$b" "$ports" 2>&1)" $'8080 yes\n8081 no\nPermission denied'
else
	is 'ports are not limited' "$(run_sh "$b" "$ports" 2>&1)" $'8080 yes\n8081 yes\nConnection refused'
fi

set_args "$b" /bin/sleep 1000
new_id
caisson "${global_flags[@]}" run --detach --bundle "$b" "$id" >"$last_output" 2>&1 </dev/null ||
	bail 'a container to join' "$(cat "$last_output")"
is 'exec: the same' "$(caisson exec "$id" sh /try 2>&1 | tr '\n' ' ')" "$wanted"
caisson delete --force "$id"

global_flags=()
like 'without the key the image can be written' "$(run_sh "$b" 'sh /try' 2>&1 | tr '\n' ' ')" \
	'image yes change yes remove yes directory yes link yes'

for bad in '{"writable": ["tmp"]}' '{"tcp_bind": [65536]}' '{"writeable": []}' true '{"tcp_bind": null}'; do
	echo "{\"extends\": \"hardened\", \"landlock\": $bad}" >"$scratch/bad.json"
	fails_with "refused: $bad" '/landlock' caisson --profile "$scratch/bad.json" plan "$b"
done
