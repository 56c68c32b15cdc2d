/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel_file_test.c: kernels of files: a profile written out is a kernel again, and does what the
 * built-in one does; and each word of it, made wrong in several ways, is found out.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/kernels/kernels.h"
#include "libsysemu/sysemu.h"

#include <cmocka.h>

static char folder[] = "/tmp/kernel_file_XXXXXX";

static const char *path_of(const char *name)
{
	static char path[2][200];
	static unsigned turn;

	turn ^= 1;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", folder, name);
	return path[turn];
}

static void write_file(const char *name, const void *bytes, size_t size)
{
	FILE *out = fopen(path_of(name), "wb");

	assert_non_null(out);
	assert_int_equal(fwrite(bytes, 1, size, out), size);
	assert_int_equal(fclose(out), 0);
}

/* The profile of a built-in kernel under another name, with its image beside it. */
static char *profile_of(const char *kernel, const char *name)
{
	char *text, *out, image[64];
	size_t size;
	const void *elf = sysemu_kernel_image(kernel, &size);
	const char *rest;

	snprintf(image, sizeof(image), "%s.elf", kernel);
	write_file(image, elf, size);
	assert_int_equal(sysemu_kernel_profile(kernel, &text), SYSEMU_OK);
	rest = strchr(strchr(text, '\n') + 1, '\n');
	assert_true(asprintf(&out, "sysemu-profile 1\nname %s%s", name, rest) > 0);
	free(text);
	return out;
}

static sysemu_status open_text(const char *text, const char **name)
{
	write_file("try.profile", text, strlen(text));
	return sysemu_kernel_open(path_of("try.profile"), name);
}

static void a_profile_written_out_is_that_kernel_again(void **state)
{
	static const char *const kernels[] = { "2.6.11",   "sysemu-1", "sysemu-3",
					       "sysemu-4", "sysemu",   "sysemu-as-printed",
					       "2.6.14" };

	size_t built_in = 0;

	(void)state;
	while (sysemu_kernel_at(built_in, NULL))
		built_in++;
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		char name[32], *text;
		const char *opened;

		snprintf(name, sizeof(name), "mine-%zu", i);
		text = profile_of(kernels[i], name);
		if (open_text(text, &opened) != SYSEMU_OK)
			fail_msg("%s", sysemu_errmsg(NULL));
		free(text);
		assert_string_equal(opened, name);
		assert_string_equal(sysemu_kernel_like(opened), kernels[i]);
		assert_string_equal(sysemu_kernel_at(built_in + i, NULL), name);
		assert_memory_equal(kernel_find(opened)->profile, kernel_find(kernels[i])->profile,
				    sizeof(struct profile));
	}
}

/* ---- each word made wrong ---- */

/* Line `word` with another value. */
static char *with_value(const char *text, const char *word, const char *value)
{
	char key[80], *out;
	const char *at, *end;

	snprintf(key, sizeof(key), "\n%s ", word);
	at = strstr(text, key);
	assert_non_null(at);
	end = strchr(at + 1, '\n');
	assert_true(asprintf(&out, "%.*s\n%s %s%s", (int)(at - text), text, word, value, end) > 0);
	return out;
}

/* Nobody asks the first two; the others tell schedules alone (process.h) which states are the same, and no
 * number that anybody sees comes of them. */
static bool has_no_reader(const char *word)
{
	static const char *const words[] = { "task_channel", "task_until",  "task_asleep_since",
					     "task_utime",   "task_stime",  "task_alarm",
					     "task_esp",     "timer_bytes", "most_timers" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(word, words[i]))
			return true;
	return false;
}

/* Another page is as good: these are the library's own choice of where it puts things. */
static bool is_a_choice(const char *word, uint32_t value, uint32_t was)
{
	return (!strcmp(word, "page_tables") || !strcmp(word, "page_directory") ||
		!strcmp(word, "firmware_page") || !strcmp(word, "launch_page") ||
		!strcmp(word, "stack_top")) &&
	       value % SIM_PAGE == was % SIM_PAGE;
}

static void each_word_made_wrong_is_found_out(void **state)
{
	static const char *const kernels[] = { "sysemu", "2.6.14" };
	unsigned found = 0;

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		char *text = profile_of(kernels[k], "wrong");
		const struct profile *p = kernel_find(kernels[k])->profile;

		for (size_t n = 0; n < profile_words(); n++) {
			struct word w = profile_word(n);
			uint32_t was = profile_get(p, n);
			const uint32_t values[] = {
				was + 4, was - 4,    was ^ 1,           was + 1,
				0,       was + 4096, was ^ 0x80000000u, was * 2
			};

			if (has_no_reader(w.name))
				continue;
			for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
				char value[16], *wrong;
				const char *name;

				if (values[v] == was || is_a_choice(w.name, values[v], was))
					continue;
				snprintf(value, sizeof(value), "0x%x", values[v]);
				wrong = with_value(text, w.name, value);
				if (open_text(wrong, &name) == SYSEMU_OK)
					fail_msg("%s: %s 0x%x for 0x%x: nobody has seen it",
						 kernels[k], w.name, values[v], was);
				assert_non_null(strstr(sysemu_errmsg(NULL), "try.profile"));
				if (!strstr(sysemu_errmsg(NULL), w.name))
					fail_msg("%s 0x%x for 0x%x: %s", w.name, values[v], was,
						 sysemu_errmsg(NULL));
				found++;
				free(wrong);
			}
		}
		free(text);
	}
	assert_true(found > 1500); /* it is no test of a few words */
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	char command[300];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_profile_written_out_is_that_kernel_again),
		cmocka_unit_test(each_word_made_wrong_is_found_out),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
