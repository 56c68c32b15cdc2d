/* SPDX-License-Identifier: GPL-2.0-only */
/* environment.c: the environment that a program gets: this command's, and what options say. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

extern char **environ;

static bool same_name(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	return !strncmp(a, b, n) && b[n] == '=' && a[n] == '=';
}

static void set_variable(const char **list, size_t *n, const char *variable)
{
	size_t i = 0;

	while (i < *n && !same_name(list[i], variable))
		i++;
	*n += i == *n;
	list[i] = variable;
}

const char **cli_environment(const struct cli_variables *more, bool clean, size_t *n)
{
	const char **list;
	size_t own = 0;

	while (!clean && environ[own])
		own++;
	list = calloc(own + more->n + 1, sizeof(*list));
	*n = own;
	if (!list)
		return NULL;
	for (size_t i = 0; i < own; i++)
		list[i] = environ[i];
	for (size_t i = 0; i < more->n; i++)
		set_variable(list, n, more->list[i]);
	return list;
}
