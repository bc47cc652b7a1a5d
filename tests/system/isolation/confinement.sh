#!/bin/bash
# Capabilities, no_new_privs and seccomp as the kernel reports them on the host, of the created
# container's init and of what it has become, as uid 0 and as uid 1000.
# shellcheck disable=SC2016 # expressions of jq and of the shell inside
. "$top_srcdir/tests/system/attack.sh"

attack_bundle
set_args "$b" /bin/sleep 60
# CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID NET_BIND_SERVICE
ceiling=$((0x4fb))

edit "$b" '.process.capabilities.bounding as $all | .process.capabilities.inheritable = $all |
	.process.capabilities.ambient = $all'
for uid in 0 1000; do
	edit "$b" ".process.user.uid = $uid | .process.user.gid = $uid"
	create "$b"
	for moment in created running; do
		who="uid $uid, $moment"
		[ $moment = created ] || caisson start "$id" || fail "$who: start"
		[ $moment = created ] || eventually grep -qx sleep "/proc/$pid/comm" || fail "$who: exec"
		bounding=$((16#$(status_field "$pid" CapBnd)))
		is "$who: bounding set within the ceiling" $((bounding & ~ceiling)) 0
		is "$who: as asked, but for what is dropped" "$bounding" $((0x420))
		is "$who: nothing inheritable" "$(status_field "$pid" CapInh)" 0000000000000000
		is "$who: nothing ambient" "$(status_field "$pid" CapAmb)" 0000000000000000
		is "$who: no_new_privs" "$(status_field "$pid" NoNewPrivs)" 1
	done
	wanted=0000000000000420
	[ $uid = 0 ] || wanted=0000000000000000
	is "uid $uid: permitted" "$(status_field "$pid" CapPrm)" $wanted
	is "uid $uid: effective" "$(status_field "$pid" CapEff)" $wanted
	is "uid $uid: seccomp filters calls" "$(status_field "$pid" Seccomp)" 2
	is "uid $uid: in one filter" "$(status_field "$pid" Seccomp_filters)" 1
	caisson delete --force "$id"
done

# Without a list the ceiling itself, with docker's list the ceiling as well.
edit "$b" 'del(.process.capabilities) | .process.user = {"uid": 0, "gid": 0}'
create "$b"
is 'no capabilities in the config: the ceiling' "$(status_field "$pid" CapBnd)" 00000000000004fb
caisson delete --force "$id"
edit "$b" '("CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP
	NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE" | [scan("[A-Z_]+") | "CAP_" + .]) as $docker |
	.process.capabilities = {bounding: $docker, effective: $docker, permitted: $docker}'
create "$b"
is "docker's fourteen: the ceiling" "$(status_field "$pid" CapBnd)" 00000000000004fb
is "docker's fourteen: permitted" "$(status_field "$pid" CapPrm)" 00000000000004fb
caisson delete --force "$id"

edit "$b" '.process.capabilities.bounding += ["CAP_SYS_ADMIN"]'
refused 'a capability beyond them' 'CAP_SYS_ADMIN'
