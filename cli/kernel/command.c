/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * command.c: `sysemu kernel`: an image out of objects, those of a user in place of ours, or out of a
 * whole kernel. Read next: kernel.h.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/kernel/import.h"

#define OBJECT_MAX (64u << 20)

struct kernel_options {
	const char *output, *base, *name, *profile;
	unsigned calls; /* whose call table: 1: the base's */
	const char *snapshot, *registers;
	struct whole_options whole;
};

static const struct cli_option options[] = {
	{ "output", "FILE", &cli_output, offsetof(struct kernel_options, output),
	  .help = "the image to write, with its profile in it; -o for short" },
	{ "base", "K", &cli_kernel, offsetof(struct kernel_options, base),
	  .help = "whose objects fill the rest", .preset = CLI_DEFAULT_KERNEL },
	{ "calls", "mine|base", &cli_choice, offsetof(struct kernel_options, calls),
	  .help = "link: whose call table, if your objects have one" },
	{ "profile", "FILE", &cli_file, offsetof(struct kernel_options, profile),
	  .help = "import, profile: what is known of it beyond its symbols and DWARF" },
	{ "symbols", "FILE", &cli_file, offsetof(struct kernel_options, whole.symbols),
	  .help = "import, profile: its System.map, before what the image has itself" },
	{ "load", "ADDR", &cli_address, offsetof(struct kernel_options, whole.load),
	  .help = "import, profile: VMLINUX is flat, and lies there", .max = UINT32_MAX },
	{ "snapshot", "FILE", &cli_file, offsetof(struct kernel_options, snapshot),
	  .help = "import: memory of a machine that has booted VMLINUX", .needs = "registers" },
	{ "registers", "FILE", &cli_file, offsetof(struct kernel_options, registers),
	  .help = "import: and `info registers` of its monitor", .needs = "snapshot" },
	{ "name", "NAME", &cli_text, offsetof(struct kernel_options, name),
	  .help = "how the kernel is called (as FILE, without folder and ending)" },
	{ 0 },
};

/* ---- the profile of what was linked ---- */

/* The words of profile.c.o, in the order of the base's profile. */
static const uint8_t *words_of(const struct link *l, size_t *n)
{
	for (size_t i = 0; i < l->n_objects; i++)
		for (unsigned k = 1; k < l->objects[i].n_sections; k++)
			if (l->objects[i].sections[k].part == LINK_PROFILE) {
				*n = l->objects[i].sections[k].head.sh_size / 4;
				return l->objects[i].sections[k].bytes;
			}
	return NULL;
}

static bool is_head(const char *line)
{
	return !strncmp(line, "sysemu-profile", 14) || !strncmp(line, "name ", 5) ||
	       !strncmp(line, "like ", 5) || !strncmp(line, "about ", 6) ||
	       !strncmp(line, "image ", 6);
}

static char *profile_of(const struct link *l)
{
	char *base, *text = NULL;
	size_t size, n = 0, i = 0;
	const uint8_t *words = words_of(l, &n);
	FILE *out = open_memstream(&text, &size);

	if (!out || !words || sysemu_kernel_profile(l->base, &base) != SYSEMU_OK)
		return NULL;
	fprintf(out, "sysemu-profile 1\nname %s\nlike %s\nabout objects linked with those of %s\n",
		l->name, l->base, l->base);
	for (char *line = strtok(base, "\n"); line; line = strtok(NULL, "\n")) {
		uint32_t value;

		if (is_head(line) || i == n)
			continue;
		memcpy(&value, words + 4 * i++, 4);
		if (!strncmp(line, "range_checks ", 13) && value == UINT32_MAX)
			fputs("none processes\n", out);
		fprintf(out, "%.*s 0x%x\n", (int)strcspn(line, " "), line, value);
	}
	free(base);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

/* ---- link ---- */

static bool read_objects(struct link *l, int n, char **paths)
{
	l->files = calloc((size_t)n, sizeof(*l->files));
	l->objects = calloc((size_t)n, sizeof(*l->objects));
	if (!l->files || !l->objects)
		return link_refuse(paths[0], "out of memory");
	for (int i = 0; i < n; i++) {
		size_t size;

		for (int k = 0; k < i; k++)
			if (!strcmp(paths[i], paths[k]))
				return link_refuse(paths[i], "it is given twice");
		l->files[i] = cli_read_file(paths[i], OBJECT_MAX, &size);
		if (!l->files[i])
			return false;
		l->n_objects++;
		if (!link_read_object(&l->objects[i], paths[i], (uint8_t *)l->files[i], size,
				      false))
			return false;
	}
	return true;
}

/* What the user should know of it. */
static void report(const struct link *l)
{
	size_t left_out = 0;

	for (size_t i = 0; i < l->n_objects; i++)
		left_out += l->objects[i].dropped;
	printf("%s: like %s, %zu of its objects replaced, %zu symbols that nobody has\n", l->name,
	       l->base, left_out, l->n_stubs);
	if (l->n_calls)
		printf("  %zu calls that nobody has: -ENOSYS\n", l->n_calls);
	for (size_t i = 0; i < l->n_stubs; i++)
		printf("  %s: a stub, and an event with its name where a path reaches it\n",
		       l->stubs[i]->name);
}

static const char *name_of(const struct kernel_options *o, char *buf, size_t size)
{
	const char *slash = strrchr(o->output, '/'), *name = slash ? slash + 1 : o->output;

	snprintf(buf, size, "%.*s", (int)strcspn(name, "."), name);
	return o->name ? o->name : buf;
}

static int link_objects(const struct kernel_options *o, int n, char **paths)
{
	struct link *l = calloc(1, sizeof(*l));
	char *profile, name[64];
	uint8_t *image;
	size_t size;
	int code = CLI_FAILED;

	if (!l)
		return CLI_INTERNAL;
	l->base = o->base;
	l->text_base = LINK_TEXT_BASE;
	l->name = name_of(o, name, sizeof(name));
	l->calls_of_base = o->calls == 1;
	if (read_objects(l, n, paths)) {
		if (!link_add_ours(l))
			cli_say("kernel %s has no objects to link with; there are those of %s",
				l->base, link_bases());
		else if (link_all(l, l->base)) {
			profile = profile_of(l);
			image = profile ? link_image(l, profile, &size) : NULL;
			if (image && link_layouts_agree(image, size, profile) &&
			    link_save(image, size, o->output)) {
				report(l);
				code = CLI_OK;
			}
			free(image);
			free(profile);
		}
	}
	link_free(l);
	for (int i = 0; l->files && i < n; i++)
		free(l->files[i]);
	free(l->files);
	free(l);
	return code;
}

/* It is tried at once, so that what does not hold is said where it was made. */
static int try_image(const char *path)
{
	const char *name;

	if (sysemu_kernel_open(path, &name) == SYSEMU_OK)
		return CLI_OK;
	cli_say("%s", sysemu_errmsg(NULL));
	return CLI_FAILED;
}

/* ---- a whole kernel ---- */

/* What there is, what the person says, and what follows from both. */
static bool know(struct facts *f, const struct whole *w, const struct kernel_options *o)
{
	facts_find(f, w);
	if (o->profile && !facts_read(f, o->profile))
		return false;
	facts_derive(f, w);
	return true;
}

static int put_facts(const struct kernel_options *o, const char *path)
{
	struct whole w;
	struct facts f;
	bool good = whole_open(&w, path, &o->whole) && know(&f, &w, o);

	if (good)
		facts_write(stdout, &f, &w);
	whole_close(&w);
	return good ? CLI_OK : CLI_USAGE;
}

static int import(const struct kernel_options *o, const char *path)
{
	char name[64];
	struct whole w;
	struct facts f;
	int code = CLI_USAGE;

	if (whole_open(&w, path, &o->whole) && know(&f, &w, o)) {
		struct snapshot s = { 0 };
		bool good = !facts_complain(&f, path) && !facts_judge(&f, &w) &&
			    (!o->snapshot || snapshot_open(&s, o->snapshot, o->registers, &w)) &&
			    import_kernel(&w, &f, o->snapshot ? &s : NULL,
					  name_of(o, name, sizeof(name)), o->output);

		snapshot_close(&s);
		code = good ? CLI_OK : CLI_FAILED;
	}
	whole_close(&w);
	return code;
}

static int kernel_main(int argc, char **argv)
{
	struct kernel_options o = { 0 };
	int code, first = cli_parse(&cli_kernel_command, argc, argv, &o, &code);
	const char *verb;
	int n;

	if (first < 0)
		return code;
	verb = argv[first++];
	n = argc - first;
	if (!strcmp(verb, "profile"))
		return n == 1 && !o.output ?
			       put_facts(&o, argv[first]) :
			       cli_usage(&cli_kernel_command, "profile: of one VMLINUX");
	if (strcmp(verb, "link") != 0 && strcmp(verb, "import") != 0)
		return cli_usage(&cli_kernel_command, "\"%s\" is none of link, profile, import",
				 verb);
	if (!o.output)
		return cli_usage(&cli_kernel_command, "%s: --output is missing", verb);
	if (verb[0] == 'l')
		code = n ? link_objects(&o, n, argv + first) :
			   cli_usage(&cli_kernel_command, "link: which objects?");
	else
		code = n == 1 ? import(&o, argv[first]) :
				cli_usage(&cli_kernel_command, "import: one VMLINUX");
	return code == CLI_OK ? try_image(o.output) : code;
}

const struct cli_command cli_kernel_command = {
	.name = "kernel",
	.operands = "link OBJECT... | profile VMLINUX | import VMLINUX",
	.min_operands = 1,
	.max_operands = CLI_ANY_OPERANDS,
	.about = "make a kernel of your own objects, or of a vmlinux",
	.notes =
		"OBJECT: relocatable, for i386, of your own entry.S and C, in place of ours of the same\n"
		"symbols. VMLINUX: a whole kernel for i386, of today: ELF, a bzImage, or flat; profile prints\n"
		"what is known of it, import makes an image of it that runs without a boot, or as a machine\n"
		"has booted it. What comes out takes a --kernel's place: docs/real-kernels.md.\n",
	.options = options,
	.main = kernel_main,
};
