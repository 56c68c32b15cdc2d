/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * function.h: calls of the guest kernel's own C functions, one after the other, as its code makes them: arguments in
 * eax, edx, ecx (-mregparm=3), the caller a call that has just begun.
 */
#ifndef TESTS_FUNCTION_H
#define TESTS_FUNCTION_H

#include "tests/helpers/emit.h"

/* The CPU at a function that `name` says, for the program's own task or for the tracer's. */
struct caller {
	sysemu_machine *m;
	struct sim_regs cpu;
	uint32_t back; /* where that function returns to */
};

/* Of a machine that runs, or stands, in front of a call of getpid. */
struct caller caller_in_program(sysemu_machine *m);
/* Of one in a stop: in the tracer's sys_ptrace, which never goes on. */
struct caller caller_in_tracer(sysemu_machine *m);

/* eax behind it. */
uint32_t call_function(const struct caller *c, const char *name, uint32_t a, uint32_t b,
		       uint32_t d);
/* With more arguments, which lie on the stack. */
uint32_t call_function_with(const struct caller *c, const char *name, const uint32_t *args,
			    unsigned n);
/* One that is asmlinkage: all its arguments lie there. */
uint32_t call_on_stack(const struct caller *c, const char *name, uint32_t a, uint32_t b);
uint32_t call_on_stack_with(const struct caller *c, const char *name, const uint32_t *args,
			    unsigned n);
/* The two halves of a call: what happens between is the test's. */
void function_begin(const struct caller *c, const char *name, uint32_t a, uint32_t b);
uint32_t function_end(const struct caller *c);
void function_begin_with(const struct caller *c, const char *name, const uint32_t args[3]);
void function_begin_on_stack(const struct caller *c, const char *name, const uint32_t *words,
			     unsigned n);
uint32_t function_end_on_stack(const struct caller *c, unsigned n);
/* At the first instruction of a function that was called: back to its caller with that in eax, as if it had run. The registers
 * that it was called with. */
struct sim_regs leave_function(sysemu_machine *m, uint32_t eax);
/* A function that gives up: what the machine says of it. */
sysemu_event call_that_ends(const struct caller *c, const char *name, uint32_t a, uint32_t b);

/* A machine with a program that calls getpid for ever. */
sysemu_machine *open_getpid_loop(const char *kernel, sysemu_start start, uint32_t debug_junk);

/* ---- states that are drawn at random ---- */

/* From here on; SYSEMU_SEED of the environment has the last word. */
void draw_from(uint64_t seed);
uint32_t any(void);
uint32_t below(uint32_t n);
#define ONE_OF(...)                                                                          \
	((const uint32_t[]){ __VA_ARGS__ }[below(sizeof((const uint32_t[]){ __VA_ARGS__ }) / \
						 sizeof(uint32_t))])
/* Fails with the first word that is not as it should be. */
void expect_words(const char *what, const void *is, const void *expected, size_t size);
/* Of the one of several that has this number. */
void expect_words_of(const char *what, unsigned number, const void *is, const void *expected,
		     size_t size);

/* Memory of the kernel that nobody uses: the stack of a task that there is not. */
uint32_t spare_memory(sysemu_machine *m);

#endif
