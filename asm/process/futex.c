/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * futex.c: waiting on a word. What two tasks mean by it is the same if it is the same page,
 * wherever each has it: the host says which page it is.
 */
#include "process/process.h"

#define FUTEX_WAIT        0
#define FUTEX_WAKE        1
#define FUTEX_FD          2
#define FUTEX_REQUEUE     3
#define FUTEX_CMP_REQUEUE 4
#define FUTEX_WAKE_OP     5
#define FUTEX_WAIT_BITSET 9
#define FUTEX_WAKE_BITSET 10
#define FUTEX_PRIVATE     128u
#define FUTEX_REALTIME    256u
#define FUTEX_WAITERS     0x80000000u
#define FUTEX_OWNER_DIED  0x40000000u
#define FUTEX_TID_MASK    0x3fffffffu

asmlinkage int32_t sys_futex(uint32_t addr, uint32_t op, uint32_t value, uint32_t timeout,
			     uint32_t addr2, uint32_t value3);
asmlinkage int32_t sys_futex64(uint32_t addr, uint32_t op, uint32_t value, uint32_t timeout,
			       uint32_t addr2, uint32_t value3);
asmlinkage int32_t sys_set_robust_list(uint32_t head, uint32_t size);
asmlinkage int32_t sys_get_robust_list(int32_t pid, uint32_t head, uint32_t size);

/* One that waits: on the stack of its call. */
struct waiter {
	uint32_t key[2], offset, bits;
	struct waiter *next;
	struct task_struct *task;
	int woken;
};

static struct waiter *waiters; /* the oldest first */

static int key_of(uint32_t addr, struct waiter *w)
{
	uint32_t word;

	if (addr & 3)
		return -EINVAL;
	if (get_user(&word, addr))
		return -EFAULT;
	w->offset = addr & (PAGE_SIZE - 1);
	w->key[0] = current->space;
	w->key[1] = addr & -PAGE_SIZE;
	ask_host(HOST_PAGE, addr & -PAGE_SIZE, (uint32_t)w->key, 0, 0, 0, 0);
	return 0;
}

static int same_key(const struct waiter *a, const struct waiter *b)
{
	return a->key[0] == b->key[0] && a->key[1] == b->key[1] && a->offset == b->offset;
}

static void enqueue(struct waiter *w)
{
	struct waiter **last = &waiters;

	while (*last)
		last = &(*last)->next;
	w->next = NULL;
	*last = w;
}

static void dequeue(struct waiter *w)
{
	for (struct waiter **p = &waiters; *p; p = &(*p)->next)
		if (*p == w) {
			*p = w->next;
			return;
		}
}

static int32_t wait_on(uint32_t addr, uint32_t value, uint32_t bits, uint64_t until)
{
	struct waiter w = { .bits = bits, .task = current };
	uint32_t now;
	int error = bits ? key_of(addr, &w) : -EINVAL, slept = 0;

	if (error)
		return error;
	if (get_user(&now, addr))
		return -EFAULT;
	if (now != value)
		return -EAGAIN;
	enqueue(&w);
	while (!w.woken && !slept)
		slept = sleep_on(&w, until);
	if (w.woken)
		return 0;
	dequeue(&w);
	if (slept == -ETIME)
		return -ETIMEDOUT;
	return until == NO_TIMEOUT ? -ERESTARTSYS : -EINTR;
}

/* Wakes at most so many, and moves at most `move` others to another word. */
static int wake_and_move(const struct waiter *from, int most, uint32_t bits,
			 const struct waiter *to, int move)
{
	int n = 0;

	for (struct waiter **p = &waiters; *p;) {
		struct waiter *w = *p;

		if (!same_key(w, from) || !(w->bits & bits) || n - most >= move) {
			p = &w->next;
			continue;
		}
		if (n++ < most) {
			*p = w->next;
			w->woken = 1;
			wake_up(w);
			continue;
		}
		w->key[0] = to->key[0];
		w->key[1] = to->key[1];
		w->offset = to->offset;
		p = &w->next;
	}
	return n;
}

/* One at least, whatever number is said. */
static int wake(const struct waiter *key, int most, uint32_t bits)
{
	return wake_and_move(key, most < 1 ? 1 : most, bits, NULL, 0);
}

static int32_t wake_bits(uint32_t addr, int most, uint32_t bits)
{
	struct waiter key;
	int error = bits ? key_of(addr, &key) : -EINVAL;

	return error ? error : wake(&key, most, bits);
}

int futex_wake(uint32_t addr, int most)
{
	return wake_bits(addr, most, ~0u);
}

static int two_keys(uint32_t addr, struct waiter *first, uint32_t addr2, struct waiter *second)
{
	int error = key_of(addr, first);

	return error ? error : key_of(addr2, second);
}

static int32_t requeue(uint32_t addr, int most, int move, uint32_t addr2, const uint32_t *expected)
{
	struct waiter from, to;
	uint32_t now;
	int error = most < 0 || move < 0 ? -EINVAL : two_keys(addr, &from, addr2, &to);

	if (error)
		return error;
	if (expected && (get_user(&now, addr) || now != *expected))
		return -EAGAIN;
	return wake_and_move(&from, most, ~0u, &to, move);
}

/* FUTEX_WAKE_OP: what is done to the second word, and what its old value is compared with. */
static int32_t wake_op(uint32_t addr, int most, int most2, uint32_t addr2, uint32_t code)
{
	uint32_t op = code >> 28 & 7, compare = code >> 24 & 15, old, changed;
	uint32_t operand = (uint32_t)((int32_t)(code << 8) >> 20);
	uint32_t against = (uint32_t)((int32_t)(code << 20) >> 20);
	struct waiter first, second;
	int holds, error = two_keys(addr, &first, addr2, &second);

	if (error)
		return error;
	if (code & 0x80000000u)
		operand = 1u << (operand & 31);
	if (get_user(&old, addr2))
		return -EFAULT;
	switch (op) {
	case 0: changed = operand; break;
	case 1: changed = old + operand; break;
	case 2: changed = old | operand; break;
	case 3: changed = old & ~operand; break;
	case 4: changed = old ^ operand; break;
	default: return -ENOSYS;
	}
	if (put_user(changed, addr2))
		return -EFAULT;
	switch (compare) {
	case 0: holds = old == against; break;
	case 1: holds = old != against; break;
	case 2: holds = (int32_t)old < (int32_t)against; break;
	case 3: holds = (int32_t)old <= (int32_t)against; break;
	case 4: holds = (int32_t)old > (int32_t)against; break;
	case 5: holds = (int32_t)old >= (int32_t)against; break;
	default: return -ENOSYS;
	}
	return wake(&first, most, ~0u) + (holds ? wake(&second, most2, ~0u) : 0);
}

/* WAIT's time is how long, WAIT_BITSET's is when. */
static int get_until(uint32_t timeout, unsigned words, uint32_t op, uint64_t *until)
{
	uint64_t ns, base = 0;
	int error;

	*until = NO_TIMEOUT;
	if (!timeout)
		return 0;
	error = get_user_time(timeout, words, &ns);
	if (error)
		return error;
	if ((op & ~(FUTEX_PRIVATE | FUTEX_REALTIME)) == FUTEX_WAIT) {
		*until = clock_ns() + ns;
		return 0;
	}
	if (op & FUTEX_REALTIME)
		ask_host(HOST_EPOCH, (uint32_t)&base, 0, 0, 0, 0, 0);
	*until = ns > base ? ns - base : 0;
	return 0;
}

static int32_t futex(uint32_t addr, uint32_t op, uint32_t value, uint32_t timeout, uint32_t addr2,
		     uint32_t value3, unsigned words)
{
	uint64_t until;
	int error;

	/* Of the others none has a clock. */
	if ((op & FUTEX_REALTIME) && (op & ~(FUTEX_PRIVATE | FUTEX_REALTIME)) != FUTEX_WAIT &&
	    (op & ~(FUTEX_PRIVATE | FUTEX_REALTIME)) != FUTEX_WAIT_BITSET)
		return -ENOSYS;
	switch (op & ~(FUTEX_PRIVATE | FUTEX_REALTIME)) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
		error = get_until(timeout, words, op, &until);
		if (error)
			return error;
		return wait_on(addr, value, (op & 15) == FUTEX_WAIT ? ~0u : value3, until);
	case FUTEX_WAKE: return futex_wake(addr, (int)value);
	case FUTEX_WAKE_BITSET: return wake_bits(addr, (int)value, value3);
	case FUTEX_REQUEUE: return requeue(addr, (int)value, (int)timeout, addr2, NULL);
	case FUTEX_CMP_REQUEUE: return requeue(addr, (int)value, (int)timeout, addr2, &value3);
	case FUTEX_WAKE_OP: return wake_op(addr, (int)value, (int)timeout, addr2, value3);
	default: return -ENOSYS;
	}
}

asmlinkage int32_t sys_futex(uint32_t addr, uint32_t op, uint32_t value, uint32_t timeout,
			     uint32_t addr2, uint32_t value3)
{
	return no_jump(futex(addr, op, value, timeout, addr2, value3, 2));
}

asmlinkage int32_t sys_futex64(uint32_t addr, uint32_t op, uint32_t value, uint32_t timeout,
			       uint32_t addr2, uint32_t value3)
{
	return no_jump(futex(addr, op, value, timeout, addr2, value3, 4));
}

/* ---- robust futexes: what a task that ends holds ---- */

#define ROBUST_LIMIT 2048

asmlinkage int32_t sys_set_robust_list(uint32_t head, uint32_t size)
{
	if (size != 12)
		return -EINVAL;
	current->robust_list = head;
	return 0;
}

asmlinkage int32_t sys_get_robust_list(int32_t pid, uint32_t head, uint32_t size)
{
	const struct task_struct *t = pid ? find_task_by_pid(pid) : current;

	if (!t)
		return -ESRCH;
	return put_user(t->robust_list, head) || put_user(12, size) ? -EFAULT : 0;
}

/* An entry's address, which has a bit more if its futex inherits priorities: whose waiters are nobody's here. */
static int give_up(uint32_t entry, uint32_t offset, int32_t pid)
{
	uint32_t word, addr = (entry & ~1u) + offset;

	if ((addr & 3) || get_user(&word, addr))
		return -EFAULT;
	if ((word & FUTEX_TID_MASK) != (uint32_t)pid)
		return 0;
	if (put_user((word & FUTEX_WAITERS) | FUTEX_OWNER_DIED, addr))
		return -EFAULT;
	if ((word & FUTEX_WAITERS) && !(entry & 1))
		futex_wake(addr, 1);
	return 0;
}

/* The list's head: its first entry, the futex's place in one, and one that is being taken. What cannot be reached ends it. */
void exit_robust_list(struct task_struct *self)
{
	uint32_t head = self->robust_list, entry, offset, pending;

	self->robust_list = 0;
	if (!head || get_user(&entry, head) || get_user(&offset, head + 4) ||
	    get_user(&pending, head + 8))
		return;
	for (unsigned i = 0; i < ROBUST_LIMIT && (entry & ~1u) != head; i++) {
		uint32_t next;
		int last = get_user(&next, entry & ~1u);

		if ((entry & ~1u) != (pending & ~1u) && give_up(entry, offset, self->pid))
			return;
		if (last)
			return;
		entry = next;
	}
	if (pending & ~1u)
		give_up(pending, offset, self->pid);
}
