/* SPDX-License-Identifier: GPL-2.0-only */
/* x86.h: what i386 and x86-64 have in common. Registers go by i386's names, whatever holds them. */
#ifndef CONFORMANCE_X86_H
#define CONFORMANCE_X86_H

#define HAS_X86 1

#define BREAK_INSN   0xcc /* of one byte; the CPU stops behind it */
#define BREAK_MASK   0xff
#define BREAK_BEHIND 1
#define ENTER_BYTES  2
#define NOP_BYTES    1

/* ---- steps of a program ---- */

#define NOP               "nop\n"
#define INT3              "int3\n"
#define UD2               "ud2\n"
#define HLT               "hlt\n"
#define RET               "ret\n"
#define CPUID             "cpuid\n"
#define JMP(to)           "jmp " #to "\n"
#define JE(to)            "je " #to "\n"
#define JNE(to)           "jne " #to "\n"
#define MOV(reg, value)   "mov $" STRING(value) ", %" R_##reg "\n"
#define MOVE(to, from)    "mov %" R_##from ", %" R_##to "\n"
#define MOV_PID(reg, pid) "mov " #pid ", %" R_##reg "\n"
#define CMP(reg, value)   "cmp $" STRING(value) ", %" R_##reg "\n"
#define CMP_PID(reg, pid) "cmp " #pid ", %" R_##reg "\n"
#define LOAD(reg, from)   "mov " STRING(from) ", %" R_##reg "\n"
#define STORE(to, reg)    "mov %" R_##reg ", " STRING(to) "\n"
#define NUMBER(nr)        MOV(eax, nr)
#define PUSH(value)       "push $" STRING(value) "\n"
#define PUSH_REG(reg)     "push %" R_##reg "\n"
#define POP(reg)          "pop %" R_##reg "\n"
#define PUSHF             "pushf\n"
#define POPF              "popf\n"
#define TF                "pushf\n" OR_TF "popf\n"

/* ---- registers ---- */

/* Both hand them over whole, by PTRACE_GETREGS. */
static long machine_get(long pid, struct machine_regs *regs)
{
	return ptrace(12, pid, 0, regs);
}

static long machine_set(long pid, const struct machine_regs *regs)
{
	return ptrace(13, pid, 0, (void *)regs);
}

static long *machine_reg(struct machine_regs *regs, int reg)
{
	return machine_words[reg] < 0 ? 0 : &regs->word[machine_words[reg]];
}

static long machine_peek(long pid, int reg, long *value)
{
	return ptrace(3, pid, (long)sizeof(long) * machine_words[reg], value);
}

static long machine_poke(long pid, int reg, long value)
{
	return ptrace(6, pid, (long)sizeof(long) * machine_words[reg], (void *)value);
}

/* Before the call the result is there already: -ENOSYS. */
static int machine_is_entry(struct machine_regs *regs)
{
	return *machine_reg(regs, REG_EAX) == -ENOSYS;
}

#endif
