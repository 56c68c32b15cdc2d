/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * records.c: records of runs: what they need is looked up word by word, as they read it. What a
 * record is, and why it may answer for a run: memo.h. Read next: learn.c, which makes them.
 */
#include "sim/memo/memo.h"

#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define CHUNK (1u << 18)

/* ---- the CPU ---- */

void memo_get_cpu(struct sim *s, struct memo_cpu *out)
{
	const struct sim_layout *at = s->cpu.layout;

	memset(out, 0, sizeof(*out));
	for (int i = 0; i < 8; i++)
		out->gpr[i] = sim_state32(s, at->reg[SIM_EAX + i]);
	out->eip = sim_reg_get(s, SIM_EIP);
	out->eflags = sim_reg_get(s, SIM_EFLAGS);
	out->cr2 = sim_reg_get(s, SIM_CR2);
	out->dr6 = sim_reg_get(s, SIM_DR6);
	for (unsigned i = 0; i < SIM_SEGS; i++) {
		out->seg[i][0] = sim_state32(s, at->seg[i].selector);
		out->seg[i][1] = sim_state32(s, at->seg[i].base);
		out->seg[i][2] = sim_state32(s, at->seg[i].limit);
		out->seg[i][3] = sim_state32(s, at->seg[i].flags);
	}
	out->hidden = sim_state32(s, at->hidden);
}

static void put(struct sim *s, int place, uint32_t value)
{
	memcpy(s->cpu.state + place, &value, 4);
}

void memo_set_cpu(struct sim *s, const struct memo_cpu *now, const struct memo_cpu *to)
{
	const struct sim_layout *at = s->cpu.layout;

	for (int i = 0; i < 8; i++)
		put(s, at->reg[SIM_EAX + i], to->gpr[i]);
	put(s, at->reg[SIM_EIP], to->eip);
	sim_reg_set(s, SIM_EFLAGS, to->eflags);
	if (now->cr2 != to->cr2)
		sim_reg_set(s, SIM_CR2, to->cr2);
	if (now->dr6 != to->dr6)
		sim_reg_set(s, SIM_DR6, to->dr6);
	for (unsigned i = 0; i < SIM_SEGS; i++) {
		put(s, at->seg[i].selector, to->seg[i][0]);
		put(s, at->seg[i].base, to->seg[i][1]);
		put(s, at->seg[i].limit, to->seg[i][2]);
		put(s, at->seg[i].flags, to->seg[i][3]);
	}
	put(s, at->hidden, to->hidden);
}

/* FPU, SSE, MSRs, tables and what else a run of the kernel leaves alone. */
static uint64_t rest_of(struct sim *s)
{
	static const enum sim_reg regs[] = { SIM_CR0,  SIM_CR3,  SIM_CR4,   SIM_DR0,
					     SIM_DR1,  SIM_DR2,  SIM_DR3,   SIM_DR7,
					     SIM_FPCW, SIM_FPSW, SIM_FPTAG, SIM_MXCSR };
	enum { N = sizeof(regs) / sizeof(regs[0]) };
	struct {
		uint32_t reg[N], msr[SIM_MSRS], table[SIM_NTABLES][4];
		uint8_t st[8][10], xmm[8][16];
	} all;

	memset(&all, 0, sizeof(all));
	for (unsigned i = 0; i < N; i++)
		all.reg[i] = sim_reg_get(s, regs[i]);
	for (int i = 0; i < SIM_NTABLES; i++) {
		struct sim_table_reg t;

		sim_table_get(s, (enum sim_table)i, &t);
		memcpy(all.table[i], (uint32_t[]){ t.base, t.limit, t.flags, t.selector },
		       sizeof(all.table[i]));
	}
	for (uint32_t i = 0; i < SIM_MSRS; i++)
		all.msr[i] = sim_msr_get(s, SIM_MSR_CS + i);
	sim_cpu_wide_regs(s, all.st, all.xmm);
	return XXH3_64bits(&all, sizeof(all)) | 1;
}

uint64_t memo_rest(struct sim *s)
{
	if (!s->cpu.rest)
		s->cpu.rest = rest_of(s);
	return s->cpu.rest;
}

/* ---- records ---- */

void *memo_alloc(struct sim_memo *m, size_t size)
{
	struct memo_chunk *c = m->chunks;
	void *at;

	size = (size + 15) & ~(size_t)15;
	if (!c || c->size - c->used < size) {
		size_t room = size > CHUNK ? size : CHUNK;

		if (m->arena + room > MEMO_ARENA || !(c = malloc(sizeof(*c) + room))) {
			m->full = true;
			return NULL;
		}
		*c = (struct memo_chunk){ .next = m->chunks, .size = room };
		m->chunks = c;
		m->arena += room;
	}
	at = c->bytes + c->used;
	c->used += size;
	return at;
}

void memo_forget_all(struct sim_memo *m)
{
	while (m->chunks) {
		struct memo_chunk *c = m->chunks;

		m->chunks = c->next;
		free(c);
	}
	m->arena = 0;
	if (m->used)
		memset(m->slots, 0, m->nslots * sizeof(*m->slots));
	m->used = 0;
	m->full = false;
}

static struct memo_slot *slot_of(const struct sim_memo *m, const struct memo_cpu *cpu,
				 uint64_t hash)
{
	size_t i = hash & (m->nslots - 1);

	while (m->slots[i].hash &&
	       (m->slots[i].hash != hash || memcmp(m->slots[i].cpu, cpu, sizeof(*cpu)) != 0))
		i = (i + 1) & (m->nslots - 1);
	return &m->slots[i];
}

static uint64_t hash_cpu(const struct memo_cpu *cpu)
{
	return XXH3_64bits(cpu, sizeof(*cpu)) | 1;
}

static bool grow(struct sim_memo *m)
{
	struct memo_slot *old = m->slots;
	size_t n = m->nslots;

	m->nslots = n ? 2 * n : 1024;
	m->slots = calloc(m->nslots, sizeof(*m->slots));
	if (!m->slots) {
		m->slots = old;
		m->nslots = n;
		return false;
	}
	for (size_t i = 0; i < n; i++)
		if (old[i].hash)
			*slot_of(m, old[i].cpu, old[i].hash) = old[i];
	free(old);
	return true;
}

static struct memo_node *new_node(struct sim_memo *m, const struct memo_word *word, uint32_t n)
{
	struct memo_node *node = memo_alloc(m, sizeof(*node));

	if (node)
		*node = (struct memo_node){ .word = word, .nwords = n };
	return node;
}

/* Cuts a node in two behind its first n words. */
static bool cut(struct sim_memo *m, struct memo_node *node, uint32_t n)
{
	struct memo_node *tail = new_node(m, node->word + n, node->nwords - n);

	if (!tail)
		return false;
	tail->child = node->child;
	tail->record = node->record;
	node->child = tail;
	node->record = NULL;
	node->nwords = n;
	return true;
}

/* NULL: full, or out of memory. */
static struct memo_slot *take_slot(struct sim_memo *m, const struct memo_cpu *cpu)
{
	uint64_t hash = hash_cpu(cpu);
	struct memo_slot *slot;
	struct memo_cpu *kept;

	if (2 * m->used >= m->nslots && !grow(m))
		return NULL;
	slot = slot_of(m, cpu, hash);
	if (slot->hash)
		return slot;
	kept = memo_alloc(m, sizeof(*kept));
	if (!kept)
		return NULL;
	*kept = *cpu;
	*slot = (struct memo_slot){ .hash = hash, .cpu = kept };
	m->used++;
	return slot;
}

const struct memo_cpu *memo_shared_cpu(struct sim_memo *m, const struct memo_cpu *cpu)
{
	const struct memo_slot *slot = take_slot(m, cpu);

	return slot ? slot->cpu : NULL;
}

void memo_add(struct sim_memo *m, const struct memo_cpu *cpu, const struct memo_word *need,
	      uint32_t nneed, struct memo_record *record)
{
	struct memo_slot *slot = take_slot(m, cpu);
	struct memo_node **at, *node;
	struct memo_word *words;
	uint32_t same;

	if (!slot)
		return;
	for (at = &slot->first; (node = *at); at = &node->child) {
		while (node && nneed && memcmp(node->word, need, sizeof(*need)) != 0)
			node = node->sibling;
		if (!node || !nneed)
			break;
		for (same = 1; same < nneed && same < node->nwords; same++)
			if (memcmp(&node->word[same], &need[same], sizeof(*need)) != 0)
				break;
		if (same < node->nwords && !cut(m, node, same))
			return;
		need += same;
		nneed -= same;
		if (!nneed) {
			node->record = record;
			return;
		}
	}
	words = memo_alloc(m, nneed * sizeof(*words));
	node = words ? new_node(m, words, nneed) : NULL;
	if (!node)
		return;
	memcpy(words, need, nneed * sizeof(*words));
	node->record = record;
	node->sibling = *at;
	*at = node;
}

static inline bool matches(const struct sim *s, const struct memo_node *node)
{
	for (uint32_t i = 0; i < node->nwords; i++)
		if (*(const uint32_t *)(const void *)(s->space.ram + node->word[i].addr) !=
		    node->word[i].value)
			return false;
	return true;
}

static const struct memo_record *find(const struct sim *s, struct memo_node **list)
{
	struct memo_node **at = list, *node;

	for (; (node = *at); at = &node->sibling) {
		const struct memo_record *r;

		if (!matches(s, node))
			continue;
		r = node->record ? node->record : find(s, &node->child);
		if (!r)
			continue;
		/* What was met last is looked for first. */
		*at = node->sibling;
		node->sibling = *list;
		*list = node;
		return r;
	}
	return NULL;
}

void memo_apply(struct sim *s, const struct memo_record *r)
{
	uint64_t *counts = (uint64_t *)(void *)s->counts;

	for (uint32_t i = 0; i < r->nwords; i++) {
		uint32_t page = r->word[i].addr / SIM_PAGE;

		sim_note(s, r->word[i].addr);
		memcpy(s->space.ram + r->word[i].addr, &r->word[i].value, 4);
		sim_noted(s, page);
	}
	for (uint32_t i = 0; i < r->ncounts; i++)
		counts[r->count[i].index] += r->count[i].more;
	s->run.stop = r->stop;
	s->run.stop_eip = r->stop_eip;
	sim_no_block(s);
}

const struct memo_record *memo_find(struct sim *s, const struct memo_cpu *cpu)
{
	struct memo_slot *slot;

	if (!s->memo->used)
		return NULL;
	slot = slot_of(s->memo, cpu, hash_cpu(cpu));
	return slot->hash ? find(s, &slot->first) : NULL;
}
