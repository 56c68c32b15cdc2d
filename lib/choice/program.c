/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program.c: the explored program: one snippet for each thing that it can do, each from
 * a *home* to a home. At home the explorer makes it jump to the next one (sysemu_jump), so a
 * way through the exploration is the same as a straight program of these snippets, which is
 * what a scenario has. Read next: world.c.
 */
#include <string.h>

#include "lib/choice/explore.h"

/* 17 was break(2), which no i386 kernel implements. */
const int32_t program_numbers[PROGRAM_CALLS] = { 20, 17, 400, 2 };

struct assembler {
	struct program *p;
};

static uint32_t here(const struct assembler *a)
{
	return SYSEMU_CODE_BASE + (uint32_t)a->p->size;
}

static void byte(struct assembler *a, uint8_t value)
{
	a->p->code[a->p->size++] = value;
}

static void word(struct assembler *a, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		byte(a, (uint8_t)(value >> 8 * i));
}

/* A nop that never runs: the explorer's breakpoint stands here. */
static uint32_t home(struct assembler *a)
{
	uint32_t at = here(a);

	a->p->home[a->p->homes++] = at;
	byte(a, 0x90);
	return at;
}

static void call_snippet(struct assembler *a, unsigned by, unsigned number)
{
	a->p->start[by][number] = here(a);
	byte(a, 0xb8); /* mov $nr, %eax */
	word(a, (uint32_t)program_numbers[number]);
	a->p->call[by][number] = here(a);
	byte(a, by ? 0x0f : 0xcd); /* sysenter, int $0x80 */
	byte(a, by ? 0x34 : 0x80);
}

void program_make(struct program *p, sysemu_entry entry)
{
	struct assembler a = { p };
	uint32_t back;

	memset(p, 0, sizeof(*p));
	home(&a);
	for (unsigned i = 0; i < PROGRAM_CALLS; i++) {
		call_snippet(&a, 0, i);
		home(&a);
	}
	p->start[2][0] = p->call[2][0] = here(&a);
	byte(&a, 0x90);
	back = home(&a);
	if (entry != SYSEMU_ENTRY_SYSENTER)
		return;
	/* SYSENTER comes back in the page, whose pops want ebp, edx, ecx and where to go on. */
	back = home(&a);
	for (unsigned i = 0; i < PROGRAM_CALLS; i++)
		call_snippet(&a, 1, i);
	while (p->size % 16)
		byte(&a, 0x90);
	p->block = here(&a);
	word(&a, p->block);
	word(&a, 0x44444444);
	word(&a, 0x33333333);
	word(&a, back);
}

enum sysemu_node_where program_where(const struct program *p, uint32_t eip)
{
	for (unsigned i = 0; i < p->homes; i++)
		if (eip == p->home[i])
			return SYSEMU_WHERE_HOME;
	for (unsigned i = 0; i < PROGRAM_CALLS; i++) {
		if (eip == p->call[0][i])
			return SYSEMU_WHERE_INT80;
		if (p->block && eip == p->call[1][i])
			return SYSEMU_WHERE_SYSENTER;
	}
	switch (p->block ? eip : 0) {
	case VSYSCALL_ENTER: return SYSEMU_WHERE_SYSENTER;
	case VSYSCALL_BACK0: return SYSEMU_WHERE_BACK0;
	case VSYSCALL_BACK1: return SYSEMU_WHERE_BACK1;
	case VSYSCALL_TAIL0:
	case VSYSCALL_TAIL0 + 1:
	case VSYSCALL_TAIL0 + 2:
	case VSYSCALL_TAIL0 + 3:
		return (enum sysemu_node_where)(SYSEMU_WHERE_TAIL0 + (eip - VSYSCALL_TAIL0));
	}
	return SYSEMU_WHERE_ELSEWHERE;
}

/* Between 289 and 294 kernels differ; nobody asks for those. */
uint8_t class_of_number(int32_t nr)
{
	switch (nr) {
	case 20: return SYSEMU_CLASS_SERVED;
	case 2: return SYSEMU_CLASS_FORK;
	case 0: return SYSEMU_CLASS_RESTART;
	case 17:
	case 101: /* getpid's result, if it is taken for a number: ioperm, unknown */
		return SYSEMU_CLASS_UNKNOWN;
	}
	if (nr < 0)
		return SYSEMU_CLASS_NEGATIVE;
	return nr >= 294 ? SYSEMU_CLASS_OUT : SYSEMU_CLASS_OTHER;
}

int32_t number_of_class(uint8_t class)
{
	switch (class) {
	case SYSEMU_CLASS_SERVED: return program_numbers[0];
	case SYSEMU_CLASS_UNKNOWN: return program_numbers[1];
	case SYSEMU_CLASS_FORK: return program_numbers[3];
	case SYSEMU_CLASS_RESTART: return 0;
	default: return program_numbers[2];
	}
}
