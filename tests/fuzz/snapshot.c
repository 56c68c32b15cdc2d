/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * snapshot.c: any bytes as a booted machine: a text of registers, a NUL, and its memory; the kernel that is
 * to run in it is a page of zeros. What it says goes to nobody.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/kernel/snapshot.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t page[4096];
	static const struct whole file = {
		.path = "kernel",
		.segments = { { 0xc1000000u, sizeof(page), sizeof(page), page, false } },
		.n_segments = 1,
	};
	static FILE *nobody;
	const uint8_t *end = memchr(data, 0, size);
	char *text = fuzz_copy(data, end ? (size_t)(end - data) + 1 : 0);
	size_t length = end ? (size_t)(end - data) + 1 : 0;
	char *memory = fuzz_copy(data + length, size - length);
	struct snapshot s = { .path = "fuzz",
			      .data = (const uint8_t *)memory,
			      .size = size - length };

	if (!nobody) {
		nobody = fopen("/dev/null", "w");
		FUZZ_CHECK(nobody);
		stderr = nobody; /* the engine has kept its own */
	}
	if (end && snapshot_take(&s, "registers", text, &file)) {
		for (size_t i = 0; i < s.w.n_segments; i++)
			FUZZ_CHECK(s.w.segments[i].size <= s.w.segments[i].memory &&
				   s.w.segments[i].addr >= 0xc0000000u);
		for (size_t i = 0; i + 1 < s.w.n_segments; i++)
			FUZZ_CHECK(s.w.segments[i + 1].addr - s.w.segments[i].addr >=
				   s.w.segments[i].memory);
	}
	snapshot_close(&s);
	free(memory);
	free(text);
	return 0;
}
