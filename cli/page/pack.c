/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pack.c: bytes that grow, rows that are kept once, and deflate by the fixed codes of RFC 1951, 3.2.6: its repeats
 * are found by the hash of three bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/page/page.h"

void bytes_add(struct bytes *b, const void *data, size_t n)
{
	if (!n)
		return;
	if (b->n + n > b->room) {
		size_t room = b->room ? b->room : 4096;
		void *more;

		while (room < b->n + n)
			room *= 2;
		more = realloc(b->data, room);
		b->failed |= !more;
		if (!more)
			return;
		b->data = more;
		b->room = room;
	}
	memcpy(b->data + b->n, data, n);
	b->n += n;
}

void bytes_number(struct bytes *b, uint64_t value)
{
	unsigned char out[10];
	size_t n = 0;

	do {
		out[n] = (unsigned char)(value & 0x7f);
		value >>= 7;
		out[n++] |= value ? 0x80 : 0;
	} while (value);
	bytes_add(b, out, n);
}

/* ---- rows ---- */

static uint64_t hash_of(const unsigned char *data, size_t n)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < n; i++)
		h = (h ^ data[i]) * 0x100000001b3u;
	return h ^ h >> 29;
}

/* The row's bytes, and how many they are. */
static const unsigned char *row_at(const struct rows *r, size_t i, size_t *n)
{
	const unsigned char *at = r->data.data + r->at[i];
	unsigned shift = 0;

	*n = 0;
	do {
		*n |= (size_t)(*at & 0x7f) << shift;
		shift += 7;
	} while (*at++ & 0x80);
	return at;
}

static size_t slot_of(const struct rows *r, const void *row, size_t n)
{
	size_t i = hash_of(row, n) & (r->table_size - 1), size;

	for (; r->table[i]; i = (i + 1) & (r->table_size - 1)) {
		const unsigned char *other = row_at(r, r->table[i] - 1, &size);

		if (size == n && memcmp(other, row, n) == 0)
			break;
	}
	return i;
}

static bool grow(struct rows *r)
{
	size_t size = r->table_size ? 2 * r->table_size : 1024, n;
	uint32_t *table = calloc(size, sizeof(*table));
	size_t *at = realloc(r->at, size / 2 * sizeof(*at));

	if (at)
		r->at = at;
	if (!at || !table) {
		free(table);
		return false;
	}
	free(r->table);
	r->table = table;
	r->table_size = size;
	for (size_t i = 0; i < r->n; i++) {
		const unsigned char *row = row_at(r, i, &n);

		r->table[slot_of(r, row, n)] = (uint32_t)i + 1;
	}
	return true;
}

uint32_t rows_find(struct rows *r, const void *row, size_t n)
{
	size_t slot;

	if (2 * r->n >= r->table_size && !grow(r)) {
		r->data.failed = true;
		return 0;
	}
	slot = slot_of(r, row, n);
	if (r->table[slot])
		return r->table[slot] - 1;
	r->at[r->n++] = r->data.n;
	bytes_number(&r->data, n);
	bytes_add(&r->data, row, n);
	if (r->data.failed) {
		r->n--;
		return 0;
	}
	r->table[slot] = (uint32_t)r->n;
	return (uint32_t)r->n - 1;
}

void rows_text(const struct rows *r, uint32_t row, char *text, size_t size)
{
	size_t n;
	const unsigned char *bytes = row_at(r, row, &n);

	n = n < size ? n : size - 1;
	memcpy(text, bytes, n);
	text[n] = '\0';
}

void rows_free(struct rows *r)
{
	free(r->data.data);
	free(r->table);
	free(r->at);
	*r = (struct rows){ 0 };
}

void bytes_rows(struct bytes *b, const struct rows *r)
{
	bytes_number(b, r->n);
	bytes_add(b, r->data.data, r->data.n);
}

/* ---- deflate ---- */

#define WINDOW  32768u
#define LONGEST 258u
#define TRIES   64
#define HASHES  (1u << 15)

struct bits {
	struct bytes *out;
	uint32_t held;
	unsigned n;
};

static void put_bits(struct bits *b, uint32_t value, unsigned n)
{
	b->held |= value << b->n;
	for (b->n += n; b->n >= 8; b->n -= 8, b->held >>= 8)
		bytes_add(b->out, &(unsigned char){ (unsigned char)b->held }, 1);
}

/* A code's bits come highest first. */
static void put_code(struct bits *b, uint32_t code, unsigned n)
{
	uint32_t turned = 0;

	for (unsigned i = 0; i < n; i++)
		turned |= (code >> i & 1) << (n - 1 - i);
	put_bits(b, turned, n);
}

static void put_symbol(struct bits *b, unsigned s)
{
	if (s < 144)
		put_code(b, 0x30 + s, 8);
	else if (s < 256)
		put_code(b, 0x190 + s - 144, 9);
	else if (s < 280)
		put_code(b, s - 256, 7);
	else
		put_code(b, 0xc0 + s - 280, 8);
}

/* Which code `value` has, of those whose extra bits grow: 2 * `group` without, then `group` with one more each. */
static unsigned class_of(unsigned value, unsigned group, unsigned *extra, unsigned *rest)
{
	unsigned base = 2 * group, code = 2 * group;

	*extra = *rest = 0;
	if (value < base)
		return value;
	for (*extra = 1; value - base >= group << *extra; ++*extra) {
		base += group << *extra;
		code += group;
	}
	*rest = (value - base) & ((1u << *extra) - 1);
	return code + ((value - base) >> *extra);
}

static void put_repeat(struct bits *b, unsigned length, unsigned distance)
{
	unsigned extra, rest, code;

	if (length == LONGEST) {
		put_symbol(b, 285);
	} else {
		code = class_of(length - 3, 4, &extra, &rest);
		put_symbol(b, 257 + code);
		put_bits(b, rest, extra);
	}
	code = class_of(distance - 1, 2, &extra, &rest);
	put_code(b, code, 5);
	put_bits(b, rest, extra);
}

static unsigned hash3(const unsigned char *p)
{
	return ((p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16) * 2654435761u) >> 17;
}

static unsigned repeat_at(const unsigned char *data, size_t n, size_t at, const uint32_t *head,
			  const uint32_t *chain, unsigned *distance)
{
	size_t most = n - at < LONGEST ? n - at : LONGEST, from = head[hash3(data + at)];
	unsigned best = 0;

	for (unsigned tries = TRIES; from && at - (from - 1) <= WINDOW && tries; tries--) {
		size_t p = from - 1, length = 0;

		while (length < most && data[p + length] == data[at + length])
			length++;
		if (length > best) {
			best = (unsigned)length;
			*distance = (unsigned)(at - p);
		}
		from = chain[p % WINDOW];
		if (from > p) /* of another round of the window */
			break;
	}
	return best;
}

static void note(const unsigned char *data, size_t at, uint32_t *head, uint32_t *chain)
{
	unsigned h = hash3(data + at);

	chain[at % WINDOW] = head[h];
	head[h] = (uint32_t)at + 1;
}

bool deflate(const unsigned char *data, size_t n, struct bytes *out)
{
	uint32_t *head = calloc(HASHES, sizeof(*head)), *chain = calloc(WINDOW, sizeof(*chain));
	struct bits b = { .out = out };

	put_bits(&b, 1, 1); /* the last block, */
	put_bits(&b, 1, 2); /* by the fixed codes */
	for (size_t at = 0; head && chain && at < n;) {
		unsigned distance = 0, length = 0;

		if (n - at >= 3)
			length = repeat_at(data, n, at, head, chain, &distance);
		if (length < 3) {
			put_symbol(&b, data[at]);
			length = 1;
		} else {
			put_repeat(&b, length, distance);
		}
		for (; length; length--, at++)
			if (n - at >= 3)
				note(data, at, head, chain);
	}
	put_symbol(&b, 256);
	put_bits(&b, 0, 7);
	free(chain);
	free(head);
	return head && chain && !out->failed;
}
