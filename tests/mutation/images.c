/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * images.c: the part of host.c that knows where the library keeps the kernels' images.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "asm/abi.h"
#include "lib/machine/machine.h"
#include "tests/mutation/host.h"

static_assert(HOST_BASE == KERNEL_BASE, "every kernel is linked there");

static const struct kernel *kernel_at(uint32_t index)
{
	const char *name = host_kernel(index);

	return name ? kernel_find(name) : NULL;
}

/* Where the bytes of [addr, addr + size) lie in a kernel's image. */
static uint8_t *place(const struct kernel *k, uint32_t addr, uint32_t size)
{
	struct sim_image image;
	struct sim_error err;
	uint8_t *found = NULL;

	if (sim_image_parse(k->elf, (size_t)(k->elf_end - k->elf), &image, &err) != SIM_OK)
		return NULL;
	for (size_t i = 0; i < image.nsegments; i++) {
		const struct sim_segment *g = &image.segments[i];

		if (addr >= g->vaddr && addr - g->vaddr + size <= g->filesz)
			found = (uint8_t *)(uintptr_t)k->elf + g->offset + (addr - g->vaddr);
	}
	sim_image_free(&image);
	return found;
}

void host_change_image(const struct host_change *c)
{
	const struct kernel *k = kernel_at(c->kernel);
	uint8_t *at = k ? place(k, c->addr, c->size) : NULL;
	uintptr_t page = (uintptr_t)at & ~(uintptr_t)(SIM_PAGE - 1);

	if (!at || mprotect((void *)page, 2 * SIM_PAGE, PROT_READ | PROT_WRITE) != 0)
		abort();
	memcpy(at, c->bytes, c->size);
}

const uint8_t *host_code(uint32_t kernel)
{
	const struct kernel *k = kernel_at(kernel);

	return k ? place(k, HOST_BASE, HOST_KNOWN) : NULL;
}

uint32_t host_images(void)
{
	uint32_t sum = 2166136261u;
	const struct kernel *k;

	for (uint32_t i = 0; (k = kernel_at(i)); i++)
		for (const uint8_t *p = k->elf; p < k->elf_end; p++)
			sum = (sum ^ *p) * 16777619u;
	return sum;
}
