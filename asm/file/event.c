/* SPDX-License-Identifier: GPL-2.0-only */
/* event.c: counters that can be waited for: eventfds, which programs count, and timerfds, the clock. */
#include "file/private.h"

#define NR_EVENTS      64u
#define EFD_SEMAPHORE  1u
#define TIMER_ABSTIME  1u
#define CLOCK_REALTIME 0u
#define MOST           (~(uint64_t)0 - 1) /* what a counter can be */

struct event {
	uint32_t used, semaphore;
	uint64_t count;
};

struct timer {
	uint32_t used, told; /* told: those that watch it know that it is due */
	struct file *file;
	uint64_t base;          /* the clock's zero is so much before the boot */
	uint64_t due, interval; /* due 0: not set */
};

static struct event events[NR_EVENTS];
static struct timer timers[NR_EVENTS];
static uint32_t used_timers;

asmlinkage int32_t sys_eventfd(uint32_t count);
asmlinkage int32_t sys_eventfd2(uint32_t count, uint32_t flags);
asmlinkage int32_t sys_timerfd_create(uint32_t clock, uint32_t flags);
asmlinkage int32_t sys_timerfd_settime(uint32_t fd, uint32_t flags, uint32_t value, uint32_t old);
asmlinkage int32_t sys_timerfd_settime64(uint32_t fd, uint32_t flags, uint32_t value, uint32_t old);
asmlinkage int32_t sys_timerfd_gettime(uint32_t fd, uint32_t value);
asmlinkage int32_t sys_timerfd_gettime64(uint32_t fd, uint32_t value);

/* Both are read as 8 bytes. */
static int32_t give_count(struct span *to, uint64_t count)
{
	return span_put(to, &count, 8) == 8 ? 8 : -EFAULT;
}

/* ---- eventfds ---- */

static int32_t event_read(struct file *f, struct span *to)
{
	struct event *e = f->object;
	uint64_t count;

	if (to->left < 8)
		return -EINVAL;
	while (!e->count) {
		if (no_wait(f))
			return -EAGAIN;
		if (file_sleep(f, NO_TIMEOUT) == -ERESTARTSYS)
			return -ERESTARTSYS;
	}
	count = e->semaphore ? 1 : e->count;
	e->count -= count;
	file_changed(f);
	return give_count(to, count);
}

static int32_t event_write(struct file *f, struct span *from)
{
	struct event *e = f->object;
	uint64_t more;

	if (from->left < 8)
		return -EINVAL;
	if (span_get(from, &more, 8) < 8)
		return -EFAULT;
	if (more > MOST)
		return -EINVAL;
	while (more > MOST - e->count) {
		if (no_wait(f))
			return -EAGAIN;
		if (file_sleep(f, NO_TIMEOUT) == -ERESTARTSYS)
			return -ERESTARTSYS;
	}
	e->count += more;
	file_changed(f);
	return 8;
}

static uint32_t event_poll(struct file *f)
{
	const struct event *e = f->object;

	return (e->count ? POLLIN : 0) | (e->count < MOST ? POLLOUT : 0);
}

static void event_release(struct file *f)
{
	struct event *e = f->object;

	e->used = 0;
}

static const struct file_ops event_ops = {
	.read = event_read, .write = event_write, .poll = event_poll, .release = event_release
};

static int32_t make_event(uint32_t count, uint32_t flags)
{
	if (flags & ~(EFD_SEMAPHORE | O_NONBLOCK | O_CLOEXEC))
		return -EINVAL;
	for (unsigned i = 0; i < NR_EVENTS; i++) {
		struct event *e = &events[i];
		struct file *f;

		if (e->used)
			continue;
		f = file_new(&event_ops, (int32_t)(EVENT_HANDLE + i), O_RDWR | (flags & O_NONBLOCK),
			     e);
		if (!f)
			break;
		*e = (struct event){ .used = 1,
				     .semaphore = flags & EFD_SEMAPHORE,
				     .count = count };
		return fd_install(f, 0, flags & O_CLOEXEC);
	}
	return -ENFILE;
}

asmlinkage int32_t sys_eventfd(uint32_t count)
{
	return no_jump(make_event(count, 0));
}

asmlinkage int32_t sys_eventfd2(uint32_t count, uint32_t flags)
{
	return no_jump(make_event(count, flags));
}

/* ---- timerfds ---- */

static int is_due(const struct timer *t, uint64_t now)
{
	return t->due && t->due <= now;
}

/* One that is due and was not read wakes nobody a second time. */
uint64_t timer_due(uint64_t until)
{
	uint64_t now = clock_ns();

	for (unsigned i = 0; used_timers && i < NR_EVENTS; i++)
		if (timers[i].used && timers[i].due > now && timers[i].due < until)
			until = timers[i].due;
	return until;
}

void timers_tell(void)
{
	uint64_t now = clock_ns();

	for (unsigned i = 0; used_timers && i < NR_EVENTS; i++) {
		struct timer *t = &timers[i];

		if (!t->used || t->told || !is_due(t, now))
			continue;
		t->told = 1;
		file_changed(t->file);
	}
}

/* How often it was due, by doubling, as no 64-bit division is at hand; it is set to the next time. */
static uint64_t count_up(struct timer *t, uint64_t now)
{
	uint64_t times = 1, passed = now - t->due, part = t->interval, of = 1;

	t->told = 0;
	if (!t->interval) {
		t->due = 0;
		return 1;
	}
	while (part <= passed && !(part >> 62)) {
		part += part;
		of += of;
	}
	for (t->due += t->interval; of; part >>= 1, of >>= 1) {
		if (part > passed)
			continue;
		passed -= part;
		t->due += part;
		times += of;
	}
	return times;
}

static int32_t timer_read(struct file *f, struct span *to)
{
	struct timer *t = f->object;

	if (to->left < 8)
		return -EINVAL;
	while (!is_due(t, clock_ns())) {
		if (no_wait(f))
			return -EAGAIN;
		if (file_sleep(f, t->due ? t->due : NO_TIMEOUT) == -ERESTARTSYS)
			return -ERESTARTSYS;
	}
	return give_count(to, count_up(t, clock_ns()));
}

static uint32_t timer_poll(struct file *f)
{
	return is_due(f->object, clock_ns()) ? POLLIN : 0;
}

static void timer_release(struct file *f)
{
	struct timer *t = f->object;

	t->used = 0;
	used_timers--;
}

static const struct file_ops timer_ops = { .read = timer_read,
					   .poll = timer_poll,
					   .release = timer_release };

/* The clocks that go on: all begin at the boot, but for the real time. */
static int32_t make_timer(uint32_t clock, uint32_t flags)
{
	if ((flags & ~(O_NONBLOCK | O_CLOEXEC)) || !(1u << clock % 32 & 0x383) || clock > 9)
		return -EINVAL;
	for (unsigned i = 0; i < NR_EVENTS; i++) {
		struct timer *t = &timers[i];

		if (t->used)
			continue;
		*t = (struct timer){ 0 };
		t->file = file_new(&timer_ops, (int32_t)(TIMER_HANDLE + i),
				   O_RDWR | (flags & O_NONBLOCK), t);
		if (!t->file)
			break;
		t->used = 1;
		used_timers++;
		if (clock == CLOCK_REALTIME || clock == 8)
			ask_host(HOST_EPOCH, (uint32_t)&t->base, 0, 0, 0, 0, 0);
		return fd_install(t->file, 0, flags & O_CLOEXEC);
	}
	return -ENFILE;
}

asmlinkage int32_t sys_timerfd_create(uint32_t clock, uint32_t flags)
{
	return no_jump(make_timer(clock, flags));
}

static struct timer *timer_of(uint32_t fd, int32_t *error)
{
	struct file *f = file_of(fd);

	*error = f ? -EINVAL : -EBADF;
	return f && f->ops == &timer_ops ? f->object : NULL;
}

struct setting {
	uint64_t interval, left;
};

static struct setting setting_of(const struct timer *t)
{
	struct timer next = *t;
	uint64_t now = clock_ns();

	if (is_due(t, now)) /* the next one, without a read */
		count_up(&next, now);
	return (struct setting){ t->interval, next.due ? next.due - now : 0 };
}

/* A struct itimerspec: interval, value; a time has so many words. */
static int32_t put_setting(uint32_t at, const struct setting *s, unsigned words)
{
	if (put_user_time(at, words, s->interval) || put_user_time(at + 4 * words, words, s->left))
		return -EFAULT;
	return 0;
}

static int32_t get_time(uint32_t fd, uint32_t value, unsigned words)
{
	struct setting is;
	int32_t error;
	struct timer *t = timer_of(fd, &error);

	if (!t)
		return error;
	is = setting_of(t);
	return put_setting(value, &is, words);
}

/* Both of its times are read before either is looked at. */
static int32_t get_setting(uint32_t at, struct setting *s, unsigned words)
{
	int interval = get_user_time(at, words, &s->interval);
	int left = get_user_time(at + 4 * words, words, &s->left);

	return interval == -EFAULT || left == -EFAULT ? -EFAULT : interval | left ? -EINVAL : 0;
}

static int32_t set_time(uint32_t fd, uint32_t flags, uint32_t value, uint32_t old, unsigned words)
{
	struct setting next, before;
	int32_t error = get_setting(value, &next, words);
	struct timer *t;

	if (!error && (flags & ~3u)) /* and to be told when the clock is set, which it is not */
		error = -EINVAL;
	if (error)
		return error;
	t = timer_of(fd, &error);
	if (!t)
		return error;
	before = setting_of(t);
	if (next.left && !(flags & TIMER_ABSTIME))
		next.left += clock_ns();
	else if (next.left)
		next.left = next.left > t->base ? next.left - t->base : 1;
	t->interval = next.interval;
	t->due = next.left;
	t->told = 0;
	file_changed(t->file);
	return old ? put_setting(old, &before, words) :
		     0; /* where it cannot be told, it is set all the same */
}

asmlinkage int32_t sys_timerfd_settime(uint32_t fd, uint32_t flags, uint32_t value, uint32_t old)
{
	return no_jump(set_time(fd, flags, value, old, 2));
}

asmlinkage int32_t sys_timerfd_settime64(uint32_t fd, uint32_t flags, uint32_t value, uint32_t old)
{
	return no_jump(set_time(fd, flags, value, old, 4));
}

asmlinkage int32_t sys_timerfd_gettime(uint32_t fd, uint32_t value)
{
	return no_jump(get_time(fd, value, 2));
}

asmlinkage int32_t sys_timerfd_gettime64(uint32_t fd, uint32_t value)
{
	return no_jump(get_time(fd, value, 4));
}
