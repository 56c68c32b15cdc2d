/* SPDX-License-Identifier: GPL-2.0-only */
/* moo.c: any bytes as a file of captures: all that a test points at is there, or an error says
 * at which byte it is not. */
#include <stdlib.h>
#include <string.h>

#include "sim/captures/moo.h"
#include "tests/fuzz/fuzz.h"

static unsigned look(const struct moo_test *t)
{
	unsigned sum = 0;

	for (uint32_t i = 0; i < t->ncycles; i++)
		sum += moo_cycle_at(t, i).bus;
	for (uint32_t i = 0; i < t->init.ram_count; i++)
		sum += moo_byte_at(&t->init, i).value;
	for (uint32_t i = 0; i < t->final.ram_count; i++)
		sum += moo_byte_at(&t->final, i).value;
	for (size_t i = 0; i < t->name_size; i++)
		sum += (unsigned char)t->name[i];
	for (uint32_t i = 0; i < t->size; i++)
		sum += t->bytes[i];
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static volatile unsigned sum; /* what was read is used */
	struct sim_error err = { "" };
	struct moo_file file;
	struct moo_test test;
	bool more = true;
	enum sim_status status = moo_open(data, size, &file, &err);

	while (status == SIM_OK && more) {
		status = moo_next(&file, &test, &more, &err);
		if (status == SIM_OK && more)
			sum = sum + look(&test);
	}
	if (status != SIM_OK) {
		char *end;

		FUZZ_CHECK(status == SIM_ELOAD && !strncmp(err.text, "captures: byte ", 15));
		FUZZ_CHECK(strtoull(err.text + 15, &end, 10) <= size && *end == ':');
	}
	return 0;
}
