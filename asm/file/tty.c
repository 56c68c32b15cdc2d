/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tty.c: the line discipline, as termios(3) says it: what is typed at the master becomes lines, signals and
 * echoes; what the program writes becomes what the master reads. Read next: pty.c.
 */
#include "file/tty.h"

/* ---- struct termios ---- */

#define ISTRIP  0x20u
#define INLCR   0x40u
#define IGNCR   0x80u
#define ICRNL   0x100u
#define IXON    0x400u
#define OPOST   0x1u
#define ONLCR   0x4u
#define OCRNL   0x8u
#define ISIG    0x1u
#define ICANON  0x2u
#define ECHO    0x8u
#define ECHOE   0x10u
#define ECHOK   0x20u
#define ECHONL  0x40u
#define NOFLSH  0x80u
#define ECHOCTL 0x200u
#define ECHOKE  0x800u
#define IEXTEN  0x8000u

static const struct termios usual = {
	.iflag = ICRNL | IXON,
	.oflag = OPOST | ONLCR,
	.cflag = 0xbf,
	.lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
	.cc = { 3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22 },
};

void tty_open(struct tty *t)
{
	t->used = t->locked = 1;
	t->master = t->slaves = t->hung = t->left = t->stopped = 0;
	t->held[0] = t->held[1] = 0;
	t->session = t->pgrp = 0;
	t->window[0] = t->window[1] = 0;
	t->termios = usual;
	t->speed[0] = t->speed[1] = 38400; /* as cflag says */
	tty_flush(t, 1, 1);
}

/* ---- rings ---- */

static uint32_t place(const struct ring *r, uint32_t n)
{
	return (r->first + n) % TTY_BYTES;
}

static uint32_t room(const struct ring *r)
{
	return TTY_BYTES - r->bytes;
}

static void put(struct ring *r, uint8_t c)
{
	r->byte[place(r, r->bytes++)] = c;
}

static void drop_first(struct ring *r)
{
	r->first = place(r, 1);
	r->bytes--;
}

uint32_t ring_give(struct ring *r, struct span *to)
{
	uint32_t done = 0;

	while (r->bytes && to->left && span_put(to, &r->byte[r->first], 1) == 1) {
		drop_first(r);
		done++;
	}
	return done;
}

void tty_changed(struct tty *t)
{
	wake_up(t);
	files_changed(t);
}

/* ---- to the master ---- */

int tty_send(struct tty *t, uint8_t c)
{
	uint32_t flags = t->termios.oflag;
	int two = (flags & OPOST) && (flags & ONLCR) && c == '\n';

	if (t->stopped || room(&t->out) < 1u + (uint32_t)two)
		return 0;
	if ((flags & OPOST) && (flags & OCRNL) && c == '\r')
		c = '\n';
	if (two)
		put(&t->out, '\r');
	put(&t->out, c);
	return 1;
}

static int is_control(const struct tty *t, uint8_t c)
{
	return (t->termios.lflag & ECHOCTL) && (c < ' ' || c == 127) && c != '\t' && c != '\n';
}

static void echo(struct tty *t, uint8_t c)
{
	if (!(t->termios.lflag & ECHO) && !(c == '\n' && (t->termios.lflag & ECHONL)))
		return;
	if (is_control(t, c)) {
		tty_send(t, '^');
		c ^= 0x40;
	}
	tty_send(t, c);
}

/* ---- from the master ---- */

static uint32_t end_bit(const struct tty *t, uint32_t n, uint32_t *word)
{
	uint32_t at = place(&t->in, n);

	*word = at / 32;
	return 1u << at % 32;
}

static void mark_end(struct tty *t, uint32_t n, int ends)
{
	uint32_t word, bit = end_bit(t, n, &word);

	t->ends[word] = ends ? t->ends[word] | bit : t->ends[word] & ~bit;
}

static void put_in(struct tty *t, uint8_t c, int ends)
{
	mark_end(t, t->in.bytes, ends);
	put(&t->in, c);
}

static void end_line(struct tty *t, uint8_t c)
{
	put_in(t, c, 1);
	t->lines++;
	t->partial = 0;
}

/* Is the first byte a line's end? There is one line less then. */
static int take_end(struct tty *t)
{
	uint32_t word, bit = end_bit(t, 0, &word), ends = t->ends[word] & bit;

	if (ends)
		t->lines--;
	return ends != 0;
}

static void rub_out(struct tty *t, uint8_t by)
{
	uint8_t c = t->in.byte[place(&t->in, --t->in.bytes)];

	t->partial--;
	if (!(t->termios.lflag & ECHO))
		return;
	if (!(t->termios.lflag & ECHOE)) {
		echo(t, by);
		return;
	}
	for (int n = is_control(t, c) ? 2 : 1; n; n--) {
		tty_send(t, '\b');
		tty_send(t, ' ');
		tty_send(t, '\b');
	}
}

static int last_is_space(const struct tty *t)
{
	uint8_t c = t->in.byte[place(&t->in, t->in.bytes - 1)];

	return c == ' ' || c == '\t';
}

static void rub_out_line(struct tty *t, uint8_t by)
{
	if ((t->termios.lflag & (ECHOK | ECHOKE | ECHOE)) == (ECHOK | ECHOKE | ECHOE)) {
		while (t->partial)
			rub_out(t, by);
		return;
	}
	t->in.bytes -= t->partial;
	t->partial = 0;
	if (!(t->termios.lflag & ECHO))
		return; /* nor a newline, whatever ECHONL says */
	echo(t, by);
	if (t->termios.lflag & ECHOK)
		echo(t, '\n');
}

/* A key that some slot of cc says; 0 says none. */
static int is_key(const struct tty *t, uint8_t c, int slot)
{
	return c && c == t->termios.cc[slot];
}

void tty_flush(struct tty *t, int in, int out)
{
	if (in)
		t->in.bytes = t->lines = t->partial = 0;
	if (out)
		t->out.bytes = 0;
}

static int is_signal(struct tty *t, uint8_t c)
{
	int sig = is_key(t, c, VINTR) ? SIGINT :
		  is_key(t, c, VQUIT) ? SIGQUIT :
		  is_key(t, c, VSUSP) ? SIGTSTP :
					0;

	if (!sig || !(t->termios.lflag & ISIG))
		return 0;
	if (t->pgrp)
		signal_group(t->pgrp, sig);
	if (!(t->termios.lflag & NOFLSH))
		tty_flush(t, 1, 1);
	return 1;
}

static int is_edit(struct tty *t, uint8_t c)
{
	if (is_key(t, c, VERASE)) {
		if (t->partial)
			rub_out(t, c);
	} else if (is_key(t, c, VKILL)) {
		if (t->partial)
			rub_out_line(t, c);
	} else if (is_key(t, c, VWERASE) && (t->termios.lflag & IEXTEN)) {
		while (t->partial && last_is_space(t))
			rub_out(t, c);
		while (t->partial && !last_is_space(t))
			rub_out(t, c);
	} else {
		return 0;
	}
	return 1;
}

static int is_line_end(struct tty *t, uint8_t c)
{
	if (is_key(t, c, VEOF)) {
		end_line(t, 0);
		return 1;
	}
	if (c != '\n' && !is_key(t, c, VEOL) &&
	    !(is_key(t, c, VEOL2) && (t->termios.lflag & IEXTEN)))
		return 0;
	echo(t, c);
	end_line(t, c);
	return 1;
}

/* Lines leave a byte for their end. */
int tty_has_room(const struct tty *t)
{
	return room(&t->in) > 1 || ((t->termios.lflag & ICANON) && !t->lines);
}

void tty_receive(struct tty *t, uint8_t c)
{
	uint32_t flags = t->termios.iflag;

	if (flags & ISTRIP)
		c &= 0x7f;
	if ((flags & IXON) && (is_key(t, c, VSTART) || is_key(t, c, VSTOP))) {
		t->stopped = t->held[0] || (is_key(t, c, VSTOP) && !is_key(t, c, VSTART));
		return;
	}
	if (is_signal(t, c) || (c == '\r' && (flags & IGNCR)))
		return;
	if (c == '\r' && (flags & ICRNL))
		c = '\n';
	else if (c == '\n' && (flags & INLCR))
		c = '\r';
	if ((t->termios.lflag & ICANON) && (is_edit(t, c) || is_line_end(t, c)))
		return;
	if (room(&t->in) < 2)
		return; /* a line that is too long is cut */
	echo(t, c);
	put_in(t, c, 0);
	t->partial++;
}

/* Its STOP or START, past all that waits, and unchanged; but where that side's output is held it is lost. A master's
 * own keys are those that each terminal begins with: what it sets is the other side's. */
static void send_key(struct tty *t, int is_master, int slot)
{
	const uint8_t c = (is_master ? &usual : &t->termios)->cc[slot];

	if (!c || t->held[is_master])
		return;
	if (!is_master && room(&t->out))
		put(&t->out, c);
	if (is_master && tty_has_room(t))
		tty_receive(t, c);
}

int tty_flow(struct tty *t, int is_master, uint32_t action)
{
	enum { OUTPUT_OFF, OUTPUT_ON, INPUT_OFF, INPUT_ON };

	switch (action) {
	case OUTPUT_OFF:
	case OUTPUT_ON:
		if (!is_master && t->held[0] != (action == OUTPUT_OFF))
			t->stopped = action == OUTPUT_OFF;
		t->held[is_master] = action == OUTPUT_OFF;
		break;
	case INPUT_OFF: send_key(t, is_master, VSTOP); break;
	case INPUT_ON: send_key(t, is_master, VSTART); break;
	default: return -EINVAL;
	}
	tty_changed(t);
	return 0;
}

/* ---- the program reads ---- */

int tty_readable(const struct tty *t)
{
	const uint8_t *cc = t->termios.cc;

	if (t->termios.lflag & ICANON)
		return t->lines != 0;
	return t->in.bytes >= (cc[VTIME] || !cc[VMIN] ? 1u : cc[VMIN]);
}

static int32_t read_line(struct tty *t, struct file *f, struct span *to)
{
	int32_t done = 0;

	while (!t->lines) {
		if (t->hung)
			return 0;
		if (no_wait(f))
			return -EAGAIN;
		if (sleep_on(t, NO_TIMEOUT) == -ERESTARTSYS)
			return -ERESTARTSYS;
	}
	while (to->left) {
		uint8_t c = t->in.byte[t->in.first];
		int ends = take_end(t);

		drop_first(&t->in);
		if (ends && !c)
			break;
		if (span_put(to, &c, 1) < 1)
			return done ? done : -EFAULT;
		done++;
		if (ends)
			break;
	}
	return done;
}

/* VMIN bytes are there, or VTIME tenths of a second are over, since the call or since a byte. */
static int32_t wait_for_bytes(struct tty *t, struct file *f, uint32_t most)
{
	const uint32_t min = t->termios.cc[VMIN], tenths = t->termios.cc[VTIME];
	const uint32_t want = !min ? 1 : min < most ? min : most;
	uint64_t until = clock_ns() + tenths * (uint64_t)100000000;
	int result;

	while (t->in.bytes < want && !t->hung) {
		if (!min && !tenths)
			break;
		if (no_wait(f))
			return t->in.bytes ? 0 : -EAGAIN;
		if (min && tenths)
			until = clock_ns() + tenths * (uint64_t)100000000;
		result = sleep_on(t, tenths && (!min || t->in.bytes) ? until : NO_TIMEOUT);
		if (result == -ERESTARTSYS)
			return t->in.bytes ? 0 : -ERESTARTSYS;
		if (result == -ETIME)
			break;
	}
	return 0;
}

int32_t tty_read(struct tty *t, struct file *f, struct span *to)
{
	uint32_t done;
	int32_t result;

	if (!to->left)
		return 0;
	if (t->termios.lflag & ICANON) {
		result = read_line(t, f, to);
	} else {
		result = wait_for_bytes(t, f, to->left);
		if (result)
			return result;
		done = ring_give(&t->in, to);
		t->partial = t->in.bytes;
		result = done || !t->in.bytes ? (int32_t)done : -EFAULT;
	}
	tty_changed(t); /* the master has room */
	return result;
}

/* What lines there were is one piece when the mode changes. */
void tty_set(struct tty *t, const struct termios *new)
{
	if ((t->termios.lflag ^ new->lflag) & ICANON) {
		t->lines = 0;
		t->partial = t->in.bytes;
		for (uint32_t n = 0; n < t->in.bytes; n++)
			mark_end(t, n, 0);
	}
	if (!(new->iflag &IXON))
		t->stopped = t->held[0];
	t->termios = *new;
	tty_changed(t);
}
