#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# `sysemu kernel link`: our own entry.S and C, compiled apart with other flags, each function a section,
# and by clang and a later gcc, linked in place of ours: the counts of entry.S, every scenario and the exploration are
# the built-in kernel's. And what does not fit gets a message of its own.
. "$(dirname "$0")/../check.inc"
asm=$(cd "$(dirname "$0")/../../../asm" && pwd)
cd "$scratch" || exit 1
flags="-m32 -std=gnu11 -ffreestanding -nostdinc -fno-builtin -fno-common -fno-pic -fno-stack-protector
	-mregparm=3 -mgeneral-regs-only -w -D__GUEST__ -I$asm"

# compile FOLDER KERNEL COMPILER FLAG...: all of the kernel's sources
compile()
{
	local folder=$1 kernel=$2
	shift 2
	mkdir -p "$folder"
	grep -v '^#' "$asm/kernels/$kernel/sources" | while read -r source; do
		"$@" $flags -I"$asm/kernels/$kernel" -c "$asm/$source" -o "$folder/${source//\//-}.o" || echo "$source"
	done
}

# same NAME KERNEL: file NAME.elf does what the built-in KERNEL does.
same()
{
	for entry in int80 sysenter; do
		for how in "" "--requests SYSEMU" "--requests SYSCALL" "--flags TRACE" "--flags SINGLESTEP" "--flags EMU"; do
			sysemu count --kernel "$2" --entry $entry $how --format json
			want=$(values regions | grep -o '"entry":[0-9]*')
			sysemu count --kernel "./$1.elf" --entry $entry $how --format json
			is "$1: count $entry $how" "$(values regions | grep -o '"entry":[0-9]*')" "$want"
		done
	done
	for file in "$asm"/../scenarios/*.play; do
		sysemu play --kernel "$2" "$file"
		want=$out
		sysemu play --kernel "./$1.elf" "$file"
		is "$1: ${file##*/}" "$out" "$want"
	done
	"$SYSEMU" explore --kernel "$2" --depth "$3" 2>/dev/null | sed "s/^$2,//; /executed in/d" >want
	"$SYSEMU" explore --kernel "./$1.elf" --depth "$3" 2>/dev/null | sed "s/^$1,//; /executed in/d" >got
	is "$1: exploration" "$(<got)" "$(<want)"
	has "$1: exploration" "$(<got)" " 0 differ"
}

is "compile" "$(compile sections sysemu gcc-12 -Os -march=i586 -ffunction-sections -fdata-sections)" ""
sysemu kernel link sections/*.o -o sections.elf
is "sections" "$status $err" "0 "
has "sections: all of ours are replaced" "$out" "of its objects replaced, 0 symbols that nobody has"
same sections sysemu 4

is "compile" "$(compile later 2.6.14 gcc-12 -O1 -g)" ""
sysemu kernel link --base 2.6.14 later/*.o -o later.elf
is "later" "$status $err" "0 "
same later 2.6.14 3
sysemu lint later.elf
has "lint shows lines of the user's sources" "$out" "entry.S:"

sysemu kernel link sections/entry-entry.S.o -o entry.elf
is "entry alone" "$status $err" "0 "
has "entry alone" "$out" "1 of its objects replaced, 0 symbols"
same entry sysemu 2

# As Linux has it: labels that are not global, and nothing of what a machine with processes needs.
objcopy -L restore_all -L restore_nocheck -L syscall_badsys --redefine-sym range_checks=unknown_1 \
	--redefine-sym reschedule_interrupt=unknown_2 sections/entry-entry.S.o linux.o
sysemu kernel link linux.o -o linux.elf
is "as in Linux" "$status" 0
has "as in Linux: what stays of ours" "$err" "entry.S.o of ours stays for what is not in your objects"
sysemu kernels linux.elf
has "as in Linux: no processes" "$out" "processes    no"
same linux sysemu 2

# Other compilers that are there: gcc is 14 in Debian 13.
for cc in clang gcc gcc-13 gcc-14; do
	version=$($cc -dumpversion 2>/dev/null) || continue
	[ "${version%%.*}" != 12 ] || continue
	is "compile" "$(compile $cc sysemu $cc -O2)" ""
	sysemu kernel link $cc/*.o -o $cc.elf
	is "$cc" "$status $err" "0 "
	same $cc sysemu 2
done

# ---- what does not fit ----

# refused WORDS ARG...
refused()
{
	local words=$1
	shift
	rm -f x.elf
	sysemu kernel link "$@" -o x.elf
	is "$*: exit" $status 1
	has "$*" "$err" "$words"
	[ -e x.elf ] && is "$*: a file" there none
}

# object NAME: out of assembly on standard input
object()
{
	gcc-12 -m32 -x assembler -c - -o "$1"
}

refused "nosuch.o: No such file" nosuch.o
refused "offset 0x0: not an ELF file" "$asm/abi.h"
echo | gcc-12 -x assembler -c - -o wide.o
refused "offset 0x4: a 64-bit object: compile with -m32" wide.o
refused "type 2 is not 1: no relocatable object" sections.elf
objcopy -S sections/trace-trace.c.o stripped.o
refused "it has no symbols: was it stripped?" stripped.o
refused "it is given twice" sections/trace-trace.c.o sections/trace-trace.c.o
cp sections/trace-trace.c.o copy.o
refused "do_syscall_trace is defined here and in sections/trace-trace.c.o, too" sections/trace-trace.c.o copy.o
head -c 200 sections/trace-trace.c.o >short.o
refused "offset 0x20: the section headers are not in the file" short.o
echo 'int x; int *f(void) { return &x; }' | gcc-12 -m32 -fPIC -x c -c - -o pic.o
refused "position-independent code: compile with -fno-pic" pic.o
printf '.globl f\nf: mov $x@ntpoff, %%eax\n.section .tdata,"awT"\nx: .long 0\n' | object tls.o
refused "is not one of a kernel's" tls.o
printf '.globl f\nf: .byte far\n.set far, do_exit\n' | object byte.o
refused "does not fit into 8 bits" byte.o
refused "kernel sysemu-3 has no objects to link with; there are those of 2.6.11, sysemu, 2.6.14" \
	--base sysemu-3 sections/trace-trace.c.o

# C with tasks of its own kind: each member that differs, by its debug information.
cat >foreign.c <<-END
	struct thread_info { void *task, *domain; unsigned flags; };
	struct task_struct { long state; struct thread_info *thread_info; int usage; unsigned flags, ptrace; };
	int do_syscall_trace(struct task_struct *t) { return t->ptrace; }
END
gcc-12 $flags -g -c foreign.c
refused "task_struct.ptrace is 0x10 in your objects, 0x" foreign.o
has "task_struct's size" "$err" "sizeof struct task_struct is 0x14 in your objects, 0x"

# ---- a symbol that nobody has: an event that names it ----

printf '.globl do_syscall_trace\ndo_syscall_trace: jmp trace_of_mine\n' | object stub.o
sysemu kernel link stub.o -o stub.elf
has "stub: listed" "$out" "trace_of_mine: a stub"
has "stub: tried, and named" "$err" "trace_of_mine: nobody has it"
is "stub: exit" $status 1
finish
