/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * open.c: a kernel's file becomes a kernel: read, tried, and known by its name. What it can do, as
 * the groups of its profile and its trial say. Read next: trial.c; lib/kernels/file.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/trial/trial.h"

static bool trial_of(struct trial *t)
{
	bool good = trial_traced(t) && trial_outside(t) && trial_ends(t) && trial_processes(t);

	sysemu_close(t->m);
	t->m = NULL;
	return good;
}

/* The machines of the trial are opened by its name, which only this thread knows yet. */
static bool stands_trial(struct kernel *k)
{
	struct trial t = { .k = k, .p = k->profile };
	bool good;

	kernel_try(k);
	good = trial_of(&t);
	kernel_try(NULL);
	if (!good && t.line)
		fail(NULL, SYSEMU_EKERNEL, "%s:%u: %s", k->path, t.line, t.why);
	else if (!good)
		fail(NULL, SYSEMU_EKERNEL, "%s: %s", k->path, t.why);
	return good;
}

sysemu_status sysemu_kernel_open(const char *path, const char **name)
{
	const struct kernel *known, *in;
	char why[256];
	struct kernel *k;

	REQUIRE_ARGUMENT(NULL, path);
	REQUIRE_ARGUMENT(NULL, name);
	k = kernel_read(path, why);
	if (!k)
		return fail(NULL, SYSEMU_EKERNEL, "%s", why);
	known = kernel_find(k->name);
	if ((!known || !known->path) && !stands_trial(k)) {
		kernel_free(k);
		return SYSEMU_EKERNEL;
	}
	if (!kernel_add(k, &in)) {
		fail(NULL, SYSEMU_EKERNEL,
		     in ? "%s: another kernel has its name, %s" : "%s: out of memory", path,
		     k->name);
		kernel_free(k);
		return SYSEMU_EKERNEL;
	}
	if (in->profile != k->profile) /* the same again */
		kernel_free(k);
	else
		free(k); /* all that it had is in the list's */
	*name = in->name;
	return SYSEMU_OK;
}

static sysemu_status find(const char *kernel, const struct kernel **out)
{
	char text[200];

	REQUIRE_ARGUMENT(NULL, kernel);
	*out = kernel_find(kernel);
	return *out ? SYSEMU_OK :
		      fail(NULL, SYSEMU_EKERNEL, "%s",
			   sysemu_kernel_unknown(kernel, text, sizeof(text)));
}

sysemu_status sysemu_kernel_profile(const char *kernel, char **text)
{
	const struct kernel *k;
	struct sim_image image;
	struct sim_error err;
	sysemu_status status;

	REQUIRE_ARGUMENT(NULL, text);
	status = find(kernel, &k);
	if (status)
		return status;
	if (sim_image_parse(k->elf, (size_t)(k->elf_end - k->elf), &image, &err) != SIM_OK)
		return fail(NULL, SYSEMU_EKERNEL, "%s: %s", kernel, err.text);
	*text = profile_write(k, &image);
	sim_image_free(&image);
	return *text ? SYSEMU_OK :
		       fail(NULL, SYSEMU_ENOMEM, "%s: no memory for its profile", kernel);
}

/* ---- what it can do ---- */

/* Groups of the profile: what is there with them, and what is missing without. */
static const struct {
	const char *name, *group, *with, *without;
} abilities[] = {
#define ABILITY(...) { __VA_ARGS__ },
#include "lib/trial/abilities.def"
#undef ABILITY
};
#define ABILITIES (sizeof(abilities) / sizeof(abilities[0]))

sysemu_status sysemu_kernel_ability(const char *kernel, size_t index, sysemu_ability *out)
{
	const struct kernel *k;
	sysemu_status status;

	REQUIRE_ARGUMENT(NULL, out);
	status = find(kernel, &k);
	if (status)
		return status;
	if (index == ABILITIES) {
		*out = (sysemu_ability){ .name = "scenarios", .has = k->like || !k->path };
		if (out->has)
			snprintf(out->text, sizeof(out->text), "verdicts for %s are its own",
				 k->like ? k->like : k->name);
		else
			snprintf(out->text, sizeof(out->text),
				 "no line `like K`: it plays those alone that say `all`");
		return SYSEMU_OK;
	}
	if (index > ABILITIES)
		return fail(NULL, SYSEMU_ENOENT, "a kernel has %zu abilities", ABILITIES + 1);
	*out = (sysemu_ability){ .name = abilities[index].name,
				 .has = !abilities[index].group ||
					profile_has(k->profile, abilities[index].group) };
	snprintf(out->text, sizeof(out->text), "%s",
		 out->has ? abilities[index].with : abilities[index].without);
	return SYSEMU_OK;
}
