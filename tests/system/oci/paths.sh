#!/bin/bash
# maskedPaths and readonlyPaths (MASK-01 to MASK-03), the read-only root file system, its
# propagation (PROP-01).
. "$top_srcdir/tests/system/lib.sh"
need jq /bin/busybox
global_flags=(--profile oci)

b=$(new_bundle) || bail 'make a bundle'
r=$b/rootfs
mkdir -p "$r"/{secret,ro/below,var/lib}
echo text | tee "$r/secret/file" "$r/ro/file" "$r/secret-file" "$r/ro-file" >/dev/null
mkfifo "$r/fifo"
ln -s secret-file "$r/link"
ln -s /secret "$r/dir-link"
ln -s /ro-file "$r/ro-link"
ln -s loop "$r/loop"
edit "$b" '.linux.maskedPaths = ["/secret", "/secret", "/secret/file", "/secret-file", "/fifo",
	"/missing", "/missing/below", "/secret-file/below", "/proc/kallsyms", "/proc/sys/kernel"] |
	.linux.readonlyPaths = ["/ro", "/ro-file", "/missing", "/proc/sys", "/tmp"]'
is 'masked: empty, and not to be written' "$(run_sh "$b" '
	ls -A /secret; cat /secret-file; timeout 2 cat /fifo; cat /proc/kallsyms | head -n 1
	ls /proc/sys/kernel; touch /secret/x; echo x >/secret-file; echo x >/fifo' 2>&1)" \
	'touch: /secret/x: Read-only file system
/bin/sh: can'\''t create /secret-file: Read-only file system
/bin/sh: can'\''t create /fifo: Read-only file system'
is 'a FIFO is masked by a file' "$(run_sh "$b" 'stat -c %F /fifo')" 'regular empty file'
is 'read-only: content stays' "$(run_sh "$b" '
	cat /ro/file /ro-file; touch /ro/x /ro/below/x; echo x >/ro-file; touch /tmp/x
	grep -c /proc/sys /proc/self/mountinfo' 2>&1)" 'text
text
touch: /ro/x: Read-only file system
touch: /ro/below/x: Read-only file system
/bin/sh: can'\''t create /ro-file: Read-only file system
touch: /tmp/x: Read-only file system
2'
is 'nothing is changed outside' "$(cat "$r/secret/file" "$r/secret-file")" 'text
text'

edit "$b" '.linux.maskedPaths = ["/link", "/dir-link"] | .linux.readonlyPaths = ["/ro-link"]'
is 'a link: what it leads to' "$(run_sh "$b" 'cat /secret-file; ls /secret; echo x >/ro-file' 2>&1)" \
	"/bin/sh: can't create /ro-file: Read-only file system"
for list in maskedPaths readonlyPaths; do
	edit "$b" --arg list $list 'del(.linux.maskedPaths, .linux.readonlyPaths) | .linux[$list] = ["/loop"]'
	fails_with "$list: a loop of links" "'/loop' in the container: [Tt]oo many levels" run_sh "$b" true
	edit "$b" --arg list $list '.linux[$list] = ["relative"]'
	fails_with "$list: a relative path" "/linux/$list/0.*absolute" run_sh "$b" true
	edit "$b" --arg list $list '.linux[$list] = ["/tmp"] | .linux.namespaces |= map(select(.type != "mount"))'
	fails_with "$list: without a mount namespace" 'without a mount namespace' run_sh "$b" true
	edit "$b" '.linux.namespaces += [{type: "mount"}]'
done
edit "$b" 'del(.linux.maskedPaths, .linux.readonlyPaths)'

# flags that a mount has are kept when it becomes read-only
edit "$b" '.mounts += [{destination: "/flags", type: "tmpfs", source: "t",
	options: ["nosuid", "nodev", "noexec", "noatime"]}] | .linux.readonlyPaths = ["/flags"]'
is 'flags of a path stay' "$(run_sh "$b" 'awk "\$5 == \"/flags\" { print \$6 }" /proc/self/mountinfo' | tail -n 1)" \
	ro,nosuid,nodev,noexec,noatime
edit "$b" 'del(.linux.readonlyPaths) | .mounts |= map(select(.destination != "/flags"))'

# --- the root file system ------------------------------------------------------------------------------

rm -rf "${r:?}/dev" && mkdir "$r/dev"
edit "$b" '.root.readonly = true | .process.cwd = "/made/for/it" | .mounts += [
	{destination: "/made/tmpfs", type: "tmpfs", source: "t"},
	{destination: "/made/ro", type: "tmpfs", source: "t", options: ["ro"]}]'
is 'readonly: mount points and cwd are made first' "$(run_sh "$b" '
	pwd; touch /x /made/x; touch /made/tmpfs/x /dev/x && echo mounts are not; touch /made/ro/x' 2>&1)" \
	'/made/for/it
touch: /x: Read-only file system
touch: /made/x: Read-only file system
mounts are not
touch: /made/ro/x: Read-only file system'
edit "$b" '.root.readonly = false | .process.cwd = "/" | .mounts |= map(select(.destination | startswith("/made") | not))'
is 'not readonly' "$(run_sh "$b" 'touch /x && echo yes' 2>&1)" yes

for propagation in private rprivate slave rslave shared rshared unbindable; do
	edit "$b" --arg p $propagation '.linux.rootfsPropagation = $p'
	got=$(run_sh "$b" 'awk "\$5 == \"/\" { for (i = 7; \$i != \"-\"; i++) print \$i }" /proc/self/mountinfo' 2>&1)
	case $propagation in
	*shared) like "rootfsPropagation $propagation" "$got" '^shared:[0-9]+$' ;;
	unbindable) is "rootfsPropagation $propagation" "$got" unbindable ;;
	*) is "rootfsPropagation $propagation" "$got" '' ;;
	esac
done
edit "$b" '.linux.rootfsPropagation = "sideways"'
fails_with 'an unknown one' "/linux/rootfsPropagation.*'sideways'" run_sh "$b" true

# A host mount that appears later reaches a slave and not a private root; it needs a rootfs that is
# itself a shared mount of the host.
mount --bind "$r" "$r"
mount --make-shared "$r"
mkdir -p "$r/later"
for propagation in slave private shared; do
	edit "$b" --arg p $propagation '.linux.rootfsPropagation = $p'
	set_args "$b" /bin/sh -c 'until [ -e /tmp/go ]; do sleep 0.05; done; ls /later; mkdir -p /own
		mount -t tmpfs t /own; touch /tmp/mounted; until [ -e /tmp/end ]; do sleep 0.05; done'
	edit "$b" '.process.capabilities = ([("bounding", "effective", "permitted") as $set |
		{($set): ["CAP_SYS_ADMIN"]}] | add)'
	new_id
	caisson --profile oci run --bundle "$b" "$id" >"$scratch/out" 2>&1 &
	eventually has_status "$id" running
	mount -t tmpfs t "$r/later"
	touch "$r/later/seen" "$r/tmp/go"
	eventually test -e "$r/tmp/mounted"
	touch "$r/tmp/end"
	grep -q "$r/own" /proc/self/mountinfo && echo leaked >>"$scratch/out"
	wait $!
	umount "$r/later"
	rm -f "$r"/tmp/{go,end,mounted}
	is "a mount of the host reaches a $propagation root, none comes back" "$(cat "$scratch/out")" \
		"$([ $propagation = private ] || echo seen)"
done
umount "$r"
