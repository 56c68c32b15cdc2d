/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gdb.c: any bytes as what a client of `sysemu gdb` sends: each line a packet, put into its frame, or, from
 * a byte 1 on, bytes as they are. Whatever it does to the guest, the session ends with its bytes, the
 * library has no failure that is the engine's, and the world is the same again when it is reset.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/gdb/server.h"
#include "tests/fuzz/fuzz.h"

struct memory_link {
	const uint8_t *data;
	size_t n, at;
};

static int memory_read(void *user, void *buf, size_t size, bool wait)
{
	struct memory_link *l = user;
	size_t n = l->n - l->at < size ? l->n - l->at : size;

	(void)wait;
	memcpy(buf, l->data + l->at, n);
	l->at += n;
	return (int)n;
}

static bool memory_write(void *user, const void *buf, size_t size)
{
	volatile uint8_t sum = 0;

	(void)user;
	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + ((const uint8_t *)buf)[i]);
	return true;
}

/* Calls getpid twice, writes, and ends. */
static const struct cli_code program = {
	.size = 36,
	.bytes = { 0xb8, 20,   0,    0, 0, 0xcd, 0x80, 0xb8, 20,   0,    0,    0,
		   0xcd, 0x80, 0xb8, 4, 0, 0,    0,    0xbb, 1,    0,    0,    0,
		   0xcd, 0x80, 0xb8, 1, 0, 0,    0,    0xcd, 0x80, 0xeb, 0xfe, 0x90 },
};

static struct world *world(void)
{
	static const struct cli_requests sysemu = {
		.n = 1, .list = { { .number = SYSEMU_PTRACE_SYSEMU } }
	};
	const struct world_config config = { .machine = { .kernel = "sysemu" },
					     .requests = &sysemu,
					     .serves = true,
					     .history = 1 << 20,
					     .out = -1 };
	static struct world *w;
	static unsigned uses;
	char *none[] = { NULL };

	if (w && ++uses % 512 ==
			 0) { /* from time to time a new one: what is found depends on few inputs */
		gdb_close(w);
		free(w);
		w = NULL;
	}
	if (w)
		return w;
	w = calloc(1, sizeof(*w));
	FUZZ_CHECK(w && gdb_open(w, &config, none, none, &program) == CLI_OK);
	return w;
}

/* The lines in their frames. */
static size_t frame(const uint8_t *data, size_t size, uint8_t *out)
{
	size_t n = 0, at = 0;

	while (at < size && data[at] != 1) {
		uint8_t sum = 0;

		out[n++] = '$';
		for (; at < size && data[at] != '\n' && data[at] != 1; at++) {
			if (data[at] == '#' || data[at] == '$')
				continue;
			out[n++] = data[at];
			sum = (uint8_t)(sum + data[at]);
		}
		at += at < size && data[at] == '\n';
		n += (size_t)sprintf((char *)out + n, "#%02x", sum);
	}
	if (at < size)
		at++;
	memcpy(out + n, data + at, size - at);
	return n + size - at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char kernel[] = "not an ELF file";
	struct world *w = world();
	struct gdb_server *s = calloc(1, sizeof(*s));
	uint8_t *bytes = malloc(5 * size + 1);
	struct memory_link link = { bytes, 0, 0 };
	static sysemu_digest first;
	static bool known;
	sysemu_digest now;

	FUZZ_CHECK(s && bytes);
	link.n = frame(data, size, bytes);
	s->world = w;
	s->kernel = (struct gdb_file){ "/kernel", kernel, sizeof(kernel) };
	s->wire.link = (struct gdb_link){ memory_read, memory_write, &link };
	gdb_serve(s);
	FUZZ_CHECK(gdb_reset(w));
	FUZZ_CHECK(sysemu_get_digest(w->m, &now) == SYSEMU_OK);
	if (!known)
		first = now;
	known = true;
	FUZZ_CHECK(memcmp(&first, &now, sizeof(now)) == 0);
	free(bytes);
	free(s);
	return 0;
}
