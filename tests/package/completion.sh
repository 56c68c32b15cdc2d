#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The installed completion in each shell: commands, options, values, files. A shell that is not
# here is not tried.
. "$(dirname "$0")/../cli/check.inc"
: "${PREFIX:?the installed tree}"
share=$PREFIX/share
cd "$scratch" && mkdir folder && touch file.play

# in_bash WORD...: what bash offers for the last one.
in_bash()
{
	bash --norc -c '. "$0"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
		$(complete -p sysemu | sed "s/.*-F \([^ ]*\) .*/\1/")
		printf "%s\n" "${COMPREPLY[@]}"' "$share/bash-completion/completions/sysemu" "$@" | sort | xargs
}

# in_fish WORD...: the same; fish puts a description behind a tab.
in_fish()
{
	fish --no-config -c "source $share/fish/vendor_completions.d/sysemu.fish; complete -C '$*'" |
		cut -f 1 | sort | xargs
}

# in_zsh WORD...: an interactive zsh is asked, and says what it would add.
in_zsh()
{
	zsh -f -c '
		zmodload zsh/zpty
		zpty z "PS1= zsh -f -i"
		zpty -w z "fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -D; bindkey \"^I\" complete-word"
		zpty -w z "compadd() { if [[ \$* = *-[OAD]* ]]; then builtin compadd \"\$@\"; return; fi; builtin compadd -A offered \"\$@\"; print -rl -- \"<\${^offered}>\"; }"
		zpty -w z "zle-done() { print -r -- \"<END>\"; zle .kill-whole-line; }; zle -N zle-done; bindkey \"^X\" zle-done; print READY"
		zpty -r -m z seen "*READY*READY*"
		zpty -w -n z "$2"$'"'\\t\\x18'"'
		zpty -r -m z seen "*<END>*"
		print -r -- "$seen"
		zpty -d z' - "$share/zsh/site-functions" "$*" 2>&1 | tr -d '\r' | grep -o '<[^<>]*>' |
		grep -vx '<END>' | tr -d '<>' | sort -u | xargs
}

commands=$("$SYSEMU" help --options | cut -f 1 | uniq)
for shell in bash fish zsh; do
	if ! command -v $shell >/dev/null; then
		echo "no $shell: not tried"
		continue
	fi
	offered=" $(in_$shell sysemu '') "
	for command in $commands help; do
		has "$shell: sysemu" "$offered" " $command "
	done
	is "$shell: sysemu sched" "$(in_$shell sysemu sched)" "schedules"
	has "$shell: sysemu run --" " $(in_$shell sysemu run --) " " --kernel"
	has "$shell: sysemu run --" " $(in_$shell sysemu run --) " " --clean-env"
	has "$shell: --kernel" " $(in_$shell sysemu run --kernel '') " " 2.6.14 "
	has "$shell: --entry" "$(in_$shell sysemu count --entry '')" "int80 sysenter"
	has "$shell: --nr" " $(in_$shell sysemu count --nr getp) " " getpid "
	has "$shell: --timing" " $(in_$shell sysemu count --timing '') " " all "
	has "$shell: --flags" " $(in_$shell sysemu count --flags '') " " EMU "
	has "$shell: play" " $(in_$shell sysemu play '') " " file.play "
	has "$shell: --root" " $(in_$shell sysemu run --root '') " " folder"
done
is "bash: --entry=" "$(in_bash sysemu run --entry = '')" "int80 sysenter"
is "bash: --entry=i" "$(in_bash sysemu run --entry = i)" "int80"
is "bash: --log=" "$(in_bash sysemu run --log = file)" "file.play"
is "bash: sysemu play f" "$(in_bash sysemu play f)" "file.play folder"

sysemu help --completion csh
is "help --completion csh: exit" $status 2
has "help --completion csh" "$err" '"csh": bash, zsh or fish is the shell'
finish
