#!/bin/bash
# Names that become paths (GHSA-5g49-rx9x-qfc6, CRI-O CVE-2023-6476 and CVE-2024-3154): container
# ids, cgroup paths, names of cgroup files, annotations that some engine takes for properties.
# shellcheck disable=SC2016 # expressions of jq and of the shell inside
. "$top_srcdir/tests/system/attack.sh"

attack_bundle
export tripwire
set_tripwire
set_args "$b" /bin/true
cp "$b/config.json" "$scratch/original.json"
list_run() {
	find /run -maxdepth 2 -not -path '/run/caisson/*' | sort
}
run_before=$(list_run)

show() {
	printf %q "${1:0:30}"
}

for bad in '' . .. / a/b /abs ../../tmp/evil "../../../$tripwire/dir/x" 'a b' 'a;b' '~' 'a*' $'a\nb' $'a\tb' é "$(printf 'a%.0s' {1..1025})" \
	'$(id)' '`id`' '%n' 'a\b' 'a:b' 'a@b' $'\e[2J'; do
	for command in run create; do
		fails_with "$command: the id $(show "$bad")" 'invalid container ID|cannot be empty' \
			caisson $command --bundle "$b" "$bad"
	done
	for command in state start kill delete 'delete --force'; do
		# delete --force of something that is not there is no error, as in runc
		# shellcheck disable=SC2086 # two words
		caisson $command "$bad" >"$last_output" 2>&1
		rc=$?
		[ $rc -ne 0 ] || [ "$command" = 'delete --force' ] || fail "$command: the id $(show "$bad")"
	done
done
tripwire_holds 'odd ids'
is 'nothing was made beside the state directory' "$(list_run)" "$run_before"
new_id
for good in "$id" "$id+_.-9" "$(printf 'a%.0s' {1..100})$id"; do
	succeeds "the id $(show "$good")" caisson run --bundle "$b" "$good"
done

cgroups() {
	find /sys/fs/cgroup -maxdepth 3 -type d \( -name x -o -name a -o -name b -o -name evil \) | sort
}
for profile in hardened oci; do
	global_flags=(--profile "$profile")
	for path in .. ../x ../../../x /.. /../../x a/../../b "a/.." $'a\nb' "$(printf 'a%.0s' {1..5000})"; do
		cp "$scratch/original.json" "$b/config.json"
		edit "$b" --arg path "$path" '.linux.cgroupsPath = $path'
		refused "$profile: the cgroup path $(show "$path")" '/linux/cgroupsPath|create cgroup'
	done
	for name in ../../x a/b .. . '' cgroup.procs/ $'memory.max\n'; do
		cp "$scratch/original.json" "$b/config.json"
		edit "$b" --arg name "$name" '.linux.resources.unified = {($name): "1"}'
		refused "$profile: the cgroup file $(show "$name")" '/linux/resources/unified'
	done
	for name in a/b .. ../../x; do
		cp "$scratch/original.json" "$b/config.json"
		edit "$b" --arg name "$name" '.linux.intelRdt = {closID: $name}'
		refused "$profile: the class of service $(show "$name")" '/linux/intelRdt'
	done
done

# What others read in annotations has no effect here (T-36): neither wider nor elsewhere.
before=$(cgroups)
cp "$scratch/original.json" "$b/config.json"
edit "$b" '.annotations = {
	"org.systemd.property.ExecStartPre": "[\"/bin/touch\", \"/evil\"]", "org.systemd.property.Slice": "..",
	"run.oci.handler": "krun", "run.oci.delegate-cgroup": "../..", "run.oci.keep_original_groups": "1",
	"run.oci.mount_context_type": "context", "run.oci.hooks.stdout": "\($ENV.tripwire)/file", "run.oci.seccomp_bpf_data": "AAAA",
	"io.kubernetes.cri-o.Devices": "/dev/sda", "io.kubernetes.container.apparmor.security.beta.kubernetes.io": "unconfined",
	"seccomp.security.alpha.kubernetes.io/pod": "unconfined", "seccomp": "unconfined",
	"org.opencontainers.runtime-spec.profile": "oci", "no-new-privileges": "false", "../../x": "y"}'
global_flags=()
shell "$b" 'grep -E "^(CapBnd|NoNewPrivs|Seccomp):" /proc/self/status | tr "\n\t" "  "; cat /proc/self/uid_map; ls /dev/sda 2>&1'
like 'annotations widen nothing' "$out" 'CapBnd: 0000000000000420 NoNewPrivs: 1 Seccomp: 2'
unlike 'ids are a block of its own all the same' "$out" '^ +0 +0 '
like 'no device comes by annotation' "$out" '/dev/sda: No such file'
tripwire_holds 'annotations'
is 'no cgroup is left or made elsewhere' "$(cgroups)" "$before"

# The one annotation that caisson reads can only tighten.
edit "$b" '.annotations = {"caisson.profile": "oci"}'
refused 'a looser profile by annotation' 'CS-ANN-2'
