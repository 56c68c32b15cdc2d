/* SPDX-License-Identifier: GPL-2.0-only */
/* kernels.c: lists of kernels, as options and operands name them. */
#include <string.h>

#include "compare.h"

#define NAME_MAX_BYTES 4096

static bool add_name(struct compare_kernels *k, const char *name, struct cli_why *why)
{
	if (k->n == COMPARE_KERNELS_MAX)
		return cli_refuse(why, "more than %d kernels", COMPARE_KERNELS_MAX);
	k->list[k->n++] = name;
	return true;
}

void compare_all_kernels(struct compare_kernels *k)
{
	const char *name;

	*k = (struct compare_kernels){ 0 };
	for (size_t i = 0; k->n < COMPARE_KERNELS_MAX && (name = sysemu_kernel_at(i, NULL)); i++)
		k->list[k->n++] = name;
}

const char *compare_about(const char *kernel)
{
	const char *name, *about;

	for (size_t i = 0; (name = sysemu_kernel_at(i, &about)); i++)
		if (!strcmp(name, kernel))
			return about;
	return NULL;
}

/* Where it stands among all, by its name or alias. */
static size_t place_of(const char *kernel)
{
	const char *name;
	size_t i = 0;

	for (; (name = sysemu_kernel_at(i, NULL)); i++) {
		const char *alias = sysemu_kernel_alias(name);

		if (!strcmp(name, kernel) || (alias && !strcmp(alias, kernel)))
			break;
	}
	return i;
}

static bool add_range(struct compare_kernels *k, const char *value, const char *dots,
		      struct cli_why *why)
{
	char ends[NAME_MAX_BYTES];
	size_t from, to;

	snprintf(ends, sizeof(ends), "%.*s", (int)(dots - value), value);
	if (!cli_kernel_named(ends, why) || !cli_kernel_named(dots + 2, why))
		return false;
	from = place_of(ends);
	to = place_of(dots + 2);
	if (from > to)
		return cli_refuse(why, "\"%s\": %s comes behind %s", value, ends, dots + 2);
	for (; from <= to; from++)
		if (!add_name(k, sysemu_kernel_at(from, NULL), why))
			return false;
	return true;
}

bool compare_add_kernel(struct compare_kernels *k, const char *value, struct cli_why *why)
{
	const char *dots = strstr(value, ".."), *name;

	/* "../kernel.profile" is a file, as is whatever has a slash. */
	if (dots && dots > value && dots[2] && !strchr(value, '/'))
		return add_range(k, value, dots, why);
	name = cli_kernel_named(value, why);
	return name && add_name(k, sysemu_kernel_at(place_of(name), NULL), why);
}

static bool take_list(const struct cli_option *o, const char *value, void *field,
		      struct cli_why *why)
{
	struct compare_kernels *k = field;
	char item[NAME_MAX_BYTES];

	(void)o;
	*k = (struct compare_kernels){ 0 };
	if (!strcmp(value, "all")) {
		compare_all_kernels(k);
		return true;
	}
	for (const char *at = value;; at++) {
		size_t length = strcspn(at, ",");

		snprintf(item, sizeof(item), "%.*s", (int)length, at);
		if (!compare_add_kernel(k, item, why))
			return false;
		at += length;
		if (!*at)
			return true;
	}
}

const struct cli_type compare_kernel_list = { "kernels", take_list, cli_offer_kernel };
