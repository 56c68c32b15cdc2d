#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# terminal.sh: what `trace`, `count` and `exec --log` say on a terminal (on_terminal.py makes one): in colour, no wider
# than it is, with the same words; and --color, NO_COLOR, pipes. --follow has the line that is in the source.
. "$(dirname "$0")/../check.inc"
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
export TERM=xterm
unset NO_COLOR COLUMNS
code=b814000000cd80ebf7
trace="trace --max-stops 4 --requests SYSEMU,SYSCALL --code $code"

# on COLUMNS ARG...: sysemu on a terminal.
on()
{
	local columns=$1
	shift
	status=0
	out=$(python3 "$here/on_terminal.py" "$columns" "$SYSEMU" "$@" </dev/null) || status=$?
}

plain() { sed 's/\x1b\[[0-9;]*m//g'; }
words() { plain | tr -s ' \n' '\n\n'; }

for command in "$trace" "count --flags AUDIT --functions --disasm" "count --timing i486" \
	"exec --clean-env --log - $PROGS/proc_wait"; do
	name=${command%% *}
	wide=$("$SYSEMU" $command 2>&1 </dev/null)
	is "$name: no colour in a pipe" "$(grep -c $'\x1b' <<<"$wide")" 0
	for columns in 200 80 61; do
		on "$columns" $command
		[ "$(grep -c $'\x1b' <<<"$out")" -gt 3 ] || is "$name, $columns: in colour" no yes
		most=$(plain <<<"$out" | awk '{ if (length > most) most = length } END { print most }')
		[ "$most" -le "$columns" ] || is "$name, $columns: the longest line" "$most" "$columns at most"
		[ "$columns" = 61 ] || continue
		colourless=$(plain <<<"$out")
		NO_COLOR=1 on "$columns" $command
		is "$name, $columns: NO_COLOR has the same words" "$out" "$colourless"
		NO_COLOR= on "$columns" $command
		is "$name, $columns: an empty NO_COLOR is none" "$(plain <<<"$out")" "$colourless"
		[ "$(grep -c $'\x1b' <<<"$out")" -gt 3 ] || is "$name, $columns: an empty NO_COLOR" no yes
		TERM=dumb on "$columns" $command
		is "$name, $columns: a dumb terminal" "$out" "$colourless"
		on "$columns" ${command/ / --color never }
		is "$name, $columns: never" "$out" "$colourless"
	done
	sysemu ${command/ / --color always } </dev/null
	is "$name: always, in a pipe" "$(cat "$scratch/out" "$scratch/err" | plain)" "$wide"
	[ "$(cat "$scratch/out" "$scratch/err" | grep -c $'\x1b')" -gt 1 ] || is "$name: always" no yes
done

# All words are there, whatever the width: a trace breaks its lines, and cuts none.
for columns in 200 61 30; do
	on "$columns" $trace
	is "trace, $columns: its words" "$(words <<<"$out")" "$("$SYSEMU" $trace | words)"
done
on 61 exec --log - "$PROGS/proc_wait"
has "an error stands out" "$out" $'\x1b[1;31m'
on 40 exec --log - "$PROGS/proc_wait"
is "narrow: without the time" "$(plain <<<"$out" | head -n 1 | tr -s ' ')" " 101 brk(0)"

# Regions with bars, as long as they are many: entry's is the longest, and leaf's the shortest.
on 100 count --flags AUDIT
is "bars" "$(plain <<<"$out" | awk '/\+/ { n = gsub(/\+/, ""); print (prev && n >= prev ? "longer" : "shorter"); prev = n }' | tr '\n' ' ')" \
	"shorter shorter shorter "

# ---- the source beside the instruction ----

# sources ENTRY: each line of an entry path that stands beside an instruction is that line.
sources()
{
	local file line text n=0
	while IFS=$'\t' read -r file line text; do
		n=$((n + 1))
		is "$file:$line" "$text" "$(sed -n "${line}p" "$root/$file" | sed 's/^[\t ]*//' | sed 's/\t\t*/ /g; s/  *$//')"
	done < <(sed -nE 's/^.*  (asm\/[a-z]*\/entry[^ ]*\.S):([0-9]+) +(.*)$/\1\t\2\t\3/p' | sort -u | sed 's/  *$//')
	[ "$n" -gt "$1" ] || is "lines of entry.S" "$n" "more than $1"
}

sources 12 < <("$SYSEMU" count --follow)
sources 10 < <("$SYSEMU" count --kernel 2.6.20 --follow)
sources 20 < <("$SYSEMU" trace --follow --max-stops 2 --code $code)
is "as many instructions as --disasm has" "$("$SYSEMU" count --follow | cut -c 1-68 | sed 's/ *$//')" \
	"$("$SYSEMU" count --disasm | cut -c 1-68 | sed 's/ *$//')"
is "trace: the way changes nothing" "$("$SYSEMU" $trace --follow | grep -vE '^( *[0-9]+|user)  |^      \.\.\.')" "$("$SYSEMU" $trace)"
on 80 count --follow
is "narrow: no longer line" "$(plain <<<"$out" | awk 'length > 80' | wc -l)" 0
cut=$(plain <<<"$out" | sed -nE 's/^.*  entry\.S:([0-9]+) +(.*)$/\1\t\2/p' | while IFS=$'\t' read -r line text; do
	[[ $(sed -n "${line}p" "$root/asm/entry/entry.S" | sed 's/^[\t ]*//; s/\t\t*/ /g') = "$text"* ]] && [ ${#text} -gt 15 ] && echo "$line"
done | wc -l)
[ "$cut" -gt 12 ] || is "narrow: lines that can be read" "$cut" "more than 12"

# mov $1000,%ecx; a loop of dec and jne; int $0x80
"$SYSEMU" trace --follow --max-stops 2 --code "b9e8030000 4975fd cd80" >"$scratch/loop"
is "a loop is one round, and a number" "$(grep -A 3 "movl \$0x3e8, %ecx" "$scratch/loop" | sed 's/^.*  //' | tr '\n' ';')" \
	"movl \$0x3e8, %ecx;decl %ecx;jne 0x8048005;... the last 2 instructions, 999 times more;"
is "and the lines behind it are there" "$(grep -A 1 '999 times more' "$scratch/loop" | tail -n 1 | sed 's/^.*  //')" "int \$0x80"

# ---- refused ----

sysemu count --color sometimes
has "a word" "$status $err" '2 sysemu count: --color: "sometimes" is none of auto|always|never'
sysemu trace --color always --format ndjson --code 90
has "colours of ndjson" "$status $err" "2 sysemu trace: --color and --format=ndjson exclude each other"
sysemu exec --color always "$PROGS/order"
has "colours of nothing" "$status $err" "2 sysemu exec: --color is nothing without --log"
sysemu count --follow --disasm
has "both" "$status $err" "2 sysemu count: --follow and --disasm exclude each other"
finish
