#!/bin/bash
# usage: isolate.sh SCRIPT WORK-DIRECTORY           (from run.sh)
# First process of a test's pid namespace: gives the test a state directory, a registry of id blocks
# and an /etc/subuid of its own, runs it, and reaps what it orphans. Nothing here survives the
# namespaces, so a test cannot disturb the machine, and whatever is left at its end is its own.
set -eu
script=$1 work=$2
pool=caisson:1879048192:67108864

# Inside an engine's container: its overlay can't be idmapped, but a tmpfs can, since Linux 6.3.
[ "$(stat -f -c %T "$work")" != overlayfs ] || mount -t tmpfs -o mode=0700 tmpfs "$work"
for dir in /run/caisson /run/caisson-ids; do
	mount -t tmpfs -o mode=0700,nosuid,nodev tmpfs $dir
done
for file in /etc/subuid /etc/subgid; do
	own=$work/$(basename $file)
	cat $file >"$own" 2>/dev/null || : >"$own"
	grep -q '^caisson:' "$own" || echo "$pool" >>"$own"
	[ -e $file ] && mount --bind "$own" $file
done
export TMPDIR=$work

# Every signal as a test expects it. make starts programs by posix_spawn(), which leaves the C
# library's own signals (32, 33) ignored, and the & below does so with SIGINT and SIGQUIT; only the
# system call can undo that.
case $(uname -m) in
x86_64) rt_sigaction=13 ;;
*) rt_sigaction=134 ;;
esac
set +e
# shellcheck disable=SC2016 # perl's variables
perl -e '$default = pack("x32"); $call = shift; syscall($call, $_ + 0, $default, 0, 8) for 2, 3, 32, 33;
	exec @ARGV' $rt_sigaction bash "$script" &
wait $!
exit $?
