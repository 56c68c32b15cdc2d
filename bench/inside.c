/* SPDX-License-Identifier: GPL-2.0-only */
/* inside.c: `inside WAY N [WARM]`: what rows_inside.c measures, outside as inside: says when N rounds begin and when they
 * are over. For the guest, but Linux runs it, too,
 * and if it runs no i386 programs, built for x86-64. */
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYSEMU 31 /* of ptrace; libc's header may lack it */
#ifdef __x86_64__
#define eax rax
#endif

static int number_of_rounds, warm;

/* Round i of them: the first ones, in which an engine translates, are not measured. */
static void mark(int i)
{
	if ((i == warm || i == number_of_rounds + warm) && write(1, ".", 1) != 1)
		_exit(3);
}

static void check(int good)
{
	if (!good)
		_exit(4);
}

/* As UML does it, by GETREGS and POKEUSR. */
static void trips(void)
{
	struct user_regs_struct regs;
	int status;
	pid_t pid = fork();

	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		for (;;)
			syscall(SYS_getpid);
	}
	check(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status));
	for (int i = 0; i <= number_of_rounds + warm; i++) {
		mark(i);
		check(!ptrace(SYSEMU, pid, 0, 0) && waitpid(pid, &status, 0) == pid);
		check(!ptrace(PTRACE_GETREGS, pid, 0, &regs));
		check(!ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, regs.eax), 42));
	}
	kill(pid, SIGKILL);
	check(waitpid(pid, &status, 0) == pid);
}

static void forks(void)
{
	int status;

	for (int i = 0; i <= number_of_rounds + warm; i++) {
		pid_t pid;

		mark(i);
		pid = fork();

		if (!pid)
			_exit(0);
		check(waitpid(pid, &status, 0) == pid);
	}
}

static void pass(int from, int to)
{
	char c;

	check(read(from, &c, 1) == 1 && write(to, &c, 1) == 1);
}

/* A byte goes to the other process, and comes back. */
static void pipes(void)
{
	int there[2], back[2], status;
	char c = 'x';
	pid_t pid;

	check(!pipe(there) && !pipe(back));
	pid = fork();
	if (!pid)
		for (int i = 0; i <= number_of_rounds + warm; i++)
			pass(there[0], back[1]);
	if (!pid)
		_exit(0);
	for (int i = 0; i <= number_of_rounds + warm; i++) {
		mark(i);
		check(write(there[1], &c, 1) == 1 && read(back[0], &c, 1) == 1);
	}
	check(waitpid(pid, &status, 0) == pid);
}

/* Two processes give way to each other: a round is two switches. */
static void yields(void)
{
	int status;
	pid_t pid = fork();

	for (int i = 0; i <= number_of_rounds + warm; i++) {
		if (pid)
			mark(i);
		syscall(SYS_sched_yield);
	}
	if (!pid)
		_exit(0);
	check(waitpid(pid, &status, 0) == pid);
}

/* For schedules: what comes of it depends on the order. */
static void race(void)
{
	int p[2];
	char c = 0;

	check(!pipe(p));
	for (char who = 'a'; who <= 'b'; who++)
		if (!fork())
			_exit(write(p[1], &who, 1) != 1);
	wait(NULL);
	wait(NULL);
	check(read(p[0], &c, 1) == 1);
	_exit(c);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*function)(void);
	} ways[] = { { "trips", trips },
		     { "forks", forks },
		     { "pipes", pipes },
		     { "yields", yields },
		     { "race", race } };

	if (argc < 3)
		return 2;
	number_of_rounds = atoi(argv[2]);
	warm = argc > 3 ? atoi(argv[3]) : 0;
	for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!strcmp(argv[1], ways[i].name)) {
			ways[i].function();
			return 0;
		}
	return 2;
}
