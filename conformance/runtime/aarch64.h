/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * aarch64.h: calls and steps of arm64, by svc. Its rules are its own: no TF, no -ENOSYS before a call
 * (x0 still holds the first argument then), and the number stands in a set of registers of its own.
 * At a stop x7 says which side it is.
 */
#ifndef CONFORMANCE_ARCH_H
#define CONFORMANCE_ARCH_H

#define MACHINE "aarch64"

#define NR_write     64
#define NR_exit      93
#define NR_setitimer 103
#define NR_ptrace    117
#define NR_kill      129
#define NR_getpid    172
#define NR_getppid   173
#define NR_clone     220
#define NR_wait4     260

/* Of init.c alone. */
#define NR_openat 56
#define NR_read   63
#define NR_reboot 142
#define NR_execve 221

static long sys(long nr, long a, long b, long c, long d)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
	return x0;
}

static long sys_fork(void)
{
	register long x8 __asm__("x8") = NR_clone;
	register long x0 __asm__("x0") = 17; /* SIGCHLD */
	register long x1 __asm__("x1") = 0;
	register long x2 __asm__("x2") = 0;
	register long x3 __asm__("x3") = 0;
	register long x4 __asm__("x4") = 0;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
			 : "memory");
	return x0;
}

static void sys_alarm(long seconds)
{
	const long timer[4] = { 0, 0, seconds, 0 };

	sys(NR_setitimer, 0, (long)timer, 0, 0);
}

#define START                              \
	__asm__(".globl _start\n_start:\n" \
		"mov x0, sp\n"             \
		"bl conformance_start\n"   \
		"brk #0\n")

#define BREAK_INSN   0xd4200000ul /* brk #0, where the CPU stops */
#define BREAK_MASK   0xfffffffful
#define BREAK_BEHIND 0
#define ENTER_BYTES  4
#define NOP_BYTES    4

#define R_eax "x0"
#define R_ebx "x0"
#define R_ecx "x1"
#define R_edx "x2"
#define R_esi "x3"
#define R_edi "x4"
#define R_ebp "x5"
#define ENTER "svc #0\n"
#define WORD  ".quad "

#define NOP               "nop\n"
#define INT3              "brk #0\n"
#define JMP(to)           "b " #to "\n"
#define JE(to)            "b.eq " #to "\n"
#define JNE(to)           "b.ne " #to "\n"
#define MOV(reg, value)   "ldr " R_##reg ", =" STRING(value) "\n"
#define MOVE(to, from)    "mov " R_##to ", " R_##from "\n"
#define MOV_PID(reg, pid) "ldr x9, =" #pid "\nldr " R_##reg ", [x9]\n"
#define CMP(reg, value)   "ldr x9, =" STRING(value) "\ncmp " R_##reg ", x9\n"
#define CMP_PID(reg, pid) "ldr x9, =" #pid "\nldr x9, [x9]\ncmp " R_##reg ", x9\n"
#define NUMBER(nr)        "ldr x8, =" STRING(nr) "\n"

struct machine_regs {
	long word[34]; /* x0 to x30, sp, pc, pstate */
	long number;
};

/* ebx ecx edx esi edi ebp eax, ds es fs gs, orig_eax eip cs eflags esp ss; -1: nothing like it */
static const signed char machine_words[17] = { 0,  1,  2,  3,  4,  5,  0,  -1, -1,
					       -1, -1, 34, 32, -1, -1, 31, -1 };

#define NT_PRSTATUS        1
#define NT_ARM_SYSTEM_CALL 0x404

struct machine_iovec {
	void *base;
	unsigned long size;
};

static long machine_get(long pid, struct machine_regs *regs)
{
	struct machine_iovec all = { regs->word, sizeof(regs->word) };
	int number = -1;
	struct machine_iovec one = { &number, sizeof(number) };
	long result = ptrace(0x4204, pid, NT_PRSTATUS, &all);

	if (result >= 0)
		ptrace(0x4204, pid, NT_ARM_SYSTEM_CALL, &one);
	regs->number = number;
	return result;
}

static long machine_set(long pid, const struct machine_regs *regs)
{
	struct machine_iovec all = { (void *)regs->word, sizeof(regs->word) };
	int number = (int)regs->number;
	struct machine_iovec one = { &number, sizeof(number) };
	long result = ptrace(0x4205, pid, NT_PRSTATUS, &all);

	return result < 0 ? result : ptrace(0x4205, pid, NT_ARM_SYSTEM_CALL, &one);
}

static long *machine_reg(struct machine_regs *regs, int reg)
{
	return machine_words[reg] < 0 ? 0 :
	       reg == REG_ORIG_EAX    ? &regs->number :
					&regs->word[machine_words[reg]];
}

static long machine_peek(long pid, int reg, long *value)
{
	struct machine_regs regs;
	long result = machine_get(pid, &regs);

	if (result >= 0)
		*value = *machine_reg(&regs, reg);
	return result;
}

static long machine_poke(long pid, int reg, long value)
{
	struct machine_regs regs;
	long result = machine_get(pid, &regs);

	if (result < 0)
		return result;
	*machine_reg(&regs, reg) = value;
	return machine_set(pid, &regs);
}

static int machine_is_entry(struct machine_regs *regs)
{
	return regs->word[7] == 0;
}

#endif
