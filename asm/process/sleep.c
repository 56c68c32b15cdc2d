/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sleep.c: sleeping, waking, and the clock. Time is counted instructions, a nanosecond each, and
 * what all have slept through: with nobody to run, the clock jumps to the next timer (sched.c).
 * There are few tasks, so who sleeps on what is looked up in their table.
 */
#include "process/process.h"

#define EOPNOTSUPP 95
#define TICK_NS    1000000u /* HZ 1000; the host sends the interrupts */
#define NS_PER_SEC 1000000000u

asmlinkage int32_t sys_alarm(uint32_t seconds);
asmlinkage int32_t sys_setitimer(int32_t which, uint32_t value, uint32_t old);
asmlinkage int32_t sys_getitimer(int32_t which, uint32_t value);
asmlinkage int32_t sys_nanosleep(uint32_t request, uint32_t remain);
asmlinkage int32_t sys_clock_nanosleep(int32_t clock, uint32_t flags, uint32_t request,
				       uint32_t remain);
asmlinkage int32_t sys_clock_nanosleep64(int32_t clock, uint32_t flags, uint32_t request,
					 uint32_t remain);
asmlinkage int32_t sys_pause(void);

uint64_t clock_skew;
uint32_t sleeps;
const char poll_channel = 0;
static const char time_channel, signal_channel; /* nobody wakes these: a clock does, or a signal */

uint64_t clock_ns(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (((uint64_t)high << 32) | low) + clock_skew;
}

/* ---- sleeping and waking ---- */

enum { BY_SIGNAL, BY_CHANNEL, BY_CLOCK };

int sleep_on(const void *channel, uint64_t until)
{
	struct task_struct *self = current;

	self->channel = channel;
	self->until = until;
	self->asleep_since = ++sleeps;
	self->woken = BY_SIGNAL;
	self->state = TASK_INTERRUPTIBLE;
	__asm__ volatile("" : : : "memory");
	/* Asked now, not before: a tick may fall here, and the signal that it sends wakes only who sleeps already. */
	if (signal_pending()) {
		wake_up_process(self);
		self->channel = NULL;
		return -ERESTARTSYS;
	}
	save_segments(&self->thread); /* if nobody else runs meanwhile, schedule does not */
	schedule();
	self = current;
	self->channel = NULL;
	switch (self->woken) {
	case BY_CHANNEL: return 0;
	case BY_CLOCK: return -ETIME;
	default: return -ERESTARTSYS;
	}
}

static int sleeps_on(const struct task_struct *t, const void *channel)
{
	return t->state == TASK_INTERRUPTIBLE && t->channel == channel;
}

static void wake(struct task_struct *t, uint32_t why)
{
	t->woken = why;
	wake_up_process(t);
}

void wake_up(const void *channel)
{
	for_each_task(t) if (sleeps_on(t, channel)) wake(t, BY_CHANNEL);
}

/* ---- timers: each task's sleep, and each process's alarm ---- */

static int is_asleep(const struct task_struct *t)
{
	return t->state == TASK_INTERRUPTIBLE;
}

static int has_alarm(const struct task_struct *t)
{
	return is_leader(t) && t->group.alarm;
}

int next_timer(uint64_t *when)
{
	uint64_t first = first_timer();

	for_each_task(t)
	{
		if (is_asleep(t) && t->until < first)
			first = t->until;
		if (has_alarm(t) && t->group.alarm < first)
			first = t->group.alarm;
	}
	*when = first;
	return first != NO_TIMEOUT;
}

void skip_time(uint64_t when)
{
	uint64_t now = clock_ns();

	if (when > now)
		clock_skew += when - now;
}

static void ring(struct task_struct *leader, uint64_t now)
{
	struct siginfo info = { .si_signo = SIGALRM, .si_code = SI_KERNEL };
	struct group *g = &leader->group;

	if (!g->interval)
		g->alarm = 0;
	while (g->alarm && g->alarm <= now)
		g->alarm += g->interval;
	group_signal(SIGALRM, &info, leader);
}

int run_timers(void)
{
	uint64_t now = clock_ns();
	int n = ring_timers(now);

	for_each_task(t)
	{
		if (is_asleep(t) && t->until <= now) {
			wake(t, BY_CLOCK);
			n++;
		}
		if (has_alarm(t) && t->group.alarm <= now) {
			ring(t, now);
			n++;
		}
	}
	return n;
}

/* A timer that runs while the process does: ticks left, interval. */
static void count_down(uint32_t timer[2], int sig, struct task_struct *leader)
{
	struct siginfo info = { .si_signo = sig, .si_code = SI_KERNEL };

	if (!timer[0] || --timer[0])
		return;
	timer[0] = timer[1];
	group_signal(sig, &info, leader);
}

/* The tick. Who has had one gives way to whoever can run. */
void do_timer_interrupt(struct pt_regs *regs, int error_code)
{
	struct task_struct *self = current;
	struct group *g = &self->leader->group;
	uint64_t when;

	(void)error_code;
	if (user_mode(regs)) {
		self->utime++;
		count_down(g->virt, SIGVTALRM, self->leader);
	} else {
		self->stime++;
	}
	count_down(g->prof, SIGPROF, self->leader);
	if (time_jumps && next_timer(&when))
		skip_time(when);
	run_timers();
	for_each_program(t) if (t != self && t->state == TASK_RUNNING)
		set_tsk_thread_flags(self, _TIF_NEED_RESCHED);
}

void timers_forget(struct task_struct *leader)
{
	struct group *g = &leader->group;

	g->alarm = g->interval = 0;
	g->virt[0] = g->virt[1] = g->prof[0] = g->prof[1] = 0;
	forget_timers(leader);
}

/* ---- times as programs have them ---- */

/* No 64-bit division is at hand: bit by bit, as on paper. */
static __attribute__((noinline)) uint32_t divide(uint64_t value, uint32_t by, uint32_t *rest)
{
	uint64_t remainder = 0;
	uint32_t quotient = 0;

	for (unsigned i = 0; i < 64; i++) {
		remainder += remainder + (value >> 63);
		value += value;
		quotient += quotient;
		if (remainder >= by) {
			remainder -= by;
			quotient |= 1;
		}
	}
	*rest = (uint32_t)remainder;
	return quotient;
}

/* `words`: 2, or 4 for 64-bit ones. 0, -EFAULT or -EINVAL. */
int get_user_time(uint32_t at, unsigned words, uint64_t *ns)
{
	uint32_t in[4] = { 0 };
	uint32_t nsec, high;

	if (copy_from_user(in, at, words))
		return -EFAULT;
	nsec = words == 2 ? in[1] : in[2];
	high = words == 2 ? (uint32_t)((int32_t)in[0] >> 31) : in[1];
	if (nsec >= NS_PER_SEC || (int32_t)high < 0)
		return -EINVAL;
	*ns = high ? NO_TIMEOUT / 2 : (uint64_t)in[0] * NS_PER_SEC + nsec;
	return 0;
}

int put_user_time(uint32_t at, unsigned words, uint64_t ns)
{
	uint32_t out[4] = { 0 };

	out[0] = divide(ns, NS_PER_SEC, words == 2 ? &out[1] : &out[2]);
	return copy_to_user(at, out, words) ? -EFAULT : 0;
}

int put_user_timeval(uint32_t at, uint64_t ns)
{
	uint32_t out[2], rest;

	out[0] = divide(ns, NS_PER_SEC, &rest);
	out[1] = divide(rest, 1000, &rest);
	return copy_to_user(at, out, 2) ? -EFAULT : 0;
}

/* ---- sleeping calls ---- */

/*
 * A sleep that a signal without a handler interrupts goes on by restart_syscall up to the same
 * time: restart_block[0] is where the rest is to be told, [1] and [2] when, [3] words of a time.
 */
static int32_t sleep_until(uint64_t when, uint32_t remain, unsigned words)
{
	uint32_t *block = current_thread_info()->restart_block;
	int result;

	do
		result = sleep_on(&time_channel, when);
	while (!result);
	if (result == -ETIME)
		return 0;
	if (remain) {
		uint64_t now = clock_ns();

		if (put_user_time(remain, words, when > now ? when - now : 0))
			return -EFAULT;
	}
	block[0] = remain;
	block[1] = (uint32_t)when;
	block[2] = (uint32_t)(when >> 32);
	block[3] = words;
	return -ERESTART_RESTARTBLOCK;
}

static int32_t sleep_for(uint32_t request, uint32_t remain, unsigned words)
{
	uint64_t ns;
	int error = get_user_time(request, words, &ns);

	return error ? error : sleep_until(clock_ns() + ns, remain, words);
}

asmlinkage int32_t sys_nanosleep(uint32_t request, uint32_t remain)
{
	return no_jump(sleep_for(request, remain, 2));
}

int32_t restart_sleep(void)
{
	const uint32_t *block = current_thread_info()->restart_block;

	if (!block[3])
		return -EINTR;
	return sleep_until(((uint64_t)block[2] << 32) | block[1], block[0], block[3]);
}

/* Absolute: CLOCK_REALTIME begins with the epoch, which is the host's to know. */
static int32_t clock_sleep(int32_t clock, uint32_t flags, uint32_t request, uint32_t remain,
			   unsigned words)
{
	uint64_t when, base = 0;
	int error;

	if (clock < 0 || clock > 11 || clock == 10)
		return -EINVAL;
	if (clock >= 3 && clock <= 6) /* a thread's, raw and coarse ones wake nobody */
		return -EOPNOTSUPP;
	if (!(flags & 1))
		return sleep_for(request, remain, words);
	error = get_user_time(request, words, &when);
	if (error)
		return error;
	if (clock == 0)
		ask_host(HOST_EPOCH, (uint32_t)&base, 0, 0, 0, 0, 0);
	error = sleep_until(when > base ? when - base : 0, 0, words);
	return error == -ERESTART_RESTARTBLOCK ? -ERESTARTNOHAND : error;
}

asmlinkage int32_t sys_clock_nanosleep(int32_t clock, uint32_t flags, uint32_t request,
				       uint32_t remain)
{
	return no_jump(clock_sleep(clock, flags, request, remain, 2));
}

asmlinkage int32_t sys_clock_nanosleep64(int32_t clock, uint32_t flags, uint32_t request,
					 uint32_t remain)
{
	return no_jump(clock_sleep(clock, flags, request, remain, 4));
}

asmlinkage int32_t sys_pause(void)
{
	while (!sleep_on(&signal_channel, NO_TIMEOUT))
		;
	return -ERESTARTNOHAND;
}

asmlinkage int32_t sys_sched_yield(void)
{
	yield();
	return 0;
}

/* ---- alarm and the interval timers ---- */

#define ITIMER_REAL    0
#define ITIMER_VIRTUAL 1
#define ITIMER_PROF    2

asmlinkage int32_t sys_alarm(uint32_t seconds)
{
	struct group *g = &current->leader->group;
	uint64_t now = clock_ns();
	uint32_t left = 0, rest;

	if (g->alarm > now) {
		left = divide(g->alarm - now, NS_PER_SEC, &rest);
		left += rest >= NS_PER_SEC / 2 || !left; /* it says 0 only if there was none */
	}
	g->interval = 0;
	g->alarm = seconds ? now + (uint64_t)seconds * NS_PER_SEC : 0;
	return (int32_t)left;
}

struct interval {
	uint64_t interval, left; /* in nanoseconds */
};

/* A struct itimerval: interval, value; each seconds and microseconds. */
static int put_interval(uint32_t at, const struct interval *i)
{
	uint32_t out[4], ns;

	out[0] = divide(i->interval, NS_PER_SEC, &ns);
	out[1] = divide(ns, 1000, &ns);
	out[2] = divide(i->left, NS_PER_SEC, &ns);
	out[3] = divide(ns, 1000, &ns);
	return copy_to_user(at, out, 4) ? -EFAULT : 0;
}

static uint32_t *ticks_of(struct group *g, int32_t which)
{
	return which == ITIMER_VIRTUAL ? g->virt : g->prof;
}

static struct interval timer_of(int32_t which)
{
	struct group *g = &current->leader->group;
	uint64_t now = clock_ns();
	const uint32_t *ticks = ticks_of(g, which);

	if (which == ITIMER_REAL)
		return (struct interval){ g->interval, g->alarm > now ? g->alarm - now : 0 };
	return (struct interval){ (uint64_t)ticks[1] * TICK_NS, (uint64_t)ticks[0] * TICK_NS };
}

static int32_t get_timer(int32_t which, uint32_t value)
{
	struct interval i;

	if (which < ITIMER_REAL || which > ITIMER_PROF)
		return -EINVAL;
	i = timer_of(which);
	return put_interval(value, &i);
}

asmlinkage int32_t sys_getitimer(int32_t which, uint32_t value)
{
	return no_jump(get_timer(which, value));
}

/* Rounded up, as a timer is never early. */
static uint32_t to_ticks(uint64_t ns)
{
	uint32_t rest, ticks = divide(ns, TICK_NS, &rest);

	return ticks + (rest != 0);
}

asmlinkage int32_t sys_setitimer(int32_t which, uint32_t value, uint32_t old)
{
	struct group *g = &current->leader->group;
	uint64_t interval = 0, first = 0;
	struct interval before;
	uint32_t in[4];

	if (value) {
		if (copy_from_user(in, value, 4))
			return -EFAULT;
		if ((int32_t)in[0] < 0 || (int32_t)in[2] < 0 || in[1] >= 1000000 ||
		    in[3] >= 1000000)
			return -EINVAL;
		interval = (uint64_t)in[0] * NS_PER_SEC + (uint64_t)in[1] * 1000;
		first = (uint64_t)in[2] * NS_PER_SEC + (uint64_t)in[3] * 1000;
	}
	if (which < ITIMER_REAL || which > ITIMER_PROF)
		return -EINVAL;
	before = timer_of(which);
	if (which == ITIMER_REAL) {
		g->interval = first ? interval : 0;
		g->alarm = first ? clock_ns() + first : 0;
	} else {
		ticks_of(g, which)[0] = to_ticks(first);
		ticks_of(g, which)[1] = to_ticks(interval);
	}
	return old ? put_interval(old, &before) :
		     0; /* where it cannot be told, it is set all the same */
}
