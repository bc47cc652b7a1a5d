#!/bin/bash
# usage: image.sh GUEST
# Makes what QEMU starts of a guest (guests.txt), or finds it made: a directory with the kernel, an
# initramfs that mounts the root file system, and that file system. Prints the directory's path.
#
# It lies in $CAISSON_VM_CACHE or /var/cache/caisson-tests/vm under a name that changes with
# everything that goes into it, so a stale one is never used. Status 77 and a reason on standard
# error: this machine can't make it (a program or the network is missing).
set -euo pipefail
vm_dir=$(dirname "$(readlink -f "$0")")
# shellcheck source=table.bash
. "$vm_dir/table.bash"
cache=${CAISSON_VM_CACHE:-/var/cache/caisson-tests/vm}
policy_module=$vm_dir/../../profiles/selinux/caisson.cil
guest=${1:?usage: image.sh GUEST}
read_guest "$guest" || { echo "no guest '$guest' in guests.txt" >&2; exit 1; }

# What the tests ask for; see "need" in tests/system.
base_packages=mount,login,passwd,busybox-static,jq,uidmap,perl-base,python3-minimal,strace,runc,crun,procps,iproute2,kmod,libcap2-bin
# Of the kernel's modules what may be needed in a machine without hardware.
module_dirs='arch block crypto fs lib net security drivers/block drivers/virtio drivers/char/hw_random
	drivers/net/veth* drivers/net/dummy* drivers/net/tun* drivers/net/macvlan*'
boot_modules='virtio_pci virtio_blk ext4'
root_size=1536M

cannot() {
	echo "$*" >&2
	exit 77
}

missing_program() {
	local program
	for program in mmdebstrap mke2fs busybox tar gzip; do
		command -v $program >/dev/null || { echo $program; return; }
	done
}

# Programs built here need a C library that is no older.
choose_userland() {
	local here
	# shellcheck source=/dev/null
	here=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	case $here in
	bookworm | trixie) ;;
	*) cannot "this is not Debian 12 or 13: what is built here may not run in a guest" ;;
	esac
	if [[ $here > $userland ]]; then userland=$here; fi
}

# Where this machine gets its own packages from, with the proxy it uses for that.
find_mirror() {
	local APT_PROXY=
	mirror=$(apt-get indextargets --format '$(COMPONENT) $(SITE) $(REPO_URI)' \
		'Created-By: Packages' 'Origin: Debian' 'Suite: stable|oldstable' 2>/dev/null |
		awk '$1 == "main" { print $3; exit }')
	mirror=${mirror:-http://deb.debian.org/debian/}
	eval "$(apt-config shell APT_PROXY Acquire::http::Proxy)"
	[ -z "$APT_PROXY" ] || export http_proxy=$APT_PROXY
}

# Root's own mount namespace, so that nothing mounted for a package's script can stay behind.
bootstrap() { # RELEASE DIRECTORY ARGUMENTS...
	local release=$1 dir=$2
	shift 2
	if ! unshare --mount --propagation private mmdebstrap --mode=root --quiet "$@" "$release" \
		"$dir" "deb $mirror $release main" >"$new/log" 2>&1 </dev/null; then
		grep -qE 'Could not resolve|Could not connect|Unable to connect|Failed to fetch|[Cc]onnection' \
			"$new/log" && cannot "no mirror can be reached: $(grep -m 1 '^[EW]:' "$new/log")"
		tail -n 30 "$new/log" >&2
		return 1
	fi
}

make_root() {
	bootstrap "$userland" "$new/root" --variant=apt --format=directory \
		--include="$base_packages${packages:+,$packages}" \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt='path-exclude=/usr/lib/udev/hwdb.d/*'
	rm -rf "$new"/root/var/cache/apt/*.bin "$new"/root/var/lib/apt/lists/*
}

# Only unpacked: its dependencies make initramfs images, which takes minutes.
make_kernel() {
	local pattern from dir
	bootstrap "$kernel" "$new/kernel.tar" --variant=extract --include=linux-image-amd64
	mkdir "$new/kernel"
	tar -xf "$new/kernel.tar" -C "$new/kernel" --wildcards './boot/vmlinuz-*' '*lib/modules/*'
	cp "$new"/kernel/boot/vmlinuz-* "$new/vmlinuz"
	from=$(echo "$new"/kernel/{usr/,}lib/modules/*/kernel | tr ' ' '\n' | grep -v '\*')
	version=$(basename "$(dirname "$from")")
	dir=$new/root/usr/lib/modules/$version
	mkdir -p "$dir/kernel"
	cp "$from"/../modules.{builtin,order}* "$dir/"
	for pattern in $module_dirs; do
		(cd "$from" && for name in $pattern; do
			[ ! -e "$name" ] || cp -a --parents "$name" "$dir/kernel/"
		done)
	done
	chroot "$new/root" depmod "$version"
	rm -rf "$new/kernel" "$new/kernel.tar"
}

# SELinux: caisson's own domain; compiling a whole policy takes an emulated processor minutes.
add_policy_module() {
	[ -e "$new/root/etc/selinux/default" ] || return 0
	cp "$policy_module" "$new/root/tmp/"
	# shellcheck disable=SC2016 # of the inner shell
	unshare --mount --propagation private sh -c 'mount -t proc proc "$1/proc" &&
		exec chroot "$1" semodule -n -N -s default -i "/tmp/$2"' - "$new/root" \
		"$(basename "$policy_module")" >"$new/log" 2>&1 ||
		{ tail -n 5 "$new/log" >&2; return 1; }
	rm "$new/root/tmp/$(basename "$policy_module")"
}

# SELinux: files as the policy wants them, which a guest that starts enforcing needs. Here no such
# kernel is needed; mke2fs copies the labels.
label_root() {
	local contexts=/etc/selinux/default/contexts/files/file_contexts
	[ -e "$new/root$contexts" ] || return 0
	# shellcheck disable=SC2016 # of the inner shell; setfiles works through /proc
	unshare --mount --propagation private sh -c 'mount -t proc proc "$1/proc" &&
		exec chroot "$1" setfiles -F "$2" /' - "$new/root" $contexts >"$new/log" 2>&1 ||
		{ tail -n 5 "$new/log" >&2; return 1; }
}

make_initramfs() {
	local tree=$new/tree module
	mkdir -p "$tree"/{bin,dev,proc,root,modules}
	cp "$(command -v busybox)" "$tree/bin/busybox"
	# shellcheck disable=SC2086 # a list
	for module in $boot_modules; do
		chroot "$new/root" modprobe -S "$version" --show-depends $module
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' >"$new/modules"
	while read -r module; do
		case $module in
		*.xz) xz -dc "$new/root$module" >"$tree/modules/$(basename "$module" .xz)" ;;
		*) cp "$new/root$module" "$tree/modules/" ;;
		esac
		basename "$module" .xz >>"$tree/modules/order"
	done <"$new/modules"
	cat >"$tree/init" <<-'INIT'
		#!/bin/busybox sh
		busybox=/bin/busybox
		$busybox mount -t devtmpfs devtmpfs /dev
		for module in $($busybox cat /modules/order); do $busybox insmod /modules/$module; done
		$busybox mount -t ext4 /dev/vda /root || $busybox poweroff -f
		$busybox mkdir -p /root/caisson
		$busybox mount -t ext4 -o ro /dev/vdb /root/caisson || $busybox poweroff -f
		$busybox umount /dev
		exec $busybox switch_root /root /caisson/start
	INIT
	chmod 0755 "$tree/init"
	(cd "$tree" && find . | busybox cpio -o -H newc 2>/dev/null) | gzip -1 >"$new/initramfs"
	rm -rf "$tree" "$new/modules"
}

make_image() {
	mkdir -p "$cache"
	new=$(mktemp -d "$cache/new.XXXXXX")
	trap 'rm -rf --one-file-system "$new"' EXIT
	chmod 0755 "$new"
	find_mirror
	make_root
	make_kernel
	make_initramfs
	add_policy_module
	label_root
	mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$new/root" "$new/root.ext4" $root_size >/dev/null
	rm -rf --one-file-system "$new/root" "$new/log"
	mv -T "$new" "$image" 2>/dev/null || [ -e "$image/root.ext4" ] # another run was faster
	find "$cache" -mindepth 1 -maxdepth 1 -name "$guest-*" -mtime +7 -exec rm -rf {} + # unused
}

choose_userland
key=$({
	echo "$userland $kernel $packages"
	cat "$vm_dir/image.sh"
	[[ $packages != *selinux-policy* ]] || cat "$policy_module"
} | sha256sum | cut -c 1-16)
image=$cache/$guest-$key
if [ ! -e "$image/root.ext4" ]; then
	[ "$(uname -m)" = x86_64 ] || cannot 'the guests are for x86_64'
	[ "$(id -u)" = 0 ] || cannot 'making an image needs root'
	program=$(missing_program)
	[ -z "$program" ] || cannot "$program is not installed"
	make_image
fi
touch "$image"
echo "$image"
