/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * microcode_test.c: the model i386dx against clocks that the recovered microcode of the 386
 * takes on a hardware core, and against the documented figures that were noted beside them.
 * The data, forms.tsv, is no part of this repository: SYSEMU_MICROCODE names its folder, or
 * SYSEMU_CAPTURES the one that its folder microcode lies in; without either the test is
 * skipped. Every expectation is the file's. A row is within one clock, or it is in the list
 * below with the reason, and the list must be exact.
 */
#include "sim/sim.h"
#include "sim/timing/timing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- what the rows are made of ---- */

static const struct code {
	const char *id, *text;
} codes[] = {
#define CODE(id, text) { id, text },
#include "tests/timing/microcode.def"
#undef CODE
};

enum { CODES = sizeof(codes) / sizeof(codes[0]), STEPS = 24 };

struct step {
	struct sim_insn insn;
	bool taken, in, out, exception;
	uint32_t value, operands;
};

struct sequence {
	struct step steps[STEPS];
	size_t n;
	struct sim_insn next;
	bool next_known;
};

static const char *take_insn(const char *text, struct sim_insn *out)
{
	uint8_t bytes[32] = { 0 };
	unsigned byte;
	size_t n = 0;

	while (sscanf(text, "%2x", &byte) == 1) {
		bytes[n++] = (uint8_t)byte;
		text += 2;
		if (*text == ' ' || *text == ';' || !*text)
			break;
	}
	sim_insn_decode(bytes, sizeof(bytes), 0x1000, false, out);
	assert_int_equal(out->size, n);
	assert_int_not_equal(out->form, 0);
	return text;
}

static void take_mark(struct step *s, const char *mark, size_t length)
{
	if (mark[1] == '=') {
		*(mark[0] == 'v' ? &s->value : &s->operands) = (uint32_t)strtoul(mark + 2, NULL, 0);
		return;
	}
	*(length == 1 && *mark == 't'  ? &s->taken :
	  length == 1                  ? &s->exception :
	  !strncmp(mark, "in", length) ? &s->in :
					 &s->out) = true;
}

static void read_sequence(const char *text, struct sequence *out)
{
	memset(out, 0, sizeof(*out));
	while (*text) {
		struct step *s = &out->steps[out->n++];

		assert_true(out->n <= STEPS);
		text = take_insn(text, &s->insn);
		while (*text == ' ' && text[1] != '/') {
			size_t length = strcspn(++text, " ;");

			take_mark(s, text, length);
			text += length;
		}
		if (*text == ';')
			text += 2;
		if (*text == ' ') {
			take_insn(text + 3, &out->next);
			out->next_known = true;
			return;
		}
	}
}

/* ---- pricing ---- */

static void price_step(struct sim_timing *t, const struct sequence *q, size_t i, uint8_t *ring,
		       uint32_t clocks[SIM_CAUSES])
{
	static const uint32_t flat[6];
	const struct step *s = &q->steps[i];
	const struct sim_regs regs = { .esi = 0x3000 + s->operands,
				       .edi = 0x3000 + s->operands,
				       .esp = 0x2000 };
	struct sim_retired r = {
		.insn = &s->insn,
		.next = i + 1 < q->n  ? &q->steps[i + 1].insn :
			q->next_known ? &q->next :
					NULL,
		.taken = s->taken,
		.ring = *ring,
		.next_ring = s->in  ? 0 :
			     s->out ? 3 :
				      *ring,
		.value = s->value,
	};

	*ring = r.next_ring;
	if (s->exception) {
		struct sim_delivered d = { .ring = r.ring, .next_ring = r.next_ring };

		t->model->deliver(t, &d, clocks);
		return;
	}
	r.accesses = (uint8_t)sim_insn_accesses(r.insn, &regs, flat, r.access);
	assert_int_equal(t->model->price(t, &r, clocks), SIM_PRICED);
}

/* Without the prefixes: neither the microcode nor the manual has clocks for them. */
static uint32_t price(const char *model, const char *id, const char *text)
{
	uint8_t ring = strstr(id, "/r3") ? 3 : 0;
	uint32_t clocks[SIM_CAUSES] = { 0 };
	struct sim_timing t;
	struct sequence q;
	char why[128];

	assert_true(sim_timing_parse(model, &t, why, sizeof(why)));
	read_sequence(text, &q);
	for (size_t i = 0; i < q.n; i++)
		price_step(&t, &q, i, &ring, clocks);
	return clocks[SIM_BASE] + clocks[SIM_M] + clocks[SIM_ADDRESS] + clocks[SIM_RING] +
	       clocks[SIM_MISALIGN];
}

/* ---- the file ---- */

struct row {
	char id[16], kind[8], description[160], clocks[16], documented[80], remark[400];
};

static FILE *open_forms(void)
{
	const char *folder = getenv("SYSEMU_MICROCODE"), *captures = getenv("SYSEMU_CAPTURES");
	char path[4096];

	if (!folder && !captures)
		return NULL;
	snprintf(path, sizeof(path), "%s%s/forms.tsv", folder ? folder : captures,
		 folder ? "" : "/microcode");
	return fopen(path, "r");
}

static void copy_field(char **at, char *out, size_t size)
{
	size_t length = strcspn(*at, "\t\n");

	assert_true(length < size);
	memcpy(out, *at, length);
	out[length] = '\0';
	*at += length + ((*at)[length] == '\t');
}

/* The next row of kind A; false at the end. */
static bool read_row(FILE *f, struct row *out)
{
	char line[1024], *at;

	while (fgets(line, sizeof(line), f)) {
		at = line;
		copy_field(&at, out->id, sizeof(out->id));
		copy_field(&at, out->kind, sizeof(out->kind));
		copy_field(&at, out->description, sizeof(out->description));
		copy_field(&at, out->clocks, sizeof(out->clocks));
		copy_field(&at, out->documented, sizeof(out->documented));
		copy_field(&at, out->remark, sizeof(out->remark));
		if (!strcmp(out->kind, "A"))
			return true;
	}
	return false;
}

static long stall_free(const struct row *r)
{
	const char *end = strstr(r->remark, " clocks without memory stall"), *at = end;

	assert_non_null(end);
	while (at > r->remark && at[-1] >= '0' && at[-1] <= '9')
		at--;
	return strtol(at, NULL, 10);
}

/* "9-38 (22) = 22", "4". A cell is its last number; -1 where it has no single one. */
static long documented(const struct row *r)
{
	const char *equals = strrchr(r->documented, '=');
	const char *number = equals ? equals + 1 : r->documented;
	char *end;
	long value = strtol(number, &end, 10);

	if (end != number && !*end)
		return value;
	value = strtol(number, &end, 10);
	return *end == '/' ? value : -1;
}

static const char *code_of(const char *id)
{
	for (size_t i = 0; i < CODES; i++)
		if (!strcmp(codes[i].id, id))
			return codes[i].text;
	fail_msg("no code for %s", id);
	return NULL;
}

/* ---- the rows that differ ---- */

struct differing {
	const char *reason, *ids; /* separated by blanks */
};

/* From the microcode's steps, with iret=state and cli=9. CORE: a trait of the core that ran the
 * microcode. OPEN: nobody has explained it. UCODE: the microcode differs from the manual. */
static const struct differing from_microcode[] = {
	{ "CORE: loads are a clock short, and a third address part is not charged on them",
	  "A008 A272" },
	{ "CORE: the multiplier is a block of fixed 4 clocks",
	  "A125 A126 A127 A128 A129 A130 A131 A132 A133 A134 A135 A136 A137 A138" },
	{ "CORE: refills from a line of 16 bytes, faster than 7+m",
	  "A175 A176 A180 A181 A182 A185 A187 A188 A189 A190 A192 A193 A194 A195 A287" },
	{ "CORE: the same; the file calls it close, but with m = 2 where its target has 4",
	  "A186" },
	{ "CORE: the store queue, the prefetch of the set-up", "A284 A285" },
	{ "OPEN: a null selector fetches no descriptor, the manual has one figure", "A042 A238" },
	{ "OPEN: pusha takes 24, not 18", "A044 A046" },
	{ "OPEN: a short path for a count of 1", "A121" },
	{ "OPEN: idiv of memory takes no more than of a register", "A145" },
	{ "OPEN: std and cld take 3 each, not 2", "A202" },
	{ "OPEN: lsl and verr take 5 more than the manual says", "A249 A250" },
	{ "OPEN: int3 takes 57 and iret 38 within a ring: one pair, two clocks", "A260" },
	{ "OPEN: #UD takes 14 more than int, #DE 13 more and its divide", "A262 A263 A263/r3" },
	{ "OPEN: int inwards takes 90 of its 96, iret outwards 74 of its 79, the rest are stalls",
	  "A258/r3 A259/r3 A260/r3 A277/r3 A278/r3 A279/r3 A280/r3 A281/r3 A282/r3" },
	{ "UCODE: rep movs takes 7 + 4n, the manual says 5 + 4n", "A218 A219 A220 A221 A227" },
	{ "ours: a call gate within a ring is priced as a direct far call", "A266" },
};

/* From the documented figure noted in the file. */
static const struct differing from_documents[] = {
	{ "the file does not count lea's third address part, we do", "A048" },
	{ "the file's figure has another m than its remark names for the target",
	  "A185 A186 A192" },
	{ "ours: a call gate within a ring is priced as a direct far call", "A266" },
};

static const char *listed(const struct differing *list, size_t n, const char *id)
{
	size_t length = strlen(id);

	for (size_t i = 0; i < n; i++)
		for (const char *at = list[i].ids; (at = strstr(at, id)); at += length)
			if (at[length] == ' ' || !at[length])
				return list[i].reason;
	return NULL;
}

struct tally {
	unsigned rows, equal, close, listed, wrong;
};

static void compare(struct tally *t, const struct row *r, long expected, long got,
		    const char *reason, bool exactly)
{
	long off = labs(got - expected);
	bool near = off <= !exactly;

	t->rows++;
	t->equal += off == 0;
	t->close += off == 1;
	t->listed += !near;
	if (near && reason)
		print_error("%s %s: listed, but %ld and %ld agree\n", r->id, r->description, got,
			    expected);
	else if (!near && !reason)
		print_error("%s %s: %ld, expected %ld: %s\n", r->id, r->description, got, expected,
			    r->remark);
	t->wrong += near == !!reason;
}

#define LISTED(list, id) listed(list, sizeof(list) / sizeof((list)[0]), id)

static void each_form_takes_the_microcodes_steps_or_is_listed_with_the_reason(void **state)
{
	struct tally t = { 0 };
	struct row r;
	FILE *f = open_forms();

	(void)state;
	if (!f) {
		print_message("no forms.tsv: see the head of this file\n");
		skip();
	}
	while (read_row(f, &r))
		compare(&t, &r, stall_free(&r),
			price("i386dx,iret=state,cli=9", r.id, code_of(r.id)),
			LISTED(from_microcode, r.id), false);
	fclose(f);
	print_message("microcode: %u forms, %u equal, %u within 1, %u listed\n", t.rows, t.equal,
		      t.close, t.listed);
	assert_int_equal(t.rows, CODES);
	assert_int_equal(t.wrong, 0);
}

static void each_form_takes_the_documented_clocks_that_the_file_notes(void **state)
{
	struct tally t = { 0 };
	struct row r;
	FILE *f = open_forms();

	(void)state;
	if (!f) {
		print_message("no forms.tsv: see the head of this file\n");
		skip();
	}
	while (read_row(f, &r))
		if (documented(&r) >= 0)
			compare(&t, &r, documented(&r),
				price("i386dx,misalign", r.id, code_of(r.id)),
				LISTED(from_documents, r.id), true);
	fclose(f);
	print_message("documented: %u forms, %u equal, %u listed\n", t.rows, t.equal, t.listed);
	assert_int_equal(t.wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_takes_the_microcodes_steps_or_is_listed_with_the_reason),
		cmocka_unit_test(each_form_takes_the_documented_clocks_that_the_file_notes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
