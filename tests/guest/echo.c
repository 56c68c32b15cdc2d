/* SPDX-License-Identifier: GPL-2.0-only */
/* echo.c: prints its arguments, the variable GREETING and its standard input; a line on
 * standard error; exits with the number of its arguments. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	const char *greeting = getenv("GREETING");
	int c;

	for (int i = 1; i < argc; i++)
		printf("argument %s\n", argv[i]);
	printf("greeting %s\n", greeting ? greeting : "none");
	while ((c = getchar()) != EOF)
		putchar(c);
	fprintf(stderr, "done\n");
	return argc - 1;
}
