#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What `sysemu lint` says of the kernels is what is known of them, and what it says to see can be
# seen. Images that are wrong by one line each: the finding lies on that line.
. "$(dirname "$0")/check.inc"
root=$(cd "$(dirname "$0")/../.." && pwd)
entry=asm/entry/entry.S

# rules: FILE:LINE rule of each finding of the last sysemu, one a line.
rules() { sed -n 's/^\([^ \t]*:[0-9]*\): \([a-z-]*\): .*/\1 \2/p' <<<"$out"; }
# line PATTERN [FILE]: where it is in entry.S
line() { grep -nE "$1" "${2:-$root/$entry}" | head -n 1 | cut -d: -f1; }
# call FUNCTION: the line of its first call in entry.S, or its LAST one.
call() { grep -nE "^	call	$1\b" "$root/$entry" | cut -d: -f1 | sed -n "${2:-1}p"; }

# ---- our kernels ----

# docs/kernels.md: up to 2.6.12 nobody looks at the flags behind do_notify_resume (§3), nor behind
# do_debug and do_int3 if eax is not 0 (§9).
for kernel in 2.6.11 sysemu-1 sysemu-3 sysemu-4 sysemu sysemu-as-printed; do
	sysemu lint $kernel
	is "$kernel: exit" $status 1
	is "$kernel" "$(rules)" "$entry:$(call do_notify_resume) window
$entry:$(call do_debug) window
$entry:$(call do_int3) window"
done
# 2.6.14 looks again, for ever if need be (§3); its path has six instructions more, and tests a word
# instead of a byte (§2, §12).
sysemu lint 2.6.14
is "2.6.14: exit" $status 1
is "2.6.14" "$(rules)" "$entry:$(($(line '^ENTRY resume_userspace') + 2)) loop
$entry:$(line 'TEST_ENTRY_WORK.*27') fast-path
$entry:$(line 'TEST_ENTRY_WORK.*17') fast-path
$entry:$(line 'CHECK_16BIT_STACK') fast-path"
has "2.6.14: the loop" "$out" "NOTIFY_RESUME"
has "2.6.14: the instructions" "$out" ": 6 instructions that the untraced int80 path of 2.6.11 does not have"
sysemu lint --baseline 2.6.14 2.6.14
is "2.6.14 against itself" "$(rules | grep -c fast-path)" 0
sysemu lint --baseline 2.6.14 2.6.11
has "2.6.11 against 2.6.14" "$out" "missing before it: 6 instructions of the untraced int80 path of 2.6.14"

# What it says to see is seen: each scenario fails there, as it states, and the call never returns.
cd "$root" || exit 1
for kernel in sysemu 2.6.14; do
	"$SYSEMU" lint $kernel | sed -n 's/^\tsee: sysemu //p' | sort -u >"$scratch/see"
	while read -r command; do
		sysemu $command
		case $command in
		play*)
			is "$command: exit" $status 0
			sysemu $command --verbose
			has "$command" "$out" "fails, as stated"
			;;
		*--flags*)
			is "$command: exit" $status 1
			has "$command" "$err" "does not return"
			;;
		*) is "$command: exit" $status 0 ;;
		esac
	done <"$scratch/see"
done
cd "$scratch" || exit 1
sysemu lint --report json sysemu
is "json: exit" $status 1
is "json: findings" "$(grep -o '"name":"window: [^"]*"' <<<"$out" | wc -l)" 3
has "json: a place" "$out" "\"file\":\"$entry\",\"line\":$(call do_notify_resume),"
has "json: what to type" "$out" '"detail":"see: sysemu play --kernel sysemu '
if python3 -c 'import jsonschema' 2>/dev/null; then
	python3 -c 'import json, jsonschema, sys
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))' \
		out "$root/docs/report.schema.json"
	is "json: its schema" $? 0
fi
sysemu lint --report github sysemu
has "an annotation on its line" "$out" "file=$entry,line=$(call do_notify_resume)"
sysemu lint --baseline 2.6.14 --report tap=report.tap 2.6.14
is "a report in a file: exit" $status 1
has "and the text" "$out" "2.6.14: 1 findings, 0 notes"
has "a report in a file" "$(cat report.tap)" "not ok 1 - 2.6.14: loop: "

# ---- images ----

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

# ---- what is no image ----

for bad in "" hello $'\177ELF'; do
	printf '%s' "$bad" >bad.elf
	sysemu lint bad.elf
	is "no image: exit" $status 2
	has "no image" "$err" "bad.elf: "
done
size=$(stat -c %s right.elf)
for ((cut = 0; cut < 30; cut++)); do # cut anywhere
	head -c $((size * cut / 30)) right.elf >bad.elf
	sysemu lint bad.elf
	[ $status -le 2 ] || is "an image cut at $cut of 30: exit" $status "2 at the most"
done
sysemu lint "$PROGS/echo"
is "a program: exit" $status 2
has "a program" "$err" "no region of entry code"
sysemu lint 2.4
is "no kernel: exit" $status 2
finish
