/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * words.c: the profile of `sysemu` with some words changed, six bytes a change: what the static checks let
 * through is opened and run for a while. Whatever comes of it, the host goes on.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/kernels/kernels.h"
#include "tests/fuzz/fuzz.h"

enum { CHANGES = 8, EVENTS = 6 };

static void run(const char *kernel)
{
	static const uint8_t calls[] = { 0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xeb, 0xf7 };
	const sysemu_config config = { .kernel = kernel, .user_pages = 64 };
	sysemu_machine *m;
	sysemu_event e;
	sysemu_regs regs;
	sysemu_task task;
	int32_t result;

	if (sysemu_open(&config, &m) != SYSEMU_OK)
		return;
	if (sysemu_load_code(m, calls, sizeof(calls)) == SYSEMU_OK)
		for (unsigned i = 0; i < EVENTS && sysemu_run(m, 20000, &e) == SYSEMU_OK; i++) {
			sysemu_get_regs(m, &regs);
			sysemu_set_regs(m, &regs);
			sysemu_task_info(m, 0, &task);
			sysemu_signal(m, 101, 10, &result);
			sysemu_ptrace(m, SYSEMU_PTRACE_SYSCALL, 0, 0, &result);
		}
	sysemu_close(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct kernel *base = kernel_find("sysemu");
	struct profile words = *base->profile;
	struct profile_error error = { 0 };
	struct kernel changed = *base;
	struct sim_image image;
	struct sim_error err;
	uint32_t lines[256] = { 0 };

	FUZZ_CHECK(profile_words() <= 256);
	for (size_t i = 0; i < CHANGES && (i + 1) * 6 <= size; i++) {
		uint16_t n;
		uint32_t value;

		memcpy(&n, data + 6 * i, 2);
		memcpy(&value, data + 6 * i + 2, 4);
		/* Most values are refused at once; a small distance often is not. */
		if (n & 0x8000)
			value = profile_get(&words, n % profile_words()) + (int8_t)value;
		profile_set(&words, n % profile_words(), value);
	}
	FUZZ_CHECK(sim_image_parse(base->elf, (size_t)(base->elf_end - base->elf), &image, &err) ==
		   SIM_OK);
	if (profile_sound(&words, lines, &image, NULL, &error)) {
		changed.name = "changed";
		changed.alias = NULL;
		changed.path = "changed";
		changed.profile = &words;
		kernel_try(&changed);
		run("changed");
		kernel_try(NULL);
	}
	sim_image_free(&image);
	return 0;
}
