#!/bin/bash
# caisson's own SELinux domain, enforcing, for configs without any label (CS-LSM-4): each container has
# a pair of categories, by which nobody else's files are out of its reach whatever the user ids are.
# shellcheck disable=SC2016 # expressions of jq
. "$top_srcdir/tests/system/lib.sh"

[ "$(cat /sys/fs/selinux/enforce 2>/dev/null)" = 1 ] || skip 'selinux is not enforcing here'
grep -q ':unconfined_t:' /proc/self/attr/current || skip 'needs a process that may change its label'
domain=system_u:system_r:caisson_t:s0 files=system_u:object_r:caisson_file_t:s0
if ! printf '%s\0' "$domain:c0.c1023" >/sys/fs/selinux/context; then
	skip 'the module caisson is not loaded'
fi

own_label="tr -d '\\0' </proc/self/attr/current"
label_of() { caisson state "$1" | jq -r .caisson.selinuxLabel; }
host_label() { tr -d '\0' <"/proc/$(pid_of "$1")/attr/current"; }
level_of() { cut -d: -f4- <<<"$1"; }

# Two containers and two volumes of one user, who is root in both.
mkdir "$scratch/one" "$scratch/two"
chown 1000:1000 "$scratch/one" "$scratch/two"
for name in one two; do
	bundle=$(new_bundle "bundle-$name")
	edit "$bundle" --arg source "$scratch" '.mounts += [
		{destination: "/one", type: "bind", source: ($source + "/one"), options: ["bind", "rw"]},
		{destination: "/two", type: "bind", source: ($source + "/two"), options: ["bind", "rw"]}]'
	set_args "$bundle" /bin/sleep 1000
done
like 'plan says what it will be' "$(caisson plan "$scratch/bundle-one" 2>&1)" "CS-LSM-4"
new_id && one=$id && new_id && two=$id
for name in one two; do
	caisson create --bundle "$scratch/bundle-$name" "${!name}" >"$last_output" 2>&1 </dev/null ||
		bail "container $name" "$(cat "$last_output")"
	caisson start "${!name}"
done
label_one=$(label_of "$one") label_two=$(label_of "$two")
like 'a label of its own, with two categories' "$label_one" "^$domain:c[0-9]+,c[0-9]+\$"
isnt 'the other container has other categories' "$label_two" "$label_one"
is 'the label is in force' "$(host_label "$one")" "$label_one"
is 'for the other one, too' "$(host_label "$two")" "$label_two"
is 'it knows its label itself' "$(caisson exec "$one" sh -c "$own_label")" "$label_one"
is 'exec keeps it' "$(caisson exec --user 1000 "$one" sh -c "$own_label")" "$label_one"

mount_label="system_u:object_r:caisson_file_t:$(level_of "$label_one")"
for dir in dev dev/shm dev/pts; do
	is "ls -Z of /$dir: its files' type, the same categories" \
		"$(stat -c %C "/proc/$(pid_of "$one")/root/$dir")" "$mount_label"
done

like 'ls -Z of the image, which caisson has relabelled' "$(ls -Z "$scratch/bundle-one/rootfs/bin/busybox")" \
	"^$mount_label "
is 'a symlink of it, too' "$(stat -c %C "$scratch/bundle-one/rootfs/bin/sh")" "$mount_label"

# --- volumes ------------------------------------------------------------------------------------------

# By way of a pipe: a file of the host that is standard output is taken from a container.
inside() { # ID COMMAND
	caisson exec "$1" sh -c "$2" 2>&1 | cat
	return "${PIPESTATUS[0]}"
}
echo secret | tee "$scratch/one/file" >"$scratch/two/file"
chmod 0600 "$scratch"/{one,two}/file && chown 1000:1000 "$scratch"/{one,two}/file
chcon -R -t caisson_file_t -l s0 "$scratch/one" "$scratch/two"
is 'volumes without categories: one reads both' "$(inside "$one" 'cat /one/file /two/file')" $'secret\nsecret'
is 'so does the other' "$(inside "$two" 'cat /one/file /two/file')" $'secret\nsecret'
is 'as the same user' "$(inside "$one" 'stat -c %u /one/file'):$(inside "$two" 'stat -c %u /one/file')" 0:0
chcon -R -l "$(level_of "$label_one")" "$scratch/one"
chcon -R -l "$(level_of "$label_two")" "$scratch/two"
is 'a container reads its own volume' "$(inside "$one" 'cat /one/file')" secret
succeeds 'and writes to it' inside "$one" 'echo more >>/one/file; echo new >/one/new'
is 'what it makes has its label' "$(stat -c %C "$scratch/one/new")" "$mount_label"
fails_with "it does not read the other's" 'Permission denied' inside "$one" 'cat /two/file'
fails_with 'nor write to it' 'Permission denied' inside "$one" 'echo x >>/two/file'
fails_with 'nor make files there' 'Permission denied' inside "$one" 'echo x >/two/new'
fails_with 'nor list it' 'Permission denied' inside "$one" 'ls /two'
fails_with 'and the other way round' 'Permission denied' inside "$two" 'cat /one/file'
is 'the other one reads its own' "$(inside "$two" 'cat /two/file')" secret
chcon -t tmp_t "$scratch/one/file"
fails_with 'a file with a label of the host is not read' 'Permission denied' inside "$one" 'cat /one/file'
for id in "$one" "$two"; do caisson delete --force "$id"; done

# --- relabelling (T-06) -------------------------------------------------------------------------------

cat >"$scratch/relabel.json" <<PROFILE
{
	"extends": "hardened",
	"volumes_relabel": ["$scratch/one", "$scratch/way"],
	"volumes_relabel_shared": ["$scratch/two"]
}
PROFILE
global_flags=(--profile "$scratch/relabel.json")
b=$scratch/bundle-one
mkdir "$scratch/host"
echo host >"$scratch/host/file"
chown 1000:1000 "$scratch/host" "$scratch/host/file"
host_labels() { stat -c %C "$scratch/host" "$scratch/host/file"; }
before=$(host_labels)
chcon -R -t tmp_t -l s0 "$scratch/one" "$scratch/two"
ln -s "$scratch/host/file" "$scratch/one/link"
is 'volumes that the profile marks are its own' "$(run_sh "$b" 'cat /one/file /two/file | wc -l' 2>&1)" 3
like 'with its categories' "$(stat -c %C "$scratch/one/file")" "caisson_file_t:s0:c[0-9]+,c[0-9]+\$"
is 'or without, where they are shared' "$(stat -c %C "$scratch/two/file")" "$files"
is 'where a symlink leads to, nothing is changed' "$(host_labels)" "$before"
ln "$scratch/host/file" "$scratch/one/hard"
fails_with 'a hard link that leads out' "relabel '.*/one/hard': a file with another name outside" run_sh "$b" true
is 'and nothing is changed' "$(host_labels)" "$before"
rm "$scratch/one/hard"
ln -s "$scratch/host" "$scratch/way"
edit "$b" --arg way "$scratch/way" '.mounts |= map(select(.destination != "/one")) |
	.mounts += [{destination: "/way", type: "bind", source: $way, options: ["bind", "rw"]}]'
fails_with 'a volume that is a symlink' 'CS-LSM-5.*through a symlink' run_sh "$b" true
is 'and still nothing' "$(host_labels)" "$before"
global_flags=()

# --- the overlay of an engine -------------------------------------------------------------------------

# Its second mount, of caisson's own, has the label as a whole; on disk nothing is relabelled.
o=$(new_bundle bundle-overlay)
mkdir "$scratch"/{upper,work} && mv "$o/rootfs" "$scratch/lower" && mkdir "$o/rootfs"
mount -t overlay -o "lowerdir=$scratch/lower,upperdir=$scratch/upper,workdir=$scratch/work" overlay "$o/rootfs" ||
	bail 'an overlay'
before=$(stat -c %C "$scratch/lower/bin/busybox")
set_args "$o" /bin/sh -c 'echo new >/new && exec sleep 1000'
new_id
caisson run --detach --bundle "$o" "$id" >"$last_output" 2>&1 </dev/null || bail 'a container' "$(cat "$last_output")"
like 'the overlay is rebuilt' "$(caisson state "$id" | jq -r .caisson.rung)" '^idmapped-overlay'
mount_label="system_u:object_r:caisson_file_t:$(level_of "$(label_of "$id")")"
for file in '' bin/busybox new; do
	eventually test -e "/proc/$(pid_of "$id")/root/$file"
	is "ls -Z of /$file in an overlay" "$(stat -c %C "/proc/$(pid_of "$id")/root/$file")" "$mount_label"
done
is 'its layer is as it was' "$(stat -c %C "$scratch/lower/bin/busybox")" "$before"
caisson delete --force "$id"
umount "$o/rootfs"

# A label that the config asks for is taken as it stands, and keys are labelled alike.
install -m 0755 "$PROBE" "$b/rootfs/bin/probe"
chcon -R "$files" "$b/rootfs"
global_flags=(--profile oci)
edit "$b" --arg name "$domain:c1,c2" '.process.selinuxLabel = $name | .linux.seccomp = null |
	.mounts |= map(select(.type != "bind"))'
set_args "$b" /bin/probe keyring
new_id
is 'the session keyring has the label' "$(caisson --profile oci run --bundle "$b" "$id")" "$domain:c1,c2"
set_args "$b" /bin/sleep 1000
new_id
caisson --profile oci run --detach --bundle "$b" "$id" >"$last_output" 2>&1 </dev/null ||
	bail 'a container to join' "$(cat "$last_output")"
is 'that of exec as well' "$(caisson exec "$id" probe keyring)" "$domain:c1,c2"
caisson delete --force "$id"

# --- what it sends to its service manager -----------------------------------------------------------

# caisson's socket is labelled as the container, which may send to no other.
edit "$b" 'del(.process.selinuxLabel)'
set_args "$b" /bin/sh -c '/bin/probe notify READY=1 || echo "$?" >/dev/shm/failed; exec /bin/sleep 1000'
cat >"$scratch/manager" <<'END'
import socket, sys
manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
manager.bind(sys.argv[1])
open(sys.argv[2], "w").close()
print(manager.recv(5000).decode(), flush=True)
END
python3 "$scratch/manager" "$scratch/manager.sock" "$scratch/bound" >"$scratch/told" 2>&1 &
manager=$!
eventually [ -e "$scratch/bound" ]
new_id
NOTIFY_SOCKET=$scratch/manager.sock timeout 60 "$CAISSON" run --detach --bundle "$b" "$id" >"$last_output" 2>&1 </dev/null
is 'a container says that it is ready' "$? $(cat "$scratch/told")" '0 READY=1'
kill $manager 2>/dev/null
wait $manager 2>/dev/null
caisson delete --force "$id"
