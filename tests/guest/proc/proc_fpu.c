/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The FPU's and SSE's registers over switches of processes and at a fork: values, the top of the stack, which are
 * empty, control words and MXCSR, of processes that have the same ones and of some that have others.
 */
#include "proc.h"

#include <sys/syscall.h>

enum { PROCESSES = 4, ROUNDS = 30, IMAGE = 512, USED = 288, NUMBERS = 8, NUMBERS_END = 24 };

static uint8_t mine[IMAGE] __attribute__((aligned(16)));
static uint8_t seen[IMAGE] __attribute__((aligned(16)));

/* No code of a library comes between, which may use them. */
static long raw(long nr, long a)
{
	long result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(nr), "b"(a) : "memory");
	return result;
}

/* Finite numbers, and nothing pending: no exception is ever due. */
static void make_image(unsigned which, unsigned round)
{
	static const uint16_t control[] = { 0x37f, 0x37f, 0xb7f, 0x27f };
	static const uint32_t mxcsr[] = { 0x1f80, 0x1f80, 0x1f80, 0x5f80 };
	uint16_t status = (uint16_t)((which + round) % 8 << 11 | (round & 1) << 14);

	memset(mine, 0, IMAGE);
	memcpy(mine, &control[which], 2);
	memcpy(mine + 2, &status, 2);
	mine[4] = (uint8_t)(0x35 + 41 * which + round); /* those that are not empty */
	memcpy(mine + 24, &mxcsr[which], 4);
	for (unsigned i = 0; i < 8; i++) {
		uint64_t st[2] = { UINT64_C(0x8000000000000000) + which * 1000 + round * 10 + i,
				   0x3fff + which };
		uint64_t xmm[2] = { which * 1000003 + round * 17 + i, ~(uint64_t)i - which };

		memcpy(mine + 32 + 16 * i, st, 10);
		memcpy(mine + 160 + 16 * i, xmm, 16);
	}
}

static void load(void)
{
	__asm__ volatile("fxrstor %0" : : "m"(mine));
}

/* Addresses of the last instruction, and MXCSR's mask, which differ by processor, are left out. */
static int is_mine(void)
{
	__asm__ volatile("fxsave %0" : "=m"(seen));
	return !memcmp(mine, seen, NUMBERS) && !memcmp(mine + NUMBERS_END, seen + NUMBERS_END, 4) &&
	       !memcmp(mine + 32, seen + 32, USED - 32);
}

static void use(unsigned which)
{
	for (unsigned round = 0; round < ROUNDS; round++) {
		long pid;
		int same;

		make_image(which, round);
		load();
		raw(SYS_sched_yield, 0);
		same = is_mine();
		CHECK(same);
		if (round % 10)
			continue;
		load();
		pid = raw(SYS_fork, 0);
		same = is_mine();
		if (pid == 0)
			raw(SYS_exit, !same);
		CHECK(same && pid > 0);
		expect_exit((pid_t)pid, 0);
	}
}

int main(void)
{
	pid_t pid[PROCESSES];

	for (unsigned i = 0; i < PROCESSES; i++)
		CHILD(pid[i])
	use(i);
	for (unsigned i = 0; i < PROCESSES; i++)
		expect_exit(pid[i], 0);
	return 0;
}
