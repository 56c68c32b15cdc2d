/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * api_fuzz_test.c: the short form of api_fuzz_long_test.c, and that no function of the public
 * header is left out of it.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/api/api_fuzz.h"

enum { SEEDS = 24, STEPS = 250, NAME = 64 };

static void the_same_calls_give_the_same_answers(void **state)
{
	(void)state;
	api_fuzz_twice(TEST_PROGRAMS "/vsyscall", 0, SEEDS, STEPS);
}

/* ---- what is called ---- */

static char *text_of(const char *path)
{
	size_t size;
	char *text = read_file(path, &size);

	text = realloc(text, size + 1);
	assert_non_null(text);
	text[size] = '\0';
	return text;
}

static bool is_name(char c)
{
	return islower((unsigned char)c) || isdigit((unsigned char)c) || c == '_';
}

/* The next function's name at or behind `at`, as it is declared; NULL: no more. */
static const char *next_function(const char *at, char name[NAME])
{
	while ((at = strstr(at, "sysemu_")) != NULL) {
		size_t n = 0;

		while (is_name(at[n]))
			n++;
		if (at[n] == '(' && at[n + 1] != '*' && n < NAME) {
			memcpy(name, at, n);
			name[n] = '\0';
			return at + n;
		}
		at += n;
	}
	return NULL;
}

static bool is_called(char *const text[], unsigned n, const char *name)
{
	while (n > 0)
		if (strstr(text[--n], name))
			return true;
	return false;
}

static void every_function_of_the_header_is_called(void **state)
{
	static const char *const headers[] = { "sysemu.h",  "timing.h",  "scenario.h",
					       "explore.h", "kernel.h",  "cover.h",
					       "step.h",    "process.h", "schedule.h" };
	static const char *const callers[] = {
		"", "_machine", "_run", "_step", "_process", "_other"
	};
	enum { HEADERS = sizeof(headers) / sizeof(headers[0]) };
	enum { CALLERS = sizeof(callers) / sizeof(callers[0]) };
	char *text[CALLERS], path[1024], name[NAME + 1];
	unsigned functions = 0, missing = 0;

	(void)state;
	for (unsigned i = 0; i < CALLERS; i++) {
		snprintf(path, sizeof(path), TEST_SOURCES "/api/api_fuzz%s.c", callers[i]);
		text[i] = text_of(path);
	}
	for (unsigned i = 0; i < HEADERS; i++) {
		char *header;

		snprintf(path, sizeof(path), TEST_SOURCES "/../include/libsysemu/%s", headers[i]);
		header = text_of(path);
		for (const char *at = header; (at = next_function(at, name)); functions++) {
			strcat(name, "(");
			if (!is_called(text, CALLERS, name)) {
				print_error("%s: %s) is never called\n", headers[i], name);
				missing++;
			}
		}
		free(header);
	}
	for (unsigned i = 0; i < CALLERS; i++)
		free(text[i]);
	assert_true(functions > 90);
	assert_int_equal(missing, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_function_of_the_header_is_called),
		cmocka_unit_test(the_same_calls_give_the_same_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
