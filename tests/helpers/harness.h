/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * harness.h: what the tests of the whole machine share: opening one with a few bytes of
 * code, answering stops, and one system call from user mode and back.
 * Every function fails the running test itself, with the library's own sentence.
 */
#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <libsysemu/sysemu.h>

#include "sim/sim.h"

#include <cmocka.h>

#include "tests/kernels/between.h"

/* Fails with sysemu_errmsg when a call does not succeed. */
#define OK(m, call) check_ok(m, call, #call, __FILE__, __LINE__)
void check_ok(const sysemu_machine *m, sysemu_status status, const char *what, const char *file,
	      int line);

sysemu_machine *open_kernel(const char *kernel, sysemu_entry entry, sysemu_start start);
sysemu_machine *open_config(const sysemu_config *config);
sysemu_machine *open_code(const char *kernel, sysemu_entry entry, sysemu_start start,
			  const void *code, size_t size);
/* A program of tests/guest by its name, without arguments. */
sysemu_machine *open_program(const char *kernel, sysemu_entry entry, sysemu_start start,
			     const char *name);
void *read_file(const char *path, size_t *size); /* malloc'ed */

/* Number i of the kernels whose facts were measured on the sources of 2005; NULL: no more. What the later ones
 * do: scenarios/eras.play, eras_test, and differ/. */
const char *kernel_of_2005(size_t i);

/* The next event; a limit of ten million instructions ends a guest that loops. */
sysemu_event run(sysemu_machine *m);
/* The guest's sys_ptrace; its result. */
int32_t ptrace_raw(sysemu_machine *m, int request, uint32_t addr, uint32_t data);
/* A resume that must be accepted, and the next event. */
sysemu_event resume(sysemu_machine *m, int request, uint32_t data);

/*
 * One system call in user mode: `prologue`, then the call by `entry`, then an endless loop.
 * `at` is the address of the int or sysenter, `behind` the first one back in user mode.
 */
struct one_call {
	sysemu_machine *m;
	uint32_t at, behind;
};

struct one_call open_call(const char *kernel, sysemu_entry entry, sysemu_start start, int nr,
			  const void *prologue, size_t prologue_size);
struct one_call open_call_config(const sysemu_config *config, int nr, const void *prologue,
				 size_t prologue_size);
/* Runs up to `at` or `behind`, which an event of another kind may precede. */
sysemu_event run_to(sysemu_machine *m, uint32_t addr);

/* The CPU itself, also in the kernel, where the public header shows what a tracer could see. */
struct sim_regs kernel_regs(sysemu_machine *m);
void set_kernel_regs(sysemu_machine *m, const struct sim_regs *regs); /* but the segments */
/* DR6 and DR7 as the CPU has them, not as a task's thread_struct. */
struct debug_state {
	uint32_t dr6, dr7;
};
struct debug_state debug_state(sysemu_machine *m);
void set_debug_state(sysemu_machine *m, struct debug_state d);
/* What the page tables say of that page: its bits (sim.h), -1 if it is not there. */
int page_flags(sysemu_machine *m, uint32_t addr);
bool is_user_page(sysemu_machine *m, uint32_t addr);
void map_page(sysemu_machine *m, uint32_t addr, unsigned flags); /* of zeros */
/* Where the kernel keeps what is open, pipes and the like: a machine with processes has that memory. */
void map_process_memory(sysemu_machine *m);
/* Arrives before the next instruction, as the processor's own: with an error code of 0 if the
 * vector has one. */
void raise_interrupt(sysemu_machine *m, unsigned vector);

/* A number of the environment: how much a long test does. */
uint64_t number_from(const char *name, uint64_t otherwise);

uint32_t symbol(sysemu_machine *m, const char *name);
uint64_t entry_insns(const sysemu_event *from, const sysemu_event *to);

#endif
