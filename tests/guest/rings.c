/* SPDX-License-Identifier: GPL-2.0-only */
/* rings.c: a timer of timer_create is to ring in a second. Exits with 1 if it has rung before the program's few
 * instructions were over, as on a machine that is busy otherwise. Not a test of itself: for schedules. */
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t rung;

static void note(int sig)
{
	(void)sig;
	rung = 1;
}

int main(void)
{
	struct itimerspec in_a_second = { .it_value = { 1, 0 } };
	int id;

	signal(SIGALRM, note);
	if (syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id) ||
	    syscall(SYS_timer_settime, id, 0, &in_a_second, NULL))
		return 125;
	for (volatile int i = 0; i < 3; i++)
		;
	_exit(rung);
}
