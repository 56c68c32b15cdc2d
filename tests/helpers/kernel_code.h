/* SPDX-License-Identifier: GPL-2.0-only */
/* kernel_code.h: the code of a guest kernel as its image holds it, for tests that read it. */
#ifndef TESTS_KERNEL_CODE_H
#define TESTS_KERNEL_CODE_H

#include "lib/guest/guest.h"

struct kernel_code {
	struct sim_image image;
	const uint8_t *bytes; /* of the segment with the code */
	uint32_t base;
};

/* Owned by the caller; sim_image_free(&c.image) at the end. */
struct kernel_code kernel_code_of(const char *kernel);
uint32_t kernel_code_address(const struct kernel_code *c, const char *symbol);
/* Sixteen bytes and more may be read from there. */
const uint8_t *kernel_code_at(const struct kernel_code *c, uint32_t addr);

#endif
