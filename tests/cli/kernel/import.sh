#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `sysemu kernel profile` and `import`: what is no kernel is refused with the place; of one that is not
# of today each missing thing is named, with how to find it. And a kernel of Debian's, unmodified,
# if the cache of scripts/real-kernel has one: without hand work, getpid returns the planted
# pid, scenarios of its time pass, counts repeat.
. "$(dirname "$0")/../check.inc"
root=$(cd "$(dirname "$0")/../../.." && pwd)
cd "$scratch" || exit 1

# ---- what is none ----

# refused WORDS FILE
refused()
{
	sysemu kernel import "$2" -o x.elf
	[ "$status" = 0 ] && is "$2: exit" $status "not 0"
	has "$2" "$err" "$1"
	sysemu kernel profile "$2"
	is "profile $2: exit" $status 2
	[ -e x.elf ] && is "$2: a file" there none
}
refused "nosuch: No such file" nosuch
refused "offset 0x0: neither an ELF file nor a bzImage" "$root/README.md"
refused "offset 0x4: not for i386 (class 2, machine 62)" "$SYSEMU"
printf 'nop\n' | gcc-12 -m32 -x assembler -c - -o object.o
refused "offset 0x10: type 1 is not 2: no linked kernel" object.o
head -c 40 "$GUEST/sysemu.elf" >short
refused "offset 0x28: its ELF header ends here" short
head -c 3000 "$GUEST/sysemu.elf" >short
refused "are not in the file" short
: >empty
refused "empty" empty

# ---- a kernel, but one with a boot of its own: all that is missing ----

sysemu kernel profile "$GUEST/sysemu.elf"
is "old: profile" $status 0
has "old: profile" "$out" "rule stack tss"
has "old: profile" "$out" "#rule version # missing # as in its banner"
has "old: profile" "$out" "#symbol arch_ptrace 0x # missing # the requests of ptrace: sys_ptrace calls it"
has "old: profile" "$out" "symbol ptrace_notify 0xc0"
sysemu kernel import "$GUEST/sysemu.elf" -o x.elf
is "old: import" $status 1
has "old: import" "$err" "symbol arch_ptrace is missing: the requests of ptrace"
has "old: import" "$err" "offset task_struct.ptrace is missing: do_syscall_trace: testb"
# And one that is of neither form, as far as it says.
objcopy --strip-all "$GUEST/6.12.elf" none.elf
sysemu kernel profile none.elf
has "neither: profile" "$out" "rule stack entry-area"
has "neither: profile" "$out" "#symbol entry_INT80_32 0x # missing # the handler of int"
sysemu kernel import none.elf -o x.elf
has "neither: import" "$err" "offset task_struct.ptrace is missing: offsetof or sizeof, by scripts/kernel-offsets"

# ---- lines of a person's ----

# wrong LINE WORDS
wrong()
{
	printf 'sysemu-facts 1\n%s\n' "$1" >facts
	sysemu kernel import --profile facts "$GUEST/sysemu.elf" -o x.elf
	is "$1: exit" $status 2
	has "$1" "$err" "$2"
}
wrong "symbol arch_ptrace" "facts:2: a line has three words"
wrong "symbol nosuch 1" "facts:2: unknown symbol nosuch"
wrong "offset task_struct.ptrace x" "facts:2: task_struct.ptrace: \"x\" is no number of 32 bits"
wrong "place arch_ptrace 1" "facts:2: \"place\" is none of symbol, offset, size, rule"
wrong "rule nosuch 1" "facts:2: unknown rule nosuch"
wrong "rule stack esp" "facts:2: rule stack: \"esp\" is none: tss: its esp0; entry-area: 6.x"
wrong "rule version 2.6" "facts:2: rule version: \"2.6\" is none: as in its banner, 2.6.20"
echo facts >facts
sysemu kernel import --profile facts "$GUEST/sysemu.elf" -o x.elf
has "first line" "$err" "facts:1: it begins with the line \"sysemu-facts 1\""

# ---- the real thing ----

cache=${SYSEMU_KERNELS:-${XDG_CACHE_HOME:-$HOME/.cache}/sysemu/kernels}
for vmlinux in "$cache"/vmlinux-*; do
	[ -f "$vmlinux" ] || continue
	sysemu kernel profile "$vmlinux"
	is "${vmlinux##*/}: nothing is missing" "$(grep -c '# missing' <<<"$out")" 0
	sysemu kernel import "$vmlinux" -o real.elf
	is "${vmlinux##*/}: import" "$status $err" "0 "
	for entry in int80 sysenter; do
		sysemu count --kernel ./real.elf --nr getpid --entry $entry
		first=$out
		sysemu count --kernel ./real.elf --nr getpid --entry $entry
		is "${vmlinux##*/}: $entry: counts repeat" "$out" "$first"
	done
	# 10,000 calls behind the first: of each of their two stops one count.
	"$SYSEMU" trace --kernel ./real.elf --code "b9 11 27 00 00 b8 14 00 00 00 cd 80 e2 f7 eb fe" \
		--requests SYSCALL --max-stops 20003 --format ndjson | grep '"event":"stop"' | sed 1,3d |
		grep -o '"insns":{[^}]*}' | sort | uniq -c | awk '{ print $1 }' >kinds
	is "${vmlinux##*/}: counts over 10,000 calls" "$(tr '\n' ' ' <kinds)" "10000 10000 "
	sysemu trace --kernel ./real.elf --code "b8 14 00 00 00 cd 80 eb fe" --requests SYSCALL --max-stops 3 --format ndjson
	has "${vmlinux##*/}: getpid returns the planted pid" "$(sed -n 3p <<<"$out")" '"eax":101'
	sysemu play --kernel ./real.elf "$root/scenarios/modern.play"
	is "${vmlinux##*/}: scenarios" "$out" "12 scenarios, played 21 times, 0 not as stated"
	# A fact made wrong is found out, at the latest by the trial.
	sysemu kernel profile "$vmlinux"
	sed 's/^offset task_struct.ptrace .*/offset task_struct.ptrace 0x30/' <<<"$out" >facts
	sysemu kernel import --profile facts "$vmlinux" -o false.elf
	is "${vmlinux##*/}: a false fact" "$status" 1
done
finish
