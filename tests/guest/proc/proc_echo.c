/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * proc_echo: prints its arguments, its environment and its input, and exits with 7. "signal": is
 * ended by one; "deadlock": waits for itself; "race": two children write by turns as they come.
 */
#include "proc.h"

extern char **environ;

static void race(void)
{
	for (int child = 0; child < 2; child++) {
		if (fork())
			continue;
		for (int i = 0; i < 200; i++) {
			char c = (char)('a' + child);

			for (volatile int spin = 0; spin < 20000; spin++)
				;
			if (write(1, &c, 1) != 1)
				_exit(1);
		}
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
}

int main(int argc, char **argv)
{
	char input[64];
	ssize_t n;
	int fd[2];

	if (argc == 1)
		return 0;
	if (argc == 2 && !strcmp(argv[1], "signal"))
		raise(SIGTERM);
	if (argc == 2 && !strcmp(argv[1], "deadlock")) {
		CHECK(pipe(fd) == 0);
		n = read(fd[0], input, 1);
	}
	if (argc == 2 && !strcmp(argv[1], "race")) {
		race();
		return 0;
	}
	for (int i = 1; i < argc; i++)
		printf("%s|", argv[i]);
	for (char **e = environ; *e; e++)
		printf("%s|", *e);
	n = read(0, input, sizeof(input));
	if (n > 0)
		printf("%.*s|", (int)n - 1, input);
	else
		printf("|");
	puts("");
	return 7;
}
