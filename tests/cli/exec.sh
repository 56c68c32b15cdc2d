#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `sysemu exec`: what passes through to a program that runs inside with all its processes; the same
# twice; bad input. What such programs see: tests/machine/programs_test.c.
. "$(dirname "$0")/check.inc"

# ---- what passes through ----

printf '#!%s/proc_echo first\n' "$PROGS" >"$scratch/script"
chmod +x "$scratch/script"
out=$(echo input | "$SYSEMU" exec --clean-env --env A=b "$PROGS/proc_echo" one 'two three' 2>"$scratch/err")
is "arguments, environment, input, exit status" "$? $out" "7 one|two three|A=b|input|"
out=$("$SYSEMU" exec --clean-env "$scratch/script" x </dev/null 2>"$scratch/err")
is "a script has its interpreter" "$? $out" "7 first|$scratch/script|x||"
sysemu exec "$PROGS/proc_echo" signal </dev/null
is "a signal's status" "$status" $((128 + 15))
sysemu exec "$PROGS/proc_echo" deadlock </dev/null
is "a deadlock" "$status $err" "124 sysemu: deadlock: all wait, and no timer runs"

# ---- determinism ----

for n in 1 2; do
	"$SYSEMU" exec --clean-env "$PROGS/proc_echo" race >"$scratch/race$n" 2>&1 </dev/null
done
cmp -s "$scratch/race1" "$scratch/race2"
is "the same twice" "$?" 0

# ---- bad input ----

sysemu exec "$scratch/none"
is "no such program" "$status $err" "126 sysemu: $scratch/none: No such file or directory"
echo text >"$scratch/text"
sysemu exec "$scratch/text"
is "not to be executed" "$status $err" "126 sysemu: $scratch/text: Permission denied"
chmod +x "$scratch/text"
sysemu exec "$scratch/text"
is "no program" "$status $err" "126 sysemu: $scratch/text: Exec format error"
sysemu exec /bin/true
is "a program for another machine" "$status $err" "126 sysemu: /bin/true: Exec format error"
echo '#!/no/such/interpreter' >"$scratch/text"
sysemu exec "$scratch/text"
is "a script without its interpreter" "$status $err" "126 sysemu: $scratch/text: No such file or directory"
finish
