/* SPDX-License-Identifier: GPL-2.0-only */
/* scenarios.c: see scenarios.h. */
#include "tests/oracle/scenarios.h"
#include "tests/helpers/names.h"

enum { INT80 = 1, SYSENTER = 2, BOTH = 3 };

#define BYTES(field, text)  .field = text, .field##_size = sizeof(text) - 1
#define CALL(flags, number) .tif = flags, .nr = number
#define CODE(text)          .code = text, .size = sizeof(text) - 1
#define LOOP                "\xeb\xfe"

/* pushf; orl $FLAG,(%esp); popf: the last is put where its effect is wanted */
#define PUSH_TF         "\x9c\x81\x0c\x24\x00\x01\x00\x00"
#define PUSH_NT         "\x9c\x81\x0c\x24\x00\x40\x00\x00"
#define PUSH_DF         "\x9c\x81\x0c\x24\x00\x04\x00\x00"
#define PUSH_AC_ID      "\x9c\x81\x0c\x24\x00\x00\x24\x00"
#define POPF            "\x9d"
#define MOV_GETPID      "\xb8\x14\x00\x00\x00" /* mov $20,%eax */
#define MOV_ESP_EBP     "\x89\xe5"
#define INT_80          "\xcd\x80"
#define SYSENTER_INSN   "\x0f\x34"
#define NOP             "\x90"
#define BEHIND_SYSENTER 0xffffe410u

const struct scenario scenarios[] = {
	/* each flag on its own, and a few together */
	{ "no flags", BOTH, CALL(0, NR_GETPID) },
	{ "TRACE", BOTH, CALL(T, NR_GETPID) },
	{ "EMU", BOTH, CALL(E, NR_GETPID) },
	{ "SINGLESTEP", BOTH, CALL(S, NR_GETPID) },
	{ "SIGPENDING", BOTH, CALL(P, NR_GETPID) },
	{ "NEED_RESCHED", BOTH, CALL(R, NR_GETPID) },
	{ "IRET", BOTH, CALL(I, NR_GETPID) },
	{ "NOTIFY_RESUME", BOTH, CALL(N, NR_GETPID) },
	{ "AUDIT", BOTH, CALL(A, NR_GETPID) },
	{ "AUDIT with a context", BOTH, CALL(A, NR_GETPID), .audited = 1 },
	{ "SECCOMP", BOTH, CALL(SYSEMU_TIF_SECCOMP, NR_GETPID) },
	{ "POLLING_NRFLAG and MEMDIE", BOTH,
	  CALL(SYSEMU_TIF_POLLING_NRFLAG | SYSEMU_TIF_MEMDIE, NR_GETPID) },
	{ "SIGPENDING and NEED_RESCHED", BOTH, CALL(P | R, NR_GETPID) },
	{ "SINGLESTEP and SIGPENDING", BOTH, CALL(S | P, NR_GETPID) },
	{ "TRACE and EMU", BOTH, CALL(T | E, NR_GETPID) },
	{ "EMU and SINGLESTEP", BOTH, CALL(E | S, NR_GETPID) },
	{ "EMU and AUDIT", BOTH, CALL(E | A, NR_GETPID) },

	/* other calls */
	{ "call number 400", BOTH, CALL(0, 400) },
	{ "TRACE and call number 400", BOTH, CALL(T, 400) },
	{ "call number -1", BOTH, CALL(0, -1) },
	{ "a call that asks to be restarted, with SIGPENDING", BOTH, CALL(P, 284) },
	{ "a restart block", BOTH, CALL(P, 287) },
	{ "fork", BOTH, CALL(0, 2) },
	{ "exit", BOTH, CALL(0, 1) },
	/* mov $1,%ebx; xor %ecx,%ecx; mov $1,%edx: the kernel reads address 0 and mends it */
	{ "write from an unmapped page", BOTH, CALL(0, 4),
	  BYTES(prologue, "\xbb\x01\x00\x00\x00\x31\xc9\xba\x01\x00\x00\x00") },
	/* kill(getpid(), SIGTERM), with pid 101 */
	{ "kill itself", BOTH, CALL(0, 37),
	  BYTES(prologue, "\xbb\x65\x00\x00\x00\xb9\x0f\x00\x00\x00") },

	/* EFLAGS through both entries */
	{ "DF set", BOTH, CALL(0, NR_GETPID), BYTES(prologue, PUSH_DF POPF) },
	{ "AC and ID set", BOTH, CALL(0, NR_GETPID), BYTES(prologue, PUSH_AC_ID POPF) },
	{ "NT set", BOTH, CALL(0, NR_GETPID), BYTES(prologue, PUSH_NT POPF) },
	{ "NT set, and a slow way out", BOTH, CALL(T, NR_GETPID), BYTES(prologue, PUSH_NT POPF) },
	/* stc; mov $-1,%edx; mov $0x80000000,%ebx; mov %edx,%edi */
	{ "registers of all ones", BOTH, CALL(0, NR_GETPID),
	  BYTES(prologue, "\xf9\xba\xff\xff\xff\xff\xbb\x00\x00\x00\x80\x89\xd7") },
	{ "null data segments", INT80, CALL(0, NR_GETPID),
	  BYTES(prologue, "\x31\xc0\x8e\xd8\x8e\xc0\x8e\xe0\x8e\xe8") },

	/* TF */
	{ "TF over int 0x80", INT80, CODE(PUSH_TF MOV_GETPID POPF INT_80 NOP NOP LOOP) },
	{ "TF over sysenter", SYSENTER, .end = BEHIND_SYSENTER,
	  CODE(PUSH_TF MOV_ESP_EBP MOV_GETPID POPF SYSENTER_INSN) },
	{ "TF set by popf", INT80, CODE(PUSH_TF POPF NOP NOP NOP LOOP) },
	/* popf; mov $3,%ecx; rep stosb below the stack */
	{ "TF over rep stosb", INT80,
	  CODE(PUSH_TF "\x8d\x7c\x24\xe0\xb9\x03\x00\x00\x00" POPF "\xf3\xaa" NOP LOOP) },
	/* popf; mov %ss,%eax; mov %eax,%ss; nop: the shadow of a stack switch */
	{ "TF over a load of ss", INT80, CODE(PUSH_TF "\x8c\xd0" POPF "\x8e\xd0" NOP NOP LOOP) },
	/* icebp's sibling that a program may use: popf; int3 */
	{ "TF over int3", INT80, CODE(PUSH_TF POPF "\xcc" NOP LOOP) },
	{ "TF over a page fault", INT80, CODE(PUSH_TF POPF "\xa1\x00\x00\x00\x00" NOP LOOP) },
	{ "TF, with a handler", INT80, .handled = 5, .handler = 24,
	  CODE(PUSH_TF POPF NOP NOP "\x9c\x81\x24\x24\xff\xfe\xff\xff" POPF LOOP NOP NOP
				    "\xc3" LOOP),
	  .end = SYSEMU_CODE_BASE + 20 },

	/* exceptions */
	{ "int3", INT80, CODE("\xcc" LOOP) },
	{ "int3, with a handler", INT80, .handled = 5, .handler = 8,
	  CODE("\xcc" NOP LOOP NOP NOP NOP NOP NOP "\xc3" LOOP), .end = SYSEMU_CODE_BASE + 2 },
	/* xor %ecx,%ecx; div %ecx */
	{ "a division by zero", INT80, CODE("\x31\xc9\xf7\xf1" LOOP) },
	/* mov $0x80000000,%eax; cdq; mov $-1,%ecx; idiv %ecx */
	{ "a quotient too large", INT80,
	  CODE("\xb8\x00\x00\x00\x80\x99\xb9\xff\xff\xff\xff\xf7\xf9" LOOP) },
	{ "ud2", INT80, CODE("\x0f\x0b" LOOP) },
	/* mov $0x7fffffff,%eax; inc %eax; into */
	{ "into", INT80, CODE("\xb8\xff\xff\xff\x7f\x40\xce" LOOP) },
	/* push $5; push $3; mov $9,%eax; bound %eax,(%esp) */
	{ "bound", INT80, CODE("\x6a\x05\x6a\x03\xb8\x09\x00\x00\x00\x62\x04\x24" LOOP) },
	{ "a load from an unmapped page", INT80, CODE("\xa1\x00\x00\x00\x00" LOOP) },
	{ "a store to an unmapped page", INT80, CODE("\xa3\x00\x10\x00\x00" LOOP) },
	{ "a load from the kernel", INT80, CODE("\xa1\x00\x00\x10\xc0" LOOP) },
	{ "a store to the kernel", INT80, CODE("\xa3\x00\x60\x10\xc0" LOOP) },
	{ "a store to the vsyscall page", INT80, CODE("\xa3\x00\xe0\xff\xff" LOOP) },
	{ "a store over a page's end", INT80, CODE("\xa3\xfe\x8f\x04\x08" LOOP) },
	{ "a jump into the kernel", INT80, CODE("\xb8\x00\x00\x10\xc0\xff\xe0" LOOP) },
	{ "a jump to nowhere", INT80, CODE("\xb8\x00\x00\x00\x20\xff\xe0" LOOP) },
	/* mov $0xc0000000,%esp; mov $0x10000000,%esp; push %eax */
	{ "a push to nowhere", INT80, CODE("\xbc\x00\x00\x00\x10\x50" LOOP) },
	{ "a load, with a handler", INT80, .handled = 11, .handler = 8,
	  CODE("\xa1\x00\x00\x00\x00" LOOP NOP "\x83\x44\x24\x3c\x05\xc3" LOOP),
	  .end = SYSEMU_CODE_BASE + 5 },
	{ "cli", INT80, CODE("\xfa" LOOP) },
	{ "hlt", INT80, CODE("\xf4" LOOP) },
	{ "in", INT80, CODE("\xe4\x60" LOOP) },
	{ "out", INT80, CODE("\xe6\xe9" LOOP) },
	{ "mov to cr0", INT80, CODE("\x0f\x22\xc0" LOOP) },
	{ "mov from dr0", INT80, CODE("\x0f\x21\xc0" LOOP) },
	{ "lgdt", INT80, CODE("\x0f\x01\x15\x00\x80\x04\x08" LOOP) },
	{ "wrmsr", INT80, CODE("\x0f\x30" LOOP) },
	{ "sysexit", INT80, CODE("\x0f\x35" LOOP) },
	{ "int 13 through a kernel's gate", INT80, CODE("\xcd\x0d" LOOP) },
	{ "int 14 through a kernel's gate", INT80, CODE("\xcd\x0e" LOOP) },
	{ "int 8 through an empty gate", INT80, CODE("\xcd\x08" LOOP) },
	{ "int 255 through an empty gate", INT80, CODE("\xcd\xff" LOOP) },
	{ "int 3 in two bytes", INT80, CODE("\xcd\x03" LOOP) },
	{ "int 4 in two bytes", INT80, CODE("\xcd\x04" LOOP) },
	/* mov $0x68,%eax; mov %eax,%ds */
	{ "a kernel's segment into ds", INT80, CODE("\xb8\x68\x00\x00\x00\x8e\xd8" LOOP) },
	{ "an empty segment into es", INT80, CODE("\xb8\x23\x00\x00\x00\x8e\xc0" LOOP) },
	{ "a null segment into ss", INT80, CODE("\x31\xc0\x8e\xd0" LOOP) },
	{ "a load through null ds", INT80, CODE("\x31\xc0\x8e\xd8\xa1\x00\x80\x04\x08" LOOP) },
	{ "a far jump to the kernel's code", INT80, CODE("\xea\x00\x00\x10\xc0\x60\x00" LOOP) },
	{ "a far call through the TSS", INT80, CODE("\x9a\x00\x00\x00\x00\x80\x00" LOOP) },
	/* pushf; push $0x60; push $0xc0100000; iret */
	{ "iret to the kernel", INT80, CODE("\x9c\x6a\x60\x68\x00\x00\x10\xc0\xcf" LOOP) },
	{ "iret with NT", INT80, CODE(PUSH_NT POPF "\xcf" LOOP) },
	{ "an instruction of 16 bytes", INT80,
	  CODE("\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x66\x90" LOOP) },
	{ "lock on a register", INT80, CODE("\xf0\x01\xc0" LOOP) },

	/* sysenter without its page */
	{ "sysenter with a kernel's ebp", SYSENTER, .end = BEHIND_SYSENTER,
	  CODE("\xbd\x00\x00\x00\xc0\x0f\x34") },
	{ "sysenter with an unmapped ebp", SYSENTER, .end = BEHIND_SYSENTER,
	  CODE("\x31\xed\x0f\x34") },
	{ "sysenter with ebp below PAGE_OFFSET", SYSENTER, .end = BEHIND_SYSENTER,
	  CODE("\xbd\xfd\xff\xff\xbf\x0f\x34") },
	{ "sysenter with the last good ebp", SYSENTER, .end = BEHIND_SYSENTER,
	  CODE("\xbd\xfc\xff\xff\xbf\xb8\x14\x00\x00\x00\x0f\x34") },
	{ "sysenter with ebp on the vsyscall page", SYSENTER, .end = BEHIND_SYSENTER,
	  CODE("\xbd\x00\xe0\xff\xff\x0f\x34") },
	{ .name = NULL },
};
