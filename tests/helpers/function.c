/* SPDX-License-Identifier: GPL-2.0-only */
/* function.c: see function.h. */
#include "tests/helpers/function.h"

#include <stdio.h>

#include <libsysemu/step.h>

#include "tests/helpers/names.h"
#include "tests/helpers/random_program.h"

enum { SPARE_TASK = 6, STACK = 8192 };

static struct caller caller_at(sysemu_machine *m, const char *name)
{
	struct caller c = { .m = m };
	uint32_t at = symbol(m, name);

	assert_int_equal(run_to(m, at).eip, at);
	c.cpu = kernel_regs(m);
	c.back = guest_word(m, c.cpu.esp);
	return c;
}

struct caller caller_in_program(sysemu_machine *m)
{
	return caller_at(m, "sys_getpid");
}

struct caller caller_in_tracer(sysemu_machine *m)
{
	OK(m, sysemu_ptrace_begin(m, CONT, 0, 0));
	return caller_at(m, "sys_ptrace");
}

/* What was there before in registers and below the stack's end, whoever used it. */
#define JUNK 0xb5edb5edu

static uint32_t junk[128];

static void __attribute__((constructor)) fill_junk(void)
{
	for (unsigned i = 0; i < sizeof(junk) / sizeof(junk[0]); i++)
		junk[i] = JUNK;
}

/* At the function's first instruction, with `words` below where the stack ends for its caller. */
static void begin(const struct caller *c, const char *name, const uint32_t args[3],
		  const uint32_t *words, unsigned n)
{
	struct sim_regs cpu = c->cpu;

	cpu.eax = args[0];
	cpu.edx = args[1];
	cpu.ecx = args[2];
	cpu.ebx = cpu.esi = cpu.edi = JUNK;
	cpu.eip = symbol(c->m, name);
	cpu.esp -= 4 * n;
	OK(c->m, sysemu_write(c->m, cpu.esp - sizeof(junk), junk, sizeof(junk)));
	if (n)
		OK(c->m, sysemu_write(c->m, cpu.esp + 4, words, 4 * n));
	OK(c->m, sysemu_write(c->m, cpu.esp, &c->back, sizeof(c->back)));
	set_kernel_regs(c->m, &cpu);
}

static uint32_t finish(const struct caller *c, unsigned n)
{
	struct sim_regs cpu;

	/* One that ended with a jump to a function which was caught has come back already. */
	if (kernel_regs(c->m).eip != c->back)
		assert_int_equal(run_to(c->m, c->back).eip, c->back);
	cpu = kernel_regs(c->m);
	/* What a function of the guest keeps for its caller (-fcall-used-*). */
	assert_int_equal(cpu.ebp, c->cpu.ebp);
	assert_int_equal(cpu.esp, c->cpu.esp + 4 - 4 * n); /* the arguments stay */
	return cpu.eax;
}

uint32_t call_function_with(const struct caller *c, const char *name, const uint32_t *args,
			    unsigned n)
{
	begin(c, name, args, args + 3, n - 3);
	return finish(c, n - 3);
}

uint32_t call_on_stack_with(const struct caller *c, const char *name, const uint32_t *args,
			    unsigned n)
{
	begin(c, name, (uint32_t[]){ 0xaaaaaaaa, 0xdddddddd, 0xcccccccc }, args, n);
	return finish(c, n);
}

uint32_t call_on_stack(const struct caller *c, const char *name, uint32_t a, uint32_t b)
{
	return call_on_stack_with(c, name, (uint32_t[]){ a, b }, 2);
}

uint32_t call_function(const struct caller *c, const char *name, uint32_t a, uint32_t b, uint32_t d)
{
	return call_function_with(c, name, (uint32_t[]){ a, b, d }, 3);
}

void function_begin(const struct caller *c, const char *name, uint32_t a, uint32_t b)
{
	begin(c, name, (uint32_t[]){ a, b, 0xcccccccc }, NULL, 0);
}

uint32_t function_end(const struct caller *c)
{
	return finish(c, 0);
}

void function_begin_with(const struct caller *c, const char *name, const uint32_t args[3])
{
	begin(c, name, args, NULL, 0);
}

void function_begin_on_stack(const struct caller *c, const char *name, const uint32_t *words,
			     unsigned n)
{
	begin(c, name, (uint32_t[]){ 0xaaaaaaaa, 0xdddddddd, 0xcccccccc }, words, n);
}

uint32_t function_end_on_stack(const struct caller *c, unsigned n)
{
	return finish(c, n);
}

struct sim_regs leave_function(sysemu_machine *m, uint32_t eax)
{
	struct sim_regs cpu = kernel_regs(m), called = cpu;

	cpu.eip = guest_word(m, cpu.esp);
	cpu.esp += 4;
	cpu.eax = eax;
	set_kernel_regs(m, &cpu);
	return called;
}

sysemu_event call_that_ends(const struct caller *c, const char *name, uint32_t a, uint32_t b)
{
	function_begin(c, name, a, b);
	return run(c->m);
}

sysemu_machine *open_getpid_loop(const char *kernel, sysemu_start start, uint32_t debug_junk)
{
	const sysemu_config config = { .kernel = kernel, .start = start, .debug_junk = debug_junk };
	sysemu_machine *m = open_config(&config);
	struct emit p = { 0 };

	emit_mov(&p, EMIT_EAX, NR_GETPID);
	emit(&p, "cd80");
	emit(&p, "ebf7");
	OK(m, sysemu_load_code(m, p.page, sizeof(p.page)));
	return m;
}

static uint64_t seed;

void draw_from(uint64_t from)
{
	seed = number_from("SYSEMU_SEED", from);
}

uint32_t any(void)
{
	return (uint32_t)random_word(&seed);
}

uint32_t below(uint32_t n)
{
	return any() % n;
}

static size_t first_other(const uint32_t *is, const uint32_t *expected, size_t size)
{
	size_t i = 0;

	while (i < size / 4 && is[i] == expected[i])
		i++;
	return i;
}

void expect_words(const char *what, const void *is, const void *expected, size_t size)
{
	const uint32_t *a = is, *b = expected;
	size_t i = first_other(a, b, size);

	if (i < size / 4)
		fail_msg("%s+0x%zx has 0x%x, not 0x%x", what, 4 * i, a[i], b[i]);
}

void expect_words_of(const char *what, unsigned number, const void *is, const void *expected,
		     size_t size)
{
	char name[80];

	snprintf(name, sizeof(name), "%s, number %u", what, number);
	expect_words(name, is, expected, size);
}

uint32_t spare_memory(sysemu_machine *m)
{
	return symbol(m, "stacks") + SPARE_TASK * STACK;
}
