/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timer.c: timer_create and its like: timers of a process, as many as it likes up to the machine's
 * end of them, each with a signal. Who calls: sleep.c, when the time has come.
 */
#include "process/process.h"

asmlinkage int32_t sys_timer_create(int32_t clock, uint32_t event, uint32_t id);
asmlinkage int32_t sys_timer_settime(int32_t id, uint32_t flags, uint32_t value, uint32_t old);
asmlinkage int32_t sys_timer_settime64(int32_t id, uint32_t flags, uint32_t value, uint32_t old);
asmlinkage int32_t sys_timer_gettime(int32_t id, uint32_t value);
asmlinkage int32_t sys_timer_gettime64(int32_t id, uint32_t value);
asmlinkage int32_t sys_timer_getoverrun(int32_t id);
asmlinkage int32_t sys_timer_delete(int32_t id);

#define CLOCK_REALTIME  0
#define CLOCK_MONOTONIC 1
#define TIMER_ABSTIME   1
#define SIGEV_SIGNAL    0
#define SIGEV_NONE      1
#define SIGEV_THREAD    2
#define SIGEV_THREAD_ID 4
#define SI_TIMER        (-2)

struct timer posix_timers[NR_TIMERS];
static struct timer *timers_end = posix_timers; /* behind the last that is somebody's */

uint64_t first_timer(void)
{
	uint64_t first = NO_TIMEOUT;

	for (struct timer *t = posix_timers; t < timers_end; t++)
		if (t->until && t->until < first)
			first = t->until;
	return first;
}

/* One that is still pending takes no second; these are counted. */
static void ring(struct timer *t)
{
	struct siginfo info = { .si_signo = (int32_t)t->sig,
				.si_code = SI_TIMER,
				.si_pid = (uint32_t)(t - posix_timers),
				.si_status = (int32_t)t->value };
	uint64_t pending = t->thread ? t->thread->sigpending : t->leader->sigshared;

	if (!t->sig)
		return;
	if (pending & SIGBIT(t->sig)) {
		t->overrun++;
		return;
	}
	info.si_uid = t->overrun;
	t->overrun = 0;
	if (t->thread)
		send_sig_info((int)t->sig, &info, t->thread);
	else
		group_signal((int)t->sig, &info, t->leader);
}

int ring_timers(uint64_t now)
{
	int n = 0;

	for (struct timer *t = posix_timers; t < timers_end; t++) {
		if (!t->until || t->until > now)
			continue;
		n++;
		ring(t);
		if (!t->interval)
			t->until = 0;
		while (t->until && t->until <= now)
			t->until += t->interval;
	}
	return n;
}

static void drop(struct timer *t)
{
	t->leader = NULL;
	t->until = 0;
	while (timers_end > posix_timers && !timers_end[-1].leader)
		timers_end--;
}

void forget_timers(struct task_struct *leader)
{
	for (struct timer *t = posix_timers; t < timers_end; t++)
		if (t->leader == leader)
			drop(t);
}

static struct timer *timer_of(int32_t id)
{
	struct timer *t = &posix_timers[id];

	return id >= 0 && id < NR_TIMERS && t->leader == current->leader ? t : NULL;
}

/* What a struct sigevent asks for: value, signal, how, thread. 0 or -errno. */
static int32_t read_event(struct timer *t, uint32_t event)
{
	uint32_t in[4];

	t->sig = SIGALRM;
	t->value = (uint32_t)(t - posix_timers);
	if (!event)
		return 0;
	if (copy_from_user(in, event, 4))
		return -EFAULT;
	if (in[2] != SIGEV_SIGNAL && in[2] != SIGEV_NONE && in[2] != SIGEV_THREAD &&
	    in[2] != SIGEV_THREAD_ID)
		return -EINVAL;
	t->value = in[0];
	t->sig = in[2] == SIGEV_NONE ? 0 : in[1];
	if (t->sig > _NSIG || (!t->sig && in[2] != SIGEV_NONE))
		return -EINVAL;
	if (in[2] == SIGEV_THREAD_ID) {
		t->thread = find_task_by_pid((int32_t)in[3]);
		if (!t->thread || !same_group(t->thread, current))
			return -EINVAL;
	}
	return 0;
}

static int32_t create(int32_t clock, uint32_t event, uint32_t id)
{
	struct timer *t = posix_timers,
		     new = { .leader = current->leader, .realtime = clock == CLOCK_REALTIME };
	int32_t error;

	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
		return -EINVAL;
	while (t < timers_end && t->leader)
		t++;
	if (t == posix_timers + NR_TIMERS)
		return -EAGAIN;
	*t = new;
	if (t == timers_end)
		timers_end++;
	error = read_event(t, event);
	if (!error && put_user((uint32_t)(t - posix_timers), id))
		error = -EFAULT;
	if (error)
		drop(t);
	return error;
}

asmlinkage int32_t sys_timer_create(int32_t clock, uint32_t event, uint32_t id)
{
	return no_jump(create(clock, event, id));
}

/* A struct itimerspec: the interval, and what is left. */
static int32_t get(int32_t id, uint32_t value, unsigned words)
{
	const struct timer *t = timer_of(id);
	uint64_t now = clock_ns();

	if (!t)
		return -EINVAL;
	if (put_user_time(value, words, t->interval) ||
	    put_user_time(value + 4 * words, words, t->until > now ? t->until - now : 0))
		return -EFAULT;
	return 0;
}

asmlinkage int32_t sys_timer_gettime(int32_t id, uint32_t value)
{
	return no_jump(get(id, value, 2));
}

asmlinkage int32_t sys_timer_gettime64(int32_t id, uint32_t value)
{
	return no_jump(get(id, value, 4));
}

static int32_t set(int32_t id, uint32_t flags, uint32_t value, uint32_t old, unsigned words)
{
	struct timer *t = timer_of(id);
	uint64_t interval, first, base = 0, now = clock_ns();
	int32_t error;

	if (!t)
		return -EINVAL;
	error = get_user_time(value, words, &interval);
	if (!error)
		error = get_user_time(value + 4 * words, words, &first);
	if (!error && old)
		error = get(id, old, words);
	if (error)
		return error;
	if ((flags & TIMER_ABSTIME) && t->realtime)
		ask_host(HOST_EPOCH, (uint32_t)&base, 0, 0, 0, 0, 0);
	if (first && (flags & TIMER_ABSTIME))
		first = first > base + now ? first - base : now;
	else if (first)
		first += now;
	t->interval = interval;
	t->until = first;
	t->overrun = 0;
	return 0;
}

asmlinkage int32_t sys_timer_settime(int32_t id, uint32_t flags, uint32_t value, uint32_t old)
{
	return no_jump(set(id, flags, value, old, 2));
}

asmlinkage int32_t sys_timer_settime64(int32_t id, uint32_t flags, uint32_t value, uint32_t old)
{
	return no_jump(set(id, flags, value, old, 4));
}

asmlinkage int32_t sys_timer_getoverrun(int32_t id)
{
	const struct timer *t = timer_of(id);

	return t ? (int32_t)t->overrun : -EINVAL;
}

asmlinkage int32_t sys_timer_delete(int32_t id)
{
	struct timer *t = timer_of(id);

	if (!t)
		return -EINVAL;
	drop(t);
	return 0;
}
