/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule_ptrace.c: each request of a tracer, by ptrace(2): each errno, each word of the user area, the FPU's
 * registers, siginfo, options and events. Where kernels differ, both are taken.
 */
#include "../proc/tracer.h"
#include "rule.h"

#include <asm/ldt.h>
#include <sched.h>

enum { WORDS = sizeof(struct user_regs_struct) / 4, DR0 = 252 };

/* The call itself: the C library's PEEK has a place of its own. */
static int raw(int request, pid_t pid, long addr, void *data)
{
	return (int)syscall(SYS_ptrace, request, pid, addr, data);
}

static pid_t sleeper(void)
{
	pid_t pid;

	TRACED(pid)
	{
		alarm(20); /* if we come to grief */
		pause();
	}
	stops_with(pid, SIGSTOP);
	return pid;
}

static void end(pid_t pid)
{
	CHECK(!kill(pid, SIGKILL) && waitpid(pid, &status, 0) == pid && status == SIGKILL);
}

/* ---- the user area ---- */

static void user_area(void)
{
	static const int segments[] = { DS, ES, FS, GS, CS, SS };
	pid_t pid = sleeper();
	uint32_t old[WORDS], r[WORDS];
	long word;

	CHECK(!raw(PTRACE_GETREGS, pid, 0, old));
	for (int n = 0; n < WORDS; n++)
		CHECK((uint32_t)peek(PTRACE_PEEKUSER, pid, 4 * n) == old[n]);
	for (int at = 4 * WORDS; at < DR0; at += 4)
		CHECK(peek(PTRACE_PEEKUSER, pid, at) == 0);
	for (int at = 4 * WORDS; at < DR0; at += 4)
		CHECK(!raw(PTRACE_POKEUSER, pid, at, (void *)1) || errno == EIO);
	for (int bit = 0; bit < 2; bit++)
		FAILS(raw(PTRACE_PEEKUSER, pid, 1 + bit, &word), EIO);
	FAILS(raw(PTRACE_PEEKUSER, pid, 288, &word), EIO);
	FAILS(raw(PTRACE_PEEKUSER, pid, -4, &word), EIO);
	FAILS(raw(PTRACE_POKEUSER, pid, 3, NULL), EIO);
	FAILS(raw(PTRACE_POKEUSER, pid, 288, NULL), EIO);
	FAILS(raw(PTRACE_PEEKUSER, pid, 0, nowhere), EFAULT);
	FAILS(raw(PTRACE_PEEKUSER, pid, 0, at_the_end(3)), EFAULT);
	for (int n = 0; n < WORDS; n++) { /* one by one: no other changes */
		uint32_t value = 0x1000 + (uint32_t)n;

		if ((n >= DS && n <= GS) || n == CS || n == SS || n == EFL)
			continue;
		CHECK(!raw(PTRACE_POKEUSER, pid, 4 * n, (void *)value));
		CHECK(!raw(PTRACE_GETREGS, pid, 0, r) && r[n] == value);
		r[n] = old[n];
		CHECK(!memcmp(r, old, sizeof(r)) && !raw(PTRACE_SETREGS, pid, 0, old));
	}
	for (int i = 0; i < 6; i++) {
		long at = 4 * segments[i];
		int may_be_null = segments[i] != CS && segments[i] != SS;

		for (uint32_t ring = 0; ring < 3; ring++)
			FAILS(raw(PTRACE_POKEUSER, pid, at, (void *)(0x78 + ring)), EIO);
		if (may_be_null)
			CHECK(!raw(PTRACE_POKEUSER, pid, at, NULL) &&
			      !peek(PTRACE_PEEKUSER, pid, at));
		else
			FAILS(raw(PTRACE_POKEUSER, pid, at, NULL), EIO);
		CHECK(!raw(PTRACE_POKEUSER, pid, at, (void *)old[segments[i]]));
		CHECK((uint32_t)peek(PTRACE_PEEKUSER, pid, at) == old[segments[i]]);
	}
	CHECK(!raw(PTRACE_POKEUSER, pid, 4 * EFL, (void *)~0x10000ul)); /* RF: kernels differ */
	CHECK((uint32_t)peek(PTRACE_PEEKUSER, pid, 4 * EFL) == (old[EFL] | 0x44dd5));
	CHECK(!raw(PTRACE_POKEUSER, pid, 4 * EFL, NULL));
	CHECK((uint32_t)peek(PTRACE_PEEKUSER, pid, 4 * EFL) == (old[EFL] & ~0x54dd5u));
	CHECK(!raw(PTRACE_SETREGS, pid, 0, old) && !raw(PTRACE_GETREGS, pid, 0, r));
	CHECK(!memcmp(r, old, sizeof(r)));
	for (int n = 0; n < 4; n++)
		CHECK(!raw(PTRACE_POKEUSER, pid, DR0 + 4 * n, (void *)(0x8000 + 16 * n)));
	for (int n = 0; n < 4; n++)
		CHECK(peek(PTRACE_PEEKUSER, pid, DR0 + 4 * n) == 0x8000 + 16 * n);
	FAILS(raw(PTRACE_POKEUSER, pid, DR0 + 16, (void *)1), EIO);
	FAILS(raw(PTRACE_POKEUSER, pid, DR0 + 20, (void *)1), EIO);
	CHECK(!raw(PTRACE_POKEUSER, pid, DR0, (void *)0xfffffffful) || errno == EIO);
	CHECK(raw(PTRACE_POKEUSER, pid, DR0 + 28, (void *)0x20001) == -1 &&
	      (errno == EIO || errno == EINVAL));
	end(pid);
}

/* A buffer that lies in part where nothing is: 2.6 moves the words that it can, and says nothing; later
 * kernels say -EFAULT or -EIO. */
static void buffers(void)
{
	pid_t pid = sleeper();
	uint32_t old[WORDS], r[WORDS];
	char *hole =
		mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(hole != MAP_FAILED && !mprotect(hole, PAGE, PROT_NONE));
	CHECK(!raw(PTRACE_GETREGS, pid, 0, old));
	for (unsigned n = 0; n < WORDS; n++) {
		uint32_t *front = at_the_end(4 * n), *back = (uint32_t *)(hole + PAGE) - n;

		memset(front, 0x77, 4 * n);
		memset(hole + PAGE, 0x77, sizeof(old));
		if (raw(PTRACE_GETREGS, pid, 0, front) == 0)
			CHECK(!memcmp(front, old, 4 * n));
		else
			CHECK(errno == EFAULT || errno == EIO);
		if (raw(PTRACE_GETREGS, pid, 0, back) == 0)
			CHECK(!memcmp(&back[n], &old[n], 4 * (WORDS - n)));
		else
			CHECK(n && (errno == EFAULT || errno == EIO));
		for (unsigned k = 0; k < n; k++)
			front[k] = 0x2000 + k;
		if (raw(PTRACE_SETREGS, pid, 0, front) == 0) {
			CHECK(!raw(PTRACE_GETREGS, pid, 0, r));
			for (unsigned k = 0; k <= EBP; k++)
				CHECK(r[k] == (k < n ? 0x2000 + k : 0));
			CHECK(r[UESP] == (n > UESP ? 0x2000 + UESP : 0) && r[CS] == old[CS]);
		} else {
			CHECK(errno == EFAULT || errno == EIO);
		}
		CHECK(!raw(PTRACE_SETREGS, pid, 0, old));
	}
	CHECK(!raw(PTRACE_GETREGS, pid, 0, at_the_end(sizeof(old))));
	CHECK(raw(PTRACE_GETREGS, pid, 0, (void *)0xffffffc0) == -1);
	CHECK(raw(PTRACE_SETREGS, pid, 0, (void *)0xffffffc0) == -1);
	CHECK(!munmap(hole, 2 * PAGE));
	end(pid);
}

/* ---- memory ---- */

static volatile int passed;

static __attribute__((noinline)) void pass(void)
{
	__asm__ volatile("nop\nnop\nnop\nnop" : : : "memory");
	passed++;
}

static void memory(void)
{
	char *two =
		mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint32_t *last = (uint32_t *)(two + PAGE) - 2, words[2];
	long text, at = (long)pass;
	pid_t pid;

	CHECK(two != MAP_FAILED && at_the_end(2) && !munmap(two + PAGE, PAGE));
	last[0] = 0x11223344, last[1] = 0x55667788;
	TRACED(pid)
	{
		pass();
		_exit(passed == 1 && last[0] == 0xa1a2a3a4 && last[1] == 0x5566b7b8 ? 7 : 8);
	}
	stops_with(pid, SIGSTOP);
	for (int i = 0; i <= 4; i++)
		CHECK((uint32_t)peek(PTRACE_PEEKDATA, pid, (long)last + i) ==
		      (uint32_t)(0x5566778811223344ull >> 8 * i));
	for (int i = 5; i < 8; i++)
		FAILS(raw(PTRACE_PEEKDATA, pid, (long)last + i, words), EIO);
	FAILS(raw(PTRACE_PEEKTEXT, pid, (long)last, nowhere), EFAULT);
	FAILS(raw(PTRACE_PEEKDATA, pid, (long)last, at_the_end(2)), EFAULT);
	FAILS(raw(PTRACE_PEEKDATA, pid, 0xfffff000, words), EIO); /* behind any stack */
	FAILS(raw(PTRACE_POKEDATA, pid, 0xc0000000, NULL), EIO);
	FAILS(raw(PTRACE_POKETEXT, pid, (long)nowhere, NULL), EIO);
	CHECK(!raw(PTRACE_POKEDATA, pid, (long)last, (void *)0xa1a2a3a4));
	CHECK(!raw(PTRACE_POKEDATA, pid, (long)last + 2, (void *)0xb7b8a1a2));
	CHECK(last[0] == 0x11223344); /* the child's, not ours */
	/* A breakpoint in its code, which it may not write itself. */
	text = peek(PTRACE_PEEKTEXT, pid, at);
	CHECK(!raw(PTRACE_POKETEXT, pid, at, (void *)((text & ~0xff) | 0xcc)));
	go(PTRACE_CONT, pid, 0);
	stops_with(pid, SIGTRAP);
	CHECK(peek(PTRACE_PEEKUSER, pid, 4 * EIP) == at + 1);
	CHECK(!raw(PTRACE_POKETEXT, pid, at, (void *)text));
	CHECK(!raw(PTRACE_POKEUSER, pid, 4 * EIP, (void *)at));
	go(PTRACE_CONT, pid, 0);
	expect_exit(pid, 7);
}

/* ---- the FPU ---- */

static void fpu(void)
{
	static const uint8_t pi[10] = {
		0x35, 0xc2, 0x68, 0x21, 0xa2, 0xda, 0x0f, 0xc9, 0x00, 0x40
	};
	static uint32_t fs[27], fs2[27];
	static uint8_t fx[512] __attribute__((aligned(16))), fx2[512] __attribute__((aligned(16)));
	static volatile double got;
	uint32_t tag;
	pid_t pid;

	TRACED(pid)
	{
		__asm__ volatile("fninit\nfld1\nfldz\nfldpi\n"
				 "movl %1, %%eax\nmovl %2, %%ebx\nmovl $19, %%ecx\nint $0x80\n"
				 "fstpl %0"
				 : "=m"(got)
				 : "i"(SYS_kill), "r"(getpid())
				 : "eax", "ebx", "ecx", "memory");
		_exit(got > 0.99 && got < 1.01 ? 7 : 8);
	}
	stops_with(pid, SIGSTOP);
	go(PTRACE_CONT, pid, 0);
	stops_with(pid, SIGSTOP);
	CHECK(!raw(PTRACE_GETFPREGS, pid, 0, fs));
	CHECK((fs[0] & 0xffff) == 0x37f && (fs[1] >> 11 & 7) == 5);
	tag = fs[2] & 0xffff; /* two bits each: 0 valid, 1 zero, 3 empty */
	CHECK(tag == (0x3ff | 0u << 10 | 1u << 12 | 0u << 14));
	CHECK(!memcmp(&fs[7], pi, 10));
	FAILS(raw(PTRACE_GETFPXREGS, pid, 0, at_the_end(508)), EFAULT);
	FAILS(raw(PTRACE_SETFPXREGS, pid, 0, at_the_end(508)), EFAULT);
	CHECK(!raw(PTRACE_GETFPXREGS, pid, 0, fx));
	CHECK(*(uint16_t *)fx == 0x37f && fx[4] == 0xe0 && !memcmp(&fx[32], pi, 10));
	CHECK(*(uint32_t *)&fx[24] == 0x1f80);
	for (int i = 0; i < 8 * 16; i++)
		fx[160 + i] = (uint8_t)(i * 5 + 1); /* xmm0 to xmm7 */
	CHECK(!raw(PTRACE_SETFPXREGS, pid, 0, fx) && !raw(PTRACE_GETFPXREGS, pid, 0, fx2));
	CHECK(!memcmp(&fx2[160], &fx[160], 8 * 16) && !memcmp(fx2, fx, 24));
	/* By the old form: st(0) becomes 1, which is what st(2) is. */
	memcpy(&fs[7], (char *)&fs[7] + 20, 10);
	CHECK(!raw(PTRACE_SETFPREGS, pid, 0, fs) && !raw(PTRACE_GETFPREGS, pid, 0, fs2));
	CHECK(!memcmp(&fs[7], &fs2[7], 80) && (fs2[2] & 0xffff) == tag);
	CHECK(!raw(PTRACE_GETFPXREGS, pid, 0, fx2) && !memcmp(&fx2[160], &fx[160], 8 * 16));
	CHECK(!raw(PTRACE_GETFPREGS, pid, 0, at_the_end(108)));
	CHECK(!memcmp(at_the_end(108), fs2, 108));
	CHECK(!raw(PTRACE_GETFPREGS, pid, 0, at_the_end(100)) || errno == EFAULT || errno == EIO);
	CHECK(!raw(PTRACE_SETFPREGS, pid, 0, at_the_end(100)) || errno == EFAULT || errno == EIO);
	go(PTRACE_CONT, pid, 0);
	expect_exit(pid, 7);
}

/* ---- signals and their words ---- */

static void at_signal(int sig, siginfo_t *info, void *context)
{
	(void)context;
	_exit(sig == SIGUSR1 && info->si_code == -60 && info->si_value.sival_int == 4321 ? 7 : 8);
}

static void infos(void)
{
	struct sigaction a = { .sa_sigaction = at_signal, .sa_flags = SA_SIGINFO };
	int32_t *info = at_the_end(128);
	pid_t pid;

	TRACED(pid)
	{
		CHECK(!sigaction(SIGUSR1, &a, NULL));
		raise(SIGUSR1);
	}
	stops_with(pid, SIGSTOP);
	FAILS(raw(PTRACE_GETSIGINFO, pid, 0, at_the_end(124)), EFAULT);
	FAILS(raw(PTRACE_SETSIGINFO, pid, 0, at_the_end(124)), EFAULT);
	go(PTRACE_CONT, pid, 0);
	stops_with(pid, SIGUSR1);
	memset(info, 0x55, 128);
	CHECK(!raw(PTRACE_GETSIGINFO, pid, 0, info));
	CHECK(info[0] == SIGUSR1 && info[1] == 0 && info[2] == SI_TKILL && info[3] == pid);
	info[2] = -60, info[5] = 4321;
	CHECK(!raw(PTRACE_SETSIGINFO, pid, 0, info));
	memset(info, 0, 128);
	CHECK(!raw(PTRACE_GETSIGINFO, pid, 0, info) && info[2] == -60 && info[5] == 4321);
	go(PTRACE_CONT, pid, SIGUSR1);
	expect_exit(pid, 7);
	/* A stop of the group is none of a signal: there is nothing to be had. */
	TRACED(pid) _exit(7);
	stops_with(pid, SIGSTOP);
	go(PTRACE_CONT, pid, SIGSTOP);
	stops_with(pid, SIGSTOP);
	FAILS(raw(PTRACE_GETSIGINFO, pid, 0, info), EINVAL);
	CHECK(raw(PTRACE_SETSIGINFO, pid, 0, info) == -1);
	go(PTRACE_CONT, pid, 0);
	expect_exit(pid, 7);
}

static void given_signals(void)
{
	pid_t pid = sleeper();

	FAILS(raw(PTRACE_CONT, pid, 0, (void *)65), EIO);
	FAILS(raw(PTRACE_SYSCALL, pid, 0, (void *)~0ul), EIO);
	FAILS(raw(PTRACE_SINGLESTEP, pid, 0, (void *)65), EIO);
	FAILS(raw(PTRACE_DETACH, pid, 0, (void *)65), EIO);
	go(PTRACE_CONT, pid, 64);
	CHECK(waitpid(pid, &status, 0) == pid && status == 64);
	TRACED(pid)
	{
		catch (SIGUSR1, 0);
		raise(SIGUSR2);
		_exit(caught == SIGUSR1 ? 7 : 8);
	}
	stops_with(pid, SIGSTOP);
	go(PTRACE_CONT, pid, 0);
	stops_with(pid, SIGUSR2);
	CHECK(!raw(PTRACE_DETACH, pid, 0, (void *)SIGUSR1));
	FAILS(raw(PTRACE_CONT, pid, 0, NULL), ESRCH);
	expect_exit(pid, 7);
	TRACED(pid) _exit(raw(PTRACE_TRACEME, 0, 0, NULL) == -1 && errno == EPERM ? 7 : 8);
	stops_with(pid, SIGSTOP);
	FAILS(raw(9999, pid, 0, NULL), EIO);
	FAILS(raw(PTRACE_ATTACH, pid, 0, NULL), EPERM);
	FAILS(raw(PTRACE_ATTACH, 0, 0, NULL), ESRCH);
	FAILS(raw(PTRACE_CONT, -5, 0, NULL), ESRCH);
	go(PTRACE_CONT, pid, 0);
	expect_exit(pid, 7);
}

/* ---- thread-local data of the tracee ---- */

static void thread_areas(void)
{
	pid_t pid = sleeper();
	long entry = peek(PTRACE_PEEKUSER, pid, 4 * GS) >> 3;
	struct user_desc d, e = { .entry_number = (unsigned)entry }, f;

	CHECK(!syscall(SYS_get_thread_area, &e)); /* a fork's is its parent's */
	CHECK(!raw(25, pid, entry, &d) && !memcmp(&d, &e, sizeof(d)));
	d.base_addr ^= 0x01234560, d.limit = 0x12345;
	CHECK(!raw(26, pid, entry, &d) && !raw(25, pid, entry, &f));
	CHECK(f.base_addr == d.base_addr && f.limit == 0x12345);
	CHECK(!syscall(SYS_get_thread_area, &f) && f.base_addr == e.base_addr);
	FAILS(raw(25, pid, 0, &d), EINVAL);
	FAILS(raw(26, pid, 0, &d), EINVAL);
	FAILS(raw(25, pid, 99, &d), EINVAL);
	FAILS(raw(26, pid, 99, &d), EINVAL);
	FAILS(raw(25, pid, entry, at_the_end(12)), EFAULT);
	FAILS(raw(26, pid, entry, at_the_end(12)), EFAULT);
	end(pid);
}

/* ---- options and events ---- */

static int options(pid_t pid, unsigned long data)
{
	return raw(PTRACE_SETOPTIONS, pid, 0, (void *)data);
}

static int leave(void *code)
{
	_exit((int)(intptr_t)code);
}

static int forked(int flags)
{
	static char stack[16384];

	return clone(leave, stack + sizeof(stack), flags, (void *)4, NULL, NULL, NULL);
}

/* Which events three ways to fork bring about under that option. */
static void events(unsigned option, int flags, int event)
{
	unsigned long message = 0;
	int child;
	pid_t pid;

	TRACED(pid)
	{
		forked(flags);
		_exit(7);
	}
	stops_with(pid, SIGSTOP);
	CHECK(!options(pid, option));
	go(PTRACE_CONT, pid, 0);
	if (event) {
		CHECK(waitpid(pid, &status, 0) == pid && status >> 8 == (SIGTRAP | event << 8));
		CHECK(!raw(PTRACE_GETEVENTMSG, pid, 0, &message));
		FAILS(raw(PTRACE_GETEVENTMSG, pid, 0, nowhere), EFAULT);
		child = (int)message;
		CHECK(child > 0);
		if (event != PTRACE_EVENT_VFORK_DONE) {
			CHECK(waitpid(child, &status, __WALL) == child);
			CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
			go(PTRACE_CONT, pid, 0);
			go(PTRACE_CONT, child, 0);
			CHECK(waitpid(child, &status, __WALL) == child && status == 0x400);
		} else {
			go(PTRACE_CONT, pid, 0);
		}
	}
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		CHECK(WSTOPSIG(status) == SIGCHLD || WSTOPSIG(status) == SIGUSR1);
		go(PTRACE_CONT, pid, 0);
	}
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	FAILS(waitpid(-1, &status, __WALL | WNOHANG), ECHILD);
}

static void all_events(void)
{
	static const int flags[] = { SIGCHLD, CLONE_VFORK | CLONE_VM | SIGCHLD,
				     SIGUSR1 | CLONE_VM };
	static const int asked[] = { PTRACE_O_TRACEFORK, PTRACE_O_TRACEVFORK, PTRACE_O_TRACECLONE };
	static const int told[] = { PTRACE_EVENT_FORK, PTRACE_EVENT_VFORK, PTRACE_EVENT_CLONE };

	for (int way = 0; way < 3; way++) {
		for (int option = 0; option < 3; option++)
			events((unsigned)asked[option], flags[way], option == way ? told[way] : 0);
		events(0x0e, flags[way] | CLONE_UNTRACED, 0);
		events(PTRACE_O_TRACEVFORKDONE, flags[way], way == 1 ? PTRACE_EVENT_VFORK_DONE : 0);
	}
}

static void exits_and_programs(const char *self)
{
	unsigned long message = 0;
	pid_t pid;

	TRACED(pid) execl(self, self, "again", (char *)NULL);
	stops_with(pid, SIGSTOP);
	CHECK(!options(pid, PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT));
	go(PTRACE_CONT, pid, 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8));
	go(PTRACE_CONT, pid, 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8));
	CHECK(!raw(PTRACE_GETEVENTMSG, pid, 0, &message) && message == 0x2800);
	go(PTRACE_CONT, pid, 0);
	expect_exit(pid, 40);
	/* Without the option execve is told by a plain SIGTRAP. */
	TRACED(pid) execl(self, self, "again", (char *)NULL);
	stops_with(pid, SIGSTOP);
	FAILS(options(pid, 0x40000000), EINVAL);
	CHECK(!options(pid, 0) && !raw(21, pid, 0, (void *)0)); /* and by its old number */
	go(PTRACE_CONT, pid, 0);
	stops_with(pid, SIGTRAP);
	go(PTRACE_CONT, pid, 0);
	expect_exit(pid, 40);
}

/* ---- steps ---- */

extern const char step_here[], step_end[];

/* Each instruction, once, and those that deal in TF themselves. */
static void steps(void)
{
	long at = (long)step_here;
	int n = 0;
	pid_t pid;

	TRACED(pid)
	{
		__asm__ volatile("int3\n"
				 "step_here:\n"
				 "nop\n"
				 "pushfl\n"
				 "popl %%eax\n"
				 "movl $20, %%eax\n"
				 "int $0x80\n"
				 "nop\n"
				 "pushl $0x202\n"
				 "popfl\n"
				 "nop\n"
				 "step_end:\n"
				 "nop\n"
				 :
				 :
				 : "eax", "memory");
		_exit(7);
	}
	stops_with(pid, SIGSTOP);
	go(PTRACE_CONT, pid, 0);
	stops_with(pid, SIGTRAP);
	CHECK(peek(PTRACE_PEEKUSER, pid, 4 * EIP) == at);
	while (at != (long)step_end) {
		long next;

		go(PTRACE_SINGLESTEP, pid, 0);
		stops_with(pid, SIGTRAP);
		next = peek(PTRACE_PEEKUSER, pid, 4 * EIP);
		CHECK(next > at && next <= (long)step_end && ++n < 12);
		at = next;
	}
	CHECK(n == 9);
	/* Who steps over popfl has TF left: no kernel can tell whose it is. */
	CHECK(!raw(PTRACE_POKEUSER, pid, 4 * EFL, (void *)0x202));
	go(PTRACE_CONT, pid, 0);
	expect_exit(pid, 7);
}

int main(int argc, char **argv)
{
	pid_t pid;

	if (argc > 1)
		return 40;
	hurry();
	CHILD(pid) _exit(ptrace(PTRACE_TRACEME, 0, 0, 0) != 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	if (status) /* not allowed here */
		return 0;
	user_area();
	buffers();
	memory();
	fpu();
	infos();
	given_signals();
	thread_areas();
	all_events();
	exits_and_programs(argv[0]);
	steps();
	return 0;
}
