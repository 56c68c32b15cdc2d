/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * write.c: a profile in callgrind's format, as folded stacks, and as an annotated listing.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli/profile/profile.h"

/* ---- in order ---- */

struct order {
	size_t n;
	size_t *at; /* numbers of instructions, by function and address */
};

static const struct profile *sorting; /* qsort gives its comparison nothing else */

static int by_function(const void *a, const void *b)
{
	const struct profile_insn *x = PROFILE_INSN(sorting, *(const size_t *)a);
	const struct profile_insn *y = PROFILE_INSN(sorting, *(const size_t *)b);
	uint32_t f = PROFILE_FUNCTION(sorting, x->function)->addr;
	uint32_t g = PROFILE_FUNCTION(sorting, y->function)->addr;

	if (f != g)
		return f < g ? -1 : 1;
	return (x->addr > y->addr) - (x->addr < y->addr);
}

static int by_caller(const void *a, const void *b)
{
	const struct profile_arc *x = PROFILE_ARC(sorting, *(const size_t *)a);
	const struct profile_arc *y = PROFILE_ARC(sorting, *(const size_t *)b);

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (x->to > y->to) - (x->to < y->to);
}

static struct order sorted(const struct profile *p, size_t n,
			   int (*compare)(const void *a, const void *b))
{
	struct order o = { n, malloc((n + 1) * sizeof(*o.at)) };

	for (size_t i = 0; o.at && i < n; i++)
		o.at[i] = i;
	sorting = p;
	if (o.at && n)
		qsort(o.at, n, sizeof(*o.at), compare);
	if (!o.at)
		o.n = 0;
	return o;
}

/* Behind the last instruction of the function at `i`. */
static size_t function_end(const struct profile *p, const struct order *o, size_t i)
{
	size_t function = PROFILE_INSN(p, o->at[i])->function;

	while (i < o->n && PROFILE_INSN(p, o->at[i])->function == function)
		i++;
	return i;
}

/* ---- callgrind ---- */

static const char *file_text(const char *file)
{
	return file ? file : "???";
}

static void put_cost(FILE *out, const struct profile *p, const struct profile_cost *c)
{
	fprintf(out, " %" PRIu64, c->insns);
	if (p->timing)
		fprintf(out, " %" PRIu64, c->clocks);
	putc('\n', out);
}

static void put_calls(FILE *out, const struct profile *p, const struct order *arcs, size_t from)
{
	const struct profile_insn *insn = PROFILE_INSN(p, from);
	size_t low = 0, high = arcs->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (PROFILE_ARC(p, arcs->at[mid])->from < from)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < arcs->n && PROFILE_ARC(p, arcs->at[low])->from == from; low++) {
		const struct profile_arc *arc = PROFILE_ARC(p, arcs->at[low]);
		const struct profile_function *to = PROFILE_FUNCTION(p, arc->to);

		if (!arc->calls)
			continue;
		fprintf(out, "cfi=%s\ncfn=%s\ncalls=%" PRIu64 " 0x%" PRIx32 " %" PRIu32 "\n",
			file_text(to->file), to->name, arc->calls, to->addr, to->line);
		fprintf(out, "0x%" PRIx32 " %" PRIu32, insn->addr, insn->line);
		put_cost(out, p, &arc->cost);
	}
}

static void put_function(FILE *out, const struct profile *p, const struct order *insns, size_t i,
			 size_t end, const struct order *arcs)
{
	const struct profile_function *f =
		PROFILE_FUNCTION(p, PROFILE_INSN(p, insns->at[i])->function);
	const char *file = file_text(f->file);

	fprintf(out, "\nfl=%s\nfn=%s\n", file, f->name);
	for (; i < end; i++) {
		const struct profile_insn *insn = PROFILE_INSN(p, insns->at[i]);
		const char *own = file_text(insn->file ? insn->file : f->file);

		if (strcmp(own, file) != 0) /* a header's inline function, or back again */
			fprintf(out, "%s=%s\n", strcmp(own, file_text(f->file)) ? "fi" : "fe", own);
		file = own;
		if (insn->self.insns || insn->self.clocks) {
			fprintf(out, "0x%" PRIx32 " %" PRIu32, insn->addr, insn->line);
			put_cost(out, p, &insn->self);
		}
		put_calls(out, p, arcs, insns->at[i]);
	}
}

void profile_put_callgrind(FILE *out, const struct profile *p)
{
	struct order insns = sorted(p, p->insns.n, by_function);
	struct order arcs = sorted(p, p->arcs.n, by_caller);

	fprintf(out,
		"# callgrind format\nversion: 1\ncreator: sysemu " SYSEMU_VERSION
		"\ncmd: kernel %s\npositions: instr line\nevent: Ir : instructions\n",
		p->kernel);
	if (p->timing)
		fprintf(out, "event: Clk : clocks of %s\n", p->timing);
	fprintf(out, "events: Ir%s\nsummary:", p->timing ? " Clk" : "");
	put_cost(out, p, &p->total);
	for (size_t i = 0, end; i < insns.n; i = end) {
		end = function_end(p, &insns, i);
		put_function(out, p, &insns, i, end, &arcs);
	}
	fputs("\ntotals:", out);
	put_cost(out, p, &p->total);
	free(insns.at);
	free(arcs.at);
}

/* ---- folded stacks ---- */

static void put_stack(FILE *out, const struct profile *p, size_t node)
{
	const struct profile_node *n = PROFILE_NODE(p, node);

	if (n->parent != UINT32_MAX) {
		put_stack(out, p, n->parent);
		putc(';', out);
	}
	fputs(PROFILE_FUNCTION(p, n->function)->name, out);
}

void profile_put_folded(FILE *out, const struct profile *p)
{
	for (size_t i = 0; i < p->nodes.n; i++) {
		const struct profile_cost *self = &PROFILE_NODE(p, i)->self;
		uint64_t cost = p->timing ? self->clocks : self->insns;

		if (!cost)
			continue;
		put_stack(out, p, i);
		fprintf(out, " %" PRIu64 "\n", cost);
	}
}

/* ---- annotated ---- */

struct part {
	size_t first, end; /* of the order */
	uint64_t cost;
};

static int by_cost(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	if (x->cost != y->cost)
		return x->cost < y->cost ? 1 : -1;
	return (x->first > y->first) - (x->first < y->first);
}

static uint64_t cost_of(const struct profile *p, const struct profile_cost *c)
{
	return p->timing ? c->clocks : c->insns;
}

static void put_annotated_insn(FILE *out, const struct profile *p, const struct profile_insn *insn,
			       uint64_t total, const struct profile_insn *before)
{
	char text[128] = "";

	if (insn->file && (!before || before->line != insn->line || !before->file ||
			   strcmp(before->file, insn->file) != 0))
		fprintf(out, "            %s:%" PRIu32 "\n", insn->file, insn->line);
	sysemu_disasm(p->m, insn->addr, text, sizeof(text));
	fprintf(out, "%7.2f  %10" PRIu64 "  %08" PRIx32 "  %s\n",
		100.0 * (double)cost_of(p, &insn->self) / (double)total, insn->self.insns,
		insn->addr, text);
}

static void put_part(FILE *out, const struct profile *p, const struct order *o,
		     const struct part *part, uint64_t total)
{
	size_t number = PROFILE_INSN(p, o->at[part->first])->function;
	const struct profile_insn *before = NULL;

	fprintf(out, "\n%6.2f %%  %s\n", 100.0 * (double)part->cost / (double)total,
		PROFILE_FUNCTION(p, number)->name);
	for (size_t i = part->first; number >= PROFILE_OTHERS && i < part->end; i++) {
		const struct profile_insn *insn = PROFILE_INSN(p, o->at[i]);

		put_annotated_insn(out, p, insn, total, before);
		before = insn;
	}
}

void profile_put_annotated(FILE *out, const struct profile *p)
{
	struct order o = sorted(p, p->insns.n, by_function);
	struct part *parts = calloc(p->functions.n + 1, sizeof(*parts));
	uint64_t total = cost_of(p, &p->total);
	size_t n = 0;

	for (size_t i = 0, end; parts && i < o.n; i = end, n++) {
		end = function_end(p, &o, i);
		parts[n] = (struct part){ i, end, 0 };
		for (; i < end; i++)
			parts[n].cost += cost_of(p, &PROFILE_INSN(p, o.at[i])->self);
	}
	if (n)
		qsort(parts, n, sizeof(*parts), by_cost);
	fprintf(out, "kernel %s: %" PRIu64 " instructions", p->kernel, p->total.insns);
	if (p->timing)
		fprintf(out, ", %" PRIu64 " clocks of %s", p->total.clocks, p->timing);
	fprintf(out, "; per cent of %s, times executed\n", p->timing ? "clocks" : "instructions");
	for (size_t i = 0; i < n && total; i++)
		if (parts[i].cost)
			put_part(out, p, &o, &parts[i], total);
	free(parts);
	free(o.at);
}
