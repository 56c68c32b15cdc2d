/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * races.c NAME: programs that end with 0 in every order of a kernel that is right, by their manual
 * pages; each comes to the window of the kernel NAME of tests/schedule/plants/.
 */
#include "proc.h"

#include <sched.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

static int status;

static void traceme_and_stop(void)
{
	ptrace(PTRACE_TRACEME, 0, 0, 0);
	kill(getpid(), SIGSTOP);
}

/* A tracee makes a call; its stop there is told to the tracer. */
static int resume(void)
{
	pid_t child = fork();

	if (!child) {
		traceme_and_stop();
		for (;;)
			getppid();
	}
	waitpid(child, &status, 0);
	ptrace(PTRACE_SYSCALL, child, 0, 0);
	if (waitpid(child, &status, 0) != child || status != (SIGTRAP << 8 | 0x7f))
		return 1;
	kill(child, SIGKILL);
	return 0;
}

/* A child stops itself while another attaches to it: this stop is none for its parent to hear of. */
static int attach(void)
{
	pid_t child = fork();

	if (!child) {
		kill(getpid(), SIGSTOP);
		for (;;)
			pause();
	}
	if (!fork()) {
		ptrace(PTRACE_ATTACH, child, 0, 0);
		while (waitpid(child, &status, __WALL) == child && WIFSTOPPED(status))
			ptrace(PTRACE_CONT, child, 0, SIGKILL);
		_exit(0);
	}
	return waitpid(child, &status, 0) != child || status != SIGKILL;
}

/* SIGKILL comes when a tracee stops: it ends though nobody resumes it. The stop is that of a fork: behind
 * that of a call there is another, which these kernels do not leave out. */
static int kill_at_stop(void)
{
	pid_t child = fork();

	if (!child) {
		traceme_and_stop();
		fork();
		for (;;)
			pause();
	}
	waitpid(child, &status, 0);
	ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACEFORK);
	if (!fork())
		_exit(kill(child, SIGKILL));
	ptrace(PTRACE_CONT, child, 0, 0);
	while (waitpid(child, &status, 0) == child && WIFSTOPPED(status))
		;
	return status != SIGKILL;
}

/* A child's status, while another forks. */
static int status_of(void)
{
	pid_t child = fork();

	if (!child)
		_exit(7);
	if (!fork()) {
		fork();
		_exit(0);
	}
	return waitpid(child, &status, 0) != child || status != 7 << 8;
}

static int sleeps(void)
{
	pid_t child = fork();

	if (!child)
		_exit(7);
	return waitpid(child, &status, 0) != child || status != 7 << 8;
}

static int end_of_thread(void *unused)
{
	(void)unused;
	syscall(SYS_exit, 0);
	return 0;
}

/* Both threads of a child end, in either order. */
static int threads(void)
{
	static char stack[4096] __attribute__((aligned(16)));
	pid_t child = fork();

	if (!child) {
		clone(end_of_thread, stack + sizeof(stack),
		      CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD, NULL);
		syscall(SYS_exit, 5);
	}
	return waitpid(child, &status, 0) != child || status != 5 << 8;
}

/* A child ends, and so does its tracer, which is not its parent. */
static int reparent(void)
{
	int p[2];
	pid_t child;
	char c;

	if (pipe(p))
		return 125;
	child = fork();
	if (!child)
		_exit(read(p[0], &c, 1) == 1 ? 3 : 4);
	if (!fork()) {
		if (fork()) /* or its end, too, would wake the parent */
			_exit(0);
		ptrace(PTRACE_ATTACH, child, 0, 0);
		waitpid(child, &status, __WALL);
		ptrace(PTRACE_CONT, child, 0, 0);
		_exit(write(p[1], "x", 1) != 1);
	}
	return waitpid(child, &status, 0) != child || status != 3 << 8;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} races[] = {
		{ "resume", resume },     { "attach", attach }, { "kill", kill_at_stop },
		{ "status", status_of },  { "sleep", sleeps },  { "thread", threads },
		{ "reparent", reparent },
	};

	for (unsigned i = 0; argc > 1 && i < sizeof(races) / sizeof(races[0]); i++)
		if (!strcmp(argv[1], races[i].name))
			return races[i].run();
	return 125;
}
