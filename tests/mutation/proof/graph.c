/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * graph.c: a kernel's code for proofs: its instructions, its functions, how deep the stack is, and where functions return to.
 */
#include "tests/mutation/proof/proof.h"

#include <stdlib.h>
#include <string.h>

#include "lib/machine/machine.h"

enum { RETURNS_MAX = 400 };

/* ---- bytes ---- */

static const uint8_t *bytes_at(const struct graph *g, uint32_t addr)
{
	for (size_t i = 0; i < g->image.nsegments; i++) {
		const struct sim_segment *s = &g->image.segments[i];

		if (addr >= s->vaddr && addr - s->vaddr < s->filesz)
			return g->image.data + s->offset + (addr - s->vaddr);
	}
	return NULL;
}

const struct node *graph_node(const struct graph *g, uint32_t addr)
{
	return addr >= g->from && addr < g->end && g->nodes[addr - g->from].size ?
		       &g->nodes[addr - g->from] :
		       NULL;
}

bool graph_insn(const struct graph *g, uint32_t addr, struct sim_insn *out)
{
	if (!graph_node(g, addr))
		return false;
	sim_insn_decode(bytes_at(g, addr), 16, addr, false, out);
	return true;
}

struct part *graph_part(struct graph *g, uint32_t addr)
{
	return &g->parts[g->nodes[addr - g->from].function];
}

uint32_t graph_fixup(const struct graph *g, uint32_t addr)
{
	for (uint32_t at = g->table; at < g->table_end; at += 8) {
		uint32_t entry[2];

		memcpy(entry, bytes_at(g, at), sizeof(entry));
		if (entry[0] == addr)
			return entry[1];
	}
	return 0;
}

/* ---- functions ---- */

static bool is_label(const struct graph *g, const struct sim_symbol *s)
{
	return s->value >= g->from && s->value < g->end && strncmp(s->name, "__", 2) != 0;
}

/* Each symbol begins one: those of entry.S are parts of one another, which does no harm. */
static void find_parts(struct graph *g)
{
	g->parts = calloc(g->image.nsymbols + 1, sizeof(*g->parts));
	for (size_t i = 0; i < g->image.nsymbols; i++) {
		const struct sim_symbol *s = &g->image.symbols[i];

		if (!is_label(g, s) || (g->nparts && g->parts[g->nparts - 1].addr == s->value))
			continue;
		if (g->nparts)
			g->parts[g->nparts - 1].end = s->value;
		g->parts[g->nparts].addr = s->value;
		g->parts[g->nparts].never = strcmp(s->name, "tracer_call") == 0;
		g->parts[g->nparts++].end = g->end;
	}
}

static void find_nodes(struct graph *g)
{
	g->nodes = calloc(g->end - g->from, sizeof(*g->nodes));
	for (uint32_t p = 0; p < g->nparts; p++)
		for (uint32_t at = g->parts[p].addr; at < g->parts[p].end;) {
			struct node *n = &g->nodes[at - g->from];
			struct sim_insn i;

			sim_insn_decode(bytes_at(g, at), 16, at, false, &i);
			n->size = i.size;
			n->function = (uint16_t)p;
			n->level = NO_LEVEL;
			n->is_start = at == g->parts[p].addr;
			at += i.size;
		}
}

/* Wherever four bytes are the address of a function, somebody may call it. */
static void find_addresses(struct graph *g)
{
	for (size_t k = 0; k < g->image.nsegments; k++) {
		const struct sim_segment *s = &g->image.segments[k];

		for (uint32_t at = 0; at + 4 <= s->filesz; at++) {
			uint32_t word;

			memcpy(&word, g->image.data + s->offset + at, 4);
			if (graph_node(g, word) && graph_node(g, word)->is_start)
				graph_part(g, word)->by_address = true;
		}
	}
}

/* ---- stack ---- */

/* What an instruction adds to esp; false: it becomes something else. A call has come back. */
static bool stack_change(const struct sim_insn *i, int32_t *by)
{
	bool to_esp = (i->modrm & 0xc7) == 0xc4, by_number = i->opcode == 0x81 || i->opcode == 0x83;

	*by = 0;
	if (i->map)
		return true;
	if ((i->opcode & 0xf8) == 0x50 || i->opcode == 0x68 || i->opcode == 0x6a ||
	    i->opcode == 0x9c || is_through(i, 6))
		*by = -4;
	else if ((i->opcode & 0xf8) == 0x58 || i->opcode == 0x9d || i->opcode == 0x8f)
		*by = 4;
	else if (by_number && to_esp && (i->modrm & 0x38) == 0)
		*by = (int32_t)i->imm;
	else if (by_number && to_esp && (i->modrm & 0x38) == 0x28)
		*by = -(int32_t)i->imm;
	else if (i->opcode == 0x8d && (i->modrm & 0x38) == 0x20 && i->base == ESP &&
		 i->index == SIM_NO_REG)
		*by = (int32_t)i->disp;
	else
		return !(by_number && to_esp && (i->modrm & 0x38) != 0x38) && i->opcode != 0x5c &&
		       i->opcode != 0xc9 && !(i->opcode == 0x8b && (i->modrm & 0x38) == 0x20) &&
		       !(i->opcode == 0x89 && to_esp);
	return i->opcode != 0x5c;
}

static void find_levels_from(struct graph *g, uint32_t addr, int32_t level)
{
	while (graph_node(g, addr)) {
		struct node *n = &g->nodes[addr - g->from];
		struct sim_insn i;
		int32_t by;

		if (n->level != NO_LEVEL)
			return;
		n->level = level;
		graph_insn(g, addr, &i);
		if (is_ret(&i) || is_through(&i, 4) || !stack_change(&i, &by))
			return;
		level += by;
		if (i.leaves == SIM_JCC && graph_part(g, addr) == graph_part(g, target_of(&i)))
			find_levels_from(g, target_of(&i), level);
		addr = is_goto(&i) ? target_of(&i) : addr + i.size;
		if (!graph_node(g, addr) || g->nodes[addr - g->from].function != n->function)
			return;
	}
}

/* "movl %esp, %r" whose next use of r is "andl $-THREAD_SIZE, %r": that asks who runs. */
static bool asks_who_runs(const struct graph *g, const struct sim_insn *i)
{
	uint8_t reg = i->opcode == 0x89 ? i->modrm & 7 : i->modrm >> 3 & 7;
	struct sim_insn next;

	if ((i->modrm & 0xc0) != 0xc0 || !graph_insn(g, i->addr + i->size, &next))
		return false;
	return (next.opcode == 0x81 && next.modrm == (0xe0 | reg) && next.imm == 0xffffe000) ||
	       (reg == EAX && next.opcode == 0x25 && next.imm == 0xffffe000);
}

static bool is_from_esp(const struct sim_insn *i)
{
	bool lea = !i->map && i->opcode == 0x8d;
	bool mov = !i->map && ((i->opcode == 0x89 && (i->modrm >> 3 & 7) == ESP) ||
			       (i->opcode == 0x8b && (i->modrm & 0xc7) == 0xc4));
	bool add = !i->map && i->opcode < 0x40 && (i->opcode & 7) < 4 &&
		   ((i->modrm >> 3 & 7) == ESP || (i->modrm & 0xc7) == 0xc4);

	return (lea && i->base == ESP && (i->modrm & 0x38) != 0x20) || mov ||
	       (!i->map && i->opcode == 0x54) || (add && (i->opcode & 0x38) != 0x20);
}

static void find_exposed(struct graph *g)
{
	struct sim_insn i;

	for (uint32_t at = g->from; at < g->end; at++)
		if (graph_insn(g, at, &i) && is_from_esp(&i) && !asks_who_runs(g, &i))
			graph_part(g, at)->exposes = true;
}

void graph_open(struct graph *g, uint32_t kernel)
{
	const struct kernel *k = kernel_find(host_kernel(kernel));
	struct sim_error err;

	if (sim_image_parse(k->elf, (size_t)(k->elf_end - k->elf), &g->image, &err) != SIM_OK)
		abort();
	g->from = g->image.segments[0].vaddr;
	g->end = sim_image_symbol(&g->image, "__region_boot_end")->value;
	g->table = sim_image_symbol(&g->image, "__start_ex_table")->value;
	g->table_end = sim_image_symbol(&g->image, "__stop_ex_table")->value;
	find_parts(g);
	find_nodes(g);
	find_addresses(g);
	for (uint32_t p = 0; p < g->nparts; p++)
		find_levels_from(g, g->parts[p].addr, 0);
	find_exposed(g);
}

/* ---- where a function returns to ---- */

static bool add_return(struct part *p, uint32_t addr)
{
	for (uint32_t k = 0; k < p->nreturns; k++)
		if (p->returns[k] == addr)
			return true;
	if (p->nreturns == RETURNS_MAX)
		return false;
	p->returns[p->nreturns++] = addr;
	return true;
}

/* Where `other`, which jumps to p or runs into it, returns to. */
static bool add_returns_of(struct graph *g, struct part *p, struct part *other)
{
	bool good = other == p || graph_returns(g, other);

	for (uint32_t k = 0; good && other != p && k < other->nreturns; k++)
		good = add_return(p, other->returns[k]);
	return good;
}

bool graph_returns(struct graph *g, struct part *p)
{
	struct sim_insn i;
	bool good = true;

	if (p->asked)
		return p->known;
	p->asked = true; /* and not known: a ring of jumps has no answer */
	p->returns = calloc(RETURNS_MAX, sizeof(*p->returns));
	for (uint32_t at = g->from; good && at < g->end; at++) {
		struct part *here;

		if (!graph_insn(g, at, &i))
			continue;
		here = graph_part(g, at);
		if ((is_call(&i) && target_of(&i) == p->addr) ||
		    (is_through(&i, 2) && p->by_address))
			good = add_return(p, at + i.size);
		else if ((is_goto(&i) || i.leaves == SIM_JCC) && here != p &&
			 target_of(&i) >= p->addr && target_of(&i) < p->end)
			good = add_returns_of(g, p, here);
		else if (is_through(&i, 4) && i.index == SIM_NO_REG &&
			 p->by_address) /* else of a switch */
			good = add_returns_of(g, p, here);
		else if (at + i.size == p->addr && !is_goto(&i) && !is_ret(&i) &&
			 !is_through(&i, 4) && i.size && i.opcode != 0x90)
			good = add_returns_of(g, p, here);
	}
	p->known = good && p->nreturns > 0;
	return p->known;
}
