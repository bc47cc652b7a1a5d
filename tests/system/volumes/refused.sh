#!/bin/bash
# "volumes_refused" of a profile: sources that no volume may have, however they are called.
. "$top_srcdir/tests/system/lib.sh"
need jq

b=$(new_bundle) || bail 'make a bundle'
printf '{ "extends": "hardened", "name": "mine", "volumes_refused": ["%s/refused"] }' "$scratch" >"$scratch/mine.json"
global_flags=(--profile "$scratch/mine.json")
mkdir -p "$scratch/refused/below" "$scratch/refused-not"
chown 1000:1000 "$scratch/refused-not"
ln -s "$scratch/refused" "$scratch/link"
volume() { # SOURCE
	# shellcheck disable=SC2016 # of jq
	edit "$b" --arg source "$scratch/$1" '.mounts |= map(select(.destination != "/v"))
		+ [{destination: "/v", type: "bind", source: $source, options: ["rbind"]}]'
}
for source in refused refused/below link; do
	volume "$source"
	new_id
	fails_with "a volume of $source" 'CS-VOL-6\] /mounts/[0-9]+/source' \
		caisson "${global_flags[@]}" create --bundle "$b" "$id"
done
volume refused-not
is 'one that is only called like it' "$(run_sh "$b" 'echo runs' 2>&1)" runs
