#!/bin/bash
# Where the audit log goes: a file that fills up, many writers at once, the system log, the journal;
# and who goes on when it can't be written.
. "$top_srcdir/tests/system/audit-log/log.bash"
need python3

b=$(new_bundle) || bail 'make a bundle'
set_args "$b" sleep 60
restrict() { # BUNDLE: what profile restricted asks for
	edit "$1" '.process.user = { uid: 1000, gid: 1000 } | .root.readonly = true |
		.process.capabilities = { bounding: [] } |
		.linux.resources = { memory: { limit: 67108864 }, pids: { limit: 10 } }'
}
r=$(new_bundle restricted) && restrict "$r" || bail 'make a bundle'
set_args "$r" sleep 60
echo '{ "extends": "hardened", "name": "insists", "audit_required": true }' >"$scratch/insists.json"

# --- no such file
sinks /no/such/directory/log
new_id
caisson create --bundle "$b" "$id" 2>"$scratch/stderr"
is 'hardened goes on' $? 0
like 'with a warning' "$(cat "$scratch/stderr")" \
	"open audit log '/no/such/directory/log': no such file or directory; going on without this line: 'create'"
succeeds 'delete, too' caisson delete "$id"
fails_with 'restricted creates nothing' \
	"profile restricted creates nothing without its audit log: open audit log '/no/such" \
	caisson --profile restricted create --bundle "$r" "$id"
is 'and nothing is there' "$(status_of "$id")" ''
fails_with 'run neither' 'creates nothing without its audit log' \
	caisson --profile "$scratch/insists.json" run --bundle "$b" --pid-file "$scratch/pid" "$id"
succeeds 'not even a pid file' test ! -e "$scratch/pid"
echo '{}' >$settings
succeeds 'without a sink there is nothing to insist on' \
	caisson --profile "$scratch/insists.json" create --bundle "$b" "$id"
caisson delete "$id"

# --- a full disk
mkdir "$scratch/small"
mount -t tmpfs -o size=8k,mode=0755 tmpfs "$scratch/small"
log=$scratch/small/audit.log
sinks "$log"
for _ in {1..6}; do
	new_id
	caisson create --bundle "$b" "$id" 2>>"$scratch/full" || fail 'create on a full disk'
	caisson delete "$id" 2>>"$scratch/full" || fail 'delete on a full disk'
done
like 'hardened goes on when it is full' "$(cat "$scratch/full")" \
	"write to audit log '$log': no space left on device; going on"
succeeds 'what is there is whole lines' jq -e .event <"$log"
is 'to the end' "$(tail -c 1 "$log" | od -An -tx1 | tr -d ' ')" 0a
new_id
fails_with 'restricted creates nothing' 'creates nothing without its audit log.*no space left' \
	caisson --profile "$scratch/insists.json" create --bundle "$b" "$id"
is 'and nothing is there' "$(status_of "$id")" ''
: >"$log"
succeeds 'with room again' caisson --profile "$scratch/insists.json" create --bundle "$b" "$id"
is 'lines are written again' "$(events "$id")" 'tighten create'
caisson delete "$id"
umount "$scratch/small"

# --- strange files
log=$scratch/link
ln -s "$scratch/elsewhere" "$log"
sinks "$log"
new_id
caisson create --bundle "$b" "$id" 2>"$scratch/stderr"
like 'no link is followed' "$(cat "$scratch/stderr")" "open audit log '$log': too many levels of symbolic links"
succeeds 'nothing is written there' test ! -e "$scratch/elsewhere"
caisson delete "$id" 2>/dev/null
mkfifo "$scratch/fifo"
sinks "$scratch/fifo"
caisson create --bundle "$b" "$id" 2>"$scratch/stderr"
like 'a pipe that nobody reads holds nobody up' "$(cat "$scratch/stderr")" "open audit log '$scratch/fifo': no such device"
caisson delete "$id" 2>/dev/null

# --- 32 writers
log=$scratch/many.log
sinks "$log"
pids=()
for i in {1..32}; do
	( for k in {1..3}; do "$CAISSON" --profile oci --rootless=false --root "$scratch/none" run --bundle /no/such "w$i-$k" 2>/dev/null; done ) &
	pids+=($!)
done
wait "${pids[@]}"
is '32 writers at once: every line is there' "$(wc -l <"$log")" 96
is 'and each is whole' "$(lines -r .container | sort -u | wc -l)" 96

# --- datagrams
cat >"$scratch/receiver.py" <<'END'
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
open(sys.argv[2] + '.ready', 'w').close()
s.settimeout(20)
with open(sys.argv[2], 'wb') as out:
    for _ in range(int(sys.argv[3])):
        out.write(s.recv(65536) + b'\n--\n')
END
receive() { # SOCKET FILE N: sets $receiver
	python3 "$scratch/receiver.py" "$@" &
	receiver=$!
	eventually test -e "$2.ready" || fail "no receiver at $1"
}
mount -t tmpfs -o mode=0755 tmpfs /run/systemd 2>/dev/null || { mkdir -p /run/systemd && mount -t tmpfs tmpfs /run/systemd; }
mkdir -p /run/systemd/journal
receive /run/systemd/journal/socket "$scratch/journal" 3
sinks journald
new_id
caisson create --bundle "$b" "$id"
caisson delete "$id"
wait "$receiver"
journal=$(cat "$scratch/journal")
like 'journald: fields' "$journal" '^SYSLOG_IDENTIFIER=caisson$'
like 'journald: the event' "$journal" '^CAISSON_EVENT=create$'
like 'journald: the container' "$journal" "^CAISSON_CONTAINER=$id\$"
is 'journald: the line' "$(sed -n 's/^MESSAGE=//p' <<<"$journal" | jq -r .event | paste -sd' ')" 'tighten create delete'
umount /run/systemd

[ -e /dev/log ] && skip_syslog='there is a /dev/log'
if [ -z "${skip_syslog:-}" ] && touch /dev/log 2>/dev/null; then
	rm /dev/log
	receive /dev/log "$scratch/syslog" 3
	sinks syslog "$log"
	: >"$log"
	caisson create --bundle "$b" "$id"
	caisson delete "$id"
	wait "$receiver"
	like 'syslog: authpriv.info, when, who' "$(grep -a create "$scratch/syslog")" \
		'^<86>[A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2} caisson\[[0-9]+\]: \{"time":'
	is 'syslog: the same lines as the file beside it' \
		"$(sed -n 's/^<[0-9]*>[^{]*//p' "$scratch/syslog")" "$(cat "$log")"
	rm -f /dev/log
	caisson create --bundle "$b" "$id" 2>"$scratch/stderr"
	like 'syslog: nobody there' "$(cat "$scratch/stderr")" "write to audit log 'syslog' at '/dev/log': no such file"
	is 'the other sink has its lines all the same' "$(events "$id" | wc -w)" 5
	caisson delete "$id" 2>/dev/null
else
	skip_point 'syslog' "${skip_syslog:-/dev cannot be written}"
fi

# --- a broken file of the administrator
new_id
sinks "$log"
caisson create --bundle "$b" "$id"
chmod 0666 $settings
fails_with 'what gives more power refuses to run' 'writable by others than its owner' \
	caisson --root /run/caisson exec "$id" true
caisson --root /run/caisson kill "$id" KILL 2>"$scratch/stderr"
is 'what ends a container does not' $? 0
like 'but says so' "$(cat "$scratch/stderr")" 'writable by others than its owner; going on without an audit log'
eventually has_status "$id" stopped
caisson --root /run/caisson delete "$id" 2>/dev/null
chmod 0644 $settings
