# An image and a root file system that is mounted as engines mount it. After lib.sh:
#
#	image "$store/base"                 # busybox and some files worth looking at
#	overlay_mount "$b" OPTIONS...       # on $b/rootfs
#
# shellcheck shell=bash disable=SC2034,SC2154 # ways, $scratch

store=$scratch/store
mkdir -p "$store"

# overlay as upper layer of an overlay is no upper layer: where /tmp is one, a tmpfs takes the layers
[ "$(stat -f -c %T "$store")" != overlayfs ] || mount -t tmpfs -o mode=0755 tmpfs "$store"

overlay_bundle() { # NAME: a bundle with an empty rootfs, whose container may chown; prints its path
	local bundle=$scratch/$1
	mkdir -p "$bundle/rootfs" && caisson spec --bundle "$bundle" >&2 || return
	edit "$bundle" '.process.terminal = false | .root.readonly = false |
		.process.capabilities |= with_entries(.value = ["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER",
			"CAP_FSETID", "CAP_SETGID", "CAP_SETUID", "CAP_KILL"]) |
		.process.capabilities.ambient = [] | .process.capabilities.inheritable = []' && echo "$bundle"
}

image() { # DIRECTORY
	new_rootfs "$1" && mkdir -p "$1/data/deep/er" "$1/opt/whole" "$1/opt/merged" || return
	echo secret >"$1/etc/shadow" && chmod 0600 "$1/etc/shadow"
	echo www >"$1/data/www" && chown 33:33 "$1/data/www"
	echo deep >"$1/data/deep/er/file"
	echo gone >"$1/data/gone"
	echo hidden >"$1/opt/whole/hidden"
	echo low >"$1/opt/merged/low"
	cp /bin/busybox "$1/bin/set-id" && chmod 4755 "$1/bin/set-id"
}

overlay_mount() { # BUNDLE OPTIONS
	mount -t overlay overlay -o "$2" "$1/rootfs"
}

layers() { # NAME: upper and work directory of one container; sets $upper and $work
	upper=$store/$1/diff work=$store/$1/work
	mkdir -p "$upper" "$work"
}

no_work_is_left() { # DESCRIPTION
	is "$1" "$(find "$store" "$scratch" -maxdepth 3 -name 'caisson-work-*')" ''
}

rung_of() { # BUNDLE
	caisson "${global_flags[@]}" plan --format json "$1" | jq -r .rung
}

# The two ways in which an overlay is built anew; the second is that of kernels before 6.15.
echo '{ "extends": "hardened", "rootfs_shift": "idmap-by-path" }' >"$scratch/by-path.json"
ways=(idmapped-overlay idmapped-overlay-by-path)
use_way() { # idmapped-overlay|idmapped-overlay-by-path
	global_flags=()
	[ "$1" = idmapped-overlay ] || global_flags=(--profile "$scratch/by-path.json")
}

set_xattr() { # FILE NAME VALUE
	python3 -c 'import os, sys; os.setxattr(sys.argv[1], sys.argv[2], sys.argv[3].encode())' "$@"
}

get_xattr() { # FILE NAME
	python3 -c 'import os, sys; print(os.getxattr(sys.argv[1], sys.argv[2]).decode())' "$@"
}
