/* SPDX-License-Identifier: GPL-2.0-only */
/* Timers of timer_create: once, again and again, at a time, what they tell, how they end. */
#include "proc.h"

static volatile sig_atomic_t told, code, value;

static void hear(int sig, siginfo_t *info, void *context)
{
	(void)sig, (void)context;
	told++;
	code = info->si_code;
	value = info->si_value.sival_int;
}

static timer_t create(clockid_t clock, int notify)
{
	struct sigevent e = { .sigev_notify = notify, .sigev_signo = SIGUSR1 };
	timer_t id;

	e.sigev_value.sival_int = 77;
	CHECK(!timer_create(clock, &e, &id));
	return id;
}

static void set(timer_t id, int flags, long ms, long interval)
{
	struct itimerspec t = { { 0, interval * 1000000 }, { ms / 1000, ms % 1000 * 1000000 } };

	CHECK(!timer_settime(id, flags, &t, NULL));
}

/* Not by pause: it may have come before. */
static void wait_for(int times)
{
	while (told < times)
		poll(NULL, 0, 1);
}

int main(void)
{
	struct sigaction a = { .sa_sigaction = hear, .sa_flags = SA_SIGINFO };
	struct itimerspec left;
	struct timespec now;
	int64_t before;
	sigset_t set_of;
	timer_t id, other;

	hurry();
	CHECK(!sigaction(SIGUSR1, &a, NULL) && !sigaction(SIGALRM, &a, NULL));
	id = create(CLOCK_MONOTONIC, SIGEV_SIGNAL);
	CHECK(!timer_gettime(id, &left) && !left.it_value.tv_sec && !left.it_value.tv_nsec);
	before = now_ms();
	set(id, 0, 500, 0);
	CHECK(!timer_gettime(id, &left) && left.it_value.tv_nsec > 0);
	set(id, 0, 20, 0);
	wait_for(1);
	CHECK(now_ms() - before >= 19 && told == 1 && code == SI_TIMER && value == 77);
	CHECK(!timer_gettime(id, &left) && !left.it_value.tv_nsec);

	told = 0; /* at a time, and from then on */
	CHECK(!clock_gettime(CLOCK_MONOTONIC, &now));
	set(id, TIMER_ABSTIME, now.tv_sec * 1000 + now.tv_nsec / 1000000 + 10, 5);
	wait_for(4);
	set(id, 0, 0, 0);
	poll(NULL, 0, 1); /* the last may be on its way */
	told = 0;
	poll(NULL, 0, 20);
	CHECK(told == 0);

	sigemptyset(&set_of); /* while it is blocked the others are counted */
	sigaddset(&set_of, SIGUSR1);
	CHECK(!sigprocmask(SIG_BLOCK, &set_of, NULL));
	set(id, 0, 5, 5);
	poll(NULL, 0, 52);
	CHECK(!sigprocmask(SIG_UNBLOCK, &set_of, NULL));
	CHECK(told >= 1 && told <= 9); /* it runs on */
	set(id, 0, 0, 0);

	told = 0;
	other = create(CLOCK_REALTIME, SIGEV_NONE);
	set(other, 0, 1, 0);
	poll(NULL, 0, 5);
	CHECK(told == 0);
	CHECK(!timer_create(CLOCK_MONOTONIC, NULL, &other)); /* SIGALRM */
	set(other, 0, 1, 0);
	wait_for(1);
	CHECK(told == 1);

	pid_t pid;
	CHILD(pid) FAILS(timer_gettime(id, &left), EINVAL); /* a child has none */
	expect_exit(pid, 0);
	CHECK(!timer_delete(id));
	FAILS(timer_gettime(id, &left), EINVAL);
	FAILS(timer_create(1000, NULL, &id), EINVAL);
	return 0;
}
