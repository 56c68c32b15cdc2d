/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pack.c: a program of the build: pack BASE IMAGE OUT writes what lib/kernels/pack.h says. The most is won by going
 * on from as far back as before: an image differs from its base in a few words, and then is the same again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/kernels/pack.h"

#define HASH_BITS 16
#define TRIES     64

static uint8_t *text; /* the base, and behind it the image */
static size_t base_size, size;
static uint32_t head[1 << HASH_BITS], *before;

static uint32_t hash_at(size_t at)
{
	uint32_t word;

	memcpy(&word, text + at, 4);
	return word * 2654435761u >> (32 - HASH_BITS);
}

static void know(size_t at)
{
	uint32_t h;

	if (at + 4 > size)
		return;
	h = hash_at(at);
	before[at] = head[h];
	head[h] = (uint32_t)at + 1;
}

static size_t same(size_t from, size_t at)
{
	size_t n = 0;

	while (n < PACK_MATCH && at + n < size && text[from + n] == text[at + n])
		n++;
	return n;
}

/* The longest one; *back: how far. */
static size_t find(size_t at, size_t *back)
{
	size_t best = 0;

	if (at + 4 > size)
		return 0;
	for (uint32_t from = head[hash_at(at)], i = 0; from && i < TRIES;
	     from = before[from - 1], i++) {
		size_t n = same(from - 1, at);

		if (n > best) {
			best = n;
			*back = at - (from - 1);
		}
	}
	return best;
}

static void put_literals(FILE *out, size_t from, size_t to)
{
	while (from < to) {
		size_t n = to - from < PACK_LITERALS ? to - from : PACK_LITERALS;

		fputc((int)n - 1, out);
		fwrite(text + from, 1, n, out);
		from += n;
	}
}

static void pack(FILE *out)
{
	size_t at = base_size, plain = at, last = 0;

	while (at < size) {
		size_t back = 0, n = find(at, &back), again = last ? same(at - last, at) : 0;

		if (again >= PACK_LEAST && again + 3 >= n) {
			n = again;
			put_literals(out, plain, at);
			fputc(0x80 | (int)(n - PACK_LEAST), out);
		} else if (n >= PACK_LEAST + 3) {
			put_literals(out, plain, at);
			fputc(0xc0 | (int)(n - PACK_LEAST), out);
			fputc((int)(back & 0xff), out);
			fputc((int)(back >> 8 & 0xff), out);
			fputc((int)(back >> 16), out);
			last = back;
		} else {
			know(at++);
			continue;
		}
		for (; n; n--)
			know(at++);
		plain = at;
	}
	put_literals(out, plain, size);
}

static size_t append(const char *name)
{
	FILE *f = fopen(name, "rb");
	size_t n;

	if (!f) {
		perror(name);
		exit(1);
	}
	n = fread(text + size, 1, (1u << 23) - size, f);
	fclose(f);
	size += n;
	return n;
}

int main(int argc, char **argv)
{
	FILE *out;
	size_t n;

	text = malloc(1u << 23);
	before = calloc(1u << 23, sizeof(*before));
	if (argc != 4 || !text || !before)
		return 1;
	base_size = append(argv[1]);
	for (size_t i = 0; i + 4 <= base_size; i++)
		know(i);
	n = append(argv[2]);
	out = fopen(argv[3], "wb");
	if (!out) {
		perror(argv[3]);
		return 1;
	}
	for (unsigned i = 0; i < PACK_SIZE; i++)
		fputc((int)(n >> (8 * i) & 0xff), out);
	pack(out);
	return ferror(out) || fclose(out);
}
