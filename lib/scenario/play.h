/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * play.h: what the files of the scenario player share. They are written on the public header
 * and libc alone, as any user's program would be, and know nothing of lib/guest/guest.h; only how
 * to say what is wrong (lib/fail.h) is the library's.
 *
 *	lines.c    a file's text into lines and words, and where an error is
 *	names.c    signals, errno, registers, bits: names and numbers
 *	program.c  program steps into code
 *	row.c      a row's event and fields; action.c: its answers
 *	script.c   a scenario's head, and all of it together
 *	watch.c    which calls execute, and which stop it is
 *	play.c          plays; compare.c: what is there against what was expected
 *
 * Read next: docs/scenarios.md, script.c.
 */
#ifndef LIB_PLAY_H
#define LIB_PLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/fail.h"
#include "libsysemu/sysemu.h"

#define PLAY_LINE_MAX      2000
#define PLAY_WORDS_MAX     1024 /* of a line: a word and a blank each */
#define PLAY_CODE_MAX      65536
#define PLAY_STEPS_MAX     1024
#define PLAY_ROWS_MAX      1024
#define PLAY_SCENARIOS_MAX 4096
#define PLAY_TEXT_MAX      (4u << 20)
#define PLAY_MEMORY_MAX    (256u << 20)
#define PLAY_CHECKS_MAX    64 /* of a row */
#define PLAY_ACTIONS_MAX   64
#define PLAY_BREAKS_MAX    32
#define PLAY_BUDGET        100000
#define PLAY_BUDGET_MAX    1000000
#define PLAY_TOTAL_MAX     20000000

#define PLAY_EFLAGS_SET 0x44dd5u /* the bits that ptrace may write */

#define PLAY_INT80_BYTES 2
#ifndef PLAY_VSYSCALL /* a player of real processes (tests/booted/) has another page */
#define PLAY_VSYSCALL        0xffffe400u
#define PLAY_VSYSCALL_ENTER  0xffffe405u /* its sysenter, behind three pushes and a move */
#define PLAY_SYSENTER_RETURN 0xffffe410u
#endif

/* ---- lines.c ---- */

/* Memory that lives as long as a parsed file. */
struct play_arena {
	struct play_chunk *chunks;
	size_t total;
};

/* Zeroed; NULL: out of memory, or a file that wants too much of it. */
void *play_alloc(struct play_arena *arena, size_t size);
char *play_copy(struct play_arena *arena, const char *text, size_t length);
void play_arena_free(struct play_arena *arena);

struct play_word {
	const char *text;
	uint32_t length;
	uint32_t column;
};

struct play_line {
	const char *text; /* in the file */
	uint32_t length, number;
};

/* The words of one line, with a place in them. */
struct play_words {
	uint32_t line;
	size_t n, at;
	struct play_word list[PLAY_WORDS_MAX];
};

/* Where everything of one file goes on. */
struct play_parser {
	const char *text, *end;
	uint32_t line;
	struct play_arena arena;
	sysemu_script_error *error;
	bool out_of_memory;
	struct play_words words; /* of the line at hand: too big for a stack */
};

/* false at the end of the file. */
bool play_next_line(struct play_parser *p, struct play_line *out);
/* Parts a line into words; in a row, `|` and `;` are words wherever they are. */
bool play_split(struct play_parser *p, const struct play_line *line, bool row);
/* Sets the error, and is false, always. */
bool play_error(struct play_parser *p, uint32_t line, uint32_t column, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* The same at a word of the line at hand. */
bool play_error_at(struct play_parser *p, const struct play_word *word, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool play_no_memory(struct play_parser *p);
/* The next word, NULL behind the last. */
const struct play_word *play_peek(const struct play_parser *p);
const struct play_word *play_take(struct play_parser *p);
/* A word that must be there: `what` it is for the message. */
const struct play_word *play_need(struct play_parser *p, const char *what);
bool play_is(const struct play_word *word, const char *text);
/* Does it begin with `text`? Then *rest is the part behind it. */
bool play_begins(const struct play_word *word, const char *text, struct play_word *rest);
/* The end of the line is here. */
bool play_done(struct play_parser *p);
/* "name:" at the beginning of a line: into *label, and one word further; else label->text is
 * NULL. */
bool play_take_label(struct play_parser *p, struct play_word *label);
bool play_same(const struct play_word *a, const struct play_word *b);

/* ---- names.c ---- */

bool play_number(const struct play_word *word, uint32_t *out);
bool play_signal_number(const struct play_word *word, uint32_t *out);
/* "EIO" is 5. */
bool play_errno_number(const struct play_word *word, uint32_t *out);
bool play_call_number(const struct play_word *word, uint32_t *out);
/* The word's number in sysemu_regs, -1 if none. */
int play_reg_number(const struct play_word *word);

/* Sets of bits that a field may speak of. */
enum play_bits { PLAY_BITS_TIF, PLAY_BITS_EFLAGS, PLAY_BITS_PTRACE, PLAY_BITS_SIGNALS };
/* "EMU+TRACE", "none", "+EMU-TRACE": (bits & *mask) == *value. */
bool play_take_bits(struct play_parser *p, const struct play_word *word, enum play_bits which,
		    uint32_t *mask, uint32_t *value);
const char *play_bits_text(enum play_bits which, uint32_t bits, char *buf, size_t size);
const char *play_signal_text(uint32_t signal, char *buf, size_t size);
const char *play_status_text(sysemu_event_kind kind, uint32_t status, char *buf, size_t size);
const char *play_call_text(uint32_t nr, char *buf, size_t size);
const char *play_result_text(int32_t result, char *buf, size_t size);

/* ---- program.c ---- */

struct play_label {
	struct play_word name;
	uint32_t at, into, after, next;
};

struct play_program {
	sysemu_entry entry;
	bool elf;   /* a file's: no labels */
	bool known; /* labels have their addresses: the second pass */
	uint8_t *code;
	uint32_t size;
	struct play_label *labels;
	size_t n_labels;
	sysemu_program_step *steps;
	size_t n_steps;
};

bool play_assemble(struct play_parser *p, const struct play_line *lines, size_t n,
		   struct play_program *program);
/* A number, an errno, a label, with +N or -N behind it. */
bool play_value(struct play_parser *p, const struct play_program *program,
		const struct play_word *word, uint32_t *out);
/* The same for "after", "at", "next", "into" of a label. */
bool play_label_value(struct play_parser *p, const struct play_program *program, const char *which,
		      const struct play_word *word, uint32_t *out);

/* ---- row.c, action.c ---- */

bool play_parse_rows(struct play_parser *p, const struct play_program *program,
		     const struct play_line *lines, size_t n, sysemu_staging *out);
/* The actions up to the end of the line at hand, in chunks of an array that grows. */
bool play_parse_actions(struct play_parser *p, const struct play_program *program,
			sysemu_action *actions, size_t max, size_t *n);

/* ---- watch.c ---- */

#define PLAY_LEAVES_MAX 289 /* what of the call table every kernel here has */

struct play_watch {
	sysemu_machine *m;
	bool on;
	uint32_t trace, notify_syscall, notify, resume;
	uint32_t trace_exit, call; /* from 2.6.27, from 4.4 on; 0: not known by name */
	uint32_t leaves[PLAY_LEAVES_MAX];
	size_t n_leaves;
	bool at_exit, in_syscall_stop;
	sysemu_place place;
	uint32_t calls;
	int32_t ran[SYSEMU_RAN_MAX];
	sysemu_insn_fn also; /* the injection's */
	void *user;
};

sysemu_status play_watch_start(struct play_watch *w, sysemu_machine *m);
void play_watch_stop(struct play_watch *w);
/* trace, trace_exit (0: ptrace_notify is told the side), notify and resume of a kernel from 2.6.27 on, in w->m. */
sysemu_status play_modern_places(struct play_watch *w);
/* The side that ptrace_notify is told as its second argument. */
sysemu_place play_side(uint32_t message);

/* ---- play.c ---- */

/* A pause inside a row's run: at an address for the n-th time. */
struct play_pause {
	uint32_t addr;
	uint64_t hits; /* still to come; 0: none */
	sysemu_status (*reached)(void *user, sysemu_machine *m);
	void *user;
};

struct play {
	sysemu_machine *m;
	struct play_watch watch;
	uint32_t breaks[PLAY_BREAKS_MAX];
	size_t n_breaks;
	uint32_t budget;
	uint64_t insns;
	int32_t child;                   /* the newest */
	const sysemu_observer *observer; /* then nothing is compared */
	struct play_pause pause;
	sysemu_played *out;
};

sysemu_status play_start(struct play *play, sysemu_machine *m, uint32_t budget, sysemu_played *out);
void play_end(struct play *play);
/* Runs to the next event; false: out->text says why there is none. */
bool play_to_event(struct play *play, sysemu_seen *seen);
/* Carries out a row's actions; false: one of them had another result. */
bool play_actions(struct play *play, const sysemu_row *row);
/* May it be played with this entry? EINVAL fills `text`, which is empty otherwise. */
sysemu_status play_check(const sysemu_scenario *s, sysemu_entry entry, char *text, size_t room);
sysemu_status play_open(const sysemu_scenario *s, const char *kernel, sysemu_entry entry,
			const void *elf, size_t size, sysemu_machine **out, char *text,
			size_t room);

/* ---- compare.c ---- */

bool play_compare(const sysemu_row *row, const sysemu_seen *seen, sysemu_played *out);
/* A row that expects all that `seen` has of an outcome; into checks[PLAY_CHECKS_MAX]. */
sysemu_row play_row_of(const sysemu_seen *seen, sysemu_check *checks);

#endif
