#!/bin/bash
# The key TAB in a real bash and a real zsh, on a terminal, with the completions that are installed:
# what the line then is, is what caisson gets.
. "$top_srcdir/tests/system/lib.sh"
need jq python3 /bin/busybox

b=$(new_bundle box) || bail 'make a bundle'
set_args "$b" sleep 60
new_id
caisson create --bundle "$b" "$id"
mkdir "$scratch/bin" "$scratch/root" "$scratch/zsh" "$scratch/one-directory"
touch "$scratch/one-file"

# Lists containers for the completion, and writes down whatever else it is called with.
cat >"$scratch/bin/caisson" <<END
#!/bin/sh
case " \$* " in
*' list --quiet ') exec "$CAISSON" "\$@" ;;
*) echo "\$*" >>"$scratch/calls" && echo "calls: \$(wc -l <"$scratch/calls")" ;;
esac
END
chmod 0755 "$scratch/bin/caisson"
cat >"$scratch/bashrc" <<END
PS1='ready> ' HISTFILE=
bind 'set enable-bracketed-paste off'
. "$top_builddir/completions/caisson"
END
cat >"$scratch/zsh/.zshrc" <<END
PS1='ready> ' HISTFILE=
unsetopt beep prompt_sp auto_remove_slash
unset zle_bracketed_paste
fpath=("$top_builddir/completions" \$fpath)
autoload -Uz compinit && compinit -u -D
END

lines=() wanted=()
tab() { # LINE-AS-TYPED WHAT-CAISSON-GETS: \t is the key
	lines+=("$1")
	wanted+=("$2")
}
tab 'cr\tbox' 'create box'
tab '--prof\trestr\tpl\t.' '--profile restricted plan .'
tab 'create --pid-f\tp box' 'create --pid-file p box'
tab 'list --format js\t' 'list --format json'
tab 'list --format=js\t' 'list --format=json'
tab 'audit --fail-on cri\t' 'audit --fail-on critical'
tab "state ${id%?}\t" "state $id"
tab "kill ${id%?}\tSIGUSR1\t" "kill $id SIGUSR1"
tab "--root $scratch/root state ${id%?}\t" "--root $scratch/root state ${id%?}"
tab "--root=$scratch/root state ${id%?}\t" "--root=$scratch/root state ${id%?}"
tab "plan $scratch/one-\t" "plan $scratch/one-directory/"
tab "create --bundle $scratch/one-d\tbox" "create --bundle $scratch/one-directory/box"
tab "exec --process $scratch/one-f\tbox" "exec --process $scratch/one-file box"

presses() { # NAME COMMAND...: the shell
	local name=$1 steps=('expect=ready> ') i
	shift
	for i in "${!lines[@]}"; do
		steps+=("send=caisson ${lines[i]}\\n" "expect=calls: $((i + 1))" 'expect=ready> ')
	done
	: >"$scratch/calls"
	python3 "$top_srcdir/tests/system/terminal.py" drive 24x200 limit=30 "${steps[@]}" 'send=exit\n' -- \
		env -u BASH_ENV PATH="$scratch/bin:$PATH" TERM=dumb ZDOTDIR="$scratch/zsh" HOME="$scratch" "$@" \
		>"$scratch/screen" 2>&1
	[ "$(wc -l <"$scratch/calls")" = ${#lines[@]} ] ||
		fail "$name: one call for each line" "$(cat "$scratch/calls")" "$(cat "$scratch/screen")"
	for i in "${!lines[@]}"; do
		is "$name: ${lines[i]}" "$(sed -n "$((i + 1))s/ *\$//p" "$scratch/calls")" "${wanted[i]}"
	done
}
presses bash bash --noprofile --rcfile "$scratch/bashrc" -i
if command -v zsh >/dev/null; then
	presses zsh zsh -d -i
else
	skip_point 'zsh' 'zsh is not installed'
fi
caisson delete "$id"
