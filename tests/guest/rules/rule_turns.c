/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule_turns.c: what a process has in the processor is its own, however often another runs meanwhile, and by whatever it came
 * to run: descriptors to the last bit, segment registers, the FPU's; and whose turn it is, by set_thread_area(2),
 * sched_yield(2). Descriptors are seen by the processor's own lsl and lar, and by what they lead to.
 */
#include "rule.h"

#include <asm/ldt.h>
#include <sched.h>

static volatile struct {
	uint32_t step[2]; /* how far each of the two is */
	uint32_t logged;
	uint8_t log[256];
} * shared;

static int which;      /* of the two */
static uint32_t first; /* the number of the three descriptors' first, which the C library uses */

/* The C library's own calls go by its descriptor. */
static inline int call(int nr, int a, int b, int c)
{
	int result;

	__asm__ volatile("int $0x80" : "=a"(result) : "a"(nr), "b"(a), "c"(b), "d"(c) : "memory");
	return result;
}

static enum {
	GIVES_WAY,
	SLEEPS,
	IS_INTERRUPTED,
	WAYS
} way; /* by which it gives the processor to the other */

/* Where nobody else can run it comes back at once. */
static inline void yield(void)
{
	const struct timespec time = { 0, 20000 };

	if (way == SLEEPS)
		call(SYS_nanosleep, (int)&time, 0, 0);
	else if (way == IS_INTERRUPTED)
		for (uint32_t step = shared->step[!which], i = 0;
		     i < 300000 && shared->step[!which] == step; i++)
			__asm__ volatile("pause" : : : "memory");
	else
		call(SYS_sched_yield, 0, 0, 0);
}

/* Both have come so far. */
static inline void meet(void)
{
	shared->step[which]++;
	while (shared->step[!which] < shared->step[which])
		yield();
}

/* ---- descriptors ---- */

static struct user_desc plain(uint32_t entry)
{
	struct user_desc d;

	memset(&d, 0, sizeof(d));
	d.entry_number = entry;
	d.base_addr = 0x5a000000;
	d.limit = 0xa5a5a;
	d.seg_32bit = d.limit_in_pages = 1;
	return d;
}

/* The last three are a segment of code, one that is not there, one of 16 bits, which kernels of today refuse. */
static inline int kinds(void)
{
	return 32 + 20 + (getenv("REAL_MACHINE") ? 4 : 7);
}

/* One bit of it the other way. */
static void change(struct user_desc *d, int kind)
{
	if (kind < 32)
		d->base_addr ^= 1u << kind;
	else if (kind < 52)
		d->limit ^= 1u << (kind - 32);
	else if (kind == 52)
		d->read_exec_only ^= 1;
	else if (kind == 53)
		d->limit_in_pages ^= 1;
	else if (kind == 54)
		d->useable ^= 1;
	else if (kind == 55)
		d->contents ^= 1; /* whose limit is the lower one */
	else if (kind == 56)
		d->contents ^= 2;
	else if (kind == 57)
		d->seg_not_present ^= 1;
	else
		d->seg_32bit ^= 1;
}

/* As the manual of the processor has a data segment's second word; the accessed bit is the processor's. */
static uint32_t rights_of(const struct user_desc *d)
{
	return 0x7000 | (d->seg_not_present ? 0 : 0x8000) | (d->read_exec_only ? 0 : 0x200) |
	       (uint32_t)d->contents << 10 | (uint32_t)d->useable << 20 |
	       (uint32_t)d->seg_32bit << 22 | (uint32_t)d->limit_in_pages << 23;
}

static int is_there(const struct user_desc *d, const uint32_t *mine)
{
	const uint32_t selector = d->entry_number * 8 + 3;
	uint32_t limit = 0, rights = 0, value = 0, old;

	__asm__ volatile("lsl %1, %0" : "+r"(limit) : "r"(selector) : "cc");
	__asm__ volatile("lar %1, %0" : "+r"(rights) : "r"(selector) : "cc");
	if (limit != (d->limit_in_pages ? d->limit << 12 | 0xfff : d->limit) ||
	    (rights & 0xf0fe00) != rights_of(d))
		return 0;
	if (d->limit_in_pages && d->limit == 0xfffff && d->seg_32bit && !d->contents &&
	    !d->seg_not_present)
		__asm__ volatile("movl %%fs, %1\n"
				 "movl %2, %%fs\n"
				 "movl %%fs:(%3), %0\n"
				 "movl %1, %%fs"
				 : "=r"(value), "=&r"(old)
				 : "r"(selector), "r"((uint32_t)mine - d->base_addr));
	else
		value = *mine;
	return value == *mine;
}

/* The two have one that differs in one bit, all else is the same; first this one's own changes by it. */
static int differ_by(uint32_t entry, int kind, int empty)
{
	struct user_desc d = plain(entry);
	uint32_t word = 0x600d0000 + (uint32_t)which;

	if (kind < 32)
		d.limit = 0xfffff;
	if (empty)
		d.base_addr = d.limit = d.limit_in_pages = 0;
	if (call(SYS_set_thread_area, (int)&d, 0, 0) || !is_there(&d, &word))
		return 0;
	if (which)
		change(&d, kind);
	if (call(SYS_set_thread_area, (int)&d, 0, 0) || !is_there(&d, &word))
		return 0;
	meet();
	for (int i = 0; i < 2; i++) {
		if (!is_there(&d, &word))
			return 0;
		yield();
	}
	meet();
	return 1;
}

static void descriptors(void)
{
	for (uint32_t entry = first; entry < first + 3; entry++)
		for (int i = 0; i < kinds() + 8; i++) {
			/* The low bits of a limit beside zeros, too. */
			const int empty = i >= kinds(), kind = empty ? 32 + i - kinds() : i;
			struct user_desc saved = { .entry_number = first };
			int good;

			CHECK(!syscall(SYS_get_thread_area, &saved));
			good = differ_by(entry, kind, empty);
			call(SYS_set_thread_area, (int)&saved, 0, 0);
			__asm__ volatile("movl %0, %%gs" : : "r"(first * 8 + 3));
			CHECK(good);
		}
}

/* A segment register that names one of them leads there again after another's turn. */
static void registers(void)
{
	struct user_desc d = plain(first + 1 + (uint32_t)which);
	uint32_t word, old, own, value, selector = d.entry_number * 8 + 3, now, other;

	d.limit = 0xfffff;
	for (int i = 0; i < (way == IS_INTERRUPTED ? 2 : 4); i++) {
		word = 0x7000 + (uint32_t)(16 * which + i);
		d.base_addr = (uint32_t)&word & ~0xfffu;
		CHECK(!syscall(SYS_set_thread_area, &d));
		__asm__ volatile("movl %%fs, %0\n"
				 "movl %%gs, %1\n"
				 "movl %2, %%fs\n"
				 "movl %3, %%gs"
				 : "=&r"(old), "=&r"(own)
				 : "r"(selector), "r"(i & 1 ? selector : 0));
		meet();
		yield();
		__asm__ volatile("movl %%fs:(%3), %0\n"
				 "movl %%fs, %1\n"
				 "movl %%gs, %2"
				 : "=&r"(value), "=&r"(now), "=&r"(other)
				 : "r"((uint32_t)&word - d.base_addr), "m"(word));
		yield();
		__asm__ volatile("movl %0, %%fs\n"
				 "movl %1, %%gs"
				 :
				 : "r"(i & 1 ? old : 0), "r"(own));
		CHECK(value == word && (uint16_t)now == selector);
		CHECK((uint16_t)other == (i & 1 ? selector : 0));
		meet();
		__asm__ volatile("movl %%fs, %0" : "=r"(now));
		CHECK((uint16_t)now == (uint16_t)(i & 1 ? old : 0));
	}
}

/* A child begins with its parent's, whatever that has set since. */
static void children(void)
{
	struct user_desc d = plain(first + 1);
	uint32_t word = 5;
	pid_t pid;

	d.limit = 0xfffff;
	for (int kind = 0; kind < kinds(); kind++) {
		CHECK(!syscall(SYS_set_thread_area, &d));
		pid = fork();
		CHECK(pid >= 0);
		if (!pid)
			_exit(is_there(&d, &word) ? 7 : 8);
		if (kind != 5) { /* which the parent's read does not need */
			change(&d, kind);
			CHECK(!syscall(SYS_set_thread_area, &d));
			change(&d, kind);
		}
		expect_exit(pid, 7);
	}
}

/* "The child is an exact duplicate": its segment registers, too, whatever the parent's are by its first turn. */
static void registers_of_children(void)
{
	struct user_desc d = plain(first + 1);
	uint32_t selector = d.entry_number * 8 + 3, own;
	int status = 0, pid;

	d.limit = 0xfffff;
	CHECK(!syscall(SYS_set_thread_area, &d));
	__asm__ volatile("movl %%gs, %0" : "=r"(own));
	for (int kind = 0; kind < 4; kind++) {
		uint32_t fs = kind & 1 ? selector : 0, gs = kind & 2 ? selector : own, fs_now,
			 gs_now;

		__asm__ volatile("movl %0, %%fs\n"
				 "movl %1, %%gs"
				 :
				 : "r"(fs), "r"(gs));
		pid = call(SYS_fork, 0, 0, 0);
		__asm__ volatile("movl %%fs, %0\n"
				 "movl %%gs, %1"
				 : "=&r"(fs_now), "=&r"(gs_now));
		if (pid == 0)
			call(SYS_exit, (uint16_t)fs_now != fs || (uint16_t)gs_now != (uint16_t)gs,
			     0, 0);
		__asm__ volatile("movl %0, %%fs" : : "r"(fs ^ selector));
		if (kind & 2)
			__asm__ volatile("movl %0, %%gs" : : "r"(own));
		call(SYS_waitpid, pid, (int)&status, 0);
		__asm__ volatile("movl %0, %%gs\n"
				 "movl %1, %%fs"
				 :
				 : "r"(own), "r"(0));
		CHECK(pid > 0 && status == 0);
	}
}

/* ---- the FPU ---- */

static void fpu(void)
{
	static const uint16_t words[] = { 0x037f, 0x0f7f, 0x0b7f, 0x017f };

	for (int i = 0; i < (way == IS_INTERRUPTED ? 2 : 4); i++) {
		uint16_t word = words[i ^ which], now;
		uint32_t in[32], out[32], mode = 0x1f80 | (uint32_t)(i ^ which) << 13, mode_now;
		double mine = 1.5 + i + 8 * which, back;

		for (int k = 0; k < 32; k++)
			in[k] = (uint32_t)(which ? ~k : k) * 0x01010101u + (uint32_t)i;
		__asm__ volatile("fninit\n"
				 "fldcw %0\n"
				 "fldl %1\n"
				 "ldmxcsr %2\n"
				 "movups (%3), %%xmm0\n"
				 "movups 16(%3), %%xmm1\n"
				 "movups 32(%3), %%xmm2\n"
				 "movups 48(%3), %%xmm3\n"
				 "movups 64(%3), %%xmm4\n"
				 "movups 80(%3), %%xmm5\n"
				 "movups 96(%3), %%xmm6\n"
				 "movups 112(%3), %%xmm7"
				 :
				 : "m"(word), "m"(mine), "m"(mode), "r"(in), "m"(in));
		meet();
		yield();
		__asm__ volatile("movups %%xmm0, (%4)\n"
				 "movups %%xmm1, 16(%4)\n"
				 "movups %%xmm2, 32(%4)\n"
				 "movups %%xmm3, 48(%4)\n"
				 "movups %%xmm4, 64(%4)\n"
				 "movups %%xmm5, 80(%4)\n"
				 "movups %%xmm6, 96(%4)\n"
				 "movups %%xmm7, 112(%4)\n"
				 "fnstcw %0\n"
				 "fstpl %1\n"
				 "stmxcsr %2\n"
				 "fninit"
				 : "=m"(now), "=m"(back), "=m"(mode_now), "=m"(out)
				 : "r"(out));
		__asm__ volatile("ldmxcsr %0" : : "m"(*(uint32_t[]){ 0x1f80 }));
		CHECK(now == word && back == mine && (mode_now & 0xffc0) == mode);
		CHECK(!memcmp(in, out, sizeof(in)));
		meet();
	}
}

/* Who gives way to nobody goes on with what it has. */
static void alone(void)
{
	for (int i = 0; i < 3; i++) {
		uint32_t in[4] = { 1, 2, 3, 4 + (uint32_t)i }, out[4] = { 0 };

		__asm__ volatile("movups (%0), %%xmm3" : : "r"(in), "m"(in));
		yield();
		__asm__ volatile("movups %%xmm3, (%1)" : "=m"(out) : "r"(out));
		CHECK(!memcmp(in, out, sizeof(in)));
	}
}

/* ---- whose turn it is ---- */

/* "moves the thread to the end of the queue": so each of three has its turn before one has its second. */
static void in_turn(void)
{
	pid_t pid[3];

	shared->logged = 0;
	for (int i = 0; i < 3; i++)
		CHILD(pid[i])
	for (int k = 0; k < 30; k++) {
		shared->log[shared->logged++] = (uint8_t)i;
		yield();
	}
	for (int i = 0; i < 3; i++)
		expect_exit(pid[i], 0);
	if (getenv("REAL_MACHINE")) /* which has more processors than one */
		return;
	CHECK(shared->logged == 90);
	for (int i = 0; i < 30; i++)
		CHECK((1 << shared->log[3 * i] | 1 << shared->log[3 * i + 1] |
		       1 << shared->log[3 * i + 2]) == 7);
}

int main(void)
{
	pid_t pid;
	uint16_t gs;

	hurry();
	__asm__ volatile("movw %%gs, %0" : "=r"(gs));
	first = gs >> 3;
	shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(shared != MAP_FAILED);
	alone();
	in_turn();
	children();
	registers_of_children();
	pid = start_child();
	which = !pid;
	for (way = GIVES_WAY; way < WAYS; way++) {
		if (way != IS_INTERRUPTED) /* a turn of so many instructions takes its time */
			descriptors();
		registers();
		fpu();
	}
	if (!pid)
		_exit(0);
	expect_exit(pid, 0);
	return 0;
}
