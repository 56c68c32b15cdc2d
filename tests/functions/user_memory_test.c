/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * user_memory_test.c: the functions that move words and bytes between the kernel and a program (guest.h), at the ends of
 * pages, of user space and of the tracer's window: which bytes they move, what they say, and that they
 * leave all else. The program has all but the window, the tracer nothing but the window. A page of the program's that it may not
 * write is closed to the kernel, too (CR0.WP), but open to a tracer's poke.
 */
#include "tests/helpers/function.h"
#include "tests/helpers/names.h"

#include "asm/abi.h"

#include <string.h>

#define WINDOW_END (TRACER_WINDOW + TRACER_WINDOW_SIZE)
#define PAGES      0x50000000u /* one that may be written, one that may not, none */

enum { CALLS = 2500, KEPT = 96, LONGEST = 64 };

struct context {
	struct caller caller;
	sysemu_machine *m;
	bool is_tracer;
	uint32_t kernel; /* where the kernel's side of a copy lies */
};

static bool has(const struct context *c, uint32_t addr, bool write)
{
	bool in_window = addr >= TRACER_WINDOW && addr < WINDOW_END;

	return addr < TASK_SIZE && in_window == c->is_tracer && page_flags(c->m, addr) >= 0 &&
	       (!write || (page_flags(c->m, addr) & SIM_WRITE));
}

static uint32_t bytes_there(const struct context *c, uint32_t addr, uint32_t n, bool write)
{
	uint32_t i = 0;

	while (i < n && has(c, addr + i, write))
		i++;
	return i;
}

static uint32_t draw_address(void)
{
	static const uint32_t edges[] = { 0,
					  PAGES,
					  PAGES + SIM_PAGE,
					  PAGES + 2 * SIM_PAGE,
					  TRACER_WINDOW,
					  TRACER_WINDOW,
					  WINDOW_END,
					  WINDOW_END,
					  TASK_SIZE,
					  TASK_SIZE,
					  VSYSCALL_BASE,
					  KERNEL_BASE };

	return edges[below(sizeof(edges) / sizeof(edges[0]))] + below(LONGEST + 16) - LONGEST;
}

/* What is around a place that may not be there. */
struct kept {
	uint32_t from;
	uint8_t byte[KEPT];
	bool there[KEPT];
};

static struct kept keep(const struct context *c, uint32_t addr)
{
	struct kept k = { .from = addr - 16 };

	for (uint32_t i = 0; i < KEPT; i++)
		k.there[i] = sysemu_read(c->m, k.from + i, &k.byte[i], 1) == SYSEMU_OK;
	return k;
}

static void expect_kept(const struct context *c, const struct kept *before, const char *what)
{
	const struct kept now = keep(c, before->from + 16);

	for (uint32_t i = 0; i < KEPT; i++)
		if (now.there[i] != before->there[i] ||
		    (now.there[i] && now.byte[i] != before->byte[i]))
			fail_msg("%s: 0x%08x has 0x%02x, not 0x%02x", what, before->from + i,
				 now.byte[i], before->byte[i]);
}

static void fill(const struct context *c)
{
	uint8_t bytes[KEPT];

	for (unsigned i = 0; i < KEPT; i++)
		bytes[i] = (uint8_t)any();
	OK(c->m, sysemu_write(c->m, c->kernel - 16, bytes, sizeof(bytes)));
}

/* ---- the functions, each against the bytes that it is to move ---- */

/* `n` bytes from one side to the other, in what is kept of them. */
static void moved(struct kept *to, const struct kept *from, uint32_t n)
{
	memcpy(to->byte + 16, from->byte + 16, n);
}

static void try_bytes(const struct context *c, uint32_t addr, uint32_t n)
{
	uint32_t there = bytes_there(c, addr, n, false);
	struct kept user = keep(c, addr), kernel = keep(c, c->kernel);

	moved(&kernel, &user, there);
	assert_int_equal(call_function(&c->caller, "get_user_bytes", c->kernel, addr, n),
			 n - there);
	expect_kept(c, &kernel, "get_user_bytes");
	expect_kept(c, &user, "get_user_bytes");

	fill(c);
	kernel = keep(c, c->kernel);
	there = bytes_there(c, addr, n, true);
	moved(&user, &kernel, there);
	assert_int_equal(call_function(&c->caller, "put_user_bytes", addr, c->kernel, n),
			 n - there);
	expect_kept(c, &kernel, "put_user_bytes");
	expect_kept(c, &user, "put_user_bytes");
}

static void try_words(const struct context *c, uint32_t addr, uint32_t n)
{
	uint32_t words = n / 4, there = 0;
	struct kept user = keep(c, addr), kernel = keep(c, c->kernel);

	while (there < words && bytes_there(c, addr + 4 * there, 4, false) == 4)
		there++;
	moved(&kernel, &user, 4 * there);
	if (there < words) /* a word that cannot be had is 0 */
		memset(kernel.byte + 16 + 4 * there, 0, 4);
	assert_int_equal(call_function(&c->caller, "copy_from_user", c->kernel, addr, words),
			 there < words ? (uint32_t)-EFAULT : 0);
	expect_kept(c, &kernel, "copy_from_user");

	fill(c);
	kernel = keep(c, c->kernel);
	for (there = 0; there < words && bytes_there(c, addr + 4 * there, 4, true) == 4;)
		there++;
	moved(&user, &kernel, 4 * there);
	assert_int_equal(call_function(&c->caller, "copy_to_user", addr, c->kernel, words),
			 there < words ? (uint32_t)-EFAULT : 0);
	expect_kept(c, &kernel, "copy_to_user");
	expect_kept(c, &user, "copy_to_user");
}

static void try_one(const struct context *c, uint32_t addr)
{
	bool word = bytes_there(c, addr, 4, false) == 4, byte = has(c, addr, false);
	struct kept user = keep(c, addr), kernel = keep(c, c->kernel);
	uint32_t value = any();

	if (word)
		moved(&kernel, &user, 4);
	else
		memset(kernel.byte + 16, 0, 4);
	assert_int_equal(call_function(&c->caller, "get_user", c->kernel, addr, 0),
			 word ? 0 : (uint32_t)-EFAULT);
	expect_kept(c, &kernel, "get_user");

	fill(c);
	kernel = keep(c, c->kernel);
	if (byte)
		moved(&kernel, &user, 1);
	else if (!(addr < TASK_SIZE && (addr - TRACER_WINDOW < TRACER_WINDOW_SIZE) == c->is_tracer))
		; /* refused before anything is stored */
	else
		kernel.byte[16] = 0;
	assert_int_equal(call_function(&c->caller, "get_user_byte", c->kernel, addr, 0),
			 byte ? 0 : (uint32_t)-EFAULT);
	expect_kept(c, &kernel, "get_user_byte");

	word = bytes_there(c, addr, 4, true) == 4;
	if (word)
		memcpy(user.byte + 16, &value, 4);
	assert_int_equal(call_function(&c->caller, "put_user", value, addr, 0),
			 word ? 0 : (uint32_t)-EFAULT);
	expect_kept(c, &user, "put_user");
}

static struct context open_context(const char *kernel, bool is_tracer)
{
	struct context c = { .is_tracer = is_tracer };

	c.m = open_getpid_loop(kernel, SYSEMU_START_TRACED, 0);
	assert_int_equal(run(c.m).status, STOPPED_BY_SIGSTOP);
	map_page(c.m, PAGES, SIM_USER | SIM_WRITE);
	map_page(c.m, PAGES + SIM_PAGE, SIM_USER);
	map_page(c.m, TRACER_WINDOW - SIM_PAGE, SIM_USER | SIM_WRITE);
	map_page(c.m, WINDOW_END, SIM_USER | SIM_WRITE);
	for (uint32_t at = 0; at < 2 * SIM_PAGE; at++)
		OK(c.m, sysemu_write(c.m, PAGES + at, &(uint8_t){ (uint8_t)any() }, 1));
	if (!is_tracer) {
		assert_int_equal(ptrace_raw(c.m, CONT, 0, 0), 0);
		c.caller = caller_in_program(c.m);
	} else {
		c.caller = caller_in_tracer(c.m);
	}
	c.kernel = spare_memory(c.m) + 0x100;
	return c;
}

static void what_is_not_there_is_not_moved(void **state)
{
	draw_from(3);
	for (int is_tracer = 0; is_tracer < 2; is_tracer++) {
		struct context c = open_context(*state, is_tracer);

		for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS) / 2; i < n; i++) {
			uint32_t addr = draw_address();

			fill(&c);
			try_one(&c, addr);
			fill(&c);
			try_words(&c, addr, below(LONGEST));
			fill(&c);
			try_bytes(&c, addr, below(LONGEST));
		}
		sysemu_close(c.m);
	}
}

static void what_ends_with_user_space_is_ok(void **state)
{
	struct context c;

	draw_from(5);
	c = open_context(*state, false);
	for (unsigned i = 0; i < CALLS; i++) {
		uint32_t size =
			(uint32_t[]){ below(100), TASK_SIZE - 3 + below(6), any() }[below(3)];
		uint32_t addr =
			(uint32_t[]){ below(4), any(), TASK_SIZE - size - 3 + below(6) }[below(3)];

		assert_int_equal(call_function(&c.caller, "access_ok", addr, size, 0),
				 (uint64_t)addr + size <= TASK_SIZE);
	}
	sysemu_close(c.m);
}

/* A tracer's view of a stopped program: no protection, no window, of the kernel's addresses the vsyscall page. */
static bool is_reachable(const struct context *c, uint32_t addr, bool write)
{
	if (addr >= TRACER_WINDOW && addr < WINDOW_END)
		return false;
	if (addr >= TASK_SIZE &&
	    (write || addr < VSYSCALL_BASE || addr >= VSYSCALL_BASE + SIM_PAGE))
		return false;
	return is_user_page(c->m, addr);
}

static uint32_t program_of(const struct context *c)
{
	return symbol(c->m, "tasks") + TASK_PROGRAM * (uint32_t)sizeof(struct task_struct);
}

static void a_tracer_moves_what_is_mapped_and_no_more(void **state)
{
	struct context c;
	uint32_t program;

	draw_from(4);
	c = open_context(*state, true);
	program = program_of(&c);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		uint32_t addr = draw_address(), len = below(4) ? 4 : below(LONGEST), done = 0;
		bool write = below(2);
		struct kept user, kernel;
		int flags = page_flags(c.m, addr);

		fill(&c);
		user = keep(&c, addr);
		kernel = keep(&c, c.kernel);
		while (done < len && is_reachable(&c, addr + done, write))
			done++;
		if (write)
			moved(&user, &kernel, done);
		else
			moved(&kernel, &user, done);
		assert_int_equal(
			call_function_with(&c.caller, "access_process_vm",
					   (uint32_t[]){ program, addr, c.kernel, len, write }, 5),
			done);
		expect_kept(&c, &user, "access_process_vm");
		expect_kept(&c, &kernel, "access_process_vm");
		assert_int_equal(page_flags(c.m, addr), flags);
	}
	sysemu_close(c.m);
}

/* Pages in a row, whole and in part: what a program's text is read and written by. */
static void a_tracer_moves_pages_in_a_row(void **state)
{
	enum { ROW = 3, MOST = 6000 };
	static uint8_t before[MOST], after[MOST];
	struct context c;
	uint32_t program;

	draw_from(6);
	c = open_context(*state, true);
	program = program_of(&c);
	for (unsigned i = 1; i < ROW; i++)
		map_page(c.m, PAGES + i * SIM_PAGE, i == 1 ? SIM_USER : SIM_USER | SIM_WRITE);
	for (unsigned i = 0; i < 200; i++) {
		uint32_t addr = PAGES + below(2 * SIM_PAGE), len = below(MOST), done = len;
		bool write = below(2);
		uint32_t from = write ? c.kernel : addr, to = write ? addr : c.kernel;

		if (done > PAGES + ROW * SIM_PAGE - addr)
			done = PAGES + ROW * SIM_PAGE - addr;
		for (uint32_t at = 0; at < MOST; at += 4)
			OK(c.m, sysemu_write(c.m, c.kernel + at, &(uint32_t){ any() }, 4));
		OK(c.m, sysemu_read(c.m, from, before, done));
		assert_int_equal(
			call_function_with(&c.caller, "access_process_vm",
					   (uint32_t[]){ program, addr, c.kernel, len, write }, 5),
			done);
		OK(c.m, sysemu_read(c.m, to, after, done));
		assert_memory_equal(before, after, done);
	}
	sysemu_close(c.m);
}

/* The page is opened for the poke alone, and closed behind it for all who have it in their TLB. */
static void a_poke_leaves_the_page_closed(void **state)
{
	struct context c = open_context(*state, true);
	uint32_t program = program_of(&c), at = PAGES + SIM_PAGE + 0x80;

	for (unsigned len = 1; len < 9; len++) {
		struct kept user = keep(&c, at), kernel;

		fill(&c);
		kernel = keep(&c, c.kernel);
		moved(&user, &kernel, len);
		assert_int_equal(
			call_function_with(&c.caller, "access_process_vm",
					   (uint32_t[]){ program, at, c.kernel, len, true }, 5),
			len);
		expect_kept(&c, &user, "access_process_vm");
		/* The kernel's own store is refused there. */
		assert_int_equal(call_function(&c.caller, "get_user_bytes", at, TRACER_WINDOW, 1),
				 1);
	}
	sysemu_close(c.m);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(what_is_not_there_is_not_moved),
		ON_KERNELS(what_ends_with_user_space_is_ok),
		ON_KERNELS(a_tracer_moves_what_is_mapped_and_no_more),
		ON_KERNELS(a_tracer_moves_pages_in_a_row),
		ON_KERNELS(a_poke_leaves_the_page_closed),
	};

	return run_on_kernels("user_memory", tests, sizeof(tests) / sizeof(tests[0]));
}
