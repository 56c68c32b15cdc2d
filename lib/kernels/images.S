/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * images.S: the guest's kernel images, their profiles and vsyscall pages, as bytes of the library.
 * They are built by cmake/guest.cmake, whose output folder is on the assembler's
 * include path. Read next: kernels.c, which hands them out.
 */
	.macro	image symbol, file
	.globl	sysemu_image_\symbol, sysemu_image_\symbol\()_end
	.hidden	sysemu_image_\symbol, sysemu_image_\symbol\()_end
	.balign	16
sysemu_image_\symbol:
	.incbin	"\file"
sysemu_image_\symbol\()_end:
	.endm

	.macro	kernel symbol, name
	image	\symbol, "\name\().elf"
	image	profile_\symbol, "\name\().profile"
	.endm

	.macro	later symbol, name
	image	\symbol, "\name\().pack"
	image	profile_\symbol, "\name\().profile"
	.endm

	.section .rodata
#define LATER(symbol, name, alias, about) later symbol, name
#define KERNEL(symbol, name, alias, about) kernel symbol, name
#include "kernels.def"
	image	vsyscall_int80, "vsyscall-int80.so"
	image	vsyscall_sysenter, "vsyscall-sysenter.so"
	image	vsyscall_sysenter_4_4, "vsyscall-sysenter-4.4.so"
	image	launch, "launch.bin"

	.section .note.GNU-stack, "", @progbits
