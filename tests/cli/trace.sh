#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sysemu trace: the stop table (docs/kernels.md §5) as a tracer sees it, signals, refusals, limits,
# and the keys of a line. The program calls.S makes getpid (20), getppid (64) and exit(3).
. "$(dirname "$0")/check.inc"

# trace ARG... PROGRAM
trace()
{
	sysemu trace --format ndjson "$@"
}

# stops: STATUS/ORIG_EAX of every line but the first; `-` behind it where the call has not run.
stops()
{
	printf '%s\n' "$out" | tail -n +2 | while read -r line; do
		eax=$(field eax <<<"$line")
		[ "$eax" = 4294967258 ] && eax=- || eax=
		printf '%s%s/%s%s ' "$(field event <<<"$line" | tr -d '"')" \
			"$(field status <<<"$line")" "$(field orig_eax <<<"$line")" "$eax"
	done | sed 's/ $//'
}

trap_stop=stop1407	# 0x057f
sysgood=stop34175	# 0x857f

for entry in int80 sysenter; do
	# What the program does by itself is int $0x80, whatever the vsyscall page.
	t="--entry $entry"

	trace $t "$PROGS/calls"
	is "SYSEMU: exit status" $status 0
	is "SYSEMU: the launch stop" "$(head -n 1 <<<"$out" | field status)" 4991
	is "SYSEMU: the launch stop's request" "$(head -n 1 <<<"$out" | field request)" null
	is "SYSEMU: stops at entries only" "$(stops | cut -d' ' -f1-3)" \
		"$trap_stop/20- $trap_stop/64- $trap_stop/1-"
	is "SYSEMU: flags" "$(values tif | cut -d' ' -f2-4)" '["EMU"] ["EMU"] ["EMU"]'

	trace $t --options TRACESYSGOOD --max-stops 3 "$PROGS/calls"
	is "SYSEMU, TRACESYSGOOD" "$(stops)" "$sysgood/20- $sysgood/64- limit0/64-"

	for kernel in sysemu 2.6.11 sysemu-as-printed; do
		trace $t --kernel $kernel --requests SYSCALL "$PROGS/calls"
		is "$kernel: SYSCALL: entries and exits" "$(stops)" \
			"$trap_stop/20- $trap_stop/20 $trap_stop/64- $trap_stop/64 $trap_stop/1- exit768/1-"
		is "$kernel: SYSCALL: flags" "$(values tif | cut -d' ' -f2-5)" \
			'["TRACE"] ["TRACE"] ["TRACE"] ["TRACE"]'
	done

	# Part 4: after SYSEMU no exit stop, however the task goes on.
	trace $t --requests SYSEMU,SYSCALL "$PROGS/calls"
	is "SYSEMU, SYSCALL: no exit stop for the skipped call" "$(stops)" \
		"$trap_stop/20- $trap_stop/64- $trap_stop/64 $trap_stop/1- exit768/1-"
	trace $t --requests SYSEMU,CONT "$PROGS/calls"
	is "SYSEMU, CONT: skipped, then free" "$(stops | cut -d' ' -f1)" "$trap_stop/20-"
	is "SYSEMU, CONT: one stop and the end" "$(values event)" '"stop" "stop" "exit"'

	# Part 3: what counts is the flag before the stop.
	trace $t --requests SYSCALL,SYSEMU "$PROGS/calls"
	is "SYSCALL, SYSEMU: the first call runs, the others do not" "$(stops | cut -d' ' -f1-3)" \
		"$trap_stop/20- $trap_stop/64- $trap_stop/1-"

	# Part 5: the next trap comes after an instruction, not at an unchanged EIP.
	trace $t --requests SYSEMU,SINGLESTEP --max-stops 3 "$PROGS/calls"
	set -- $(values eip)
	is "SYSEMU, SINGLESTEP: eip" $(($3 - $2)) 5
	set -- $(values status)
	is "SYSEMU, SINGLESTEP: SIGTRAP" "$2 $3" "1407 1407"

	# As printed: SYSEMU is accepted and stops nothing.
	trace $t --kernel sysemu-as-printed "$PROGS/calls"
	is "as printed: the calls run" "$status $(values event)" '0 "stop" "exit"'
	is "as printed: the program's own end" "$(values status)" "4991 768"
done

# ---- refused requests ----

# refused ERRNO ARG...
refused()
{
	local want=$1
	shift
	trace "$@" "$PROGS/calls"
	is "$*: exit" $status 1
	is "$*: event" "$(tail -n 1 <<<"$out" | field event)" '"error"'
	is "$*: errno" "$(tail -n 1 <<<"$out" | field error)" "$want"
}

refused -5 --kernel 2.6.11 --requests SYSEMU
refused -5 --kernel 2.6.11 --requests SYSEMU_SINGLESTEP
refused -5 --requests SYSEMU_SINGLESTEP
refused -5 --requests CONT:65
trace --requests CONT:64 "$PROGS/calls"
is "data 64 is allowed, and no signal anybody knows" "$(values event | cut -d' ' -f1)" '"stop"'

# ---- signals ----

trace --requests CONT "$PROGS/segv"
is "segv under CONT: the signal stop, then its death" "$(values status)" "4991 2943 11"
is "segv under CONT: events" "$(values event)" '"stop" "stop" "killed"'
trace --requests CONT,CONT:0 --max-stops 4 "$PROGS/segv"
is "segv with 0: the same fault again and again" "$(values status)" "4991 2943 2943 2943 0"
trace --requests CONT "$PROGS/breakpoint"
is "a SIGTRAP is suppressed: behind the int3 the program goes on" "$(values status | cut -d' ' -f1,2)" \
	"4991 1407"
for request in CONT:9 CONT:KILL CONT:SIGKILL KILL; do
	trace --requests $request "$PROGS/calls"
	is "$request" "$status $(values event) $(values status)" '0 "stop" "killed" 4991 9'
done
trace --requests CONT:SEGV "$PROGS/calls"
is "CONT:SEGV in SIGSTOP's place" "$(values event) $(values status)" '"stop" "killed" 4991 11'
trace --requests DETACH "$PROGS/calls"
is "DETACH: no more stops" "$(values event) $(values status)" '"stop" "exit" 4991 768'

# ---- limits, serving, code, keys ----

trace --max-stops 1 "$PROGS/calls"
is "--max-stops 1" "$status $(values event)" '0 "stop" "limit"'
trace --max-insns 1000 "$PROGS/loop"
is "a program that never stops" "$status $(values event) $(values request)" \
	'0 "stop" "limit" null "SYSEMU"'
trace --code b814000000cd80f4 --max-stops 2
is "--code" "$(values orig_eax | cut -d' ' -f2)" 20

for options in "" "--options TRACESYSGOOD"; do
	trace --serve $options "$PROGS/hello"
	is "--serve $options: program output is on stderr" "$err" hello
	is "--serve $options: two calls, then KILL" "$(values event)" '"stop" "stop" "stop" "killed"'
	is "--serve $options: requests" "$(values request)" 'null "SYSEMU" "SYSEMU" "KILL"'
done

trace --requests SYSEMU_SINGLESTEP "$PROGS/calls"
is "keys of an error" "$(tail -n 1 <<<"$out" | grep -oE '"[a-z_]+":' | tr -d '\n')" \
	'"event":"request":"error":"status":"eip":"eax":"orig_eax":"eflags":"esp":"symbol":"tif":"insns":"entry":"trace":"ptrace":"signal":"traps":"leaf":"sched":"boot":"other":"user":"schema":'
trace --max-stops 2 "$PROGS/calls"
is "keys of a stop" "$(tail -n 1 <<<"$out" | grep -oE '"[a-z_]+":' | tr -d '\n')" \
	'"event":"request":"status":"eip":"eax":"orig_eax":"eflags":"esp":"symbol":"tif":"insns":"entry":"trace":"ptrace":"signal":"traps":"leaf":"sched":"boot":"other":"user":"schema":'
is "user instructions up to the first call: mov and int" "$(values user | cut -d' ' -f2)" 2
if command -v python3 >/dev/null; then
	python3 -c 'import json, sys; [json.loads(l) for l in sys.stdin]' <<<"$out" ||
		is "ndjson" "not JSON" JSON
fi

# Names may be typed small.
trace --requests sysemu,Syscall:kill --options tracesysgood "$PROGS/calls"
is "small letters" "$status $(values request) $(values status)" \
	'0 null "SYSEMU" "SYSCALL" 4991 34175 9'
sysemu trace --code "b8 1400 0000 cd80f4" --max-stops 2
has "--code with blanks between bytes" "$out" "orig_eax 20"

sysemu trace "$PROGS/calls"
has "text" "$out" "SYSEMU"
has "text" "$out" "tif EMU"
finish
