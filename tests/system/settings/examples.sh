#!/bin/bash
# The example profiles: each loads, runs the config of a container it was written for, and refuses
# what such a container never needs, by the rule that its comments talk of.
. "$top_srcdir/tests/system/attack.sh"
need python3

examples=$top_srcdir/profiles/examples
mkdir "$scratch/examples"
for file in "$examples"/*.json; do # a profile is not taken from who else may own the source
	cp "$file" "$scratch/examples"
	chmod 0644 "$scratch/examples/${file##*/}"
done
is 'there are four' "$(cd "$scratch/examples" && echo ./*)" './ci.json ./database.json ./debugger.json ./web.json'

with() { # NAME JQ-EDIT COMMAND: sets $out
	local b=$scratch/$1
	[ -d "$b" ] || new_bundle "$1" >/dev/null || bail 'make a bundle'
	edit "$b" "$2"
	set_args "$b" /bin/sh -c "$3"
	new_id
	out=$(caisson --profile "$scratch/examples/$1.json" run --bundle "$b" "$id" 2>&1)
}
refused() { # DESCRIPTION NAME JQ-EDIT RULE
	local b=$scratch/$2
	cp "$b/config.json" "$scratch/config.json"
	edit "$b" "$3"
	fails_with "$1" "caisson refuses this container, profile $2: .*\[$4\]" \
		caisson --profile "$scratch/examples/$2.json" create --bundle "$b" "$id"
	cp "$scratch/config.json" "$b/config.json"
}
limits='del(.process.rlimits) | .linux.resources = { memory: { limit: 67108864 }, pids: { limit: 50 } }'
usual='["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE"]'
caps=".process.capabilities = { bounding: $usual, permitted: $usual, effective: $usual }"
bounding='sed -n "s/^CapBnd:[[:space:]]*//p" /proc/self/status'

# --- web: port 80 as root, then another user; nothing can be written
with web "$limits | $caps | .root.readonly = true" \
	"$bounding; (echo hello | nc -l -p 80 >/tmp/x 2>/dev/null || echo 'no file') ; ulimit -n"
like 'web: its three capabilities' "$out" '^00000000000004c0$'
like 'web: nothing can be written' "$out" 'no file'
with web "$limits | $caps | .root.readonly = true" 'httpd -f -p 80 -h / & sleep 0.2; kill $! && echo page'
like 'web: a server on port 80' "$out" page
refused 'web: a root file system that can be written' web '.root.readonly = false' 'CIS-5\.13'
refused 'web: no limit of memory' web 'del(.linux.resources.memory)' 'CIS-5\.11'
refused 'web: raw packets of its own accord' web '.process.capabilities.bounding += ["CAP_NET_ADMIN"]' 'CIS-5\.4'

# --- database: user 999 and its volume
mkdir "$scratch/data" && chown 999:999 "$scratch/data" && chmod 0700 "$scratch/data"
with database "$limits | .process.capabilities = { bounding: $usual } | .process.user = { uid: 999, gid: 999 } |
	.mounts += [{ destination: \"/mnt\", type: \"bind\", source: \"$scratch/data\", options: [\"rbind\", \"rw\"] }] |
	.linux.sysctl = { \"kernel.shmmax\": \"268435456\" }" \
	"$bounding; id -u; echo row >/mnt/table && cat /mnt/table; cat /proc/sys/kernel/shmmax; ulimit -c"
is 'database: what it has' "$(paste -sd' ' <<<"$out")" '0000000000000000 999 row 268435456 0'
is 'database: its files are its own on disk' "$(stat -c %u "$scratch/data/table")" 999
refused 'database: root' database '.process.user = { uid: 0, gid: 0 }' 'PSS-R-5'
refused 'database: a password in the environment' database '.process.env += ["POSTGRES_PASSWORD=x"]' 'CS-ENV-1'
refused 'database: no limit of memory' database 'del(.linux.resources.memory)' 'CIS-5\.11'

# --- ci: root inside, with all that packages do
with ci "$limits | $caps" "$bounding; touch /x && chown 33:33 /x && chmod 4755 /x && stat -c '%u %a' /x; chroot / /bin/true && echo chroot"
is 'ci: what it can do' "$(paste -sd' ' <<<"$out")" '00000000800400fb 33 4755 chroot'
install -m 0755 "$PROBE" "$scratch/ci/rootfs/bin/probe"
with ci . 'unshare -Urm sh -c "mount -t tmpfs none /tmp && id -u" && /bin/probe try nest trace ring'
is 'ci: a container inside, and nothing else' "$(paste -sd' ' <<<"$out")" '0 nest ok trace EPERM ring ENOSYS'
new_id
like 'ci: hardened does not' "$(caisson run --bundle "$scratch/ci" "$id" 2>&1)" 'unshare.*not permitted'
python3 -c "import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])" "$scratch/engine.sock" || bail "make a socket"
refused 'ci: the socket of the engine' ci '.mounts += [{ destination: "/x.sock", type: "bind", source: "'"$scratch"'/engine.sock", options: ["bind"] }]' 'CIS-5\.32'
refused 'ci: mounts' ci '.process.capabilities.bounding += ["CAP_SYS_ADMIN"]' 'CIS-5\.4'

# --- debugger
with debugger "$limits | $caps | (.process.capabilities[]) += [\"CAP_SYS_PTRACE\"]" \
	"$bounding; sleep 5 & readlink /proc/\$!/exe; head -c 4 /proc/\$!/environ >/dev/null && echo read; kill \$!; ulimit -c"
like 'debugger: ptrace among its capabilities' "$out" '^00000000000804fb$'
like 'debugger: looks into a process' "$out" '^read$'
install -m 0755 "$PROBE" "$scratch/debugger/rootfs/bin/probe"
attempt='/bin/probe try trace vm-read aslr-off nest ring'
with debugger . "$attempt"
is 'debugger: traces, and opens nothing else' "$(paste -sd' ' <<<"$out")" 'trace ok vm-read ok aslr-off ok nest EPERM ring ENOSYS'
edit "$scratch/debugger" '(.process.capabilities[]) -= ["CAP_SYS_PTRACE"]'
new_id
out=$(caisson run --bundle "$scratch/debugger" "$id" 2>&1)
is 'debugger: hardened does not' "$(paste -sd' ' <<<"$out")" 'trace EPERM vm-read EPERM aslr-off EPERM nest EPERM ring ENOSYS'
refused 'debugger: processes of the host' debugger '.linux.namespaces |= map(select(.type != "pid"))' 'CIS-5\.16'
refused 'debugger: more than that' debugger '.process.capabilities.bounding += ["CAP_SYS_MODULE"]' 'CIS-5\.4'

for name in web database ci debugger; do
	like "$name: an annotation may choose it only if it is listed" \
		"$(edit "$scratch/$name" ".annotations[\"caisson.profile\"] = \"$scratch/examples/$name.json\"" &&
			caisson create --bundle "$scratch/$name" "$id" 2>&1)" 'CS-ANN-2'
done
