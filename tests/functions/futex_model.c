/* SPDX-License-Identifier: GPL-2.0-only */
/* futex_model.c: see futex_model.h. */
#include "tests/functions/futex_model.h"

#include <string.h>

#include "asm/host.h"

struct file_world futex_world;
uint32_t futex_queue_at;
unsigned futex_order[WAITERS_MOST], futex_waiting;
struct guest_waiter futex_queue[WAITERS_MOST];
uint32_t futex_place[3] = { 0, 4, 8 };
static uint32_t here, page_key[2][2]; /* what the host says of each page; 0: nothing */

void futex_open(const char *kernel)
{
	futex_world = open_file_world(kernel);
	here = file_memory(&futex_world);
	futex_queue_at = symbol(futex_world.caller.m, "waiters");
	map_page(futex_world.caller.m, USER, SIM_WRITE | SIM_USER);
	map_page(futex_world.caller.m, USER + SIM_PAGE, SIM_WRITE | SIM_USER);
}

uint32_t futex_waiter_at(unsigned i)
{
	return here + i * (uint32_t)sizeof(struct guest_waiter);
}

bool futex_is_there(uint32_t at, uint32_t bytes)
{
	return at >= USER && at <= USER_END && USER_END - at >= bytes;
}

/* ---- which word that is ---- */

static uint32_t own_space(void)
{
	return word_at(&futex_world,
		       task_word_at(&futex_world, offsetof(struct task_struct, space)));
}

static void key_without_asking(uint32_t addr, struct futex_key *k)
{
	const uint32_t *page = page_key[addr >= USER + SIM_PAGE];

	*k = (struct futex_key){ { own_space(), addr & -4096u }, addr % 4096 };
	if (page[0])
		memcpy(k->page, page, sizeof(k->page));
}

/* The host is asked, and may have an answer. */
int32_t futex_key(uint32_t addr, struct futex_key *k)
{
	struct sim_regs cpu;
	uint32_t at = symbol(futex_world.caller.m, "ask_host");

	if (addr % 4)
		return -EINVAL;
	if (!futex_is_there(addr, 4))
		return -EFAULT;
	key_without_asking(addr, k);
	assert_int_equal(run_to(futex_world.caller.m, at).eip, at);
	cpu = kernel_regs(futex_world.caller.m);
	if (page_key[addr >= USER + SIM_PAGE][0])
		put_words(&futex_world, cpu.ecx, k->page, sizeof(k->page));
	expect_asked(&futex_world, HOST_PAGE, (uint32_t[]){ addr & -4096u, cpu.ecx }, 2, 0);
	return 0;
}

bool futex_waits_on(const struct guest_waiter *q, const struct futex_key *k)
{
	return q->key[0] == k->page[0] && q->key[1] == k->page[1] && q->offset == k->offset;
}

/* ---- the queue ---- */

static void put_queue(void)
{
	for (unsigned i = 0; i < futex_waiting; i++)
		futex_queue[futex_order[i]].next =
			i + 1 < futex_waiting ? futex_waiter_at(futex_order[i + 1]) : 0;
	put_words(&futex_world, here, futex_queue, sizeof(futex_queue));
	put_word(&futex_world, futex_queue_at, futex_waiting ? futex_waiter_at(futex_order[0]) : 0);
}

void futex_take_out(unsigned place)
{
	futex_waiting--;
	for (unsigned i = place; i < futex_waiting; i++)
		futex_order[i] = futex_order[i + 1];
}

/* Their links say who waits: of one who does not it is nobody's. */
void futex_expect(void)
{
	struct guest_waiter is[WAITERS_MOST];
	uint32_t at = word_at(&futex_world, futex_queue_at);

	get_words(&futex_world, here, is, sizeof(is));
	for (unsigned i = 0; i < futex_waiting; i++) {
		assert_int_equal(at, futex_waiter_at(futex_order[i]));
		at = is[futex_order[i]].next;
	}
	assert_int_equal(at, 0);
	for (unsigned i = 0; i < WAITERS_MOST; i++)
		is[i].next = futex_queue[i].next;
	expect_words("who waits", is, futex_queue, sizeof(is));
}

uint32_t futex_draw_bits(void)
{
	return ONE_OF(-1u, 1u << below(32), any() & any(), any());
}

uint32_t futex_draw_word(void)
{
	return USER + SIM_PAGE * below(2) + futex_place[below(3)];
}

void futex_draw(void)
{
	static const uint32_t keys[] = { 0, 0x701, 0x702 };

	for (unsigned i = 0; i < 2; i++) {
		page_key[i][0] = keys[below(3)];
		page_key[i][1] = ONE_OF(0x1000, 0x1000, 0x2000);
	}
	futex_waiting = below(WAITERS_MOST + 1);
	for (unsigned i = 0; i < WAITERS_MOST; i++) {
		struct futex_key k;

		key_without_asking(futex_draw_word(), &k);
		futex_queue[i] = (struct guest_waiter){ .key = { k.page[0], k.page[1] },
							.offset = k.offset,
							.bits = futex_draw_bits(),
							.task = any() };
		if (!below(4)) /* nearly that word */
			((uint32_t *)&futex_queue[i])[below(3)] ^= 1u << below(32);
		futex_order[i] = i;
	}
	for (unsigned i = WAITERS_MOST - 1; i > 0; i--) {
		unsigned other = below(i + 1), was = futex_order[i];

		futex_order[i] = futex_order[other];
		futex_order[other] = was;
	}
	put_queue();
}

int32_t futex_wakes(const struct futex_key *k, int32_t most, uint32_t bits)
{
	int32_t n = 0;

	if (most < 1)
		most = 1;
	for (unsigned i = 0; i < futex_waiting && n < most;) {
		struct guest_waiter *q = &futex_queue[futex_order[i]];

		if (!futex_waits_on(q, k) || !(q->bits & bits)) {
			i++;
			continue;
		}
		q->woken = 1;
		assert_int_equal(catch_call(&futex_world, "wake_up", any()).eax,
				 futex_waiter_at(futex_order[i]));
		futex_take_out(i);
		n++;
	}
	return n;
}
