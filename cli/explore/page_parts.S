/* SPDX-License-Identifier: GPL-2.0-only */
/* page_parts.S: the parts of a page (page_write.c) as strings of the command; and entry.S, whose lines it shows. */
	.macro	part name, file
	.globl	\name
	.hidden	\name
\name:
	.incbin	"\file"
	.byte	0
	.endm

	.section .rodata
	part	cli_page_style, "cli/explore/page.css"
	part	cli_page_text, "cli/explore/page.html"
	part	cli_page_script, "cli/explore/page.js"
	part	cli_page_entry, "asm/entry/entry.S"

	.section .note.GNU-stack, "", @progbits
