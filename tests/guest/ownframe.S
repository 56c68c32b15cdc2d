/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ownframe.S: as programs of 2005 did that knew the vsyscall page by heart: the frame that the
 * page's code would build, and then a sysenter of its own. The kernel comes back behind the
 * page's sysenter, where the frame is taken down.
 */
	.text
	.globl	_start
_start:
	movl	$4, %eax		/* write(1, text, 4) */
	movl	$1, %ebx
	movl	$text, %ecx
	movl	$4, %edx
	movl	$0x5eb9, %ebp
	pushl	$back
	pushl	%ecx
	pushl	%edx
	pushl	%ebp
	movl	%esp, %ebp
	.globl	own_sysenter
own_sysenter:
	sysenter
	hlt				/* nobody comes back here */
back:
	movl	$2, %ebx		/* exit(4 + 2 if all is well) */
	cmpl	$text, %ecx
	jne	1f
	cmpl	$4, %edx
	jne	1f
	cmpl	$0x5eb9, %ebp
	jne	1f
	addl	%eax, %ebx
1:	movl	$1, %eax
	int	$0x80
text:
	.ascii	"own\n"
