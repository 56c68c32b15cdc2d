/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * poll.c: poll and select in all their forms: look at each file; if none is as wanted, sleep on
 * poll_channel, which everything that changes a file wakes, and look again.
 */
#include "file/private.h"

#define MOST_FDS 1024u

asmlinkage int32_t sys_poll(uint32_t fds, uint32_t count, int32_t milliseconds);
asmlinkage int32_t sys_ppoll(uint32_t fds, uint32_t count, uint32_t timeout, uint32_t mask,
			     uint32_t size);
asmlinkage int32_t sys_ppoll_time64(uint32_t fds, uint32_t count, uint32_t timeout, uint32_t mask,
				    uint32_t size);
asmlinkage int32_t sys_select(int32_t n, uint32_t in, uint32_t out, uint32_t except,
			      uint32_t timeout);
asmlinkage int32_t sys_old_select(uint32_t args);
asmlinkage int32_t sys_pselect6(int32_t n, uint32_t in, uint32_t out, uint32_t except,
				uint32_t timeout, uint32_t mask);
asmlinkage int32_t sys_pselect6_time64(int32_t n, uint32_t in, uint32_t out, uint32_t except,
				       uint32_t timeout, uint32_t mask);

/* ---- poll ---- */

struct pollfd {
	int32_t fd;
	uint16_t events, revents;
};

/* How many have something to tell, which is written into each; -EFAULT. */
static int32_t look_at_all(uint32_t fds, uint32_t count)
{
	int32_t n = 0;

	for (uint32_t i = 0; i < count; i++) {
		struct pollfd p;
		struct file *f;
		uint16_t before;

		if (copy_from_user(&p, fds + 8 * i, 2))
			return -EFAULT;
		before = p.revents;
		p.revents = 0;
		if (p.fd >= 0) {
			f = file_of((uint32_t)p.fd);
			p.revents = (uint16_t)(f ? file_poll(f) & (p.events | POLLERR | POLLHUP) :
						   POLLNVAL);
		}
		n += p.revents != 0;
		if (before != p.revents && copy_to_user(fds + 8 * i, &p, 2))
			return -EFAULT;
	}
	return n;
}

/* One round of waiting: 0, look again; -EINTR. After the last one *until is 0. */
static int32_t wait_a_round(uint64_t *until)
{
	uint64_t due = timer_due(*until);
	int slept = poll_sleep(due);

	if (slept == -ETIME && due == *until)
		*until = 0;
	return slept == -ERESTARTSYS ? -EINTR : 0;
}

/* until: 0 does not wait. */
static int32_t poll_until(uint32_t fds, uint32_t count, uint64_t until)
{
	if (count > MOST_FDS)
		return -EINVAL;
	for (;;) {
		int32_t n = look_at_all(fds, count);

		if (n || !until)
			return n;
		n = wait_a_round(&until);
		if (n)
			return n;
	}
}

uint64_t milliseconds_from_now(int32_t milliseconds)
{
	if (milliseconds < 0)
		return NO_TIMEOUT;
	return milliseconds ? clock_ns() + (uint64_t)(uint32_t)milliseconds * 1000000u : 0;
}

asmlinkage int32_t sys_poll(uint32_t fds, uint32_t count, int32_t milliseconds)
{
	return no_jump(poll_until(fds, count, milliseconds_from_now(milliseconds)));
}

/* ---- what the calls with a mask have in common ---- */

/* A time that may be absent: when it ends; 0: at once. */
static int get_until(uint32_t timeout, unsigned words, uint64_t *until)
{
	uint64_t ns;
	int error;

	*until = NO_TIMEOUT;
	if (!timeout)
		return 0;
	error = get_user_time(timeout, words, &ns);
	if (!error)
		*until = ns ? clock_ns() + ns : 0;
	return error;
}

static uint64_t rest_of(uint64_t until)
{
	uint64_t now = clock_ns();

	return until > now && until != NO_TIMEOUT ? until - now : 0;
}

/* Where it cannot be written nobody is told, as the call has been done; but it does not go on by itself. */
static int32_t put_rest(int32_t result, uint32_t timeout, unsigned words, uint64_t until)
{
	if (timeout && put_user_time(timeout, words, rest_of(until)) && result == -ERESTARTNOHAND)
		return -EINTR;
	return result;
}

int set_mask(uint32_t mask, uint32_t size)
{
	uint32_t set[2];

	if (!mask)
		return 0;
	if (size != 8)
		return -EINVAL;
	if (copy_from_user(set, mask, 2))
		return -EFAULT;
	set_saved_sigmask(set);
	return 0;
}

/* A signal ended it: its handler runs under the mask, and then the old one is back. */
int32_t end_with_mask(int32_t result)
{
	if (result == -EINTR)
		return -ERESTARTNOHAND;
	restore_saved_sigmask();
	return result;
}

static int32_t poll_masked(uint32_t fds, uint32_t count, uint32_t timeout, uint32_t mask,
			   uint32_t size, unsigned words)
{
	uint64_t until;
	int32_t result;
	int error = get_until(timeout, words, &until);

	if (!error)
		error = set_mask(mask, size);
	if (error)
		return error;
	result = end_with_mask(poll_until(fds, count, until));
	return put_rest(result, timeout, words, until);
}

asmlinkage int32_t sys_ppoll(uint32_t fds, uint32_t count, uint32_t timeout, uint32_t mask,
			     uint32_t size)
{
	return no_jump(poll_masked(fds, count, timeout, mask, size, 2));
}

asmlinkage int32_t sys_ppoll_time64(uint32_t fds, uint32_t count, uint32_t timeout, uint32_t mask,
				    uint32_t size)
{
	return no_jump(poll_masked(fds, count, timeout, mask, size, 4));
}

/* ---- select ---- */

#define SET_WORDS (MOST_FDS / 32)

struct sets {
	uint32_t n; /* numbers */
	uint32_t at[3];
	uint32_t wanted[3][SET_WORDS], found[3][SET_WORDS];
};

static const uint16_t means[3] = { POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR,
				   POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR, POLLPRI };

static int get_sets(struct sets *s, int32_t n)
{
	if (n < 0)
		return -EINVAL;
	s->n = (uint32_t)n < MOST_FDS ? (uint32_t)n : MOST_FDS;
	for (unsigned k = 0; k < 3; k++) {
		__builtin_memset(s->wanted[k], 0, sizeof(s->wanted[k]));
		if (s->at[k] && copy_from_user(s->wanted[k], s->at[k], (s->n + 31) / 32))
			return -EFAULT;
	}
	return 0;
}

static int put_sets(const struct sets *s)
{
	for (unsigned k = 0; k < 3; k++)
		if (s->at[k] && copy_to_user(s->at[k], s->found[k], (s->n + 31) / 32))
			return -EFAULT;
	return 0;
}

/* How many bits are found, or -EBADF. */
static int32_t look_at_sets(struct sets *s)
{
	int32_t bits = 0;

	__builtin_memset(s->found, 0, sizeof(s->found));
	for (uint32_t fd = 0; fd < s->n; fd++) {
		uint32_t bit = 1u << fd % 32, events;
		struct file *f;

		if (!((s->wanted[0][fd / 32] | s->wanted[1][fd / 32] | s->wanted[2][fd / 32]) &
		      bit))
			continue;
		f = file_of(fd);
		if (!f)
			return -EBADF;
		events = file_poll(f);
		for (unsigned k = 0; k < 3; k++) {
			if (!(s->wanted[k][fd / 32] & bit) || !(events & means[k]))
				continue;
			s->found[k][fd / 32] |= bit;
			bits++;
		}
	}
	return bits;
}

static int32_t select_until(struct sets *s, int32_t n, uint64_t until)
{
	int32_t result = get_sets(s, n);

	while (!result) {
		result = look_at_sets(s);
		if (result < 0)
			return result;
		if (result || !until)
			return put_sets(s) ? -EFAULT : result;
		result = wait_a_round(&until);
	}
	return result;
}

/* A struct timeval's microseconds are read as such. */
static int32_t plain_select(int32_t n, const uint32_t at[3], uint32_t timeout)
{
	struct sets s = { .at = { at[0], at[1], at[2] } };
	uint32_t time[2];
	uint64_t until = NO_TIMEOUT;
	int32_t result;

	if (timeout) {
		uint64_t ns;

		if (copy_from_user(time, timeout, 2))
			return -EFAULT;
		if ((int32_t)time[0] < 0 || (int32_t)time[1] < 0)
			return -EINVAL;
		ns = (uint64_t)time[0] * 1000000000u + (uint64_t)time[1] * 1000u;
		until = ns ? clock_ns() + ns : 0;
	}
	result = select_until(&s, n, until);
	if (result == -EINTR)
		result = -ERESTARTNOHAND;
	if (timeout)
		put_user_timeval(timeout, rest_of(until)); /* in 2005 it went on all the same */
	return result;
}

asmlinkage int32_t sys_select(int32_t n, uint32_t in, uint32_t out, uint32_t except,
			      uint32_t timeout)
{
	const uint32_t at[3] = { in, out, except };

	return no_jump(plain_select(n, at, timeout));
}

static int32_t select_by_memory(uint32_t args)
{
	uint32_t arg[5];

	if (copy_from_user(arg, args, 5))
		return -EFAULT;
	return plain_select((int32_t)arg[0], &arg[1], arg[4]);
}

asmlinkage int32_t sys_old_select(uint32_t args)
{
	return no_jump(select_by_memory(args));
}

/* mask: where a pointer to the set and its size are. */
static int32_t select_masked(int32_t n, const uint32_t at[3], uint32_t timeout, uint32_t mask,
			     unsigned words)
{
	struct sets s = { .at = { at[0], at[1], at[2] } };
	uint32_t set[2] = { 0, 8 };
	uint64_t until;
	int32_t result;
	int error;

	if (mask && copy_from_user(set, mask, 2))
		return -EFAULT;
	error = get_until(timeout, words, &until);
	if (!error)
		error = set_mask(set[0], set[1]);
	if (error)
		return error;
	result = end_with_mask(select_until(&s, n, until));
	return put_rest(result, timeout, words, until);
}

asmlinkage int32_t sys_pselect6(int32_t n, uint32_t in, uint32_t out, uint32_t except,
				uint32_t timeout, uint32_t mask)
{
	const uint32_t at[3] = { in, out, except };

	return no_jump(select_masked(n, at, timeout, mask, 2));
}

asmlinkage int32_t sys_pselect6_time64(int32_t n, uint32_t in, uint32_t out, uint32_t except,
				       uint32_t timeout, uint32_t mask)
{
	const uint32_t at[3] = { in, out, except };

	return no_jump(select_masked(n, at, timeout, mask, 4));
}
