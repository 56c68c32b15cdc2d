/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * steps.c: a scenario's program as macros that each machine's header defines (conformance/runtime/).
 * Every instruction of a call has a label, so that a row can name where a step stops.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "conformance.h"

#define ARGUMENTS   5
#define MOVE_BYTES  2 /* of i386's mov between registers; with a number: */
#define MOV_BYTES   5
#define INT80_BYTES 2
#define LABEL_MAX   96

static const char *const argument_regs[ARGUMENTS] = { "ebx", "ecx", "edx", "esi", "edi" };

static bool is(const sysemu_program_step *step, const char *word)
{
	return !strcmp(step->words[0], word);
}

/* A call with its number: moves, and then the entering instruction. */
static bool is_call(const sysemu_program_step *step)
{
	return is(step, "call") || is(step, "exit") || (is(step, "int80") && step->n_words > 1);
}

static bool is_register(const char *word)
{
	static const char *const names[] = {
		"eax", "ebx", "ecx", "edx", "esi", "edi", "ebp", "esp"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(word, names[i]))
			return true;
	return false;
}

/* ---- labels ---- */

static void step_name(const struct emitted *e, const sysemu_program_step *step, char *buf,
		      size_t size)
{
	if (!step->label) {
		snprintf(buf, size, "step%zu", (size_t)(step - e->st->steps) + 1);
		return;
	}
	snprintf(buf, size, "%s", step->label);
	for (char *at = buf; *at; at++)
		if (*at == '-' || *at == '.')
			*at = '_';
}

/* Arguments of a call; `exit CODE` has one, and its number is not among the words. */
static size_t first_argument(const sysemu_program_step *step)
{
	return is(step, "exit") ? 1 : 2;
}

/* Where instruction `n` of a call begins, from the step's first byte. */
static uint32_t insn_offset(const sysemu_program_step *step, size_t n)
{
	size_t first = first_argument(step);
	uint32_t at = 0;

	for (size_t i = 0; i < n && first + i < step->n_words; i++)
		at += is_register(step->words[first + i]) ? MOVE_BYTES : MOV_BYTES;
	return at;
}

static bool label_in(const struct emitted *e, const sysemu_program_step *step, uint32_t addr,
		     char *buf, size_t size)
{
	char name[LABEL_MAX];
	bool enters = is_call(step) || is(step, "int80");

	step_name(e, step, name, sizeof(name));
	if (addr == step->at) {
		snprintf(buf, size, "L_%s", name);
		return true;
	}
	if (enters && (addr == step->after || addr == step->into)) {
		snprintf(buf, size, "%c_%s", addr == step->after ? 'A' : 'I', name);
		return true;
	}
	for (size_t n = 1; is_call(step) && n <= step->n_words - first_argument(step); n++) {
		if (addr == step->at + insn_offset(step, n)) {
			snprintf(buf, size, "L_%s_%zu", name, n);
			return true;
		}
	}
	return false;
}

bool steps_label(const struct emitted *e, uint32_t addr, char *buf, size_t size)
{
	for (size_t i = 0; i < e->st->n_steps; i++)
		if (label_in(e, &e->st->steps[i], addr, buf, size))
			return true;
	if (!e->st->n_steps || addr != e->st->steps[e->st->n_steps - 1].next)
		return false;
	snprintf(buf, size, "program_end");
	return true;
}

/* ---- values, as an assembler reads them ---- */

const char *steps_number(uint32_t nr)
{
	static const struct {
		uint32_t nr;
		const char *text;
	} numbers[] = { { 1, "NR_exit" },
			{ 4, "NR_write" },
			{ 20, "NR_getpid" },
			{ 37, "NR_kill" },
			{ 64, "NR_getppid" } };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i].nr == nr)
			return numbers[i].text;
	return NULL;
}

static const char *pid_of(const char *word)
{
	return !strcmp(word, "101") ? "conformance_pid" :
	       !strcmp(word, "100") ? "conformance_parent" :
				      NULL;
}

static const sysemu_program_step *step_named(const struct emitted *e, const char *word)
{
	for (size_t i = 0; i < e->st->n_steps; i++)
		if (e->st->steps[i].label && !strcmp(e->st->steps[i].label, word))
			return &e->st->steps[i];
	return NULL;
}

/* The assembler of a machine code byte: what the parser made of a word that is no plain number. */
static void put_word(const struct emitted *e, const char *word, uint32_t code)
{
	const sysemu_program_step *step = step_named(e, word);
	char name[LABEL_MAX];

	if (step) {
		step_name(e, step, name, sizeof(name));
		fprintf(e->out, "L_%s", name);
	} else {
		fprintf(e->out, "%" PRId32, (int32_t)code);
	}
}

/* The 32-bit value in the code at `offset` of the step. */
static uint32_t code_word(const struct emitted *e, const sysemu_program_step *step, uint32_t offset)
{
	uint32_t at = step->at - SYSEMU_CODE_BASE + offset, value = 0;

	if (at + 4 <= e->st->code_size)
		memcpy(&value, (const uint8_t *)e->st->code + at, sizeof(value));
	return value;
}

/* ---- steps ---- */

static void put_move(const struct emitted *e, const sysemu_program_step *step, const char *what,
		     const char *reg, const char *word, uint32_t offset)
{
	if (is_register(word)) {
		fprintf(e->out, " MOVE(%s, %s)", reg, word);
	} else if (pid_of(word) && strcmp(reg, "ebp") != 0) {
		fprintf(e->out, " %s_PID(%s, %s)", what, reg, pid_of(word));
	} else {
		fprintf(e->out, " %s(%s, ", what, reg);
		put_word(e, word, code_word(e, step, offset));
		putc(')', e->out);
	}
}

static void put_enter(const struct emitted *e, const char *name)
{
	fprintf(e->out, " AT(I_%s) ENTER AT(A_%s)", name, name);
}

static void put_call(const struct emitted *e, const sysemu_program_step *step, const char *name)
{
	size_t first = first_argument(step), n = step->n_words - first;
	uint32_t nr = code_word(e, step, insn_offset(step, n) + 1);
	const char *number = steps_number(nr);

	for (size_t i = 0; i < n && i < ARGUMENTS; i++) {
		put_move(e, step, "MOV", argument_regs[i], step->words[first + i],
			 insn_offset(step, i) + 1);
		fprintf(e->out, " AT(L_%s_%zu)", name, i + 1);
	}
	if (number)
		fprintf(e->out, " NUMBER(%s)", number);
	else
		fprintf(e->out, " NUMBER(%" PRId32 ")", (int32_t)nr);
	put_enter(e, name);
}

/* "mov eax 20" before an int80 is a call's number. */
static bool is_number(const struct emitted *e, const sysemu_program_step *step)
{
	const sysemu_program_step *end = e->st->steps + e->st->n_steps;

	if (!is(step, "mov") || strcmp(step->words[1], "eax") != 0)
		return false;
	for (step++; step < end && (is(step, "nop") || is(step, "int3")); step++)
		;
	return step < end && is(step, "int80");
}

static void put_jump(const struct emitted *e, const sysemu_program_step *step, const char *what)
{
	fprintf(e->out, " %s(", what);
	put_word(e, step->words[1], 0);
	putc(')', e->out);
}

static void put_list(const struct emitted *e, const sysemu_program_step *step, bool bytes)
{
	fprintf(e->out, " %s(\"", bytes ? "BYTES" : "WORDS");
	for (size_t i = 1; i < step->n_words; i++) {
		fputs(i > 1 ? ", " : "", e->out);
		for (const char *at = step->words[i]; bytes && at[0] && at[1]; at += 2)
			fprintf(e->out, "%s0x%.2s", at == step->words[i] ? "" : ", ", at);
		if (!bytes)
			put_word(e, step->words[i], code_word(e, step, 4 * (uint32_t)(i - 1)));
	}
	fputs("\")", e->out);
}

static bool put_simple(const struct emitted *e, const sysemu_program_step *step)
{
	static const struct {
		const char *word, *macro;
	} simple[] = { { "nop", "NOP" },   { "int3", "INT3" },   { "ud2", "UD2" },
		       { "hlt", "HLT" },   { "ret", "RET" },     { "pushf", "PUSHF" },
		       { "popf", "POPF" }, { "cpuid", "CPUID" }, { "loop", "LOOP" },
		       { "tf", "TF" } };

	for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++) {
		if (is(step, simple[i].word)) {
			fprintf(e->out, " %s", simple[i].macro);
			return true;
		}
	}
	return false;
}

static void put_step(const struct emitted *e, const sysemu_program_step *step)
{
	char name[LABEL_MAX];

	step_name(e, step, name, sizeof(name));
	fprintf(e->out, "\tAT(L_%s)", name);
	if (put_simple(e, step))
		;
	else if (is_call(step))
		put_call(e, step, name);
	else if (is(step, "int80"))
		put_enter(e, name);
	else if (is_number(e, step) && steps_number(code_word(e, step, 1)))
		fprintf(e->out, " NUMBER(%s)", steps_number(code_word(e, step, 1)));
	else if (is(step, "mov"))
		put_move(e, step, "MOV", step->words[1], step->words[2], 1);
	else if (is(step, "cmp"))
		put_move(e, step, "CMP", step->words[1], step->words[2], 2);
	else if (is(step, "push"))
		fprintf(e->out, is_register(step->words[1]) ? " PUSH_REG(%s)" : " PUSH(%s)",
			step->words[1]);
	else if (is(step, "pop"))
		fprintf(e->out, " POP(%s)", step->words[1]);
	else if (is(step, "jmp"))
		put_jump(e, step, "JMP");
	else if (is(step, "je") || is(step, "jne"))
		put_jump(e, step, is(step, "je") ? "JE" : "JNE");
	else if (is(step, "load") || is(step, "store")) {
		bool load = is(step, "load");

		fprintf(e->out, load ? " LOAD(%s, " : " STORE(", step->words[1]);
		put_word(e, step->words[load ? 2 : 1], code_word(e, step, 2));
		fprintf(e->out, load ? ")" : ", %s)", step->words[2]);
	} else if (is(step, "bytes") || is(step, "words"))
		put_list(e, step, is(step, "bytes"));
	else
		fprintf(e->out, " \".space %s\\n\"", step->words[1]);
	putc('\n', e->out);
}

static void put_declarations(const struct emitted *e)
{
	char name[LABEL_MAX];

	for (size_t i = 0; i < e->st->n_steps; i++) {
		const sysemu_program_step *step = &e->st->steps[i];

		step_name(e, step, name, sizeof(name));
		fprintf(e->out, "extern char L_%s[]", name);
		for (size_t n = 1; is_call(step) && n <= step->n_words - first_argument(step); n++)
			fprintf(e->out, ", L_%s_%zu[]", name, n);
		if (is_call(step) || is(step, "int80"))
			fprintf(e->out, ", I_%s[], A_%s[]", name, name);
		fputs(";\n", e->out);
	}
}

void steps_put(const struct emitted *e)
{
	char name[LABEL_MAX];

	fputs("PROGRAM(\n", e->out);
	for (size_t i = 0; i < e->st->n_steps; i++)
		put_step(e, &e->st->steps[i]);
	fputs(");\n", e->out);
	put_declarations(e);
	fputs("const long conformance_loops[] = {", e->out);
	for (size_t i = 0; i < e->st->n_steps; i++) {
		if (!is(&e->st->steps[i], "loop"))
			continue;
		step_name(e, &e->st->steps[i], name, sizeof(name));
		fprintf(e->out, " (long)L_%s + NOP_BYTES,", name);
	}
	fputs(" 0 };\n\n", e->out);
}
