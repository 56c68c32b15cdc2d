/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * layout.c: objects of a user and ours share tasks and frames, so both must lay them out alike: what the
 * debug information of the user's C says is held against the profile. Assembly has none, and needs none.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/kernel/facts.h"

static const struct {
	const char *word, *path;
	bool size;
} places[] = {
	{ "thread_info_task", "thread_info.task", false },
	{ "thread_info_flags", "thread_info.flags", false },
	{ "task_bytes", "task_struct", true },
	{ "task_thread_info", "task_struct.thread_info", false },
	{ "task_esp0", "task_struct.thread.esp0", false },
	{ "task_state", "task_struct.state", false },
	{ "task_ptrace", "task_struct.ptrace", false },
	{ "task_pid", "task_struct.pid", false },
	{ "task_parent", "task_struct.parent", false },
	{ "task_real_parent", "task_struct.real_parent", false },
	{ "task_exit_code", "task_struct.exit_code", false },
	{ "frame_bytes", "pt_regs", true },
	{ "frame_orig_eax", "pt_regs.orig_eax", false },
	{ "frame_eip", "pt_regs.eip", false },
};
#define PLACES (sizeof(places) / sizeof(places[0]))

/* The number in the profile's line of that word. */
static uint32_t word_of(const char *profile, const char *word)
{
	char key[40];
	const char *at;

	snprintf(key, sizeof(key), "\n%s ", word);
	at = strstr(profile, key);
	return at ? (uint32_t)strtoul(at + strlen(key), NULL, 0) : FACT_NONE;
}

bool link_layouts_agree(const uint8_t *image, size_t size, const char *profile)
{
	struct dwarf_wanted list[PLACES];
	uint32_t theirs[PLACES];
	bool good = true;

	for (size_t i = 0; i < PLACES; i++) {
		theirs[i] = FACT_NONE;
		list[i] = (struct dwarf_wanted){ places[i].path, &theirs[i], places[i].size };
	}
	dwarf_find(image, size, list, PLACES);
	for (size_t i = 0; i < PLACES; i++) {
		uint32_t ours = word_of(profile, places[i].word);

		if (theirs[i] == FACT_NONE || theirs[i] == ours)
			continue;
		cli_say("%s%s is 0x%x in your objects, 0x%x in ours: C that looks at tasks has to have the "
			"layouts of asm/abi.h",
			places[i].size ? "sizeof struct " : "", places[i].path, theirs[i], ours);
		good = false;
	}
	return good;
}
