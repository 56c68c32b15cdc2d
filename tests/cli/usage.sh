#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Help, versions, and what a wrong command line gives: exit 2 and a usage line on stderr.
. "$(dirname "$0")/check.inc"

for command in "" run trace count kernels timing dis; do
	sysemu $command --help
	is "$command --help: exit" $status 0
	is "$command --help: stderr" "$err" ""
	has "$command --help" "$out" "usage: sysemu"
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
for command in run trace count kernels timing dis; do
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

for command in "run $PROGS/hello" "trace $PROGS/hello" count explore "play x.play" \
	"inject --inject kill x.play"; do
	set -- $command
	sysemu "$1" --kernel 9.9.9 "${@:2}"
	is "$1 --kernel 9.9.9: exit" $status 2
	is "$1 --kernel 9.9.9: stdout" "$out" ""
	is "$1 --kernel 9.9.9: stderr" "$err" "sysemu: no kernel is named \"9.9.9\": there are 2.6.11, \
sysemu-1 (sysemu-2), sysemu-3, sysemu-4, sysemu (sysemu-5), sysemu-as-printed, 2.6.14"
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

# Output that cannot be written is no success.
for command in kernels count --version --help "trace $PROGS/hello"; do
	"$SYSEMU" $command >/dev/full 2>"$scratch/err"
	is "$command >/dev/full: exit" $? 4
done
finish
