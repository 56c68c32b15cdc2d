/* SPDX-License-Identifier: GPL-2.0-only */
/* socket_world.c: see socket_world.h. */
#include "tests/files/socket_world.h"

#include <string.h>

struct end_world socket_world;

uint32_t end_at(unsigned i)
{
	return socket_world.ends + i * (uint32_t)sizeof(struct guest_end);
}

uint32_t pipe_at(unsigned i)
{
	return socket_world.pipes + i * PIPE_BYTES;
}

struct guest_pipe *pipe_of(uint32_t at)
{
	return &socket_world.pipe[(at - socket_world.pipes) / PIPE_BYTES];
}

void open_ends(const char *kernel, uint64_t seed)
{
	memset(&socket_world, 0, sizeof(socket_world));
	socket_world.files = open_file_world(kernel);
	socket_world.ends = symbol(socket_world.files.caller.m, "ends");
	socket_world.pipes = symbol(socket_world.files.caller.m, "pipes");
	socket_world.ops = symbol(socket_world.files.caller.m, "end_ops");
	for (unsigned i = WORLD_FILES; i < 1024; i++) /* no others are free */
		put_word(&socket_world.files, file_at(&socket_world.files, i), 1);
	draw_from(seed);
}

/* ---- drawing ---- */

void draw_ends(void)
{
	draw_files(&socket_world.files);
	socket_world.files.caller.cpu.ebp = any();
	for (unsigned i = 0; i < DRAWN_PIPES; i++)
		socket_world.pipe[i] = (struct guest_pipe){
			.used = 1,
			.reader = below(3) ? file_at(&socket_world.files, below(WORLD_FILES)) : 0,
			.writer = below(3) ? file_at(&socket_world.files, below(WORLD_FILES)) : 0,
			.ended = below(2),
			.messages = any(),
			.waiting = any(),
			.first = below(SLOTS),
			.count = ONE_OF(0, 0, 1, SLOTS, SLOTS - 1, below(SLOTS))
		};
	for (unsigned i = 0; i < ENDS; i++)
		socket_world.end[i] = (struct guest_end){ .used = i < DRAWN_ENDS || below(8) };
	for (unsigned i = 0; i < DRAWN_ENDS; i++) {
		struct guest_end *e = &socket_world.end[i];
		struct guest_file *f = &socket_world.files.file[i];

		e->type = ONE_OF(STREAM, DGRAM, SEQPACKET);
		e->shut = e->type == DGRAM ? ONE_OF(0, 2) : 0;
		e->error = below(3) ? 0 : below(2) ? ECONNRESET : 1 + below(200);
		e->in = pipe_at(below(DRAWN_PIPES));
		e->out = pipe_at(below(DRAWN_PIPES));
		e->peer = below(3) ? end_at(below(DRAWN_ENDS)) : 0;
		if (!f->users)
			f->users = 1;
		f->ops = socket_world.ops;
		f->flags = below(2) ? NONBLOCK : (any() & ~(uint32_t)NONBLOCK);
		f->object = end_at(i);
	}
}

void put_ends(void)
{
	put_files(&socket_world.files);
	put_words(&socket_world.files, socket_world.ends, socket_world.end,
		  sizeof(socket_world.end));
	for (unsigned i = 0; i < DRAWN_PIPES; i++)
		put_words(&socket_world.files, pipe_at(i), &socket_world.pipe[i],
			  sizeof(socket_world.pipe[i]));
}

void expect_ends(void)
{
	static struct guest_end is[ENDS];
	struct guest_pipe p;

	expect_files(&socket_world.files);
	get_words(&socket_world.files, socket_world.ends, is, sizeof(is));
	for (unsigned i = 0; i < ENDS; i++)
		expect_words_of("the end", i, &is[i], &socket_world.end[i], sizeof(is[i]));
	for (unsigned i = 0; i < DRAWN_PIPES; i++) {
		get_words(&socket_world.files, pipe_at(i), &p, sizeof(p));
		expect_words_of("the pipe", i, &p, &socket_world.pipe[i], sizeof(p));
	}
}

/* ---- what an end does ---- */

static int32_t take_error(struct guest_end *e)
{
	int32_t error = (int32_t)e->error;

	e->error = 0;
	return -error;
}

/* Five words of a span, from the address of its piece on. */
static void expect_span(uint32_t at, const uint32_t span[5])
{
	uint32_t is[5];

	get_words(&socket_world.files, at, is, sizeof(is));
	expect_words("the span", is, span, sizeof(is));
}

int32_t model_receive(unsigned i, const uint32_t span[5], bool now)
{
	struct guest_end *e = &socket_world.end[i];
	struct sim_regs called;
	int32_t answer;

	if (e->error && e->type != STREAM)
		return take_error(e);
	if (!span[4])
		return 0;
	if (e->type == DGRAM && now && !pipe_of(e->in)->count)
		return -EAGAIN;
	answer = (int32_t)ONE_OF(0, 0, -EAGAIN, 1, below(100));
	called = catch_call(&socket_world.files, "pipe_receive", (uint32_t)answer);
	assert_int_equal(called.eax, e->in);
	assert_int_equal(called.edx, file_at(&socket_world.files, i));
	expect_span(called.ecx, span);
	assert_int_equal(word_at(&socket_world.files, called.esp + 4) != 0, now);
	return answer || !e->error ? answer : take_error(e);
}

int32_t model_send(unsigned i, const uint32_t span[5], bool now, bool quiet)
{
	struct guest_end *e = &socket_world.end[i];
	struct sim_regs called;
	uint32_t answer = any();

	if (e->error && e->type == SEQPACKET)
		return take_error(e);
	if (e->type == DGRAM && !e->peer)
		return -ENOTCONN;
	if (e->type == DGRAM && e->shut)
		return -EPIPE;
	if (e->type == DGRAM && !pipe_of(e->out)->reader) { /* it is told once */
		e->peer = 0;
		pipe_of(e->in)->count = 0;
		return -ECONNREFUSED;
	}
	called = catch_call(&socket_world.files, "pipe_send", answer);
	assert_int_equal(called.eax, e->out);
	assert_int_equal(called.edx, file_at(&socket_world.files, i));
	expect_span(called.ecx, span);
	assert_int_equal(word_at(&socket_world.files, called.esp + 4) != 0, now);
	assert_int_equal(word_at(&socket_world.files, called.esp + 8) != 0,
			 quiet || e->type != STREAM);
	return (int32_t)answer;
}

static void expect_pipe_end(uint32_t pipe)
{
	assert_int_equal(catch_call(&socket_world.files, "pipe_end", any()).eax, pipe);
}

void model_shut(unsigned i, uint32_t how)
{
	struct guest_end *e = &socket_world.end[i];

	if (how & 1)
		expect_pipe_end(e->in);
	if ((how & 2) && e->type != DGRAM)
		expect_pipe_end(e->out);
	else if (how & 2)
		e->shut = 2;
}

void model_end_release(unsigned i)
{
	struct guest_end *e = &socket_world.end[i],
			 *peer = e->peer ? &socket_world.end[(e->peer - socket_world.ends) / 28] :
					   NULL;
	struct sim_regs called;

	if (e->type != DGRAM) {
		if (peer && pipe_of(e->in)->count)
			peer->error = ECONNRESET;
		model_shut(i, 3);
		if (peer)
			peer->peer = 0;
	}
	called = catch_call(&socket_world.files, "pipe_leave", any());
	assert_int_equal(called.eax, e->in);
	assert_int_equal(called.edx, e->in + 4); /* as its reader */
	called = catch_call(&socket_world.files, "pipe_leave", any());
	assert_int_equal(called.eax, e->out);
	assert_int_equal(called.edx, e->out + 8);
	e->used = 0;
}

uint32_t model_polled(unsigned i)
{
	const struct guest_end *e = &socket_world.end[i];
	const struct guest_pipe *in = pipe_of(e->in), *out = pipe_of(e->out);
	bool deaf = in->ended, silent = e->type == DGRAM ? e->shut != 0 : out->ended;
	uint32_t polled = e->error ? POLLERR : 0;

	if (in->count || deaf)
		polled |= POLLIN | POLLRDNORM;
	if (out->count < SLOTS || out->ended || !out->reader) /* a write would not wait */
		polled |= POLLOUT | POLLWRNORM | POLLWRBAND;
	return polled | (deaf && silent ? POLLHUP : 0);
}
