/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs that test themselves (tests/guest/proc/proc_*.c, rules/ and jobs/rule_*.c), each first on this machine's Linux, which is
 * their oracle, and then inside, on the guest's, by sysenter (by int80: process_test.c). Where this machine's runs
 * no i386 programs, as some virtual machines' does not, there is no oracle.
 */
#include <errno.h>
#include <glob.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

static void need_oracle(void)
{
	char *argv[] = { TEST_PROGRAMS "/proc_echo", NULL };
	pid_t pid;
	int error = posix_spawn(&pid, argv[0], NULL, NULL, argv, NULL);

	if (error == ENOEXEC) {
		fprintf(stderr, "this machine's Linux runs no i386 programs\n");
		skip();
	}
	assert_int_equal(error, 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Its exit status; what it complains of is in the test's own output. */
static int shell(const char *before, const char *command, const char *program, const char *behind)
{
	char line[4096];

	snprintf(line, sizeof(line), "%s timeout 400 %s %s %s", before, command, program, behind);
	fprintf(stderr, "%s\n", line);
	return WEXITSTATUS(system(line));
}

/* What a kernel of today does, which is what the host does. */
static const char *kernel_for(const char *program)
{
	return strstr(program, "/proc_jobctl") ? " --kernel 6.12" : "";
}

/* `command` is followed by the kernel. */
static void run_all(const char *before, const char *command)
{
	char in_a_kernel[256];
	glob_t found;

	assert_int_equal(glob(TEST_PROGRAMS "/proc_*", 0, NULL, &found), 0);
	assert_int_equal(glob(TEST_PROGRAMS "/rule_*", GLOB_APPEND, NULL, &found), 0);
	assert_true(found.gl_pathc > 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *program = found.gl_pathv[i];

		if (strchr(program + strlen(TEST_PROGRAMS), '.')) /* the compiler's .d */
			continue;
		snprintf(in_a_kernel, sizeof(in_a_kernel), "%s%s", command,
			 *command ? kernel_for(program) : "");
		assert_int_equal(shell(before, in_a_kernel, program, "</dev/null"), 0);
	}
	globfree(&found);
}

static void linux_does_what_they_expect(void **state)
{
	(void)state;
	need_oracle();
	run_all("REAL_MACHINE=1", "");
}

static void so_does_the_guest_entered_by_sysenter(void **state)
{
	(void)state;
	run_all("", TEST_COMMAND " exec --entry sysenter");
}

/* All that a command prints; to be freed. */
static char *output_of(const char *command, const char *arguments)
{
	char line[4096], *text = NULL;
	size_t size = 0;
	FILE *from, *to = open_memstream(&text, &size);
	int c;

	snprintf(line, sizeof(line), "timeout 400 %s %s", command, arguments);
	from = popen(line, "r");
	assert_non_null(from);
	assert_non_null(to);
	while ((c = getc(from)) != EOF)
		putc(c, to);
	assert_int_equal(pclose(from), 0);
	fclose(to);
	return text;
}

static void random_operations_on_files_answer_what_linux_answers(void **state)
{
	(void)state;
	need_oracle();
	for (int seed = 1; seed <= 8; seed++) {
		char arguments[64];
		char *outside, *inside;

		snprintf(arguments, sizeof(arguments), "%d 3000", seed);
		outside = output_of(TEST_PROGRAMS "/random_files", arguments);
		inside = output_of(TEST_COMMAND " exec " TEST_PROGRAMS "/random_files", arguments);
		assert_true(strlen(outside) > 10000);
		assert_string_equal(inside, outside);
		free(outside);
		free(inside);
	}
}

#define LINES "(for l in read poll select epoll; do sleep 0.2; echo $l; done; sleep 0.2) |"

static void input_may_be_long_in_coming(void **state)
{
	(void)state;
	assert_int_equal(shell(LINES, TEST_COMMAND " exec", TEST_PROGRAMS "/input", ""), 0);
	need_oracle();
	assert_int_equal(shell(LINES, "", TEST_PROGRAMS "/input", ""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(linux_does_what_they_expect),
		cmocka_unit_test(so_does_the_guest_entered_by_sysenter),
		cmocka_unit_test(random_operations_on_files_answer_what_linux_answers),
		cmocka_unit_test(input_may_be_long_in_coming),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
