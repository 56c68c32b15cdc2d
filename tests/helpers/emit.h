/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * emit.h: a program put together byte by byte for one test: `emit(&p, "cc")` is int3. Code and
 * data lie in one page at SYSEMU_CODE_BASE; emit_org goes on elsewhere in it.
 */
#ifndef TESTS_EMIT_H
#define TESTS_EMIT_H

#include <stdint.h>

#include "tests/helpers/harness.h"

enum { EMIT_EAX, EMIT_ECX, EMIT_EDX, EMIT_EBX, EMIT_ESP, EMIT_EBP, EMIT_ESI, EMIT_EDI };

struct emit {
	uint8_t page[4096];
	uint32_t at;
};

/* Instructions in hexadecimal, blanks between them or not. */
void emit(struct emit *p, const char *hex);
void emit_org(struct emit *p, uint32_t offset);
uint32_t emit_here(const struct emit *p); /* the next instruction's address */
void emit_word(struct emit *p, uint32_t word);
void emit_mov(struct emit *p, unsigned reg, uint32_t value);
void emit_store(struct emit *p, uint32_t addr, unsigned reg); /* mov %reg, addr */
void emit_int80(struct emit *p, uint32_t nr, uint32_t ebx, uint32_t ecx, uint32_t edx);
/* mov nr, %eax; call __kernel_vsyscall: the stub is of the machine's flavour. */
void emit_vsyscall(struct emit *p, uint32_t nr);
/* A call by the machine's own entry; the eip that a tracer sees while it is in the kernel. */
uint32_t emit_call(struct emit *p, sysemu_entry entry, uint32_t nr);
void emit_spin(struct emit *p); /* an endless loop of one instruction */
/* sigaction(sig, {handler, mask, flags, restorer}, NULL), its argument built behind the code. */
void emit_sigaction(struct emit *p, uint32_t sig, uint32_t handler, uint32_t flags, uint32_t mask,
		    uint32_t restorer);

sysemu_machine *emit_open(const struct emit *p, const char *kernel, sysemu_entry entry,
			  sysemu_start start);
uint32_t guest_word(sysemu_machine *m, uint32_t addr);

/* ---- what the tests of signals, fork and attach ask again and again ---- */

enum { STOPPED_BY_SIGSTOP = 0x137f, STOPPED_BY_SIGTRAP = 0x057f, STOPPED_AT_CALL = 0x857f };

bool is_2_6_14(const char *kernel);
bool emulates(const char *kernel); /* SYSEMU stops there: not 2.6.11, not as printed */
sysemu_task task_info(sysemu_machine *m, int32_t pid);
sysemu_regs regs_of(sysemu_machine *m);
int32_t kill_from_outside(sysemu_machine *m, int32_t pid, int signal);
/* GETSIGINFO's words: signal, errno, code, then pid and uid or an address. */
void stop_siginfo(sysemu_machine *m, uint32_t words[6]);
/* The next event, LIMIT if there is none within a few thousand instructions. */
sysemu_event run_briefly(sysemu_machine *m);
sysemu_event resume_briefly(sysemu_machine *m, int request, uint32_t data);

/* ---- a test for every kernel: *state is the kernel's name ---- */

struct kernel_test {
	const char *name;
	void (*func)(void **state);
	bool (*applies)(const char *kernel); /* NULL: to all */
};
#define ON_KERNELS(func)          \
	{                         \
#func, func, NULL \
	}
#define ON_KERNELS_IF(func, applies) \
	{                            \
#func, func, applies \
	}
int run_on_kernels(const char *group, const struct kernel_test *tests, size_t n);

#endif
