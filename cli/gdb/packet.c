/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * packet.c: the protocol's frame: $data#checksum, acknowledged by + until both agree that the link is
 * good; and how numbers and bytes are written in it.
 */
#include <stdarg.h>
#include <string.h>

#include "cli/gdb/server.h"

#define CTRL_C   3
#define ESCAPE   0x7d
#define ESCAPING 0x20

static const char digits[] = "0123456789abcdef";

/* ---- bytes ---- */

/* -1: the link has ended. */
static int next_byte(struct gdb_wire *w)
{
	if (w->at == w->n) {
		int n = w->link.read(w->link.user, w->in, sizeof(w->in), true);

		w->at = w->n = 0;
		if (n <= 0)
			return -1;
		w->n = (size_t)n;
	}
	return w->in[w->at++];
}

/* Whatever a client sends while something runs, but for Ctrl-C, waits until it stands. */
bool wire_interrupted(struct gdb_wire *w)
{
	if (w->at > 0 && w->at == w->n)
		w->at = w->n = 0;
	if (w->n < sizeof(w->in)) {
		int n = w->link.read(w->link.user, w->in + w->n, sizeof(w->in) - w->n, false);

		if (n == 0)
			return true; /* nobody waits any more */
		w->n += n > 0 ? (size_t)n : 0;
	}
	if (w->at < w->n && w->in[w->at] == CTRL_C) {
		w->at++;
		return true;
	}
	return false;
}

static int hex_digit(int c)
{
	return c >= '0' && c <= '9' ? c - '0' :
	       c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	       c >= 'A' && c <= 'F' ? c - 'A' + 10 :
				      -1;
}

/* ---- frames ---- */

static bool acknowledge(struct gdb_wire *w, bool good)
{
	return w->no_ack || w->link.write(w->link.user, good ? "+" : "-", 1);
}

/* Behind the $. 1: a packet; 0: not a good one; -1: the link has ended. */
static int read_frame(struct gdb_wire *w, struct packet *p)
{
	unsigned char sum = 0;
	bool fits = true;
	int c, high, low;

	p->n = 0;
	while ((c = next_byte(w)) != '#') {
		if (c < 0)
			return -1;
		if (c == '$') { /* the last one was cut */
			p->n = sum = 0;
			fits = true;
			continue;
		}
		sum = (unsigned char)(sum + c);
		if (c == ESCAPE) {
			c = next_byte(w);
			if (c < 0)
				return -1;
			sum = (unsigned char)(sum + c);
			c ^= ESCAPING;
		}
		if (p->n == PACKET_MAX)
			fits = false;
		else
			p->data[p->n++] = (char)c;
	}
	high = next_byte(w);
	low = next_byte(w);
	if (high < 0 || low < 0)
		return -1;
	p->data[p->n] = '\0';
	high = hex_digit(high);
	low = hex_digit(low);
	return fits && (w->no_ack || (high >= 0 && low >= 0 && high * 16 + low == sum));
}

bool wire_receive(struct gdb_wire *w, struct packet *p)
{
	for (;;) {
		int c = next_byte(w), got;

		if (c < 0)
			return false;
		if (c == CTRL_C) {
			p->n = 1;
			memcpy(p->data, "\3", 2);
			return true;
		}
		if (c != '$')
			continue; /* +, or noise */
		got = read_frame(w, p);
		if (got < 0 || !acknowledge(w, got))
			return false;
		if (got)
			return true;
	}
}

bool wire_send(struct gdb_wire *w, const struct packet *p)
{
	unsigned char sum = 0;
	char end[3] = "#";

	for (size_t i = 0; i < p->n; i++)
		sum = (unsigned char)(sum + (unsigned char)p->data[i]);
	end[1] = digits[sum >> 4];
	end[2] = digits[sum & 15];
	/* A client that asks for it again (-) has lost it: none of these links loses anything. */
	return w->link.write(w->link.user, "$", 1) && w->link.write(w->link.user, p->data, p->n) &&
	       w->link.write(w->link.user, end, 3);
}

/* ---- writing ---- */

void packet_put(struct packet *p, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(p->data + p->n, PACKET_MAX + 1 - p->n, format, args);
	va_end(args);
	if (n > 0)
		p->n += (size_t)n < PACKET_MAX - p->n ? (size_t)n : PACKET_MAX - p->n;
}

void packet_hex(struct packet *p, const void *bytes, size_t n)
{
	const unsigned char *b = bytes;

	for (size_t i = 0; i < n && p->n + 2 <= PACKET_MAX; i++) {
		p->data[p->n++] = digits[b[i] >> 4];
		p->data[p->n++] = digits[b[i] & 15];
	}
	p->data[p->n] = '\0';
}

void packet_word(struct packet *p, uint32_t value)
{
	const unsigned char bytes[4] = { (unsigned char)value, (unsigned char)(value >> 8),
					 (unsigned char)(value >> 16),
					 (unsigned char)(value >> 24) };

	packet_hex(p, bytes, 4);
}

static bool is_special(unsigned char c)
{
	return c == '#' || c == '$' || c == '*' || c == ESCAPE;
}

/* How many of these bytes fit. */
size_t packet_room(const struct packet *p, const void *bytes, size_t n)
{
	const unsigned char *b = bytes;
	size_t room = PACKET_MAX - p->n, i = 0;

	for (; i < n && room >= 1u + is_special(b[i]); i++)
		room -= 1u + is_special(b[i]);
	return i;
}

void packet_binary(struct packet *p, const void *bytes, size_t n)
{
	const unsigned char *b = bytes;

	n = packet_room(p, bytes, n);
	for (size_t i = 0; i < n; i++) {
		if (is_special(b[i]))
			p->data[p->n++] = ESCAPE;
		p->data[p->n++] = (char)(is_special(b[i]) ? b[i] ^ ESCAPING : b[i]);
	}
	p->data[p->n] = '\0';
}

/* ---- reading ---- */

bool packet_take_number(const char **text, uint64_t *out)
{
	const char *at = *text;
	uint64_t value = 0;

	for (; hex_digit((unsigned char)*at) >= 0; at++) {
		if (value >> 60)
			return false;
		value = value << 4 | (unsigned)hex_digit((unsigned char)*at);
	}
	if (at == *text)
		return false;
	*text = at;
	*out = value;
	return true;
}

bool packet_take_u32(const char **text, uint32_t *out)
{
	uint64_t value;

	if (!packet_take_number(text, &value) || value > UINT32_MAX)
		return false;
	*out = (uint32_t)value;
	return true;
}

bool packet_take_char(const char **text, char c)
{
	if (**text != c || !c)
		return false;
	++*text;
	return true;
}

bool packet_take_bytes(const char **text, void *out, size_t n)
{
	unsigned char *to = out;

	for (size_t i = 0; i < n; i++) {
		int high = hex_digit((unsigned char)(*text)[0]);
		int low = high < 0 ? -1 : hex_digit((unsigned char)(*text)[1]);

		if (low < 0)
			return false;
		to[i] = (unsigned char)(high << 4 | low);
		*text += 2;
	}
	return true;
}
