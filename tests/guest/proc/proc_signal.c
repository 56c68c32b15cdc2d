/* SPDX-License-Identifier: GPL-2.0-only */
/* proc_signal.c: signals as sigaction(2), sigprocmask(2), signal(7) and their neighbours say. */
#include "proc.h"

#include <sys/syscall.h>
#include <sys/time.h>

static sigset_t set_of(int a, int b)
{
	sigset_t s;

	sigemptyset(&s);
	if (a)
		sigaddset(&s, a);
	if (b)
		sigaddset(&s, b);
	return s;
}

static int times, of_rt;
static siginfo_t last;
static sigset_t inside;

static void note(int sig, siginfo_t *info, void *context)
{
	(void)context;
	times++;
	if (sig == 35)
		CHECK(info->si_value.sival_int == 200 + of_rt++);
	last = *info;
	sigprocmask(SIG_BLOCK, NULL, &inside);
}

static void note_it(int sig, int flags, sigset_t mask)
{
	struct sigaction a = { .sa_sigaction = note,
			       .sa_flags = flags | SA_SIGINFO,
			       .sa_mask = mask };

	CHECK(!sigaction(sig, &a, NULL));
	times = 0;
}

/* A handler runs with its mask and the signal itself blocked, and the old mask is back behind it. */
static void actions(void)
{
	struct sigaction a = { .sa_handler = SIG_DFL }, old;
	sigset_t now;

	note_it(SIGUSR1, 0, set_of(SIGUSR2, 40));
	raise(SIGUSR1);
	CHECK(times == 1 && sigismember(&inside, SIGUSR1) && sigismember(&inside, SIGUSR2));
	CHECK(sigismember(&inside, 40) && !sigismember(&inside, SIGTERM));
	CHECK(last.si_signo == SIGUSR1 && last.si_pid == getpid() && last.si_code == SI_TKILL);
	sigprocmask(SIG_BLOCK, NULL, &now);
	CHECK(!sigismember(&now, SIGUSR1) && !sigismember(&now, SIGUSR2));
	note_it(SIGUSR1, SA_NODEFER | SA_RESETHAND, set_of(0, 0));
	CHECK(!kill(getpid(), SIGUSR1));
	CHECK(times == 1 && !sigismember(&inside, SIGUSR1) && last.si_code == SI_USER);
	CHECK(!sigaction(SIGUSR1, NULL, &old) && old.sa_handler == SIG_DFL);
	a.sa_flags = SA_ONSTACK;
	a.sa_mask = set_of(SIGKILL, SIGHUP);
	CHECK(!sigaction(SIGUSR2, &a, NULL) && !sigaction(SIGUSR2, NULL, &old));
	CHECK(!sigismember(&old.sa_mask, SIGKILL) && sigismember(&old.sa_mask, SIGHUP));
	CHECK(old.sa_flags & SA_ONSTACK);
	FAILS(sigaction(SIGKILL, &a, NULL), EINVAL);
	FAILS(sigaction(SIGSTOP, &a, NULL), EINVAL);
	CHECK(!sigaction(SIGKILL, NULL, &old));
	FAILS((int)syscall(SYS_rt_sigaction, 0, NULL, NULL, 8), EINVAL);
	FAILS((int)syscall(SYS_rt_sigaction, 65, NULL, NULL, 8), EINVAL);
	FAILS((int)syscall(SYS_rt_sigaction, SIGHUP, NULL, NULL, 4), EINVAL);
	FAILS((int)syscall(SYS_rt_sigaction, SIGHUP, nowhere, NULL, 8), EFAULT);
	FAILS((int)syscall(SYS_rt_sigaction, SIGHUP, NULL, nowhere, 8), EFAULT);
}

/* Standard signals wait once, real-time ones each, in order, lowest first, each with its value. */
static void queues(void)
{
	sigset_t both = set_of(SIGUSR1, 40), pending, old;

	sigaddset(&both, 35);
	note_it(SIGUSR1, 0, set_of(0, 0));
	note_it(35, 0, both);
	note_it(40, 0, both);
	CHECK(!sigprocmask(SIG_BLOCK, &both, &old));
	for (int i = 0; i < 3; i++) {
		CHECK(!sigqueue(getpid(), 40, (union sigval){ .sival_int = 100 + i }));
		CHECK(!sigqueue(getpid(), 35, (union sigval){ .sival_int = 200 + i }));
		CHECK(!kill(getpid(), SIGUSR1));
	}
	CHECK(!sigpending(&pending) && times == 0);
	CHECK(sigismember(&pending, SIGUSR1) && sigismember(&pending, 35) &&
	      sigismember(&pending, 40) && !sigismember(&pending, 36));
	for (int i = 0; i < 3; i++) {
		sigset_t one = set_of(40, 0);
		siginfo_t info;

		CHECK(sigwaitinfo(&one, &info) == 40 && info.si_code == SI_QUEUE);
		CHECK(info.si_value.sival_int == 100 + i && info.si_pid == getpid());
	}
	CHECK(!sigprocmask(SIG_SETMASK, &old, NULL));
	CHECK(times == 4 && of_rt == 3); /* SIGUSR1 before or behind them: kernels differ in this */
	CHECK(!sigpending(&pending) && !sigismember(&pending, 35) &&
	      !sigismember(&pending, SIGUSR1));
}

static void waits(void)
{
	sigset_t s = set_of(SIGUSR1, SIGUSR2), none = set_of(0, 0), old, now;
	struct timespec t = { 0, 30000000 }, bad = { 0, 1000000000 }, zero = { 0, 0 };
	int64_t start = now_ms();
	siginfo_t info;
	pid_t pid;

	catch (SIGUSR2, 0);
	CHECK(!sigprocmask(SIG_BLOCK, &s, &old));
	FAILS(sigtimedwait(&s, &info, &t), EAGAIN);
	CHECK(now_ms() - start >= 29);
	FAILS(sigtimedwait(&s, &info, &zero), EAGAIN);
	FAILS(sigtimedwait(&s, &info, &bad), EINVAL);
	CHILD(pid)
	{
		sleep_ms(20);
		kill(getppid(), SIGUSR1);
	}
	CHECK(sigwaitinfo(&s, &info) == SIGUSR1 && info.si_pid == pid && info.si_code == SI_USER);
	expect_exit(pid, 0);
	CHECK(!caught);
	/* sigsuspend: "restored to the state before" */
	CHECK(!kill(getpid(), SIGUSR2) && !caught);
	FAILS(sigsuspend(&none), EINTR);
	CHECK(caught == SIGUSR2);
	CHECK(!sigprocmask(SIG_BLOCK, NULL, &now) && sigismember(&now, SIGUSR2));
	CHECK(!sigprocmask(SIG_UNBLOCK, &s, NULL));
	CHECK(!sigprocmask(SIG_BLOCK, NULL, &now) && !sigismember(&now, SIGUSR1));
	FAILS((int)syscall(SYS_rt_sigprocmask, 77, &s, NULL, 8), EINVAL);
	FAILS((int)syscall(SYS_rt_sigprocmask, SIG_BLOCK, &s, NULL, 4), EINVAL);
	FAILS((int)syscall(SYS_rt_sigprocmask, SIG_BLOCK, nowhere, NULL, 8), EFAULT);
	FAILS((int)syscall(SYS_rt_sigsuspend, &s, 4), EINVAL);
	FAILS((int)syscall(SYS_rt_sigpending, &s, 12), EINVAL);
	CHECK(!sigprocmask(SIG_SETMASK, &old, NULL));
	catch (SIGUSR1, 0);
	CHILD(pid)
	{
		sleep_ms(20);
		kill(getppid(), SIGUSR1);
	}
	FAILS(pause(), EINTR);
	CHECK(caught == SIGUSR1);
	expect_exit(pid, 0);
	/* What is ignored is no more pending. */
	s = set_of(SIGUSR1, 0);
	CHECK(!sigprocmask(SIG_BLOCK, &s, NULL) && !raise(SIGUSR1));
	signal(SIGUSR1, SIG_IGN);
	CHECK(!sigpending(&now) && !sigismember(&now, SIGUSR1));
	CHECK(!sigprocmask(SIG_UNBLOCK, &s, NULL));
}

/* signal(7): a read is restarted by SA_RESTART, a sleep never. */
static void restarts(void)
{
	int p[2];
	pid_t pid;
	char c;

	CHECK(!pipe(p));
	for (int restart = 0; restart < 2; restart++) {
		struct timespec t = { 5, 0 }, left = { 0, 0 };

		catch (SIGUSR1, restart ? SA_RESTART : 0);
		CHILD(pid)
		{
			sleep_ms(20);
			kill(getppid(), SIGUSR1);
			sleep_ms(20);
			CHECK(write(p[1], "x", 1) == 1);
		}
		if (restart)
			CHECK(read(p[0], &c, 1) == 1 && c == 'x');
		else
			FAILS(read(p[0], &c, 1), EINTR);
		CHECK(caught_times == 1);
		while (waitpid(pid, NULL, 0) < 0)
			CHECK(errno == EINTR);
		if (!restart)
			CHECK(read(p[0], &c, 1) == 1);
		CHILD(pid)
		{
			sleep_ms(20);
			kill(getppid(), SIGUSR1);
		}
		FAILS(nanosleep(&t, &left), EINTR);
		CHECK(left.tv_sec == 4 && left.tv_nsec > 0 && left.tv_nsec < 999000000);
		expect_exit(pid, 0);
	}
	/* Stopped and continued without a handler, it goes on for the rest. */
	CHILD(pid)
	{
		struct timespec t = { 0, 60000000 };
		int64_t start = now_ms();

		CHECK(!nanosleep(&t, NULL) && now_ms() - start >= 59);
	}
	sleep_ms(10);
	CHECK(!kill(pid, SIGSTOP));
	sleep_ms(10);
	CHECK(!kill(pid, SIGCONT));
	expect_exit(pid, 0);
	FAILS(nanosleep(&(struct timespec){ 0, 1000000000 }, NULL), EINVAL);
	FAILS(nanosleep(&(struct timespec){ -1, 0 }, NULL), EINVAL);
	FAILS((int)syscall(SYS_nanosleep, nowhere, NULL), EFAULT);
}

static char own_stack[32768];
static volatile int was_on_it;

static void look_at_stack(int sig)
{
	char here;
	stack_t s;

	(void)sig;
	was_on_it = &here >= own_stack && &here < own_stack + sizeof(own_stack);
	CHECK(!sigaltstack(NULL, &s) && s.ss_flags == (was_on_it ? SS_ONSTACK : 0));
	if (was_on_it)
		FAILS(sigaltstack(&s, NULL), EPERM);
}

/* sigaltstack(2) */
static void stacks(void)
{
	struct sigaction a = { .sa_handler = look_at_stack, .sa_flags = SA_ONSTACK };
	stack_t s = { .ss_sp = own_stack, .ss_size = sizeof(own_stack) }, old;

	CHECK(!sigaltstack(NULL, &old) && old.ss_flags == SS_DISABLE);
	CHECK(!sigaltstack(&s, NULL));
	CHECK(!sigaltstack(NULL, &old) && old.ss_sp == own_stack &&
	      old.ss_size == sizeof(own_stack));
	CHECK(!sigaction(SIGUSR1, &a, NULL) && !raise(SIGUSR1) && was_on_it);
	a.sa_flags = 0;
	CHECK(!sigaction(SIGUSR1, &a, NULL) && !raise(SIGUSR1) && !was_on_it);
	s.ss_size = 100;
	FAILS(sigaltstack(&s, NULL), ENOMEM);
	s.ss_flags = 64;
	FAILS(sigaltstack(&s, NULL), EINVAL);
	s.ss_flags = SS_DISABLE;
	CHECK(!sigaltstack(&s, NULL) && !sigaltstack(NULL, &old) && old.ss_flags == SS_DISABLE);
	FAILS((int)syscall(SYS_sigaltstack, nowhere, NULL), EFAULT);
}

/* alarm(2), setitimer(2) */
static void timers(void)
{
	struct itimerval t = { { 0, 10000 }, { 0, 20000 } }, off = { { 0, 0 }, { 0, 0 } }, old;
	int64_t start = now_ms();

	catch (SIGALRM, 0);
	CHECK(alarm(100) <= 30 && alarm(1) <= 100);
	FAILS(pause(), EINTR);
	CHECK(caught == SIGALRM && now_ms() - start >= 990);
	catch (SIGALRM, 0);
	CHECK(!setitimer(ITIMER_REAL, &t, NULL));
	while (caught_times < 3)
		pause();
	CHECK(!setitimer(ITIMER_REAL, &off, &old) && old.it_interval.tv_usec == 10000);
	CHECK(!getitimer(ITIMER_REAL, &old) && !old.it_value.tv_sec && !old.it_value.tv_usec);
	t.it_value.tv_usec = 1000000;
	FAILS(setitimer(ITIMER_REAL, &t, NULL), EINVAL);
	FAILS(setitimer((__itimer_which_t)17, &off, NULL), EINVAL);
	FAILS(getitimer((__itimer_which_t)17, &old), EINVAL);
	CHECK(alarm(50) == 0 && alarm(0) == 50);
}

/* kill(2), tgkill(2) */
static void whom(void)
{
	pid_t pid, me = getpid();

	FAILS(kill(me, 65), EINVAL);
	FAILS(kill(me, minus_one), EINVAL);
	FAILS(kill(99999, SIGUSR1), ESRCH);
	CHECK(!kill(me, 0));
	FAILS((int)syscall(SYS_tgkill, me, me, 65), EINVAL);
	FAILS((int)syscall(SYS_tgkill, me, 99999, 0), ESRCH);
	FAILS((int)syscall(SYS_tgkill, 99999, me, 0), ESRCH);
	FAILS((int)syscall(SYS_tgkill, 0, me, 0), EINVAL);
	FAILS((int)syscall(SYS_tgkill, me, 0, 0), EINVAL);
	FAILS((int)syscall(SYS_tkill, minus_one, 0), EINVAL);
	FAILS((int)syscall(SYS_tkill, 99999, 0), ESRCH);
	CHECK(!syscall(SYS_tkill, me, 0));
	catch (SIGUSR1, 0);
	CHILD(pid)
	{
		CHECK(!setpgid(0, 0));
		catch (SIGUSR1, 0);
		CHECK(!kill(0, SIGUSR1) && caught == SIGUSR1 && caught_times == 1);
	}
	expect_exit(pid, 0);
	CHECK(!caught);
	/* A core signal, SIGKILL and a fault: by the number. */
	for (int i = 0; i < 3; i++) {
		static const int by[] = { SIGQUIT, SIGKILL, SIGSEGV };
		int status;

		CHILD(pid)
		{
			if (by[i] == SIGSEGV)
				*(volatile char *)nowhere = 1;
			else
				raise(by[i]);
		}
		CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
		      WTERMSIG(status) == by[i]);
	}
}

static void at_fault(int sig, siginfo_t *info, void *context)
{
	(void)context;
	_exit(sig == SIGSEGV && info->si_addr == nowhere && info->si_code == SEGV_MAPERR ? 5 : 6);
}

static void faults(void)
{
	struct sigaction a = { .sa_sigaction = at_fault, .sa_flags = SA_SIGINFO };
	int status;
	pid_t pid;

	CHILD(pid)
	{
		CHECK(!sigaction(SIGSEGV, &a, NULL));
		*(volatile char *)nowhere = 1;
	}
	expect_exit(pid, 5);
	/* Blocked or ignored, a fault kills. */
	CHILD(pid)
	{
		sigset_t s = set_of(SIGSEGV, 0);

		CHECK(!sigaction(SIGSEGV, &a, NULL) && !sigprocmask(SIG_BLOCK, &s, NULL));
		*(volatile char *)nowhere = 1;
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
	      WTERMSIG(status) == SIGSEGV);
	CHILD(pid)
	{
		signal(SIGSEGV, SIG_IGN);
		*(volatile char *)nowhere = 1;
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
	      WTERMSIG(status) == SIGSEGV);
	/* fork(2): pending signals are not inherited. */
	CHECK(!sigprocmask(SIG_BLOCK, &(sigset_t){ { 1 << (SIGUSR1 - 1) } }, NULL));
	catch (SIGUSR1, 0);
	raise(SIGUSR1);
	CHILD(pid)
	{
		sigset_t pending;

		CHECK(!sigpending(&pending) && !sigismember(&pending, SIGUSR1));
		CHECK(!sigprocmask(SIG_BLOCK, NULL, &pending) && sigismember(&pending, SIGUSR1));
	}
	expect_exit(pid, 0);
	CHECK(!caught);
}

int main(void)
{
	hurry();
	actions();
	queues();
	waits();
	restarts();
	stacks();
	whom();
	faults();
	timers();
	return 0;
}
