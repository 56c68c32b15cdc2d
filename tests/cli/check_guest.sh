#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What `sysemu check` is for: a wrong change of the guest's sources, built into a command of its
# own, is caught by a budget of the right one, with an annotation at the line that is wrong.
. "$(dirname "$0")/check.inc"

root=$(cd "$(dirname "$0")/../.." && pwd)
copy=$scratch/source
guest=$scratch/build/guest
mkdir "$copy"
for part in CMakeLists.txt cmake asm include sim lib cli examples; do
	cp -r "$root/$part" "$copy"
done
# One kernel is built; the others are those of this build.
sed -i -E '/^(KERNEL|LATER)/{/"sysemu"/!d}' "$copy/lib/kernels/kernels.def"
cmake -S "$copy" -B "$scratch/build" -G Ninja -DSYSEMU_TESTS=OFF >"$scratch/log" 2>&1 ||
	{ cat "$scratch/log"; exit 1; }

# build: the guest of $copy, in the command $scratch/sysemu.
build()
{
	{
		cmake --build "$scratch/build" --target sysemu_guest sysemu_guest_lines &&
			$CC -c -I"$guest" -I"$GUEST" "$root/lib/kernels/images.S" -o "$scratch/images.o" &&
			$CC -c -I"$guest" "$root/cli/lines_images.S" -o "$scratch/lines.o" &&
			# The archives have images, too: what is there already is not taken from them.
			$CC -o "$scratch/sysemu" "$scratch/lines.o" "$scratch/images.o" $PARTS \
				-lunicorn -lcapstone -ldw -lelf
	} >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
}

# change FILE SED: one in asm/, alone.
change()
{
	rm -rf "$copy/asm"
	cp -r "$root/asm" "$copy"
	sed -i "$2" "$copy/asm/$1"
	! cmp -s "$root/asm/$1" "$copy/asm/$1"
	is "$1 is changed" $? 0
}

# line FILE TEXT: where it stands in the changed guest.
line() { grep -nF "$2" "$copy/asm/$1" | head -n 1 | cut -d : -f 1; }

# in_workflow WHAT EXIT TEXT...: the budget's step of the example project's workflow, as it stands
# in the YAML, with this guest.
in_workflow()
{
	local what="$1, in the workflow" exit=$2 step
	shift 2

	step=$(sed -n 's/^        run: \(sysemu check .*\)/\1/p' "$root/examples/project/.github/workflows/test.yml")
	rm -rf "$scratch/project"
	cp -r "$root/examples/project" "$scratch"
	mkdir "$scratch/project/build"
	out=$(cd "$scratch/project" && PATH=$scratch:$PATH bash -ec "$step" 2>&1)
	is "$what: exit" $? "$exit"
	for text; do
		has "$what" "$out" "$text"
	done
}

# check [NAME]: by the budget of that name.
check() { SYSEMU=$scratch/sysemu sysemu check --report github "$scratch/${1-entry}.budget"; }

cat >"$scratch/entry.budget" <<END
# The patched kernel's entry path.
fast:		| insns.entry exact 37; insns.kernel base ?
emulated:	requests=SYSEMU | insns.entry exact 49; insns.kernel base ?; stops exact 2
audited:	flags=AUDIT | insns.entry base ?; insns.kernel base ?
step-int80:	play=$root/scenarios/patch.play scenario=part5-a-step-goes-forward-int80
	| stops max 100; insns.kernel base ?
END
echo 'all: explore=3' >"$scratch/properties.budget"
sysemu check --update "$scratch/entry.budget"
is "the right guest: exit" "$status $err" "0 "

# ---- the right one, built anew, is the same ----

rm -rf "$copy/asm"
cp -r "$root/asm" "$copy"
build
check
is "the right guest, built again: exit" "$status $(grep -c '^::' <<<"$out")" "0 0"
in_workflow "the right guest" 0

# ---- one instruction more on the fast path ----

change entry/entry.S '/TEST_ENTRY_WORK.*17/s/$/\n\tnop/'
build
check
is "a nop: exit" $status 3
has "a nop: the row, what was seen, the limit" "$out" "insns.entry 38 is not 37 (exact 37)"
place=asm/entry/entry.S,line=$(($(line entry/entry.S 'TEST_ENTRY_WORK	TI_FLAGS(%ebp)		/* 17') + 1))
has "a nop: annotated where it stands" "$out" "::error file=$place,title=sysemu check%3A fast::"
has "a nop: what came" "$out" "%0Acame: nop, in system_call%0Aalso: emulated%0Aalso: audited"
is "a nop: annotated once, whatever rows it is in" "$(grep -c '^::' <<<"$out")" 1
in_workflow "a nop" 3 "insns.entry 38 is not 37 (exact 37)" "::error file=$place,"

# ---- EMU moved beyond the byte that the fast path tests ----

change abi.h 's/^#define TIF_SYSCALL_EMU\t*6/#define TIF_SYSCALL_EMU 8/; s/^#define TIF_SECCOMP\t*8/#define TIF_SECCOMP 6/; /testb suffices/d'
build
check
is "EMU in bit 8: exit" $status 1
has "EMU in bit 8: no stop at the call" "$out" "stops          exact 2                    seen 1"
has "EMU in bit 8: the scenario" "$out" "fail     step-int80"
has "EMU in bit 8: the test, and what it was" "$out" \
	"%0Awent: testb \$0xc1, 8(%25ebp), in system_call%0Acame: testb \$0x81, 8(%25ebp), in system_call"
has "EMU in bit 8: where it is" "$out" \
	"file=asm/entry/entry.S,line=$(line entry/entry.S 'TEST_ENTRY_WORK	TI_FLAGS(%ebp)		/* 17'),"
in_workflow "EMU in bit 8" 1 "fail     emulated" \
	"file=asm/entry/entry.S,line=$(line entry/entry.S 'TEST_ENTRY_WORK	TI_FLAGS(%ebp)		/* 17'),"

# ---- part 5 undone: a step forgets that the call was emulated ----

change kernels/sysemu/kernel.h 's/X(PTRACE_SINGLESTEP, 0, _TIF_SYSCALL_TRACE)/X(PTRACE_SINGLESTEP, 0, _TIF_SYSCALL_TRACE | _TIF_SYSCALL_EMU)/'
build
check
is "no part 5: exit" $status 1
has "no part 5: the scenario" "$out" "fail     step-int80"
has "no part 5: annotated" "$out" "title=sysemu check%3A step-int80::"
has "no part 5: what the tracer clears, EMU and TRACE" "$out" "%0Acame: andl \$0xffffffbe, %25e"
in_workflow "no part 5" 1 "fail     step" "title=sysemu check%3A step::" "%0Acame: andl \$0xffffffbe, %25e"
check properties
is "no part 5, explored: exit" $status 1
has "no part 5, explored" "$out" "fail     all  property step-means-progress fails, and is expected to hold"

# ---- the stack is not level on the way out of an audited call ----

change entry/entry.S '/^ENTRY syscall_exit_work/,/^END syscall_exit_work/s/^\tsti$/\tsti\n\tpushl\t%ecx/'
build
check
is "a push too many: exit" $status 1
has "a push too many: the row" "$out" "fail     audited"
has "a push too many: annotated where it stands" "$out" \
	"file=asm/entry/entry.S,line=$(($(line entry/entry.S 'ENTRY syscall_exit_work') + 4)),title"
in_workflow "a push too many" 1 "fail     audited" \
	"file=asm/entry/entry.S,line=$(($(line entry/entry.S 'ENTRY syscall_exit_work') + 4)),title"
finish
