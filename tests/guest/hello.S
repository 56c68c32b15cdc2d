/* SPDX-License-Identifier: GPL-2.0-only */
/* hello.S: two calls by the program's own int $0x80: write, then exit 7. */
	.text
	.globl	_start
_start:
	movl	$4, %eax		/* write(1, text, 6) */
	movl	$1, %ebx
	movl	$text, %ecx
	movl	$6, %edx
	int	$0x80
	movl	$1, %eax		/* exit(7) */
	movl	$7, %ebx
	int	$0x80
text:
	.ascii	"hello\n"
