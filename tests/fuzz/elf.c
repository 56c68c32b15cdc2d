/* SPDX-License-Identifier: GPL-2.0-only */
/* elf.c: any bytes as an ELF file: read whole and looked up in, or refused with an offset. */
#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"
#include "tests/fuzz/fuzz.h"

static void look(const struct sim_image *img)
{
	size_t length = 0;

	for (size_t i = 0; i < img->nsegments; i++)
		FUZZ_CHECK(img->segments[i].filesz <= img->segments[i].memsz);
	for (size_t i = 0; i < img->nsymbols; i++) {
		length += strlen(img->symbols[i].name);
		FUZZ_CHECK(!i || img->symbols[i - 1].value <= img->symbols[i].value);
		FUZZ_CHECK(sim_image_symbol(img, img->symbols[i].name));
		sim_image_at(img, img->symbols[i].value);
	}
	if (img->interp_name)
		length += strlen(img->interp_name);
	FUZZ_CHECK(length <= img->size * (img->nsymbols + 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sim_error err = { "" };
	struct sim_image img;
	enum sim_status status = sim_image_parse(data, size, &img, &err);

	if (status == SIM_OK) {
		look(&img);
		sim_image_free(&img);
	} else if (status != SIM_ENOMEM) {
		FUZZ_CHECK(status == SIM_ELOAD && !strncmp(err.text, "offset 0x", 9));
	}
	return 0;
}
