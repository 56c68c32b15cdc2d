/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rw_test.c: read, write, readv, writev and ioctl, and the pieces of user memory that they move, called by themselves with files,
 * descriptors, pieces and requests that are drawn at random. What a kind of file does with them is caught, and answered as it
 * is drawn. Expectations: read(2), readv(2), ioctl(2), ioctl_tty(2); a vector is read as a whole before its lengths are looked at.
 * Every kernel of 2005.
 */
#include "tests/files/file_world.h"

#include <string.h>

#include "asm/host.h"

enum { CALLS = 1000, MOST_PIECES = 1024, BYTES = 256, EPIPE = 32, NOTTY = 25 };
enum { READ_AT = 0x200, WRITE_AT = 0x210, IOCTL_AT = 0x220, OPS_AT = 0x240, SPAN_AT = 0x300 };
enum {
	NUMBER_IOCTL = 54,
	NUMBER_READ = 3,
	NUMBER_WRITE = 4,
	NUMBER_READV = 145,
	NUMBER_WRITEV = 146
};
enum { WRITE_ONLY = 1, ACCESS = 3, NO_WAIT = 04000 };

#define USER     0x50000000u /* a page that is there; the next one is not */
#define USER_END (USER + SIM_PAGE)

/* asm/file/private.h's struct span. */
struct guest_span {
	uint32_t at, bytes, iov, pieces, left;
};

static struct file_world w;
static uint32_t here; /* the kernel's side of a copy, and what else is the test's own */

static void open_world(const char *kernel)
{
	static const uint8_t ret = 0xc3;

	w = open_file_world(kernel);
	here = file_memory(&w);
	map_page(w.caller.m, USER, SIM_WRITE | SIM_USER);
	for (uint32_t at = READ_AT; at <= IOCTL_AT; at += 0x10)
		put_words(&w, here + at, &ret, 1);
}

static void draw_bytes(uint32_t at, uint32_t n)
{
	uint8_t byte[SIM_PAGE];

	for (uint32_t i = 0; i < n; i++)
		byte[i] = (uint8_t)any();
	put_words(&w, at, byte, n);
}

/* ---- pieces ---- */

static bool is_there(uint32_t at, uint32_t bytes)
{
	return at >= USER && at <= USER_END && USER_END - at >= bytes;
}

struct vector {
	uint32_t at, n;
	uint32_t piece[8][2];
};

static uint32_t draw_length(void)
{
	return ONE_OF(0, 0, 1, 2, 3, below(64), below(64), 0x7fffffff, 0x80000000u, 0x40000000u,
		      any());
}

/* As many as there may be, or one more; or a few, the last of which may lie where nothing is. */
static struct vector draw_vector(uint32_t (*length)(void))
{
	struct vector v = { .n = below(9) };

	v.at = below(3) ? USER + 4 * below(64) : USER_END - 8 * v.n + 4 * below(4);
	for (uint32_t i = 0; i < v.n && i < 8; i++) {
		v.piece[i][0] = below(6) || v.at > USER + 1024 ? USER + 1024 + below(1024) :
								 USER_END - below(8);
		v.piece[i][1] = length();
		for (unsigned k = 0; k < 2; k++)
			if (is_there(v.at + 8 * i + 4 * k, 4))
				put_word(&w, v.at + 8 * i + 4 * k, v.piece[i][k]);
	}
	return v;
}

static int32_t length_of(const struct vector *v, uint32_t *length)
{
	*length = 0;
	if (v->n > MOST_PIECES)
		return -EINVAL;
	if (!is_there(v->at, 8 * v->n) && v->n)
		return -EFAULT;
	for (uint32_t i = 0; i < v->n; i++) {
		*length += v->piece[i][1];
		if (v->piece[i][1] >> 31 || *length >> 31)
			return -EINVAL;
	}
	return 0;
}

static void a_vector_is_read_before_its_lengths_are_added(void **state)
{
	open_world(*state);
	draw_from(301);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		struct vector v = draw_vector(draw_length);
		struct guest_span span;
		uint32_t length;
		int32_t expected;

		if (!below(8)) {
			v.n = ONE_OF(MOST_PIECES + 1, MOST_PIECES + 2, 0x80000001u, -1u,
				     2 * MOST_PIECES);
			if (below(2))
				v.at = USER; /* whatever is there */
		}
		expected = length_of(&v, &length);
		assert_int_equal(
			(int32_t)call_function(&w.caller, "span_of", here + SPAN_AT, v.at, v.n),
			expected);
		get_words(&w, here + SPAN_AT, &span, sizeof(span));
		if (expected)
			continue;
		assert_int_equal(span.bytes, 0);
		assert_int_equal(span.iov, v.at);
		assert_int_equal(span.pieces, v.n);
		assert_int_equal(span.left, length);
	}
	close_file_world(&w);
}

/* Just as many pieces as there may be: a page and a half of a vector. */
static void a_vector_of_1024_is_no_more_than_there_may_be(void **state)
{
	static const uint32_t piece[2] = { USER, 0x1ffffful };

	open_world(*state);
	map_page(w.caller.m, USER + SIM_PAGE, SIM_WRITE | SIM_USER);
	for (uint32_t i = 0; i < MOST_PIECES; i++)
		put_words(&w, USER + 8 * i, piece, sizeof(piece));
	assert_int_equal(call_function(&w.caller, "span_of", here + SPAN_AT, USER, MOST_PIECES), 0);
	assert_int_equal(word_at(&w, here + SPAN_AT + offsetof(struct guest_span, left)),
			 MOST_PIECES * piece[1]);
	assert_int_equal(call_function(&w.caller, "span_of", here + SPAN_AT, USER, MOST_PIECES + 1),
			 (uint32_t)-EINVAL);
	assert_int_equal(call_function(&w.caller, "span_of", here + SPAN_AT, USER + 8, MOST_PIECES),
			 (uint32_t)-EFAULT);
	close_file_world(&w);
}

/* A byte to or from the next place of a span; false: there is none. */
static bool next_byte(struct guest_span *s, const struct vector *v, uint32_t *at)
{
	while (!s->bytes) {
		uint32_t i = (s->iov - v->at) / 8;

		if (!s->pieces || !is_there(s->iov, 8))
			return false;
		s->at = v->piece[i][0];
		s->bytes = v->piece[i][1];
		s->iov += 8;
		s->pieces--;
	}
	if (!is_there(s->at, 1))
		return false;
	*at = s->at++;
	s->bytes--;
	s->left--;
	return true;
}

static uint32_t draw_short(void)
{
	return ONE_OF(0, 0, 1, 2, 3, 4, below(40));
}

static void move_once(bool put)
{
	struct vector v = draw_vector(draw_short);
	struct guest_span s = { .at = below(4) || v.at > USER + 1024 ? USER + 3000 + below(64) :
								       USER_END - below(12),
				.bytes = below(20),
				.iov = v.at,
				.pieces = v.n,
				.left = any() };
	uint8_t user[SIM_PAGE], kernel[BYTES], is[SIM_PAGE];
	uint32_t bytes = below(BYTES), done = 0, at;

	draw_bytes(here, BYTES);
	draw_bytes(USER + 1024, 2500);
	put_words(&w, here + SPAN_AT, &s, sizeof(s));
	get_words(&w, USER, user, sizeof(user));
	get_words(&w, here, kernel, sizeof(kernel));
	while (done < bytes && next_byte(&s, &v, &at)) {
		if (put)
			user[at - USER] = kernel[done++];
		else
			kernel[done++] = user[at - USER];
	}
	assert_int_equal(call_function(&w.caller, put ? "span_put" : "span_get", here + SPAN_AT,
				       here, bytes),
			 done);
	get_words(&w, USER, is, sizeof(is));
	assert_memory_equal(is, user, sizeof(user));
	get_words(&w, here, is, sizeof(kernel));
	assert_memory_equal(is, kernel, sizeof(kernel));
	get_words(&w, here + SPAN_AT, is, sizeof(s));
	expect_words("the span", is, &s, sizeof(s));
}

/* Pieces do not lie over the vector itself here: who writes into it while it is read is not looked at. */
static void bytes_go_to_the_pieces_in_their_order(void **state)
{
	open_world(*state);
	draw_from(302);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++)
		move_once(true);
	close_file_world(&w);
}

static void bytes_come_from_the_pieces_in_their_order(void **state)
{
	open_world(*state);
	draw_from(303);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++)
		move_once(false);
	close_file_world(&w);
}

/* ---- calls ---- */

/* A file of the host's, of a kind that can do this, or of one that cannot; how it may be accessed. */
static unsigned draw_call(uint32_t *fd)
{
	unsigned file;
	uint32_t ops[5] = { 0 };

	draw_files(&w);
	*fd = draw_fd(&w);
	file = file_of_fd(&w, *fd);
	if (below(3)) {
		ops[0] = here + READ_AT;
		ops[1] = here + WRITE_AT;
		ops[4] = here + IOCTL_AT;
	}
	put_words(&w, here + OPS_AT, ops, sizeof(ops));
	if (file < WORLD_FILES) {
		struct guest_file *f = &w.file[file];

		f->ops = below(2) ? here + OPS_AT : 0;
		f->handle = below(2) ? f->handle : (uint32_t)below(8);
		f->flags = ONE_OF(0, 1, 2, 3) | (below(2) ? 0 : any() & ~(uint32_t)ACCESS);
	}
	put_files(&w);
	return file;
}

static struct sim_regs caught(uint32_t at)
{
	assert_int_equal(run_to(w.caller.m, at).eip, at);
	return kernel_regs(w.caller.m);
}

static void leave(uint32_t answer)
{
	struct sim_regs cpu;

	leave_function(w.caller.m, answer);
	cpu = kernel_regs(w.caller.m);
	cpu.ecx = cpu.edx = any();
	set_kernel_regs(w.caller.m, &cpu);
}

/* Its kind does it, and keeps it meanwhile; files.c lets it go. */
static int32_t by_its_kind(unsigned file, uint32_t op, const struct guest_span *s)
{
	struct guest_span is;
	struct sim_regs cpu = caught(here + op);
	uint32_t answer = any();

	assert_int_equal(cpu.eax, file_at(&w, file));
	get_words(&w, cpu.edx, &is, sizeof(is));
	expect_words("the span", &is, s, sizeof(is));
	w.file[file].users++;
	expect_files(&w);
	leave(answer);
	assert_int_equal(catch_call(&w, "file_put", any()).eax, file_at(&w, file));
	expect_files(&w);
	return (int32_t)answer;
}

static int32_t by_host(unsigned file, uint32_t nr, uint32_t a, uint32_t b)
{
	uint32_t answer = below(4) ? any() : (uint32_t)-EPIPE;

	expect_asked(&w, nr, (uint32_t[]){ w.file[file].handle, a, b }, 3, answer);
	return (int32_t)answer;
}

static int32_t host_reads(unsigned file, uint32_t nr, uint32_t a, uint32_t b)
{
	int32_t answer = below(2) ? 0 : (int32_t)any();

	assert_int_equal(catch_call(&w, "wait_for_input", (uint32_t)answer).eax, file_at(&w, file));
	w.file[file].users++;
	expect_files(&w);
	if (!answer)
		answer = by_host(file, nr, a, b);
	assert_int_equal(catch_call(&w, "file_put", any()).eax, file_at(&w, file));
	return answer;
}

static int32_t host_writes(unsigned file, uint32_t nr, uint32_t a, uint32_t b)
{
	int32_t answer = by_host(file, nr, a, b);

	if (answer != -EPIPE)
		return answer;
	answer = (int32_t)any();
	assert_int_equal(catch_call(&w, "pipe_broken", (uint32_t)answer).eax, 0);
	return answer;
}

static bool may(unsigned file, bool write)
{
	return file < WORLD_FILES &&
	       (w.file[file].flags & ACCESS) != (write ? 0u : (uint32_t)WRITE_ONLY);
}

static int32_t model_transfer(unsigned file, bool write, uint32_t buf, uint32_t count)
{
	const struct guest_span s = { .at = buf, .bytes = count, .left = count };

	if (!may(file, write))
		return -EBADF;
	if (count >> 31)
		return -EINVAL;
	if (!w.file[file].ops)
		return write ? host_writes(file, NUMBER_WRITE, buf, count) :
			       host_reads(file, NUMBER_READ, buf, count);
	if (!word_at(&w, here + OPS_AT))
		return -EINVAL;
	return by_its_kind(file, write ? WRITE_AT : READ_AT, &s);
}

static void calls_of_one_piece(void **state)
{
	open_world(*state);
	draw_from(304);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		uint32_t fd, buf = any(), count = ONE_OF(0, 1, 0x7fffffff, 0x80000000u, any());
		unsigned file = draw_call(&fd);
		bool write = below(2);
		int32_t expected;

		function_begin_on_stack(&w.caller, write ? "sys_file_write" : "sys_read",
					(uint32_t[]){ fd, buf, count }, 3);
		expected = model_transfer(file, write, buf, count);
		assert_int_equal((int32_t)function_end_on_stack(&w.caller, 3), expected);
		expect_files(&w);
	}
	close_file_world(&w);
}

/* Of no bytes: 0, if it can be done at all. */
static int32_t model_pieces(unsigned file, bool write, const struct vector *v)
{
	struct guest_span s = { .iov = v->at, .pieces = v->n };
	int32_t error;

	if (!may(file, write))
		return -EBADF;
	error = length_of(v, &s.left);
	if (error)
		return error;
	if (!w.file[file].ops)
		return write ? host_writes(file, NUMBER_WRITEV, v->at, v->n) :
			       host_reads(file, NUMBER_READV, v->at, v->n);
	if (!word_at(&w, here + OPS_AT))
		return -EINVAL;
	return s.left ? by_its_kind(file, write ? WRITE_AT : READ_AT, &s) : 0;
}

static void calls_of_many_pieces(void **state)
{
	open_world(*state);
	draw_from(305);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", CALLS); i < n; i++) {
		struct vector v = draw_vector(below(2) ? draw_short : draw_length);
		uint32_t fd;
		unsigned file = draw_call(&fd);
		bool write = below(2);
		int32_t expected;

		if (!below(8))
			v.n = MOST_PIECES + 1;
		function_begin_on_stack(&w.caller, write ? "sys_writev" : "sys_readv",
					(uint32_t[]){ fd, v.at, v.n }, 3);
		expected = model_pieces(file, write, &v);
		assert_int_equal((int32_t)function_end_on_stack(&w.caller, 3), expected);
		expect_files(&w);
	}
	close_file_world(&w);
}

/* ---- ioctl ---- */

enum { GETPGRP = 0x540f, SETPGRP, SETCTTY = 0x540e, NOCTTY = 0x5422, GETSID = 0x5429 };
enum { NONBLOCK = 0x5421, NO_CLOEXEC = 0x5450, SET_CLOEXEC = 0x5451 };

static bool is_of_terminals(uint32_t request)
{
	return request == GETPGRP || request == SETPGRP || request == SETCTTY ||
	       request == NOCTTY || request == GETSID;
}

struct terminal {
	uint32_t foreground, pgrp, session; /* who runs: of its process */
};

/* The host's own: the guest keeps whose it is. */
static int32_t model_terminal(struct terminal *t, uint32_t request, uint32_t arg, uint32_t *word)
{
	bool there = is_there(arg, 4);

	switch (request) {
	case GETPGRP: *word = t->foreground ? t->foreground : t->pgrp; return there ? 0 : -EFAULT;
	case GETSID: *word = t->session; return there ? 0 : -EFAULT;
	case SETPGRP:
		if (there)
			t->foreground = *word;
		return there ? 0 : -EFAULT;
	default: return 0;
	}
}

static int32_t model_ioctl(unsigned file, struct terminal *t, uint32_t fd, uint32_t request,
			   uint32_t arg, uint32_t *word)
{
	struct guest_file *f = &w.file[file];
	struct sim_regs cpu;
	uint32_t answer = ONE_OF(0, 1, 1, 2, -1u);

	if (file == WORLD_FILES)
		return -EBADF;
	if (request == NONBLOCK) {
		if (!is_there(arg, 4))
			return -EFAULT;
		f->flags = *word ? f->flags | NO_WAIT : f->flags & ~(uint32_t)NO_WAIT;
		return 0;
	}
	if (request == SET_CLOEXEC || request == NO_CLOEXEC) {
		w.table.cloexec[fd / 32] &= ~(1u << fd % 32);
		w.table.cloexec[fd / 32] |= (uint32_t)(request == SET_CLOEXEC) << fd % 32;
		return 0;
	}
	if (f->ops && !word_at(&w, here + OPS_AT))
		return -NOTTY;
	if (f->ops) {
		cpu = caught(here + IOCTL_AT);
		assert_int_equal(cpu.eax, file_at(&w, file));
		assert_int_equal(cpu.edx, request);
		assert_int_equal(cpu.ecx, arg);
		leave(answer);
		return (int32_t)answer;
	}
	if (!is_of_terminals(request))
		return by_host(file, NUMBER_IOCTL, request, arg);
	expect_asked(&w, HOST_TERMINAL, &f->handle, 1, answer);
	return answer == 1 ? model_terminal(t, request, arg, word) : -NOTTY;
}

static void draw_terminal(struct terminal *t)
{
	uint32_t leader = word_at(&w, task_word_at(&w, offsetof(struct task_struct, leader)));

	*t = (struct terminal){ below(2) ? any() : 0, any(), any() };
	put_word(&w, symbol(w.caller.m, "foreground"), t->foreground);
	put_word(&w, leader + (uint32_t)offsetof(struct task_struct, group.pgrp), t->pgrp);
	put_word(&w, leader + (uint32_t)offsetof(struct task_struct, group.session), t->session);
}

static void one_ioctl(void)
{
	struct terminal t;
	uint32_t fd, request = ONE_OF(GETPGRP, SETPGRP, SETCTTY, NOCTTY, GETSID, NONBLOCK,
				      SET_CLOEXEC, NO_CLOEXEC, any());
	uint32_t arg = below(5) ? USER + 4 * below(16) : USER_END - 3 + below(6);
	uint32_t word = below(2) ? any() : ONE_OF(0, 1, 0x100, 0x80000000u);
	unsigned file = draw_call(&fd);
	int32_t expected;

	if (!below(4))
		request = (request ^ 1u << below(16)) + below(2); /* a neighbour of one of these */
	draw_terminal(&t);
	if (is_there(arg, 4))
		put_word(&w, arg, word);
	function_begin_on_stack(&w.caller, "sys_ioctl", (uint32_t[]){ fd, request, arg }, 3);
	expected = model_ioctl(file, &t, fd, request, arg, &word);
	assert_int_equal((int32_t)function_end_on_stack(&w.caller, 3), expected);
	expect_files(&w);
	assert_int_equal(word_at(&w, symbol(w.caller.m, "foreground")), t.foreground);
	if (is_there(arg, 4))
		assert_int_equal(word_at(&w, arg), word);
}

static void each_ioctl_goes_to_whom_it_concerns(void **state)
{
	open_world(*state);
	draw_from(306);
	for (uint64_t i = 0, n = number_from("SYSEMU_CALLS", 2 * CALLS); i < n; i++)
		one_ioctl();
	close_file_world(&w);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(a_vector_is_read_before_its_lengths_are_added),
		ON_KERNELS(a_vector_of_1024_is_no_more_than_there_may_be),
		ON_KERNELS(bytes_go_to_the_pieces_in_their_order),
		ON_KERNELS(bytes_come_from_the_pieces_in_their_order),
		ON_KERNELS(calls_of_one_piece),
		ON_KERNELS(calls_of_many_pieces),
		ON_KERNELS(each_ioctl_goes_to_whom_it_concerns),
	};

	return run_on_kernels("rw", tests, sizeof(tests) / sizeof(tests[0]));
}
