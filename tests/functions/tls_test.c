/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tls_test.c: a thread's descriptors, set and asked for as they are drawn: each bit of a struct user_desc in its place of a descriptor
 * (the processor's manual, "segment descriptors"), and back; set_thread_area(2)'s free entry, its errors, and what the CPU's own
 * table has afterwards. Every kernel of 2005.
 */
#include "tests/functions/queue_draw.h"

#include <string.h>

enum { CALLS = 4000, FIRST = 6, LAST = 8, ENTRIES = LAST - FIRST + 1 };

/* user_desc's bits. */
enum { BIG = 1, CONTENTS = 6, READ_ONLY = 8, PAGES = 16, NOT_PRESENT = 32, USEABLE = 64 };

struct descriptor {
	uint32_t word[2];
};

/* An empty one is what modify_ldt(2) says it is: of no base and limit, read-only and not present. */
static struct descriptor made_of(const struct user_desc *u)
{
	struct descriptor d = { { 0, 0 } };

	if (!u->base_addr && !u->limit && (u->bits & 0x7f) == (READ_ONLY | NOT_PRESENT))
		return d;
	d.word[0] = (u->limit & 0xffff) | u->base_addr << 16;
	d.word[1] = u->base_addr >> 16 & 0xff;
	d.word[1] |= u->base_addr >> 24 << 24;
	d.word[1] |= 1u << 12 | 3u << 13; /* code or data, of ring 3 */
	d.word[1] |= u->bits & READ_ONLY ? 0 : 1u << 9;
	d.word[1] |= (u->bits & CONTENTS) >> 1 << 10;
	d.word[1] |= u->bits & NOT_PRESENT ? 0 : 1u << 15;
	d.word[1] |= u->limit & 0xf0000;
	d.word[1] |= u->bits & USEABLE ? 1u << 20 : 0;
	d.word[1] |= u->bits & BIG ? 1u << 22 : 0;
	d.word[1] |= u->bits & PAGES ? 1u << 23 : 0;
	return d;
}

static struct user_desc told_of(const struct descriptor *d, uint32_t index)
{
	const uint32_t low = d->word[0], high = d->word[1];

	return (struct user_desc){
		.entry_number = index,
		.base_addr = low >> 16 | (high & 0xff) << 16 | high >> 24 << 24,
		.limit = (low & 0xffff) | (high & 0xf0000),
		.bits = (high >> 22 & 1 ? BIG : 0) | (high >> 10 & 3) << 1 |
			(high >> 9 & 1 ? 0 : READ_ONLY) | (high >> 23 & 1 ? PAGES : 0) |
			(high >> 15 & 1 ? 0 : NOT_PRESENT) | (high >> 20 & 1 ? USEABLE : 0),
	};
}

static bool is_entry(uint32_t index)
{
	return index >= FIRST && index <= LAST;
}

static struct user_desc draw_wish(void)
{
	struct user_desc u = { .entry_number = ONE_OF((uint32_t)-1, FIRST, 7, LAST, 5, 9, 0, any()),
			       .base_addr = below(3) ? any() : 1u << below(32),
			       .limit = below(2) ? any() : 1u << below(32),
			       .bits = any() };

	if (!below(4)) { /* an empty one, or all but */
		u.base_addr = u.limit = 0;
		u.bits = READ_ONLY | NOT_PRESENT | (any() & ~0x7fu);
		if (below(2))
			(&u.base_addr)[below(3)] ^= 1u << below(32);
	}
	return u;
}

static struct descriptor *entries_of(struct signals *w)
{
	return (struct descriptor *)w->task[QUEUE_SELF].thread.tls_array;
}

static void draw_entries(struct signals *w)
{
	queue_draw_world(w);
	for (unsigned i = 0; i < ENTRIES; i++) {
		struct user_desc u = draw_wish();

		entries_of(w)[i] = made_of(&u);
		if (!below(3))
			memset(&entries_of(w)[i], 0, sizeof(struct descriptor));
		else if (!below(4)) /* half of it is none */
			entries_of(w)[i].word[below(2)] = 0;
	}
	w->task[QUEUE_SELF].thread.fs = any();
	w->task[QUEUE_SELF].thread.gs = any();
	OK(w->caller.m, sysemu_write(w->caller.m, w->tasks, w->task, sizeof(w->task)));
}

/* The kernel's own fault leaves its address. */
static void expect_tasks(struct signals *w, int32_t result, const char *what)
{
	uint32_t at =
		queue_task_at(w, QUEUE_SELF) + (uint32_t)offsetof(struct task_struct, thread.cr2);

	if (result == -EFAULT)
		w->task[QUEUE_SELF].thread.cr2 = guest_word(w->caller.m, at);
	queue_expect(w, what);
}

/* ---- asked for ---- */

static void is_told(struct signals *w, uint32_t index, uint32_t at, bool is_there, bool by_call)
{
	struct user_desc is, before = { any(), any(), any(), any() }, expected;
	uint32_t thread = queue_task_at(w, QUEUE_SELF);
	int32_t result = !is_entry(index) ? -EINVAL : is_there ? 0 : -EFAULT, says;

	if (by_call) {
		before.entry_number = index;
		if (!is_there &&
		    at - SYSEMU_CODE_BASE <= 0x1000 - 4) /* the number is, the rest is not */
			result = is_entry(guest_word(w->caller.m, at)) ? -EFAULT : -EINVAL;
		else if (!is_there)
			result = -EFAULT;
	}
	if (is_there)
		OK(w->caller.m, sysemu_write(w->caller.m, at, &before, sizeof(before)));
	says = (int32_t)(by_call ? call_on_stack(&w->caller, "sys_get_thread_area", at, any()) :
				   call_function(&w->caller, "get_tls", thread, index, at));
	assert_int_equal(says, result);
	if (is_there) {
		expected = result ? before : told_of(&entries_of(w)[index - FIRST], index);
		OK(w->caller.m, sysemu_read(w->caller.m, at, &is, sizeof(is)));
		assert_memory_equal(&is, &expected, sizeof(is));
	}
	expect_tasks(w, result, "get_tls");
}

/* ---- set ---- */

static void is_set(struct signals *w, const struct user_desc *u, uint32_t at, bool is_there)
{
	uint32_t thread = queue_task_at(w, QUEUE_SELF), index = below(4) ? FIRST + below(3) : any();
	int32_t result = !is_there ? -EFAULT : is_entry(index) ? 0 : -EINVAL;

	assert_int_equal((int32_t)call_function(&w->caller, "set_tls", thread, index, at), result);
	if (!result)
		entries_of(w)[index - FIRST] = made_of(u);
	expect_tasks(w, result, "set_tls");
}

static int32_t chosen(struct signals *w, const struct user_desc *u)
{
	unsigned i = 0;

	if (u->entry_number != (uint32_t)-1)
		return is_entry(u->entry_number) ? (int32_t)u->entry_number : -EINVAL;
	while (i < ENTRIES && (entries_of(w)[i].word[0] || entries_of(w)[i].word[1]))
		i++;
	return i == ENTRIES ? -ESRCH : (int32_t)(FIRST + i);
}

static void is_set_for_itself(struct signals *w, struct user_desc u, uint32_t at, bool is_there)
{
	int32_t index = is_there ? chosen(w, &u) : -EFAULT, result = index < 0 ? index : 0;
	const struct sim_regs *cpu = &w->caller.cpu;
	uint32_t first = 0, gdt = symbol(w->caller.m, "gdt_table");
	struct user_desc now;

	if (!is_there) /* not even a number is told where the rest cannot be read */
		sysemu_read(w->caller.m, at, &first, 4);
	assert_int_equal((int32_t)call_on_stack(&w->caller, "sys_set_thread_area", at, any()),
			 result);
	if (!is_there) {
		uint32_t again = 0;

		sysemu_read(w->caller.m, at, &again, 4);
		assert_int_equal(again, first);
	} else {
		OK(w->caller.m, sysemu_read(w->caller.m, at, &now, sizeof(now)));
		u.entry_number = index < 0 ? u.entry_number : (uint32_t)index;
		assert_memory_equal(&now, &u, sizeof(u));
	}
	if (result != -EFAULT &&
	    result != -ESRCH) /* what the CPU has is put away before its table changes */
		w->task[QUEUE_SELF].thread.fs = cpu->fs, w->task[QUEUE_SELF].thread.gs = cpu->gs;
	if (!result) {
		entries_of(w)[index - FIRST] = made_of(&u);
		for (unsigned i = 0; i < 2 * ENTRIES; i++)
			assert_int_equal(guest_word(w->caller.m, gdt + 8 * FIRST + 4 * i) |
						 (i & 1 ? 0x100 : 0),
					 entries_of(w)[i / 2].word[i % 2] | (i & 1 ? 0x100 : 0));
	}
	expect_tasks(w, result, "set_thread_area");
}

static void a_threads_descriptors_are_as_the_model_says(void **state)
{
	struct signals w = queue_open(*state);

	draw_from(number_from("SYSEMU_SEED", 61));
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		struct user_desc u = draw_wish();
		bool is_there;
		uint32_t at = draw_place(sizeof(u), &is_there);

		draw_entries(&w);
		if (below(3) == 0) {
			is_told(&w, below(4) ? FIRST + below(3) : ONE_OF(5, 9, 0, any()), at,
				is_there, below(2));
			continue;
		}
		if (is_there)
			OK(w.caller.m, sysemu_write(w.caller.m, at, &u, sizeof(u)));
		else if (at - SYSEMU_CODE_BASE <= 0x1000 - 4)
			OK(w.caller.m,
			   sysemu_write(w.caller.m, at, &(uint32_t){ (uint32_t)-1 }, 4));
		if (below(2))
			is_set(&w, &u, at, is_there);
		else
			is_set_for_itself(&w, u, at, is_there);
	}
	sysemu_close(w.caller.m);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(a_threads_descriptors_are_as_the_model_says),
	};

	return run_on_kernels("tls", tests, sizeof(tests) / sizeof(tests[0]));
}
