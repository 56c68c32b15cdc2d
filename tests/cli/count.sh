#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sysemu count: every count of entry.S that was measured on the real kernels (see
# docs/counting.md), by int 0x80 and by sysenter.
. "$(dirname "$0")/check.inc"

# counts KERNEL INT80/SYSENTER ARG...
counts()
{
	local kernel=$1 want=$2 entry
	shift 2

	for entry in int80 sysenter; do
		sysemu count --kernel $kernel --entry $entry --format json "$@"
		is "$kernel $entry $*: exit" $status 0
		is "$kernel $entry $*" "$(field entry_insns <<<"$out")" \
			"$([ $entry = int80 ] && echo "${want%/*}" || echo "${want#*/}")"
	done
}

# Flags by hand, no tracer: 2.6.11, then the two kernels with the patch.
while read -r before after args; do
	counts 2.6.11 $before $args
	counts sysemu $after $args
	counts sysemu-as-printed $after $args
done <<'ROWS'
37/41 37/41
37/41 37/41 --flags none
54/64 56/66 --flags TRACE
54/64 56/66 --flags AUDIT
47/57 54/64 --flags EMU
49/59 49/59 --flags SINGLESTEP
47/57 47/57 --flags SIGPENDING
47/57 47/57 --flags IRET
47/57 47/57 --flags NOTIFY_RESUME
46/56 46/56 --flags NEED_RESCHED
54/64 54/64 --flags SIGPENDING,NEED_RESCHED
56/66 56/66 --flags SINGLESTEP,SIGPENDING
38/48 38/48 --nr 400
53/63 55/65 --nr 400 --flags TRACE
ROWS

# A tracer: what it asks for at each stop.
counts 2.6.11 54/64 --requests SYSCALL
counts 2.6.11 42/52 --requests SYSCALL,CONT
counts 2.6.11 61/71 --requests SYSCALL,SINGLESTEP
counts sysemu 56/66 --requests SYSCALL
counts sysemu 44/54 --requests SYSCALL,CONT
counts sysemu 54/64 --requests SYSCALL,SYSEMU
counts sysemu 63/73 --requests SYSCALL,SINGLESTEP
counts sysemu 49/59 --requests SYSEMU
counts sysemu 39/49 --requests SYSEMU,CONT
counts sysemu 51/61 --requests SYSEMU,SYSCALL
counts sysemu 51/61 --requests SYSEMU,SINGLESTEP
counts sysemu 49/59 --requests SYSEMU --nr 400

# ---- the keys, and the path ----

sysemu count --flags TRACE,EMU --format json
is "keys" "$(grep -oE '"[a-z_]+":' <<<"$out" | head -n 8 | tr -d '\n')" \
	'"kernel":"entry":"nr":"flags":"requests":"entry_insns":"insns":"regions":'
is "flags in bit order" "$(field flags <<<"$out")" '["TRACE","EMU"]'
is "no requests" "$(field requests <<<"$out")" '[]'
sysemu count --requests SYSCALL,CONT:0 --format json
is "requests" "$(field requests <<<"$out")" '["SYSCALL","CONT:0"]'

for entry in int80 sysenter; do
	[ $entry = int80 ] && last=37 || last=41
	sysemu count --entry $entry --disasm
	is "$entry: the path's entry.S instructions" "$(grep -cE '^ *[0-9]+  ' <<<"$out")" $last
	has "$entry: the call is one line" "$out" "in sys_getpid"
done
sysemu count --disasm
has "the last instruction" "$(tail -n 1 <<<"$out")" iret
has "the first" "$(grep -E '^ +1  ' <<<"$out")" "system_call"
sysemu count --entry sysenter --disasm
has "the last instruction" "$(tail -n 1 <<<"$out")" sysexit
has "the first" "$(grep -E '^ +1  ' <<<"$out")" "sysenter_entry"

# Names do as well as numbers, and flags in small letters.
sysemu count --nr getppid --flags trace,Emu
has "names" "$out" "call 64 getppid, flags TRACE+EMU"
sysemu count --nr 0x14 --requests sysemu
has "names" "$out" "call 20 getpid, requests SYSEMU"
sysemu count --nr 010
has "a leading 0 is not octal" "$out" "call 10 unlink"
sysemu count --nr 0
has "a given 0" "$out" "call 0 restart_syscall"

# ---- calls that do not come back ----

sysemu count --nr 1
is "exit does not return" "$status $out" "1 "
has "exit does not return" "$err" "does not return"
# Call 284 gives -512; a SIGCHLD that the tracer sends at its exit restarts it for ever.
sysemu count --nr 284 --requests SYSCALL:CHLD
is "an endless call" "$status $out" "1 "
has "an endless call" "$err" "does not return within 1000000 instructions"
has "an endless call" "$err" "TRACE"
sysemu count --kernel 2.6.11 --requests SYSEMU
is "refused" "$status $out" "1 "
has "refused" "$err" "refused"
finish
