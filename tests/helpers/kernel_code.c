/* SPDX-License-Identifier: GPL-2.0-only */
/* kernel_code.c: see kernel_code.h. */
#include "tests/helpers/kernel_code.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct kernel_code kernel_code_of(const char *kernel)
{
	const struct kernel *k = kernel_find(kernel);
	struct kernel_code c;
	struct sim_error err;

	assert_non_null(k);
	assert_int_equal(sim_image_parse(k->elf, (size_t)(k->elf_end - k->elf), &c.image, &err),
			 SIM_OK);
	c.bytes = c.image.data + c.image.segments[0].offset;
	c.base = c.image.segments[0].vaddr;
	return c;
}

uint32_t kernel_code_address(const struct kernel_code *c, const char *symbol)
{
	const struct sim_symbol *s = sim_image_symbol(&c->image, symbol);

	assert_non_null(s);
	return s->value;
}

const uint8_t *kernel_code_at(const struct kernel_code *c, uint32_t addr)
{
	return c->bytes + (addr - c->base);
}
