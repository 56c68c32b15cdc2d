#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sysemu check: what a budget may say, what keeps it and what breaks it, exit codes, --update. The
# numbers are those of docs/counting.md and of the entry path's own margin (asm/entry/entry.S).
. "$(dirname "$0")/check.inc"
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$scratch" || exit 1

# budget: standard input becomes b.budget, without a path of its baseline.
budget()
{
	cat >b.budget
	rm -f b.budget.paths
}

# says LINE:COLUMN TEXT: b.budget is not understood, for this reason, and nothing is measured.
says()
{
	sysemu check b.budget
	is "$2: exit" "$status $out" "2 "
	is "$2" "${err%%$'\n'*}" "b.budget:$1: $2"
}

# ---- kept ----

budget <<'END'
# The fast paths.
int80:	kernel=sysemu entry=int80 nr=getpid flags=none | insns.entry exact 37 max 37 base 37
sysenter: entry=sysenter	# a comment
	| insns.entry exact 41
	| insns.kernel max 60; insns.user max 10
emulated: kernel=2.6.14 requests=SYSEMU | insns.entry exact 46; stops exact 2
END
sysemu check b.budget
is "kept: exit" "$status $err" "0 "
is "kept: the last line" "${out##*$'\n'}" "check: 3, 3 pass"
has "kept: the row, the limit, what was seen" "$out" "kept     sysenter  insns.entry    exact 41                   seen 41"
for row in int80 sysenter emulated; do
	sysemu check --row $row b.budget
	is "--row $row" "$status ${out##*$'\n'}" "0 check: 1, 1 pass"
done
sysemu check --row none b.budget
is "--row none: exit" "$status $out" "2 "
has "--row none" "$err" "b.budget: there is no row none"

# ---- broken, and which of several is told ----

budget <<'END'
a: | insns.entry exact 36 max 36 base 36
b: | insns.entry max 36 base 36
c: | insns.entry base 36 soft 1%
d: | insns.entry base 36 soft 3%
e: | insns.entry base 38 soft 99% gain 2%
f: | insns.entry base 38 gain 3%
g: | insns.entry base ?
default soft 3% gain 3%
h: | insns.entry base 36
i: | insns.entry base 38
j: | insns.entry base 36 soft 1%
END
sysemu check b.budget
is "broken: exit" $status 3
for want in "a  insns.entry    exact 36 max 36 base 36 +0% -0% seen 37, +1: not 36" \
	"b  insns.entry    max 36 base 36 +0% -0%     seen 37, +1: above the maximum" \
	"c  insns.entry    base 36 +1% -1%            seen 37, +1: more than 1% above the baseline" \
	"e  insns.entry    base 38 +99% -2%           seen 37, -1: more than 2% below the baseline: take a new one, --update" \
	"g  insns.entry    base ?                     seen 37: no baseline yet: --update" \
	"j  insns.entry    base 36 +1% -3%            seen 37, +1: more than 1% above the baseline"; do
	has "broken" "$out" "  broken   $want"
done
is "the others are kept" "$(grep '^  kept' <<<"$out" | cut -c 12 | tr -d '\n')" dfhi

# A stop that differs is graver than a budget, and what cannot be run than both.
budget <<'END'
a: | insns.entry exact 36
b: requests=SYSEMU | stops exact 1
END
sysemu check b.budget
is "a stop differs: exit" "$status ${out##*$'\n'}" "1 check: 2, 1 broken, 1 fail"
budget <<'END'
a: kernel=2.6.11 requests=SYSEMU | stops max 1
END
sysemu check b.budget
is "a request is refused: exit" $status 1
has "a request is refused" "$out" "fail     a  PTRACE_SYSEMU refused: Input/output error"
budget <<'END'
a: nr=exit | stops exact 0
END
sysemu check b.budget
is "a call that does not return: exit" $status 1
has "a call that does not return" "$out" "fail     a  call 1 does not return: event exit"

# ---- clocks ----

sysemu count --timing i486 --format json
clocks=$(field clocks <<<"$out" | sed 's/.*"total":\([0-9]*\).*/\1/')
budget <<END
a: timing=i486 | clocks base ?; clocks.entry max 1000
END
sysemu check --update b.budget
is "clocks: exit" "$status $err" "0 "
has "clocks are those of count" "$(sysemu count --timing i486 && echo "$out")" \
	"clocks $(sed -n 's/.*clocks base \([0-9]*\);.*/\1/p' b.budget),"

# A machine serves rows that want the same one, and none sees what the others did.
budget < <(
	n=0
	echo "default timing=p5 soft 0%"
	for flags in none EMU none AUDIT TRACE,SINGLESTEP none; do
		echo "row-$((++n)): flags=$flags | insns.kernel base ?; clocks base ?"
	done
	for requests in SYSEMU SYSCALL SYSEMU; do
		echo "row-$((++n)): requests=$requests | insns.kernel base ?; clocks base ?; stops base ?"
	done
	echo "row-$((++n)): | insns.kernel base ?; clocks base ?"
	echo "row-$((++n)): nr=getppid | insns.kernel base ?; clocks base ?"
)
sysemu check --update b.budget
is "a machine for several rows: exit" "$status $err" "0 "
for row in $(sed -n 's/^\(row-[0-9]*\):.*/\1/p' b.budget); do
	sysemu check --row $row b.budget
	is "$row with a machine of its own" "$status ${out##*$'\n'}" "0 check: 1, 1 pass"
done

# ---- scenarios ----

budget <<END
fast:	play=$root/scenarios/patch.play scenario=part1-the-fast-path-int80 | insns.entry max 1000
known:	kernel=sysemu-1 play=$root/scenarios/patch.play scenario=part3-sysemu-then-syscall
	| stops max 9
END
sysemu check b.budget
is "scenarios: exit" "$status ${out##*$'\n'}" "0 check: 2, 2 pass"
printf 'scenario s\n\tpass all\nprogram\n\tcall getpid\n\texit 0\nrows\n\tstop STOP | SYSEMU\n\tstop TRAP eax=1\n' >s.play
mkdir d
cp s.play d/
printf 'a: play=s.play scenario=s | stops exact 2\n' >d/b.budget
sysemu check d/b.budget
is "a scenario that differs: exit" $status 1
has "a scenario that differs" "$out" "fail     a  eax: expected 1, got -38"
sysemu check d/b.budget --report github
has "a scenario that differs: where" "$out" "file=d/s.play,line=8,col=2,"

# ---- explorations ----

sysemu explore --depth 2 --entry int80
read -r states transitions < <(sed -n '1s/.*: \([0-9]*\) states, \([0-9]*\) transitions.*/\1 \2/p' <<<"$out")
budget <<END
all:	explore=2 | states exact $states; transitions base ?
known:	kernel=sysemu-1 entry=sysenter explore=2
END
sysemu check --update b.budget
is "explorations: exit" "$status $err" "0 "
is "explorations: as sysemu explore" "$(sed -n 's/.*base \([0-9]*\)$/\1/p' b.budget)" "$transitions"
has "a known defect is as expected" "$out" "  pass     known"

# ---- --update ----

budget <<'END'
# A head.

default soft 1%	# and a tail
fast:	flags=none	| insns.entry   base   99	 soft 0% ; insns.kernel base ?	# why
	| insns.user max 5
# between
late:	entry=sysenter	| insns.entry base 40 exact 41
END
sed 's/base   99/base   37/; s/base 40/base 41/' b.budget >want
sed -i "s/base ?/base $("$SYSEMU" count | sed -n 's/^insns *//p')/" want
chmod 640 b.budget
sysemu check --update b.budget
is "--update: exit" "$status $err" "0 "
cmp b.budget want || is "--update: comments, order and blanks" different equal
is "--update: the mode" "$(stat -c %a b.budget)" 640
sysemu check b.budget
is "--update, then: exit" $status 0
cp b.budget.paths paths
sysemu check --update b.budget
cmp b.budget want && cmp b.budget.paths paths
is "--update again changes nothing" $? 0
has "the paths are the executed instructions" "$(sed -n '/^code [0-9a-f]* system_call$/,/^code/p' paths | tr -d '\n')" \
	'testb $0xc1, 8(%ebp)	jne <syscall_trace_entry>	cmpl $0x121, %eax'
is "as many as were counted" "$(sed '/^row fast/,$d' paths | grep -c '^	')" \
	"$(sed -n 's/.*insns.kernel base \([0-9]*\).*/\1/p' want)"
sed -i 's/base 41/base 40/' b.budget
cp b.budget old
sysemu check --update --row fast b.budget
is "--update of one row leaves the others" "$status $(cmp b.budget old && echo same)" "0 same"
is "... and their paths" "$(grep -c '^row' b.budget.paths)" 2

# What a new baseline does not mend is for a person.
for limit in "exact 36" "max 36"; do
	budget <<<"a: | insns.entry base 30; insns.kernel $limit"
	cp b.budget old
	sysemu check --update b.budget
	is "--update over $limit: exit" $status 3
	has "--update over $limit" "$err" "b.budget: no baseline is updated"
	is "--update over $limit: nothing is written" "$(cmp b.budget old && ls b.budget*)" b.budget
done
budget <<<"a: | insns.entry base 30
b: nr=exit | stops exact 0"
cp b.budget old
sysemu check --update b.budget
is "--update where a row does not run" "$status $(cmp b.budget old && ls b.budget*)" "1 b.budget"

# A full disk: the old files stay.
budget < <(for i in {1..60}; do echo "row-$i: | insns.entry base 30"; done)
cp b.budget old
(trap '' XFSZ; ulimit -f 1; "$SYSEMU" check --update b.budget >/dev/null 2>err)
is "--update, no room: exit" $? 4
has "--update, no room" "$(<err)" ": File too large"
is "--update, no room: the old file, and no part" "$(cmp b.budget old && ls -A | grep -c '^\.sysemu')" 0

# An interruption, too.
budget <<<"a: explore=0 | states base ?"
cp b.budget old
mkfifo fifo
env --default-signal=INT "$SYSEMU" check --update --report tap=fifo b.budget >/dev/null 2>&1 &
exec 3<fifo # it is open: the work begins
kill -INT $!
wait $!
is "--update, interrupted: exit" $? 130
exec 3<&-
is "--update, interrupted: the old file, and no part" \
	"$(cmp b.budget old && ls -d b.budget* && ls -A | grep -c '^\.sysemu')" "b.budget
0"

# ---- what came and what went ----

budget <<<"a: flags=EMU requests=SYSCALL | stops exact 0"
says 1:1 "flags= and requests= exclude each other"
budget <<<"a: kernel=2.6.11 | insns.entry base ?"
sysemu check --update b.budget
sed -i 's/kernel=2.6.11/kernel=sysemu/; s/base 37/base 36/' b.budget
sysemu check b.budget
is "another kernel's path: exit" $status 3
has "another kernel's path: went" "$out" 'went      system_call          testb $0x81, 8(%ebp)  asm/entry/entry.S:'
has "another kernel's path: came" "$out" 'came      system_call          testb $0xc1, 8(%ebp)  asm/entry/entry.S:'
rm b.budget.paths
sysemu check b.budget
has "no path: said" "$out" "(b.budget.paths has no path of its baseline: --update makes one)"
for text in nonsense "code 12" "row a"$'\n\tcode 0123456789abcdef' "row a"$'\n\tinsns nothing=1' \
	"code 0123456789abcdef f"$'\n\tnop\tx'; do
	printf '%s\n' "$text" >b.budget.paths
	sysemu check b.budget
	is "paths: $text: exit" "$status $out" "2 "
	has "paths: $text: where" "$err" "b.budget.paths:"
done

# ---- what is not understood ----

for file in /dev/null no-such-file .; do
	sysemu check $file
	is "$file: exit" "$status $out" "2 "
done
budget <<<"# nothing"
sysemu check b.budget
has "no rows" "$status $err" "2 sysemu: b.budget: there are no rows"
budget <<<"a: kernel=sysemu"
says 1:1 "a has no limits: | METRIC exact N, max N, base N"
budget <<<"a | stops exact 0"
says 1:1 '"a" is neither `default` nor a row'\''s NAME:'
budget <<<"| stops exact 0"
says 1:1 "a row is missing: NAME: KEY=VALUE... | LIMITS"
budget <<<"a: | stops exact 0"$'\n'"a: | stops exact 0"
says 2:1 "a second row a: the first is in line 1"
budget <<<"a: kernel=sysemu kernel=sysemu | stops exact 0"
says 1:18 "a second kernel="
budget <<<"a: kernel=2.4 | stops exact 0"
sysemu check b.budget
has "an unknown kernel" "$status $err" '2 b.budget:1:4: kernel: no kernel is named "2.4"'
budget <<<"a: entry=both | stops exact 0"
says 1:4 'entry: "both" is none of int80|sysenter'
budget <<<"a: flags=EMULATE | stops exact 0"
sysemu check b.budget
has "an unknown flag" "$status $err" '2 b.budget:1:4: flags: "EMULATE" is no flag'
budget <<<"a: timing=z80 | stops exact 0"
is "an unknown model" "$(sysemu check b.budget; echo $status)" 2
budget <<<"a: entry=sysenter timing=i486 | stops exact 0"
says 1:1 "the CPU of timing=i486 has no sysenter"
budget <<<"a: wait=1 | stops exact 0"
says 1:4 '"wait=1" is none of kernel=, entry=, nr=, flags=, requests=, timing=, play=, scenario=, explore='
budget <<<"a: kernel= | stops exact 0"
says 1:4 "kernel needs a value: kernel=K"
budget <<<"a: | steps exact 0"
sysemu check b.budget
has "an unknown metric" "$status $err" '2 b.budget:1:6: "steps" is no metric'
budget <<<"a: | clocks max 5"
says 1:6 "clocks is nothing without timing="
budget <<<"a: | stops exact 0; stops max 1"
says 1:21 "stops for a second time"
budget <<<"a: | stops"
says 1:6 "stops has no limit: exact, max, base"
budget <<<"a: | stops soft 1%"
says 1:6 "stops: soft is nothing without base"
budget <<<"a: | stops exact"
says 1:17 "exact: nothing is no number"
budget <<<"a: | stops exact -1"
says 1:18 "exact: -1 is no number"
budget <<<"a: | stops exact 0 exact 0"
says 1:20 "a second exact"
budget <<<"a: | stops max 1000000000000001"
says 1:16 "max: 1000000000000001 is no number"
budget <<<"a: | stops base 1 soft 1"
says 1:24 "soft: 1 is no per cent: 2%, 0.25%"
budget <<<"a: | stops base 1 soft 1.234%"
says 1:24 "soft: 1.234% is no per cent: 2%, 0.25%"
budget <<<"a: | stops base 1 gain 1001%"
says 1:24 "gain: 1001% is not from 0% to 1000%"
budget <<<"a: | stops exact 0 |"
says 1:20 "what is this for?"
budget <<<"a: | stops exact 0 ;"
says 1:21 "a metric is missing: insns.entry, clocks, ..."
budget <<<"default flags=EMU"
says 1:9 "flags= has no default: kernel, entry, timing do"
budget <<<"default hard 1%"
says 1:9 '"hard" is none of kernel=, entry=, nr=, flags=, requests=, timing=, play=, scenario=, explore='
budget <<<"a: play=x.play | stops exact 0"
says 1:1 "play= and scenario= need each other"
budget <<<"a: play=s.play scenario=s nr=1 | stops exact 0"
says 1:1 "a scenario is played as it is: no nr=, flags= or requests="
budget <<<"a: explore=1 flags=EMU | states exact 0"
says 1:1 "an exploration makes all calls: no nr=, flags= or requests="
budget <<<"a: explore=1 play=s.play scenario=s | states exact 0"
says 1:1 "explore= and play= exclude each other"
budget <<<"a: explore=1 timing=insn | states exact 0"
says 1:1 "explore= and timing= exclude each other"
budget <<<"a: explore=1001"
says 1:4 'explore: "1001" is not a number from 0 to 1000'
budget <<<"a: explore=1 | stops exact 0"
says 1:16 "stops is nothing with explore="
budget <<<"a: | states exact 0"
says 1:6 "states is nothing without explore="
budget <<<"a: play=s.play scenario=t | stops exact 0"
says 1:1 "s.play has no scenario t"
budget <<<"a: play=no.play scenario=t | stops exact 0"
sysemu check b.budget
has "no such file of scenarios" "$status $err" "2 sysemu: no.play: No such file"
printf 'scenario s\n\tpass sysemu\n\tentry int80\nprogram\n\texit 0\nrows\n\tstop STOP\n' >s.play
budget <<<"a: entry=sysenter play=s.play scenario=s | stops exact 0"
says 1:1 "s is not played with this entry"
budget <<<"a: kernel=2.6.14 play=s.play scenario=s | stops exact 0"
says 1:1 "s says nothing of this kernel"
printf 'a: | stops exact 0\n\0\n' >b.budget
says 2:1 "a byte that is no text: 0x00"
printf 'a: | stops exact 0 %2000s\n' "#" >b.budget
says 1:1 "a line of more than 2000 bytes"

# ---- progress, on a terminal alone ----

printf 'a: | insns.entry exact 37\nb: | insns.entry exact 37\n' >b.budget
python3 - "$SYSEMU" >seen <<'END'
import os, pty, subprocess, sys
mine, terminal = pty.openpty()
subprocess.run([sys.argv[1], "check", "b.budget"], stdout=subprocess.DEVNULL, stderr=terminal)
os.close(terminal)
print(os.read(mine, 4096))
END
is "progress" "$(<seen)" "b'\\rcheck: 1 of 2 \\rcheck: 2 of 2 \\r\\x1b[K'"

# ---- a first one ----

rm -f b.budget*
sysemu check --row x
is "--row without FILE" "$status $out" "2 "
sysemu check
is "a first budget: exit" "$status $err" "0 "
is "a first budget: its files" "$(ls -A sysemu.budget*)" "sysemu.budget
sysemu.budget.paths"
has "a first budget: what does not run is a comment" "$(<sysemu.budget)" \
	"#	kernel=2.6.11 entry=int80 requests=SYSEMU: PTRACE_SYSEMU refused: Input/output error"
is "a first budget: each kernel and entry" "$(grep -c -- '-none:' sysemu.budget)" \
	"$(($("$SYSEMU" kernels --format json | grep -o '"digest"' | wc -l) * 2))"
sysemu check sysemu.budget
is "a first budget is kept: exit" $status 0
is "a first budget is kept: all of it" "${out##*$'\n'}" \
	"check: $(grep -c '^[^#	]*:	' sysemu.budget), $(grep -c '^[^#	]*:	' sysemu.budget) pass"
cp sysemu.budget old
sysemu check
is "a second first one: exit" "$status $(cmp sysemu.budget old && echo same)" "2 same"
has "a second first one" "$err" "sysemu.budget is there already: sysemu check sysemu.budget"
finish
