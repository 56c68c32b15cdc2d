/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * profile.c: any bytes as a kernel's profile, against the image of `sysemu`: refused with a line, or a
 * profile whose words the text says.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/kernels/kernels.h"
#include "tests/fuzz/fuzz.h"

static struct sim_image image;
static uint32_t *lines;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct kernel *k = kernel_find("sysemu");
	char *text = fuzz_copy(data, size);
	struct profile_error error = { 0 };
	struct profile_head head;
	struct profile words;
	struct sim_error err;

	if (!lines) {
		FUZZ_CHECK(sim_image_parse(k->elf, (size_t)(k->elf_end - k->elf), &image, &err) ==
			   SIM_OK);
		lines = calloc(profile_words(), sizeof(*lines));
		FUZZ_CHECK(lines);
	}
	if (profile_read_head(text, size, &head, &error))
		profile_head_free(&head);
	else
		FUZZ_CHECK(error.text[0]);
	error = (struct profile_error){ 0 };
	if (profile_read_words(text, size, &image, &words, lines, &error)) {
		for (size_t n = 0; n < profile_words(); n++)
			FUZZ_CHECK(lines[n]);
		if (!profile_sound(&words, lines, &image, k, &error))
			FUZZ_CHECK(error.text[0]);
	} else {
		FUZZ_CHECK(error.text[0]);
	}
	free(text);
	return 0;
}
