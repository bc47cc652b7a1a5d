#!/bin/bash
# usage: isolate.sh SCRIPT WORK-DIRECTORY           (from run.sh)
# First process of a test's pid namespace: gives the test a state directory, a registry of id blocks
# and an /etc/subuid of its own, runs it, and reaps what it orphans. Nothing here survives the
# namespaces, so a test cannot disturb the machine, and whatever is left at its end is its own.
set -eu
script=$1 work=$2
pool=caisson:1879048192:67108864

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
set +e
bash "$script" &
wait $!
exit $?
