#!/bin/bash
# usage: tests/vm/run.sh       (make check-vm, make check-vm GUESTS='v2 systemd')
# Runs the system tests and those of known holes (tests/cve) in virtual machines: QEMU, software
# emulation, Debian's kernels (guests.txt), and joins their TAP into one stream, each point with the
# guest's name in front. What is not run in a guest is named with the reason (skips.txt).
#
#   CAISSON_VM_GUESTS   only these guests
#   CAISSON_VM_ALL      also what is left out because it is slow (make check-vm-all: hours)
#   CAISSON_VM_JOBS     how many at a time, each on one processor (2)
#   CAISSON_VM_CACHE    where images are kept, see image.sh
#   CAISSON_VM_SCRIPTS  only scripts whose path contains one of these words
#   CAISSON_VM_KEEP     a directory that keeps what the guests printed
set -u
: "${top_srcdir:?run me through make check-vm}" "${top_builddir:?}" "${CAISSON:?}" "${PROBE:?}"
vm_dir=$top_srcdir/tests/vm
# shellcheck source=table.bash
. "$vm_dir/table.bash"
limit_s=2700 # of one guest
[ -z "${CAISSON_VM_ALL:-}" ] || limit_s=14400
slowness=10  # of the emulation, against a machine; the tests' patience is multiplied by it
# What costs an emulated processor most: a new address space at every system call, pages of zeroes,
# code that is at another address in each process and so translated again, checks of checks.
quick='mitigations=off init_on_alloc=0 no5lvl norandmaps nokaslr kfence.sample_interval=0
	hardened_usercopy=off randomize_kstack_offset=off nowatchdog'
quick=${quick//[$'\n\t']/ }
work=$(mktemp -d "${TMPDIR:-/tmp}/caisson-vm.XXXXXX") || exit 1
trap 'rm -rf --one-file-system "$work"' EXIT
n=0 failed=0

point() { # ok|"not ok" DESCRIPTION
	n=$((n + 1))
	echo "$1 $n - $2"
	[ "$1" = ok ] || failed=1
}

list_scripts() { # names as run.sh of the system tests prints them
	(cd "$top_srcdir/tests" && find system/*/ cve -name '*.sh') | sort |
		if [ -n "${CAISSON_VM_SCRIPTS:-}" ]; then
			grep -F -- "${CAISSON_VM_SCRIPTS// /$'\n'}"
		else
			cat
		fi
}

# The disk of one guest: the tree's tests, the programs under test, and what to run of them.
make_disk() { # GUEST DIRECTORY
	local tree=$2/tree script name reason
	mkdir -p "$tree/src" "$tree/build/tests/bench"
	cp -a "$top_srcdir/tests" "$top_srcdir/profiles" "$top_srcdir/man" "$tree/src/"
	rm -rf "$tree/src/tests/fuzz"
	cp "$CAISSON" "$tree/build/caisson"
	cp "$PROBE" "$tree/build/tests/probe"
	cp "$top_builddir/tests/bench/measure" "$tree/build/tests/bench/measure"
	cp "$vm_dir/guest.sh" "$tree/guest.sh"
	ln -s guest.sh "$tree/start"
	chmod 0755 "$tree/guest.sh" "$tree"
	: >"$tree/scripts"
	while read -r script; do
		name=${script#system/} name=${name%.sh}
		reason=$(skip_reason "$1" "$name")
		if [ -n "$reason" ]; then
			echo "$name # SKIP $reason" >>"$2/skipped"
		else
			echo "/$script" >>"$tree/scripts"
		fi
	done < <(list_scripts)
	cat >"$tree/guest.env" <<-ENV
		init=$init
		export top_srcdir=/caisson/src top_builddir=/caisson/build
		export CAISSON=/caisson/build/caisson PROBE=/caisson/build/tests/probe
		export CAISSON_TESTS_SLOWNESS=$slowness CAISSON_VM_GUEST=$1
	ENV
	mke2fs -q -t ext4 -O ^has_journal -m 0 -E root_owner=0:0 -d "$tree" "$2/disk.ext4" \
		$(($(du -sm "$tree" | cut -f 1) * 3 / 2 + 16))M >/dev/null
	rm -rf "$tree"
}

# The root file system is that of the cache; what the guest writes goes to a temporary file.
start_qemu() { # DIRECTORY
	local began=$SECONDS
	timeout --kill-after=10 "$limit_s" qemu-system-x86_64 -machine q35 -cpu max,-la57,-smap,-smep,-umip,-pku \
		-accel tcg,thread=multi -smp 1 -m 2048 -nodefaults -display none -no-reboot \
		-kernel "$image/vmlinuz" -initrd "$image/initramfs" \
		-append "console=ttyS0 panic=-1 quiet $quick $arguments" \
		-drive "file=$image/root.ext4,format=raw,if=virtio,snapshot=on" \
		-drive "file=$1/disk.ext4,format=raw,if=virtio,snapshot=on" \
		-serial "file:$1/console" -serial "file:$1/tap" >"$1/qemu" 2>&1 </dev/null
	echo $? >"$1/status"
	echo $((SECONDS - began)) >"$1/seconds"
}

# In the background; leaves in the directory either "skip" or what the guest printed.
run_guest() { # GUEST DIRECTORY
	local rc reason
	mkdir -p "$2" && : >"$2/skipped"
	reason=$(skip_reason "$1" guest)
	[ -z "$reason" ] || [ -n "${CAISSON_VM_GUESTS:-}" ] || { echo "$reason" >"$2/skip"; return; }
	read_guest "$1" || { echo "no such guest" >"$2/broken"; return; }
	image=$(TMPDIR=$2 bash "$vm_dir/image.sh" "$1" 2>"$2/why")
	rc=$?
	if [ $rc -eq 77 ]; then
		mv "$2/why" "$2/skip"
	elif [ $rc -ne 0 ]; then
		mv "$2/why" "$2/broken"
	else
		make_disk "$1" "$2"
		start_qemu "$2"
	fi
}

# What the guest says it is, against the table.
judge_report() { # GUEST DIRECTORY
	local report pattern
	read_guest "$1"
	report=$(sed -n 's/^# guest: //p' "$2/tap" | tr -d '\r')
	echo "# $1: ${report:-no report}"
	for pattern in $wanted; do
		if grep -qE -- "(^| )$pattern( |$)" <<<"$report"; then
			point ok "$1: guest: $pattern"
		else
			point 'not ok' "$1: guest: $pattern"
		fi
	done
}

join_points() { # GUEST
	local line
	points=0 planned=
	while IFS= read -r line; do
		line=${line%$'\r'}
		case $line in
		'ok '*) point ok "$1: ${line#ok * - }"; points=$((points + 1)) ;;
		'not ok '*) point 'not ok' "$1: ${line#not ok * - }"; points=$((points + 1)) ;;
		1..*) planned=${line#1..} ;;
		'# guest: '*) ;;
		*) echo "$line" ;;
		esac
	done
}

judge_guest() { # GUEST DIRECTORY
	local line
	[ -z "${CAISSON_VM_KEEP:-}" ] || cp -rT "$2" "$CAISSON_VM_KEEP/$1"
	if [ -e "$2/skip" ]; then
		point ok "$1 # SKIP $(tail -n 1 "$2/skip")"
		return
	fi
	if [ ! -e "$2/tap" ]; then
		point 'not ok' "$1: the guest is started"
		cat "$2/broken" "$2/qemu" 2>/dev/null | sed 's/^/# /'
		return
	fi
	judge_report "$1" "$2"
	echo "# $1: $(cat "$2/seconds") s from its start to its end"
	join_points "$1" <"$2/tap"
	while read -r line; do point ok "$1: $line"; done <"$2/skipped"
	if [ "$planned" = "$points" ] && [ "$(cat "$2/status")" = 0 ]; then
		point ok "$1: guest: ran to its end"
	else
		point 'not ok' "$1: guest: ran to its end (qemu's status $(cat "$2/status"), $points points of ${planned:-an unknown number})"
		cat "$2/qemu" <(tail -n 40 "$2/console") | tr -d '\r' | sed 's/^/# console: /'
	fi
	# What a slow machine alone explains is not a bug.
	if grep -vE 'soft lockup|stall' "$2/console" | grep -qE 'Kernel panic|BUG:|Oops|general protection'; then
		point 'not ok' "$1: guest: the kernel is unharmed"
		grep -A 30 -E 'Kernel panic|BUG:|Oops|general protection' "$2/console" | sed 's/^/# console: /'
	else
		point ok "$1: guest: the kernel is unharmed"
	fi
}

read -ra guests <<<"${CAISSON_VM_GUESTS:-$(guest_names | tr '\n' ' ')}"
reason=
command -v qemu-system-x86_64 >/dev/null || reason='qemu-system-x86_64 is not installed'
[ -x "$CAISSON" ] || reason="$CAISSON is not built"
for guest in "${guests[@]}"; do
	if [ -n "$reason" ]; then
		mkdir -p "$work/$guest" && echo "$reason" >"$work/$guest/skip"
	else
		run_guest "$guest" "$work/$guest" &
		[ "${CAISSON_VM_JOBS:-2}" -gt "$(jobs -r | wc -l)" ] || wait -n
	fi
done
wait
for guest in "${guests[@]}"; do
	judge_guest "$guest" "$work/$guest"
done
echo "# ${#guests[@]} guests: $SECONDS s in all"
echo "1..$n"
exit $failed
