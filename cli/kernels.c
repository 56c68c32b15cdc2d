/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernels.c: `sysemu kernels` and `sysemu --version`.
 */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "json.h"
#include "output.h"

struct kernels_options {
	unsigned json;
	bool profile;
	const char *image;
};

static const struct cli_option options[] = {
	{ "profile", NULL, &cli_switch, offsetof(struct kernels_options, profile),
	  .help = "print the kernel's profile, for a file of your own", .not_with = "format=json" },
	{ "image", "FILE", &cli_output, offsetof(struct kernels_options, image),
	  .help = "write the kernel's image to FILE" },
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

/* What it can do, item by item. */
static void put_abilities(const char *name, bool json)
{
	struct json j = { .out = stdout };
	sysemu_ability a;

	if (json) {
		json_open(&j, '{');
		json_key(&j, "name");
		json_string(&j, name);
		json_key(&j, "like");
		json_string(&j, sysemu_kernel_like(name));
		json_key(&j, "digest");
		json_string(&j, sysemu_kernel_digest(name));
		json_key(&j, "abilities");
		json_open(&j, '[');
	} else {
		printf("%s  %s\n", name, sysemu_kernel_digest(name));
	}
	for (size_t i = 0; sysemu_kernel_ability(name, i, &a) == SYSEMU_OK; i++) {
		if (!json) {
			printf("  %-12s %-3s  %s\n", a.name, a.has ? "yes" : "no", a.text);
			continue;
		}
		json_open(&j, '{');
		json_key(&j, "name");
		json_string(&j, a.name);
		json_key(&j, "has");
		json_bool(&j, a.has);
		json_key(&j, "text");
		json_string(&j, a.text);
		json_close(&j, '}');
	}
	if (json) {
		json_close(&j, ']');
		json_close(&j, '}');
		json_end(&j);
	}
}

static int put_profile(const char *name)
{
	char *text;

	if (sysemu_kernel_profile(name, &text) != SYSEMU_OK) {
		cli_say("%s", sysemu_errmsg(NULL));
		return CLI_INTERNAL;
	}
	fputs(text, stdout);
	free(text);
	return CLI_OK;
}

static int write_image(const char *name, const char *path)
{
	struct cli_output file;
	size_t size;
	const void *image = sysemu_kernel_image(name, &size);

	if (!cli_output_open(&file, path))
		return CLI_INTERNAL;
	fwrite(image, 1, size, file.out);
	return cli_output_close(&file) ? CLI_OK : CLI_INTERNAL;
}

static void put_text(void)
{
	const char *name, *about;

	for (size_t i = 0; (name = sysemu_kernel_at(i, &about)); i++) {
		const char *alias = sysemu_kernel_alias(name);

		printf("%-18s  %s\n%-18s  %s", name, about, "", sysemu_kernel_digest(name));
		if (alias)
			printf("  also %s", alias);
		putchar('\n');
	}
}

static int kernels_main(int argc, char **argv)
{
	struct kernels_options o = { 0 };
	struct cli_why why;
	const char *name;
	int code, first = cli_parse(&cli_kernels, argc, argv, &o, &code);

	if (first < 0)
		return code;
	if (first == argc) {
		if (o.profile || o.image)
			return cli_usage(&cli_kernels, "--%s: of which kernel?",
					 o.profile ? "profile" : "image");
		(o.json ? put_json : put_text)();
		return CLI_OK;
	}
	name = cli_kernel_named(argv[first], &why);
	if (!name)
		return cli_usage(&cli_kernels, "%s", why.text);
	code = o.image ? write_image(name, o.image) : CLI_OK;
	if (code == CLI_OK && o.profile)
		code = put_profile(name);
	else if (!o.image)
		put_abilities(name, o.json);
	return code;
}

const struct cli_command cli_kernels = {
	.name = "kernels",
	.operands = "[KERNEL|FILE]",
	.max_operands = 1,
	.about = "list the guest kernels and their digests, or what one can do",
	.notes = "FILE: a profile, or an image that carries one: docs/real-kernels.md.\n"
		 "`sysemu --version` prints the digests with the versions of all engines.\n",
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
