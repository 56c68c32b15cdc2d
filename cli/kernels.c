/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernels.c: `sysemu kernels` and `sysemu --version`.
 */
#include <string.h>

#include "cli.h"
#include "json.h"

struct kernels_options {
	unsigned json;
};

static const struct cli_option options[] = {
	CLI_FORMAT_OPTION(struct kernels_options, json, "text|json"),
	{ 0 },
};

static void put_json(void)
{
	struct json j = { .out = stdout };
	const char *name, *about;

	json_open(&j, '[');
	for (size_t i = 0; (name = sysemu_kernel_at(i, &about)); i++) {
		json_open(&j, '{');
		json_key(&j, "name");
		json_string(&j, name);
		json_key(&j, "about");
		json_string(&j, about);
		json_key(&j, "alias");
		json_string(&j, sysemu_kernel_alias(name));
		json_key(&j, "digest");
		json_string(&j, sysemu_kernel_digest(name));
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_end(&j);
}

static int kernels_main(int argc, char **argv)
{
	struct kernels_options o = { 0 };
	const char *name, *about;
	int code;

	if (cli_parse(&cli_kernels, argc, argv, &o, &code) < 0)
		return code;
	if (o.json) {
		put_json();
		return CLI_OK;
	}
	for (size_t i = 0; (name = sysemu_kernel_at(i, &about)); i++) {
		const char *alias = sysemu_kernel_alias(name);

		printf("%-18s  %s\n%-18s  %s", name, about, "", sysemu_kernel_digest(name));
		if (alias)
			printf("  also %s", alias);
		putchar('\n');
	}
	return CLI_OK;
}

const struct cli_command cli_kernels = {
	.name = "kernels",
	.operands = "",
	.about = "list the guest kernels and their digests",
	.notes = "`sysemu --version` prints the digests with the versions of all engines.\n",
	.options = options,
	.main = kernels_main,
};

int cli_version(void)
{
	const char *name;

	printf("sysemu %s\n%s\n", SYSEMU_VERSION, sysemu_engines());
	for (size_t i = 0; (name = sysemu_kernel_at(i, NULL)); i++)
		printf("kernel %-18s %s\n", name, sysemu_kernel_digest(name));
	return CLI_OK;
}
