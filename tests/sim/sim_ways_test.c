/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim_ways_test.c: registers in place or by name, a change of ring in place or by CR0: the same
 * computer (sim/cpu/probe_place.c). Where the engine cannot be used by name it is refused by the probe's
 * name, and then there is nothing to compare.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/sim.h"

enum { CODE = 0x00010000, DATA = 0x00020000 };

static const struct {
	const char *what;
	uint8_t code[20];
	unsigned size;
} programs[] = {
	{ "int", { 0xcd, 0x80 }, 2 },
	{ "int that the gate forbids", { 0xcd, 0x20 }, 2 },
	{ "ud2", { 0x0f, 0x0b }, 2 },
	{ "hlt", { 0xf4 }, 1 },
	{ "load of an absent page", { 0x31, 0xc0, 0xf9, 0x8b, 0x80, 0, 0, 3, 0 }, 9 },
	{ "store to the supervisor's", { 0xc7, 0x05, 0, 0, 0, 0xc0, 1, 0, 0, 0 }, 10 },
	{ "division by 0", { 0x31, 0xc9, 0xf7, 0xf1 }, 4 },
	{ "bad selector", { 0xb8, 0x33, 0x12, 0, 0, 0x8e, 0xd8 }, 7 },
	{ "null ds", { 0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xc0, 0xcd, 0x80 }, 8 },
	{ "int3", { 0xcc }, 1 },
	{ "fpu", { 0xd9, 0xe8, 0xd9, 0xeb, 0xcd, 0x80 }, 6 },
};

static enum sim_status open_box(bool by_name, struct sim **out, struct sim_error *err)
{
	const struct sim_config config = {
		.page_tables = 0xFF000000,
		.page_directory = 0xFF400000,
		.firmware = 0xFF401000,
		.max_pages = 16,
		.by_name = by_name,
	};
	enum sim_status status = sim_open(&config, out, err);

	if (status != SIM_OK)
		return status;
	assert_int_equal(sim_bare_build(*out), SIM_OK);
	assert_int_equal(sim_map(*out, CODE, 1, SIM_USER), SIM_OK);
	assert_int_equal(sim_map(*out, DATA, 1, SIM_USER | SIM_WRITE), SIM_OK);
	sim_bare_gate(*out, 0x80, SIM_BARE_STUBS + 16 * 0x80, 3);
	sim_bare_gate(*out, 3, SIM_BARE_STUBS + 16 * 3, 3);
	return SIM_OK;
}

static void both_ways_are_the_same_computer(void **state)
{
	struct sim *s[2];
	struct sim_error err;

	(void)state;
	assert_int_equal(open_box(false, &s[0], &err), SIM_OK);
	if (open_box(true, &s[1], &err) != SIM_OK) {
		assert_non_null(strstr(err.text, "probe 'CR2 is written alone'"));
		print_message("%s\n", err.text);
		sim_close(s[0]);
		skip();
	}
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		uint8_t digest[2][16];

		for (int k = 0; k < 2; k++) {
			sim_write(s[k], CODE, programs[i].code, programs[i].size, NULL);
			sim_bare_enter(s[k], 3, CODE, DATA + 0x800, 0x202);
			assert_int_equal(sim_run(s[k], 1000), SIM_HALT);
			sim_digest(s[k], NULL, 0, digest[k]);
		}
		if (memcmp(digest[0], digest[1], sizeof(digest[0])) != 0)
			fail_msg("%s: the digests differ", programs[i].what);
	}
	sim_close(s[0]);
	sim_close(s[1]);
}

/* What a context's memory had in it before must not matter: 2.1 does not write all of it. */
static void the_places_are_found_whatever_memory_holds(void **state)
{
	void *piece[64];

	(void)state;
	for (unsigned i = 0; i < 64; i++) {
		piece[i] = malloc(2048 + 512 * i);
		assert_non_null(piece[i]);
		memset(piece[i], (int)(0x41 + i), 2048 + 512 * i);
	}
	for (unsigned i = 0; i < 64; i += 2)
		free(piece[i]);
	assert_string_equal(sim_engine_way(), "ring change in place");
	for (unsigned i = 1; i < 64; i += 2)
		free(piece[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_places_are_found_whatever_memory_holds), /* the first */
		cmocka_unit_test(both_ways_are_the_same_computer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
