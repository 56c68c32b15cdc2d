/* SPDX-License-Identifier: GPL-2.0-only */
/* tty_model.c: see tty_model.h. */
#include "tests/files/tty_model.h"

#include <string.h>

struct file_world tty_world;
struct terminal terminal;
uint32_t tty_at, tty_here;

void tty_open_model(const char *kernel)
{
	tty_world = open_file_world(kernel);
	tty_at = symbol(tty_world.caller.m, "ttys") + (uint32_t)sizeof(struct guest_tty);
	tty_here = file_memory(&tty_world);
	map_page(tty_world.caller.m, USER, SIM_WRITE | SIM_USER);
}

/* ---- into the guest, and out of it ---- */

unsigned lines_of(const struct bytes *b, unsigned *partial)
{
	unsigned n = 0;

	*partial = 0;
	for (unsigned i = 0; i < b->n; i++) {
		n += b->byte[i] / OFF;
		*partial = b->byte[i] / OFF ? 0 : *partial + 1;
	}
	return n;
}

static void fill_ring(struct guest_ring *r, const struct bytes *b, uint32_t *ends)
{
	r->bytes = b->n;
	for (unsigned i = 0; i < b->n; i++) {
		unsigned at = (r->first + i) % BYTES;

		r->byte[at] = (uint8_t)b->byte[i];
		if (ends)
			ends[at / 32] = (ends[at / 32] & ~(1u << at % 32)) |
					(uint32_t)(b->byte[i] / OFF) << at % 32;
	}
}

void put_terminal(void)
{
	unsigned partial;

	fill_ring(&terminal.g.in, &terminal.in, terminal.g.ends);
	fill_ring(&terminal.g.out, &terminal.out, NULL);
	terminal.g.lines = lines_of(&terminal.in, &partial);
	terminal.g.partial = partial;
	put_words(&tty_world, tty_at, &terminal.g, sizeof(terminal.g));
}

static void expect_ring(const char *what, const struct guest_ring *r, const struct bytes *b,
			const uint32_t *ends)
{
	if (r->bytes != b->n)
		fail_msg("%s: %u bytes, not %u", what, r->bytes, b->n);
	for (unsigned i = 0; i < b->n; i++) {
		unsigned at = (r->first + i) % BYTES, is = r->byte[at];

		if (ends && ends[at / 32] & 1u << at % 32)
			is |= OFF;
		if (is != b->byte[i])
			fail_msg("%s: byte %u is 0x%x, not 0x%x", what, i, is, b->byte[i]);
	}
}

void expect_terminal(void)
{
	static struct guest_tty is;
	unsigned partial, lines = lines_of(&terminal.in, &partial);
	const size_t head = offsetof(struct guest_tty, in);

	get_words(&tty_world, tty_at, &is, sizeof(is));
	expect_words("the terminal", &is, &terminal.g, head);
	expect_ring("to be read", &is.in, &terminal.in, is.ends);
	expect_ring("for the master", &is.out, &terminal.out, NULL);
	assert_int_equal(is.lines, lines);
	assert_int_equal(is.partial, partial);
}

/* ---- drawing ---- */

const uint8_t usual_keys[19] = { 3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22 };

uint8_t tty_draw_key(void)
{
	return (uint8_t)ONE_OF('\n', '\r', ' ', '\t', terminal.g.termios.cc[below(17)],
			       terminal.g.termios.cc[below(17)],
			       terminal.g.termios.cc[below(17)] | 0x80, below(32), 127, 'a',
			       any() & 0xff, 0);
}

uint8_t tty_draw_edit(void)
{
	return terminal.g.termios
		.cc[ONE_OF(VERASE, VKILL, VKILL, VWERASE, VWERASE, VEOF, VEOL, VEOL2)];
}

static uint32_t draw_flags(uint32_t usually)
{
	return below(3) ? usually ^ (any() & any() & any() & 0xffff) : any();
}

static void draw_bytes(struct bytes *b, unsigned most, bool lines)
{
	b->n = below(3) ? below(20) : most - below(5);
	for (unsigned i = 0; i < b->n; i++)
		b->byte[i] = i + 12 < b->n ? 'a' + i % 20 : tty_draw_key();
	for (unsigned i = 0; lines && i < 3; i++) /* where they end */
		if (b->n && below(2))
			b->byte[below(2) ? below(b->n) : b->n - 1 - below(b->n < 9 ? b->n : 9)] =
				(uint16_t)(OFF | ONE_OF(0, '\n', tty_draw_key()));
}

void draw_terminal(void)
{
	memset(&terminal, (int)any(), sizeof(terminal.g));
	terminal.g.termios = (struct guest_termios){ .iflag = draw_flags(ICRNL | IXON),
						     .oflag = draw_flags(OPOST | ONLCR),
						     .cflag = any(),
						     .lflag = draw_flags(0x8a3b) };
	for (unsigned i = 0; i < 19; i++)
		terminal.g.termios.cc[i] =
			(uint8_t)(below(3) ? usual_keys[i] :
					     ONE_OF(0, 0, below(32), any() & 0xff, 0xff, 'a'));
	terminal.g.pgrp = below(4) ? 7 + (int32_t)below(3) : 0;
	terminal.g.stopped = !below(5);
	terminal.g.held[0] = !below(5);
	terminal.g.held[1] = !below(3);
	terminal.g.hung = !below(5);
	terminal.g.in.first = below(2) ? below(BYTES) : BYTES - below(20);
	terminal.g.in.first %= BYTES;
	terminal.g.out.first = below(BYTES);
	draw_bytes(&terminal.in, BYTES - 1, (terminal.g.termios.lflag & ICANON) && below(4));
	draw_bytes(&terminal.out, BYTES, false);
	put_terminal();
}

/* ---- the model: to the master ---- */

bool tty_has(uint32_t flag)
{
	return terminal.g.termios.lflag & flag;
}

void add_byte(struct bytes *b, unsigned c)
{
	b->byte[b->n++] = (uint16_t)c;
}

bool tty_model_send(uint8_t c)
{
	uint32_t flags = terminal.g.termios.oflag & OPOST ? terminal.g.termios.oflag : 0;
	unsigned need = c == '\n' && (flags & ONLCR) ? 2 : 1;

	if (terminal.g.stopped || terminal.out.n + need > BYTES)
		return false;
	if (need == 2)
		add_byte(&terminal.out, '\r');
	add_byte(&terminal.out, c == '\r' && (flags & OCRNL) ? '\n' : c);
	return true;
}

static bool is_two(uint8_t c)
{
	return tty_has(ECHOCTL) && (c < 32 || c == 127) && c != '\t' && c != '\n';
}

static void echoes(uint8_t c)
{
	if (!tty_has(ECHO) && !(tty_has(ECHONL) && c == '\n'))
		return;
	if (is_two(c)) {
		tty_model_send('^');
		tty_model_send(c ^ 0x40);
	} else {
		tty_model_send(c);
	}
}

/* ---- from the master ---- */

static bool key(uint8_t c, unsigned slot)
{
	return c != 0 && terminal.g.termios.cc[slot] == c;
}

static unsigned partial(void)
{
	unsigned n;

	lines_of(&terminal.in, &n);
	return n;
}

static void erases(uint8_t by)
{
	uint8_t c = (uint8_t)terminal.in.byte[--terminal.in.n];

	if (!tty_has(ECHO))
		return;
	if (!tty_has(ECHOE)) {
		echoes(by);
		return;
	}
	for (unsigned columns = is_two(c) ? 2 : 1; columns; columns--) {
		tty_model_send('\b');
		tty_model_send(' ');
		tty_model_send('\b');
	}
}

static bool behind_space(void)
{
	uint16_t c = terminal.in.byte[terminal.in.n - 1];

	return c == ' ' || c == '\t';
}

static void kills(uint8_t c)
{
	if (tty_has(ECHOK) && tty_has(ECHOKE) && tty_has(ECHOE)) {
		while (partial())
			erases(c);
		return;
	}
	terminal.in.n -= partial();
	if (tty_has(ECHO)) {
		echoes(c);
		if (tty_has(ECHOK))
			echoes('\n');
	}
}

static void signals(int sig)
{
	if (terminal.g.pgrp) {
		struct sim_regs cpu = catch_call(&tty_world, "signal_group", any());

		assert_int_equal(cpu.eax, terminal.g.pgrp);
		assert_int_equal(cpu.edx, sig);
	}
	if (!tty_has(NOFLSH))
		terminal.in.n = terminal.out.n = 0;
}

static void edits_or_ends(uint8_t c)
{
	if (key(c, VERASE)) {
		if (partial())
			erases(c);
	} else if (key(c, VKILL)) {
		if (partial())
			kills(c);
	} else if (tty_has(IEXTEN) && key(c, VWERASE)) {
		while (partial() && behind_space())
			erases(c);
		while (partial() && !behind_space())
			erases(c);
	} else if (key(c, VEOF)) {
		add_byte(&terminal.in, OFF);
	} else {
		echoes(c);
		add_byte(&terminal.in, OFF | c);
	}
}

static bool is_edit_or_end(uint8_t c)
{
	return key(c, VERASE) || key(c, VKILL) || (tty_has(IEXTEN) && key(c, VWERASE)) ||
	       key(c, VEOF) || c == '\n' || key(c, VEOL) || (tty_has(IEXTEN) && key(c, VEOL2));
}

void tty_model_receive(uint8_t c)
{
	uint32_t flags = terminal.g.termios.iflag;

	if (flags & ISTRIP)
		c &= 0x7f;
	if ((flags & IXON) && (key(c, VSTART) || key(c, VSTOP))) {
		terminal.g.stopped = terminal.g.held[0] ? 1 : !key(c, VSTART);
		return;
	}
	if (tty_has(ISIG) && (key(c, VINTR) || key(c, VQUIT) || key(c, VSUSP))) {
		signals(key(c, VINTR) ? SIGINT : key(c, VQUIT) ? QUIT : TSTP);
		return;
	}
	if (c == '\r') {
		if (flags & IGNCR)
			return;
		c = flags & ICRNL ? '\n' : '\r';
	} else if (c == '\n' && (flags & INLCR)) {
		c = '\r';
	}
	if (tty_has(ICANON) && is_edit_or_end(c)) {
		edits_or_ends(c);
	} else if (terminal.in.n + 2 <= BYTES) { /* a line leaves a byte for its end */
		echoes(c);
		add_byte(&terminal.in, c);
	}
}

bool tty_model_has_room(void)
{
	unsigned rest;

	return terminal.in.n + 2 <= BYTES || (tty_has(ICANON) && !lines_of(&terminal.in, &rest));
}

void tty_is_changed(void)
{
	assert_int_equal(catch_call(&tty_world, "wake_up", any()).eax, tty_at);
	assert_int_equal(catch_call(&tty_world, "files_changed", any()).eax, tty_at);
}
