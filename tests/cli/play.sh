#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sysemu play and sysemu inject: verdicts, messages, formats, programs in files, usage errors.
# That the shipped scenarios go as stated is for the ctests with the label scenario.
. "$(dirname "$0")/check.inc"
scenarios=$(dirname "$0")/../../scenarios

# script NAME: standard input becomes $scratch/NAME.play
script()
{
	cat >"$scratch/$1.play"
}

script part4 <<'END'
scenario part4
	about	a skipped call has no exit stop
	good	> >
	bad	> <
	pass	sysemu 2.6.14
	fail	sysemu-3 at next on place
program
a:	call getpid
b:	call getppid
	loop
rows
	stop STOP		| SYSEMU
	stop TRAP entry after=a	| SYSCALL
next:	stop TRAP entry after=b
END
sysemu play "$scratch/part4.play"
is "as stated: exit" $status 0
is "as stated: output" "$out" "1 scenarios, played 6 times, 0 not as stated"
is "as stated: nothing to complain of" "$err" ""
sysemu play --verbose --kernel sysemu-3 "$scratch/part4.play"
is "--kernel" "$(tail -n 1 <<<"$out")" "1 scenarios, played 2 times, 0 not as stated"
has "--verbose: events" "$out" "part4.play:13: part4 (sysemu-3, int80): stop SIGTRAP entry"
has "--verbose: why it fails" "$out" "fails, as stated: place: expected entry, got exit"
sysemu play --list "$scratch/part4.play"
has "--list" "$out" "good    > >"
has "--list: verdicts" "$out" "pass    sysemu 2.6.14"
has "--list: verdicts" "$out" "fail    sysemu-3"

# Wrong statements are told from right ones.
sed 's/pass	sysemu 2.6.14/pass sysemu sysemu-3/; /fail/d' "$scratch/part4.play" >"$scratch/wrong.play"
sysemu play "$scratch/wrong.play"
is "not as stated: exit" $status 1
has "not as stated: where and why" "$out" \
	"wrong.play:13:7: part4 (sysemu-3, int80): next: place: expected entry, got exit"
sed 's/fail	sysemu-3/fail sysemu/' "$scratch/part4.play" >"$scratch/wrong.play"
sysemu play "$scratch/wrong.play"
is "a failure that does not come: exit" $status 1
has "a failure that does not come" "$out" "is to fail at next, and passed"
sed 's/on place/on tif/' "$scratch/part4.play" >"$scratch/wrong.play"
sysemu play "$scratch/wrong.play"
is "a failure of another kind: exit" $status 1
has "a failure of another kind" "$out" "is to fail at next, and failed otherwise: next: place"

# ---- formats ----

sysemu play --report tap "$scratch/part4.play"
is "tap" "$status $(grep -c '^ok' <<<"$out") $(sed -n 2p <<<"$out")" "0 6 1..6"
sysemu play --report tap "$scratch/wrong.play"
is "tap, not ok" "$status $(grep -c '^not ok' <<<"$out")" "1 2"
sysemu play --format json "$scratch/part4.play"
is "json: kernels" "$(grep -o '"kernel":"[^"]*"' <<<"$out" | sort -u | tr -d '\n')" \
	'"kernel":"2.6.14""kernel":"sysemu""kernel":"sysemu-3"'
has "json: sums" "$out" '"played":6,"not_as_stated":0,"not_played":0,"schema":1'
if command -v python3 >/dev/null; then
	python3 -c 'import json, sys; json.load(sys.stdin)' <<<"$out" || is "json" "not JSON" JSON
fi

# ---- a program in a file, beside the script ----

cp "$PROGS/calls" "$scratch/calls"
script elf <<'END'
scenario elf
	pass sysemu
program calls
rows
	stop STOP	| SYSCALL
	stop TRAP entry orig_eax=20 | SYSCALL
	stop TRAP exit ran=getpid eax=101
END
sysemu play "$scratch/elf.play"
is "a program in a file" "$status $out" "0 1 scenarios, played 2 times, 0 not as stated"
rm "$scratch/calls"
sysemu play "$scratch/elf.play"
is "and without it: exit" $status 2
has "and without it" "$err" "No such file"

# ---- usage ----

script broken <<'END'
scenario broken
	pass sysemu
program
	nop
rows
	limit tif=EMU+
END
sysemu play "$scratch/broken.play"
is "an error in a script: exit" $status 2
is "an error in a script" "$err" "$scratch/broken.play:6:16: no such flag: "
sysemu play "$scratch/nothing.play"
is "no such file" $status 2
for format in text json; do
	sysemu play --format $format "$scratch/nothing.play"
	is "no such file: $format: exit" $status 2
	is "no such file: $format: no summary" "$out" ""
	is "no such file: $format: stderr" "$err" "sysemu: $scratch/nothing.play: No such file or directory"
done
sysemu play "$scratch/nothing.play" "$scratch/part4.play"
is "no such file, but another" "$status $out" "2 1 scenarios, played 6 times, 0 not as stated"
sysemu play
is "no file" $status 2
sysemu play --kernel 2.4 "$scratch/part4.play"
is "no such kernel" $status 2
sysemu play --scenario nobody "$scratch/part4.play"
is "no such scenario" "$status $out" "2 "

# ---- inject ----

# What --help lists is what is taken.
sysemu inject --help
help=$out
for event in need_resched kill signal:USR1 signal:64 tif+EMU-TRACE; do
	has "inject --help" "$help" "${event%%[:+]*}"
	sysemu inject --kernel sysemu --scenario E-CONT --inject $event "$scenarios/table.play"
	is "inject $event" $status 0
done
flags=$(sed -n 's/^FLAG: \(.*\)\.$/\1/p' <<<"$help")
is "inject --help: eight flags" "$(wc -w <<<"$flags")" 8
for flag in ${flags//,/}; do
	sysemu inject --kernel sysemu --scenario E-CONT --inject tif-$flag "$scenarios/table.play"
	is "inject tif-$flag" $status 0
done

sysemu inject --kernel sysemu-1 --scenario E-SYSEMU --inject tif-EMU "$scenarios/table.play"
is "inject: exit" $status 0
has "inject: part 3's bug" "$out" "then  behind: ran: expected none, got getpid"
sysemu inject --kernel sysemu --scenario E-SYSEMU --inject tif-EMU --format json "$scenarios/table.play"
has "inject: json" "$out" '"event":"behind","difference":"tif: expected EMU, got none"'
case $out in
*'"event":"behind","difference":"ran:'*) is "inject: the flag was sampled" "a call ran" "none" ;;
esac
if command -v python3 >/dev/null; then
	python3 -c 'import json, sys; json.load(sys.stdin)' <<<"$out" || is "json" "not JSON" JSON
fi
for wrong in "" "--inject tif" "--inject tif+SPEED" "--inject signal:65" "--inject tif+EMU-EMU"; do
	sysemu inject $wrong "$scenarios/table.play"
	is "inject $wrong" $status 2
done
# What a kernel is not stated of is said, and why.
cat >"$scratch/two.play" <<'END'
scenario old-ones
	pass	2.6.11 sysemu
program
	loop
rows
	stop STOP
scenario all-of-them
	pass	all
program
	loop
rows
	stop STOP
END
sysemu play --kernel 2.6.14 "$scratch/two.play"
is "a scenario of other kernels" "$status $out" "0 2 scenarios, played 2 times, 0 not as stated; 1 not for this kernel (--verbose: why)"
sysemu play --kernel 2.6.14 --verbose "$scratch/two.play"
has "and why" "$out" "two.play:1: old-ones: not played: it states nothing of 2.6.14, but of 2.6.11 to sysemu"
finish
