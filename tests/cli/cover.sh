#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Coverage: collected by every command that runs a machine, added up, and read by genhtml, lcov
# and an XML parser, which see the numbers that our own table shows.
. "$(dirname "$0")/check.inc"
root=$(cd "$(dirname "$0")/../.." && pwd)
for tool in lcov genhtml xmllint; do
	command -v $tool >/dev/null || { echo "no $tool here"; exit 77; }
done
cd "$scratch" || exit 1
ln -s "$root/asm" asm # the sources, by the names of the line table

# getpid for ever: a fast path of 37 instructions of entry.S, 37 lines but for the macros
loop=b814000000cd80ebf7

# ---- who collects ----

cat >one.play <<-'END'
	scenario one
		pass sysemu
	program
		exit 0
	rows
		stop STOP | SYSEMU
		stop TRAP entry | CONT
END
sysemu trace --cover trace.cov --code $loop --max-stops 2
is "trace: exit" $status 0
sysemu play --cover play.cov one.play
is "play: exit" $status 0
sysemu inject --cover inject.cov --inject need_resched one.play
is "inject: exit" $status 0
sysemu explore --cover explore.cov --entry int80 --depth 1 --threads 2
is "explore: exit" $status 0
sysemu run --cover run.cov "$PROGS/echo"
is "run: exit" $status 0
for name in trace play inject explore run; do
	is "$name: the data's head" "$(head -n 2 $name.cov | tr '\n' '|' | cut -c1-29)" "sysemu-cover 1|kernel sysemu "
	sysemu cover --file entry.S $name.cov
	is "$name: cover" $status 0
	has "$name: cover" "$out" "kernel sysemu "
done
# What two threads explore adds up to what one does, but for the second machine's boot.
sysemu explore --cover one-thread.cov --entry int80 --depth 1 --threads 1
sysemu explore --cover executed.cov --entry int80 --depth 1 --threads 1 --execute-all
cmp one-thread.cov executed.cov || is "what is collected is executed, not answered by a memo" no yes
sysemu cover explore.cov
two=$out
sysemu cover one-thread.cov
is "one thread and two" "$out" "$two"

# ---- sums ----

runs() { sed -n "s/^$1 \\([0-9]*\\).*/\\1/p" "$2"; } # ADDRESS FILE
call=$("$SYSEMU" dis system_call | sed -n '2s/ .*//p')
[ "$(runs "$call" trace.cov)" -ge 1 ] && [ "$(runs "$call" explore.cov)" -ge 1 ]
is "system_call was executed" $? 0
sysemu cover --data sum.cov trace.cov explore.cov trace.cov
is "sum: exit" $status 0
is "sum: nothing on stdout" "$out" ""
is "sum" "$(runs "$call" sum.cov)" $((2 * $(runs "$call" trace.cov) + $(runs "$call" explore.cov)))
sysemu cover --data twice.cov sum.cov
cmp sum.cov twice.cov || is "the sum of a sum" different equal
sysemu trace --kernel 2.6.14 --cover other.cov --code $loop --max-stops 1
sysemu cover other.cov trace.cov
is "two kernels" "$(grep -o '^kernel [^ ]*' <<<"$out" | tr '\n' ' ')" "kernel sysemu kernel 2.6.14 "
sysemu cover --kernel 2.6.14 other.cov trace.cov
is "one of them" "$(grep -o '^kernel [^ ]*' <<<"$out")" "kernel 2.6.14"

# ---- what the fast path executes ----

# An untraced getpid by hand (entry.S's margin): 37 instructions, and its four branches pass.
"$SYSEMU" count --disasm | sed -n 's/^ *[0-9][0-9]*  \(c01[0-9a-f]*\) .*/\1/p' | sort >path
is "the fast path" "$(grep -c . path)" 37
cat >fast.play <<-'END'
	scenario fast
		start untraced
		entry int80
		pass sysemu
	program
		call getpid
		exit 0
	rows
		exit 0 ran=getpid,exit
END
sysemu play --cover fast.cov fast.play
while read -r address; do
	[ "$(runs "$address" fast.cov)" -ge 1 ] || echo "$address"
done <path >missing
is "the fast path, executed" "$(cat missing)" ""
is "its first test passes" "$(grep -c "^$("$SYSEMU" count --disasm | sed -n 's/^ *18  \(c01[0-9a-f]*\) .*/\1/p') 2 0 2$" fast.cov)" 1

# ---- other people's readers ----

xpath() { xmllint --nonet --xpath "$1" cobertura.xml 2>/dev/null; } # the DTD is not fetched

sysemu cover --lcov lcov.info --cobertura cobertura.xml explore.cov
is "reports: exit" $status 0
sysemu cover explore.cov
read -r _ lines _ of_lines insns _ of_insns arms _ of_arms <<<"$(grep '^all ' <<<"$out")"
genhtml --branch-coverage --output-directory html lcov.info >genhtml.out 2>&1
is "genhtml: exit" $? 0
is "genhtml: errors and warnings" "$(grep -iE 'error|warning|mismatch|inconsistent' genhtml.out | grep -vE 'unsupported|1 warning message')" ""
has "genhtml: lines" "$(cat genhtml.out)" "($lines of $of_lines lines)"
has "genhtml: arms" "$(cat genhtml.out)" "($arms of $of_arms branches)"
page=$(find html -name 'entry.S.gcov.html')
jump=$(sed -n 's/^asm.entry.entry.S:\([0-9]*\): work_notifysig+0xa: .*never.*/\1/p' <<<"$out")
has "genhtml: a page with the source" "$(cat "$page")" "SKIP_EMULATED_CALL"
[ -n "$jump" ] && grep -q "branch\|tlaU\|tlaB" "$page"
is "genhtml: branches in the page" $? 0
is "lcov: that branch's arms" "$(sed -n "/^SF:asm.entry.entry.S/,/^end/s/^BRDA:$jump,0,\([01]\),\(.*\)/\1 \2/p" lcov.info |
	sed 's/ [1-9][0-9]*$/ n/' | tr '\n' ' ')" "0 0 1 n "

xmllint --noout --nonet --dtdvalid "$root/tests/cli/cobertura.dtd" cobertura.xml 2>xml.err
is "cobertura: valid" $? 0
is "cobertura: lines" "$(xpath 'count(//line[@hits > 0])')" "$lines"
is "cobertura: all lines" "$(xpath 'count(//line)')" "$of_lines"
is "cobertura: arms" "$(xpath 'string(/coverage/@branches-covered)')" "$arms"
is "cobertura: lines, as it says" "$(xpath 'string(/coverage/@lines-covered)')" "$lines"

# ---- what is wrong ----

# bad WHAT LINE: that data is refused, and the message has this place.
bad()
{
	sysemu cover bad.cov
	is "$1: exit" $status 2
	is "$1: stdout" "$out" ""
	has "$1" "$err" "bad.cov:$2: "
}
head -n 2 trace.cov >head
: >bad.cov; bad "an empty file" 1
echo hello >bad.cov; bad "another file" 1
{ echo "sysemu-cover 1"; echo "c0100000 1"; } >bad.cov; bad "no kernel" 2
{ echo "sysemu-cover 1"; echo "kernel 2.4 00"; } >bad.cov; bad "no such kernel" 2
{ echo "sysemu-cover 1"; echo "kernel sysemu 00"; } >bad.cov; bad "another build" 2
has "another build" "$err" "collected on another build of kernel sysemu"
for line in "c0100001 1 2 3" "c01 1" "xyz 1" "c0100000" "c0100000 1 2" "c0100000 -1" "c0100000 1 2 3 4" \
	"1c0100000 1" "c0100000 18446744073709551616" ""; do
	{ cat head; echo "$line"; } >bad.cov; bad "\"$line\"" 3
done
{ cat head; printf 'c0100000 1'; } >bad.cov; bad "no end" 3
{ cat head; printf 'c01\000 1\n'; } >bad.cov; bad "a byte 0" 3
sysemu cover nowhere.cov
is "no file: exit" $status 2
sysemu cover --file nothing.c trace.cov
is "no such source: exit" $status 2
has "no such source" "$err" 'kernel sysemu has no file "nothing.c"'
sysemu cover --known "$root/README.md" trace.cov
is "no list of arms: exit" $status 2
has "no list of arms" "$err" "README.md:3: "
sysemu trace --cover /nowhere/x --code $loop --max-stops 1
is "not writable" "$status $out" "4 "
has "not writable" "$err" "cannot write /nowhere/x: No such file or directory"
sysemu trace --cover unwritten.cov --help
[ ! -e unwritten.cov ]
is "help: no file" $? 0
sysemu play --cover unwritten.cov --kernel 2.4 one.play
is "a usage error: exit" $status 2
[ ! -e unwritten.cov ]
is "a usage error: no file" $? 0
finish
