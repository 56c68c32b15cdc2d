/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pipe_test.c: read, readv, write and writev of a pipe that is drawn at random, by files that do not wait: what moves, what stays, who is
 * told of it, and what is said where there is nothing, no room, no reader, or a bad address. Expectations: pipe(7), readv(2), and the 16 slots
 * of a page that Linux 2.6.11 has. Every kernel of 2005.
 */
#include "tests/files/file_world.h"

#include <string.h>

enum {
	CALLS = 800,
	SLOTS = 16,
	PIECES = 40,
	READER = 1,
	WRITER = 2,
	RFD = 5,
	WFD = 77,
	EPIPE = 32
};
enum { IOV = SYSEMU_CODE_BASE + 0x800, DATA = IOV + 0x200, END = SYSEMU_CODE_BASE + SIM_PAGE };

struct slot {
	uint16_t first, bytes;
	uint32_t ends;
};

/* asm/file/private.h's struct pipe. */
struct pipe {
	uint32_t used, reader, writer, ended, messages, waiting, first, count;
	struct slot slot[SLOTS];
	uint8_t page[SLOTS][SIM_PAGE];
};

static struct file_world w;
static struct pipe p;
static uint32_t at, piece[PIECES][2], pieces, total;
static uint8_t user[END - DATA];

/* ---- drawing ---- */

static void fill(void *to, size_t size)
{
	uint32_t x = any();

	for (size_t i = 0; i < size; i++, x = x * 1664525 + 1013904223)
		((uint8_t *)to)[i] = (uint8_t)(x >> 24);
}

static void draw_pipe(void)
{
	fill(&p, sizeof(p));
	p.used = 1;
	p.reader = below(8) ? file_at(&w, READER) : 0;
	p.writer = file_at(&w, WRITER);
	p.ended = !below(6);
	p.messages = p.waiting = 0;
	p.first = below(SLOTS);
	p.count = ONE_OF(0, 1, SLOTS - 1, SLOTS, below(SLOTS + 1));
	for (unsigned i = 0; i < SLOTS; i++) {
		p.slot[i].first = (uint16_t)below(2) ? (uint16_t)below(SIM_PAGE) : 0;
		p.slot[i].bytes = (uint16_t)(1 + below(SIM_PAGE - p.slot[i].first));
		if (below(2)) /* so that some are read through */
			p.slot[i].bytes = (uint16_t)(1 + p.slot[i].bytes % 64);
		p.slot[i].ends = 0;
	}
}

static void draw_pieces(void)
{
	pieces = ONE_OF(1, 1, 2, 3, PIECES);
	total = 0;
	for (unsigned i = 0; i < pieces; i++) {
		uint32_t n = ONE_OF(0, 1, below(64), below(sizeof(user)), sizeof(user));

		piece[i][0] = below(2) ? END - n : DATA + below(sizeof(user) - n + 1);
		piece[i][1] = n;
		if (n && !below(24)) /* its last byte, or more, is nowhere */
			piece[i][0] = ONE_OF(END - n + 1, END - n + 1 + below(n), END);
		total += n;
	}
}

/* Who reads has its side. */
static void draw_world(bool out)
{
	struct guest_file rest = { 0 };

	memset(w.file, 0, sizeof(w.file));
	memset(&w.table, 0, sizeof(w.table));
	for (unsigned i = READER; i <= WRITER; i++) {
		w.file[i] = rest;
		w.file[i].users = 1 + below(3);
		w.file[i].ops = symbol(w.caller.m, i == READER ? "reader_ops" : "writer_ops");
		w.file[i].handle = any();
		w.file[i].flags = 04000 | (i == READER ? 0 : 1);
		w.file[i].object = at;
		w.file[i].owner = any();
	}
	w.table.users = 1;
	w.table.fd[RFD] = file_at(&w, READER);
	w.table.fd[WFD] = file_at(&w, WRITER);
	w.table.end = WFD + 1;
	draw_pipe();
	if (out)
		p.reader = file_at(&w, READER);
	draw_pieces();
	fill(user, sizeof(user));
	put_files(&w);
	put_words(&w, at, &p, sizeof(p));
	put_words(&w, IOV, piece, sizeof(piece));
	put_words(&w, DATA, user, sizeof(user));
}

/* ---- the model ---- */

/* Where the k-th byte of all pieces lies; 0: nowhere. */
static uint32_t place(uint32_t k)
{
	unsigned i = 0;

	while (k >= piece[i][1])
		k -= piece[i++][1];
	return piece[i][0] + k < END ? piece[i][0] + k : 0;
}

static bool move(uint8_t *slot, uint32_t from, uint32_t bytes, bool out)
{
	for (uint32_t k = 0; k < bytes; k++) {
		uint32_t where = place(from + k);

		if (!where)
			return false;
		if (out)
			user[where - DATA] = slot[k];
		else
			slot[k] = user[where - DATA];
	}
	return true;
}

static void is_told(unsigned file)
{
	assert_int_equal(catch_call(&w, "file_changed", any()).eax, file ? file_at(&w, file) : 0);
}

static int32_t model_read(void)
{
	uint32_t done = 0, before = p.count;
	bool bad = false;

	if (!total)
		return 0;
	while (p.count && done < total) {
		struct slot *s = &p.slot[p.first];
		uint32_t n = s->bytes < total - done ? s->bytes : total - done;

		bad = !move(p.page[p.first] + s->first, done, n, true);
		if (bad)
			break;
		s->first = (uint16_t)(s->first + n);
		s->bytes = (uint16_t)(s->bytes - n);
		done += n;
		if (!s->bytes)
			p.first = (p.first + 1) % SLOTS, p.count--;
	}
	if (p.count < before)
		is_told(WRITER);
	if (done || bad)
		return done ? (int32_t)done : -EFAULT;
	return p.ended ? 0 : -EAGAIN;
}

static int32_t refused(uint32_t done, int32_t error)
{
	if (error == -EPIPE) { /* even where something was written */
		struct sim_regs r = catch_call(&w, "send_sig", any());

		assert_int_equal(r.eax, 13);
	}
	return done ? (int32_t)done : error;
}

static int32_t model_write(void)
{
	bool open = p.reader && !p.ended;
	uint32_t done = 0, odd = total % SIM_PAGE, last = (p.first + p.count + SLOTS - 1) % SLOTS;
	struct slot *s = &p.slot[last];

	if (!total)
		return 0;
	if (open && p.count && s->first + s->bytes + odd <= SIM_PAGE) {
		if (!move(p.page[last] + s->first + s->bytes, 0, odd, false))
			return -EFAULT;
		s->bytes = (uint16_t)(s->bytes + odd);
		done = odd;
		is_told(READER);
	}
	while (done < total) {
		uint32_t slot = (p.first + p.count) % SLOTS;
		uint32_t n = total - done < SIM_PAGE ? total - done : SIM_PAGE;

		if (!open)
			return refused(done, -EPIPE);
		if (p.count == SLOTS)
			return refused(done, -EAGAIN);
		if (!move(p.page[slot], done, n, false))
			return refused(done, -EFAULT);
		p.slot[slot] = (struct slot){ 0, (uint16_t)n, p.slot[slot].ends };
		p.count++;
		done += n;
		is_told(READER);
	}
	return (int32_t)done;
}

/* ---- one call ---- */

static void expect_pipe(void)
{
	static struct pipe now;

	get_words(&w, at, &now, sizeof(now));
	expect_words("the pipe", &now, &p, offsetof(struct pipe, slot));
	for (unsigned k = 0; k < p.count; k++) {
		unsigned i = (p.first + k) % SLOTS;
		const struct slot *s = &p.slot[i];

		assert_int_equal(now.slot[i].first, s->first);
		assert_int_equal(now.slot[i].bytes, s->bytes);
		assert_memory_equal(now.page[i] + s->first, p.page[i] + s->first, s->bytes);
	}
}

static void one_call(bool out, unsigned number)
{
	static uint8_t now[sizeof(user)];
	uint32_t words[3] = { out ? RFD : WFD, IOV, 0 };
	bool one;
	int32_t expected, result;

	do
		draw_world(out);
	while (!out && total && total % SIM_PAGE == 0); /* nothing odd: nobody need be told */
	words[2] = pieces;
	one = pieces == 1 && below(2);
	if (one)
		words[1] = piece[0][0], words[2] = piece[0][1];
	w.caller.cpu.ebp = any();
	function_begin_on_stack(&w.caller,
				out ? one ? "sys_read" : "sys_readv" :
				one ? "sys_file_write" :
				      "sys_writev",
				words, 3);
	expected = out ? model_read() : model_write();
	result = (int32_t)function_end_on_stack(&w.caller, 3);
	if (result != expected)
		fail_msg("%u: %u bytes in %u pieces: %d, not %d", number, total, pieces, result,
			 expected);
	expect_pipe();
	expect_files(&w);
	get_words(&w, DATA, now, sizeof(now));
	assert_memory_equal(now, user, sizeof(user));
}

static void calls(const char *kernel, bool out)
{
	w = open_file_world(kernel);
	at = symbol(w.caller.m, "pipes");
	draw_from(51 + out);
	for (unsigned i = 0, n = (unsigned)number_from("SYSEMU_CALLS", CALLS); i < n; i++)
		one_call(out, i);
	close_file_world(&w);
}

static void what_is_read_is_what_the_oldest_slots_have(void **state)
{
	calls(*state, true);
}

static void what_is_written_goes_behind_the_last_slot_or_into_its_own(void **state)
{
	calls(*state, false);
}

/* EBADF comes first, also where the number is of the other side. */
static void what_cannot_be_is_refused_before_anything_moves(void **state)
{
	static const char *const names[] = { "sys_read", "sys_file_write", "sys_readv",
					     "sys_writev" };

	w = open_file_world(*state);
	at = symbol(w.caller.m, "pipes");
	draw_from(53);
	for (unsigned i = 0, n = (unsigned)number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		unsigned call = below(4);
		uint32_t own = call & 1 ? WFD : RFD, other = call & 1 ? RFD : WFD;
		uint32_t fd = ONE_OF(own, own, own, other, RFD + 1, DESCRIPTORS, -1u, any());
		uint32_t words[3] = { fd, call & 2 ? IOV : DATA, 1 };

		draw_world(true);
		if (call < 2)
			words[2] = ONE_OF(0x80000000u, -1u, 0x80000000u | any());
		else if (below(2))
			words[2] = ONE_OF(1025, 1025, -1u, 1025 + below(0x7fffffff));
		else if (below(2)) /* one that is negative, or two that are together */
			put_words(&w, IOV, (uint32_t[2]){ DATA, 0x80000000u | any() }, 8);
		else {
			uint32_t a = 1 + below(0x7fffffff), b = 0x80000000u - a;

			put_words(&w, IOV, (uint32_t[4]){ DATA, a, DATA, b }, 16);
			words[2] = 2;
		}
		w.caller.cpu.ebp = any();
		assert_int_equal((int32_t)call_on_stack_with(&w.caller, names[call], words, 3),
				 fd == own ? -EINVAL : -EBADF);
		expect_pipe();
		expect_files(&w);
	}
	close_file_world(&w);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(what_is_read_is_what_the_oldest_slots_have),
		ON_KERNELS(what_is_written_goes_behind_the_last_slot_or_into_its_own),
		ON_KERNELS(what_cannot_be_is_refused_before_anything_moves),
	};

	return run_on_kernels("pipe", tests, sizeof(tests) / sizeof(tests[0]));
}
