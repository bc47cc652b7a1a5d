# Sourced by rules that read symbols. object_symbols FOLDER KIND prints "object symbol" for the
# objects of one folder: KIND "defined" (global) or "undefined".

folder_objects() { # FOLDER
	find "$top_builddir/src/$1" -name '*.o' -o -name '*.io' 2>/dev/null | sort
}

object_symbols() { # FOLDER KIND
	local object flag=--undefined-only
	[ "$2" = defined ] && flag='--defined-only --extern-only'
	folder_objects "$1" | while read -r object; do
		# shellcheck disable=SC2086 # two flags
		nm --format=posix $flag "$object" |
			awk -v object="${object#"$top_builddir"/}" '{ print object, $1 }'
	done
}

layer_folders() {
	sed -n 's/^\([a-z]*\):.*/\1/p' "$top_srcdir/tests/lint/layers.txt"
}
