/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * own_registers.h: a program each of whose registers has a value of its own, unlike the kernel's,
 * so that a test sees what an entry takes, saves and gives back.
 */
#ifndef TESTS_OWN_REGISTERS_H
#define TESTS_OWN_REGISTERS_H

#include "tests/helpers/emit.h"
#include "tests/helpers/names.h"

enum { DF = 0x400, IF = 0x200, POLLING = 1 << 16, RESCHEDULE_VECTOR = 0xfc };
enum { USER_CS = 0x73, USER_DS = 0x7b, KERNEL_CS = 0x60 };
enum { DS = 0, ES = USER_CS }; /* the program's own, unlike the kernel's */
enum { AX = 0xa0, BX = 0xb0, CX = 0xc0, DX = 0xd0, SI = 0x51, DI = 0xd1, BP = 0xb9 };

/* Every register has a value of its own, DF is set. */
void emit_own_registers(struct emit *p);
/* The pt_regs there. */
sysemu_regs frame_at(sysemu_machine *m, uint32_t addr);
void expect_own_registers(const sysemu_regs *r, uint32_t eax);
/* The same of the CPU, back in user mode. Behind a sysexit the segments and DF are still as
 * SAVE_ALL left them: nothing is popped but by the stub. */
void expect_own_cpu(sysemu_machine *m, uint32_t eax, bool by_sysexit);
/* SAVE_ALL and error_code leave this to C. */
void expect_kernels_segments(const struct sim_regs *r);

/* A call of getpid, or of another number, by either entry. By sysenter the stub's pushes stand
 * between: at the handler esp and ebp are the stub's. */
struct call {
	sysemu_machine *m;
	uint32_t at, behind, esp;
};

/* Untraced, about to make the call. */
struct call open_own_call(const char *kernel, sysemu_entry entry, uint32_t nr);

#endif
