#!/bin/bash
# A server of the distribution: nginx on port 80 of the container's loopback, its workers as
# www-data, in both profiles; asked from inside, since there is no other way in.
. "$top_srcdir/tests/system/rootfs/tree.bash"

b=$(debian_bundle bundle) || bail 'make a bundle'
edit "$b" '.mounts += ["/var/log/nginx", "/var/lib/nginx" | {destination: ., type: "tmpfs",
	source: "tmpfs", options: ["nosuid", "nodev", "noexec", "mode=755"]}]'
owners_before=$(list_owners)
fetch='use IO::Socket::INET; my $s;
for (1 .. 100) { last if $s = IO::Socket::INET->new(q(127.0.0.1:80)); select(undef, undef, undef, 0.05) }
$s or die qq(connect: $!\n); print $s qq(GET / HTTP/1.0\r\n\r\n); print while <$s>'
# Goes on until the test has looked around and says so.
set_args "$b" /bin/sh -c "nginx -g 'daemon off;' & perl -e '$fetch'
	read -r line
	kill -QUIT \$! && wait \$! && echo 'ended well'"
mkfifo "$scratch/go"

for profile in hardened oci; do
	new_id
	caisson --profile "$profile" run --bundle "$b" "$id" <"$scratch/go" >"$scratch/out" 2>&1 &
	exec 3>"$scratch/go"
	eventually grep -q '</html>' "$scratch/out"
	like "$profile: it answers" "$(cat "$scratch/out")" '^HTTP/1.1 200 OK'
	like "$profile: with its page" "$(cat "$scratch/out")" 'Welcome to nginx'
	base=$(awk '$1 == 0 { print $2; exit }' "/proc/$(pid_of "$id")/uid_map")
	[ $profile = oci ] || [ "$base" -gt 0 ] || fail 'hardened: root inside is not root'
	uids=$(for dir in /proc/[0-9]*; do
		[ "$(cat "$dir/comm" 2>/dev/null)" = nginx ] && awk '/^Uid:/ { print $2 }' "$dir/status"
	done | sort -nu | xargs)
	is "$profile: master as root, workers as www-data of the container" "$uids" "$base $((base + 33))"
	echo stop >&3
	exec 3>&-
	wait $!
	is "$profile: exit status" $? 0
	is "$profile: it ends when it is told to" "$(tail -n 1 "$scratch/out")" 'ended well'
done
is 'no file changed hands' "$(diff <(echo "$owners_before") <(list_owners))" ''
