/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * poll.c: poll and select in their forms. What is open here is always ready, as files are
 * by POSIX: of standard input nobody can know before it is read. So a call waits only for what
 * never comes, and then the clock is later at once, as in a sleep.
 */
#include <string.h>

#include "lib/server/private.h"

enum { IN = 1, OUT = 4, ERR = 8, HUP = 0x10, NVAL = 0x20, RDNORM = 0x40, WRNORM = 0x100 };

#define READABLE (IN | RDNORM)
#define WRITABLE (OUT | WRNORM)
#define FOREVER  (-1)
#define SET_BITS 1024u /* of an fd_set */

/* What poll would say if it were asked for everything. */
static uint32_t ready(const struct call *c, const struct descriptor *d)
{
	if (is_terminal(c, d) || d->kind == FD_FILE)
		return READABLE | WRITABLE;
	if (d->kind == FD_DEVICE)
		return d->device->no_room ? READABLE : READABLE | WRITABLE;
	if (d->stream != 0)
		return WRITABLE;
	return input_ended(c->s) ? HUP : READABLE;
}

/* Nobody was ready: the time is over, if no signal that waited is let in. Nothing else that could end
 * a wait happens here. */
static int32_t wait_for_nothing(struct call *c, int64_t sec, int64_t nsec)
{
	if (signals_wait(c))
		return -EINTR;
	if (sec == FOREVER) {
		note_once(c->s, NOTE_FOREVER, "call %d would wait for ever: answered -EINTR",
			  c->nr);
		return -EINTR;
	}
	return sleep_for(c, sec, nsec);
}

/* ---- poll ---- */

struct pollfd {
	int32_t fd;
	uint16_t events, revents;
};

static int32_t poll_fds(struct call *c, int64_t sec, int64_t nsec)
{
	struct pollfd p;
	int32_t n = 0;

	if (c->arg[1] > fd_limit(c)) /* RLIMIT_NOFILE */
		return -EINVAL;
	for (uint32_t i = 0; i < c->arg[1]; i++) {
		uint32_t at = c->arg[0] + i * (uint32_t)sizeof(p);
		const struct descriptor *d;

		if (user_get(c, at, &p, sizeof(p)))
			return -EFAULT;
		d = descriptor_get(c, (uint32_t)p.fd);
		p.revents = (uint16_t)(d ? ready(c, d) & (p.events | ERR | HUP) : NVAL);
		if (p.fd < 0)
			p.revents = 0;
		if (user_put(c, at, &p, sizeof(p)))
			return -EFAULT;
		n += p.revents != 0;
	}
	return n ? n : wait_for_nothing(c, sec, nsec);
}

int32_t serve_poll(struct call *c)
{
	int32_t ms = (int32_t)c->arg[2];

	return ms < 0 ? poll_fds(c, FOREVER, 0) :
			poll_fds(c, ms / 1000, (int64_t)(ms % 1000) * 1000000);
}

/* ---- select ---- */

struct fd_sets {
	uint32_t set[3][SET_BITS / 32]; /* in, out, exceptional conditions: there are none */
	uint32_t bytes;                 /* of each, as far as it is looked at */
};

static int32_t get_sets(struct call *c, struct fd_sets *sets)
{
	int32_t n = (int32_t)c->arg[0];

	if (n < 0)
		return -EINVAL;
	if (n > (int32_t)SET_BITS)
		n = SET_BITS;
	memset(sets, 0, sizeof(*sets));
	sets->bytes = ((uint32_t)n + 31) / 32 * 4;
	for (unsigned i = 0; i < 3; i++) {
		if (c->arg[1 + i] && user_get(c, c->arg[1 + i], sets->set[i], sets->bytes))
			return -EFAULT;
		if (n % 32) /* what lies behind is not asked for */
			sets->set[i][n / 32] &= (1u << n % 32) - 1;
	}
	return 0;
}

/* How many are ready; the sets are then these. */
static int32_t look_at_sets(struct call *c, struct fd_sets *sets)
{
	static const uint32_t wanted[3] = { IN | HUP | ERR, OUT | ERR, 0 };
	int32_t n = 0;

	for (uint32_t fd = 0; fd < sets->bytes * 8; fd++) {
		uint32_t bit = 1u << fd % 32;

		for (unsigned i = 0; i < 3; i++) {
			const struct descriptor *d = descriptor_get(c, fd);

			if (!(sets->set[i][fd / 32] & bit))
				continue;
			if (!d)
				return -G_EBADF;
			if (ready(c, d) & wanted[i])
				n++;
			else
				sets->set[i][fd / 32] &= ~bit;
		}
	}
	return n;
}

static int32_t select_fds(struct call *c, int64_t sec, int64_t nsec)
{
	struct fd_sets sets;
	int32_t n = get_sets(c, &sets);

	if (n == 0)
		n = look_at_sets(c, &sets);
	if (n == 0)
		n = wait_for_nothing(c, sec, nsec);
	for (unsigned i = 0; i < 3 && n >= 0; i++)
		if (c->arg[1 + i] && user_put(c, c->arg[1 + i], sets.set[i], sets.bytes))
			return -EFAULT;
	return n;
}

/* Behind the wait the timeval is what was left: all, or nothing. */
int32_t serve_select(struct call *c)
{
	int32_t tv[2], n;

	if (!c->arg[4])
		return select_fds(c, FOREVER, 0);
	if (user_get(c, c->arg[4], tv, sizeof(tv)))
		return -EFAULT;
	if (tv[0] < 0 || tv[1] < 0)
		return -EINVAL;
	n = select_fds(c, (int64_t)tv[0] + tv[1] / 1000000, (int64_t)(tv[1] % 1000000) * 1000);
	if (n == 0)
		user_put(c, c->arg[4], (int32_t[2]){ 0 }, sizeof(tv));
	return n;
}

/* The call of 1992: its five arguments lie in memory. */
int32_t serve_old_select(struct call *c)
{
	if (user_get(c, c->arg[0], c->arg, 5 * sizeof(c->arg[0])))
		return -EFAULT;
	return serve_select(c);
}

/* ---- the forms with a timespec and a mask of signals ---- */

typedef int32_t (*look_fn)(struct call *c, int64_t sec, int64_t nsec);

struct time_and_mask {
	uint32_t time, mask, mask_size; /* addresses: 0, there is none */
	bool wide;
};

static int32_t for_time(struct call *c, look_fn look, const struct time_and_mask *p)
{
	int64_t t[2] = { 0 };
	int32_t narrow[2], n;
	uint32_t size = p->wide ? sizeof(t) : sizeof(narrow);

	if (p->time) {
		if (user_get(c, p->time, p->wide ? (void *)t : narrow, size))
			return -EFAULT;
		if (p->wide)
			t[1] = (int32_t)t[1]; /* its upper half may be rubbish */
		else
			t[0] = narrow[0], t[1] = narrow[1];
		if (t[0] < 0 || t[1] < 0 || t[1] > 999999999)
			return -EINVAL;
	}
	n = signals_mask(c, p->mask, p->mask_size);
	if (n)
		return n;
	n = look(c, p->time ? t[0] : FOREVER, t[1]);
	signals_unmask(c, n);
	if (n == 0 && p->time)
		user_put(c, p->time, (int64_t[2]){ 0 }, size);
	return n;
}

/* The sixth argument is where a mask's address and size lie. */
static int32_t pselect6(struct call *c, bool wide)
{
	uint32_t mask[2] = { 0 };

	if (c->arg[5] && user_get(c, c->arg[5], mask, sizeof(mask)))
		return -EFAULT;
	return for_time(c, select_fds,
			&(struct time_and_mask){ c->arg[4], mask[0], mask[1], wide });
}

static int32_t ppoll(struct call *c, bool wide)
{
	return for_time(c, poll_fds,
			&(struct time_and_mask){ c->arg[2], c->arg[3], c->arg[4], wide });
}

int32_t serve_pselect6(struct call *c)
{
	return pselect6(c, false);
}

int32_t serve_pselect6_time64(struct call *c)
{
	return pselect6(c, true);
}

int32_t serve_ppoll(struct call *c)
{
	return ppoll(c, false);
}

int32_t serve_ppoll_time64(struct call *c)
{
	return ppoll(c, true);
}
