/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * whole.c: any bytes as a whole kernel's file: ELF, packed, or flat if the first byte says so; its names, what
 * is known of it, and what is wrong with that. What it says goes to nobody.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cli/kernel/facts.h"
#include "tests/fuzz/fuzz.h"

static FILE *nobody;

static void look(struct whole *w)
{
	struct facts f;
	uint32_t word;

	for (size_t i = 0; i < w->n_segments; i++) {
		const struct link_segment *s = &w->segments[i];

		FUZZ_CHECK(s->size <= s->memory);
		FUZZ_CHECK(!s->size || whole_bytes(w, s->addr, 1));
		whole_word(w, s->addr + s->size - 2, &word);
	}
	for (size_t i = 0; i < w->n_names; i++)
		FUZZ_CHECK(*w->names[i].name);
	facts_find(&f, w);
	facts_derive(&f, w);
	facts_write(nobody, &f, w);
	if (!facts_complain(&f, w->path))
		facts_judge(&f, w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool flat = size && *data == 'F';
	const struct whole_options o = { .load = { 0xc1000000u, flat } };
	char *bytes = fuzz_copy(data + flat, size - flat);
	struct whole w = { .path = "fuzz", .data = (const uint8_t *)bytes, .size = size - flat };

	if (!nobody) {
		nobody = fopen("/dev/null", "w");
		FUZZ_CHECK(nobody);
		stderr = nobody; /* the engine has kept its own */
	}
	if (whole_take(&w, &o))
		look(&w);
	whole_close(&w);
	free(bytes);
	return 0;
}
