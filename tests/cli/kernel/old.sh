#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Whole kernels of 2.6, by `sysemu kernel import`, on small ones that are our own objects linked by somebody else (old.inc):
# ELF and flat, stack and `current` as the image's instructions say; entry code counts what the built-in
# kernel's does, each scenario of its time ends as stated, each rule and each property of an exploration is the
# built-in's. What is false or missing is named.
. "$(dirname "$0")/../check.inc"
. "$(dirname "$0")/old.inc"
. "$(dirname "$0")/falsify.inc"
cd "$scratch" || exit 1

# same NAME KERNEL: file NAME.elf is what the built-in KERNEL is.
same()
{
	local entry how file want
	for entry in int80 sysenter; do
		for how in "" "--requests SYSEMU" "--requests SYSCALL" "--requests SYSEMU,SYSCALL"; do
			sysemu count --kernel "$2" --nr getpid --entry $entry $how
			want=$(grep entry_insns <<<"$out")
			sysemu count --kernel "./$1.elf" --nr getpid --entry $entry $how
			is "$1: $entry $how" "$(grep entry_insns <<<"$out")" "$want"
		done
	done
	for file in "$asm"/../scenarios/*.play; do
		sysemu play --kernel "./$1.elf" "$file"
		is "$1: ${file##*/}" "$err" ""
		has "$1: ${file##*/}" "$out" ", 0 not as stated"
	done
	sysemu diff --rules "$2" "./$1.elf"
	# Handlers are not called, and nobody audits.
	is "$1: rules" "$(awk '/^[^ ]/ { other = /audit|handler/ } /^    / && !other' <<<"$out" | grep -v "^    $2, $1 ")" ""
	[ "$(grep -c "^    $2, $1 " <<<"$out")" -gt 15 ]
	is "$1: many rules" $? 0
	"$SYSEMU" explore --kernel "$2" --depth 3 2>/dev/null | grep -E '^  (-|holds|fails) ' | sed 's/[0-9]* transitions//' >want
	"$SYSEMU" explore --kernel "./$1.elf" --depth 3 2>/dev/null | grep -E '^  (-|holds|fails) ' | sed 's/[0-9]* transitions//' >got
	is "$1: exploration" "$(<got)" "$(<want)"
}

# brought_in NAME FILE [OPTION...]: without hand work
brought_in()
{
	sysemu kernel profile "${@:2}"
	is "$1: profile" "$status $err" "0 "
	is "$1: nothing is missing" "$(grep '# missing' <<<"$out")" ""
	echo "$out" >"$1.facts"
	sysemu kernel import "${@:2}" -o "$1.elf"
	is "$1: import" "$status $err" "0 "
}

# ---- 2.6.20 ----

is "compile" "$(old_kernel 2.6.20 whole 2.6.20-rc1 arch)" ""
brought_in whole whole
has "whole: rules" "$(<whole.facts)" $'rule stack tss\nrule current stack\nrule version 2.6.20\n'
same whole 2.6.20
sysemu play --kernel ./whole.elf --verbose "$asm/../scenarios/eras.play"
has "whole: what it lacks" "$out" "era-DF-in-a-handler: not played: whole has not what it needs"

falsify_facts 4 uml.play whole
is "whole: facts refused, more than 50" $((refused > 50)) 1
is "whole: facts on which nothing depends, less than 8" $((equal < 8)) 1

# Flat, it has no name but what the profile gives.
objcopy -O binary -R .bss whole flat
grep -v '^rule\|^#' whole.facts >lines
{ sed 1q whole.facts; sed 1d lines; } >facts
brought_in flat flat --load 0xc0100000 --profile facts
is "flat: the same profile" "$(grep -v '^#' flat.facts)" "$(grep -v '^#' whole.facts)"
same flat 2.6.20

# By itself it says of the instructions what they are, and asks for the rest.
sysemu kernel profile flat --load 0xc0100000
for line in "rule stack tss" "rule version 2.6.20" "$(grep '^symbol system_call ' facts)" \
	"$(grep '^symbol sysenter_entry ' facts)" "$(grep '^symbol sys_call_table ' facts)" \
	"$(grep '^symbol do_syscall_trace ' facts)" "$(grep '^size sys_call_table ' facts)" \
	"offset thread_info.flags 0x8" \
	"#symbol ptrace_notify 0x # missing # where a task stops: do_syscall_trace calls it"; do
	has "flat: by itself" "$out" "$line"
done
sysemu kernel import flat --load 0xc0100000 -o no.elf
is "flat: without a profile" $status 1
has "flat: without a profile" "$err" "flat: symbol wake_up_process is missing: what a resume calls last: cut"

# `current` by a segment register, whose per-CPU area is a processor's own.
mkdir later
sed 's/define KERNEL_PERCPU	0/define KERNEL_PERCPU	0xd8/' "$asm/later/frame.h" >later/frame.h
sed 's/^#define current .*/#define current (*(struct task_struct *__seg_fs *)8)/' "$asm/guest.h" >guest.h
is "compile" "$(old_kernel 2.6.20 pda 2.6.20 arch)" ""
rm -r later guest.h
brought_in pda pda
has "pda: rules" "$(<pda.facts)" $'rule stack tss\nrule current pda\n'
has "pda: where" "$(<pda.facts)" "offset i386_pda.pcurrent 0x8"
same pda 2.6.20

# ---- before 2.6.15: sys_ptrace is all of ptrace ----

for kernel in 2.6.11 sysemu 2.6.14; do
	name=whole-${kernel//./}
	is "compile" "$(old_kernel $kernel k-$kernel ${kernel/sysemu/2.6.11} find)" ""
	brought_in $name k-$kernel
	has "$kernel: no arch_ptrace" "$(<$name.facts)" "#symbol arch_ptrace 0x # not needed"
	same $name $kernel
done
finish
