/* SPDX-License-Identifier: GPL-2.0-only */
/* parts.S: the parts of pages (frame.c) as strings of the command; and the sources whose lines they show. */
	.macro	part name, file
	.globl	\name
	.hidden	\name
\name:
	.incbin	"\file"
	.byte	0
	.endm

	.section .rodata
	part	cli_page_style, "cli/page/page.css"
	part	cli_page_script, "cli/page/page.js"
	part	cli_page_explore_style, "cli/explore/page.css"
	part	cli_page_explore_text, "cli/explore/page.html"
	part	cli_page_explore_script, "cli/explore/page.js"
	part	cli_page_show_style, "cli/show/report.css"
	part	cli_page_show_text, "cli/show/report.html"
	part	cli_page_show_rows, "cli/show/report.js"
	part	cli_page_show_timeline, "cli/show/timeline.js"
	part	cli_page_entry, "asm/entry/entry.S"
	part	cli_page_entry_2_6_20, "asm/later/entry-2.6.20.S"
	part	cli_page_entry_2_6_27, "asm/later/entry-2.6.27.S"
	part	cli_page_entry_4_14, "asm/generic/entry-4.14.S"

	.section .note.GNU-stack, "", @progbits
