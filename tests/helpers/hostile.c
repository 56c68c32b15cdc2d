/* SPDX-License-Identifier: GPL-2.0-only */
/* hostile.c: see hostile.h. */
#include <stdlib.h>
#include <string.h>

#include "tests/helpers/hostile.h"

enum { TEXT_AT = 0xc0100000, VSYSCALL_AT = 0xffffe000, LOOK = 4096 };

const char *const hostile_kernels[] = { "2.6.11", "sysemu", "2.6.14" };

struct hostile open_hostile(const char *kernel, sysemu_start start)
{
	struct hostile h = { .kernel = kernel, .start = start };
	uint8_t *code = malloc(HOSTILE_CODE);

	assert_non_null(code);
	memset(code, 0xcc, HOSTILE_CODE);
	h.m = open_code(kernel, SYSEMU_ENTRY_SYSENTER, start, code, HOSTILE_CODE);
	free(code);
	if (start == SYSEMU_START_TRACED)
		assert_int_equal(run(h.m).status, 0x137f);
	OK(h.m, sysemu_save(h.m, &h.snapshot));
	OK(h.m, sysemu_get_digest(h.m, &h.digest));
	return h;
}

void close_hostile(struct hostile *h)
{
	hostile_restore(h);
	sysemu_close(h->m);
	sysemu_snapshot_free(h->snapshot);
}

void hostile_restore(struct hostile *h)
{
	sysemu_digest digest;

	OK(h->m, sysemu_restore(h->m, h->snapshot));
	OK(h->m, sysemu_get_digest(h->m, &digest));
	assert_memory_equal(&digest, &h->digest, sizeof(digest));
}

static unsigned digit(char c)
{
	return c >= '0' && c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

unsigned parse_hex(const char *hex, uint32_t word, uint8_t *out, unsigned room)
{
	unsigned n = 0;

	while (*hex) {
		assert_true(n + 4 <= room);
		if (*hex == ' ') {
			hex++;
		} else if (*hex == 'A') {
			memcpy(out + n, &word, 4);
			n += 4;
			hex += 4;
		} else {
			out[n++] = (uint8_t)(digit(hex[0]) << 4 | digit(hex[1]));
			hex += 2;
		}
	}
	return n;
}

sysemu_event hostile_run(struct hostile *h, const char *hex, uint32_t word)
{
	uint8_t code[256];
	unsigned size = parse_hex(hex, word, code, sizeof(code));
	sysemu_event e;

	hostile_restore(h);
	OK(h->m, sysemu_write(h->m, SYSEMU_CODE_BASE, code, size));
	if (h->start == SYSEMU_START_TRACED)
		e = resume(h->m, SYSEMU_PTRACE_CONT, 0);
	else
		e = run(h->m);
	if (e.kind == SYSEMU_EVENT_FAULT || e.kind == SYSEMU_EVENT_LIMIT) {
		print_error("%s (word %08x), %s, %s: %s: %s\n", hex, word, h->kernel,
			    h->start == SYSEMU_START_TRACED ? "traced" : "untraced",
			    sysemu_event_name(e.kind), sysemu_errmsg(h->m));
		fail();
	}
	return e;
}

static void look(struct hostile *h, uint8_t bytes[2 * LOOK])
{
	OK(h->m, sysemu_read(h->m, TEXT_AT, bytes, LOOK));
	OK(h->m, sysemu_read(h->m, VSYSCALL_AT, bytes + LOOK, LOOK));
}

void expect_signal(struct hostile *h, const char *hex, uint32_t word, int sig, uint32_t eip)
{
	static uint8_t before[2 * LOOK], after[2 * LOOK];
	bool traced = h->start == SYSEMU_START_TRACED;
	sysemu_event e;

	look(h, before);
	e = hostile_run(h, hex, word);
	if (e.kind != (traced ? SYSEMU_EVENT_STOP : SYSEMU_EVENT_KILLED) || e.eip != eip ||
	    e.status != (uint32_t)(traced ? sig << 8 | 0x7f : sig)) {
		print_error("%s (word %08x), %s, %s: signal %d at %08x expected, %s %04x at %08x\n",
			    hex, word, h->kernel, traced ? "traced" : "untraced", sig, eip,
			    sysemu_event_name(e.kind), e.status, e.eip);
		fail();
	}
	if (traced) {
		e = resume(h->m, SYSEMU_PTRACE_CONT, (uint32_t)sig);
		assert_int_equal(e.kind, SYSEMU_EVENT_KILLED);
		assert_int_equal(e.status, sig);
	}
	look(h, after);
	assert_memory_equal(before, after, sizeof(before));
}

void each_hostile(void (*test)(struct hostile *h))
{
	for (unsigned k = 0; k < HOSTILE_KERNELS; k++)
		for (int start = 0; start < 2; start++) {
			struct hostile h = open_hostile(hostile_kernels[k], (sysemu_start)start);

			test(&h);
			close_hostile(&h);
		}
}
