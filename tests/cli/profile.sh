#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Profiles: their sums are the counts and clocks that trace prints, callgrind_annotate reads them
# without a word, and they do not grow with the run.
. "$(dirname "$0")/check.inc"
root=$(cd "$(dirname "$0")/../.." && pwd)
command -v callgrind_annotate >/dev/null || { echo "no callgrind_annotate here"; exit 77; }
cd "$scratch" || exit 1
ln -s "$root/asm" asm # the sources, by the names of the line table
loop=b814000000cd80ebf7 # getpid for ever

# traced STOPS NAME ARG...: a profile in NAME.*, what trace says of its last stop in $out.
traced()
{
	local stops=$1 name=$2
	shift 2
	sysemu trace --max-stops "$stops" --code $loop --profile callgrind="$name.cg" \
		--profile folded="$name.folded" --profile annotate="$name.txt" "$@"
	is "trace $*: exit" $status 0
}
total() { sed -n "s/^summary: //p" "$1.cg" | cut -d' ' -f"${2:-1}"; }
# own FILE COLUMN: the sum of all cost lines but the inclusive ones behind calls=.
own() { awk -v c="$2" '/^calls=/ { skip = 1; next } /^0x/ { if (!skip) sum += $c; skip = 0 } END { print sum }' "$1"; }

# ---- sums ----

# What five stops more cost is what trace says of them.
traced 5 five
traced 10 ten
insns=$(sed -n 's/^ *kernel \([0-9]*\) .*user \([0-9]*\)$/\1 \2/p' <<<"$out" | tail -n 5 | awk '{ n += $1 + $2 } END { print n }')
is "five stops more" $(($(total ten) - $(total five))) "$insns"
for name in five ten; do
	is "$name: the sum of all instructions" "$(own $name.cg 3)" "$(total $name)"
	is "$name: the sum of all stacks" "$(awk '{ n += $NF } END { print n }' $name.folded)" "$(total $name)"
	is "$name: no stack is none" "$(grep -cvE '^[^ ;]+(;[^ ;]+)* [0-9]+$' $name.folded)" 0
	has "$name: the annotated sum" "$(head -n 1 $name.txt)" "kernel sysemu: $(total $name) instructions;"
	is "$name: instructions executed" "$(awk '/^ +[0-9.]+ +[0-9]+ +[0-9a-f]+  / { n += $2 } END { print n }' $name.txt)" \
		$(($(total $name) - $(sed -n '/^fn=(program)/{n;s/.* //p}' $name.cg)))
done
# Each stop came by one int $0x80 (docs/kernels.md): entry.S's first instruction ran as often, and
# twice before, for TRACEME and getpid, kill.
entry=$("$SYSEMU" dis system_call | sed -n '2s/ .*//p')
is "entries" $(($(sed -n "s/^0x$entry [0-9]* //p" ten.cg | head -n 1) - $(sed -n "s/^0x$entry [0-9]* //p" five.cg | head -n 1))) 5

# With a model: its clocks, as trace sums them.
for model in i386dx p5 i386dx-bus; do
	traced 5 five --timing $model
	traced 10 ten --timing $model
	clocks=$(sed -n 's/^ *clocks \([0-9]*\),.*/\1/p' <<<"$out" | tail -n 5 | awk '{ n += $1 } END { print n }')
	is "$model: five stops more" $(($(total ten 2) - $(total five 2))) "$clocks"
	is "$model: the sum of all clocks" "$(own ten.cg 4)" "$(total ten 2)"
	is "$model: the sum of all stacks" "$(awk '{ n += $NF } END { print n }' ten.folded)" "$(total ten 2)"
done

# ---- calls ----

traced 10 ten
has "a stack" "$(cat ten.folded)" "(program);system_call;do_syscall_trace;notify_syscall_stop;ptrace_notify;schedule"
has "the tracer's" "$(cat ten.folded)" "(host);tracer_call;sys_ptrace "
callgrind_annotate --inclusive=yes --tree=both ten.cg >annotated 2>errors
is "callgrind_annotate: exit" $? 0
is "callgrind_annotate: errors" "$(cat errors)" ""
grep -qE "WARNING|No information" annotated
is "callgrind_annotate: warnings" $? 1
thousands() { sed ':a;s/\B[0-9]\{3\}\>/,&/;ta' <<<"$1"; }
has "callgrind_annotate: totals" "$(cat annotated)" "$(thousands "$(total ten)") (100.0%)  PROGRAM TOTALS"
has "callgrind_annotate: a call" "$(cat annotated)" "asm/entry/entry.S:system_call (12x)"
# Everything is called by the program or by the host.
roots=$(sed -n 's/^ *\([0-9,]*\) .*\*  ???:(\(program\|host\))$/\1/p' annotated | tr -d , | awk '{ n += $1 } END { print n }')
is "the roots' sum" "$roots" "$(total ten)"
callgrind_annotate --auto=yes --show-percs=no ten.cg >annotated 2>errors
is "callgrind_annotate with sources: errors" "$(cat errors)" ""
has "callgrind_annotate with sources" "$(cat annotated)" "SKIP_EMULATED_CALL"

# ---- what is kept does not grow with the run ----

traced 100 hundred
traced 1000 thousand
is "lines of 100 stops and 1000" "$(wc -l <thousand.cg)" "$(wc -l <hundred.cg)"
is "stacks of 100 stops and 1000" "$(wc -l <thousand.folded)" "$(wc -l <hundred.folded)"

# ---- a program, exceptions, two tasks ----

for kernel in sysemu 2.6.14; do
	for program in echo signals segv; do
		sysemu run --kernel $kernel --profile callgrind=run.cg --profile folded=run.folded "$PROGS/$program" a
		code=$status
		sysemu run --kernel $kernel "$PROGS/$program" a
		is "$program on $kernel: the same exit" $code $status
		is "$program on $kernel: sum" "$(own run.cg 3)" "$(total run)"
		is "$program on $kernel: stacks" "$(awk '{ n += $NF } END { print n }' run.folded)" "$(total run)"
		callgrind_annotate run.cg >/dev/null 2>errors
		is "$program on $kernel: errors" "$(cat errors)" ""
	done
done

# ---- what is wrong ----

sysemu trace --profile perf --code $loop
is "no kind: exit" $status 2
has "no kind" "$err" '"perf" is no callgrind|folded|annotate[=FILE]'
sysemu trace --profile callgrind= --code $loop
is "no file: exit" $status 2
sysemu trace --profile callgrind=/nowhere/x --code $loop --max-stops 2
is "not writable: exit" $status 4
has "not writable" "$err" "cannot write /nowhere/x"
sysemu trace --profile annotate --code $loop --max-stops 2
has "to the terminal" "$err" "do_syscall_trace"
finish
