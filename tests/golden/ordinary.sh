#!/bin/bash
# What engines make of ordinary commands is never refused in the default profile, only tightened: a rule
# that starts to refuse one of them breaks `docker run` for everybody. What was asked to take from the
# isolation is refused, by the rules that say so and by no others. (make check-golden)
set -u
unset NOTIFY_SOCKET
: "${top_srcdir:?run me through make check-golden}" "${CAISSON:?}"
cd "$top_srcdir/tests/golden" || exit 1
facts=$(mktemp) answer=$(mktemp) said=$(mktemp)
trap 'rm -f "$facts" "$answer" "$said"' EXIT

# CONFIG (of configs/) | on which hosts | what its command asks for | rules that refuse it
# ordinary: nothing that the engine's manual would call a risk. Hosts: vm has cgroup v1, v2 its name, and
# rootless is an ordinary user's part of one.
list() {
	cat <<-'END'
	buildah                        | vm v2 rootless | ordinary   |
	ctr-privileged                 | vm v2          | privileged | CIS-5.18 CIS-5.4
	ctr-run                        | vm v2          | ordinary   |
	ctr-run-tty                    | vm v2          | ordinary   |
	docker-apparmor-unconfined     | vm v2          | ordinary   |
	docker-caps                    | vm v2          | ordinary   |
	docker-cgroup-parent           | vm v2          | ordinary   |
	docker-cgroupnspriv            | vm v2          | ordinary   |
	docker-default                 | vm v2          | ordinary   |
	docker-device                  | vm v2          | ordinary   |
	docker-eacces                  | vm v2          | ordinary   |
	docker-i                       | vm v2          | ordinary   |
	docker-init                    | vm v2          | ordinary   |
	docker-ipchost                 | vm v2          | host       | CIS-5.17 CIS-5.21 CIS-5.6
	docker-it                      | vm v2          | ordinary   |
	docker-nethost                 | vm v2          | host       | CIS-5.10
	docker-nnp                     | vm v2          | ordinary   |
	docker-notfound                | vm v2          | ordinary   |
	docker-notfound-abs            | vm v2          | ordinary   |
	docker-ns-join                 | vm v2          | ordinary   |
	docker-oom-disable             | vm             | ordinary   |
	docker-pidhost                 | vm v2          | host       | CIS-5.16
	docker-privileged              | vm v2          | privileged | CIS-5.18 CIS-5.4
	docker-privileged-runchead     | vm v2          | privileged | CIS-5.18 CIS-5.4
	docker-readonly                | vm v2          | ordinary   |
	docker-resources               | vm v2          | ordinary   |
	docker-seccomp-unconfined      | vm v2          | ordinary   |
	docker-ulimit-sysctl           | vm v2          | forwarding | PSS-B-12
	docker-user-1000-1000-groupadd | vm v2          | ordinary   |
	docker-user1000                | vm v2          | ordinary   |
	docker-userns-remap            | vm v2          | ordinary   |
	docker-volumes                 | vm v2          | ordinary   |
	docker-workdir                 | vm v2          | ordinary   |
	podman-cgroups-disabled        | vm v2          | ordinary   |
	podman-cgroups-nocon           | vm v2          | ordinary   |
	podman-default                 | vm v2          | ordinary   |
	podman-eacces                  | vm v2          | ordinary   |
	podman-it                      | vm v2          | ordinary   |
	podman-mem                     | vm v2          | ordinary   |
	podman-notfound                | vm v2          | ordinary   |
	podman-pidhost                 | vm v2          | host       | CIS-5.16
	podman-preserve                | vm v2          | ordinary   |
	podman-privileged              | vm v2          | privileged | CIS-5.18 CIS-5.4
	podman-readonly                | vm v2          | ordinary   |
	podman-rootless                | rootless       | ordinary   |
	podman-rootless-it             | rootless       | ordinary   |
	podman-rootless-keepid         | rootless       | ordinary   |
	podman-rootless-privileged     | rootless       | privileged | CIS-5.4 CIS-5.6
	podman-rootless-volume         | rootless       | ordinary   |
	podman-sdnotify                | vm v2          | ordinary   |
	podman-systemd                 | vm             | cgroups    | CIS-5.6
	podman-uidmap                  | vm v2          | ordinary   |
	podman-ulimit                  | vm v2          | ordinary   |
	podman-ulimit-host             | vm v2          | ordinary   |
	podman-umask                   | vm v2          | ordinary   |
	podman-user1000                | vm v2          | ordinary   |
	podman-volume                  | vm v2          | ordinary   |
	volumes-mapped                 | vm v2          | ordinary   |
	volumes-refused                | vm v2          | no idmap   | CS-VOL-4
	END
}

facts_of() { # HOST
	case $1 in
	rootless) sed 's/^initial-userns yes$/initial-userns no/; s/^ids-available 0$/ids-available 65537/' facts-vm.txt ;;
	*) cat "facts-$1.txt" ;;
	esac
}

judge() { # CONFIG HOST: "RULE RULE", those that refuse, or what plan says instead
	facts_of "$2" >"$facts"
	"$CAISSON" --profile hardened plan --facts "$facts" --config "configs/$1.config.json" --format json . >"$answer" 2>"$said"
	if [ -s "$answer" ]; then
		jq -r '[.findings[] | select(.verdict == "refused") | .rule] | unique | join(" ")' "$answer" 2>&1
	else
		echo "no answer but: $(head -n 1 "$said")"
	fi
}

n=0 failed=0
point() { # DESCRIPTION GOT WANTED
	n=$((n + 1))
	[ "$2" = "$3" ] && { echo "ok $n - $1"; return; }
	failed=1
	printf 'not ok %s - %s\n# got:    %s\n# wanted: %s\n' "$n" "$1" "$2" "$3"
}

command -v jq >/dev/null || { echo '1..0 # SKIP jq is not installed'; exit 0; }
while IFS='|' read -r config hosts class rules; do
	read -r config <<<"$config"
	read -r class <<<"$class"
	read -r rules <<<"$rules"
	for host in $hosts; do
		got=$(judge "$config" "$host")
		if [ "$class" != ordinary ]; then
			point "$config, $class, $host: refused by $rules alone" "$got" "$rules"
			continue
		fi
		point "$config, ordinary, $host: not refused" "$got$rules" ''
		point "$config, ordinary, $host: but tightened" \
			"$(jq '[.findings[] | select(.verdict == "tightened")] | length > 0' "$answer" 2>/dev/null)" true
	done
done < <(list)
point 'every captured config is in the table' "$(list | cut -d'|' -f1 | tr -d ' ' | sort | tr '\n' ' ')" \
	"$(basename -a -s .config.json configs/*.config.json | sort | tr '\n' ' ')"
echo "1..$n"
exit $failed
