#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Help, versions, and what a wrong command line gives: exit 2 and a usage line on stderr.
. "$(dirname "$0")/check.inc"

for command in "" run trace count gdb kernels play inject explore timing dis; do
	sysemu $command --help
	is "$command --help: exit" $status 0
	is "$command --help: stderr" "$err" ""
	has "$command --help" "$out" "usage: sysemu"
	help=$out
	sysemu help $command
	is "help $command: exit" $status 0
	is "help $command" "$out" "$help"
done
sysemu run --help
for option in kernel entry root log max-insns help; do
	has "run --help" "$out" "--$option"
done
sysemu trace --help
for option in kernel entry requests options max-stops serve format help; do
	has "trace --help" "$out" "--$option"
done
sysemu count --help
for option in kernel entry nr flags requests format disasm help; do
	has "count --help" "$out" "--$option"
done

# wrong ARG...
wrong()
{
	sysemu "$@"
	is "sysemu $*: exit" $status 2
	is "sysemu $*: stdout" "$out" ""
	has "sysemu $*: stderr" "$err" "usage: sysemu"
}

wrong
wrong nonsense
wrong --nonsense
for command in run trace count gdb kernels play inject explore timing dis; do
	wrong $command --nonsense
done
wrong run
wrong run --kernel
wrong run --entry int81 x
wrong run --max-insns -1 x
wrong run --max-insns 1k x
wrong trace
wrong trace a b
wrong trace --format json x
wrong trace --requests x
wrong trace --requests PEEKTEXT x
wrong trace --requests SYSEMU, x
wrong trace --requests SYSEMU:NOSIG x
wrong trace --options TRACEFORK x
wrong trace --max-stops 0 x
wrong trace --code cd8
wrong trace --code zz
wrong count extra
wrong count --flags NOFLAG
wrong count --flags TRACE,
wrong count --flags none,TRACE
wrong count --flags none --requests SYSEMU
wrong count --nr 4294967296
wrong count --format ndjson
wrong count --format json --disasm
wrong kernels extra
wrong help nonsense
wrong help run trace
wrong help --nonsense
wrong kernels --format
wrong trace --serve=yes x
wrong kernels --help=1
wrong kernels -x
wrong dis
wrong explore operand
wrong explore --merge
wrong play
wrong inject x.play

# says PART ARG...: a wrong command line, and what is said of it.
says()
{
	local part=$1
	shift
	wrong "$@"
	has "sysemu $*: stderr" "$(head -n 1 <<<"$err")" "$part"
}

# What is possible is said.
says "--requests: \"SYSEMO\" is no request; there are SYSEMU SYSCALL SINGLESTEP" trace \
	--requests SYSCALL,SYSEMO x
says "--requests: \"SEG\" is no signal" trace --requests CONT:SEG x
says "there are getpid getuid" count --nr getpidd
says "--code: \"909\": half a byte is missing behind character 3" trace --code 909
says "--code: \"90 9 90\": half a byte is missing behind character 4" trace --code "90 9 90"
says "\"g\" at character 4 is no hexadecimal digit" trace --code 909g
says "--code: \"\" has no bytes" trace --code ""
says "PROGRAM is missing, or --code" trace
says "\"x\": --code stands in the place of PROGRAM" trace --code 90 x
says "\"table\": FILE... is for --merge alone" explore table
says "--threads: \"0\" is not a number from 1 to 64" explore --threads 0
says "--merge takes no value" explore --merge=x x
says "no timing model \"vax\"; there are insn i386dx" count --timing vax
says 'the model i386ex-bus has no option "wait=9"; it has' count --timing i386ex-bus,wait=9
says 'the model insn has no option "x" and none at all' count --timing insn,x
says "there are TRACE NOTIFY_RESUME" count --flags TRACE,TRACES
says "tif+FLAG, tif-FLAG, signal:N, need_resched, kill" inject --inject panic x.play

# Where nothing would come of an option.
says "--timing is nothing without --log" run --timing insn x
says "--at is nothing without --code" dis --at 0 restore_all
says "--kernel and --code exclude each other" dis --kernel sysemu --code x
says "--list and --format=json exclude each other" play --list --format json x.play
says "--list and --report exclude each other" play --list --report json x.play
says "--report: \"nonsense\" is no KIND or KIND=FILE: there are text json junit tap ktap github gitlab" \
	play --report nonsense x.play
says "--verbose and --list exclude each other" play --list --verbose x.play
says "--verbose and --format=json exclude each other" play --verbose --format json x.play
says "--disasm and --timing=all exclude each other" count --disasm --timing all
says "--from is nothing without --code" timing --from 0 --to 0
says "--kernel and --merge exclude each other" explore --kernel sysemu --merge x

names="2.6.11, sysemu-1 (sysemu-2), sysemu-3, sysemu-4, sysemu (sysemu-5), sysemu-as-printed, \
2.6.14-ed75e8d, 2.6.14-c8c86ce, 2.6.14-1b38f00, 2.6.14-ab1c23c, 2.6.14, 2.6.17, 2.6.20, 2.6.22, 2.6.25, \
2.6.27 (2.6.30), 2.6.38, 3.2, 4.4, 4.14, 5.10, 5.11-rc1, 5.11-rc6, 5.11, 6.12 (6.1), 2026-after"
for command in "run $PROGS/hello" "trace $PROGS/hello" count explore "play x.play" \
	"inject --inject kill x.play"; do
	set -- $command
	sysemu "$1" --kernel 9.9.9 "${@:2}"
	is "$1 --kernel 9.9.9: exit" $status 2
	is "$1 --kernel 9.9.9: stdout" "$out" ""
	is "$1 --kernel 9.9.9: stderr" "$(head -n 1 <<<"$err")" \
		"sysemu $1: --kernel: no kernel is named \"9.9.9\": there are $names"
done

sysemu --version
is "--version: exit" $status 0
for part in "sysemu 0." unicorn capstone "guest compiler" 2.6.11 sysemu-as-printed; do
	has "--version" "$out" "$part"
done
is "--version: digests" "$(grep -cE ' [0-9a-f]{32}$' "$scratch/out")" "$(grep -c '^kernel ' "$scratch/out")"

sysemu kernels
is "kernels: exit" $status 0
for kernel in 2.6.11 sysemu sysemu-as-printed; do
	has "kernels" "
$out" "
$kernel "
done
sysemu kernels --format json
has "kernels --format json" "$out" '{"name":"sysemu","about":"'

# A terminal obeys no name.
odd=$'no\x1b[31m\xc2\x9bm\x07'
for command in "run $odd" "report --output $scratch/page $odd" "play $odd" "check $odd" "count --kernel $odd" "cover $odd" "exec /$odd"; do
	sysemu $command
	has "$command: the name" "$err" 'no\x1b[31m\xc2\x9bm\x07'
	is "$command: no control" "$(LC_ALL=C grep -c $'[\x01-\x08\x0b-\x1f]' <<<"$err")" 0
done

# Output that cannot be written is no success.
for command in kernels count --version --help "trace $PROGS/hello"; do
	"$SYSEMU" $command >/dev/full 2>"$scratch/err"
	is "$command >/dev/full: exit" $? 4
	is "$command >/dev/full: stderr" "$(cat "$scratch/err")" \
		"sysemu: cannot write standard output: No space left on device"
done

for junk in "--version x" "--help x" "-h --version"; do
	sysemu $junk
	is "$junk: status" "$status" 2
	has "$junk" "$err" "stands alone"
done

finish
