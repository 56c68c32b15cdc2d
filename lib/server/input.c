/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * input.c: standard input comes from the host once, and from memory after a
 * machine went back to an earlier snapshot. The position is state; the bytes are not.
 *
 * The log is a list of immutable pieces, newest first, each as the host gave it. Clones
 * share it by reference, in other threads too, and whoever reads on puts a piece of his
 * own in front. A piece of no bytes is the end of the input: it stays the end.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/server/private.h"

struct input {
	_Atomic uint32_t refs;
	struct input *older;
	uint64_t start;
	uint32_t size;
	uint8_t bytes[];
};

struct input *input_ref(struct input *in)
{
	if (in)
		in->refs++;
	return in;
}

void input_unref(struct input *in)
{
	while (in && --in->refs == 0) {
		struct input *older = in->older;

		free(in);
		in = older;
	}
}

static uint64_t input_end(const struct input *in)
{
	return in ? in->start + in->size : 0;
}

/* The next piece: 0, or -errno when the host has none to give now. */
static int32_t input_more(struct server *s, uint32_t size)
{
	struct input *piece = malloc(sizeof(*piece) + size), *shorter;
	int32_t n;

	if (!piece)
		return -NO_MEMORY;
	n = 0;
	if (s->host.read) {
		*s->inside = true;
		n = s->host.read(s->host.user, 0, piece->bytes, size);
		*s->inside = false;
	}
	if (n < 0 || (uint32_t)n > size) {
		free(piece);
		return n < 0 && n >= -MAX_ERRNO ? n : -EIO;
	}
	shorter = realloc(piece, sizeof(*piece) + (size_t)n);
	if (shorter)
		piece = shorter;
	piece->refs = 1;
	piece->older = s->input; /* takes over the server's reference */
	piece->start = input_end(s->input);
	piece->size = (uint32_t)n;
	s->input = piece;
	return 0;
}

bool input_ended(const struct server *s)
{
	return s->input && s->input->size == 0 && s->st.input_at == s->input->start;
}

int32_t input_read(struct server *s, void *buf, uint32_t size)
{
	uint64_t at = s->st.input_at;
	struct input *in;
	int32_t status;

	if (size == 0)
		return 0;
	if (at == input_end(s->input) && !input_ended(s)) {
		status = input_more(s, size < CHUNK ? size : CHUNK);
		if (status)
			return status;
	}
	for (in = s->input; in->start > at; in = in->older)
		;
	/* Never across a piece, so that a second reading gives the same counts. */
	if (size > in->start + in->size - at)
		size = (uint32_t)(in->start + in->size - at);
	memcpy(buf, in->bytes + (at - in->start), size);
	s->st.input_at += size;
	return (int32_t)size;
}

static bool input_extends(struct input *in, const struct input *base)
{
	while (in != base && in && in->start >= input_end(base))
		in = in->older;
	return in == base;
}

/* A longer log of the same history knows what comes next; of two histories, theirs. */
struct input *input_merge(struct input *mine, struct input *theirs)
{
	return input_extends(mine, theirs) ? mine : theirs;
}
