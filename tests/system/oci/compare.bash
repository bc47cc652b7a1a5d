# What a container sees, under runc and under `caisson --profile oci`, side by side. Sourced by the
# tests beside it, after lib.sh:
#
#	compare_all CONFIG.json...
#
# Every configuration is run by both with a root file system, a cgroup and volumes of its own, and
# looks at itself with the script /look; the sections that script prints must be the same. What may
# differ, and why, is in runc_differs() and caisson_differs().
#
# shellcheck shell=bash disable=SC2154 # scratch is lib.sh's

compare_sections='status namespaces mounts dev env cgroup limits process terminal sys net volumes'

write_look() { # FILE
	cat >"$1" <<'END'
#!/bin/sh
environ=$(tr '\0' '\n' </proc/$$/environ)
echo '# status'
# Signal 32 is the C library's own: what the caller had ignored, runc passes on and caisson resets.
grep -E '^(Umask|Uid|Gid|Groups|Sig[BI]|Cap|NoNew|Seccomp|Specul|THP|Cpus_allowed_l|Threads|CoreD)' \
	/proc/self/status | sed '/^SigIgn/s/8\(.......\)$/0\1/'
echo '# namespaces'
for ns in cgroup ipc mnt net pid time user uts; do readlink /proc/self/ns/$ns; done
cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups /proc/self/timens_offsets
echo '# mounts'
cat /proc/self/mountinfo
echo '# dev'
ls -lnA /dev /dev/pts 2>&1
ls -ldn /dev/shm /dev/mqueue 2>/dev/null
echo '# env'
echo "$environ"
echo '# cgroup'
cat /proc/self/cgroup
ls /sys/fs/cgroup 2>/dev/null
echo '# limits'
cat /proc/self/limits
echo '# process'
pwd
umask
hostname
cat /proc/sys/kernel/domainname /proc/self/oom_score_adj /proc/self/personality
cut -d' ' -f5-8,18,19,40,41 /proc/self/stat # session, group, terminal, nice, policy
cat /proc/$$/cmdline | tr '\0' '\n'
ls /proc/self/fd
id
[ $$ = 1 ] && ps -o comm
echo '# terminal'
tty
for fd in 0 1 2; do [ -t $fd ] && echo "$fd is a terminal"; done
echo '# sys'
cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ping_group_range \
	/proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmax
for file in /proc/sys/kernel/shmmax /proc/acpi/x /etc/hostname /root/x /dev/x /x \
	/sys/firmware/x /dev/null /dev/tty; do
	(: >"$file") 2>&1 | sed 's/.*: //' | sed "s|^|$file: |"
done
head -c 1 /proc/keys /proc/timer_list /proc/acpi 2>&1
echo '# net'
ip -o addr
echo '# volumes'
ls -ldn /etc/*
ls -ln / /run /tmp
END
	chmod 0755 "$1"
}

# Capabilities this machine's root has, as a list for jq: runc refuses the others, caisson warns.
list_caps() {
	local names bits i
	names='chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap
		linux_immutable net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner
		sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice
		sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap
		mac_override mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf
		checkpoint_restore'
	bits=$((16#$(sed -n 's/^CapPrm:\t//p' /proc/self/status)))
	i=0
	for name in $names; do
		((bits >> i++ & 1)) && echo "CAP_${name^^}"
	done | jq -Rn '[inputs]'
}

# A captured configuration, made to run here: volumes that exist, no engine's hooks and namespaces.
adapt() { # CONFIG.json RUNTIME
	# shellcheck disable=SC2016 # jq's variables
	jq --arg file "$scratch/volume-file" --arg dir "$scratch/volume" --argjson caps "$host_caps" \
		--arg cgroup "/$test_tag/$2" --arg scratch "$scratch" '
		.root.path = "rootfs" | .process.args = ["/look"] | .process.terminal = false |
		del(.hooks, .process.apparmorProfile, .process.consoleSize) |
		.linux.namespaces |= map(del(.path)) | .linux.cgroupsPath = $cgroup |
		.process.rlimits |= ((. // []) | map(.soft = ([.soft, 1000] | min) |
			.hard = ([.hard, 1000] | min))) |
		if .process.capabilities then
			.process.capabilities |= map_values(map(select(IN($caps[]))))
		else . end |
		.mounts |= map(if (.options // [] | any(. == "bind" or . == "rbind")) and
				(.source | startswith("/sys") or startswith($scratch) | not) then
			.source = (if .destination | test("/(etc/(hosts|hostname|resolv.conf)|run/.containerenv|run/notify)$")
				then $file else $dir end)
		else . end)' "$1"
}

make_compared() { # CONFIG.json RUNTIME: prints the bundle
	local bundle=$scratch/$2
	rm -rf --one-file-system "$bundle"
	mkdir -p "$bundle"
	cp -a "$scratch/rootfs" "$bundle/rootfs"
	adapt "$1" "$2" >"$bundle/config.json" || return
	chown -hR "$(jq -r '.linux | [(.uidMappings, .gidMappings) | .[0].hostID // 0] | join(":")' \
		"$bundle/config.json")" "$bundle/rootfs"
	echo "$bundle"
}

prepare_compare() {
	local applet
	chmod a+x "${scratch%/*}" # for runc as root of a user namespace
	mkdir -p "$scratch"/rootfs/{bin,proc,sys,dev,etc,root,run,tmp,home} "$scratch/volume"
	chmod 1777 "$scratch/rootfs/tmp"
	cp /bin/busybox "$scratch/rootfs/bin/"
	for applet in sh tr cat grep readlink ls cut id ps tty sed head hostname ip; do
		ln -s busybox "$scratch/rootfs/bin/$applet"
	done
	printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/home:/bin/sh\n' \
		>"$scratch/rootfs/etc/passwd"
	mkdir -p "$scratch/rootfs/usr/dir"
	echo text | tee "$scratch/volume-file" >"$scratch/rootfs/usr/file"
	mkfifo "$scratch/rootfs/usr/fifo"
	ln -s file "$scratch/rootfs/usr/link"
	write_look "$scratch/rootfs/look"
	host_caps=$(list_caps)
}

# --- making both look the same ---------------------------------------------------------------------

# Everything that is different every time: dates, pids, ids of mounts, devices, namespaces and peer
# groups, names of cgroups and bundles. A mount shows the path inside its own file system, and /tmp
# may be one.
neutral() { # RUNTIME
	local own below="[^ =,:]*/${scratch##*/}"
	own=$(for ns in cgroup ipc mnt net pid time user uts; do readlink "/proc/self/ns/$ns"; done)
	sed -e "s,/$test_tag/$1,/CGROUP,g" -e "s;$below/$1;/BUNDLE;g" -e "s;$below;/SCRATCH;g" |
		awk -v own="$own" '
		BEGIN { n = split(own, list, "\n"); for (i = 1; i <= n; i++) host[list[i]] = 1 }
		/^# / { section = $2; print; next }
		section == "namespaces" && /\[/ { print (/^[a-z]+:/ ? substr($0, 1, index($0, ":")) : "") \
			(host[$0] ? " host" : " new"); next }
		section == "mounts" {
			peers = ""; for (i = 7; $i != "-"; i++) { sub(/:.*/, "", $i); peers = peers " " $i }
			# given or taken over from the directory below: /run and the like show it
			if ($(i + 1) == "tmpfs") sub(/,mode=[0-7]+/, "", $(i + 3))
			line = $5 " " $(i + 1) " " ($(i + 1) ~ /^cgroup/ ? "cgroup" : $(i + 2)) " " $4 " " $6 \
				peers " - " $(i + 3)
			print line | "LC_ALL=C sort -s -k1,1"; next
		}
		section != "mounts" { close("LC_ALL=C sort -s -k1,1") }
		section == "process" && /^[0-9]+ [0-9]+ / { $1 = ($1 == 1); $2 = ($2 == 1) }
		(section == "dev" || section == "volumes") && /^[-a-z]/ && NF > 5 {
			# mode links uid gid size-or-device date time name: no dates; no sizes of directories
			sub(/ (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +[0-9]+ +[0-9:]+ /, " ")
			$2 = ""; if ($1 !~ /^[-bc]/) $5 = ""
		}
		(section == "dev" || section == "volumes") && /^total/ { next }
		{ print }'
}

# What runc 1.1.5 does otherwise, brought to the form both have.
runc_differs() {
	# masks are an empty tmpfs each, or the /dev/null of the container, writable
	sed -E -e 's#^(\S+) tmpfs tmpfs / ro,relatime - ro(,uid=[0-9]+,gid=[0-9]+)?$#\1 MASK#' \
		-e 's#^(\S+) (dev)?tmpfs (dev)?tmpfs /null .*#\1 MASK#' |
		# in a user namespace the host's device nodes are bound, nobody's files; caisson makes its own
		sed -E -e '/^\/dev\/(full|null|random|tty|urandom|zero) (devtmpfs |MASK)/d' \
			-e 's#^(crw-rw-rw-  )65534 65534( [15], )#\10 0\2#' \
			-e 's#^(drwxrwxrwt  )[0-9]+ [0-9]+(  (/dev/)?mqueue)#\1OWNER\2#' |
		# the tmpfs over the v1 hierarchies stays writable even if the mount was asked to be ro
		sed -E 's#^(/sys/fs/cgroup tmpfs tmpfs / )r[ow],#\1RO-OR-RW,#'
}

# What caisson does otherwise on purpose.
caisson_differs() {
	# masks are clones out of one read-only tmpfs that is not the container's (T-07)
	sed -E -e 's#^(\S+) tmpfs masks /(dir|file) ro,nosuid,nodev,noexec,relatime .*#\1 MASK#' |
		# of a new user namespace's message queues the kernel makes nobody the owner
		sed -E 's#^(drwxrwxrwt  )[0-9]+ [0-9]+(  (/dev/)?mqueue)#\1OWNER\2#' |
		# in hybrid mode the container's v2 directory is shown as well
		sed -E -e '/^\/sys\/fs\/cgroup\/unified /d' -e '/^unified$/d' |
		sed -E 's#^(/sys/fs/cgroup tmpfs tmpfs / )r[ow],#\1RO-OR-RW,#'
}

section_of() { # FILE NAME
	awk -v name="$2" '/^# / { on = $2 == name; next } on' "$1"
}

# --- the comparison --------------------------------------------------------------------------------

compare() { # CONFIG.json
	local name section runc_bundle own_bundle runc_status filled same
	name=$(basename "$1" .json)
	name=${name%.config}
	runc_bundle=$(make_compared "$1" runc) || bail "$name: make a bundle"
	own_bundle=$(make_compared "$1" caisson) || bail "$name: make a bundle"
	new_id
	runc --root "$scratch/runc-state" run --bundle "$runc_bundle" "$id" \
		>"$scratch/runc.out" 2>"$scratch/runc.err" </dev/null
	runc_status=$?
	caisson --profile oci run --bundle "$own_bundle" "$id" \
		>"$scratch/caisson.out" 2>"$scratch/caisson.err" </dev/null
	is "$name: exit status" "$?" "$runc_status"
	if ! grep -q '^# volumes' "$scratch/runc.out"; then
		fail "$name: runs under runc" "$(cat "$scratch/runc.out" "$scratch/runc.err")"
		return
	fi
	is "$name: nothing on standard error" "$(cat "$scratch/caisson.err")" ''
	neutral runc <"$scratch/runc.out" | runc_differs >"$scratch/runc.norm"
	neutral caisson <"$scratch/caisson.out" | caisson_differs >"$scratch/caisson.norm"
	filled=" $(awk '/^# / { name = $2; next } { seen[name] = 1 } END { for (name in seen) print name }' \
		"$scratch/caisson.norm" | tr '\n' ' ')"
	same=$(cmp -s "$scratch/runc.norm" "$scratch/caisson.norm" && echo same)
	for section in $compare_sections; do
		compare_section "$name" "$section"
	done
	is "$name: what is left in the root file system" \
		"$(diff <(list_tree "$runc_bundle/rootfs") <(list_tree "$own_bundle/rootfs"))" ''
}

compare_section() { # NAME SECTION
	local difference=
	[ -n "$same" ] || difference=$(diff <(section_of "$scratch/runc.norm" "$2") \
		<(section_of "$scratch/caisson.norm" "$2"))
	if [ -z "$difference" ] && [[ $filled == *" $2 "* ]]; then
		pass "$1: $2"
	else
		fail "$1: $2" "< runc, > caisson" "$difference"
	fi
}

# A file made as the target of a mount is executable with runc, and not with caisson.
list_tree() { # DIRECTORY
	(cd "$1" && find . -type f -empty -printf '%p %U %G\n' -o -printf '%p %M %U %G %l\n' | sort)
}

compare_all() { # CONFIG.json...
	local config
	prepare_compare
	for config; do
		compare "$config"
	done
	rm -rf --one-file-system "$scratch/runc-state"
	find /sys/fs/cgroup -depth -maxdepth 3 -type d -path "*/$test_tag*" -exec rmdir {} + 2>/dev/null ||
		: # one that vanishes meanwhile makes find fail
}
