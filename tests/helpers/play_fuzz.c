/* SPDX-License-Identifier: GPL-2.0-only */
/* play_fuzz.c: see play_fuzz.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/helpers/harness.h"
#include "tests/helpers/play_fuzz.h"

/* clang-format off */
static const char *const words[] = {
	"scenario", "x", "about", "good", "source", "pass", "fail", "all", "sysemu", "2.6.14", "at",
	"on", "entry", "int80", "sysenter", "both", "start", "untraced", "budget", "junk", "program",
	"a:", "b:", "call", "getpid", "exit", "nop", "int3", "ud2", "hlt", "ret", "pushf", "popf",
	"cpuid", "loop", "tf", "mov", "eax", "esp", "push", "pop", "cmp", "jmp", "je", "jne", "load",
	"store", "bytes", "cd80", "0f34", "words", "space", "rows", "stop", "STOP", "TRAP", "SYSTRAP",
	"killed", "KILL", "break", "limit", "fault", "any", "ran=none", "ran=getpid,64", "after=a",
	"at=b", "into=a", "eax=-ENOSYS", "eflags=+TF-DF", "tif=EMU+TRACE", "tif=none", "tif=+EMU-TRACE",
	"ptrace=PTRACED", "pending=USR1", "insns.entry=37", "insns.kernel=1", "int80=1", "sysenter=1",
	"audit_entries=1", "pid=child", "pid=102", "status=0x57f", "|", ";", "SYSEMU", "SYSCALL",
	"SINGLESTEP", "SYSEMU_SINGLESTEP", "CONT", "CONT:USR1", "DETACH", "ATTACH", "KILL", "TRACEME",
	"PEEKUSR", "POKEUSR", "GETREGS", "SETREGS", "=", "set", "eip-=2", "eax=20", "eip=0",
	"esp=0xffffffff", "eflags=+TF", "cs=0", "ds=7", "options", "TRACESYSGOOD", "poke", "peek",
	"a=1", "0xc0100000=0", "signal", "need_resched", "audit", "off", "tif", "+AUDIT-EMU", "+EMU",
	"wait", "NOHANG", "focus", "child", "102", "break", "after(a)", "next(b)", "0xffffe410",
	"0xc0100100", "->", "EIO", "0", "1", "-1", "0xffffffff", "2147483648", "65", "fork", "37",
	"101", "119", "173", "#", "\t", "\r", "'", "on", "rows", "row", ":", "=", "+", "-",
};
/* clang-format on */
#define WORDS (sizeof(words) / sizeof(words[0]))

static uint32_t below(struct play_fuzz *f, uint32_t n)
{
	f->state = f->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((f->state >> 33) % n);
}

void play_fuzz_open(struct play_fuzz *f, const char *folder, uint64_t seed)
{
	static const char *const files[] = { "patch", "table", "uml", "later", "ptrace" };

	memset(f, 0, sizeof(*f));
	f->state = seed;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[512];
		size_t size;
		char *text;

		snprintf(path, sizeof(path), "%s/%s.play", folder, files[i]);
		text = read_file(path, &size);
		f->corpus = realloc(f->corpus, f->size + size);
		assert_non_null(f->corpus);
		memcpy(f->corpus + f->size, text, size);
		f->size += size;
		free(text);
	}
}

void play_fuzz_close(struct play_fuzz *f)
{
	free(f->corpus);
	f->corpus = NULL;
}

/* ---- making scripts ---- */

static size_t add(struct play_fuzz *f, size_t at, const char *text, size_t n)
{
	if (n > PLAY_FUZZ_MAX - at)
		n = PLAY_FUZZ_MAX - at;
	memcpy(f->text + at, text, n);
	return at + n;
}

static size_t add_word(struct play_fuzz *f, size_t at)
{
	const char *word = words[below(f, WORDS)];

	at = add(f, at, word, strlen(word));
	return add(f, at, below(f, 5) ? " " : "\n", 1);
}

/* From a place in the corpus on, some bytes or whole lines. */
static size_t add_piece(struct play_fuzz *f, size_t at)
{
	uint32_t from = below(f, (uint32_t)f->size), n = below(f, 200);

	if (n > f->size - from)
		n = (uint32_t)f->size - from;
	return add(f, at, f->corpus + from, n);
}

static void change_bytes(struct play_fuzz *f, size_t size)
{
	for (uint32_t i = below(f, 6); i > 0 && size; i--)
		f->text[below(f, (uint32_t)size)] = (char)below(f, 256);
}

/* A whole shipped scenario: from one "scenario" to the next. */
static size_t add_scenario(struct play_fuzz *f)
{
	static const char mark[] = "\nscenario ";
	const size_t length = sizeof(mark) - 1;
	size_t from = below(f, (uint32_t)f->size), to;

	while (from + length < f->size && memcmp(f->corpus + from, mark, length) != 0)
		from++;
	if (from + length >= f->size)
		return 0;
	to = from + 1;
	while (to + length < f->size && memcmp(f->corpus + to, mark, length) != 0)
		to++;
	return add(f, 0, f->corpus + from, to - from);
}

size_t play_fuzz_next(struct play_fuzz *f)
{
	static const char head[] = "scenario x\npass all\nprogram\na: call getpid\nb: loop\nrows\n";
	size_t at = 0;

	switch (below(f, 4)) {
	case 0: at = add_scenario(f); break;
	case 1: at = add(f, 0, head, sizeof(head) - 1); break;
	case 2: at = add(f, 0, head, below(f, sizeof(head))); break;
	default: break;
	}
	for (uint32_t i = below(f, 40); i > 0; i--)
		at = below(f, 3) ? add_word(f, at) : add_piece(f, at);
	change_bytes(f, at);
	return at;
}

size_t play_fuzz_near(struct play_fuzz *f)
{
	size_t size = add_scenario(f);

	for (uint32_t i = 1 + below(f, 3); i > 0 && size; i--) {
		size_t at = below(f, (uint32_t)size), end;
		const char *word = words[below(f, WORDS)];

		while (at > 0 && !strchr(" \t\n", f->text[at - 1]))
			at--;
		for (end = at; end < size && !strchr(" \t\n", f->text[end]); end++)
			;
		/* The word at hand becomes another, or changes places with what is behind it. */
		if (at + strlen(word) <= end || below(f, 2)) {
			size_t tail = size - end, n = strlen(word);

			if (at + n + tail > PLAY_FUZZ_MAX)
				continue;
			memmove(f->text + at + n, f->text + end, tail);
			memcpy(f->text + at, word, n);
			size = at + n + tail;
		} else if (end < size) {
			f->text[end] = "\n\t |;"[below(f, 5)];
		}
	}
	return size;
}

/* ---- using them ---- */

static sysemu_scenarios *parse(struct play_fuzz *f, size_t size)
{
	/* Of the exact size, so that a sanitizer sees a read behind it. */
	char *copy = malloc(size ? size : 1);
	sysemu_scenarios *all = NULL;
	sysemu_script_error error = { 0 };
	sysemu_status status;

	assert_non_null(copy);
	memcpy(copy, f->text, size);
	status = sysemu_scenarios_parse(copy, size, &all, &error);
	free(copy);
	if (status == SYSEMU_OK) {
		f->understood++;
		return all;
	}
	assert_int_equal(status, SYSEMU_EINVAL);
	assert_true(error.line >= 1 && error.column >= 1 && error.text[0]);
	return NULL;
}

void play_fuzz_parse(struct play_fuzz *f, uint64_t n)
{
	for (; n > 0; n--)
		sysemu_scenarios_free(parse(f, n % 2 ? play_fuzz_next(f) : play_fuzz_near(f)));
}

static void play_one(struct play_fuzz *f, const sysemu_scenario *s)
{
	const sysemu_verdict *v = &s->verdicts[below(f, (uint32_t)s->n_verdicts)];
	sysemu_entry entry = s->by_entry[0].n_rows && (!s->by_entry[1].n_rows || below(f, 2)) ?
				     SYSEMU_ENTRY_INT80 :
				     SYSEMU_ENTRY_SYSENTER;
	sysemu_played played;
	sysemu_status status;

	if (s->program)
		return;
	status = sysemu_scenario_play(s, v->kernel, entry, NULL, 0, NULL, NULL, &played);
	assert_int_equal(status, SYSEMU_OK);
	assert_true(played.passed == (played.row == s->by_entry[entry].n_rows));
	assert_true(played.passed || played.text[0]);
	f->played++;
	f->passed += played.passed;
}

void play_fuzz_play(struct play_fuzz *f, uint64_t n)
{
	for (uint64_t end = f->played + n; f->played < end;) {
		sysemu_scenarios *all =
			parse(f, below(f, 4) ? play_fuzz_near(f) : play_fuzz_next(f));

		for (size_t i = 0; i < sysemu_scenarios_count(all); i++)
			play_one(f, sysemu_scenarios_at(all, i));
		sysemu_scenarios_free(all);
	}
}
