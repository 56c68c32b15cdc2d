#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sysemu conformance: the pack's programs, built for i386 without a C library and run by `exec` inside
# our machine, must judge each kernel as the scenarios do; and on a kernel with a fault the rows fail
# that are about it. With ALL=1: all areas, all kernels, and natively where this kernel can be asked.
. "$(dirname "$0")/../check.inc"

pack=$scratch/pack
sysemu conformance "$pack"
is "a pack: exit" $status 0
is "one licence" "$(grep -L 'SPDX-License-Identifier: GPL-2.0-only' "$pack"/runtime/* "$pack"/tests/*/*.c "$pack/Makefile")" ""
is "nothing of ours is included" "$(grep -rhE '^#include' "$pack" | grep -v '^#include "' )" ""

# The preset's era: nobody but the newest kernels can be asked by it.
is "what is stated of 6.12 is of modern" "$(grep -lF '{ "modern", ' "$pack"/tests/*/*.c)" \
	"$(grep -lE '\{ "(6\.12|modern)", ' "$pack"/tests/*/*.c)"
[ "$(grep -lF '{ "6.12", ' "$pack"/tests/eras/*.c | wc -l)" -ge 14 ]
is "eras that 6.12 is asked of: at least 14" $? 0

# What a booted arm64 answered otherwise than an x86, and a 32-bit kernel than a 64-bit one, is not asked of them.
elsewhere()
{
	is "$1 is not asked $2" "$(grep -c "$3" "$pack/tests/$1.c")" 1
}
elsewhere uml/check_ptrace "by its old number of arm64" '^#if HAS_X86'
elsewhere later/without-junk-the-trap-is-at-once "of arm64, where eip is not behind" '^#if HAS_X86'
elsewhere rework/minus-one-tracer-not-preset "of arm64, which presets nothing" '^#if HAS_X86'
elsewhere entry/stack-in-an-ldt-is-illegal "of a 64-bit kernel" 'kernel32 = 1'

# build OUT COMPILER [NAME=VALUE]: its areas
build()
{
	make -s -C "$pack" OUT="$1" CC="$2" "${@:3}" >"$scratch/log" 2>&1
	is "build: $2 ${*:3}: $(tail -n 3 "$scratch/log")" $? 0
}
[ -n "${ALL:-}" ] || (cd "$pack/tests" && rm -r entry explored later modern ptrace table uml own)
build inside "gcc-12 -m32" NO_LIBC=1

# inside KERNEL ERA [OPTION...]: KTAP of all, in $scratch/ktap; the score in $out
inside()
{
	local program

	for program in "$pack"/inside/*/*; do
		"$SYSEMU" exec --kernel "$1" "${@:3}" "$program" "$2" 2>&1
	done >"$scratch/ktap"
	out=$(awk -f "$pack/score" "$scratch/ktap")
	status=$?
}

# held: how many tests
held()
{
	awk '/^all / { print $2 }' <<<"$out"
}

kernels="2.6.14 sysemu-3"
[ -z "${ALL:-}" ] || kernels=$("$SYSEMU" kernels --format json | grep -o '"name":"[^"]*"' | cut -d'"' -f4)
for kernel in $kernels; do
	inside "$kernel" "$kernel"
	is "$kernel, as itself: $(grep -A3 '^not ok' "$scratch/ktap" | head -n 3)" $status 0
	[ "$(held)" -ge 12 ]
	is "$kernel: tests that held, at least 12: $(held)" $? 0
done

# A fault: part 5 is missing in sysemu-4. What is about it fails, what is about the others does not.
inside sysemu-4 sysemu
is "a fault: exit" $status 1
has "a fault: its row" "$out" "not ok 3 part5-a-step-goes-forward-int80.step"
is "a fault: in patch.play that row alone" "$(grep -c 'not ok .* part' <<<"$out")" 1
# Part 3 is missing in sysemu-1.
inside sysemu-1 sysemu
has "part 3: its row" "$out" "not ok 3 part3-sysemu-then-cont.back"
has "part 1's tests hold" "$(cat "$scratch/ktap")" "ok 2 part1-the-call-is-not-executed.emulated"

# The same by SYSENTER: the page of AT_SYSINFO.
rm -rf "$pack/inside"
build inside "gcc-12 -m32" NO_LIBC=1 VSYSCALL=1
inside 2.6.14 2.6.14 --entry sysenter
is "by SYSENTER: $(grep -A3 '^not ok' "$scratch/ktap" | head -n 3)" $status 0
[ "$(held)" -ge 10 ]
is "by SYSENTER: tests that held, at least 10: $(held)" $? 0

# What cannot be asked says so.
"$SYSEMU" exec --kernel 2.6.14 "$pack/inside/patch/part1-the-call-is-not-executed" 1991 >"$scratch/out"
is "an era that nobody knows" "$? $(sed -n 2p "$scratch/out")" "4 1..0 # SKIP nothing is stated of this era"

if [ -n "${ALL:-}" ]; then
	build m32 "gcc -m32"
	build m64 "gcc -m64"
	! command -v musl-gcc >/dev/null || build musl musl-gcc
	! command -v aarch64-linux-gnu-gcc >/dev/null || build arm64 aarch64-linux-gnu-gcc NO_LIBC=1
	version=$(uname -r | awk -F. '{ print $1 * 100 + $2 }')
	for native in m32 m64 musl; do
		[ -d "$pack/$native" ] && [ "$version" -ge 512 ] || continue
		for program in "$pack/$native"/*/*; do "$program" modern; done >"$scratch/ktap"
		out=$(awk -f "$pack/score" "$scratch/ktap")
		status=$?
		is "this kernel, $native: $(grep '^  not ok' <<<"$out")" $status 0
	done
fi

sysemu conformance
is "no folder" $status 2
sysemu conformance "$scratch/x" --scenario nobody
is "no such scenario" $status 2
sysemu conformance "$scratch/missing/pack"
is "no such place" $status 4
finish
