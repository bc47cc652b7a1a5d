#!/bin/bash
# usage: ./bootstrap.sh demo|check|build
#
#   demo   install what is missing, build, run a container and show what protects it
#   check  install what is missing, build, run all tests; ends with the totals
#   build  install what is missing, build into build/
#
# For Debian 12 and 13, as root. On other systems: autoreconf -fi, ./configure, make.
set -euo pipefail
cd "$(dirname "$0")"

pool_first=1879048192 # 0x70000000, far from what useradd gives to users
pool_size=67108864    # 1024 blocks of 65536

build_packages='gcc libc6-dev make autoconf automake pkg-config libseccomp-dev libcap-dev
	libyajl-dev libmount-dev libsystemd-dev musl-tools'
demo_packages='busybox-static jq uidmap'
check_packages='busybox-static jq uidmap libcmocka-dev clang libclang-rt-dev llvm clang-format strace
	mandoc shellcheck codespell iproute2 procps runc crun perl-base python3-minimal debootstrap
	e2fsprogs xfsprogs btrfs-progs squashfs-tools erofs-utils zsh'
guest_packages='qemu-system-x86 mmdebstrap' # tests that lack them are skipped

# program:package
engine_programs=(containerd:containerd dockerd:docker.io docker:docker-cli conmon:conmon podman:podman buildah:buildah)

say() {
	printf '\n== %s\n' "$*"
}

die() {
	printf 'bootstrap.sh: %s\n' "$*" >&2
	exit 1
}

check_system() {
	[ "$(id -u)" = 0 ] || die 'run me as root: packages are installed and containers started'
	# shellcheck source=/dev/null
	[ -r /etc/os-release ] && . /etc/os-release
	case ${ID:-}${VERSION_ID:-} in
	debian12 | debian13) ;;
	*) die "this is ${PRETTY_NAME:-not Debian}, and I know the packages of Debian 12 and 13 only;" \
		'see the README for building by hand' ;;
	esac
}

install_packages() { # PACKAGE...
	local package missing=()
	for package in "$@"; do
		dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -q '^installed' ||
			missing+=("$package")
	done
	[ ${#missing[@]} -eq 0 ] && return
	say "installing ${missing[*]}"
	apt-get -q update
	DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "${missing[@]}"
}

# Engines for tests/engines, as far as they can be had beside what is here; no service is started.
install_engines() {
	local policy=/usr/sbin/policy-rc.d program
	if [ -e $policy ]; then
		policy=
	else
		printf '#!/bin/sh\nexit 101\n' >$policy && chmod 0755 $policy
	fi
	for program in "${engine_programs[@]}"; do
		command -v "${program%%:*}" >/dev/null && continue
		say "installing ${program##*:}"
		DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends --no-remove \
			install "${program##*:}" || say "no ${program##*:}: what needs it is skipped"
	done
	[ -z "$policy" ] || rm -f $policy
}

configure_in() { # DIRECTORY CONFIGURE-ARGUMENTS...
	local dir=$1
	shift
	mkdir -p "$dir"
	if [ ! -x configure ] || [ configure.ac -nt configure ]; then
		autoreconf -fi
	fi
	# What is configured stays so; make itself notices later changes.
	[ "$dir/Makefile" -nt configure ] && return
	(cd "$dir" && ../configure --quiet "$@")
}

build_in() { # DIRECTORY CONFIGURE-ARGUMENTS...
	local dir=$1
	say "building in $dir/"
	configure_in "$@"
	make -C "$dir" -j"$(nproc)"
}

# --- demo ----------------------------------------------------------------------------------------

# The first place at or above our preferred one where the pool overlaps no other entry.
free_pool() {
	cat /etc/subuid /etc/subgid 2>/dev/null | sort -t: -k2,2n | awk -F: -v first="$pool_first" \
		-v size="$pool_size" -v block=65536 '
	NF == 3 && $2 < first + size && $2 + $3 > first {
		first = int(($2 + $3 + block - 1) / block) * block
	}
	END { if (first + size < 4294901760) printf "%.0f\n", first }'
}

ensure_pool() {
	local file first
	grep -qs '^caisson:' /etc/subuid && grep -qs '^caisson:' /etc/subgid && return
	# Both files must give the same ids: an entry in one of them is the other's as well.
	for file in /etc/subuid /etc/subgid; do
		if grep -qs '^caisson:' $file; then
			grep '^caisson:' $file >>"$([ $file = /etc/subuid ] && echo /etc/subgid || echo /etc/subuid)"
			return
		fi
	done
	first=$(free_pool)
	[ -n "$first" ] || die 'no room for subordinate ids in /etc/subuid and /etc/subgid'
	say "giving the ids $first to $((first + pool_size - 1)) to caisson in /etc/subuid and /etc/subgid"
	for file in /etc/subuid /etc/subgid; do
		echo "caisson:$first:$pool_size" >>$file
	done
}

make_bundle() { # DIRECTORY
	local root=$1/rootfs applet
	mkdir -p "$root"/{bin,dev,etc,proc,root,sys,tmp}
	chmod 0755 "$1" "$root"
	cp /bin/busybox "$root/bin/"
	for applet in $(/bin/busybox --list); do
		[ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
	done
	echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
	build/caisson spec --bundle "$1"
	jq --rawfile probe "$1/probe" '.process.terminal = false
		| .process.args = ["/bin/sh", "-c", $probe]' <"$1/config.json" >"$1/config.new"
	mv "$1/config.new" "$1/config.json"
}

# Runs inside and outside alike: one "name=value" a line, nothing but what both shells have.
write_probe() {
	cat <<'PROBE'
status() { sed -n "s/^$1:[[:space:]]*//p" /proc/self/status; }
try() { if "$@" >/dev/null 2>&1; then echo works; else echo refused; fi; }
count() { wc -l | tr -d ' '; }
masked() { if [ -n "$(head -c 1 "$1" 2>/dev/null)" ]; then echo readable; else echo hidden; fi; }
label() { tr -d '\000' </proc/self/attr/current; }
echo "user=$(id -u):$(id -g)"
echo "uid_map=$(tr -s ' ' </proc/self/uid_map | sed 's/^ //' | tr '\n' ',' | sed 's/,$//')"
echo "CapEff=$(status CapEff)"
echo "CapBnd=$(status CapBnd)"
echo "NoNewPrivs=$(status NoNewPrivs)"
echo "Seccomp=$(status Seccomp), $(status Seccomp_filters) filters"
echo "label=$(if [ -n "$(label 2>/dev/null)" ]; then label; else echo none; fi)"
echo "processes=$(ls -d /proc/[0-9]* | count)"
echo "mounts=$(count </proc/self/mountinfo)"
echo "root=$(awk '$5 == "/" { print $6; exit }' /proc/self/mountinfo)"
echo "/dev=$(ls /dev | count) entries"
echo "interfaces=$(ls /sys/class/net 2>/dev/null | tr '\n' ' ')"
echo "hostname=$(hostname)"
echo "cgroup=$(tail -n 1 /proc/self/cgroup)"
echo "/proc/interrupts=$(masked /proc/interrupts)"
echo "/proc/keys=$(masked /proc/keys)"
echo "write to /proc/sys=$(try sh -c ': >>/proc/sys/kernel/hostname')"
echo "open files=$(ls /proc/self/fd | count)"
if [ "$PROBE_ATTACK" != no ]; then
echo "mount a tmpfs=$(try mount -t tmpfs none /tmp)"
echo "new user namespace=$(try unshare -U true)"
echo "unmask /proc/keys=$(try umount /proc/keys)"
echo "set the hostname=$(try hostname caisson-demo)"
echo "make a disk node=$(try mknod /tmp/disk b 8 0)"
echo "take lo down=$(try ifconfig lo down)"
fi
PROBE
}

# Two files of name=value lines beside each other; what root of the host may do is not tried.
show_beside() { # INSIDE HOST
	awk -F= '
	{ value = substr($0, length($1) + 2) }
	NR == FNR { host[$1] = value; next }
	FNR == 1 {
		printf "%-20s %-38s %s\n", "", "in the container", "on the host"
		printf "%-20s %-38s %s\n", "", "----------------", "-----------"
	}
	{ printf "%-20s %-38s %s\n", $1, value, ($1 in host) ? host[$1] : "(not tried)" }' "$2" "$1"
}

# Of each finding of `caisson plan` where, what is done instead, and the reason.
show_findings() {
	awk '
	function short(text) { return length(text) > 44 ? substr(text, 1, 41) "..." : text }
	/^  tightened / { place = $3 }
	/^    found / { sub(/^ *found +/, ""); found = short($0) }
	/^    decided / { sub(/^ *decided +/, ""); decided = short($0) }
	/^    reason / && place != "" {
		sub(/^ *reason +/, "")
		printf "%s: %s -> %s\n        %s\n", place, found, decided, $0
		place = ""
	}'
}

demo() {
	local work id=demo-$$
	# shellcheck disable=SC2086 # lists
	install_packages $build_packages $demo_packages
	build_in build
	ensure_pool
	work=$(mktemp -d "${TMPDIR:-/var/tmp}/caisson-demo.XXXXXX")
	# shellcheck disable=SC2064 # these values, also after the function
	trap "build/caisson delete --force $id; ! mountpoint -q '$work' || umount '$work'
		rm -rf --one-file-system '$work'" EXIT
	# Inside an engine's container: its overlay can't be idmapped, but a tmpfs can, since Linux 6.3.
	[ "$(stat -f -c %T "$work")" != overlayfs ] || mount -t tmpfs caisson-demo "$work"
	chmod 0755 "$work"
	write_probe >"$work/probe"
	make_bundle "$work"

	say 'caisson plan: where it is stricter than config.json, and why'
	build/caisson plan "$work" | show_findings

	say 'caisson run: what is in force, inside and on the host'
	build/caisson run --bundle "$work" "$id" >"$work/inside" </dev/null
	PROBE_ATTACK=no sh "$work/probe" >"$work/host" 2>/dev/null
	show_beside "$work/inside" "$work/host"

	say 'caisson create: the same process, seen from the host'
	build/caisson create --bundle "$work" --pid-file "$work/pid" "$id" </dev/null
	grep -E '^(Name|Uid|Gid|CapEff|CapBnd|NoNewPrivs):' "/proc/$(cat "$work/pid")/status"
	build/caisson delete "$id"

	say 'the container is gone, and nothing is left of it'
	build/caisson list
}

# --- check ---------------------------------------------------------------------------------------

# Results are counted at the end, so a failing suite does not keep the next one from running.
status=0
run_suite() { # TITLE COMMAND...
	local title=$1
	shift
	say "$title"
	"$@" || { status=1; echo "FAILED: $title"; }
}

# The programs of the tests on all processors; running them is one after the other.
build_tests() { # DIRECTORY
	make -C "$1" -j"$(nproc)" check TESTS= >/dev/null || status=1
}

# Beside the other suites: an emulated processor is one processor's work for a quarter of an hour.
start_guests() {
	CAISSON_VM_JOBS=1 make -C build check-vm >build/check-vm.out 2>&1 &
	guests=$!
}

wait_for_guests() {
	wait "$guests" && return
	cat build/check-vm.out
	return 1
}

check() {
	# shellcheck disable=SC2086 # lists
	install_packages $build_packages $check_packages
	# shellcheck disable=SC2086 # a list
	(install_packages $guest_packages) || echo 'no virtual machines, then'
	install_engines
	rm -rf --one-file-system build build-sanitize build-fuzz
	build_in build
	build_tests build
	start_guests
	run_suite 'all tests' make -C build check
	run_suite 'build with -Werror, ASan and UBSan' build_in build-sanitize --enable-dev
	build_tests build-sanitize
	run_suite 'unit, golden and system tests with sanitizers' make -C build-sanitize check-runtime
	run_suite 'build for fuzzing' build_in build-fuzz CC=clang --enable-fuzz
	run_suite 'fuzzing, 30 seconds a target' make -C build-fuzz fuzz FUZZ_SECONDS=30
	run_suite 'tests in virtual machines' wait_for_guests
	say 'what becomes of resources on cgroup v1, on v2, and with systemd'
	tests/system/cgroup/table build/tests/system/run.log build/tests/vm/run.log || status=1
	say 'what engines do with runc and with caisson'
	tests/engines/table build/tests/engines/results
	say 'totals of all runs'
	tests/totals build build-sanitize build-fuzz || status=1
	exit $status
}

case ${1:-} in
demo) check_system && demo ;;
check) check_system && check ;;
build)
	check_system
	# shellcheck disable=SC2086 # a list
	install_packages $build_packages
	build_in build
	;;
*)
	sed -n '2,8s/^# \{0,1\}//p' "$0"
	exit 1
	;;
esac
