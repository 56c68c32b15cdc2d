/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * socket_calls_test.c: the calls of a pair of sockets, by socketcall and by their own numbers, with ends that are drawn at random.
 * Expectations: socketpair(2), send(2), recv(2), shutdown(2), getsockopt(2), getsockname(2), getpeername(2), socketcall(2). Every
 * kernel of 2005.
 */
#include "tests/files/socket_world.h"

#include <string.h>

enum { CALLS = 300 };

static unsigned begin_test(const char *kernel, uint64_t seed)
{
	open_ends(kernel, seed);
	return (unsigned)number_from("SYSEMU_CALLS", CALLS);
}

/* ---- the calls ---- */

struct call {
	uint32_t nr, arg[6];
	uint32_t word[7]; /* what lies where it points to */
	unsigned words;
	bool there;
};

/* An end, mostly. */
static uint32_t draw_end_fd(void)
{
	uint32_t fd = draw_fd(&socket_world.files);

	for (unsigned i = below(64); i && file_of_fd(&socket_world.files, fd) >= DRAWN_ENDS; i--)
		fd = draw_fd(&socket_world.files);
	return fd;
}

static void draw_place_of(struct call *c, unsigned arg, unsigned bytes)
{
	c->there = below(4);
	c->arg[arg] = c->there ? ONE_OF(BUFFER, BUFFER + below(64), PAGE_END - bytes) :
				 ONE_OF(0, PAGE_END - bytes + 1 + below(bytes - 1), PAGE_END,
					0xc0000000u - bytes + 1, -1u);
}

static uint32_t draw_size(void)
{
	return ONE_OF(0, 1, 2, 3, 4, 5, 100, 0x7fffffff, 0x80000000u, -1u);
}

static uint32_t draw_flags(void)
{
	return below(3) ? ONE_OF(0, DONTWAIT, NOSIGNAL, PEEK, DONTWAIT | NOSIGNAL) :
	       below(2) ? any() & ~1u :
			  2u << below(31);
}

static struct call draw_call(uint32_t nr)
{
	struct call c = { .nr = nr, .arg = { draw_end_fd(), any(), any(), any(), any(), any() } };

	c.there = true;
	for (unsigned i = 0; i < 7; i++)
		c.word[i] = below(2) ? any() : 0;
	switch (nr) {
	case GETSOCKNAME:
	case GETPEERNAME:
		draw_place_of(&c, 2, 4);
		c.word[0] = draw_size();
		c.words = 1;
		c.arg[1] = below(4) ? SYSEMU_CODE_BASE + 0x700 : PAGE_END - below(3);
		break;
	case GETSOCKOPT:
		draw_place_of(&c, 4, 4);
		c.word[0] = draw_size();
		c.words = 1;
		c.arg[1] = below(8) ? 1 : ONE_OF(0, 2, 3, any());
		c.arg[2] = ONE_OF(3, 4, 3, 4, 2, 5, any());
		c.arg[3] = below(4) ? SYSEMU_CODE_BASE + 0x700 : PAGE_END - below(5);
		break;
	case SEND:
	case RECV:
	case SENDTO: c.arg[3] = draw_flags(); break;
	case RECVFROM:
		c.arg[3] = draw_flags();
		draw_place_of(&c, 5, 4);
		c.words = 1;
		c.arg[4] = below(2) ? 1u << below(32) : 0;
		break;
	case SENDMSG:
	case RECVMSG:
		c.arg[2] = draw_flags();
		draw_place_of(&c, 1, 28);
		c.words = 7;
		if (below(2))
			c.word[1] = c.word[5] = 0;
		break;
	case SHUTDOWN: c.arg[1] = below(8) ? below(4) : any(); break;
	default: break;
	}
	if (c.arg[4] == PAGE_END - 4 && nr == GETSOCKOPT) /* not where the value is */
		c.arg[4] = BUFFER;
	if (c.arg[2] == PAGE_END - 4 && c.words == 1 && nr != RECVFROM)
		c.arg[2] = BUFFER;
	return c;
}

/* ---- what they answer ---- */

static bool can_be_written(uint32_t at, uint32_t bytes)
{
	return at >= SYSEMU_CODE_BASE && at + bytes <= PAGE_END;
}

static int32_t model_name(const struct call *c)
{
	if (!c->there)
		return -EFAULT;
	if ((int32_t)c->word[0] < 0)
		return -EINVAL;
	return can_be_written(c->arg[1], c->word[0] < 2 ? c->word[0] : 2) ? 0 : -EFAULT;
}

static int32_t model_option(struct guest_end *e, const struct call *c)
{
	uint32_t size = c->word[0] < 4 ? c->word[0] : 4;

	if (c->arg[1] != 1) /* SOL_SOCKET */
		return -EOPNOTSUPP;
	if (!c->there)
		return -EFAULT;
	if ((int32_t)c->word[0] < 0)
		return -EINVAL;
	if (c->arg[2] != 3 && c->arg[2] != 4) /* SO_TYPE, SO_ERROR */
		return -ENOPROTOOPT;
	if (c->arg[2] == 4)
		e->error = 0; /* whether it could be told or not */
	return can_be_written(c->arg[3], size) ? 0 : -EFAULT;
}

/* Of no pieces: those are rw.c's. */
static int32_t expect_pieces(const struct call *c, uint32_t span[5])
{
	struct sim_regs called = catch_call(&socket_world.files, "span_of", below(4) ? 0 : -EINVAL);

	assert_int_equal(called.edx, c->word[2]);
	assert_int_equal(called.ecx, c->word[3]);
	span[0] = span[1] = 0;
	span[2] = c->word[2];
	span[3] = c->word[3];
	span[4] = below(4) ? any() : 0;
	put_words(&socket_world.files, called.eax, span, 5 * 4);
	return (int32_t)kernel_regs(socket_world.files.caller.m).eax;
}

static int32_t model_message(unsigned i, const struct call *c, bool now, bool quiet)
{
	uint32_t span[5];
	int32_t result;

	if (!c->there)
		return -EFAULT;
	if (c->nr == SENDMSG && c->word[1])
		return -EISCONN;
	if (c->nr == SENDMSG && c->word[5]) /* no files are passed */
		return -EINVAL;
	result = expect_pieces(c, span);
	if (result)
		return result;
	return c->nr == SENDMSG ? model_send(i, span, now, quiet) : model_receive(i, span, now);
}

static int32_t model_on_end(unsigned i, const struct call *c)
{
	const uint32_t span[5] = { c->arg[1], c->arg[2], 0, 0, c->arg[2] };
	uint32_t flags = c->arg[c->nr == SENDMSG || c->nr == RECVMSG ? 2 : 3];
	bool now = (socket_world.files.file[i].flags & NONBLOCK) || (flags & DONTWAIT);
	int32_t result;

	switch (c->nr) {
	case SEND:
	case SENDTO: return model_send(i, span, now, flags & NOSIGNAL);
	case SENDMSG: return model_message(i, c, now, flags & NOSIGNAL);
	case RECVMSG: return flags & PEEK ? -EOPNOTSUPP : model_message(i, c, now, false);
	case RECV:
	case RECVFROM:
		if (flags & PEEK)
			return -EOPNOTSUPP;
		result = model_receive(i, span, now);
		return result >= 0 && c->nr == RECVFROM && c->arg[4] && !c->there ? -EFAULT :
										    result;
	case SHUTDOWN:
		if (c->arg[1] > 2)
			return -EINVAL;
		model_shut(i, c->arg[1] + 1);
		return 0;
	case GETPEERNAME:
		if (socket_world.end[i].type == DGRAM && !socket_world.end[i].peer)
			return -ENOTCONN;
		return model_name(c);
	case GETSOCKNAME: return model_name(c);
	case SETSOCKOPT: return 0;
	case GETSOCKOPT: return model_option(&socket_world.end[i], c);
	case CONNECT: return -EISCONN;
	default: return -EINVAL;
	}
}

static int32_t model_call(const struct call *c)
{
	unsigned file = file_of_fd(&socket_world.files, c->arg[0]);

	if (c->nr == SOCKET)
		return -EAFNOSUPPORT;
	if (file == WORLD_FILES)
		return -EBADF;
	return socket_world.files.file[file].ops == socket_world.ops ? model_on_end(file, c) :
								       -ENOTSOCK;
}

/* What a call that has succeeded has told. */
static void expect_told(const struct call *c, const struct guest_end *before, int32_t result)
{
	uint32_t size = c->word[0] < 4 ? c->word[0] : 4, value = 0;
	uint32_t bits = size < 4 ? (1u << 8 * size) - 1 : -1u;

	if (result < 0)
		return;
	if (c->nr == GETSOCKNAME || c->nr == GETPEERNAME) { /* AF_UNIX */
		get_words(&socket_world.files, c->arg[1], &value, size < 2 ? size : 2);
		assert_int_equal(value, 1 & bits);
		assert_int_equal(word_at(&socket_world.files, c->arg[2]), 2);
	} else if (c->nr == GETSOCKOPT) {
		get_words(&socket_world.files, c->arg[3], &value, size);
		assert_int_equal(value, (c->arg[2] == 3 ? before->type : before->error) & bits);
		assert_int_equal(word_at(&socket_world.files, c->arg[4]), size);
	} else if (c->nr == RECVFROM && c->arg[4]) { /* nobody has a name */
		assert_int_equal(word_at(&socket_world.files, c->arg[5]), 0);
	} else if (c->nr == RECVMSG) {
		uint32_t is[7], expected[7];

		memcpy(expected, c->word, sizeof(is));
		expected[1] = expected[5] = expected[6] = 0;
		get_words(&socket_world.files, c->arg[1], is, sizeof(is));
		expect_words("the message", is, expected, sizeof(is));
	}
}

/* By socketcall, whose arguments lie in memory, so many of each; or by a number of its own. */
static const uint8_t words_of[] = { 0, 3, 3, 3, 2, 3, 3, 3, 4, 4, 4, 6, 6, 2, 5, 5, 3, 3, 4 };
static const uint8_t of_number[] = { SOCKET,  SOCKETPAIR, BIND,       CONNECT,     LISTEN,
				     ACCEPT4, GETSOCKOPT, SETSOCKOPT, GETSOCKNAME, GETPEERNAME,
				     SENDTO,  SENDMSG,    RECVFROM,   RECVMSG,     SHUTDOWN };

static unsigned begin_call(const struct call *c, unsigned number)
{
	uint32_t words[10] = { 0 };

	if (number < sizeof(of_number)) {
		memcpy(words, c->arg, sizeof(c->arg));
		words[6] = any();
		words[9] = 359 + number; /* orig_eax */
		function_begin_on_stack(&socket_world.files.caller, "sys_socket_by_number", words,
					10);
		return 10;
	}
	words[0] = c->nr;
	words[1] = SYSEMU_CODE_BASE + 0x400;
	put_words(&socket_world.files, words[1], c->arg, sizeof(c->arg));
	function_begin_on_stack(&socket_world.files.caller, "sys_socketcall", words, 2);
	return 2;
}

static void each_call_does_what_its_page_says(void **state)
{
	for (unsigned n = 6 * begin_test(*state, 104); n; n--) {
		unsigned number = below(2 * sizeof(of_number)), words, file;
		struct guest_end before = { 0 };
		struct call c;
		int32_t expected, result;

		draw_ends();
		put_ends();
		c = draw_call(number < sizeof(of_number) ? of_number[number] : 1 + below(ACCEPT4));
		if (c.nr == SOCKETPAIR)
			continue;
		if (c.there && c.words)
			put_words(&socket_world.files,
				  c.arg[c.nr == GETSOCKOPT ? 4 :
					c.nr == RECVFROM   ? 5 :
					c.words == 7       ? 1 :
							     2],
				  c.word, 4 * c.words);
		file = file_of_fd(&socket_world.files, c.arg[0]);
		if (file < DRAWN_ENDS)
			before = socket_world.end[file];
		words = begin_call(&c, number);
		expected = model_call(&c);
		result = (int32_t)function_end_on_stack(&socket_world.files.caller, words);
		if (result != expected)
			fail_msg("%u: call %u of fd %d is %d, not %d", n, c.nr, c.arg[0], result,
				 expected);
		expect_told(&c, &before, result);
		expect_ends();
	}
	close_file_world(&socket_world.files);
}

static void socketcall_reads_as_many_words_as_a_call_has(void **state)
{
	for (unsigned n = begin_test(*state, 105); n; n--) {
		uint32_t nr = below(8) ? below(ACCEPT4 + 2) : any();
		unsigned words = nr <= ACCEPT4 ? words_of[nr] : 0;
		bool there = below(2);
		int32_t expected = nr < SOCKET || nr > ACCEPT4 ? -EINVAL :
				   !there                      ? -EFAULT :
				   nr == SOCKET                ? -EAFNOSUPPORT :
				   nr == SOCKETPAIR            ? -EAFNOSUPPORT :
								 -EBADF;

		draw_ends();
		put_ends();
		for (unsigned i = 0; i < words; i++)
			put_word(&socket_world.files, PAGE_END - 4 * (words - i),
				 nr == SOCKETPAIR ? 0 : -1u);
		assert_int_equal((int32_t)call_on_stack(&socket_world.files.caller,
							"sys_socketcall", nr,
							PAGE_END - 4 * words + (there ? 0 : 4)),
				 expected);
		expect_ends();
	}
	close_file_world(&socket_world.files);
}

/* ---- socketpair ---- */

/* The next end and its file: NONE: one of them cannot be had. */
static unsigned new_end(uint32_t in, uint32_t out, uint32_t type, uint32_t flags)
{
	unsigned i = 0, file = 0;

	while (i < ENDS && socket_world.end[i].used)
		i++;
	while (file < WORLD_FILES && socket_world.files.file[file].users)
		file++;
	if (i == ENDS || file == WORLD_FILES)
		return NONE;
	socket_world.end[i] = (struct guest_end){ .used = 1, .type = type, .in = in, .out = out };
	socket_world.files.file[file] = (struct guest_file){ .users = 1,
							     .ops = socket_world.ops,
							     .handle = SOCKETS + i,
							     .flags = 2 | (flags & NONBLOCK),
							     .object = end_at(i) };
	pipe_of(in)->reader = pipe_of(out)->writer = file_at(&socket_world.files, file);
	return file;
}

static int32_t model_pair(uint32_t family, uint32_t type, uint32_t protocol, uint32_t fds)
{
	uint32_t flags = type & (NONBLOCK | CLOEXEC), kind = type & ~flags, answer = any();
	uint32_t there = below(8) ? pipe_at(4) : 0, back = below(8) ? pipe_at(5) : 0;
	unsigned a = NONE, b = NONE;
	struct sim_regs called;

	if (kind > 10)
		return -EINVAL;
	if (family != 1)
		return -EAFNOSUPPORT;
	if (protocol > 1)
		return -EPROTONOSUPPORT;
	kind = kind == RAW ? DGRAM : kind;
	if (kind != STREAM && kind != DGRAM && kind != SEQPACKET)
		return -ESOCKTNOSUPPORT;
	assert_int_equal(catch_call(&socket_world.files, "pipe_new", there).eax != 0,
			 kind != STREAM);
	assert_int_equal(catch_call(&socket_world.files, "pipe_new", back).eax != 0,
			 kind != STREAM);
	if (there && back)
		a = new_end(back, there, kind, flags);
	if (a != NONE)
		b = new_end(there, back, kind, flags);
	if (a == NONE && there)
		pipe_of(there)->used = 0;
	if (a == NONE && back)
		pipe_of(back)->used = 0;
	called = catch_call(&socket_world.files, "install_two", answer);
	assert_int_equal(called.eax, a == NONE ? 0 : file_at(&socket_world.files, a));
	assert_int_equal(called.edx, b == NONE ? 0 : file_at(&socket_world.files, b));
	assert_int_equal(called.ecx != 0, (flags & CLOEXEC) != 0);
	assert_int_equal(word_at(&socket_world.files, called.esp + 4), fds);
	if (b != NONE) {
		socket_world.end[(socket_world.files.file[a].object - socket_world.ends) / 28]
			.peer = socket_world.files.file[b].object;
		socket_world.end[(socket_world.files.file[b].object - socket_world.ends) / 28]
			.peer = socket_world.files.file[a].object;
	}
	return (int32_t)answer;
}

static void a_pair_is_two_ends_of_two_pipes(void **state)
{
	for (unsigned n = 2 * begin_test(*state, 106); n; n--) {
		struct call c = { .nr = SOCKETPAIR };
		int32_t expected;
		unsigned words;

		draw_ends();
		for (unsigned i = DRAWN_ENDS; i < WORLD_FILES && !below(3); i++)
			socket_world.files.file[i].users |= !socket_world.files.file[i].users;
		if (!below(3)) /* all but one, or none, are there */
			for (unsigned i = 0, left = below(ENDS + 8); i < ENDS; i++)
				socket_world.end[i].used = i != left;
		put_ends();
		c.arg[0] = below(6) ? 1 : below(32);
		c.arg[1] = ONE_OF(STREAM, STREAM, DGRAM, RAW, SEQPACKET, below(12), 16, 1u << 31) |
			   ONE_OF(0, 0, NONBLOCK, CLOEXEC, NONBLOCK | CLOEXEC, 1u << below(32));
		c.arg[2] = below(6) ? below(2) : ONE_OF(2, -1u, 0x80000000u);
		c.arg[3] = any();
		words = begin_call(&c, below(2) ? 1 : sizeof(of_number));
		expected = model_pair(c.arg[0], c.arg[1], c.arg[2], c.arg[3]);
		assert_int_equal((int32_t)function_end_on_stack(&socket_world.files.caller, words),
				 expected);
		expect_ends();
	}
	close_file_world(&socket_world.files);
}

int main(void)
{
	static const struct kernel_test tests[] = {
		ON_KERNELS(each_call_does_what_its_page_says),
		ON_KERNELS(socketcall_reads_as_many_words_as_a_call_has),
		ON_KERNELS(a_pair_is_two_ends_of_two_pipes),
	};

	return run_on_kernels("socket_calls", tests, sizeof(tests) / sizeof(tests[0]));
}
