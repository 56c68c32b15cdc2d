/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * shipped.S: the shipped scenarios and the rules as bytes of the command, so that a scenario is
 * found by its name alone. CMakeLists.txt writes shipped.def: a row a file. Read next: shipped.c.
 */
	.macro	shipped name
	.section .rodata
771:	.asciz	"\name"
772:	.incbin	"\name"
773:
	.section .data.rel.ro, "aw"
	.quad	771b, 772b, 773b - 772b
	.endm

	.section .data.rel.ro, "aw"
	.globl	compare_shipped
	.hidden	compare_shipped
	.balign	8
compare_shipped:			/* struct shipped[], of shipped.c; the rules first */
	shipped	"rules.play"
	.include "shipped.def"
	.section .data.rel.ro, "aw"
	.quad	0, 0, 0

	.section .note.GNU-stack, "", @progbits
