/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * futex_test.c: who waits on a word, who is woken and who is moved to another: futex called by itself with waiters, words and
 * operations that are drawn at random. Expectations: futex(2), and what Linux 6.18 does where it leaves that open: a WAKE of
 * none wakes one, a requeue of less than none is refused, no bits are refused before the address, and both words are looked at
 * before an operation on the second. Every kernel of 2005.
 */
#include "tests/functions/futex_model.h"

#include <string.h>

#include "asm/host.h"

enum { CALLS = 1500 };
enum { WAIT, WAKE, REQUEUE = 3, CMP_REQUEUE, WAKE_OP, WAIT_BITSET = 9, WAKE_BITSET };
enum { PRIVATE = 128, REALTIME = 256 };

#define FOR_EVER (~(uint64_t)0)

static int32_t wakes_and_moves(const struct futex_key *from, int32_t most,
			       const struct futex_key *to, int32_t move)
{
	int32_t woken = 0, moved = 0;

	for (unsigned i = 0; i < futex_waiting;) {
		struct guest_waiter *q = &futex_queue[futex_order[i]];

		if (!futex_waits_on(q, from) || (woken == most && moved == move)) {
			i++;
		} else if (woken < most) {
			q->woken = 1;
			assert_int_equal(catch_call(&futex_world, "wake_up", any()).eax,
					 futex_waiter_at(futex_order[i]));
			futex_take_out(i);
			woken++;
		} else {
			memcpy(q->key, to->page, sizeof(q->key));
			q->offset = to->offset;
			moved++;
			i++;
		}
		if (woken + moved == most + (int64_t)move)
			break;
	}
	return woken + moved;
}

static int32_t compares(uint32_t how, int32_t old, int32_t with)
{
	switch (how) {
	case 0: return old == with;
	case 1: return old != with;
	case 2: return old < with;
	case 3: return old <= with;
	case 4: return old > with;
	case 5: return old >= with;
	default: return -ENOSYS;
	}
}

struct args {
	uint32_t addr, op, value, timeout, addr2, value3;
};

/* A number of twelve bits with a sign. */
static int32_t twelve(uint32_t bits)
{
	bits &= 0xfff;
	return bits < 0x800 ? (int32_t)bits : (int32_t)bits - 0x1000;
}

/* The word that a WAKE_OP leaves there. */
static struct changed {
	uint32_t at, word;
} changed;

static int32_t model_wake_op(const struct args *a)
{
	uint32_t how = a->value3 >> 28, operand = (uint32_t)twelve(a->value3 >> 12), old, new;
	struct futex_key first, second;
	int32_t error = futex_key(a->addr, &first), holds;

	if (!error)
		error = futex_key(a->addr2, &second);
	if (error)
		return error;
	old = word_at(&futex_world, a->addr2);
	if (how & 8)
		operand = 1u << (operand & 31);
	switch (how & 7) {
	case 0: new = operand; break;
	case 1: new = old + operand; break;
	case 2: new = old | operand; break;
	case 3: new = old & ~operand; break;
	case 4: new = old ^ operand; break;
	default: return -ENOSYS;
	}
	holds = compares(a->value3 >> 24 & 15, (int32_t)old, twelve(a->value3));
	if (holds >= 0)
		holds = futex_wakes(&first, (int32_t)a->value, -1u) +
			(holds ? futex_wakes(&second, (int32_t)a->timeout, -1u) : 0);
	changed = (struct changed){ a->addr2, new };
	return holds;
}

static int32_t model_requeue(const struct args *a)
{
	struct futex_key first, second;
	int32_t error = (int32_t)(a->value | a->timeout) < 0 ? -EINVAL : futex_key(a->addr, &first);

	if (!error)
		error = futex_key(a->addr2, &second);
	if (error)
		return error;
	if ((a->op & 15) == CMP_REQUEUE && word_at(&futex_world, a->addr) != a->value3)
		return -EAGAIN;
	return wakes_and_moves(&first, (int32_t)a->value, &second, (int32_t)a->timeout);
}

/* The one that waits lies on its call's stack. */
static void expect_last(uint32_t at, const struct futex_key *k, uint32_t bits)
{
	struct guest_waiter is,
		expected = { .key = { k->page[0], k->page[1] }, .offset = k->offset, .bits = bits };
	uint32_t last = futex_queue_at;

	for (unsigned i = 0; i < futex_waiting; i++) {
		assert_int_equal(word_at(&futex_world, last), futex_waiter_at(futex_order[i]));
		last = futex_waiter_at(futex_order[i]) + offsetof(struct guest_waiter, next);
	}
	assert_int_equal(word_at(&futex_world, last), at);
	expected.task = task_word_at(&futex_world, 0);
	get_words(&futex_world, at, &is, sizeof(is));
	expect_words("the one that waits", &is, &expected, sizeof(is));
}

/* Woken by what is no end of it, and then by its waker, the time, or a signal. */
static int32_t sleeps(const struct futex_key *k, uint32_t bits, uint64_t until)
{
	uint32_t at = symbol(futex_world.caller.m, "sleep_on");
	struct sim_regs cpu;
	int32_t answer;

	for (unsigned again = below(3);; again--) {
		assert_int_equal(run_to(futex_world.caller.m, at).eip, at);
		cpu = kernel_regs(futex_world.caller.m);
		assert_int_equal(cpu.edx, (uint32_t)until);
		assert_int_equal(cpu.ecx, (uint32_t)(until >> 32));
		expect_last(cpu.eax, k, bits);
		answer = again ? 0 : (int32_t)ONE_OF(0, -ETIME, -ERESTARTSYS);
		if (!again && (!answer || !below(3))) { /* whoever wakes it takes it out */
			put_word(&futex_world, cpu.eax + offsetof(struct guest_waiter, woken), 1);
			put_word(&futex_world,
				 futex_waiting ?
					 futex_waiter_at(futex_order[futex_waiting - 1]) +
						 (uint32_t)offsetof(struct guest_waiter, next) :
					 futex_queue_at,
				 0);
			catch_call(&futex_world, "sleep_on", (uint32_t)answer);
			return 0;
		}
		catch_call(&futex_world, "sleep_on", (uint32_t)answer);
		if (!again)
			break;
	}
	if (answer == -ETIME)
		return -ETIMEDOUT;
	return until == FOR_EVER ? -ERESTARTSYS : -EINTR;
}

/* A time that is not to be had, or one from now on, or of a clock that began with the epoch. */
static int32_t model_until(const struct args *a, uint32_t words, uint64_t *until)
{
	uint64_t ns = below(2) ? below(1000) : (uint64_t)any() << below(32), now = any(), epoch = 0;
	int32_t error = (int32_t)ONE_OF(0, 0, 0, -EFAULT, -EINVAL);
	uint32_t at = symbol(futex_world.caller.m, "get_user_time");
	struct sim_regs cpu;

	*until = FOR_EVER;
	if (!a->timeout)
		return 0;
	assert_int_equal(run_to(futex_world.caller.m, at).eip, at);
	cpu = kernel_regs(futex_world.caller.m);
	assert_int_equal(cpu.eax, a->timeout);
	assert_int_equal(cpu.edx, words);
	put_words(&futex_world, cpu.ecx, &ns, sizeof(ns));
	catch_call(&futex_world, "get_user_time", (uint32_t)error);
	if (error)
		return error;
	if ((a->op & 15) == WAIT) {
		catch_call(&futex_world, "clock_ns", now);
		*until = now + ns;
		return 0;
	}
	if (a->op & REALTIME) {
		at = symbol(futex_world.caller.m, "ask_host");
		assert_int_equal(run_to(futex_world.caller.m, at).eip, at);
		cpu = kernel_regs(futex_world.caller.m);
		epoch = ONE_OF(0, below(1000), any(), any()) + ((uint64_t)below(2) << 32);
		put_words(&futex_world, cpu.edx, &epoch, sizeof(epoch));
		expect_asked(&futex_world, HOST_EPOCH, &cpu.edx, 1, 0);
	}
	*until = ns > epoch ? ns - epoch : 0;
	return 0;
}

static int32_t model_wait(const struct args *a, uint32_t words)
{
	uint32_t bits = (a->op & 15) == WAIT ? -1u : a->value3;
	struct futex_key k;
	uint64_t until;
	int32_t error = model_until(a, words, &until);

	if (!error && !bits)
		error = -EINVAL;
	if (!error)
		error = futex_key(a->addr, &k);
	if (error)
		return error;
	return word_at(&futex_world, a->addr) == a->value ? sleeps(&k, bits, until) : -EAGAIN;
}

static int32_t model_wake(const struct args *a, uint32_t bits)
{
	struct futex_key k;
	int32_t error = bits ? futex_key(a->addr, &k) : -EINVAL;

	return error ? error : futex_wakes(&k, (int32_t)a->value, bits);
}

static int32_t model_futex(const struct args *a, uint32_t words)
{
	uint32_t command = a->op & ~(uint32_t)(PRIVATE | REALTIME);

	if ((a->op & REALTIME) && command != WAIT && command != WAIT_BITSET)
		return -ENOSYS;
	switch (command) {
	case WAIT:
	case WAIT_BITSET: return model_wait(a, words);
	case WAKE: return model_wake(a, -1u);
	case WAKE_BITSET: return model_wake(a, a->value3);
	case REQUEUE:
	case CMP_REQUEUE: return model_requeue(a);
	case WAKE_OP: return model_wake_op(a);
	default: return -ENOSYS;
	}
}

/* ---- drawing ---- */

static uint32_t draw_address(void)
{
	return below(8) ? futex_draw_word() :
			  ONE_OF(USER + 1, USER + 2, USER_END - 4, USER_END, 8, any());
}

static uint32_t draw_count(void)
{
	return ONE_OF(0, 1, 1, 2, 3, 5, 0x7fffffff, -1u, 0x80000000u);
}

static struct args draw_args(uint32_t op)
{
	struct args a = { draw_address(), op, draw_count(), draw_count(), draw_address(), any() };

	a.op |= ONE_OF(0, 0, 0, PRIVATE, PRIVATE, REALTIME, PRIVATE | REALTIME);
	for (unsigned i = 0; i < 6; i++)
		put_word(&futex_world, USER + SIM_PAGE * (i & 1) + 4 * (i / 2),
			 ONE_OF(0, 1, -1u, 0x7fffffff, below(0x800), -below(0x800), any()));
	put_word(&futex_world, USER_END - 4, any());
	switch (op) {
	case WAIT:
	case WAIT_BITSET:
		a.timeout = below(2) ? any() : 0;
		a.value3 = below(5) ? futex_draw_bits() : 0;
		a.value = futex_is_there(a.addr, 4) && below(5) ? word_at(&futex_world, a.addr) :
								  any();
		break;
	case WAKE_BITSET: a.value3 = below(6) ? futex_draw_bits() : 0; break;
	case CMP_REQUEUE:
		a.value3 = futex_is_there(a.addr, 4) ? word_at(&futex_world, a.addr) : any();
		if (!below(4))
			a.value3 ^= 1u << below(32);
		break;
	case WAKE_OP:
		a.value3 = ONE_OF(0, 1, 2, 3, 4, below(16)) << 28 | below(8) << 24 |
			   below(1 << 12) << 12 | below(1 << 12);
		if (below(2) &&
		    futex_is_there(a.addr2, 4)) /* what is compared is the same, or nearly */
			a.value3 = (a.value3 & ~0xfffu) |
				   ((word_at(&futex_world, a.addr2) + below(3) - 1) & 0xfff);
		break;
	default: break;
	}
	return a;
}

static void calls_of(uint64_t seed, const uint32_t *ops, uint32_t n_ops)
{
	draw_from(seed);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		struct args a;
		bool wide = !below(4);
		int32_t expected;

		futex_draw();
		a = draw_args(ops[below(n_ops)]);
		function_begin_on_stack(&futex_world.caller, wide ? "sys_futex64" : "sys_futex",
					(uint32_t *)&a, 6);
		changed.at = 0;
		expected = model_futex(&a, wide ? 4 : 2);
		assert_int_equal((int32_t)function_end_on_stack(&futex_world.caller, 6), expected);
		if (changed.at)
			assert_int_equal(word_at(&futex_world, changed.at), changed.word);
		futex_expect();
	}
}

static void who_waits_is_queued_until_it_is_woken(void **state)
{
	futex_open(*state);
	calls_of(401, (uint32_t[]){ WAIT, WAIT_BITSET }, 2);
	close_file_world(&futex_world);
}

static void a_wake_wakes_the_oldest_that_wait_on_that_word(void **state)
{
	futex_open(*state);
	calls_of(402, (uint32_t[]){ WAKE, WAKE_BITSET }, 2);
	close_file_world(&futex_world);
}

static void a_requeue_wakes_some_and_moves_others(void **state)
{
	futex_open(*state);
	calls_of(403, (uint32_t[]){ REQUEUE, CMP_REQUEUE, CMP_REQUEUE }, 3);
	close_file_world(&futex_world);
}

static void a_wake_op_changes_the_second_word_and_compares_it(void **state)
{
	futex_open(*state);
	calls_of(404, (uint32_t[]){ WAKE_OP }, 1);
	close_file_world(&futex_world);
}

static void other_operations_are_not_there(void **state)
{
	futex_open(*state);
	calls_of(405, (uint32_t[]){ 2, 6, 7, 8, 11, 12, 13, 14, 15, 16, 32, 64, 512, 1u << 31 },
		 14);
	close_file_world(&futex_world);
}

/* As the kernel wakes by itself: who waits for a thread's end. */
static void the_kernels_own_wake_is_a_wake(void **state)
{
	futex_open(*state);
	draw_from(408);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		struct args a;
		int32_t expected;

		futex_draw();
		a = draw_args(WAKE);
		function_begin(&futex_world.caller, "futex_wake", a.addr, a.value);
		expected = model_wake(&a, -1u);
		assert_int_equal((int32_t)function_end(&futex_world.caller), expected);
		futex_expect();
	}
	close_file_world(&futex_world);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(who_waits_is_queued_until_it_is_woken),
		ON_KERNELS(a_wake_wakes_the_oldest_that_wait_on_that_word),
		ON_KERNELS(a_requeue_wakes_some_and_moves_others),
		ON_KERNELS(a_wake_op_changes_the_second_word_and_compares_it),
		ON_KERNELS(other_operations_are_not_there),
		ON_KERNELS(the_kernels_own_wake_is_a_wake),
	};

	return run_on_kernels("futex", tests, sizeof(tests) / sizeof(tests[0]));
}
