#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sysemu lint of images that are wrong by one line each: the finding lies on that line.
. "$(dirname "$0")/lint.inc"

cd "$scratch" || exit 1

# Built as ours are, from a copy of the sources.
mkdir copy
for part in CMakeLists.txt cmake asm include sim lib cli examples; do
	cp -r "$root/$part" copy
done
env -u CC cmake -S copy -B build -G Ninja -DSYSEMU_TESTS=OFF >cmake.log 2>&1 || { cat cmake.log; exit 1; }

# build NAME: NAME.elf, of the kernel sysemu, with line tables.
build()
{
	cmake --build build --target guest/sysemu.debug >build.log 2>&1 || {
		cat build.log
		is "$1: build" failed built
	}
	cp build/guest/sysemu.debug "$1.elf"
}

build right
sysemu lint right.elf
is "an image file: exit" $status 1
is "an image file" "$(rules)" "$(sysemu lint sysemu; rules)"

# mutant NAME FILE SED: changes the file, builds, and has the findings that the right one does not
# have in $found.
mutant()
{
	cp "$root/$2" "copy/$2"
	sed -i "$3" "copy/$2"
	cmp -s "$root/$2" "copy/$2" && is "$1: the change" none one
	build "$1"
	sysemu lint right.elf
	rules | sed 's/:[0-9]* / /' >right.rules
	sysemu lint "$1.elf"
	found=$(rules | while read -r place rule; do
		grep -qxF "${place%:*} $rule" right.rules && [ "$rule" = window ] && [ "${4:-}" != window ] ||
			echo "$place $rule"
	done)
	cp "copy/$2" mutated # to look up lines in
	cp "$root/$2" "copy/$2"
}

mutant one-more $entry 's/^ENTRY syscall_call$/ENTRY syscall_call\n\tnop/'
is "an instruction more on the fast path" "$found" "$entry:$(line '^	nop$' <(sed '1,/^ENTRY syscall_call/s/.*//' mutated)) fast-path"
has "an instruction more" "$out" "nop: 1 instruction that the untraced int80 path of 2.6.11 does not have"

mutant bit-8 asm/abi.h 's/^\(#define TIF_SYSCALL_EMU\t*\)6/\19/; /testb suffices");/d'
is "EMU where a byte does not hold it" "$found" "$entry:$(line 'TEST_ENTRY_WORK.*27') mask
$entry:$(line 'TEST_ENTRY_WORK.*17') mask"
has "EMU beyond a byte" "$out" "do_syscall_trace asks for 0x200"
has "EMU beyond a byte" "$out" "which an operand of this width does not hold"
mutant bit-8 asm/abi.h 's/^\(#define TIF_SYSCALL_EMU\t*\)6/\18/; /testb suffices");/d'
has "EMU at bit 8" "$found" "$entry:$(line 'TEST_ENTRY_WORK.*17') mask"
has "EMU at bit 8" "$out" "do_syscall_trace asks for 0x100 (SECCOMP), which an operand of this width does not hold"

mutant push $entry 's/^\tmovl\t$1, %edx.*1: exit.*/&\n\tpushl\t%ecx/'
is "a push on the audit path" "$found" "$entry:$(line '^	pushl	%ecx$' <(sed '1,/1: exit/s/.*//' mutated)) stack"
has "a push on the audit path" "$out" "pushl %ecx: behind it esp is 4 bytes too low, up to iret"

mutant pop $entry '/^ENTRY syscall_badsys/,/^END/s/^\tjmp/\tpopl\t%ebx\n&/'
is "a pop too many" "$found" "$entry:$(line '^	popl	%ebx$' <(sed '1,/^ENTRY syscall_badsys/s/.*//' mutated)) stack"
has "a pop too many" "$out" "esp is 4 bytes too high"

mutant open $entry '/^ENTRY syscall_exit$/,/^ENTRY/s/^\tcli.*//' window
has "interrupts on at the last look" "$found" "$entry:$(line 'movl.*TI_FLAGS.*24') window"

mutant unchecked $entry '/^	cmpl	$PAGE_OFFSET - 3/d; /^	jae	syscall_fault/d'
has "a pointer without its check" "$found" "$entry:$(line '^1:	movl	.%ebp., %ebp' mutated) user-pointer"

mutant unfixed $entry '/EX_TABLE 1b, syscall_fault/d'
has "a pointer without a fixup" "$found" "$entry:$(line '^1:	movl	.%ebp., %ebp' mutated) user-pointer"
has "a pointer without a fixup" "$out" "__ex_table has no line for it"

mutant unranged $entry '/cmpl	$NR_SYSCALLS.*19/s/.*/.Lrange_2:/; /jae	syscall_badsys.*20/d'
has "a number without its check" "$found" "$entry:$(line '^	call	.sys_call_table.*21' mutated) user-pointer"

mutant again asm/history/entry-2.6.11.h 's/^\tjmp\trestore_all/\tjmp\tresume_userspace/'
is "a loop for a flag that nobody clears" "$found" "$entry:$(($(line '^ENTRY resume_userspace') + 2)) loop"
finish
