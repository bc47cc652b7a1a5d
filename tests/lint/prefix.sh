#!/bin/bash
# Exported names start with their folder's prefix; names of the compiler (two underscores) aside.
# shellcheck source=tests/lint/objects.bash
. tests/lint/objects.bash

prefixes() { # FOLDER
	case $1 in
	base) echo 'err_|log_|fd_|arena_|str_|num_|ptr_' ;;
	config) echo 'config_|json_' ;;
	host) echo 'host_|cgroup_|ids_|store_' ;;
	init | cli | plan) echo "$1_|main\$" ;; # plan: floor-compiler, a program of the build
	*) echo "$1_" ;;
	esac
}

findings=$(for folder in $(layer_folders); do
	object_symbols "$folder" defined | grep -vE " (__|_Z)" |
		grep -vE " ($(prefixes "$folder"))" | sed "s/\$/: not a name of $folder/"
done)
[ -z "$(folder_objects base)" ] && echo 'no objects: build first' && exit 1
[ -z "$findings" ] && exit 0
printf '%s\n' "$findings"
exit 1
