/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim_ways_test.c: registers in place or by name, a change of ring in place or by CR0, one engine
 * or one after the other: the same computer (sim/cpu/probe_place.c). Where the engine cannot be used by name it is refused by the probe's
 * name, and then there is nothing to compare.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/cpu/cpu.h"

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

static enum sim_status open_box(bool by_name, uint32_t translates, struct sim **out,
				struct sim_error *err)
{
	const struct sim_config config = {
		.page_tables = 0xFF000000,
		.page_directory = 0xFF400000,
		.firmware = 0xFF401000,
		.max_pages = 16,
		.by_name = by_name,
		.translates = translates,
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
	assert_int_equal(open_box(false, 0, &s[0], &err), SIM_OK);
	if (open_box(true, 0, &s[1], &err) != SIM_OK) {
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

/* In place the computer executes a plain iret to ring 3; by name the engine does, and what is not
 * plain the engine does in both: any frame, any data segments, any flags. */
static uint32_t pick(uint64_t *seed, const uint32_t *from, unsigned n)
{
	/* Mostly the first, which is good. */
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return from[*seed >> 61 ? 0 : (*seed >> 33) % n];
}
#define PICK(seed, ...) \
	pick(seed, (const uint32_t[]){ __VA_ARGS__ }, sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4)

static void put_iret(struct sim *s, uint64_t *seed)
{
	uint8_t load[] = { 0xb8, 0,    0,    0, 0, 0x8e, 0xd8, /* mov $, %eax; mov %eax, %ds */
			   0xb8, 0,    0,    0, 0, 0x8e, 0xe0, /* %fs */
			   0xb8, 0,    0,    0, 0, 0x8e, 0xc0, /* %es */
			   0x83, 0xc0, 0x7f, /* add $0x7f, %eax: flags that stay lazy */
			   0xcf };
	uint32_t eflags = 2;
	uint32_t frame[5] = {
		PICK(seed, CODE, CODE, CODE, CODE + 3, DATA, 0x30000),
		PICK(seed, SIM_BARE_UCS, SIM_BARE_UCS, SIM_BARE_UCS, SIM_BARE_UCS, SIM_BARE_KCS,
		     SIM_BARE_UDS, 0, 0x33, 0x1237, 0x5a001b),
		0,
		PICK(seed, DATA + 0x800, DATA + 0x800, 0, DATA + 2, 0x30000),
		PICK(seed, SIM_BARE_UDS, SIM_BARE_UDS, SIM_BARE_UDS, SIM_BARE_UDS, SIM_BARE_KDS,
		     SIM_BARE_UCS, 0, 3, 0x1237),
	};
	uint32_t at = SIM_BARE_STACK - PICK(seed, 20, 20, 20, 20, 16, 4);

	for (unsigned i = 0; i < 3; i++) {
		uint32_t selector = PICK(seed, SIM_BARE_UDS, SIM_BARE_UDS, SIM_BARE_UDS,
					 SIM_BARE_KDS, 0, 3, SIM_BARE_UCS);

		memcpy(load + 7 * i + 1, &selector, 4);
	}
	for (unsigned bit = 0; bit < 22; bit++) /* VM leaves this computer: hostile_test.c */
		eflags |= bit != 17 ? PICK(seed, 0, 1) << bit : 0;
	frame[2] = eflags;
	for (unsigned i = 0; i < 5 && at + 4 * i < SIM_BARE_STACK; i++)
		sim_store32(s, at + 4 * i, frame[i]);
	sim_write(s, SIM_BARE_CODE, load, sizeof(load), NULL);
	sim_enter_kernel(s, SIM_BARE_KCS, SIM_BARE_KDS, SIM_BARE_CODE, at,
			 PICK(seed, 2, 2, 2, 0x4002, 0x3002, 0x40002));
}

static void iret_of_the_computer_and_of_the_engine_are_one(void **state)
{
	/* pushf; pop %eax; inc %ecx; mov %ecx, (DATA); int $0x80 */
	static const uint8_t program[] = { 0x9c, 0x58, 0x41, 0x89, 0x0d, 0, 0, 2, 0, 0xcd, 0x80 };
	unsigned arrived = 0;
	struct sim *s[2];
	struct sim_error err;

	(void)state;
	assert_int_equal(open_box(false, 0, &s[0], &err), SIM_OK);
	if (open_box(true, 0, &s[1], &err) != SIM_OK) {
		print_message("%s\n", err.text);
		sim_close(s[0]);
		skip();
	}
	for (unsigned i = 0; i < 20000; i++) {
		uint8_t digest[2][16];
		enum sim_stop stop[2];

		for (int k = 0; k < 2; k++) {
			uint64_t seed = i;

			sim_write(s[k], CODE, program, sizeof(program), NULL);
			sim_write(s[k], DATA, program, sizeof(program), NULL);
			put_iret(s[k], &seed);
			stop[k] = sim_run(s[k], 200);
			sim_digest(s[k], NULL, 0, digest[k]);
		}
		if (stop[0] != stop[1] || memcmp(digest[0], digest[1], sizeof(digest[0])) != 0)
			fail_msg("seed %u: stops %d and %d, or the digests, differ", i, stop[0],
				 stop[1]);
		arrived += sim_get_counts(s[0])->int_user[0x80] > arrived;
	}
	assert_true(arrived > 1000);
	sim_close(s[0]);
	sim_close(s[1]);
}

/* 200 times another mov $imm, %al; adc %al, %bl; ret: each is translated, in a watched page. */
static void an_engine_that_is_full_is_followed_by_another(void **state)
{
	static const uint8_t loop[] = { 0xb9, 200,  0,    0,   0,    /* mov $200, %ecx */
					0xd9, 0xeb,                  /* fldpi */
					0x88, 0x0d, 1,    0,   2, 0, /* mov %cl, (DATA + 1) */
					0xe8, 0xee, 0xff, 0,   0,    /* call DATA */
					0xe2, 0xf3, 0xcd, 0x80 };    /* loop; int $0x80 */
	static const uint8_t changed[] = { 0xb0, 0, 0x10, 0xc3, 0xc3 };
	uint8_t digest[2][16];
	uint64_t counted[2];

	(void)state;
	for (int k = 0; k < 2; k++) {
		struct sim *s;

		assert_int_equal(open_box(false, k ? 64 : 0, &s, NULL), SIM_OK);
		sim_write(s, CODE, loop, sizeof(loop), NULL);
		sim_write(s, DATA, changed, sizeof(changed), NULL);
		sim_bare_enter(s, 3, CODE, DATA + 0x800, 0x202);
		assert_int_equal(sim_run(s, 10000), SIM_HALT);
		assert_int_equal(sim_get_counts(s)->int_user[0x80], 1);
		counted[k] = sim_get_counts(s)->total;
		sim_digest(s, NULL, 0, digest[k]);
		assert_true(k ? s->cpu.translated < 128 : s->cpu.translated > 1000);
		sim_close(s);
	}
	assert_int_equal(counted[0], counted[1]);
	assert_memory_equal(digest[0], digest[1], sizeof(digest[0]));
}

static unsigned watched_pages(const struct sim *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < SIM_WATCHES; i++)
		n += s->cpu.watches[i] != NULL;
	return n;
}

/* movb $0xcd, (DATA + 9) makes int $0x80 of what stands there; it must be seen whenever the page
 * is writable, and costs nothing when it is not. */
static void a_page_is_watched_while_it_is_writable(void **state)
{
	static const uint8_t code[] = { 0xc6, 0x05, 9, 0, 2, 0, 0xcd, 0x90, 0x90, 0x0f, 0x80 };
	struct sim *s;

	(void)state;
	assert_int_equal(open_box(false, 0, &s, NULL), SIM_OK);
	for (unsigned round = 0; round < 3; round++) {
		bool writable = round != 1;

		sim_write(s, DATA, code, sizeof(code), NULL);
		assert_int_equal(
			sim_protect(s, DATA, 1, SIM_USER | (writable ? SIM_WRITE : 0), true),
			SIM_OK);
		sim_bare_enter(s, 3, DATA, DATA + 0x800, 0x202);
		assert_int_equal(sim_run(s, 1000), SIM_HALT);
		/* int $0x80, or the store's #PF: each handler is a hlt of its own */
		assert_int_equal(sim_get_eip(s), SIM_BARE_STUBS + 16 * (writable ? 0x80 : 14) + 1);
		assert_int_equal(watched_pages(s), writable ? 1 : 0);
	}
	sim_close(s);
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

/* What is quick of them is not needed, so that nobody would see if it was gone (sim/cpu/stores.c, fpu.c). */
static void stores_and_the_fpu_have_their_short_ways(void **state)
{
	unsigned major, minor, patch;

	(void)state;
	assert_string_equal(sim_engine_way(), "ring change in place");
	assert_true(sim_layout()->fpu.known);
	sim_cpu_version(&major, &minor, &patch);
	if (major == 2 && minor == 0)
		assert_int_not_equal(sim_layout()->stores.mark, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_places_are_found_whatever_memory_holds), /* the first */
		cmocka_unit_test(stores_and_the_fpu_have_their_short_ways),
		cmocka_unit_test(a_page_is_watched_while_it_is_writable),
		cmocka_unit_test(an_engine_that_is_full_is_followed_by_another),
		cmocka_unit_test(both_ways_are_the_same_computer),
		cmocka_unit_test(iret_of_the_computer_and_of_the_engine_are_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
