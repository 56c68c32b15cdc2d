/* SPDX-License-Identifier: GPL-2.0-only */
/* proc_exec.c: what execve(2) keeps and what it does not; exit_group of threads by it. */
#include "proc.h"

#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static char *self;
static int p[2];

/* A child that becomes this program again, with that word, and its exit status. */
static int as(const char *word, void (*before)(void))
{
	char *argv[] = { self, (char *)word, "two words", "", NULL };
	char *envp[] = { "A=1", "EMPTY=", NULL };
	int status;
	pid_t pid;

	CHILD(pid)
	{
		if (before)
			before();
		execve(self, argv, envp);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void strings(int argc, char **argv, char **envp)
{
	const char *name = strrchr(argv[0], '/');
	char comm[17] = { 0 };

	CHECK(!prctl(PR_GET_NAME, comm, 0, 0, 0) && !strncmp(comm, name ? name + 1 : argv[0], 15));
	CHECK(argc == 4 && !strcmp(argv[2], "two words") && !argv[3][0] && !argv[4]);
	CHECK(!strcmp(envp[0], "A=1") && !strcmp(envp[1], "EMPTY=") && !envp[2]);
	CHECK(!strcmp(getenv("A"), "1") && !strcmp(getenv("EMPTY"), "") && !getenv("PATH"));
}

static void set_signals(void)
{
	sigset_t s;

	catch (SIGUSR1, 0);
	signal(SIGUSR2, SIG_IGN);
	sigemptyset(&s);
	sigaddset(&s, SIGHUP);
	sigaddset(&s, SIGUSR1);
	CHECK(!sigprocmask(SIG_BLOCK, &s, NULL) && !raise(SIGHUP));
	alarm(20);
}

/* "The dispositions of any signals that are being caught are reset to the default"; ignored ones,
 * the mask, what is pending, and an alarm stay. */
static void look_at_signals(void)
{
	struct sigaction a;
	sigset_t s;
	unsigned left;

	CHECK(!sigaction(SIGUSR1, NULL, &a) && a.sa_handler == SIG_DFL);
	CHECK(!sigaction(SIGUSR2, NULL, &a) && a.sa_handler == SIG_IGN);
	CHECK(!sigprocmask(SIG_BLOCK, NULL, &s));
	CHECK(sigismember(&s, SIGHUP) && sigismember(&s, SIGUSR1) && !sigismember(&s, SIGTERM));
	CHECK(!sigpending(&s) && sigismember(&s, SIGHUP) && !sigismember(&s, SIGUSR1));
	left = alarm(0);
	CHECK(left > 0 && left <= 20);
}

static void open_some(void)
{
	int q[2];

	CHECK(!pipe(q));
	CHECK(dup2(q[1], 20) == 20 && dup2(q[1], 21) == 21);
	CHECK(!fcntl(21, F_SETFD, FD_CLOEXEC));
	CHECK(dup2(21, 22) == 22); /* a copy has no such flag */
	CHECK(fcntl(20, F_DUPFD, 23) == 23 && !fcntl(23, F_SETFD, FD_CLOEXEC) &&
	      !fcntl(23, F_SETFD, 0));
}

static void look_at_open_ones(void)
{
	CHECK(fcntl(20, F_GETFD) == 0 && fcntl(22, F_GETFD) == 0 && fcntl(23, F_GETFD) == 0);
	FAILS(fcntl(21, F_GETFD), EBADF);
}

static stack_t given = { .ss_size = 16384 };

static void set_stack(void)
{
	static char stack[16384];

	given.ss_sp = stack;
	CHECK(!sigaltstack(&given, NULL) && !setpgid(0, 0));
}

static void look_at_stack(void)
{
	stack_t s;

	CHECK(!sigaltstack(NULL, &s) && s.ss_flags == SS_DISABLE); /* not preserved */
	CHECK(getpgrp() == getpid());
}

static void *sleep_for_ever(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void *exec_in_thread(void *unused)
{
	char *argv[] = { self, "alone", "two words", "", NULL },
	     *envp[] = { "A=1", "EMPTY=", NULL };

	execve(self, argv, envp);
	return unused;
}

/* "All threads other than the calling thread are destroyed"; the new one has the process' number. */
static void start_threads(void)
{
	pthread_t t;

	CHECK(!pthread_create(&t, NULL, sleep_for_ever, NULL));
	CHECK(!pthread_create(&t, NULL, exec_in_thread, NULL));
	sleep_for_ever(NULL);
}

static void *exit_all(void *unused)
{
	sleep_ms(10);
	_exit(6);
	return unused;
}

static void *leave_alone(void *unused)
{
	sleep_ms(20);
	syscall(SYS_exit, 4);
	return unused;
}

/* exit_group(2) ends all threads; _exit of the first alone leaves the others. */
static void exits_of_threads(void)
{
	int status;
	pthread_t t;
	pid_t pid;

	CHILD(pid)
	{
		CHECK(!pthread_create(&t, NULL, exit_all, NULL));
		sleep_for_ever(NULL);
	}
	expect_exit(pid, 6);
	CHILD(pid)
	{
		CHECK(!pthread_create(&t, NULL, leave_alone, NULL));
		syscall(SYS_exit, 3);
	}
	sleep_ms(5);
	CHECK(waitpid(pid, &status, WNOHANG) == 0); /* its other thread goes on */
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(status == 0x300 || status == 0x400); /* the first's; new kernels: the last one's */
	CHILD(pid)
	{
		CHECK(!pthread_create(&t, NULL, sleep_for_ever, NULL));
		raise(SIGTERM);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == SIGTERM);
	CHILD(pid)
	{
		CHECK(!pthread_create(&t, NULL, sleep_for_ever, NULL));
		sleep_for_ever(NULL);
	}
	sleep_ms(10);
	CHECK(!kill(pid, SIGSTOP) && waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
	CHECK(!kill(pid, SIGCONT) && waitpid(pid, &status, WCONTINUED) == pid &&
	      WIFCONTINUED(status));
	CHECK(!kill(pid, SIGKILL) && waitpid(pid, &status, 0) == pid && status == SIGKILL);
}

static void refusals(void)
{
	char *argv[] = { self, NULL };
	pid_t pid;
	char c;

	FAILS(execve("/no/such/file", argv, NULL), ENOENT);
	FAILS(execve("/dev", argv, NULL), EACCES);
	FAILS(execve(nowhere, argv, NULL), EFAULT);
	FAILS(execve("", argv, NULL), ENOENT);
	FAILS(execve(self, nowhere, NULL), EFAULT);
	/* vfork: the parent goes on when the child is another program. */
	CHECK(!pipe(p) && !fcntl(p[1], F_SETFD, FD_CLOEXEC));
	pid = vfork();
	if (pid == 0) {
		char *const args[] = { self, "wait", "two words", "", NULL };

		execve(self, args, (char *[]){ "A=1", "EMPTY=", NULL });
		_exit(99);
	}
	close(p[1]);
	CHECK(read(p[0], &c, 1) == 0);
	FAILS(setpgid(pid, pid), EACCES); /* it has executed */
	CHECK(!kill(pid, SIGTERM) && waitpid(pid, NULL, 0) == pid);
}

int main(int argc, char **argv, char **envp)
{
	self = argv[0];
	if (argc > 1) {
		strings(argc, argv, envp);
		if (!strcmp(argv[1], "signals"))
			look_at_signals();
		else if (!strcmp(argv[1], "files"))
			look_at_open_ones();
		else if (!strcmp(argv[1], "stack"))
			look_at_stack();
		else if (!strcmp(argv[1], "alone"))
			CHECK((pid_t)syscall(SYS_gettid) == getpid());
		else
			pause();
		return 40;
	}
	hurry();
	CHECK(as("signals", set_signals) == 40);
	CHECK(as("files", open_some) == 40);
	CHECK(as("stack", set_stack) == 40);
	CHECK(as("alone", start_threads) == 40);
	exits_of_threads();
	refusals();
	return 0;
}
