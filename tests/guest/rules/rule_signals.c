/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule_signals.c: sigaction, sigprocmask and their like in all their forms, by sigaction(2), sigprocmask(2),
 * sigpending(2), rt_sigqueueinfo(2), kill(2), sigaltstack(2) and signal(7): each errno, each word.
 */
#include "rule.h"

#include <sys/ucontext.h>

/* As the old call has it. */
struct old_action {
	uint32_t handler, mask, flags, restorer;
};

struct action {
	uint32_t handler, flags, restorer, mask[2];
};

static int act(int sig, const void *new_act, void *old)
{
	return (int)syscall(SYS_rt_sigaction, sig, new_act, old, 8);
}

static int old_act(int sig, const void *new_act, void *old)
{
	return (int)syscall(SYS_sigaction, sig, new_act, old);
}

static int mask(int how, const void *set, void *old)
{
	return (int)syscall(SYS_rt_sigprocmask, how, set, old, 8);
}

static void actions(void)
{
	struct action a = { 0x1234, SA_RESTART, 0x5678, { 0xffffffff, 0xffffffff } }, b;
	struct old_action c = { 0x4321, 0xffffffff, SA_RESETHAND, 0x8765 }, d;

	for (int sig = 1; sig <= 64; sig++) {
		memset(&b, 1, sizeof(b));
		if (sig == SIGKILL || sig == SIGSTOP) {
			FAILS(act(sig, &a, &b), EINVAL);
			FAILS(old_act(sig, &c, &d), EINVAL);
			FAILS((int)syscall(SYS_signal, sig, SIG_IGN), EINVAL);
			CHECK(!act(sig, NULL, &b) && b.handler == 0);
			continue;
		}
		CHECK(!act(sig, &a, NULL) && !act(sig, NULL, &b));
		CHECK(b.handler == 0x1234 && b.restorer == 0x5678);
		CHECK((b.flags & ~(uint32_t)0x04000000) == SA_RESTART);
		CHECK(b.mask[0] == 0xfffbfeff && b.mask[1] == 0xffffffff); /* no KILL, no STOP */
		a.handler = (uint32_t)SIG_DFL;
		CHECK(!act(sig, &a, &b) && b.handler == 0x1234);
		a.handler = 0x1234;
	}
	FAILS(act(0, &a, NULL), EINVAL);
	FAILS(act(65, &a, NULL), EINVAL);
	FAILS(act(-1, NULL, NULL), EINVAL);
	FAILS(act(SIGUSR1, nowhere, NULL), EFAULT);
	FAILS(act(SIGUSR1, NULL, nowhere), EFAULT);
	FAILS(act(SIGUSR1, at_the_end(16), NULL), EFAULT);
	FAILS(act(SIGUSR1, NULL, at_the_end(16)), EFAULT);
	CHECK(!act(SIGUSR1, NULL, at_the_end(20)));
	FAILS((int)syscall(SYS_rt_sigaction, SIGUSR1, &a, NULL, 4), EINVAL);
	FAILS((int)syscall(SYS_rt_sigaction, SIGUSR1, &a, NULL, 9), EINVAL);
	/* The old form has the first 32 signals alone in its mask. */
	CHECK(!act(SIGUSR2, &a, NULL) && !old_act(SIGUSR2, &c, &d));
	CHECK(d.handler == 0x1234 && d.mask == 0xfffbfeff && d.restorer == 0x5678);
	CHECK(d.flags == SA_RESTART);
	CHECK(!act(SIGUSR2, NULL, &b) && b.handler == 0x4321 && b.restorer == 0x8765);
	CHECK(b.flags == SA_RESETHAND && b.mask[0] == 0xfffbfeff && b.mask[1] == 0);
	FAILS(old_act(65, &c, NULL), EINVAL);
	FAILS(old_act(SIGUSR2, nowhere, NULL), EFAULT);
	FAILS(old_act(SIGUSR2, NULL, at_the_end(12)), EFAULT);
	CHECK(!old_act(SIGUSR2, NULL, at_the_end(16)) && *(uint32_t *)at_the_end(16) == 0x4321);
	/* signal(2), System V's: once, and not blocked meanwhile. */
	CHECK(syscall(SYS_signal, SIGUSR2, 0x777) == 0x4321);
	CHECK(!act(SIGUSR2, NULL, &b) && b.handler == 0x777);
	CHECK((b.flags & (SA_RESETHAND | SA_NODEFER)) == (SA_RESETHAND | SA_NODEFER) &&
	      !b.mask[0] && !b.mask[1]);
	FAILS((int)syscall(SYS_signal, 65, 0x777), EINVAL);
	FAILS((int)syscall(SYS_signal, 0, 0x777), EINVAL);
	CHECK(syscall(SYS_signal, SIGUSR2, SIG_DFL) == 0x777);
}

static void masks(void)
{
	const uint32_t all[2] = { ~0u, ~0u }, some[2] = { 0x201, 0x8000 }, none[2] = { 0, 0 };
	uint32_t was[2], one[2] = { 0x10000000, 1 };

	CHECK(!mask(SIG_SETMASK, all, was) && !was[0] && !was[1]);
	CHECK(!mask(SIG_UNBLOCK, none, was) && was[0] == 0xfffbfeff && was[1] == ~0u);
	CHECK(!mask(SIG_SETMASK, some, NULL) && !mask(SIG_BLOCK, one, was));
	CHECK(was[0] == 0x201 && was[1] == 0x8000);
	CHECK(!mask(77, NULL, was) && was[0] == 0x10000201 && was[1] == 0x8001);
	CHECK(!mask(SIG_UNBLOCK, some, NULL) && !mask(SIG_BLOCK, NULL, was));
	CHECK(was[0] == 0x10000000 && was[1] == 1);
	FAILS(mask(3, some, NULL), EINVAL);
	FAILS(mask(-1, some, NULL), EINVAL);
	FAILS(mask(SIG_BLOCK, at_the_end(4), NULL), EFAULT);
	FAILS(mask(SIG_BLOCK, NULL, at_the_end(4)), EFAULT);
	FAILS((int)syscall(SYS_rt_sigprocmask, SIG_BLOCK, some, NULL, 7), EINVAL);
	FAILS((int)syscall(SYS_rt_sigprocmask, SIG_BLOCK, some, NULL, 12), EINVAL);
	/* The old ones know the first 32, and SETMASK leaves the others. */
	CHECK(!syscall(SYS_sigprocmask, SIG_SETMASK, some, was) && was[0] == 0x10000000);
	CHECK(!mask(SIG_BLOCK, NULL, was) && was[0] == 0x201 && was[1] == 1);
	*(uint32_t *)at_the_end(4) = 0x400;
	CHECK(!syscall(SYS_sigprocmask, SIG_BLOCK, at_the_end(4), NULL));
	CHECK(!syscall(SYS_sigprocmask, SIG_BLOCK, NULL, at_the_end(4)) &&
	      *(uint32_t *)at_the_end(4) == 0x601);
	CHECK(!syscall(SYS_sigprocmask, SIG_UNBLOCK, some, NULL));
	CHECK(!mask(SIG_BLOCK, NULL, was) && was[0] == 0x400 && was[1] == 1);
	FAILS((int)syscall(SYS_sigprocmask, 3, some, NULL), EINVAL);
	FAILS((int)syscall(SYS_sigprocmask, SIG_BLOCK, nowhere, NULL), EFAULT);
	FAILS((int)syscall(SYS_sigprocmask, SIG_BLOCK, NULL, nowhere), EFAULT);
	CHECK(!mask(SIG_SETMASK, none, NULL));
	/* sgetmask(2) */
	CHECK(syscall(SYS_ssetmask, 0x40105) == 0 && syscall(SYS_sgetmask) == 0x5);
	CHECK(syscall(SYS_ssetmask, 0) == 5);
}

static void pending_ones(void)
{
	const uint32_t most[2] = { 0x200, 0x80000000 }, none[2] = { 0, 0 };
	uint32_t set[3] = { 7, 7, 7 };
	struct action ignored = { .handler = (uint32_t)SIG_IGN }, old;

	CHECK(!mask(SIG_SETMASK, most, NULL));
	CHECK(!kill(getpid(), SIGUSR1));                     /* the process's */
	CHECK(!syscall(SYS_tgkill, getpid(), getpid(), 64)); /* its own */
	CHECK(!syscall(SYS_rt_sigpending, set, 0) && set[0] == 7);
	CHECK(!syscall(SYS_rt_sigpending, set, 4) && set[0] == 0x200 && set[1] == 7);
	CHECK(!syscall(SYS_rt_sigpending, set, 8) && set[1] == 0x80000000 && set[2] == 7);
	CHECK(!syscall(SYS_sigpending, at_the_end(4)) && *(uint32_t *)at_the_end(4) == 0x200);
	FAILS((int)syscall(SYS_rt_sigpending, set, 9), EINVAL);
	FAILS((int)syscall(SYS_rt_sigpending, set, 12), EINVAL);
	FAILS((int)syscall(SYS_rt_sigpending, at_the_end(4), 8), EFAULT);
	FAILS((int)syscall(SYS_sigpending, nowhere), EFAULT);
	/* Ignored, they are forgotten, whoever's they are. */
	CHECK(!act(SIGUSR1, &ignored, &old) && !act(64, &ignored, NULL));
	CHECK(!syscall(SYS_rt_sigpending, set, 8) && !set[0] && !set[1]);
	CHECK(!act(SIGUSR1, &old, NULL) && !act(64, &old, NULL));
	/* So are those that are ignored by default; the others are not. */
	CHECK(!mask(SIG_SETMASK, (uint32_t[]){ 1u << (SIGCHLD - 1) | 1u << (SIGUSR2 - 1), 0 },
		    NULL));
	CHECK(!kill(getpid(), SIGCHLD) && !kill(getpid(), SIGUSR2));
	CHECK(!act(SIGCHLD, &old, NULL) && !act(SIGUSR2, &old, NULL));
	CHECK(!syscall(SYS_rt_sigpending, set, 8) && set[0] == 1u << (SIGUSR2 - 1));
	CHECK(!act(SIGUSR2, &ignored, NULL) && !mask(SIG_SETMASK, none, NULL));
	CHECK(!act(SIGUSR2, &old, NULL));
}

/* ---- what is sent along ---- */

static siginfo_t got;
static ucontext_t context;
static int here_blocked;

static void note(int sig, siginfo_t *info, void *c)
{
	sigset_t now;

	CHECK(sig == info->si_signo);
	got = *info;
	context = *(ucontext_t *)c;
	sigprocmask(SIG_BLOCK, NULL, &now);
	here_blocked = sigismember(&now, sig);
}

static void note_it(int sig, int flags)
{
	struct sigaction a = { .sa_sigaction = note, .sa_flags = SA_SIGINFO | flags };

	CHECK(!sigaction(sig, &a, NULL));
	memset(&got, 0, sizeof(got));
}

/* As a program makes it up: number, errno, code, and words behind. */
static int32_t *made(int code)
{
	static int32_t info[32];

	memset(info, 0, sizeof(info));
	info[0] = 99, info[1] = 5, info[2] = code, info[3] = 1111, info[4] = 2222, info[5] = 3333;
	return info;
}

static void queued(void)
{
	pid_t me = getpid(), pid;
	int status;

	for (int sig = SIGUSR1; sig <= 64; sig += 64 - SIGUSR1) {
		note_it(sig, 0);
		CHECK(!syscall(SYS_rt_sigqueueinfo, me, sig, made(SI_QUEUE)));
		CHECK(got.si_signo == sig && got.si_code == SI_QUEUE && got.si_pid == 1111);
		CHECK(got.si_uid == 2222 && got.si_value.sival_int == 3333 && here_blocked);
		memset(&got, 0, sizeof(got));
		CHECK(!syscall(SYS_rt_tgsigqueueinfo, me, me, sig, made(-9)));
		CHECK(got.si_signo == sig && got.si_code == -9 && got.si_pid == 1111);
		memset(&got, 0, sizeof(got));
		CHECK(!kill(me, sig) && got.si_code == SI_USER && got.si_pid == me);
		CHECK(got.si_uid == getuid() && got.si_errno == 0);
		CHECK(!syscall(SYS_tkill, me, sig) && got.si_code == SI_TKILL && got.si_pid == me);
		memset(&got, 0, sizeof(got));
		CHECK(!syscall(SYS_tgkill, me, me, sig) && got.si_code == SI_TKILL);
		CHECK(got.si_pid == me && got.si_uid == getuid());
		note_it(sig, SA_NODEFER);
		CHECK(!kill(me, sig) && !here_blocked);
	}
	CHECK(!syscall(SYS_rt_sigqueueinfo, me, 0, made(SI_QUEUE)));
	FAILS((int)syscall(SYS_rt_sigqueueinfo, me, 65, made(SI_QUEUE)), EINVAL);
	FAILS((int)syscall(SYS_rt_sigqueueinfo, me, -1, made(SI_QUEUE)), EINVAL);
	FAILS((int)syscall(SYS_rt_sigqueueinfo, 99999, SIGUSR1, made(SI_QUEUE)), ESRCH);
	FAILS((int)syscall(SYS_rt_sigqueueinfo, me, SIGUSR1, nowhere), EFAULT);
	FAILS((int)syscall(SYS_rt_tgsigqueueinfo, me, me, SIGUSR1, nowhere), EFAULT);
	FAILS((int)syscall(SYS_rt_tgsigqueueinfo, 0, me, SIGUSR1, made(SI_QUEUE)), EINVAL);
	FAILS((int)syscall(SYS_rt_tgsigqueueinfo, me, 0, SIGUSR1, made(SI_QUEUE)), EINVAL);
	FAILS((int)syscall(SYS_rt_tgsigqueueinfo, me, 99999, SIGUSR1, made(SI_QUEUE)), ESRCH);
	/* To another it must not look like the kernel's or kill's. */
	CHILD(pid) pause();
	FAILS((int)syscall(SYS_rt_sigqueueinfo, pid, SIGUSR1, made(SI_USER)), EPERM);
	FAILS((int)syscall(SYS_rt_sigqueueinfo, pid, SIGUSR1, made(SI_KERNEL)), EPERM);
	FAILS((int)syscall(SYS_rt_sigqueueinfo, pid, SIGUSR1, made(SI_TKILL)), EPERM);
	FAILS((int)syscall(SYS_rt_tgsigqueueinfo, pid, pid, SIGUSR1, made(1)), EPERM);
	CHECK(!syscall(SYS_rt_sigqueueinfo, pid, SIGTERM, made(SI_ASYNCIO)));
	CHECK(waitpid(pid, &status, 0) == pid && status == SIGTERM);
	FAILS((int)syscall(SYS_rt_sigqueueinfo, pid, SIGUSR1, made(SI_QUEUE)), ESRCH);
}

/* The frame: what was interrupted, and what comes back of it. */
static void frames(void)
{
	static char room[8192];
	stack_t stack = { .ss_sp = room, .ss_size = sizeof(room) };
	const uint32_t some[2] = { 0x1000, 0x40 };
	uint32_t now[2];
	greg_t *r = context.uc_mcontext.gregs;
	unsigned short gs, ds;

	__asm__("mov %%gs, %0" : "=r"(gs));
	__asm__("mov %%ds, %0" : "=r"(ds));
	CHECK(!sigaltstack(&stack, NULL));
	note_it(SIGUSR1, SA_ONSTACK);
	CHECK(!mask(SIG_SETMASK, some, NULL));
	CHECK(!kill(getpid(), SIGUSR1));
	CHECK(context.uc_link == NULL && context.uc_stack.ss_sp == room);
	CHECK(context.uc_stack.ss_size == sizeof(room) && context.uc_stack.ss_flags == 0);
	CHECK(!memcmp(&context.uc_sigmask, some, 8));
	CHECK((r[REG_GS] & 0xffff) == gs && (r[REG_DS] & 0xffff) == ds &&
	      (r[REG_ES] & 0xffff) == ds && (r[REG_SS] & 0xffff) == ds);
	CHECK((r[REG_CS] & 3) == 3 && r[REG_EAX] == 0 && r[REG_UESP] == r[REG_ESP]);
	CHECK((char *)r[REG_ESP] < room || (char *)r[REG_ESP] > room + sizeof(room));
	CHECK(context.uc_mcontext.oldmask == 0x1000 && context.uc_mcontext.fpregs);
	CHECK((char *)context.uc_mcontext.fpregs > room &&
	      (char *)context.uc_mcontext.fpregs < room + sizeof(room));
	CHECK(!mask(SIG_BLOCK, NULL, now) && now[0] == 0x1000 && now[1] == 0x40);
	CHECK(!mask(SIG_SETMASK, (uint32_t[]){ 0, 0 }, NULL));
	stack.ss_flags = SS_DISABLE;
	CHECK(!sigaltstack(&stack, NULL));
	CHECK(!kill(getpid(), SIGUSR1) && context.uc_stack.ss_flags == SS_DISABLE);
}

/* A handler may change the frame: registers, flags and mask are then those. */
static void change(int sig, siginfo_t *info, void *c)
{
	ucontext_t *u = c;
	greg_t *r = u->uc_mcontext.gregs;

	(void)sig, (void)info;
	r[REG_EAX] = 11, r[REG_EBX] = 12, r[REG_ECX] = 13, r[REG_EDX] = 14, r[REG_ESI] = 15,
	r[REG_EDI] = 16;
	r[REG_EFL] ^= 0xcd5; /* CF PF AF ZF SF DF OF are the program's, the others are not */
	r[REG_EFL] |= 0x4000;
	sigaddset(&u->uc_sigmask, 40);
	sigaddset(&u->uc_sigmask, SIGUSR2);
}

static void changed_frames(void)
{
	struct sigaction a = { .sa_sigaction = change, .sa_flags = SA_SIGINFO };
	uint32_t eax = SYS_kill, ebx = (uint32_t)getpid(), ecx = SIGUSR1, edx = 1, esi = 2, edi = 3,
		 flags, now[2];

	CHECK(!sigaction(SIGUSR1, &a, NULL));
	__asm__ volatile("xorl %%edx, %%edx\n"
			 "int $0x80\n"
			 "pushfl\n"
			 "cld\n"
			 "popl %6\n"
			 : "+a"(eax), "+b"(ebx), "+c"(ecx), "+d"(edx), "+S"(esi), "+D"(edi),
			   "=m"(flags)
			 :
			 : "memory", "cc");
	CHECK(eax == 11 && ebx == 12 && ecx == 13 && edx == 14 && esi == 15 && edi == 16);
	CHECK((flags & 0x4fd5) == ((0x246 ^ 0xcd5) & 0xfd5));
	CHECK(!mask(SIG_BLOCK, NULL, now));
	CHECK(now[0] == 1u << (SIGUSR2 - 1) && now[1] == 1u << (40 - 33));
	CHECK(!mask(SIG_SETMASK, (uint32_t[]){ 0, 0 }, NULL));
}

/* ---- sigtimedwait ---- */

static void waits(void)
{
	uint32_t set[2] = { 0x200, 0x80 }, all[2] = { ~0u, ~0u }, now[2];
	int32_t info[33];
	int64_t time[2] = { 0, 1000000 }, start = now_ms();
	const int64_t bad[] = { 0, 1000000000 }, before[] = { -1, 0 };

	CHECK(!mask(SIG_SETMASK, set, NULL));
	if (syscall(421, set, NULL, time, 8) == -1 && errno == ENOSYS)
		return; /* of 5.1 */
	FAILS((int)syscall(421, set, NULL, time, 8), EAGAIN);
	CHECK(now_ms() - start >= 2);
	FAILS((int)syscall(421, set, NULL, bad, 8), EINVAL);
	FAILS((int)syscall(421, set, NULL, before, 8), EINVAL);
	FAILS((int)syscall(421, set, NULL, time, 4), EINVAL);
	FAILS((int)syscall(421, nowhere, NULL, time, 8), EFAULT);
	FAILS((int)syscall(421, set, NULL, nowhere, 8), EFAULT);
	FAILS((int)syscall(SYS_rt_sigtimedwait, set, NULL, nowhere, 8), EFAULT);
	FAILS((int)syscall(SYS_rt_sigtimedwait, at_the_end(4), NULL, NULL, 8), EFAULT);
	FAILS((int)syscall(SYS_rt_sigtimedwait, set, NULL, NULL, 16), EINVAL);
	CHECK(!syscall(SYS_rt_sigqueueinfo, getpid(), 40, made(SI_QUEUE)));
	memset(info, 0x55, sizeof(info));
	CHECK(syscall(421, set, info, time, 8) == 40);
	CHECK(info[0] == 40 && info[1] == 5 && info[2] == SI_QUEUE && info[3] == 1111 &&
	      info[4] == 2222 && info[5] == 3333 && info[32] == 0x55555555);
	for (int i = 6; i < 32; i++)
		CHECK(info[i] == 0);
	/* The lowest; KILL and STOP are not waited for. */
	CHECK(!kill(getpid(), 40) && !kill(getpid(), SIGUSR1));
	CHECK(syscall(SYS_rt_sigtimedwait, all, NULL, NULL, 8) == SIGUSR1);
	FAILS((int)syscall(SYS_rt_sigtimedwait, set, nowhere, NULL, 8), EFAULT);
	FAILS((int)syscall(SYS_rt_sigtimedwait, set, NULL, (uint32_t[]){ 0, 0 }, 8), EAGAIN);
	CHECK(!mask(SIG_BLOCK, NULL, now) && now[0] == 0x200 && now[1] == 0x80);
	/* One that it does not wait for ends it, and its handler runs. */
	catch (SIGALRM, 0);
	CHECK(syscall(SYS_alarm, 1) > 0);
	FAILS((int)syscall(SYS_rt_sigtimedwait, set, NULL, NULL, 8), EINTR);
	CHECK(caught == SIGALRM && !mask(SIG_SETMASK, (uint32_t[]){ 0, 0 }, now));
	CHECK(now[0] == 0x200 && now[1] == 0x80);
	alarm(30);
}

/* ---- the other stack ---- */

static void stacks(void)
{
	const uint32_t *end = at_the_end(12);
	uint32_t *s = at_the_end(12), old[3];

	s[0] = 0x1000, s[1] = 0, s[2] = 2048;
	CHECK(!syscall(SYS_sigaltstack, end, NULL));
	FAILS((int)syscall(SYS_sigaltstack, at_the_end(8), NULL), EFAULT);
	FAILS((int)syscall(SYS_sigaltstack, NULL, at_the_end(8)), EFAULT);
	CHECK(!syscall(SYS_sigaltstack, NULL, old) && old[0] == 0x1000 && old[1] == 0 &&
	      old[2] == 2048);
	s[1] = 0, s[2] = 2047;
	FAILS((int)syscall(SYS_sigaltstack, s, NULL), ENOMEM);
	s[1] = 4, s[2] = 4096;
	FAILS((int)syscall(SYS_sigaltstack, s, NULL), EINVAL);
	s[1] = SS_ONSTACK, s[0] = 0x2000;
	CHECK(!syscall(SYS_sigaltstack, s, old) && old[0] == 0x1000 && old[2] == 2048);
	s[1] = SS_DISABLE, s[2] = 1;
	CHECK(!syscall(SYS_sigaltstack, s, old) && old[0] == 0x2000 && old[2] == 4096 && !old[1]);
	CHECK(!syscall(SYS_sigaltstack, NULL, old) && old[0] == 0 && old[1] == SS_DISABLE &&
	      old[2] == 0);
}

/* ---- groups ---- */

static void groups(void)
{
	pid_t pid[3], leader;
	int status;

	CHILD(leader)
	{
		CHECK(!setpgid(0, 0));
		for (int i = 0; i < 3; i++) {
			CHILD(pid[i])
			{
				if (i == 2)
					setpgid(0, 0);
				pause();
			}
		}
		CHECK(!setpgid(pid[2], pid[2]));
		FAILS(kill(-getpgrp(), 65), EINVAL);
		FAILS(kill(-99999, SIGTERM), ESRCH);
		signal(SIGTERM, SIG_IGN);
		sleep_ms(20);
		CHECK(!kill(-getpid(), SIGTERM));
		CHECK(waitpid(pid[0], &status, 0) == pid[0] && status == SIGTERM);
		CHECK(waitpid(pid[1], &status, 0) == pid[1] && status == SIGTERM);
		CHECK(waitpid(pid[2], &status, WNOHANG) == 0);
		CHECK(!kill(-pid[2], SIGKILL) && waitpid(pid[2], &status, 0) == pid[2]);
		FAILS(kill(-pid[2], SIGKILL), ESRCH);
	}
	expect_exit(leader, 0);
}

/* The mask of a wait holds, whole, until it is over, and then the old one; a handler's frame has that. */
static void saved_masks(void)
{
	const uint32_t set[2] = { 0x1800, 0x80000042 }, most[2] = { 0x800, 2 }, none[2] = { 0, 0 };
	const uint32_t usr2[2] = { 0x800, 0 }, rt[2] = { 0, 2 };
	const struct {
		const void *mask;
		uint32_t size;
	} for_select = { most, 8 };
	uint32_t now[2];

	note_it(64, 0);
	note_it(SIGUSR2, 0), note_it(34, 0); /* these wait on */
	for (int i = 0; i < 3; i++) {
		struct timespec t = { 50, 0 };

		memset(&got, 0, sizeof(got));
		CHECK(!mask(SIG_SETMASK, set, NULL) && !kill(getpid(), 64));
		CHECK(!kill(getpid(), SIGUSR2) && !kill(getpid(), 34) && !got.si_signo);
		if (i == 0)
			FAILS((int)syscall(SYS_rt_sigsuspend, most, 8), EINTR);
		else if (i == 1)
			FAILS((int)syscall(SYS_ppoll, NULL, 0, &t, most, 8), EINTR);
		else
			FAILS((int)syscall(SYS_pselect6, 0, NULL, NULL, NULL, &t, &for_select),
			      EINTR);
		CHECK(got.si_signo == 64 && !memcmp(&context.uc_sigmask, set, 8));
		CHECK(!mask(SIG_BLOCK, NULL, now) && !memcmp(now, set, 8));
		CHECK(syscall(SYS_rt_sigtimedwait, usr2, NULL, NULL, 8) == SIGUSR2);
		CHECK(syscall(SYS_rt_sigtimedwait, rt, NULL, NULL, 8) == 34);
	}
	CHECK(!mask(SIG_SETMASK, none, NULL));
}

int main(void)
{
	hurry();
	actions();
	masks();
	pending_ones();
	queued();
	frames();
	changed_frames();
	waits();
	stacks();
	groups();
	saved_masks();
	return 0;
}
