/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * robust_list_test.c: what a task that ends leaves in its list of robust futexes, whole lists and broken ones that are drawn at
 * random; and the two calls about it. Expectations: get_robust_list(2), and Linux's own document on robust futexes. What cannot
 * be reached ends the list; a futex that inherits priorities (the lowest bit of its entry) wakes nobody here. Every kernel of 2005.
 */
#include "tests/functions/futex_model.h"

#include <string.h>

enum { CALLS = 400, ENTRIES = 6, MOST = 2048, TID = 0x3fffffff, HEAD_SIZE = 12 };

#define WAITERS    0x80000000u
#define OWNER_DIED 0x40000000u
#define HEAD       USER

struct list {
	uint32_t head, entry[ENTRIES], n, offset, pending, pid;
};

static uint32_t expected[2 * SIM_PAGE / 4]; /* both pages */

static uint32_t *word_of(uint32_t at)
{
	return &expected[(at - USER) / 4];
}

static uint32_t task_word(size_t offset)
{
	return task_word_at(&futex_world, offset);
}

/* False: it cannot be reached. */
static bool gives_up(uint32_t entry, const struct list *l)
{
	uint32_t at = (entry & ~1u) + l->offset, was;
	struct futex_key k;

	if (at % 4 || !futex_is_there(at, 4))
		return false;
	was = *word_of(at);
	if ((was & TID) != l->pid)
		return true;
	*word_of(at) = (was & WAITERS) | OWNER_DIED;
	if ((was & WAITERS) && !(entry & 1)) {
		assert_int_equal(futex_key(at, &k), 0);
		futex_wakes(&k, 1, -1u);
	}
	return true;
}

/* Bytes that lie between two words are two words'. */
static uint32_t unaligned(uint32_t at)
{
	uint32_t word;

	memcpy(&word, (uint8_t *)expected + (at - USER), sizeof(word));
	return word;
}

static void ends(const struct list *l)
{
	uint32_t entry;

	if (!l->head || !futex_is_there(l->head, HEAD_SIZE))
		return;
	entry = unaligned(l->head);
	for (unsigned i = 0; i < MOST && (entry & ~1u) != l->head; i++) {
		bool last = !futex_is_there(entry & ~1u, 4);
		uint32_t next = last ? 0 : unaligned(entry & ~1u);

		if ((entry & ~1u) != (l->pending & ~1u) && !gives_up(entry, l))
			return;
		if (last)
			return;
		entry = next;
	}
	if (l->pending & ~1u)
		gives_up(l->pending, l);
}

/* Entries of 16 bytes, of which the last may lead to nowhere, or back to one before. */
static struct list draw_list(void)
{
	struct list l = { .head = below(8) ? HEAD : ONE_OF(0, USER_END - 8, USER_END, 8),
			  .n = below(ENTRIES + 1),
			  .offset =
				  below(8) ? ONE_OF(4, 8, 12, -4u) : ONE_OF(2, 3 * SIM_PAGE, any()),
			  .pid = below(2) ? 1000 : 1 + below(TID) };
	uint32_t at = HEAD;

	for (unsigned i = 0; i < 2 * SIM_PAGE / 4; i++)
		expected[i] = (below(3) ? l.pid : l.pid ^ 1u << below(30)) |
			      (any() & (WAITERS | OWNER_DIED));
	for (unsigned i = 0; i < ENTRIES; i++)
		l.entry[i] = USER + 64 + 16 * i + (below(4) ? 0 : SIM_PAGE) + !below(4);
	l.pending = below(3) ? ONE_OF(0, 1, l.entry[below(ENTRIES)], l.entry[below(ENTRIES)] ^ 1,
				      USER + 512) :
			       0;
	for (unsigned i = 0; i < l.n; i++) {
		*word_of(at) = l.entry[i];
		at = l.entry[i] & ~1u;
	}
	*word_of(at) = below(5) ? HEAD | !below(3) : ONE_OF(8, 0, USER_END - 2, USER + 64);
	*word_of(HEAD + 4) = l.offset;
	*word_of(HEAD + 8) = l.pending;
	return l;
}

static void what_a_task_that_ends_holds_is_given_up(void **state)
{
	static uint32_t is[2 * SIM_PAGE / 4];

	futex_open(*state);
	draw_from(406);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		struct list l = draw_list();

		for (unsigned k = 0; k < 3; k++)
			futex_place[k] = ((l.entry[below(ENTRIES)] & ~1u) + l.offset) % SIM_PAGE;
		futex_draw();
		put_words(&futex_world, USER, expected, sizeof(expected));
		if (l.head && futex_is_there(l.head, HEAD_SIZE)) {
			l.offset = *word_of(l.head + 4);
			l.pending = *word_of(l.head + 8);
		}
		put_word(&futex_world, task_word(offsetof(struct task_struct, robust_list)),
			 l.head);
		put_word(&futex_world, task_word(offsetof(struct task_struct, pid)), l.pid);
		function_begin(&futex_world.caller, "exit_robust_list", task_word(0), any());
		ends(&l);
		function_end(&futex_world.caller);
		get_words(&futex_world, USER, is, sizeof(is));
		expect_words("the list", is, expected, sizeof(is));
		assert_int_equal(
			word_at(&futex_world, task_word(offsetof(struct task_struct, robust_list))),
			0);
		futex_expect();
	}
	close_file_world(&futex_world);
}

static void the_lists_head_is_kept_and_told(void **state)
{
	const uint32_t at = USER + 16, size_at = USER + 32, nowhere = USER_END;

	futex_open(*state);
	draw_from(407);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		uint32_t head = any(), now = any(),
			 list = task_word(offsetof(struct task_struct, robust_list));
		uint32_t size =
			ONE_OF(HEAD_SIZE, HEAD_SIZE, HEAD_SIZE - 1, HEAD_SIZE + 1, 0, any());
		uint32_t own = 2 + below(30000),
			 pid = ONE_OF(0, own, own + 1, own ^ 1u << below(31));
		uint32_t to[2] = { below(4) ? at : nowhere, below(4) ? size_at : nowhere };
		int32_t result = pid && pid != own                    ? -ESRCH :
				 to[0] == nowhere || to[1] == nowhere ? -EFAULT :
									0;

		put_word(&futex_world, list, now);
		assert_int_equal((int32_t)call_on_stack(&futex_world.caller, "sys_set_robust_list",
							head, size),
				 size == HEAD_SIZE ? 0 : -EINVAL);
		assert_int_equal(word_at(&futex_world, list), size == HEAD_SIZE ? head : now);
		put_word(&futex_world, task_word(offsetof(struct task_struct, pid)), own);
		put_word(&futex_world, at, ~word_at(&futex_world, list));
		assert_int_equal((int32_t)call_on_stack_with(&futex_world.caller,
							     "sys_get_robust_list",
							     (uint32_t[]){ pid, to[0], to[1] }, 3),
				 result);
		if (!result) {
			assert_int_equal(word_at(&futex_world, at), word_at(&futex_world, list));
			assert_int_equal(word_at(&futex_world, size_at), HEAD_SIZE);
		}
	}
	close_file_world(&futex_world);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(what_a_task_that_ends_holds_is_given_up),
		ON_KERNELS(the_lists_head_is_kept_and_told),
	};

	return run_on_kernels("robust_list", tests, sizeof(tests) / sizeof(tests[0]));
}
