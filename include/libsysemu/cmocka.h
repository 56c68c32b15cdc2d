/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cmocka.h: fixtures and assertions for a test of yours that uses cmocka and this library.
 * Functions in a header: the library does not link cmocka, your test does. sysemu.h does not
 * include this file.
 *
 *	#include <libsysemu/cmocka.h>
 *
 *	static const unsigned char code[] = { 0xb8, 20, 0, 0, 0, 0xcd, 0x80 }; // getpid by int $0x80
 *	static const sysemu_test_machine patched = { .code = code, .code_size = sizeof(code) };
 *
 *	static void a_call_stopped_by_sysemu_is_not_executed(void **state)
 *	{
 *		sysemu_test *t = *state;
 *
 *		sysemu_next(t);
 *		sysemu_assert_stop(t, SIGSTOP);
 *		sysemu_answer(t, SYSEMU_PTRACE_SYSEMU, 0);
 *		sysemu_assert_stop(t, SIGTRAP);
 *		sysemu_assert_ran(t, "none");
 *	}
 *
 *	int main(void)
 *	{
 *		const struct CMUnitTest tests[] = {
 *			sysemu_unit_test(a_call_stopped_by_sysemu_is_not_executed, patched),
 *		};
 *		return cmocka_run_group_tests(tests, NULL, NULL);
 *	}
 *
 * An assertion that fails says what was expected and, beside it, what was seen, and then the
 * last events with the thread flags at each:
 *
 *	ran: expected none, seen getpid
 *	     asked              event  status  place   eip       eax       flags         ran
 *	  0                     stop   137f    signal  08048000  00000000  -             ptrace,getpid,kill
 *	  2  SYSEMU             stop   057f    entry   08048007  ffffffda  EMU           none
 *	  4  SYSCALL            stop   057f    exit    08048007  00000065  TRACE         getpid  <- expected none
 *
 * What a test may ask of `sysemu_test` is in its members; everything else in sysemu.h.
 */
/* clang-format off */
#ifndef LIBSYSEMU_CMOCKA_H
#define LIBSYSEMU_CMOCKA_H

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#ifdef __has_include
#if __has_include(<cmocka_version.h>) /* from 2 on */
#include <cmocka_version.h>
#endif
#endif

#include "sysemu.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- 19. cmocka: fixtures ---------------------------------------------- */

/* The machine that a test begins with. All but one of code and program may be zero. */
typedef struct sysemu_test_machine {
	sysemu_config config;  /* as for sysemu_open */
	const void *code;      /* for sysemu_load_code */
	size_t code_size;
	const char *program;   /* or the path of a static i386 program, its one argument */
	uint32_t budget;       /* instructions to an event, then it is LIMIT; 0: 100000 */
} sysemu_test_machine;

#define SYSEMU_TEST_EVENTS 8 /* so many are shown */

/* What *state is in the test. */
typedef struct sysemu_test {
	sysemu_machine *machine;
	sysemu_seen seen;      /* the last event, and what is known at its moment */
	uint32_t budget;
	uint64_t events;       /* of sysemu_next and sysemu_answer */
	/* The latest of them: [number % SYSEMU_TEST_EVENTS]; and their numbers in the log. */
	sysemu_seen past[SYSEMU_TEST_EVENTS];
	uint64_t logged[SYSEMU_TEST_EVENTS];
} sysemu_test;

/* A row of cmocka's table: test function F on a machine as the sysemu_test_machine MACHINE says. */
#define sysemu_unit_test(f, machine)                                                    \
	cmocka_unit_test_prestate_setup_teardown(f, sysemu_test_open, sysemu_test_close, \
						 (void *)(uintptr_t)&(machine))

/* ---- 20. cmocka: running ----------------------------------------------- */

/* To the next event. Fails the test where the machine cannot run. */
#define sysemu_next(t) sysemu_test_next(t, __FILE__, __LINE__)
/* A request that resumes the task in focus, with a signal or 0, must return 0; then to the next
 * event. */
#define sysemu_answer(t, request, signal) sysemu_test_answer(t, request, signal, __FILE__, __LINE__)
/* CALL, of sysemu.h and on the test's machine, must return SYSEMU_OK. */
#define sysemu_assert_ok(t, call) sysemu_test_ok(t, call, #call, __FILE__, __LINE__)
/* The guest's sys_ptrace must return `result`: 0 or -errno. */
#define sysemu_assert_request(t, request, addr, data, result)                           \
	sysemu_test_request(t, request, addr, data, result, __FILE__, __LINE__)

/* ---- 21. cmocka: assertions on the last event -------------------------- */

/* A ptrace or group stop by SIGNAL; SIGTRAP | 0x80 is a call's under TRACESYSGOOD. */
#define sysemu_assert_stop(t, signal)                                                   \
	sysemu_assert_event(t, SYSEMU_EVENT_STOP, (uint32_t)(signal) << 8 | 0x7fu)
/* A sysemu_event_kind and its wait status, 0 for those that have none. */
#define sysemu_assert_event(t, kind, status) sysemu_test_event(t, kind, status, __FILE__, __LINE__)
/* A sysemu_place: told by where the CPU is, not by what the stop looks like. */
#define sysemu_assert_place(t, place) sysemu_test_place(t, place, __FILE__, __LINE__)
/* thread_info.flags, exactly; and: all of SET are set, all of CLEAR are not. */
#define sysemu_assert_tif(t, flags) sysemu_assert_tif_has(t, flags, ~(uint32_t)(flags))
#define sysemu_assert_tif_has(t, set, clear) sysemu_test_tif(t, set, clear, __FILE__, __LINE__)
/* SYSEMU_REG_EAX and so on: saved ones at a stop, else the CPU's. */
#define sysemu_assert_reg(t, reg, value)                                                \
	sysemu_test_reg(t, reg, (uint32_t)(value), __FILE__, __LINE__)
/* Instructions since the event before, without the tracer's own. SYSEMU_REGIONS: all but user. */
#define sysemu_assert_insns(t, region, n) sysemu_test_insns(t, region, n, __FILE__, __LINE__)
/* Entries from user mode since the event before. */
#define sysemu_assert_entries(t, int80, sysenter)                                       \
	sysemu_test_entries(t, int80, sysenter, __FILE__, __LINE__)
/* The system calls executed since the event before, by name: "none", "getpid,exit". */
#define sysemu_assert_ran(t, calls) sysemu_test_ran(t, calls, __FILE__, __LINE__)
/* The machine's digest now: 32 hex digits, as sysemu_test_digest gives them. */
#define sysemu_assert_digest(t, digits)                                                 \
	sysemu_test_same_digest(t, digits, __FILE__, __LINE__)

#define SYSEMU_TEST_DIGITS 33
static inline const char *sysemu_test_digest(sysemu_test *t, char digits[SYSEMU_TEST_DIGITS])
{
	sysemu_digest digest;

	memset(digits, 0, SYSEMU_TEST_DIGITS);
	if (sysemu_get_digest(t->machine, &digest) == SYSEMU_OK)
		for (size_t i = 0; i < sizeof(digest.bytes); i++)
			snprintf(digits + 2 * i, 3, "%02x", digest.bytes[i]);
	return digits;
}

/* ---- from here on: how. No part of the interface. ---- */

#define SYSEMU_TEST_TEXT 192 /* room for the names of all flags */

struct sysemu_test_message {
	size_t used;
	char text[4096];
};

static inline void sysemu_test_say(struct sysemu_test_message *to, const char *format, ...)
	CMOCKA_PRINTF_ATTRIBUTE(2, 3);

static inline void sysemu_test_say(struct sysemu_test_message *to, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(to->text + to->used, sizeof(to->text) - to->used, format, args);
	va_end(args);
	if (n > 0)
		to->used += (size_t)n < sizeof(to->text) - to->used ? (size_t)n :
								       sizeof(to->text) - to->used - 1;
}

/* "TRACE+EMU", "-" */
static inline const char *sysemu_test_flags(uint32_t tif, char buf[SYSEMU_TEST_TEXT])
{
	size_t used = 0;

	snprintf(buf, SYSEMU_TEST_TEXT, "-");
	for (unsigned bit = 0; bit < 32; bit++) {
		const char *name = sysemu_tif_name(bit);
		size_t room = SYSEMU_TEST_TEXT - used;
		int n = 0;

		if (tif >> bit & 1)
			n = name ? snprintf(buf + used, room, "%s%s", used ? "+" : "", name) :
				   snprintf(buf + used, room, "%sbit %u", used ? "+" : "", bit);
		if (n < 0 || (size_t)n >= room)
			break;
		used += (size_t)n;
	}
	return buf;
}

/* "getpid,exit", "none" */
static inline const char *sysemu_test_calls(const sysemu_seen *seen, char buf[SYSEMU_TEST_TEXT])
{
	size_t used = 0;

	snprintf(buf, SYSEMU_TEST_TEXT, "none");
	for (uint32_t i = 0; i < seen->calls; i++) {
		const char *name = i < SYSEMU_RAN_MAX ? sysemu_call_name(seen->ran[i]) : "...";
		size_t room = SYSEMU_TEST_TEXT - used;
		int n = name ? snprintf(buf + used, room, "%s%s", i ? "," : "", name) :
			       snprintf(buf + used, room, "%s%" PRId32, i ? "," : "", seen->ran[i]);

		if (n < 0 || (size_t)n >= room || i == SYSEMU_RAN_MAX)
			break;
		used += (size_t)n;
	}
	return buf;
}

/* What the tracer did before an event: the names of its requests, in `asked`. */
static inline void sysemu_test_asked(const sysemu_log_entry *entry, char *asked, size_t size)
{
	const char *name = entry->kind == SYSEMU_LOG_SET_TIF ? "tif" : sysemu_request_name(entry->request);
	size_t used = strlen(asked);

	if (name)
		snprintf(asked + used, size - used, "%s%s", used ? "," : "", name);
	else
		snprintf(asked + used, size - used, "%s%d", used ? "," : "", entry->request);
}

static inline void sysemu_test_say_event(struct sysemu_test_message *to, const sysemu_test *t,
					 const sysemu_log_entry *entry, const char *asked)
{
	const sysemu_event *e = &entry->event;
	const char *place = "?";
	char flags[SYSEMU_TEST_TEXT], calls[SYSEMU_TEST_TEXT] = "?";

	for (uint64_t i = 0; i < t->events && i < SYSEMU_TEST_EVENTS; i++) {
		if (t->logged[i] != entry->number)
			continue;
		place = sysemu_place_name(t->past[i].place);
		sysemu_test_calls(&t->past[i], calls);
	}
	sysemu_test_say(to, "\n%3" PRIu64 "  %-18s %-6s %04" PRIx32 "    %-7s %08" PRIx32
			"  %08" PRIx32 "  %-13s %s", entry->number, asked,
			sysemu_event_name(e->kind), e->status, place, e->eip, e->eax,
			sysemu_test_flags(e->tif, flags), calls);
}

/* The last events, each with what was asked before it. */
static inline void sysemu_test_timeline(struct sysemu_test_message *to, const sysemu_test *t)
{
	uint64_t count = sysemu_log_count(t->machine), first = count;
	char asked[64] = "";
	sysemu_log_entry entry;

	for (unsigned events = 0; first > 0 && events <= SYSEMU_TEST_EVENTS; first--) {
		if (sysemu_log_get(t->machine, first - 1, &entry) != SYSEMU_OK)
			break;
		if (entry.kind == SYSEMU_LOG_EVENT && ++events > SYSEMU_TEST_EVENTS)
			break;
	}
	sysemu_test_say(to, "     asked              event  status  place   eip       eax       "
			    "flags         ran");
	for (; first < count; first++) {
		if (sysemu_log_get(t->machine, first, &entry) != SYSEMU_OK)
			continue;
		if (entry.kind != SYSEMU_LOG_EVENT) {
			sysemu_test_asked(&entry, asked, sizeof(asked));
			continue;
		}
		sysemu_test_say_event(to, t, &entry, asked);
		asked[0] = '\0';
	}
}

/* cmocka's own way to print puts the text into its XML and TAP, too: before 2 that of an expression. In parts, since
 * 2.0.2 loses the last character of 255 or more. */
static inline void sysemu_test_fail(const char *text, const char *file, int line)
{
#if defined(CMOCKA_VERSION_MAJOR) && CMOCKA_VERSION_MAJOR >= 2
	while (*text) {
		const size_t left = strlen(text), size = left < 128 ? left : 128;

		cmocka_print_error("%.*s", (int)size, text);
		text += size;
	}
	cmocka_print_error("\n");
	_fail(file, line);
#else
	_assert_true(0, text, file, line);
#endif
}

static inline void sysemu_test_differs(const sysemu_test *t, const char *what, const char *expected,
				       const char *seen, const char *file, int line)
{
	struct sysemu_test_message message;

	message.used = 0;
	sysemu_test_say(&message, "%s: expected %s, seen %s\n", what, expected, seen);
	sysemu_test_timeline(&message, t);
	sysemu_test_say(&message, "  <- expected %s", expected);
	sysemu_test_fail(message.text, file, line);
}

static inline void sysemu_test_number(const sysemu_test *t, const char *what, const char *format,
				      uint64_t expected, uint64_t seen, const char *file, int line)
{
	char texts[2][32];
	const uint64_t numbers[2] = { expected, seen };

	if (expected == seen)
		return;
	for (unsigned i = 0; i < 2; i++)
		if (!strcmp(format, "hex"))
			snprintf(texts[i], sizeof(texts[i]), "0x%" PRIx64, numbers[i]);
		else
			snprintf(texts[i], sizeof(texts[i]), "%" PRId64, (int64_t)numbers[i]);
	sysemu_test_differs(t, what, texts[0], texts[1], file, line);
}

static inline void sysemu_test_ok(const sysemu_test *t, sysemu_status status, const char *what,
				  const char *file, int line)
{
	if (status != SYSEMU_OK)
		sysemu_test_differs(t, what, sysemu_strstatus(SYSEMU_OK), sysemu_errmsg(t->machine),
				    file, line);
}

/* A scenario of one row that expects nothing: what it sees is all that is known. */
static inline void sysemu_test_next(sysemu_test *t, const char *file, int line)
{
	sysemu_row any;
	sysemu_played played;

	memset(&any, 0, sizeof(any));
	sysemu_test_ok(t, sysemu_play(t->machine, &any, 1, t->budget, NULL, NULL, &played),
		       "sysemu_play", file, line);
	if (!played.passed)
		sysemu_test_differs(t, "the next event", "one", played.text, file, line);
	t->seen = played.seen;
	t->past[t->events % SYSEMU_TEST_EVENTS] = played.seen;
	t->logged[t->events % SYSEMU_TEST_EVENTS] = sysemu_log_count(t->machine) - 1;
	t->events++;
}

static inline void sysemu_test_request(const sysemu_test *t, int request, uint32_t addr,
				       uint32_t data, int32_t expected, const char *file, int line)
{
	const char *name = sysemu_request_name(request);
	int32_t result = 0;

	sysemu_test_ok(t, sysemu_ptrace(t->machine, request, addr, data, &result), "sysemu_ptrace",
		       file, line);
	sysemu_test_number(t, name ? name : "request", "decimal", (uint64_t)(int64_t)expected,
			   (uint64_t)(int64_t)result, file, line);
}

static inline void sysemu_test_answer(sysemu_test *t, int request, uint32_t signal, const char *file,
				      int line)
{
	sysemu_test_request(t, request, 0, signal, 0, file, line);
	sysemu_test_next(t, file, line);
}

static inline void sysemu_test_event(const sysemu_test *t, sysemu_event_kind kind, uint32_t status,
				     const char *file, int line)
{
	const sysemu_event *e = &t->seen.event;
	char expected[32], seen[32];

	if (e->kind == kind && e->status == status)
		return;
	snprintf(expected, sizeof(expected), "%s %04" PRIx32, sysemu_event_name(kind), status);
	snprintf(seen, sizeof(seen), "%s %04" PRIx32, sysemu_event_name(e->kind), e->status);
	sysemu_test_differs(t, "event", expected, seen, file, line);
}

static inline void sysemu_test_place(const sysemu_test *t, sysemu_place place, const char *file,
				     int line)
{
	if (t->seen.place != place)
		sysemu_test_differs(t, "place", sysemu_place_name(place),
				    sysemu_place_name(t->seen.place), file, line);
}

static inline void sysemu_test_tif(const sysemu_test *t, uint32_t set, uint32_t clear,
				   const char *file, int line)
{
	uint32_t tif = t->seen.event.tif;
	char expected[2 * SYSEMU_TEST_TEXT + 16], flags[SYSEMU_TEST_TEXT], not_set[SYSEMU_TEST_TEXT];

	if ((tif & set) == set && !(tif & clear))
		return;
	sysemu_test_flags(set, flags);
	if (clear == ~set)
		snprintf(expected, sizeof(expected), "%s", flags);
	else
		snprintf(expected, sizeof(expected), "%s and not %s", flags,
			 sysemu_test_flags(clear, not_set));
	sysemu_test_differs(t, "flags", expected, sysemu_test_flags(tif, flags), file, line);
}

static inline void sysemu_test_reg(const sysemu_test *t, unsigned reg, uint32_t value,
				   const char *file, int line)
{
	uint32_t words[SYSEMU_REGS];

	if (reg >= SYSEMU_REGS) {
		sysemu_test_differs(t, "register", "a sysemu_reg", "another number", file, line);
		return;
	}
	memcpy(words, &t->seen.regs, sizeof(words));
	sysemu_test_number(t, sysemu_reg_name(reg), "hex", value, words[reg], file, line);
}

static inline void sysemu_test_insns(const sysemu_test *t, unsigned region, uint64_t n,
				     const char *file, int line)
{
	const sysemu_counts *since = &t->seen.since;
	const char *name = region < SYSEMU_REGIONS ? sysemu_region_name((sysemu_region)region) :
						     "kernel";
	char what[48];

	snprintf(what, sizeof(what), "instructions in %s", name);
	sysemu_test_number(t, what, "decimal", n,
			   region < SYSEMU_REGIONS ? since->insns[region] :
						     sysemu_kernel_insns(since), file, line);
}

static inline void sysemu_test_entries(const sysemu_test *t, uint64_t int80, uint64_t sysenter,
				       const char *file, int line)
{
	sysemu_test_number(t, "entries by int $0x80", "decimal", int80, t->seen.since.int80, file, line);
	sysemu_test_number(t, "entries by sysenter", "decimal", sysenter, t->seen.since.sysenter, file,
			   line);
}

static inline void sysemu_test_ran(const sysemu_test *t, const char *calls, const char *file, int line)
{
	char seen[SYSEMU_TEST_TEXT];

	if (strcmp(sysemu_test_calls(&t->seen, seen), calls) != 0)
		sysemu_test_differs(t, "ran", calls, seen, file, line);
}

static inline void sysemu_test_same_digest(sysemu_test *t, const char *digits, const char *file,
					   int line)
{
	char seen[SYSEMU_TEST_DIGITS];

	if (strcmp(sysemu_test_digest(t, seen), digits) != 0)
		sysemu_test_differs(t, "digest", digits, seen, file, line);
}

/* The file's bytes, in malloc'ed memory; NULL: it cannot be read. */
static inline void *sysemu_test_read(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	unsigned char *bytes = NULL;
	size_t room = 0, n = 0;

	*size = 0;
	while (file && *size == room) {
		unsigned char *more = (unsigned char *)realloc(bytes, room + 65536);

		if (!more)
			break;
		bytes = more;
		room += 65536;
		n = fread(bytes + *size, 1, room - *size, file);
		*size += n;
	}
	if (!file || ferror(file) || *size == room) {
		free(bytes);
		bytes = NULL;
	}
	if (file)
		fclose(file);
	return bytes;
}

static inline sysemu_status sysemu_test_load(sysemu_machine *m, const sysemu_test_machine *spec)
{
	char *argv[2] = { (char *)(uintptr_t)spec->program, NULL };
	sysemu_status status;
	size_t size;
	void *elf;

	if (!spec->program)
		return sysemu_load_code(m, spec->code, spec->code_size);
	elf = sysemu_test_read(spec->program, &size);
	if (!elf)
		return SYSEMU_EHOST;
	status = sysemu_load_elf(m, elf, size, argv, NULL);
	free(elf);
	return status;
}

/* cmocka's fixtures: what *state is before, and in the test. */
static inline int sysemu_test_close(void **state)
{
	sysemu_test *t = (sysemu_test *)*state;

	sysemu_close(t->machine);
	free(t);
	*state = NULL;
	return 0;
}

static inline int sysemu_test_open(void **state)
{
	const sysemu_test_machine *spec = (const sysemu_test_machine *)*state;
	sysemu_test *t = (sysemu_test *)calloc(1, sizeof(*t));
	sysemu_status status = SYSEMU_ENOMEM;

	if (t)
		status = sysemu_open(&spec->config, &t->machine);
	if (status == SYSEMU_OK)
		status = sysemu_test_load(t->machine, spec);
	if (status == SYSEMU_OK) {
		t->budget = spec->budget;
		*state = t;
		return 0;
	}
	print_error("no machine: %s: %s\n", sysemu_strstatus(status),
		    status == SYSEMU_EHOST ? spec->program : sysemu_errmsg(t ? t->machine : NULL));
	if (t)
		sysemu_close(t->machine);
	free(t);
	return -1;
}

#ifdef __cplusplus
}
#endif
#endif
