#!/bin/bash
# The rules that clients depend on most, each quoted before what shows it; rule 4 is about exec.
. "$top_srcdir/tests/system/lib.sh"
need jq perl /bin/busybox

b=$(new_bundle) || bail 'make a bundle'
set_args "$b" sleep 60
log=$scratch/log

# Every failure exits non-zero, appends one record of level error to --log, and prints the bare
# message to stderr: containerd reads the log, CRI-O and conmon only stderr.
rule1() { # DESCRIPTION COMMAND...
	local what=$1 rc
	shift
	rm -f "$log"
	caisson --log "$log" --log-format json "$@" >/dev/null 2>"$scratch/stderr"
	rc=$?
	isnt "rule 1: $what exits non-zero" $rc 0
	is "rule 1: $what appends one level=error record" "$(jq -r .level "$log")" error
	is "rule 1: $what prints the bare message to stderr" "$(cat "$scratch/stderr")" \
		"$(jq -r .msg "$log")"
}

new_id
rule1 'create without a bundle' create --bundle "$scratch/none" "$id"
rule1 'run without a bundle' run --bundle "$scratch/none" "$id"
rule1 'start of an unknown id' start "$id"
rule1 'state of an unknown id' state "$id"
rule1 'kill of an unknown id' kill "$id"
rule1 'delete of an unknown id' delete "$id"
rule1 'list in an unknown format' list --format xml
rule1 'spec over a config.json' spec --bundle "$b"
rule1 'plan without a bundle' plan "$scratch/none"
rule1 'an unknown command' no-such-command

# errno texts are Go's, in lower case: docker/cli and CRI-O match case-sensitively.
set_args "$b" /no/such/program
fails_with 'rule 2: no such file or directory' ': no such file or directory"?$' \
	caisson create --bundle "$b" "$id"
set_args "$b" /etc/passwd
fails_with 'rule 2: permission denied' ': permission denied"?$' caisson create --bundle "$b" "$id"
set_args "$b" /tmp
fails_with 'rule 2: is a directory' ': is a directory: permission denied"?$' caisson create --bundle "$b" "$id"
set_args "$b" /etc/passwd/x
fails_with 'rule 2: not a directory' ': not a directory"?$' caisson create --bundle "$b" "$id"

# Command lookup failures are reported by create and run themselves.
set_args "$b" no-such-program
for command in create run; do
	rule1 "$command of a missing program" $command --bundle "$b" "$id"
	like "rule 3: $command says that it is not found" "$(cat "$scratch/stderr")" \
		': exec: "no-such-program": executable file not found in \$PATH$'
	fails_with "rule 3: $command leaves no container" 'does not exist' caisson state "$id"
done

# The pid file is decimal digits without newline, written before create and run --detach return.
set_args "$b" sleep 60
succeeds 'create with a pid file' caisson create --bundle "$b" --pid-file "$scratch/pid" "$id"
is 'rule 5: create: decimal digits with no trailing newline' \
	"$(od -An -c "$scratch/pid" | tr -d ' ')" "$(pid_of "$id")"
succeeds 'delete it' caisson delete "$id"
succeeds 'run --detach with a pid file' \
	caisson run --detach --bundle "$b" --pid-file "$scratch/pid" "$id"
is 'rule 5: run --detach: decimal digits with no trailing newline' \
	"$(od -An -c "$scratch/pid" | tr -d ' ')" "$(pid_of "$id")"

# containerd does `delete` and then always `delete --force`.
succeeds 'rule 6: delete --force of a running container' caisson delete --force "$id"
succeeds 'rule 6: delete --force of an unknown id exits 0' caisson delete --force "$id"
is 'rule 6: and prints nothing' "$(cat "$last_output")" ''

# kill --all of a stopped container: exit 0; plain kill: exit 1 with "container not running".
set_args "$b" true
succeeds 'a container that ends at once' caisson run --detach --bundle "$b" "$id"
eventually has_status "$id" stopped
succeeds 'rule 7: kill --all on a stopped container: exit 0' caisson kill --all "$id" KILL
is 'rule 7: and prints nothing' "$(cat "$last_output")" ''
caisson kill "$id" KILL >/dev/null 2>"$scratch/stderr"
is 'rule 7: plain kill on a stopped one: exit 1' $? 1
like 'rule 7: with "container not running"' "$(cat "$scratch/stderr")" 'container not running'
succeeds 'delete it too' caisson delete "$id"

# go-runc parses "NAME version X.Y.Z" in line 1; dockerd every line with the word "version".
like 'rule 8: line 1 of --version' "$(caisson --version | head -n 1)" \
	'^[a-z]+ version [0-9]+\.[0-9]+\.[0-9]+'
is 'rule 8: no other line contains the word version' "$(caisson --version | grep -c version)" 1

# CRI-O parses what stdout and stderr together hold.
features=$(caisson features 2>&1)
succeeds 'rule 9: features is pure JSON, nothing on stderr' jq -e . <<<"$features"
like 'rule 9: ociVersionMin non-empty' "$(jq -r .ociVersionMin <<<"$features")" '^1\.'
like 'rule 9: ociVersionMax non-empty' "$(jq -r .ociVersionMax <<<"$features")" '^1\.'

# conmon ignores SIGPIPE, podman's cleanup blocks SIGUSR1, buildah leaks pipes, the shim a socket.
as_a_careless_caller() { # COMMAND...
	perl -MPOSIX -e '
		$SIG{$_} = "IGNORE" for qw(PIPE TERM USR2);
		sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGUSR1, SIGCHLD, SIGINT));
		exec @ARGV' -- "$@" 7</etc/passwd 8<> <(:) 9</
}
for profile in hardened oci; do
	set_args "$b" ls /proc/self/fd
	out=$(as_a_careless_caller "$CAISSON" --profile $profile run --bundle "$b" "$id")
	is "rule 10: $profile: close every fd >= 3 that is not preserved (ls opens a 3 itself)" \
		"$(xargs <<<"$out")" '0 1 2 3'
	set_args "$b" cat /proc/self/status
	out=$(as_a_careless_caller "$CAISSON" --profile $profile run --bundle "$b" "$id")
	is "rule 10: $profile: reset all ignored signals" "$(awk '/^SigIgn/ { print $2 }' <<<"$out")" \
		0000000000000000
	is "rule 10: $profile: reset the signal mask" "$(awk '/^SigBlk/ { print $2 }' <<<"$out")" \
		0000000000000000
done
