/* SPDX-License-Identifier: GPL-2.0-only */
/* oracle_trace.c: see oracle_trace.h. */
#include "tests/oracle/oracle_trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[GDB_REGS] = { "eax", "ecx", "edx", "ebx",    "esp", "ebp",
					     "esi", "edi", "eip", "eflags", "cs",  "ss",
					     "ds",  "es",  "fs",  "gs" };

void trace_clear(struct trace *t)
{
	t->n = 0;
}

void trace_add(struct trace *t, const struct gdb_regs *r)
{
	if (t->n > 0 && t->steps[t->n - 1].eip == r->eip)
		return;
	if (t->n == t->room) {
		t->room = t->room ? 2 * t->room : 1024;
		t->steps = realloc(t->steps, t->room * sizeof(*t->steps));
		if (!t->steps)
			abort();
	}
	t->steps[t->n++] = *r;
}

void trace_free(struct trace *t)
{
	free(t->steps);
	*t = (struct trace){ 0 };
}

void regs_of_machine(sysemu_machine *m, struct gdb_regs *out)
{
	sysemu_regs r = { 0 };

	sysemu_get_cpu(m, &r);
	*out = (struct gdb_regs){ r.eax, r.ecx,    r.edx, r.ebx, r.esp, r.ebp, r.esi, r.edi,
				  r.eip, r.eflags, r.cs,  r.ss,  r.ds,  r.es,  r.fs,  r.gs };
}

static void print_place(sysemu_machine *m, size_t step, uint32_t eip)
{
	char where[100], text[100] = "";

	sysemu_describe(m, eip, where, sizeof(where));
	sysemu_disasm(m, eip, text, sizeof(text));
	printf("  step %zu: %08x %s: %s\n", step, eip, where, text);
}

void trace_print(sysemu_machine *m, const struct trace *t, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		print_place(m, i, t->steps[i].eip);
}

static void print_registers(const struct gdb_regs *ours, const struct gdb_regs *theirs)
{
	uint32_t a[GDB_REGS], b[GDB_REGS];

	memcpy(a, ours, sizeof(a));
	memcpy(b, theirs, sizeof(b));
	for (unsigned i = 0; i < GDB_REGS; i++)
		printf("    %-6s %08x  %08x%s\n", names[i], a[i], b[i],
		       a[i] == b[i] ? "" : "  <--");
}

static bool step_equal(const struct gdb_regs *a, const struct gdb_regs *b, uint32_t mask)
{
	struct gdb_regs x = *a, y = *b;

	x.eflags &= mask;
	y.eflags &= mask;
	return memcmp(&x, &y, sizeof(x)) == 0;
}

bool trace_equal(sysemu_machine *m, const struct trace *ours, const struct trace *theirs,
		 uint32_t mask, size_t enough)
{
	size_t n = ours->n < theirs->n ? ours->n : theirs->n;

	for (size_t i = 0; i < n; i++) {
		if (step_equal(&ours->steps[i], &theirs->steps[i], mask))
			continue;
		printf("  differs before this step; ours, theirs:\n");
		trace_print(m, ours, i > 4 ? i - 4 : 0, i);
		print_place(m, i, ours->steps[i].eip);
		print_registers(&ours->steps[i], &theirs->steps[i]);
		return false;
	}
	if (ours->n != theirs->n && n < enough) {
		printf("  %zu steps, theirs %zu; the last that both have:\n", ours->n, theirs->n);
		print_place(m, n - 1, ours->steps[n - 1].eip);
		return false;
	}
	return true;
}
