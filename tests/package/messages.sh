#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What an assertion of <libsysemu/cmocka.h> prints when it fails: what was expected beside what
# was seen, then the last events with their flags. FAILING: tests/package/failing.c, built.
. "$(dirname "$0")/../cli/check.inc"
: "${FAILING:?path of the failing program}"

# fails TEST WHAT LINE...: its message begins with WHAT, and has these lines.
fails()
{
	local test=$1 what=$2 text
	shift 2

	text=$("$FAILING" "$test" 2>&1)
	is "$test: begins" "$(sed -n 's/^\[  ERROR   \] --- //p' <<<"$text")" "$what"
	has "$test: its line in the test" "$text" "failing.c:"
	for line; do
		grep -qxF -- "$line" <<<"$text" || is "$test" "$text" "$line"
	done
}

head='     asked              event  status  place   eip       eax       flags         ran'
first='  0                     stop   137f    signal  08048000  00000000  -             ptrace,getpid,kill'
emu='  2  SYSEMU             stop   057f    entry   08048007  ffffffda  EMU           none'
fails ran "ran: expected none, seen getpid" "$head" "$first" "$emu" \
	'  4  SYSCALL            stop   057f    exit    08048007  00000065  TRACE         getpid  <- expected none'
fails flags "flags: expected TRACE+EMU, seen EMU" "$head" "$first" "$emu  <- expected TRACE+EMU"
fails some_flags "flags: expected TRACE and not SINGLESTEP, seen EMU" \
	"$emu  <- expected TRACE and not SINGLESTEP"
fails stops "event: expected stop 0a7f, seen stop 057f" "$emu  <- expected stop 0a7f"
fails place "place: expected exit, seen entry" "$emu  <- expected exit"
fails reg "orig_eax: expected 0x15, seen 0x14" "$emu  <- expected 0x15"
fails entries "entries by sysenter: expected 1, seen 0" "$emu  <- expected 1"
fails request "PEEKUSR: expected 0, seen -5" "$emu  <- expected 0"
fails refused "sysemu_break_clear(t->machine, 1): expected success, seen no breakpoint is set at 0x00000001"
fails no_answer "the next event: expected one, seen run: the program is stopped: answer it with a resume request first"
has "instructions" "$("$FAILING" instructions 2>&1)" "instructions in sched: expected 123456789012, seen "
has "digest" "$("$FAILING" digest 2>&1)" "digest: expected 00000000000000000000000000000000, seen "

# Of many events the last eight; what the tracer did between two stands before the second.
text=$("$FAILING" many_events 2>&1)
is "many events" "$(grep -c '^ *[0-9]*  SINGLESTEP  *stop   057f' <<<"$text")" 8
has "an injected flag" "$("$FAILING" injected 2>&1)" "  5  tif,SINGLESTEP     stop   057f"

# A digest depends on the state alone.
"$FAILING" same_state_same_digest >/dev/null 2>&1
is "same_state_same_digest: exit" $? 0

# A fixture that fails says why.
has "no kernel" "$("$FAILING" no_kernel_test 2>&1)" 'no machine: no such kernel: no kernel is named "2.4": there are 2.6.11'
has "no program" "$("$FAILING" no_program_test 2>&1)" 'no machine: the host refused a file operation: no/such/program'

# The message is in cmocka's reports, too.
for kind in TAP XML; do
	text=$(CMOCKA_MESSAGE_OUTPUT=$kind "$FAILING" ran 2>&1)
	has "$kind" "$text" "ran: expected none, seen getpid"
	has "$kind" "$text" "  4  SYSCALL            stop   057f    exit    08048007  00000065"
done
finish
