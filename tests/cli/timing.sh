#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Clocks on the command line: timing, dis, and what count, trace and run report with --timing.
. "$(dirname "$0")/check.inc"

# sum CAUSE...: of the "causes" objects on standard input, each clock that is not of these.
sum_without()
{
	local skip=" $* "

	grep -o '"causes":{[^}]*}' | tr '{},:' '\n\n\n ' | tr -d '"' | awk -v skip="$skip" '
		NF == 2 && !index(skip, " " $1 " ") { n += $2 } END { print n + 0 }'
}

# ---- count ----

sysemu count --kernel 2.6.11 --timing i386dx --format json
is "count --timing: exit" $status 0
for key in clocks causes regions entry_instruction; do
	has "count --timing" "$out" "\"$key\":"
done
# The int and entry.S, without m and the prefix: the manual's 99 + 87 + 86 + 82.
entry=$(sed -E 's/.*"entry":(\{"total":[0-9]+,"causes":\{[^}]*\}\}).*/\1/' <<<"$out")
int=$(sed -E 's/.*"entry_instruction":(\{"total":[0-9]+,"causes":\{[^}]*\}\}).*/\1/' <<<"$out")
is "the fast path" "$(sum_without m prefix <<<"$entry$int")" 354
is "int 0x80" "$(sum_without <<<"$int")" 99

# What is priced by a rule is said, this call's alone.
sysemu count --kernel 2.6.11 --timing p5
is "by rule" "$(grep '^by rule' <<<"$out" | cut -d: -f2 | tr '\n' ' ')" " 2 mov sreg,r  2 pop es/ds "
sysemu count --kernel 2.6.11 --timing i386dx --requests SYSCALL
is "a 386 has all of it" "$(grep -E '^(by rule|foreign)' <<<"$out")" ""

sysemu count --timing all
is "count --timing all: exit" $status 0
models=$("$SYSEMU" timing | awk '{ print $1 }')
is "count --timing all" "$(awk '{ print $1 }' <<<"$out")" "$models"
sysemu count --timing all --format json
is "count --timing all, json" "$(grep -o '"timing":"[^"]*"' <<<"$out" | cut -d'"' -f4)" "$models"

sysemu count --timing i386dx --entry sysenter
is "a 386 has no sysenter: exit" $status 2
has "a 386 has no sysenter" "$err" "i386dx has no sysenter"
sysemu count --timing i386sx
is "no such model: exit" $status 2
has "no such model" "$err" '"i386sx"; there are insn i386dx'
sysemu count --timing i386dx,cli=4
is "no such option: exit" $status 2
has "no such option" "$err" '"cli=4"'
sysemu count --timing all --disasm
is "a path of all models: exit" $status 2

# ---- trace and run ----

sysemu trace --timing insn --requests SYSEMU --code b814000000cd80ebfe --max-stops 2 --format ndjson
is "trace --timing: exit" $status 0
line=$(sed -n 2p <<<"$out")
# With the model insn the clocks of a line are its instructions.
is "trace --timing insn" "$(sed -E 's/.*"clocks":\{"total":([0-9]+).*/\1/' <<<"$line")" \
	"$(($(sed -E 's/.*"insns":\{([^}]*)\}.*/\1/' <<<"$line" | grep -o '[0-9]\+' | paste -sd+) + \
	$(sed -E 's/.*"user":([0-9]+).*/\1/' <<<"$line")))"
"$SYSEMU" run --timing i386dx --log="$scratch/log" "$PROGS/hello" >/dev/null 2>&1
has "run --timing" "$(cat "$scratch/log")" "timing i386dx: clocks "

# ---- code, pass by pass ----

# mov $3, %ecx; 1: push %eax; pop %eax; int $0x40; dec %ecx; jnz 1b; 2: hlt
printf '\xb9\x03\0\0\0\x50\x58\xcd\x40\x49\x75\xf9\xf4' >"$scratch/code"
for ring in 0 3; do
	# push 2, pop 4, int and iret, dec 2; jnz 7 + m (push: 1), at last 3
	gates=$([ $ring = 0 ] && echo $((59 + 38)) || echo $((99 + 79)))
	sysemu timing --code "$scratch/code" --timing i386dx,iret=state --ring $ring \
		--from 0x1005 --to 0x100c --format json
	is "passes in ring $ring" "$(grep -o '{"insns":6,"clocks":{"total":[0-9]*' <<<"$out" |
		sed 's/.*://' | tr '\n' ' ')" \
		"$((2 + 4 + gates + 2 + 8)) $((2 + 4 + gates + 2 + 8)) $((2 + 4 + gates + 2 + 3)) "
	has "ring $ring ends" "$out" '"ended":"hlt"'
done
sysemu timing --code "$scratch/code" --timing i386dx --at 0x100000 --ring 3
is "code elsewhere: exit" $status 0
has "code elsewhere" "$out" "ended    hlt at 0x0010000c"
printf '\x0f\x0b' >"$scratch/ud2"
sysemu timing --code "$scratch/ud2" --timing insn
has "an exception" "$out" "ended    exception 6 at 0x00001000"
printf '\xeb\xfe' >"$scratch/loop"
sysemu timing --code "$scratch/loop" --timing insn --max-insns 1000
has "no end" "$out" "ended    limit"

# ---- dis ----

sysemu dis --timing i386dx --kernel 2.6.11 restore_all
is "dis: exit" $status 0
has "dis" "$out" "popl %ds"
has "dis" "$out" "38, between rings 82"
sysemu dis --code "$scratch/code" --at 0x2000 --timing i386dx
has "dis --code" "$out" "00002005  pushl %eax"
has "dis --code" "$out" "3, taken 7+m"
sysemu dis no_such_symbol
is "dis of nothing: exit" $status 2
has "dis of nothing" "$err" "no_such_symbol"
sysemu dis restore_all no_such_symbol
is "dis of something and nothing" "$status $out" "2 "
# A given 0 is not an absent one.
sysemu dis --code "$scratch/code" --at 0
has "dis --at 0" "$(head -n 1 <<<"$out")" "00000000  movl \$3, %ecx"
sysemu timing --code "$scratch/code" --timing insn --at 0 --from 5 --to 12
is "timing --at 0: exit" $status 0
is "timing --at 0: passes" "$(grep -c '^pass .* insns 6,' <<<"$out")" 3
has "timing --at 0" "$out" "ended    hlt at 0x0000000c"
# jmp 0 at 0: each execution of it is a pass.
printf '\xeb\xfe' >"$scratch/jmp"
sysemu timing --code "$scratch/jmp" --timing insn --at 0 --from 0 --to 0 --max-insns 4
is "timing --from 0 --to 0" "$(grep -c '^pass .* insns 1,' <<<"$out")" 3

# A jump to what is no instruction pays for all of its parts (m 3), cut or whole.
printf '\xeb\x00\xfe\xb9\x04\x00\x00\x00' >"$scratch/undefined"
for most in 1 100; do
	sysemu timing --code "$scratch/undefined" --timing i386dx --max-insns $most
	has "a jump to no instruction, at most $most" "$out" "clocks 10 (base 7, m 3)"
done

# ---- captures, and wrong command lines ----

printf 'MOO ' >"$scratch/cut.moo"
sysemu timing --captures "$scratch/cut.moo" --timing i386ex-bus
is "a cut file: exit" $status 2
has "a cut file" "$err" "byte "
while read -r args; do
	sysemu timing $args
	is "timing $args: exit" $status 2
done <<ROWS
--code $scratch/none --timing insn
--captures $scratch/none --timing i386ex-bus
--code $scratch/code
--code $scratch/code --timing nothing
--code $scratch/code --timing insn --ring 1
--code $scratch/code --timing insn --at 0x100000000
--code $scratch/code --timing insn --at 0xc0000000
--code $scratch/code --captures $scratch/code --timing insn
--code $scratch/code --timing all
--code $scratch/code --timing insn --at 18446744073709551615
--code $scratch/code --timing insn --ring 18446744073709551615
--code $scratch/code --timing insn --from 0x1000
--code $scratch/code --timing insn --to 0x1000
--code $scratch/code --timing insn --verbose
--code $scratch/code --timing insn --max-insns 0
--captures $scratch/cut.moo --timing insn --ring 3
--from 1
--max-insns 5
--timing insn
--verbose
--code $scratch/code --timing insn --verbose
--from 1 --to 2
--at 0
--ring 3
--max-insns 1
--verbose
ROWS
: >"$scratch/empty"
sysemu timing --code "$scratch/empty" --timing insn
is "no code: exit" $status 2
# push %eax, without a page below esp and without one for the fault's frame
printf '\xbc\0\0\0\x80\x50' >"$scratch/no_stack"
sysemu timing --code "$scratch/no_stack" --timing insn
is "no stack: exit" $status 0
has "no stack" "$out" "ended    shutdown at 0x00001005"
sysemu dis --code "$scratch/code" --at 0xfffffff8
is "dis beyond 4 GiB: exit" $status 2
has "dis beyond 4 GiB" "$err" "behind 4 GiB"
sysemu count --timing all --disasm
is "count --timing all --disasm: exit" $status 2

finish
