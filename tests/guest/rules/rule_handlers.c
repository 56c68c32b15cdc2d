/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule_handlers.c: what a handler is told, and what it leaves: exceptions, the FPU, the other stack, children,
 * by sigaction(2), sigreturn(2), signal(7) and the processor's manual.
 */
#include "rule.h"

#include <sys/ucontext.h>

/* ---- what a frame has of an exception, and of the FPU ---- */

static void leave_at_exception(int sig, siginfo_t *info, void *c)
{
	greg_t *r = ((ucontext_t *)c)->uc_mcontext.gregs;

	(void)sig, (void)info;
	_exit(r[REG_TRAPNO] * 8 + r[REG_ERR]);
}

/* Its vector, and what the processor pushed: bits 0 to 2 of a page fault are present, write, user. */
static void exceptions(void)
{
	static const struct {
		int sig, code;
	} expected[] = { { SIGFPE, 0 },           { SIGSEGV, 4 * 8 },  { SIGSEGV, 5 * 8 },
			 { SIGILL, 6 * 8 },       { SIGSEGV, 13 * 8 }, { SIGSEGV, 14 * 8 + 4 },
			 { SIGSEGV, 14 * 8 + 6 }, { SIGTRAP, 3 * 8 },  { SIGSEGV, 14 * 8 + 7 } };
	static const int bounds[2] = { 1, 2 };
	pid_t pid;

	for (int i = 0; i < (int)(sizeof(expected) / sizeof(expected[0])); i++) {
		struct sigaction a = { .sa_sigaction = leave_at_exception, .sa_flags = SA_SIGINFO };

		CHILD(pid)
		{
			CHECK(!sigaction(expected[i].sig, &a, NULL));
			switch (i) {
			case 0:
				__asm__ volatile("xorl %%ecx, %%ecx\ndivl %%ecx" ::
							 : "eax", "ecx", "edx");
				break;
			case 1:
				__asm__ volatile("movb $127, %%al\naddb $1, %%al\ninto" ::: "eax");
				break;
			case 2: __asm__ volatile("boundl %0, %1" ::"r"(7), "m"(bounds)); break;
			case 3: __asm__ volatile("ud2"); break;
			case 4: __asm__ volatile("hlt"); break;
			case 5: (void)*(volatile char *)nowhere; break;
			case 6: *(volatile char *)nowhere = 1; break;
			case 7: __asm__ volatile("int3"); break;
			default: *(volatile char *)(uintptr_t)leave_at_exception = 1; break;
			}
			_exit(255);
		}
		expect_exit(pid, expected[i].code);
	}
}

static void spoil(int sig)
{
	static const double seven = 7;

	(void)sig;
	__asm__ volatile("fninit\nfldl %0\nfldl %0\nfldl %0\nmovsd %0, %%xmm3\nmovsd %0, %%xmm7"
			 :
			 : "m"(seven)
			 : "memory");
}

/* A handler has the FPU for itself, and the program has its own again behind it. */
static void fpu_registers(void)
{
	static uint8_t before[512] __attribute__((aligned(16))),
		after[512] __attribute__((aligned(16)));
	static const double four = 4.25, five = -5.5;
	struct sigaction a = { .sa_handler = spoil };

	CHECK(!sigaction(SIGUSR1, &a, NULL));
	__asm__ volatile("fninit\n"
			 "fldl %2\nfldl %3\nfldz\nfld1\nfstp %%st(1)\n"
			 "movsd %2, %%xmm3\nmovsd %3, %%xmm7\n"
			 "fxsave %0\n"
			 "movl %4, %%eax\nmovl %5, %%ebx\nmovl %6, %%ecx\nint $0x80\n"
			 "fxsave %1\n"
			 "fninit"
			 : "=m"(before), "=m"(after)
			 : "m"(four), "m"(five), "i"(SYS_kill), "r"(getpid()), "i"(SIGUSR1)
			 : "eax", "ebx", "ecx", "memory");
	CHECK(!memcmp(before, after, 6) && !memcmp(before + 24, after + 24, 4));
	for (int i = 0; i < 8; i++)
		CHECK(!memcmp(before + 32 + 16 * i, after + 32 + 16 * i, 10));
	CHECK(!memcmp(before + 160, after + 160, 128));
}

/* sigreturn takes the stack for handlers from the frame. */
static void give_stack(int sig, siginfo_t *info, void *c)
{
	ucontext_t *u = c;

	(void)sig, (void)info;
	u->uc_stack.ss_sp = (void *)0x123000;
	u->uc_stack.ss_size = 0x4000;
	u->uc_stack.ss_flags = 0;
}

static void given_stack(void)
{
	struct sigaction a = { .sa_sigaction = give_stack, .sa_flags = SA_SIGINFO };
	stack_t s;

	CHECK(!sigaction(SIGUSR1, &a, NULL) && !kill(getpid(), SIGUSR1));
	CHECK(!sigaltstack(NULL, &s) && s.ss_sp == (void *)0x123000 && s.ss_size == 0x4000);
	CHECK(s.ss_flags == 0);
	s.ss_flags = SS_DISABLE;
	CHECK(!sigaltstack(&s, NULL));
}

/* ---- what a parent hears of its child ---- */

static siginfo_t got;
static volatile int heard;

static void hear(int sig, siginfo_t *info, void *c)
{
	(void)c;
	CHECK(sig == SIGCHLD);
	got = *info;
	heard++;
}

static void hears(pid_t pid, int code, int status, unsigned uid)
{
	while (!heard)
		poll(NULL, 0, 1);
	CHECK(got.si_signo == SIGCHLD && got.si_errno == 0 && got.si_code == code);
	CHECK(got.si_pid == pid && got.si_uid == uid && got.si_status == status);
	heard = 0;
}

static void children(void)
{
	struct sigaction a = { .sa_sigaction = hear, .sa_flags = SA_SIGINFO | SA_RESTART };
	unsigned uid = getuid() ? getuid() : 7;
	pid_t pid;

	CHECK(!sigaction(SIGCHLD, &a, NULL));
	CHILD(pid)
	{
		CHECK(!syscall(SYS_setresuid32, uid, uid, uid));
		for (;;)
			pause();
	}
	sleep_ms(20);
	CHECK(!kill(pid, SIGSTOP));
	hears(pid, CLD_STOPPED, SIGSTOP, uid);
	CHECK(!kill(pid, SIGCONT));
	hears(pid, CLD_CONTINUED, SIGCONT, uid);
	CHECK(!kill(pid, SIGTERM));
	hears(pid, CLD_KILLED, SIGTERM, uid);
	CHECK(waitpid(pid, NULL, 0) == pid);
	CHILD(pid) _exit(0x97);
	hears(pid, CLD_EXITED, 0x97, getuid());
	CHECK(waitpid(pid, NULL, 0) == pid);
	signal(SIGCHLD, SIG_DFL);
}

/* SIGCONT takes back a process's stops, and a stop its SIGCONT; whatever others have. */
static void revoked(void)
{
	const sigset_t both = { { 1u << (SIGTSTP - 1) | 1u << (SIGCONT - 1) } };
	sigset_t s;
	pid_t pid;
	int status;

	CHECK(!sigprocmask(SIG_BLOCK, &both, NULL) && !kill(getpid(), SIGTSTP));
	CHILD(pid) pause();
	sleep_ms(10);
	CHECK(!kill(pid, SIGCONT) && !sigpending(&s) && sigismember(&s, SIGTSTP));
	CHECK(!kill(pid, SIGTSTP) && !kill(pid, SIGKILL));
	CHECK(waitpid(pid, &status, 0) == pid && status == SIGKILL);
	CHECK(!kill(getpid(), SIGCONT) && !sigpending(&s) && !sigismember(&s, SIGTSTP));
	CHECK(sigismember(&s, SIGCONT));
	CHECK(!kill(getpid(), SIGTSTP) && !sigpending(&s) && !sigismember(&s, SIGCONT));
	signal(SIGTSTP, SIG_IGN);
	CHECK(!sigprocmask(SIG_UNBLOCK, &both, NULL));
	signal(SIGTSTP, SIG_DFL);
}

int main(void)
{
	hurry();
	exceptions();
	fpu_registers();
	given_stack();
	children();
	revoked();
	return 0;
}
