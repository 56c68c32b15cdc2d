/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * native_child.S: a 32-bit process for the host's processor: it maps the file that it finds
 * as descriptor 3 to AREA, writable and executable, asks to be traced and stops. Whatever
 * runs then is put there by native.c. An exit code tells where it failed.
 */
#define AREA		0x20000000
#define AREA_SIZE	0x5000
#define NR_exit		1
#define NR_getpid	20
#define NR_ptrace	26
#define NR_kill		37
#define NR_mmap2	192

	.globl	_start
_start:
	movl	$NR_mmap2, %eax
	movl	$AREA, %ebx
	movl	$AREA_SIZE, %ecx
	movl	$7, %edx		/* read, write, execute */
	movl	$0x11, %esi		/* MAP_SHARED | MAP_FIXED */
	movl	$3, %edi
	xorl	%ebp, %ebp
	int	$0x80
	movl	$2, %ebx
	cmpl	$AREA, %eax
	jne	out
	movl	$NR_ptrace, %eax
	xorl	%ebx, %ebx		/* TRACEME */
	int	$0x80
	movl	$3, %ebx
	testl	%eax, %eax
	jne	out
	movl	$NR_getpid, %eax
	int	$0x80
	movl	%eax, %ebx
	movl	$19, %ecx		/* SIGSTOP */
	movl	$NR_kill, %eax
	int	$0x80
	movl	$4, %ebx
out:	movl	$NR_exit, %eax
	int	$0x80
	.section .note.GNU-stack, "", @progbits
