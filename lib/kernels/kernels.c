/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernels.c: which guest kernels are built into the library, and their identity.
 *
 * The bytes come from images.S, the names from kernels.def.
 * Read next: lib/machine/machine.c, which boots one of them.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <stdio.h>
#include <string.h>
#include <threads.h>

#include "lib/kernels/kernels.h"
#include "sim/sim.h"

#define DECLARE_IMAGE(symbol) \
	extern const uint8_t sysemu_image_##symbol[], sysemu_image_##symbol##_end[]
#define KERNEL(symbol, name, alias, about) \
	DECLARE_IMAGE(symbol);             \
	extern const struct profile sysemu_image_profile_##symbol;
#include "lib/kernels/kernels.def"
#undef KERNEL
DECLARE_IMAGE(vsyscall_int80);
DECLARE_IMAGE(vsyscall_sysenter);
DECLARE_IMAGE(launch);

static const struct kernel kernels[] = {
#define KERNEL(symbol, name, alias, about) \
	{ name,                            \
	  alias,                           \
	  about,                           \
	  sysemu_image_##symbol,           \
	  sysemu_image_##symbol##_end,     \
	  &sysemu_image_profile_##symbol },
#include "lib/kernels/kernels.def"
#undef KERNEL
};

#define KERNELS (sizeof(kernels) / sizeof(kernels[0]))

/* Filled in once, whatever threads ask first. */
static once_flag once = ONCE_FLAG_INIT;
static char digests[KERNELS][2 * sizeof(XXH128_canonical_t) + 1];
static char engines[160];

static void hash_image(XXH3_state_t *state, const uint8_t *start, const uint8_t *end)
{
	uint64_t size = (uint64_t)(end - start);
	uint8_t length[8];

	/* The length first, so that no byte can move from one image to the next unseen. */
	for (size_t i = 0; i < sizeof(length); i++)
		length[i] = (uint8_t)(size >> (8 * i));
	XXH3_128bits_update(state, length, sizeof(length));
	XXH3_128bits_update(state, start, (size_t)size);
}

static void fill_digest(const struct kernel *k, char *hex)
{
	XXH3_state_t state;
	XXH128_canonical_t hash;

	XXH3_INITSTATE(&state);
	XXH3_128bits_reset(&state);
	hash_image(&state, k->elf, k->elf_end);
	hash_image(&state, sysemu_image_vsyscall_int80, sysemu_image_vsyscall_int80_end);
	hash_image(&state, sysemu_image_vsyscall_sysenter, sysemu_image_vsyscall_sysenter_end);
	XXH128_canonicalFromHash(&hash, XXH3_128bits_digest(&state));
	for (size_t i = 0; i < sizeof(hash.digest); i++)
		snprintf(hex + 2 * i, 3, "%02x", hash.digest[i]);
}

static void fill_texts(void)
{
	for (size_t i = 0; i < KERNELS; i++)
		fill_digest(&kernels[i], digests[i]);
	snprintf(engines, sizeof(engines), "%s, %s, guest compiler " SYSEMU_GUEST_COMPILER,
		 sim_engines(), sim_engine_way());
}

const struct kernel *kernel_find(const char *name)
{
	for (size_t i = 0; i < KERNELS; i++) {
		const struct kernel *k = &kernels[i];

		if (strcmp(name, k->name) == 0 || (k->alias && strcmp(name, k->alias) == 0))
			return k;
	}
	return NULL;
}

const uint8_t *kernel_vsyscall(sysemu_entry entry, size_t *size)
{
	const uint8_t *start = sysemu_image_vsyscall_int80, *end = sysemu_image_vsyscall_int80_end;

	if (entry == SYSEMU_ENTRY_SYSENTER) {
		start = sysemu_image_vsyscall_sysenter;
		end = sysemu_image_vsyscall_sysenter_end;
	}
	*size = (size_t)(end - start);
	return start;
}

const uint8_t *launch_code(size_t *size)
{
	*size = (size_t)(sysemu_image_launch_end - sysemu_image_launch);
	return sysemu_image_launch;
}

size_t kernel_regions(const struct sim_image *image, struct sim_range ranges[SYSEMU_REGIONS])
{
	static const char *const names[] = {
#define X(name, text) text,
		SYSEMU_REGION_MAP(X)
#undef X
	};
	size_t n = 0;

	for (unsigned r = SYSEMU_REGION_USER + 1; r < SYSEMU_REGION_OTHER; r++) {
		const struct sim_symbol *start, *end;
		char name[40];

		snprintf(name, sizeof(name), "__region_%s", names[r]);
		start = sim_image_symbol(image, name);
		snprintf(name, sizeof(name), "__region_%s_end", names[r]);
		end = sim_image_symbol(image, name);
		if (start && end && start->value < end->value)
			ranges[n++] = (struct sim_range){ start->value, end->value, r };
	}
	/* The order of kernel.lds is not the header's. */
	for (size_t i = 1; i < n; i++)
		for (size_t j = i; j > 0 && ranges[j].start < ranges[j - 1].start; j--) {
			struct sim_range swap = ranges[j];

			ranges[j] = ranges[j - 1];
			ranges[j - 1] = swap;
		}
	return n;
}

const char *sysemu_kernel_at(size_t index, const char **about)
{
	if (index >= KERNELS)
		return NULL;
	if (about)
		*about = kernels[index].about;
	return kernels[index].name;
}

const char *sysemu_kernel_alias(const char *kernel)
{
	const struct kernel *k = kernel ? kernel_find(kernel) : NULL;

	return k ? k->alias : NULL;
}

const char *sysemu_kernel_digest(const char *kernel)
{
	const struct kernel *k = kernel ? kernel_find(kernel) : NULL;

	if (!k)
		return NULL;
	call_once(&once, fill_texts);
	return digests[k - kernels];
}

const void *sysemu_kernel_image(const char *kernel, size_t *size)
{
	const struct kernel *k = kernel ? kernel_find(kernel) : NULL;

	if (!k)
		return NULL;
	if (size)
		*size = (size_t)(k->elf_end - k->elf);
	return k->elf;
}

const char *sysemu_kernel_unknown(const char *name, char *buf, size_t size)
{
	size_t used;

	if (!buf || !size)
		return buf;
	used = (size_t)snprintf(buf, size, "no kernel is named \"%.40s\": there are",
				name ? name : "");
	for (size_t i = 0; i < KERNELS && used < size; i++) {
		const struct kernel *k = &kernels[i];

		used += (size_t)snprintf(buf + used, size - used, k->alias ? "%s %s (%s)" : "%s %s",
					 i ? "," : "", k->name, k->alias);
	}
	return buf;
}

const char *sysemu_engines(void)
{
	call_once(&once, fill_texts);
	return engines;
}
