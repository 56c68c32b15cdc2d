/* SPDX-License-Identifier: GPL-2.0-only */
/* proc_ptrace.c: a program that is a tracer, by ptrace(2). */
#include "tracer.h"

static volatile long word = 0x1234567;

static void memory_and_registers(void)
{
	struct user_regs_struct r, old;
	pid_t pid;

	TRACED(pid)
	{
		CHECK(word == 0x7654321);
		_exit((int)syscall(SYS_getpid, 0) == 4711 ? 0 : 1);
	}
	stops_with(pid, SIGSTOP);
	CHECK(peek(PTRACE_PEEKDATA, pid, (long)&word) == 0x1234567);
	CHECK(!ptrace(PTRACE_POKEDATA, pid, &word, 0x7654321));
	CHECK(peek(PTRACE_PEEKTEXT, pid, (long)&word) == 0x7654321 && word == 0x1234567);
	FAILS((int)ptrace(PTRACE_PEEKDATA, pid, nowhere, 0), EIO);
	FAILS((int)ptrace(PTRACE_POKEDATA, pid, nowhere, 1), EIO);
	CHECK(!ptrace(PTRACE_GETREGS, pid, 0, &old));
	CHECK(peek(PTRACE_PEEKUSER, pid, ORIG_EAX_AT) == old.orig_eax);
	CHECK(peek(PTRACE_PEEKUSER, pid, 4 * UESP) == old.esp &&
	      peek(PTRACE_PEEKUSER, pid, 4 * EIP) == old.eip);
	CHECK(!ptrace(PTRACE_POKEUSER, pid, 4 * ESI, 77));
	r = old;
	r.esi = 78, r.edi = 79;
	CHECK(!ptrace(PTRACE_SETREGS, pid, 0, &r) && !ptrace(PTRACE_GETREGS, pid, 0, &r));
	CHECK(r.esi == 78 && r.edi == 79 && r.eip == old.eip);
	CHECK(!ptrace(PTRACE_SETREGS, pid, 0, &old));
	FAILS((int)ptrace(PTRACE_PEEKUSER, pid, 2, 0), EIO);
	FAILS((int)ptrace(PTRACE_PEEKUSER, pid, -4, 0), EIO);
	FAILS((int)ptrace(PTRACE_POKEUSER, pid, 100000, 0), EIO);
	/* The next call is emulated: it is not made, and what is in eax is its result. */
	go(PTRACE_SYSCALL, pid, 0);
	for (;;) {
		stops_with(pid, SIGTRAP);
		if (peek(PTRACE_PEEKUSER, pid, ORIG_EAX_AT) == SYS_getpid)
			break;
		go(PTRACE_SYSCALL, pid, 0);
	}
	CHECK(peek(PTRACE_PEEKUSER, pid, EAX_AT) == -ENOSYS);
	go(PTRACE_SYSCALL, pid, 0);
	stops_with(pid, SIGTRAP);
	CHECK(peek(PTRACE_PEEKUSER, pid, EAX_AT) == pid);
	CHECK(!ptrace(PTRACE_POKEUSER, pid, EAX_AT, 4711));
	go(PTRACE_CONT, pid, 0);
	expect_exit(pid, 0);
}

static void calls_are_told(void)
{
	int calls = 0;
	pid_t pid;

	TRACED(pid)
	{
		syscall(SYS_getppid);
		_exit(5);
	}
	stops_with(pid, SIGSTOP);
	CHECK(!ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD));
	FAILS((int)ptrace(PTRACE_SETOPTIONS, pid, 0, 0x40000000), EINVAL);
	CHECK(!ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD));
	for (;;) {
		go(PTRACE_SYSCALL, pid, 0);
		CHECK(waitpid(pid, &status, 0) == pid);
		if (WIFEXITED(status))
			break;
		CHECK(status >> 8 == (SIGTRAP | 0x80));
		calls += peek(PTRACE_PEEKUSER, pid, ORIG_EAX_AT) == SYS_getppid;
	}
	CHECK(WEXITSTATUS(status) == 5 && calls == 2);
}

static void calls_are_emulated(void)
{
	pid_t pid;

	TRACED(pid) _exit(syscall(SYS_getppid) == 99 ? 6 : 7);
	stops_with(pid, SIGSTOP);
	do {
		go(PTRACE_SYSEMU, pid, 0);
		stops_with(pid, SIGTRAP);
	} while (peek(PTRACE_PEEKUSER, pid, ORIG_EAX_AT) != SYS_getppid);
	CHECK(!ptrace(PTRACE_POKEUSER, pid, EAX_AT, 99));
	go(PTRACE_CONT, pid, 0);
	expect_exit(pid, 6);
}

/* "signal-delivery-stop": the tracer decides. */
static void signals(void)
{
	siginfo_t info;
	pid_t pid;

	TRACED(pid)
	{
		catch (SIGUSR1, 0);
		catch (SIGUSR2, 0);
		raise(SIGUSR1); /* suppressed */
		CHECK(!caught);
		raise(SIGUSR1); /* becomes another */
		CHECK(caught == SIGUSR2);
		raise(SIGUSR1);
		CHECK(caught == SIGUSR1);
		raise(SIGTERM);
	}
	stops_with(pid, SIGSTOP);
	go(PTRACE_CONT, pid, 0);
	stops_with(pid, SIGUSR1);
	CHECK(!ptrace(PTRACE_GETSIGINFO, pid, 0, &info));
	CHECK(info.si_signo == SIGUSR1 && info.si_code == SI_TKILL && info.si_pid == pid);
	go(PTRACE_CONT, pid, 0);
	stops_with(pid, SIGUSR1);
	go(PTRACE_CONT, pid, SIGUSR2);
	stops_with(pid, SIGUSR1);
	FAILS((int)ptrace(PTRACE_CONT, pid, 0, 65), EIO);
	go(PTRACE_CONT, pid, SIGUSR1);
	stops_with(pid, SIGTERM);
	go(PTRACE_CONT, pid, SIGTERM);
	CHECK(waitpid(pid, &status, 0) == pid && status == SIGTERM);
	/* SIGKILL is not told. */
	TRACED(pid) pause();
	stops_with(pid, SIGSTOP);
	CHECK(!kill(pid, SIGKILL) && waitpid(pid, &status, 0) == pid && status == SIGKILL);
	TRACED(pid) pause();
	stops_with(pid, SIGSTOP);
	CHECK(!ptrace(PTRACE_KILL, pid, 0, 0));
	CHECK(waitpid(pid, &status, 0) == pid && status == SIGKILL);
}

static void steps(void)
{
	struct user_regs_struct r;
	unsigned long last;
	pid_t pid;

	TRACED(pid) _exit(3);
	stops_with(pid, SIGSTOP);
	CHECK(!ptrace(PTRACE_GETREGS, pid, 0, &r));
	for (int i = 0; i < 20; i++) {
		last = (unsigned long)r.eip;
		go(PTRACE_SINGLESTEP, pid, 0);
		stops_with(pid, SIGTRAP);
		CHECK(!ptrace(PTRACE_GETREGS, pid, 0, &r) && (unsigned long)r.eip != last);
		CHECK(!(r.eflags & 0x100));
	}
	go(PTRACE_CONT, pid, 0);
	expect_exit(pid, 3);
}

static void attaching(void)
{
	pid_t pid, other;

	CHILD(pid)
	{
		for (;;)
			sleep_ms(1);
	}
	FAILS((int)ptrace(PTRACE_PEEKDATA, pid, &word, 0), ESRCH); /* not traced */
	FAILS((int)ptrace(PTRACE_ATTACH, 99999, 0, 0), ESRCH);
	FAILS((int)ptrace(PTRACE_ATTACH, getpid(), 0, 0), EPERM);
	CHECK(!ptrace(PTRACE_ATTACH, pid, 0, 0));
	stops_with(pid, SIGSTOP);
	FAILS((int)ptrace(PTRACE_ATTACH, pid, 0, 0), EPERM);
	CHILD(other)
	{
		FAILS((int)ptrace(PTRACE_ATTACH, pid, 0, 0), EPERM);
		FAILS((int)ptrace(PTRACE_CONT, pid, 0, 0), ESRCH);
	}
	expect_exit(other, 0);
	FAILS((int)ptrace((enum __ptrace_request)9999, pid, 0, 0), EIO);
	go(PTRACE_CONT, pid, 0);
	FAILS((int)ptrace(PTRACE_CONT, pid, 0, 0), ESRCH); /* it runs */
	CHECK(!kill(pid, SIGUSR1));
	stops_with(pid, SIGUSR1);
	FAILS((int)ptrace(PTRACE_DETACH, pid, 0, 65), EIO);
	CHECK(!ptrace(PTRACE_DETACH, pid, 0, 0));
	CHECK(waitpid(pid, &status, WNOHANG) == 0);
	FAILS((int)ptrace(PTRACE_CONT, pid, 0, 0), ESRCH);
	CHECK(!kill(pid, SIGTERM) && waitpid(pid, &status, 0) == pid && status == SIGTERM);
}

static unsigned long event(pid_t pid, int which)
{
	unsigned long message = 0;

	CHECK(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status));
	CHECK(status >> 8 == (SIGTRAP | which << 8));
	CHECK(!ptrace(PTRACE_GETEVENTMSG, pid, 0, &message));
	return message;
}

static void events(void)
{
	pid_t pid, child;

	TRACED(pid)
	{
		if (fork() == 0)
			_exit(4);
		CHECK(wait(&status) > 0 && WEXITSTATUS(status) == 4);
		if (vfork() == 0)
			_exit(5);
		_exit(8);
	}
	stops_with(pid, SIGSTOP);
	CHECK(!ptrace(PTRACE_SETOPTIONS, pid, 0,
		      PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEVFORKDONE |
			      PTRACE_O_TRACEEXIT));
	go(PTRACE_CONT, pid, 0);
	child = (pid_t)event(pid, PTRACE_EVENT_FORK);
	stops_with(child, SIGSTOP);
	go(PTRACE_CONT, child, 0);
	CHECK(event(child, PTRACE_EVENT_EXIT) == 0x400);
	go(PTRACE_CONT, child, 0);
	expect_exit(child, 4);
	go(PTRACE_CONT, pid, 0);
	stops_with(pid, SIGCHLD);
	go(PTRACE_CONT, pid, SIGCHLD);
	child = (pid_t)event(pid, PTRACE_EVENT_VFORK);
	stops_with(child, SIGSTOP);
	go(PTRACE_CONT, pid, 0);
	go(PTRACE_CONT, child, 0);
	CHECK(event(child, PTRACE_EVENT_EXIT) == 0x500);
	go(PTRACE_CONT, child, 0);
	expect_exit(child, 5);
	while (waitpid(pid, &status, 0) == pid && status >> 8 == SIGCHLD)
		go(PTRACE_CONT, pid, 0);
	CHECK(status >> 8 == (SIGTRAP | PTRACE_EVENT_VFORK_DONE << 8));
	go(PTRACE_CONT, pid, 0);
	while (waitpid(pid, &status, 0) == pid && status >> 8 == SIGCHLD)
		go(PTRACE_CONT, pid, 0);
	CHECK(status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8));
	go(PTRACE_CONT, pid, 0);
	expect_exit(pid, 8);
}

/* Its parent is still in its own stop then, and has not begun to wait. */
static void a_child_of_vfork_ends_before_its_parent_goes_on(void)
{
	unsigned long child;
	pid_t pid;

	TRACED(pid)
	{
		if (!vfork())
			_exit(3);
	}
	stops_with(pid, SIGSTOP);
	CHECK(!ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEVFORK));
	go(PTRACE_CONT, pid, 0);
	stops_with(pid, SIGTRAP | PTRACE_EVENT_VFORK << 8);
	CHECK(!ptrace(PTRACE_GETEVENTMSG, pid, 0, &child));
	stops_with((pid_t)child, SIGSTOP);
	go(PTRACE_CONT, (pid_t)child, 0);
	expect_exit((pid_t)child, 3);
	go(PTRACE_CONT, pid, 0);
	stops_with(pid, SIGCHLD);
	go(PTRACE_CONT, pid, 0);
	expect_exit(pid, 0);
}

/* With an argument: on a kernel without SYSEMU. */
int main(int argc, char **argv)
{
	pid_t pid;

	(void)argv;
	hurry();
	CHILD(pid) _exit(ptrace(PTRACE_TRACEME, 0, 0, 0) != 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	if (status) /* not allowed here */
		return 0;
	memory_and_registers();
	calls_are_told();
	if (argc == 1)
		calls_are_emulated();
	signals();
	steps();
	attaching();
	events();
	a_child_of_vfork_ends_before_its_parent_goes_on();
	return 0;
}
