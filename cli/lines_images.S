/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lines_images.S: the line tables of the built-in guest kernels, and their objects, as bytes of the
 * command; the library has no use for them. cmake/guest.cmake builds them, and lines.def: a row a kernel.
 * Read next: lines.c.
 */
	.macro	lines name
	.section .rodata
771:	.asciz	"\name"
	.balign	16
772:	.incbin	"\name\().lines"
773:
	.section .data.rel.ro, "aw"
	.quad	771b, 772b, 773b - 772b
	.endm

	.section .data.rel.ro, "aw"
	.globl	cli_lines_images
	.hidden	cli_lines_images
	.balign	8
cli_lines_images:			/* struct image[], of lines.c */
	.include "lines.def"
	.section .data.rel.ro, "aw"
	.quad	0, 0, 0

/* The objects that `kernel link` links others with (kernel/objects.c): name, start, size. */
	.macro	objects name
	.section .rodata
774:	.asciz	"\name"
	.balign	16
775:	.incbin	"\name\().a"
776:
	.section .data.rel.ro, "aw"
	.quad	774b, 775b, 776b - 775b
	.endm

	.globl	cli_kernel_objects
	.hidden	cli_kernel_objects
	.balign	8
cli_kernel_objects:
	objects	"2.6.11"
	objects	"sysemu"
	objects	"2.6.14"
	objects	"import"
	.section .data.rel.ro, "aw"
	.quad	0, 0, 0

	.section .note.GNU-stack, "", @progbits
