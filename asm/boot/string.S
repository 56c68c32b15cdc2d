/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * string.S: what a compiler may call though nobody has written it, for objects that others have
 * compiled (`sysemu kernel link`); ours do without. Arguments in eax, edx, ecx, as all of a kernel.
 */
	.text
/* eax: to, edx: from, ecx: bytes; eax: to. */
	.globl	memcpy
	.type	memcpy, @function
memcpy:
	pushl	%edi
	pushl	%esi
	movl	%eax, %edi
	movl	%edx, %esi
	cld
	rep movsb
	popl	%esi
	popl	%edi
	ret
	.size	memcpy, . - memcpy

/* eax: where, edx: which byte, ecx: how many; eax: where. */
	.globl	memset
	.type	memset, @function
memset:
	pushl	%edi
	pushl	%eax
	movl	%eax, %edi
	movl	%edx, %eax
	cld
	rep stosb
	popl	%eax
	popl	%edi
	ret
	.size	memset, . - memset
