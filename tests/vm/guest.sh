#!/bin/bash
# Runs inside a guest, from the disk that run.sh made:
#
#   guest.sh pid1    the first program of the root file system. In a guest without systemd it mounts
#                    what a kernel does not mount by itself and goes on; else it becomes systemd,
#                    which starts
#   guest.sh tests   the tests of the list, their TAP to the second serial port; then the machine is
#                    switched off, so that run.sh sees the end of QEMU
set -u
here=/caisson
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
# shellcheck source=/dev/null
. $here/guest.env # init and what the tests are told

mount_basics() {
	mount -t proc proc /proc
	mount -t sysfs sysfs /sys
	mount -t devtmpfs devtmpfs /dev
	mkdir -p /dev/pts /dev/shm
	ln -s /proc/self/fd /dev/fd
	mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
	mount -t tmpfs -o mode=1777 tmpfs /dev/shm
	mount -t tmpfs -o mode=0755 tmpfs /run
	mount -t cgroup2 -o nsdelegate cgroup2 /sys/fs/cgroup
	mount --make-rshared /
	ip link set lo up
	hostname guest
}

become_systemd() {
	# Not in /run: systemd mounts that itself.
	cat >/etc/systemd/system/caisson-tests.service <<-UNIT
		[Unit]
		After=dbus.socket systemd-logind.service
		Wants=dbus.socket systemd-logind.service
		[Service]
		Type=oneshot
		TimeoutStartSec=infinity
		ExecStart=$here/guest.sh tests
	UNIT
	exec /sbin/init --unit=caisson-tests.service
}

list_lsms() {
	[ -e /sys/kernel/security/lsm ] || mount -t securityfs securityfs /sys/kernel/security
	cat /sys/kernel/security/lsm
}

# From the kernel's own domain to one that may do everything, which only a permissive kernel allows.
as_selinux_root() { # COMMAND...
	load_policy -i
	restorecon -R /dev /run
	runcon unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023 "$@"
}

cgroup_mode() {
	case $(stat -f -c %T /sys/fs/cgroup) in
	cgroup2fs) echo v2 ;;
	tmpfs) [ -d /sys/fs/cgroup/unified ] && echo hybrid || echo v1 ;;
	*) echo none ;;
	esac
}

report() {
	echo "# guest: linux=$(uname -r) lsm=$(list_lsms) cgroup=$(cgroup_mode) pid1=$(cat /proc/1/comm)${selinux:+ selinux=$selinux}"
}

run_tests() {
	local scripts
	# systemd mounts a tmpfs without devices; and kernels < 6.3 can't map the ids of a tmpfs
	[ "$(stat -f -c %T /tmp)" != tmpfs ] || export TMPDIR=/var/tmp
	mapfile -t scripts <$here/scripts
	cd /
	bash "$top_srcdir/tests/system/run.sh" "${scripts[@]}"
}

case ${1:-pid1} in
pid1)
	[ "$init" != systemd ] || become_systemd
	mount_basics
	as=
	[ ! -e /etc/selinux/config ] || as=as_selinux_root
	$as setsid bash $here/guest.sh tests
	;;
tests)
	selinux=
	[ ! -e /sys/fs/selinux/enforce ] || { setenforce 1; selinux=$(getenforce); }
	stty -F /dev/ttyS1 raw 2>/dev/null
	{ report; run_tests; } >/dev/ttyS1 2>/dev/console </dev/null
	sync
	busybox poweroff -f
	;;
esac
# A pid 1 that ends panics the kernel, which run.sh would report.
sleep infinity
