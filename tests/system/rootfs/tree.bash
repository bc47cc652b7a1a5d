# A Debian root file system, made once by debootstrap and kept: it takes a minute. It lies in
# $CAISSON_TEST_ROOTFS or /var/cache/caisson-tests, under the release's name. Sourced instead of
# lib.sh.
#
# Containers run on the tree itself, not on a copy: that nothing of it changes hands is a property
# under test. What they write outside of tmpfs they remove.
#
# shellcheck shell=bash disable=SC2034 # variables for whoever sources this

[ -n "${scratch:-}" ] || . "$top_srcdir/tests/system/lib.sh" # unless an engine has brought it
need jq debootstrap apt-get

# shellcheck source=/dev/null
release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
cache=${CAISSON_TEST_ROOTFS:-/var/cache/caisson-tests}
tree=$cache/$release
packages=perl,python3-minimal,nginx-light
docker_caps='"CAP_CHOWN CAP_DAC_OVERRIDE CAP_FSETID CAP_FOWNER CAP_SETGID CAP_SETUID
	CAP_NET_BIND_SERVICE CAP_KILL" | split("[ \n\t]+"; null)'

# Where this machine gets its own packages from, with the proxy it uses for that.
find_mirror() {
	mirror=$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' \
		'Created-By: Packages' 2>/dev/null |
		awk -v release="$release" '$1 == release && $2 == "main" { print $3; exit }')
	local APT_PROXY=
	eval "$(apt-config shell APT_PROXY Acquire::http::Proxy)"
	[ -z "$APT_PROXY" ] || export http_proxy=$APT_PROXY
}

make_tree() {
	local new log=$scratch/debootstrap.log
	find_mirror
	[ -n "$mirror" ] || skip "apt knows no mirror of Debian ${release:-(which release?)}"
	mkdir -p "$cache"
	new=$(mktemp -d "$cache/new.XXXXXX") || bail "make a directory in $cache"
	echo "# debootstrap $release into $tree"
	if ! debootstrap --variant=minbase --include="$packages" "$release" "$new" "$mirror" \
		>"$log" 2>&1; then
		rm -rf --one-file-system "$new"
		grep -qE 'Failed getting release file|Couldn.t download|unable to resolve|Connection' "$log" &&
			skip "debootstrap cannot reach the mirror: $(grep '^E:' "$log" | tail -n 1)"
		bail 'debootstrap' "$(tail -n 20 "$log")"
	fi
	rm -rf "$new"/var/cache/apt/archives/*.deb
	chmod 0755 "$new" && mv -T "$new" "$tree"
}

[ -d "$tree" ] || make_tree

# Names, kinds and owners of everything; times and link counts change without harm.
list_owners() {
	find "$tree" -xdev -printf '%U:%G %m %y %P\n' | sort -k4
}

# A bundle on the tree, with what docker grants by default and the caisson ceiling leaves.
debian_bundle() { # NAME
	local bundle=$scratch/$1
	mkdir -p "$bundle" && caisson spec --bundle "$bundle" >&2 &&
		edit "$bundle" --arg tree "$tree" ".process.terminal = false | .root.readonly = false
			| .root.path = \$tree | ($docker_caps) as \$caps
			| .process.capabilities = {bounding: \$caps, effective: \$caps, permitted: \$caps}
			| .process.rlimits = []
			| .mounts += [\"/tmp\", \"/run\" | {destination: ., type: \"tmpfs\", source: \"tmpfs\",
				options: [\"nosuid\", \"nodev\", \"mode=1777\"]}]" && echo "$bundle"
}
