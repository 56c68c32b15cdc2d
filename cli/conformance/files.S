/* SPDX-License-Identifier: GPL-2.0-only */
/* files.S: what every pack has, as bytes of the command. Read next: command.c. */
	.macro	file name
	.section .rodata
771:	.asciz	"\name"
772:	.incbin	"\name"
773:
	.section .data.rel.ro, "aw"
	.quad	771b, 772b, 773b - 772b
	.endm

	.section .data.rel.ro, "aw"
	.globl	conformance_files
	.hidden	conformance_files
	.balign	8
conformance_files:			/* struct pack_file[], of command.c */
	file	"README.md"
	file	"Makefile"
	file	"score"
	file	"initramfs"
	file	"tests/own/aarch64-nothing-is-preset.c"
	file	"runtime/machine.h"
	file	"runtime/init.c"
	file	"runtime/conformance.h"
	file	"runtime/tracer.h"
	file	"runtime/rows.h"
	file	"runtime/i386.h"
	file	"runtime/x86_64.h"
	file	"runtime/x86.h"
	file	"runtime/aarch64.h"
	.section .data.rel.ro, "aw"
	.quad	0, 0, 0

	.section .note.GNU-stack, "", @progbits
