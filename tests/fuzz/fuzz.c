/* SPDX-License-Identifier: GPL-2.0-only */
/* fuzz.c: see fuzz.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

void fuzz_fail(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

uint32_t fuzz_take(struct fuzz_input *in, unsigned bytes)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < bytes && in->size; i++, in->data++, in->size--)
		value |= (uint32_t)*in->data << 8 * i;
	return value;
}

void *fuzz_copy(const uint8_t *data, size_t size)
{
	void *copy = malloc(size ? size : 1);

	FUZZ_CHECK(copy);
	if (size)
		memcpy(copy, data, size);
	return copy;
}

void fuzz_open(struct fuzz_machine *f, const char *kernel, sysemu_entry entry, sysemu_start start)
{
	const sysemu_config config = { .kernel = kernel, .entry = entry, .start = start };
	uint8_t code[4096];
	sysemu_event e;

	memset(code, 0xcc, sizeof(code));
	FUZZ_CHECK(sysemu_open(&config, &f->m) == SYSEMU_OK);
	FUZZ_CHECK(sysemu_load_code(f->m, code, sizeof(code)) == SYSEMU_OK);
	if (start == SYSEMU_START_TRACED)
		FUZZ_CHECK(fuzz_run(f, 0, &e) && e.status == 0x137f);
	FUZZ_CHECK(sysemu_save(f->m, &f->start) == SYSEMU_OK);
}

void fuzz_back(struct fuzz_machine *f)
{
	FUZZ_CHECK(sysemu_restore(f->m, f->start) == SYSEMU_OK);
}

void fuzz_same(const struct fuzz_outcome *a, const struct fuzz_outcome *b)
{
	FUZZ_CHECK(a->event.kind == b->event.kind && a->event.status == b->event.status);
	FUZZ_CHECK(a->event.eip == b->event.eip && a->event.eflags == b->event.eflags);
	FUZZ_CHECK(!memcmp(&a->event.counts, &b->event.counts, sizeof(a->event.counts)));
	FUZZ_CHECK(!memcmp(&a->digest, &b->digest, sizeof(a->digest)));
}

bool fuzz_run(struct fuzz_machine *f, uint64_t max_insns, sysemu_event *out)
{
	sysemu_counts before;
	sysemu_status status;

	FUZZ_CHECK(sysemu_get_counts(f->m, &before) == SYSEMU_OK);
	status = sysemu_run(f->m, max_insns, out);
	FUZZ_CHECK(status == SYSEMU_OK || status == SYSEMU_ESTATE);
	if (status != SYSEMU_OK)
		return false;
	for (int r = 0; r < SYSEMU_REGIONS; r++)
		FUZZ_CHECK(out->counts.insns[r] >= before.insns[r]);
	return true;
}
