#!/bin/bash
# Callers as engines are: signals ignored or blocked, descriptors leaked, limits and umask set, a
# session and a process group of their own, an empty environment. None of it reaches the workload,
# and all of it works.
. "$top_srcdir/tests/system/lib.sh"
need jq perl pgrep /bin/busybox

b=$(new_bundle) || bail 'make a bundle'
chmod 0777 "$b/rootfs/tmp"

caller() { # COMMAND...: as conmon, the shim and buildah start a runtime
	timeout --kill-after=1 10 perl -MPOSIX -e '
		$SIG{$_} = "IGNORE" for qw(PIPE HUP INT QUIT TERM USR1 USR2 CHLD TTIN TTOU TSTP);
		my $all = POSIX::SigSet->new;
		$all->fillset;
		sigprocmask(SIG_BLOCK, $all);
		setsid();
		umask(0777);
		$^F = 200;
		pipe(my $r, my $w) for 1 .. 8;
		socket(my $s, 1, 1, 0);
		exec @ARGV' "$@"
}

for profile in hardened oci; do
	set_args "$b" cat /proc/self/status
	new_id
	status=$(caller "$CAISSON" --profile $profile run --bundle "$b" "$id")
	is "$profile: run: exit status" $? 0
	is "$profile: run: no signal is ignored" "$(awk '/^SigIgn/ { print $2 }' <<<"$status")" \
		0000000000000000
	is "$profile: run: no signal is blocked" "$(awk '/^SigBlk/ { print $2 }' <<<"$status")" \
		0000000000000000
	is "$profile: run: umask" "$(awk '/^Umask/ { print $2 }' <<<"$status")" 0022
	set_args "$b" cat /proc/self/status
	new_id
	caller "$CAISSON" --profile $profile create --bundle "$b" --pid-file "$scratch/pid" "$id" \
		>"$scratch/out" 2>&1
	is "$profile: create: exit status" $? 0
	is "$profile: create: pid file" "$(cat "$scratch/pid")" "$(pid_of "$id")"
	is "$profile: create: no descriptor of the caller's is kept while it waits" \
		"$(find "/proc/$(pid_of "$id")/fd" -type l -printf '%f %l\n' |
			awk '$1 > 2 && $2 ~ /^(pipe|socket):/')" ''
	succeeds "$profile: start" caller "$CAISSON" start "$id"
	eventually has_status "$id" stopped
	is "$profile: create: no signal is ignored or blocked" \
		"$(awk '/^Sig(Ign|Blk)/ { print $2 }' "$scratch/out" | xargs)" \
		'0000000000000000 0000000000000000'
	succeeds "$profile: delete" caller "$CAISSON" delete "$id"
done

# Signals reach run although its caller ignored and blocked them all.
set_args "$b" sh -c 'trap "exit 42" TERM; echo ready >/tmp/ready; while :; do sleep 0.02; done'
new_id
caller "$CAISSON" run --bundle "$b" "$id" &
eventually test -e "$b/rootfs/tmp/ready"
kill -TERM "$(pgrep -x caisson)"
wait $!
is 'SIGTERM reaches it' $? 42

# No environment, no HOME, no PATH (podman's delete has XDG_RUNTIME_DIR= alone).
set_args "$b" sh -c 'env | sort'
new_id
is 'the environment is the one of config.json' \
	"$(FOO=bar LD_PRELOAD='' run_sh "$b" 'env | grep -c FOO')" 0
set_args "$b" sleep 60
for command in "create --bundle $b" start state kill; do
	# shellcheck disable=SC2086 # a command and its flags
	succeeds "${command%% *} with an empty environment" env -i "$CAISSON" $command "$id"
done
caisson kill "$id" KILL # a first process without a handler ignores SIGTERM
eventually has_status "$id" stopped
succeeds 'delete with an empty environment' env -i XDG_RUNTIME_DIR= "$CAISSON" delete "$id"

# Limits of the caller's: few descriptors are enough, or it says so.
set_args "$b" true
new_id
succeeds 'with 256 descriptors' bash -c 'ulimit -S -n 256; exec "$@"' - "$CAISSON" run --bundle "$b" "$id"
fails_with 'with 10 descriptors it says so' 'too many open files' \
	bash -c 'ulimit -S -n 10; exec "$@"' - "$CAISSON" run --bundle "$b" "$id"
fails_with 'and leaves nothing' 'does not exist' caisson state "$id"

# A caller that is a subreaper gets the container's first process as its child.
set_args "$b" sh -c 'exit 33'
new_id
status=$(perl -e '
	require "syscall.ph" if 0;
	syscall(157, 36, 1, 0, 0, 0) == 0 or die "subreaper: $!";	# prctl(PR_SET_CHILD_SUBREAPER)
	my ($caisson, $bundle, $id) = @ARGV;
	system($caisson, "create", "--bundle", $bundle, "--pid-file", "$bundle/pid", $id) == 0 or die;
	open(my $f, "<", "$bundle/pid"); my $pid = <$f>;
	system($caisson, "start", $id) == 0 or die;
	waitpid($pid, 0) == $pid or die "not my child: $!";
	print $? >> 8' "$CAISSON" "$b" "$id")
[ "$(uname -m)" = x86_64 ] && is "its exit status is the caller's to collect" "$status" 33
succeeds 'delete' caisson delete "$id"

# A zombie that nobody collects is a container that has stopped.
set_args "$b" true
new_id
out=$(perl -e '
	syscall(157, 36, 1, 0, 0, 0);
	my ($caisson, $bundle, $id) = @ARGV;
	system($caisson, "run", "--detach", "--bundle", $bundle, $id) == 0 or die;
	for (1 .. 100) {
		my $state = `$caisson state $id`;
		if ($state =~ /"status": "stopped"/) { print "stopped"; last }
		select undef, undef, undef, 0.05;
	}' "$CAISSON" "$b" "$id")
is 'a zombie counts as stopped' "$out" stopped
succeeds 'and can be deleted' caisson delete "$id"
