/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * object.c: any bytes as a relocatable object, linked with ours: refused in a sentence, or an image. What
 * it says goes to nobody. The bytes of a good one are kept in the corpus.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/kernel/kernel.h"
#include "tests/fuzz/fuzz.h"

static void be_quiet(void)
{
	static bool quiet;
	FILE *nobody = quiet ? NULL : fopen("/dev/null", "w");

	if (nobody)
		stderr = nobody; /* the engine has kept its own */
	quiet = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct link *l = calloc(1, sizeof(*l));
	char *bytes = fuzz_copy(data, size);
	static const char profile[] = "sysemu-profile 1\ntask_pid 8\n";
	size_t image_size;

	be_quiet();
	FUZZ_CHECK(l);
	l->base = "sysemu";
	l->name = "fuzz";
	l->text_base = LINK_TEXT_BASE;
	l->objects = calloc(1, sizeof(*l->objects));
	FUZZ_CHECK(l->objects);
	l->n_objects = 1;
	if (link_read_object(&l->objects[0], "fuzz.o", (const uint8_t *)bytes, size, false) &&
	    link_add_ours(l) && link_all(l, "sysemu")) {
		uint8_t *image = link_image(l, profile, &image_size);

		FUZZ_CHECK(image);
		link_layouts_agree(image, image_size, profile);
		free(image);
	}
	link_free(l);
	free(bytes);
	free(l);
	return 0;
}
