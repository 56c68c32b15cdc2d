/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule_exec.c: what of a task is another program's and what is the task's still, by execve(2), signal(7), prctl(2),
 * clone(2), set_tid_address(2), timer_create(2), ptrace(2).
 */
#include "../proc/tracer.h"
#include "rule.h"

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>

enum { CHAIN = 70, RIGHT = 40 }; /* more than there are address spaces */

static char *self;
static char stack[32768];

static _Noreturn void become(const char *word, int number)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", number);
	execl(self, self, word, text, (char *)NULL);
	_exit(99);
}

static void expect_right(pid_t pid)
{
	CHECK(waitpid(pid, &status, __WALL) == pid && status == RIGHT << 8);
}

/* ---- signals ---- */

struct action {
	uint32_t handler, flags, restorer, mask[2];
};

static int action_of(int sig, const struct action *to, struct action *old)
{
	return (int)syscall(SYS_rt_sigaction, sig, to, old, 8);
}

/* A third is handled, a third ignored, of the others flags and mask alone are set. */
static void set_actions(void)
{
	for (int sig = 1; sig <= 64; sig++) {
		struct action a = { sig % 3 == 0 ? (uint32_t)catch_it : (uint32_t)(sig % 3 == 1),
				    SA_RESTART | SA_NODEFER | SA_ONSTACK,
				    0,
				    { 0xf0f0a5a5, 0x5a5a } };

		if (sig != SIGKILL && sig != SIGSTOP)
			CHECK(!action_of(sig, &a, NULL));
	}
}

static void look_at_actions(void)
{
	struct action a;

	for (int sig = 1; sig <= 64; sig++) {
		CHECK(!action_of(sig, NULL, &a) && a.flags == 0 && !a.mask[0] && !a.mask[1]);
		CHECK(a.handler == (sig % 3 == 1 && sig != SIGSTOP && sig != SIGKILL));
	}
}

static int exec_there(void *unused)
{
	(void)unused;
	become("nothing", 0);
}

/* Handlers and descriptors that are shared are no longer. */
static void shared_things(void)
{
	struct action a;
	int p[2];

	CHECK(!pipe(p) && !fcntl(p[0], F_SETFD, FD_CLOEXEC));
	catch (SIGUSR1, SA_RESTART);
	expect_right(clone(exec_there, stack + sizeof(stack),
			   CLONE_VM | CLONE_SIGHAND | CLONE_FILES | CLONE_VFORK | SIGCHLD, NULL));
	CHECK(!action_of(SIGUSR1, NULL, &a) && a.handler == (uint32_t)catch_it);
	CHECK(!raise(SIGUSR1) && caught == SIGUSR1);
	CHECK(fcntl(p[0], F_GETFD) == FD_CLOEXEC && fcntl(p[1], F_GETFD) == 0);
	close(p[0]), close(p[1]);
	signal(SIGUSR1, SIG_DFL);
}

/* ---- what waits ---- */

static const int waiting[] = {
	SIGHUP, SIGINT, SIGUSR1, SIGUSR2, SIGTERM, SIGCHLD, SIGWINCH, SIGSYS
};
enum { WAITING = sizeof(waiting) / sizeof(waiting[0]) };

static void block_all(void)
{
	sigset_t all;

	sigfillset(&all);
	CHECK(!sigprocmask(SIG_SETMASK, &all, NULL));
}

static void *exec_of_thread(void *unused)
{
	become("signals", (int)getpid());
	return unused;
}

/* Signals of the process wait on, with all that is known of them, whichever thread executes. */
static void leave_signals(int by_thread)
{
	pthread_t t;

	block_all();
	for (int i = 0; i < WAITING; i++)
		CHECK(!sigqueue(getpid(), waiting[i], (union sigval){ .sival_int = 1000 + i }));
	for (int i = 0; i < 3; i++)
		CHECK(!sigqueue(getpid(), SIGRTMIN + 3, (union sigval){ .sival_int = 2000 + i }));
	if (!by_thread)
		exec_of_thread(NULL);
	CHECK(!pthread_create(&t, NULL, exec_of_thread, NULL));
	for (;;)
		pause();
}

static void look_at_signals(pid_t me)
{
	struct timespec none = { 0, 0 };
	siginfo_t info;
	sigset_t s;

	CHECK(getpid() == me && (pid_t)syscall(SYS_gettid) == me);
	CHECK(!sigpending(&s));
	for (int sig = 1, i = 0; sig < 32; sig++) {
		int sent = i < WAITING && waiting[i] == sig;

		for (i = 0; i < WAITING && waiting[i] != sig;)
			i++;
		sent = i < WAITING;
		CHECK(sigismember(&s, sig) == sent);
		if (!sent)
			continue;
		sigset_t one;
		sigemptyset(&one), sigaddset(&one, sig);
		CHECK(sigtimedwait(&one, &info, &none) == sig && info.si_code == SI_QUEUE);
		CHECK(info.si_pid == me && info.si_value.sival_int == 1000 + i);
	}
	sigemptyset(&s), sigaddset(&s, SIGRTMIN + 3);
	for (int i = 0; i < 3; i++) {
		CHECK(sigtimedwait(&s, &info, &none) == SIGRTMIN + 3);
		CHECK(info.si_value.sival_int == 2000 + i);
	}
	FAILS(sigtimedwait(&s, &info, &none), EAGAIN);
	CHECK(!sigpending(&s));
	for (int sig = 1; sig <= 64; sig++)
		CHECK(sigismember(&s, sig) != 1);
}

static void *sleep_on(void *unused)
{
	for (;;)
		pause();
	return unused;
}

/* The others end, those that are stopped, too; and the process that its parent knows is the same. */
static void threads_end(void)
{
	pid_t pid;

	CHILD(pid) leave_signals(0);
	expect_right(pid);
	CHILD(pid) leave_signals(1);
	expect_right(pid);
	CHILD(pid) /* the first thread has ended before */
	{
		pthread_t t;

		CHECK(!pthread_create(&t, NULL, sleep_on, NULL));
		CHECK(!pthread_create(&t, NULL, (void *(*)(void *))(uintptr_t)exec_there, NULL));
		syscall(SYS_exit, 0);
	}
	expect_right(pid);
}

/* ---- what ends with the program ---- */

static volatile uint32_t word;

static int exec_late(void *unused)
{
	(void)unused;
	sleep_ms(10);
	become("nothing", 0);
}

/* The word of CLONE_CHILD_CLEARTID: execve is the end of the memory that it is in. */
static void the_joiners_word(void)
{
	struct timespec t = { 20, 0 };
	pid_t pid;

	word = 9;
	pid = clone(exec_late, stack + sizeof(stack), CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD,
		    NULL, NULL, NULL, &word);
	CHECK(pid > 0);
	CHECK(!syscall(SYS_futex, &word, FUTEX_WAIT, 9, &t, NULL, 0) || errno == EAGAIN);
	CHECK(word == 0);
	expect_right(pid);
}

static int look_later(void *pipe_end)
{
	sleep_ms(20); /* its parent has ended */
	CHECK(write((int)(intptr_t)pipe_end, word == 77 ? "r" : "w", 1) == 1);
	_exit(0);
}

/* The new program has no such word. */
static void joiners_word_is_forgotten(int fd)
{
	word = 77;
	CHECK(clone(look_later, stack + sizeof(stack), CLONE_VM | SIGCHLD, (void *)(intptr_t)fd) >
	      0);
	syscall(SYS_exit, RIGHT);
}

static void forgotten_word(void)
{
	pid_t pid;
	int p[2];
	char c;

	CHECK(!pipe(p));
	CHILD(pid)
	{
		syscall(SYS_set_tid_address, &word);
		become("word", p[1]);
	}
	expect_right(pid);
	CHECK(read(p[0], &c, 1) == 1 && c == 'r');
	close(p[0]), close(p[1]);
}

static void timers(void)
{
	int32_t t[4] = { 0, 0, 1000, 0 };
	pid_t pid;
	int id;

	CHILD(pid)
	{
		CHECK(!syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &id));
		CHECK(!syscall(SYS_timer_settime, id, 0, t, NULL));
		CHECK(!syscall(SYS_timer_gettime, id, t));
		become("timer", id);
	}
	expect_right(pid);
}

/* ---- who may look ---- */

static void dumpable(int uid)
{
	pid_t pid;

	CHILD(pid)
	{
		CHECK(!prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
		if (uid)
			CHECK(!syscall(SYS_setresuid32, -1, uid, -1));
		become("dumpable", uid == 0);
	}
	expect_right(pid);
}

/* ---- what a tracer sees of its begin ---- */

static void begins(void)
{
	struct user_regs_struct r;
	pid_t pid;

	TRACED(pid)
	{
		char *argv[] = { self, "nothing", NULL }, *envp[] = { NULL };

		__asm__ volatile("pushl %%ebp\n"
				 "pushl $0xcd5\n" /* all that tell of a result, and DF */
				 "popfl\n"
				 "movl $-1, %%esi\n"
				 "movl $-2, %%edi\n"
				 "movl $-3, %%ebp\n"
				 "int $0x80\n"
				 "popl %%ebp"
				 :
				 : "a"(SYS_execve), "b"(self), "c"(argv), "d"(envp)
				 : "esi", "edi", "memory", "cc");
		_exit(99);
	}
	stops_with(pid, SIGSTOP);
	go(PTRACE_CONT, pid, 0);
	stops_with(pid, SIGTRAP);
	CHECK(!ptrace(PTRACE_GETREGS, pid, 0, &r));
	CHECK(!r.ebx && !r.ecx && !r.edx && !r.esi && !r.edi && !r.ebp && !r.eax);
	CHECK(r.orig_eax == SYS_execve && !(r.eflags & 0xdd5) && (r.eflags & 0x200));
	CHECK(r.xcs % 4 == 3 && r.xss == r.xds && r.xss == r.xes && !(uint16_t)r.xfs &&
	      !(uint16_t)r.xgs);
	CHECK(r.esp % 16 == 0 && peek(PTRACE_PEEKDATA, pid, r.esp) == 2); /* argc */
	go(PTRACE_CONT, pid, 0);
	expect_exit(pid, RIGHT);
}

static int again(const char *word_, int number)
{
	int32_t t[4];

	if (!strcmp(word_, "signals"))
		look_at_signals(number);
	else if (!strcmp(word_, "actions"))
		look_at_actions();
	else if (!strcmp(word_, "word"))
		joiners_word_is_forgotten(number);
	else if (!strcmp(word_, "timer"))
		FAILS((int)syscall(SYS_timer_gettime, number, t), EINVAL);
	else if (!strcmp(word_, "dumpable"))
		CHECK((prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1) == number);
	else if (!strcmp(word_, "chain") && number)
		become("chain", number - 1);
	return RIGHT;
}

int main(int argc, char **argv)
{
	pid_t pid;

	self = argv[0];
	if (argc > 1)
		return again(argv[1], argc > 2 ? atoi(argv[2]) : 0);
	hurry();
	CHILD(pid)
	{
		set_actions();
		become("actions", 0);
	}
	expect_right(pid);
	shared_things();
	threads_end();
	the_joiners_word();
	forgotten_word();
	timers();
	dumpable(0);
	if (geteuid() == 0)
		dumpable(5);
	CHILD(pid) become("chain", CHAIN);
	expect_right(pid);
	CHILD(pid) _exit(ptrace(PTRACE_TRACEME, 0, 0, 0) != 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	if (!status) /* else it is not allowed here */
		begins();
	return 0;
}
