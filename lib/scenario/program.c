/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * program.c: the steps of a scenario's program into i386 code. Two passes over the same
 * lines: every step has a size that does not depend on its values, so the first pass knows
 * where the labels are and the second one writes. Read next: row.c.
 */
#include <string.h>

#include "lib/scenario/play.h"

#define BYTES_MAX 256 /* of one step but `space` */

struct code {
	uint8_t bytes[BYTES_MAX];
	uint32_t n;
	uint32_t space; /* zeros behind them */
	uint32_t into;  /* offset of the entering instruction */
	bool is_call, by_page;
};

static bool put(struct code *c, const void *bytes, uint32_t n)
{
	if (c->n + n > BYTES_MAX)
		return false;
	memcpy(c->bytes + c->n, bytes, n);
	c->n += n;
	return true;
}

static bool put_byte(struct code *c, uint8_t byte)
{
	return put(c, &byte, 1);
}

static bool put_word(struct code *c, uint32_t word)
{
	const uint8_t bytes[4] = { (uint8_t)word, (uint8_t)(word >> 8), (uint8_t)(word >> 16),
				   (uint8_t)(word >> 24) };

	return put(c, bytes, 4);
}

/* ---- values ---- */

static const struct play_label *find_label(const struct play_program *program,
					   const struct play_word *name)
{
	for (size_t i = 0; i < program->n_labels; i++)
		if (play_same(&program->labels[i].name, name))
			return &program->labels[i];
	return NULL;
}

static uint32_t label_part(const struct play_label *label, const char *which)
{
	switch (which[0] == 'a' ? which[1] : which[0]) {
	case 'f': return label->after;
	case 'n': return label->next;
	case 'i': return label->into;
	default: return label->at;
	}
}

/* "L" or "after(L)". */
static bool plain_label(const struct play_program *program, const struct play_word *word,
			uint32_t *out)
{
	static const char *const parts[] = { "after(", "next(", "into(", "at(" };
	const char *which = "at";
	struct play_word name = *word;
	const struct play_label *label;

	for (size_t i = 0; i < 4; i++) {
		if (play_begins(word, parts[i], &name) && name.length &&
		    name.text[name.length - 1] == ')') {
			name.length--;
			which = parts[i];
			break;
		}
		name = *word;
	}
	label = find_label(program, &name);
	if (!label)
		return false;
	*out = label_part(label, which);
	return true;
}

/* A number, a label, -EIO, SIGUSR1. */
static bool simple_value(const struct play_program *program, const struct play_word *word,
			 uint32_t *out)
{
	struct play_word rest;

	if (play_number(word, out) || plain_label(program, word, out))
		return true;
	if (play_begins(word, "-", &rest) && play_errno_number(&rest, out)) {
		*out = 0u - *out;
		return true;
	}
	return play_begins(word, "SIG", &rest) && play_signal_number(&rest, out);
}

/* A label may have a '-' in it, so the last sign that leaves a number behind it decides. */
static bool sum_value(const struct play_program *program, const struct play_word *word,
		      uint32_t *out)
{
	for (uint32_t i = word->length; i-- > 1;) {
		struct play_word left = { word->text, i, word->column };
		struct play_word right = { word->text + i + 1, word->length - i - 1, 0 };
		uint32_t base, offset;

		if (word->text[i] != '+' && word->text[i] != '-')
			continue;
		if (!right.length || right.text[0] == '-' || !play_number(&right, &offset) ||
		    !simple_value(program, &left, &base))
			return false;
		*out = word->text[i] == '+' ? base + offset : base - offset;
		return true;
	}
	return false;
}

static bool names_a_label(const struct play_word *word)
{
	char c = word->length ? word->text[0] : '0';

	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool play_value(struct play_parser *p, const struct play_program *program,
		const struct play_word *word, uint32_t *out)
{
	if (simple_value(program, word, out) || sum_value(program, word, out))
		return true;
	if (!program->known && names_a_label(word)) {
		*out = 0; /* the second pass looks again */
		return true;
	}
	return play_error_at(p, word, "not a value or a label of the program: %.*s",
			     (int)word->length, word->text);
}

bool play_label_value(struct play_parser *p, const struct play_program *program, const char *which,
		      const struct play_word *word, uint32_t *out)
{
	const struct play_label *label = find_label(program, word);

	if (!label)
		return play_error_at(p, word, "no label of the program: %.*s", (int)word->length,
				     word->text);
	*out = label_part(label, which);
	return true;
}

/* ---- steps ---- */

struct step {
	struct play_parser *p;
	const struct play_program *program;
	struct code *c;
	uint32_t addr;
};

/* i386's numbers of the registers that a step may name; -1 if it is none. */
static int machine_register(const struct play_word *word)
{
	static const char *const names[8] = {
		"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"
	};

	for (int i = 0; i < 8; i++)
		if (play_is(word, names[i]))
			return i;
	return -1;
}

static bool need_register(struct step *s, int *out)
{
	const struct play_word *word = play_need(s->p, "a register");

	if (!word)
		return false;
	*out = machine_register(word);
	return *out >= 0 ||
	       play_error_at(s->p, word, "not a register: %.*s", (int)word->length, word->text);
}

static bool need_value(struct step *s, uint32_t *out)
{
	const struct play_word *word = play_need(s->p, "a value");

	return word && play_value(s->p, s->program, word, out);
}

/* The way into the kernel. */
static void put_enter(struct step *s, bool by_page)
{
	s->c->is_call = true;
	s->c->by_page = by_page;
	s->c->into = s->c->n;
	if (by_page) {
		put_byte(s->c, 0xe8); /* call rel32 */
		put_word(s->c, PLAY_VSYSCALL - (s->addr + s->c->n + 4));
	} else {
		put(s->c, "\xcd\x80", 2);
	}
}

/* mov $value or %reg into the next argument's register. */
static bool put_argument(struct step *s, const struct play_word *word, unsigned number)
{
	static const uint8_t registers[5] = { 3, 1, 2, 6, 7 };
	int from = machine_register(word);
	uint32_t value;

	if (number == 5)
		return play_error_at(s->p, word, "more than five arguments");
	if (from >= 0)
		return put_byte(s->c, 0x89) &&
		       put_byte(s->c, (uint8_t)(0xc0 | from << 3 | registers[number]));
	return play_value(s->p, s->program, word, &value) &&
	       put_byte(s->c, (uint8_t)(0xb8 + registers[number])) && put_word(s->c, value);
}

static bool put_call(struct step *s, uint32_t nr, bool by_page)
{
	const struct play_word *word;

	for (unsigned i = 0; (word = play_take(s->p)) != NULL; i++)
		if (!put_argument(s, word, i))
			return false;
	put_byte(s->c, 0xb8); /* mov $nr, %eax */
	put_word(s->c, nr);
	put_enter(s, by_page);
	return true;
}

static bool step_call(struct step *s, bool by_page)
{
	const struct play_word *word = play_need(s->p, "a call");
	uint32_t nr;

	if (!word)
		return false;
	if (!play_call_number(word, &nr))
		return play_error_at(s->p, word, "no such call: %.*s", (int)word->length,
				     word->text);
	return put_call(s, nr, by_page);
}

static bool step_mov(struct step *s)
{
	const struct play_word *word;
	uint32_t value;
	int to, from;

	if (!need_register(s, &to))
		return false;
	word = play_peek(s->p);
	from = word ? machine_register(word) : -1;
	if (from >= 0) {
		play_take(s->p);
		put_byte(s->c, 0x89);
		return put_byte(s->c, (uint8_t)(0xc0 | from << 3 | to));
	}
	if (!need_value(s, &value))
		return false;
	put_byte(s->c, (uint8_t)(0xb8 + to));
	return put_word(s->c, value);
}

static bool step_cmp(struct step *s)
{
	uint32_t value;
	int reg;

	if (!need_register(s, &reg) || !need_value(s, &value))
		return false;
	put_byte(s->c, 0x81);
	put_byte(s->c, (uint8_t)(0xf8 | reg));
	return put_word(s->c, value);
}

static bool step_jump(struct step *s, const char *opcode, uint32_t n)
{
	uint32_t to;

	if (!need_value(s, &to))
		return false;
	put(s->c, opcode, n);
	return put_word(s->c, to - (s->addr + s->c->n + 4));
}

static bool step_memory(struct step *s, bool load)
{
	uint32_t addr;
	int reg;

	if (load ? !need_register(s, &reg) || !need_value(s, &addr) :
		   !need_value(s, &addr) || !need_register(s, &reg))
		return false;
	put_byte(s->c, load ? 0x8b : 0x89);
	put_byte(s->c, (uint8_t)(reg << 3 | 5)); /* disp32 */
	return put_word(s->c, addr);
}

static bool step_register(struct step *s, uint8_t opcode)
{
	int reg;

	return need_register(s, &reg) && put_byte(s->c, (uint8_t)(opcode + reg));
}

static bool step_push(struct step *s)
{
	const struct play_word *word = play_peek(s->p);
	uint32_t value;

	if (word && machine_register(word) >= 0)
		return step_register(s, 0x50);
	return need_value(s, &value) && put_byte(s->c, 0x68) && put_word(s->c, value);
}

static int hex(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c | 0x20) : NULL;

	return at && ((c >= '0' && c <= '9') || (c | 0x20) >= 'a') ? (int)(at - digits) : -1;
}

static bool step_bytes(struct step *s)
{
	const struct play_word *word = play_need(s->p, "bytes in hexadecimal");

	for (; word; word = play_take(s->p)) {
		if (word->length % 2)
			return play_error_at(s->p, word, "an odd number of digits");
		for (uint32_t i = 0; i < word->length; i += 2) {
			int high = hex(word->text[i]), low = hex(word->text[i + 1]);

			if (high < 0 || low < 0)
				return play_error_at(s->p, word, "not hexadecimal: %.*s",
						     (int)word->length, word->text);
			if (!put_byte(s->c, (uint8_t)(high << 4 | low)))
				return play_error_at(s->p, word, "more than %d bytes in a step",
						     BYTES_MAX);
		}
	}
	return s->c->n > 0;
}

static bool step_words(struct step *s)
{
	const struct play_word *word = play_need(s->p, "a value");

	for (; word; word = play_take(s->p)) {
		uint32_t value;

		if (!play_value(s->p, s->program, word, &value))
			return false;
		if (!put_word(s->c, value))
			return play_error_at(s->p, word, "more than %d bytes in a step", BYTES_MAX);
	}
	return s->c->n > 0;
}

static bool step_space(struct step *s)
{
	const struct play_word *word = play_need(s->p, "a number of bytes");

	if (!word)
		return false;
	if (!play_number(word, &s->c->space) || s->c->space > PLAY_CODE_MAX)
		return play_error_at(s->p, word, "not a number of bytes up to %d", PLAY_CODE_MAX);
	return true;
}

static const struct {
	const char *name, *bytes;
	uint32_t n;
} instructions[] = {
	{ "nop", "\x90", 1 },
	{ "int3", "\xcc", 1 },
	{ "ud2", "\x0f\x0b", 2 },
	{ "hlt", "\xf4", 1 },
	{ "ret", "\xc3", 1 },
	{ "pushf", "\x9c", 1 },
	{ "popf", "\x9d", 1 },
	{ "cpuid", "\x0f\xa2", 2 },
	{ "loop", "\xeb\xfe", 2 },
	{ "tf", "\x9c\x81\x0c\x24\x00\x01\x00\x00\x9d", 9 }, /* pushf; orl $0x100,(%esp); popf */
};

static bool step_call_by(struct step *s, const struct play_word *word)
{
	bool page = s->program->entry == SYSEMU_ENTRY_SYSENTER;

	if (play_is(word, "call"))
		return step_call(s, page);
	if (play_is(word, "exit"))
		return put_call(s, 1, page);
	if (!play_peek(s->p)) { /* the instruction alone */
		s->c->is_call = true;
		return put(s->c, play_is(word, "int80") ? "\xcd\x80" : "\x0f\x34", 2);
	}
	return step_call(s, false);
}

static bool take_step(struct step *s)
{
	const struct play_word *word = play_need(s->p, "a step");

	if (!word)
		return false;
	for (size_t i = 0; i < sizeof(instructions) / sizeof(instructions[0]); i++)
		if (play_is(word, instructions[i].name))
			return put(s->c, instructions[i].bytes, instructions[i].n);
	if (play_is(word, "call") || play_is(word, "exit") || play_is(word, "int80") ||
	    play_is(word, "sysenter"))
		return step_call_by(s, word);
	if (play_is(word, "mov"))
		return step_mov(s);
	if (play_is(word, "cmp"))
		return step_cmp(s);
	if (play_is(word, "push"))
		return step_push(s);
	if (play_is(word, "pop"))
		return step_register(s, 0x58);
	if (play_is(word, "jmp"))
		return step_jump(s, "\xe9", 1);
	if (play_is(word, "je"))
		return step_jump(s, "\x0f\x84", 2);
	if (play_is(word, "jne"))
		return step_jump(s, "\x0f\x85", 2);
	if (play_is(word, "load") || play_is(word, "store"))
		return step_memory(s, play_is(word, "load"));
	if (play_is(word, "bytes"))
		return step_bytes(s);
	if (play_is(word, "words"))
		return step_words(s);
	if (play_is(word, "space"))
		return step_space(s);
	return play_error_at(s->p, word, "no such step: %.*s", (int)word->length, word->text);
}

/* ---- the two passes ---- */

static struct play_label addresses(const struct play_program *program, const struct code *c)
{
	struct play_label label = { .at = SYSEMU_CODE_BASE + program->size };
	uint32_t end = label.at + c->n + c->space, enter = label.at + c->into;

	label.next = end;
	label.into = c->by_page ? PLAY_VSYSCALL_ENTER : c->is_call ? enter : label.at;
	label.after = c->by_page ? PLAY_SYSENTER_RETURN :
		      c->is_call ? enter + PLAY_INT80_BYTES :
				   end;
	return label;
}

static bool add_label(struct play_parser *p, struct play_program *program,
		      const struct play_word *name, const struct code *c)
{
	struct play_label label = addresses(program, c);

	if (find_label(program, name))
		return play_error_at(p, name, "the label is there twice: %.*s", (int)name->length,
				     name->text);
	label.name = *name;
	program->labels[program->n_labels++] = label;
	return true;
}

/* The step as it was written, for who makes another program of it. */
static bool keep_step(struct play_parser *p, struct play_program *program,
		      const struct play_word *label, const struct code *c)
{
	const struct play_label at = addresses(program, c);
	size_t first = label->text ? 1 : 0, n = p->words.n - first;
	sysemu_program_step *step = &program->steps[program->n_steps++];
	const char **words = play_alloc(&p->arena, (n + 1) * sizeof(*words));

	if (!words)
		return play_no_memory(p);
	for (size_t i = 0; i < n; i++) {
		const struct play_word *word = &p->words.list[first + i];

		words[i] = play_copy(&p->arena, word->text, word->length);
		if (!words[i])
			return play_no_memory(p);
	}
	*step = (sysemu_program_step){ .at = at.at,
				       .into = at.into,
				       .after = at.after,
				       .next = at.next,
				       .words = words,
				       .n_words = n };
	if (label->text)
		step->label = play_copy(&p->arena, label->text, label->length);
	return !label->text || step->label || play_no_memory(p);
}

static bool one_step(struct play_parser *p, const struct play_line *line,
		     struct play_program *program)
{
	struct code c = { 0 };
	struct step s = { p, program, &c, SYSEMU_CODE_BASE + program->size };
	struct play_word label;

	if (!play_split(p, line, false) || !play_take_label(p, &label))
		return false;
	if (!take_step(&s) || !play_done(p))
		return false;
	if (program->size + c.n + c.space > PLAY_CODE_MAX)
		return play_error(p, line->number, 1, "a program of more than %d bytes",
				  PLAY_CODE_MAX);
	if (label.text && !program->known && !add_label(p, program, &label, &c))
		return false;
	if (program->known && !keep_step(p, program, &label, &c))
		return false;
	if (program->known)
		memcpy(program->code + program->size, c.bytes, c.n);
	program->size += c.n + c.space;
	return true;
}

static bool pass(struct play_parser *p, const struct play_line *lines, size_t n,
		 struct play_program *program)
{
	program->size = 0;
	for (size_t i = 0; i < n; i++)
		if (!one_step(p, &lines[i], program))
			return false;
	return true;
}

bool play_assemble(struct play_parser *p, const struct play_line *lines, size_t n,
		   struct play_program *program)
{
	program->n_labels = 0;
	program->known = false;
	program->labels = play_alloc(&p->arena, (n + 1) * sizeof(*program->labels));
	program->steps = play_alloc(&p->arena, (n + 1) * sizeof(*program->steps));
	if (!program->labels || !program->steps)
		return play_no_memory(p);
	if (!pass(p, lines, n, program))
		return false;
	program->known = true;
	program->code = play_alloc(&p->arena, program->size + 1);
	if (!program->code)
		return play_no_memory(p);
	return pass(p, lines, n, program);
}
