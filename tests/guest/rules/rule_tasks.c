/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule_tasks.c: clone, wait4, waitid, futex and set_thread_area: each flag, each errno, each word, by clone(2),
 * wait4(2), waitid(2), futex(2), get_robust_list(2), set_thread_area(2).
 */
#include "rule.h"

#include <asm/ldt.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/time.h>

static int status;
static char stack[65536];

/* ---- clone ---- */

static int pids[4];

static int start(int (*what)(void *), int flags, void *arg)
{
	return clone(what, stack + sizeof(stack), flags, arg, &pids[0], NULL, &pids[1]);
}

static int leave(void *code)
{
	_exit((int)(intptr_t)code);
}

static int note_pid(void *unused)
{
	(void)unused;
	pids[2] = (int)syscall(SYS_gettid);
	_exit(pids[1] == pids[2] ? 3 : 4);
}

static void bad_flags(void)
{
	static const int bad[] = { CLONE_NEWNS | CLONE_FS, CLONE_THREAD, CLONE_THREAD | CLONE_VM,
				   CLONE_SIGHAND, CLONE_SIGHAND | CLONE_FILES };

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		FAILS((int)syscall(SYS_clone, bad[i], 0, 0, 0, 0), EINVAL);
	FAILS(waitpid(-1, &status, WNOHANG), ECHILD);
}

static void numbers(void)
{
	int pid = start(note_pid, CLONE_VM | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD,
			NULL);

	CHECK(pid > 0 && pids[0] == pid);
	expect_exit(pid, 3);
	CHECK(pids[1] == pid && pids[2] == pid);
	/* Its own memory: the word is in that. */
	pids[0] = pids[1] = pids[2] = 0;
	pid = start(note_pid, CLONE_CHILD_SETTID | SIGCHLD, NULL);
	expect_exit(pid, 3);
	CHECK(!pids[0] && !pids[1] && !pids[2]);
	/* Cleared at its end. */
	pids[1] = 77;
	pid = start(leave, CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD, (void *)5);
	expect_exit(pid, 5);
	CHECK(pids[1] == 0);
	/* An address that is none is no error. */
	pid = (int)syscall(SYS_clone, CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, 0,
			   nowhere, 0, nowhere);
	if (!pid)
		_exit(6);
	CHECK(pid > 0 || errno == EFAULT); /* younger kernels say so of the parent's */
	if (pid > 0)
		expect_exit(pid, 6);
}

/* By another signal than SIGCHLD: waitid(2), __WCLONE. */
static void exit_signals(void)
{
	int pid;

	catch (SIGUSR1, 0);
	catch (SIGCHLD, 0);
	pid = start(leave, SIGUSR1, (void *)7);
	while (!caught)
		poll(NULL, 0, 1);
	CHECK(caught == SIGUSR1);
	FAILS(waitpid(pid, &status, 0), ECHILD);
	FAILS(waitpid(-1, &status, 0), ECHILD);
	CHECK(waitpid(pid, &status, __WCLONE) == pid && status == 0x700);
	caught = 0;
	pid = start(leave, 0, (void *)8);
	CHECK(waitpid(pid, &status, __WALL) == pid && status == 0x800 && !caught);
	pid = start(leave, SIGCHLD, (void *)9);
	CHECK(waitpid(pid, &status, __WCLONE) == -1 && (errno == ECHILD || errno == EINTR));
	CHECK(waitpid(pid, &status, __WALL) == pid || errno == EINTR);
	while (waitpid(-1, &status, __WALL) > 0)
		;
	signal(SIGCHLD, SIG_DFL);
}

static int open_one(void *unused)
{
	(void)unused;
	_exit(dup2(0, 50) == 50 ? 0 : 1);
}

static void shared_things(void)
{
	expect_exit(start(open_one, SIGCHLD, NULL), 0);
	FAILS(fcntl(50, F_GETFD), EBADF);
	expect_exit(start(open_one, CLONE_FILES | SIGCHLD, NULL), 0);
	CHECK(fcntl(50, F_GETFD) == 0 && !close(50));
}

static int handle(void *unused)
{
	(void)unused;
	signal(SIGUSR2, SIG_IGN);
	_exit(0);
}

static void shared_handlers(void)
{
	signal(SIGUSR2, SIG_DFL);
	expect_exit(start(handle, CLONE_VM | SIGCHLD, NULL), 0);
	CHECK(signal(SIGUSR2, SIG_DFL) == SIG_DFL);
	expect_exit(start(handle, CLONE_VM | CLONE_SIGHAND | SIGCHLD, NULL), 0);
	CHECK(signal(SIGUSR2, SIG_DFL) == SIG_IGN);
}

static int sister(void *parent)
{
	_exit(getppid() == (int)(intptr_t)parent ? 4 : 5);
}

static void parents(void)
{
	pid_t pid;
	int me = getpid();

	CHILD(pid)
	{
		int other = start(sister, CLONE_PARENT | SIGCHLD, (void *)(intptr_t)me);

		CHECK(other > 0);
		FAILS(waitpid(other, &status, __WALL), ECHILD);
	}
	expect_exit(pid, 0);
	CHECK(wait(&status) > 0 && status == 0x400);
}

/* What a child does not have of its parent, and what it has. */
static int look(void *with_memory)
{
	struct itimerval t;
	uint32_t head = 1, size;
	sigset_t s;
	stack_t other;

	CHECK(!getitimer(ITIMER_REAL, &t) && !t.it_value.tv_sec && !t.it_value.tv_usec);
	CHECK(!getitimer(ITIMER_VIRTUAL, &t) && !t.it_value.tv_sec);
	CHECK(!sigpending(&s) && !sigismember(&s, SIGUSR2) && !sigismember(&s, SIGHUP));
	CHECK(!sigprocmask(SIG_BLOCK, NULL, &s) && sigismember(&s, SIGUSR2));
	CHECK(!sigaltstack(NULL, &other));
	CHECK(other.ss_flags == (with_memory ? SS_DISABLE : 0));
	CHECK(!syscall(SYS_get_robust_list, 0, &head, &size) && head == 0 && size == 12);
	_exit(0);
}

static void inheritance(void)
{
	struct itimerval t = { { 0, 0 }, { 100, 0 } }, none = { { 0, 0 }, { 0, 0 } };
	static char other[16384];
	stack_t s = { .ss_sp = other, .ss_size = sizeof(other) };
	uint32_t robust[3] = { (uint32_t)robust, 0, 0 };
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGHUP);
	CHECK(!sigprocmask(SIG_BLOCK, &set, &old) && !kill(getpid(), SIGUSR2) && !raise(SIGHUP));
	CHECK(!sigaltstack(&s, NULL) && !setitimer(ITIMER_VIRTUAL, &t, NULL));
	CHECK(!syscall(SYS_set_robust_list, robust, 12));
	FAILS((int)syscall(SYS_set_robust_list, robust, 11), EINVAL);
	expect_exit(start(look, SIGCHLD, NULL), 0);
	expect_exit(start(look, CLONE_VM | SIGCHLD, (void *)1), 0);
	expect_exit(start(look, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL), 0);
	CHECK(!setitimer(ITIMER_VIRTUAL, &none, NULL));
	signal(SIGUSR2, SIG_IGN), signal(SIGHUP, SIG_IGN);
	CHECK(!sigprocmask(SIG_SETMASK, &old, NULL));
	signal(SIGUSR2, SIG_DFL), signal(SIGHUP, SIG_DFL);
	FAILS((int)syscall(SYS_get_robust_list, 99999, robust, robust), ESRCH);
	FAILS((int)syscall(SYS_get_robust_list, 0, nowhere, robust), EFAULT);
	FAILS((int)syscall(SYS_get_robust_list, 0, robust, nowhere), EFAULT);
}

static int wait_a_bit(void *unused)
{
	(void)unused;
	sleep_ms(20);
	pids[3] = 1;
	_exit(0);
}

static void vforks(void)
{
	int pid;

	pids[3] = 0;
	pid = start(wait_a_bit, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
	CHECK(pids[3] == 1); /* until its end */
	expect_exit(pid, 0);
}

/* ---- waiting ---- */

static void options(void)
{
	const uint32_t good = WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WALL | __WCLONE;
	const uint32_t better = good | WEXITED | WNOWAIT;

	for (unsigned bit = 0; bit < 32; bit++) {
		int error = good >> bit & 1 ? ECHILD : EINVAL;
		int wanted = better >> bit & 1 ? ECHILD : EINVAL;
		siginfo_t info;

		FAILS((int)syscall(SYS_wait4, -1, &status, 1u << bit | WNOHANG, NULL), error);
		FAILS((int)syscall(SYS_waitpid, -1, &status, 1u << bit | WNOHANG), error);
		FAILS((int)syscall(SYS_waitid, P_ALL, 0, &info, 1u << bit | WEXITED | WNOHANG,
				   NULL),
		      wanted);
	}
	FAILS((int)syscall(SYS_waitid, P_ALL, 0, NULL, WNOHANG | WNOWAIT, NULL), EINVAL);
	FAILS((int)syscall(SYS_waitid, P_PID, 0, NULL, WEXITED, NULL), EINVAL);
	FAILS((int)syscall(SYS_waitid, P_PID, -1, NULL, WEXITED, NULL), EINVAL);
	FAILS((int)syscall(SYS_waitid, P_PGID, -1, NULL, WEXITED, NULL), EINVAL);
	FAILS((int)syscall(SYS_waitid, 17, 1, NULL, WEXITED, NULL), EINVAL);
	FAILS((int)syscall(SYS_waitid, -1, 1, NULL, WEXITED, NULL), EINVAL);
}

static void told(void)
{
	uint32_t *usage = at_the_end(72), *word = at_the_end(4);
	siginfo_t info;
	pid_t pid;

	CHILD(pid) _exit(0x81);
	memset(usage, 0x55, 72);
	CHECK(syscall(SYS_wait4, pid, &status, 0, usage) == pid && status == 0x8100);
	CHECK(usage[1] < 1000000 && usage[17] != 0x55555555);
	CHILD(pid);
	FAILS((int)syscall(SYS_wait4, pid, &status, 0, at_the_end(68)), EFAULT);
	CHILD(pid) _exit(1);
	CHECK(syscall(SYS_waitpid, pid, word, 0) == pid && *word == 0x100);
	CHILD(pid);
	FAILS((int)syscall(SYS_waitpid, pid, at_the_end(3), 0), EFAULT);
	while (waitpid(-1, &status, 0) > 0)
		;
	CHILD(pid) _exit(0x77);
	CHECK(!syscall(SYS_waitid, P_PID, pid, NULL, WEXITED | WNOWAIT, NULL));
	FAILS((int)syscall(SYS_waitid, P_PID, pid, nowhere, WEXITED | WNOWAIT, NULL), EFAULT);
	memset(&info, 0x55, sizeof(info));
	CHECK(!syscall(SYS_waitid, P_PID, pid, &info, WEXITED, usage));
	CHECK(info.si_signo == SIGCHLD && info.si_errno == 0 && info.si_code == CLD_EXITED);
	CHECK(info.si_pid == pid && info.si_uid == getuid() && info.si_status == 0x77);
	CHILD(pid);
	FAILS((int)syscall(SYS_waitid, P_PID, pid, &info, WEXITED, at_the_end(68)), EFAULT);
	while (waitpid(-1, &status, 0) > 0)
		;
	for (int sig = SIGHUP; sig <= SIGSYS; sig++) {
		if (1u << (sig - 1) &
		    (1u << (SIGCHLD - 1) | 1u << (SIGCONT - 1) | 1u << (SIGSTOP - 1) |
		     1u << (SIGTSTP - 1) | 1u << (SIGTTIN - 1) | 1u << (SIGTTOU - 1) |
		     1u << (SIGURG - 1) | 1u << (SIGWINCH - 1)))
			continue;
		CHILD(pid)
		{
			signal(sig, SIG_DFL);
			setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
			kill(getpid(), sig);
		}
		CHECK(waitpid(pid, &status, 0) == pid && (status & 0xff7f) == sig);
	}
}

static void stops_are_kept(void)
{
	siginfo_t info;
	pid_t pid;

	CHILD(pid)
	{
		raise(SIGSTOP);
		pause();
	}
	for (int i = 0; i < 3; i++) {
		CHECK(!waitid(P_PID, (id_t)pid, &info, WSTOPPED | (i < 2 ? WNOWAIT : 0)));
		CHECK(info.si_code == CLD_STOPPED && info.si_status == SIGSTOP);
	}
	CHECK(!waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOHANG) && info.si_pid == 0);
	CHECK(!kill(pid, SIGCONT));
	for (int i = 0; i < 3; i++) {
		CHECK(!waitid(P_PID, (id_t)pid, &info, WCONTINUED | (i < 2 ? WNOWAIT : 0)));
		CHECK(info.si_code == CLD_CONTINUED && info.si_status == SIGCONT);
	}
	CHECK(!waitid(P_PID, (id_t)pid, &info, WCONTINUED | WNOHANG) && info.si_pid == 0);
	CHECK(!kill(pid, SIGTERM) && !waitid(P_PID, (id_t)pid, &info, WEXITED));
	CHECK(info.si_code == CLD_KILLED && info.si_status == SIGTERM);
}

static pid_t childs;

/* __WNOTHREAD: "do not wait for children of other threads in the same thread group" */
static void *waits_alone(void *unused)
{
	int own;

	FAILS(waitpid(childs, &own, __WNOTHREAD), ECHILD);
	CHECK(waitpid(childs, &own, 0) == childs && own == 0x2a00);
	return unused;
}

static void threads(void)
{
	pthread_t t;

	childs = start_child();
	if (!childs)
		_exit(42);
	CHECK(!pthread_create(&t, NULL, waits_alone, NULL) && !pthread_join(t, NULL));
}

/* ---- futexes ---- */

static int futex(volatile uint32_t *word, int op, uint32_t value, uint32_t more,
		 volatile uint32_t *other, uint32_t value3)
{
	return (int)syscall(SYS_futex, word, op, value, more, other, value3);
}

static void *waits_for(void *word)
{
	while (*(volatile uint32_t *)word == 9)
		futex(word, FUTEX_WAIT, 9, 0, NULL, 0);
	return NULL;
}

static uint32_t made(uint32_t op, uint32_t compare, uint32_t operand, uint32_t against)
{
	return op << 28 | compare << 24 | (operand & 0xfff) << 12 | (against & 0xfff);
}

static int holds(unsigned compare, int32_t a, int32_t b)
{
	const int answers[] = { a == b, a != b, a<b, a <= b, a> b, a >= b };

	return answers[compare];
}

/* FUTEX_WAKE_OP: what becomes of the second word, and whether its waiters are woken. */
static void operations(void)
{
	volatile uint32_t word = 1, other;

	for (unsigned op = 0; op < 5; op++)
		for (unsigned shift = 0; shift < 2; shift++) {
			uint32_t operand = shift ? 13 : (uint32_t)-5,
				 by = shift ? 1u << 13 : operand;
			const uint32_t old = 0x30f5;
			const uint32_t becomes[] = { by, old + by, old | by, old & ~by, old ^ by };

			other = old;
			CHECK(futex(&word, FUTEX_WAKE_OP, 1, 1, &other,
				    made(op | shift << 3, 0, operand, 0)) == 0);
			CHECK(other == becomes[op]);
		}
	other = 3;
	FAILS(futex(&word, FUTEX_WAKE_OP, 1, 1, &other, made(5, 0, 1, 0)), ENOSYS);
	FAILS(futex(&word, FUTEX_WAKE_OP, 1, 1, &other, made(0, 6, 4, 0)), ENOSYS);
	FAILS(futex(&word, FUTEX_WAKE_OP, 1, 1, nowhere, made(0, 0, 1, 0)), EFAULT);
	FAILS(futex(nowhere, FUTEX_WAKE_OP, 1, 1, &other, made(0, 0, 1, 0)), EFAULT);
}

/* It sleeps while the word is 9, which the operation makes of 9 + value: how many are woken. */
static int woken_by(unsigned compare, int32_t value)
{
	static volatile uint32_t word, other;
	pthread_t t;
	int woken;

	other = 9;
	CHECK(!pthread_create(&t, NULL, waits_for, (void *)&other));
	sleep_ms(3);
	other = (uint32_t)value;
	woken = futex(&word, FUTEX_WAKE_OP, 1, 1, &other, made(1, compare, 0, 0));
	futex(&other, FUTEX_WAKE, 1, 0, NULL, 0);
	CHECK(!pthread_join(t, NULL));
	return woken;
}

static void comparisons(void)
{
	static const int32_t values[] = { -2047, -1, 0, 1, 2047 };

	for (unsigned compare = 0; compare < 6; compare++)
		for (int i = 0; i < 5; i++) {
			int tries = 0;

			if (!holds(compare, values[i], 0)) {
				CHECK(woken_by(compare, values[i]) == 0);
				continue;
			}
			while (woken_by(compare, values[i]) != 1) /* it may not sleep so soon */
				CHECK(++tries < 100);
		}
}

static void refusals(void)
{
	volatile uint32_t word[2] = { 1, 2 };

	FAILS(futex(word, FUTEX_WAIT, 2, 0, NULL, 0), EAGAIN);
	FAILS(futex(nowhere, FUTEX_WAIT, 2, 0, NULL, 0), EFAULT);
	FAILS(futex((void *)((char *)word + 1), FUTEX_WAIT, 1, 0, NULL, 0), EINVAL);
	FAILS(futex((void *)((char *)word + 2), FUTEX_WAKE, 1, 0, NULL, 0), EINVAL);
	FAILS(futex(word, FUTEX_WAIT, 1, (uint32_t)nowhere, NULL, 0), EFAULT);
	FAILS(futex(word, FUTEX_WAIT_BITSET, 1, 0, NULL, 0), EINVAL);
	FAILS(futex(word, FUTEX_WAKE_BITSET, 1, 0, NULL, 0), EINVAL);
	CHECK(futex(word, FUTEX_WAKE_BITSET, 1, 0, NULL, 1) == 0);
	FAILS(futex(word, FUTEX_CMP_REQUEUE, 1, 1, &word[1], 2), EAGAIN);
	CHECK(futex(word, FUTEX_CMP_REQUEUE, 1, 1, &word[1], 1) == 0);
	FAILS(futex(word, FUTEX_CMP_REQUEUE, 1, 1, nowhere, 1), EFAULT);
	FAILS(futex(nowhere, FUTEX_REQUEUE, 1, 1, word, 1), EFAULT);
	FAILS(futex(word, 63, 1, 1, word, 1), ENOSYS);
	FAILS(futex(word, FUTEX_WAIT, 1, (uint32_t)(struct timespec[]){ { 0, 2000000 } }, NULL, 0),
	      ETIMEDOUT);
	FAILS(futex(word, FUTEX_WAIT, 1, (uint32_t)(struct timespec[]){ { 0, -1 } }, NULL, 0),
	      EINVAL);
	FAILS(futex(word, FUTEX_WAIT_BITSET, 1, (uint32_t)(struct timespec[]){ { 0, 1 } }, NULL, 1),
	      ETIMEDOUT);
}

/* ---- thread-local data ---- */

static void descriptors(void)
{
	struct user_desc d, e;
	unsigned first, second;
	uint32_t there = 0x600d, got;

	for (int i = 0; i < 16; i++) {
		memset(&d, 0, sizeof(d));
		d.entry_number = i ? first : (unsigned)-1;
		d.base_addr = i & 1 ? 0xa5c31234 : (unsigned)&there;
		d.limit = i & 2 ? 0xa5a5a : 0xfffff;
		d.seg_32bit = 1;
		d.contents = i & 4 ? 1 : 0;
		d.read_exec_only = i >> 3 & 1;
		d.limit_in_pages = 1;
		d.useable = i & 1;
		CHECK(!syscall(SYS_set_thread_area, &d));
		first = d.entry_number;
		memset(&e, 0, sizeof(e));
		e.entry_number = first;
		CHECK(!syscall(SYS_get_thread_area, &e) && e.base_addr == d.base_addr);
		CHECK(e.limit == d.limit && e.seg_32bit == 1 && e.contents == d.contents);
		CHECK(e.read_exec_only == d.read_exec_only && e.limit_in_pages == 1);
		CHECK(e.useable == d.useable && !e.seg_not_present);
		if (i & 1 || d.contents)
			continue;
		__asm__ volatile("movw %w1, %%fs\n"
				 "movl %%fs:0, %0\n"
				 "movw %w2, %%fs"
				 : "=r"(got)
				 : "r"(first * 8 + 3), "r"(0)
				 : "memory");
		CHECK(got == 0x600d);
	}
	d.entry_number = (unsigned)-1;
	CHECK(!syscall(SYS_set_thread_area, &d) && d.entry_number != first);
	second = d.entry_number, d.entry_number = (unsigned)-1;
	FAILS((int)syscall(SYS_set_thread_area, &d), ESRCH);
	/* Emptied, it can be had again. */
	memset(&d, 0, sizeof(d));
	d.entry_number = first, d.read_exec_only = d.seg_not_present = 1;
	CHECK(!syscall(SYS_set_thread_area, &d));
	e.entry_number = first;
	CHECK(!syscall(SYS_get_thread_area, &e) && !e.base_addr && !e.limit);
	CHECK(e.read_exec_only && e.seg_not_present);
	d.entry_number = (unsigned)-1, d.seg_32bit = 1, d.limit = 5, d.seg_not_present = 0;
	CHECK(!syscall(SYS_set_thread_area, &d) && d.entry_number == first);
	for (int i = 0; i < 2; i++) {
		memset(&d, 0, sizeof(d));
		d.entry_number = i ? first : second, d.read_exec_only = d.seg_not_present = 1;
		CHECK(!syscall(SYS_set_thread_area, &d));
	}
	d.entry_number = 0;
	FAILS((int)syscall(SYS_set_thread_area, &d), EINVAL);
	FAILS((int)syscall(SYS_get_thread_area, &d), EINVAL);
	d.entry_number = 100;
	FAILS((int)syscall(SYS_set_thread_area, &d), EINVAL);
	FAILS((int)syscall(SYS_get_thread_area, &d), EINVAL);
	FAILS((int)syscall(SYS_set_thread_area, nowhere), EFAULT);
	FAILS((int)syscall(SYS_get_thread_area, nowhere), EFAULT);
	*(uint32_t *)at_the_end(12) = first;
	FAILS((int)syscall(SYS_set_thread_area, at_the_end(12)), EFAULT);
	FAILS((int)syscall(SYS_get_thread_area, at_the_end(12)), EFAULT);
}

int main(void)
{
	hurry();
	bad_flags();
	numbers();
	exit_signals();
	shared_things();
	shared_handlers();
	parents();
	inheritance();
	vforks();
	options();
	told();
	stops_are_kept();
	threads();
	operations();
	comparisons();
	refusals();
	descriptors();
	return 0;
}
