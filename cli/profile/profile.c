/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * profile.c: `--profile KIND[=FILE]` of run, trace and count. Every retired instruction is told
 * with its clocks (sysemu_on_price) and added up; a shadow of each kernel stack knows who called.
 * What is kept grows with the code that is met, not with what is executed.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"
#include "cli/profile/profile.h"

#define KERNEL_START  0xc0000000u
#define VSYSCALL_PAGE 0xffffe000u
#define NONE          SIZE_MAX

/* ---- lists with an index ---- */

static size_t hash(uint64_t key)
{
	return (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32);
}

static bool grow(struct profile_list *l, size_t size)
{
	size_t room = l->room ? 2 * l->room : 1024;
	void *items = realloc(l->items, room * size);

	if (!items)
		return false;
	l->items = items;
	l->room = room;
	free(l->index);
	l->index_size = 2 * room;
	l->index = calloc(l->index_size, sizeof(*l->index));
	return l->index != NULL;
}

typedef uint64_t key_fn(const void *item);

/* The place of the key in the index: an item's, or the empty one where it belongs. */
static uint32_t *place(struct profile_list *l, uint64_t key, size_t size, key_fn *key_of)
{
	size_t at = hash(key) % l->index_size;

	while (l->index[at] && key_of((char *)l->items + (l->index[at] - 1) * size) != key)
		at = (at + 1) % l->index_size;
	return &l->index[at];
}

/* The number of the item with `key`; a new one is zeros (*is_new). NONE: no memory. */
static size_t find(struct profile_list *l, uint64_t key, size_t size, key_fn *key_of, bool *is_new)
{
	uint32_t *at;

	*is_new = false;
	if (l->n == l->room) {
		if (!grow(l, size))
			return NONE;
		for (size_t i = 0; i < l->n; i++)
			*place(l, key_of((char *)l->items + i * size), size, key_of) =
				(uint32_t)i + 1;
	}
	at = place(l, key, size, key_of);
	if (!*at) {
		*is_new = true;
		memset((char *)l->items + l->n * size, 0, size);
		*at = (uint32_t)++l->n;
	}
	return *at - 1;
}

static uint64_t insn_key(const void *item)
{
	return ((const struct profile_insn *)item)->addr;
}

static uint64_t function_key(const void *item)
{
	return ((const struct profile_function *)item)->addr;
}

static uint64_t pair(size_t a, size_t b)
{
	return (uint64_t)a << 32 | (uint32_t)b;
}

static uint64_t arc_key(const void *item)
{
	const struct profile_arc *a = item;

	return pair(a->from, a->to);
}

static uint64_t node_key(const void *item)
{
	const struct profile_node *n = item;

	return pair(n->parent, n->function);
}

/* ---- instructions and functions ---- */

static bool in_kernel(uint32_t addr)
{
	return addr >= KERNEL_START && (addr & ~0xfffu) != VSYSCALL_PAGE;
}

static enum profile_kind kind_of(sysemu_machine *m, uint32_t addr)
{
	uint8_t b[2] = { 0 };
	uint8_t reg, mod;

	if (sysemu_read(m, addr, b, sizeof(b)) != SYSEMU_OK)
		return PROFILE_PLAIN;
	reg = b[1] >> 3 & 7;
	mod = b[1] >> 6;
	switch (b[0]) {
	case 0xe8: return PROFILE_CALL;
	case 0xc2:
	case 0xc3: return PROFILE_RET;
	case 0xcf: return PROFILE_IRET;
	case 0xf4: return PROFILE_HALT;
	case 0xe9:
	case 0xeb: return PROFILE_JUMP;
	case 0xff: return reg == 2 ? PROFILE_CALL : reg == 4 ? PROFILE_JUMP : PROFILE_PLAIN;
	case 0x0f: return (b[1] & 0xf0) == 0x80 ? PROFILE_JUMP : PROFILE_PLAIN;
	case 0x8b: return reg == 4 ? PROFILE_SETS_ESP : PROFILE_PLAIN;
	case 0x89: return mod == 3 && (b[1] & 7) == 4 ? PROFILE_SETS_ESP : PROFILE_PLAIN;
	default:
		return (b[0] & 0xf0) == 0x70 || (b[0] & 0xfc) == 0xe0 ? PROFILE_JUMP :
									PROFILE_PLAIN;
	}
}

static void set_line(const struct profile *p, uint32_t addr, const char **file, uint32_t *line)
{
	const struct cli_line *l = p->has_lines ? cli_lines_find(&p->lines, addr) : NULL;

	*file = l ? l->file : NULL;
	*line = l ? l->line : 0;
}

/* A function may begin with what it has inlined from a header: its own file is another. */
static void set_function_line(const struct profile *p, struct profile_function *f)
{
	size_t n;

	set_line(p, f->addr, &f->file, &f->line);
	for (uint32_t addr = f->addr; addr < f->addr + 128; addr++) {
		const struct cli_line *l = p->has_lines ? cli_lines_find(&p->lines, addr) : NULL;

		n = l ? strlen(l->file) : 0;
		if (n < 2 || !strcmp(l->file + n - 2, ".h"))
			continue;
		f->file = l->file;
		f->line = l->line;
		return;
	}
}

/* The function that holds addr. */
static size_t function_of(struct profile *p, uint32_t addr)
{
	char text[128], *plus;
	uint32_t start = addr;
	bool is_new;
	size_t i;

	sysemu_describe(p->m, addr, text, sizeof(text));
	plus = strchr(text, '+');
	if (plus) {
		start -= (uint32_t)strtoul(plus + 1, NULL, 0);
		*plus = '\0';
	}
	i = find(&p->functions, start, sizeof(struct profile_function), function_key, &is_new);
	if (i != NONE && is_new) {
		struct profile_function *f = PROFILE_FUNCTION(p, i);

		f->addr = start;
		snprintf(f->name, sizeof(f->name), "%.63s", text[0] ? text : "?");
		set_function_line(p, f);
	}
	return i;
}

static size_t insn_at(struct profile *p, uint32_t addr, uint32_t size)
{
	bool is_new;
	size_t i = find(&p->insns, addr, sizeof(struct profile_insn), insn_key, &is_new);
	struct profile_insn *insn;

	if (i == NONE || !is_new)
		return i;
	insn = PROFILE_INSN(p, i);
	insn->addr = addr;
	insn->size = size;
	if (addr < PROFILE_OTHERS) {
		insn->function = addr;
		return i;
	}
	insn->kind = kind_of(p->m, addr);
	set_line(p, addr, &insn->file, &insn->line);
	insn->function = function_of(p, addr);
	return insn->function == NONE ? NONE : i;
}

/* ---- calls ---- */

static struct profile_stack *stack_by_esp(struct profile *p)
{
	sysemu_regs r;
	uint32_t id;

	if (sysemu_get_cpu(p->m, &r) != SYSEMU_OK)
		return &p->stacks[0];
	id = ((r.esp - 1) >> 13) + 1; /* of 8 KiB; an empty one's esp is its end */
	for (size_t i = 0; i < PROFILE_STACKS; i++) {
		if (!p->stacks[i].id)
			p->stacks[i].id = id;
		if (p->stacks[i].id == id)
			return &p->stacks[i];
	}
	return &p->stacks[0];
}

static struct profile_cost since(const struct profile_cost *after,
				 const struct profile_cost *before)
{
	return (struct profile_cost){ after->insns - before->insns,
				      after->clocks - before->clocks };
}

static void add(struct profile_cost *to, const struct profile_cost *more)
{
	to->insns += more->insns;
	to->clocks += more->clocks;
}

static void pop(struct profile *p, struct profile_stack *s)
{
	const struct profile_frame *f = &s->frames[--s->depth];
	struct profile_cost cost = since(&s->total, &f->start);

	add(&PROFILE_ARC(p, f->arc)->cost, &cost);
}

static void pop_all(struct profile *p, struct profile_stack *s)
{
	while (s->depth)
		pop(p, s);
}

static size_t node_below(struct profile *p, size_t parent, size_t function)
{
	bool is_new;
	size_t i = find(&p->nodes, pair(parent, function), sizeof(struct profile_node), node_key,
			&is_new);

	if (i != NONE && is_new) {
		PROFILE_NODE(p, i)->parent = parent;
		PROFILE_NODE(p, i)->function = function;
	}
	return i;
}

/* From instruction `from` to `function`; back 0: an exception, or an entry. */
static void push(struct profile *p, size_t from, size_t function, uint32_t back)
{
	struct profile_stack *s = p->stack;
	struct profile_frame *f;
	size_t parent = s->depth ? s->frames[s->depth - 1].node :
				   node_below(p, UINT32_MAX, PROFILE_INSN(p, from)->function);
	bool is_new;

	if (s->depth == PROFILE_DEPTH)
		return; /* deeper than any kernel's: the rest is the last one's */
	f = &s->frames[s->depth];
	f->arc = find(&p->arcs, pair(from, function), sizeof(struct profile_arc), arc_key, &is_new);
	f->node = parent == NONE ? NONE : node_below(p, parent, function);
	if (f->arc == NONE || f->node == NONE) {
		p->failed = true;
		return;
	}
	PROFILE_ARC(p, f->arc)->from = from;
	PROFILE_ARC(p, f->arc)->to = function;
	PROFILE_ARC(p, f->arc)->calls++;
	f->back = back;
	f->start = s->total;
	s->depth++;
}

/* Back to the caller that goes on at addr; false: there is none on this stack. */
static bool unwind(struct profile *p, uint32_t addr)
{
	size_t depth = p->stack->depth;

	while (depth && p->stack->frames[depth - 1].back != addr)
		depth--;
	if (!depth)
		return false;
	while (p->stack->depth >= depth)
		pop(p, p->stack);
	return true;
}

/* Into the kernel, by the program (or the host), on an empty stack. */
static void enter(struct profile *p, uint32_t root, size_t function)
{
	size_t from = insn_at(p, root, 0);

	p->stack = stack_by_esp(p);
	pop_all(p, p->stack);
	if (from == NONE)
		p->failed = true;
	else
		push(p, from, function, 0);
}

/* esp has been set: the entry takes its own stack, or another task goes on. */
static void change_stack(struct profile *p)
{
	struct profile_stack *old = p->stack, *now = stack_by_esp(p);
	struct profile_arc arc;

	if (now == old)
		return;
	p->stack = now;
	if (old->depth != 1 || old->frames[0].back)
		return;
	arc = *PROFILE_ARC(p, old->frames[0].arc);
	PROFILE_ARC(p, old->frames[0].arc)->calls--;
	pop_all(p, old);
	pop_all(p, now);
	push(p, arc.from, arc.to, 0);
}

/* What came between the instruction before and this one, which is the kernel's. */
static void follow(struct profile *p, const struct profile_insn *now)
{
	const struct profile_insn *last = p->last == NONE ? NULL : PROFILE_INSN(p, p->last);

	if (!last || last->kind == PROFILE_HALT) {
		if (last && now->addr == last->addr + 1)
			p->stack = stack_by_esp(p); /* a task that had stopped */
		else
			enter(p, PROFILE_HOST, now->function);
	} else if (last->addr < PROFILE_OTHERS) {
		enter(p, PROFILE_PROGRAM, now->function);
	} else if (last->kind == PROFILE_CALL) {
		push(p, p->last, now->function, last->addr + last->size);
	} else if (last->kind == PROFILE_RET) {
		if (!unwind(p, now->addr)) {
			p->stack = stack_by_esp(p);
			unwind(p, now->addr);
		}
	} else if (last->kind == PROFILE_IRET) {
		unwind(p, 0);
	} else if (last->kind == PROFILE_SETS_ESP) {
		change_stack(p);
	} else if (last->kind == PROFILE_PLAIN && now->addr != last->addr + last->size) {
		push(p, p->last, now->function, 0); /* an exception */
	}
}

static void on_price(void *user, const sysemu_price *price)
{
	struct profile *p = user;
	struct profile_cost cost = { price->size && !price->interrupted, 0 };
	bool kernel = in_kernel(price->addr);
	size_t i;

	for (unsigned c = 0; c < SYSEMU_CAUSES; c++)
		cost.clocks += price->clocks[c];
	i = insn_at(p,
		    kernel      ? price->addr :
		    price->size ? PROFILE_PROGRAM :
				  PROFILE_DELIVERY,
		    price->size);
	if (i == NONE) {
		p->failed = true;
		return;
	}
	add(&PROFILE_INSN(p, i)->self, &cost);
	add(&p->total, &cost);
	if (!price->size)
		return;
	if (kernel && p->last != i)
		follow(p, PROFILE_INSN(p, i));
	p->node = kernel && p->stack->depth ? p->stack->frames[p->stack->depth - 1].node :
					      node_below(p, UINT32_MAX, PROFILE_PROGRAM);
	if (p->node != NONE)
		add(&PROFILE_NODE(p, p->node)->self, &cost);
	if (kernel)
		add(&p->stack->total, &cost);
	p->last = i;
}

/* ---- --profile KIND[=FILE] ---- */

enum { CALLGRIND, FOLDED, ANNOTATE, KINDS };
static const struct {
	const char *name;
	void (*put)(FILE *out, const struct profile *p);
} kinds[KINDS] = {
	{ "callgrind", profile_put_callgrind },
	{ "folded", profile_put_folded },
	{ "annotate", profile_put_annotated },
};

static struct {
	const char *file[KINDS]; /* "": standard error */
	struct profile profile;
	bool asked, open;
} wanted;

static bool take_profile(const struct cli_option *o, const char *value, void *field,
			 struct cli_why *why)
{
	size_t n = strcspn(value, "=");

	(void)field;
	for (unsigned k = 0; k < KINDS; k++) {
		if (strlen(kinds[k].name) != n || strncmp(kinds[k].name, value, n) != 0 ||
		    (value[n] && !value[n + 1]))
			continue;
		wanted.file[k] = value + n + (value[n] == '=');
		wanted.asked = true;
		return true;
	}
	return cli_refuse(why, "\"%s\" is no %s", value, o->arg);
}

static const char *offer_profile(const struct cli_option *o, size_t index)
{
	(void)o;
	return index < KINDS ? kinds[index].name : NULL;
}

const struct cli_type cli_profile_kind = { "profile", take_profile, offer_profile };

const char *cli_profile_timing(const char *timing)
{
	return timing || !wanted.asked ? timing : "insn";
}

bool cli_profile_begin(sysemu_machine *m, const struct cli_machine *which)
{
	struct profile *p = &wanted.profile;
	static const char *const names[] = { "(program)", "(host)", "(delivery)" };

	if (!wanted.asked || wanted.open)
		return true;
	wanted.open = true;
	*p = (struct profile){ .m = m,
			       .kernel = which->kernel,
			       .timing = which->timing,
			       .last = NONE,
			       .stack = &p->stacks[0] };
	p->has_lines = cli_lines_of_kernel(&p->lines, which->kernel);
	for (uint32_t i = 0; i < PROFILE_OTHERS; i++) {
		bool is_new;
		size_t f = find(&p->functions, i, sizeof(struct profile_function), function_key,
				&is_new);

		if (f == NONE || insn_at(p, i, 0) == NONE)
			return false;
		PROFILE_FUNCTION(p, f)->addr = i;
		snprintf(PROFILE_FUNCTION(p, f)->name, sizeof(PROFILE_FUNCTION(p, f)->name), "%s",
			 names[i]);
	}
	return sysemu_on_price(m, on_price, p) == SYSEMU_OK;
}

static bool put(unsigned kind)
{
	struct cli_output file;

	if (!cli_output_open(&file, wanted.file[kind][0] ? wanted.file[kind] : "/dev/stderr"))
		return false;
	kinds[kind].put(file.out, &wanted.profile);
	return cli_output_close(&file);
}

bool cli_profile_end(void)
{
	struct profile *p = &wanted.profile;
	bool good = !p->failed;

	if (!wanted.open)
		return true;
	wanted.open = false;
	sysemu_on_price(p->m, NULL, NULL);
	for (size_t i = 0; i < PROFILE_STACKS && good; i++)
		pop_all(p, &p->stacks[i]);
	if (!good)
		cli_say("no memory for the profile");
	for (unsigned k = 0; k < KINDS && good; k++)
		good = !wanted.file[k] || put(k);
	if (p->has_lines)
		cli_lines_free(&p->lines);
	for (struct profile_list *l = &p->functions; l <= &p->nodes; l++) {
		free(l->items);
		free(l->index);
	}
	return good;
}
