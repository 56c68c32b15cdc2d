/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernels.c: which guest kernels there are, and their identity: those that are built into the
 * library, whose bytes come from images.S and whose names from kernels.def, and those that were opened.
 *
 * Read next: lib/machine/machine.c, which boots one of them.
 */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>

#include "lib/kernels/kernels.h"
#include "lib/kernels/pack.h"
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
DECLARE_IMAGE(vsyscall_sysenter_4_4);
DECLARE_IMAGE(launch);

static struct kernel kernels[] = {
#define KERNEL(symbol, kname, kalias, kabout)     \
	{ .name = kname,                          \
	  .alias = kalias,                        \
	  .about = kabout,                        \
	  .elf = sysemu_image_##symbol,           \
	  .elf_end = sysemu_image_##symbol##_end, \
	  .profile = &sysemu_image_profile_##symbol },
#define LATER(symbol, kname, kalias, kabout)         \
	{ .name = kname,                             \
	  .alias = kalias,                           \
	  .about = kabout,                           \
	  .packed = sysemu_image_##symbol,           \
	  .packed_end = sysemu_image_##symbol##_end, \
	  .profile = &sysemu_image_profile_##symbol },
#include "lib/kernels/kernels.def"
#undef KERNEL
};

#define KERNELS (sizeof(kernels) / sizeof(kernels[0]))

#define DIGEST (2 * sizeof(XXH128_canonical_t) + 1)

/* Filled in once, whatever threads ask first. */
static once_flag once = ONCE_FLAG_INIT;
static char digests[KERNELS][DIGEST];
static char engines[160];
static pthread_mutex_t unpacking = PTHREAD_MUTEX_INITIALIZER;

/* A list that only grows, at its end: who reads it needs no lock. */
struct opened {
	struct kernel kernel;
	char digest[DIGEST];
	struct opened *_Atomic next;
};
static struct opened *_Atomic first_opened;
static _Thread_local const struct kernel *tried;
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

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
	const uint8_t *page;
	size_t size;

	XXH3_INITSTATE(&state);
	XXH3_128bits_reset(&state);
	hash_image(&state, k->elf, k->elf_end);
	hash_image(&state, sysemu_image_vsyscall_int80, sysemu_image_vsyscall_int80_end);
	page = kernel_vsyscall(k->profile->era, SYSEMU_ENTRY_SYSENTER, &size);
	hash_image(&state, page, page + size);
	if (k->path) /* what another profile makes of the same image may be something else */
		hash_image(&state, (const uint8_t *)k->profile, (const uint8_t *)(k->profile + 1));
	XXH128_canonicalFromHash(&hash, XXH3_128bits_digest(&state));
	for (size_t i = 0; i < sizeof(hash.digest); i++)
		snprintf(hex + 2 * i, 3, "%02x", hash.digest[i]);
}

/* A packed one's image, for as long as the process lives. False: no memory. */
static bool unpack(struct kernel *k)
{
	size_t size = image_size(k->packed),
	       base = (size_t)(sysemu_image_2_6_14_end - sysemu_image_2_6_14);
	uint8_t *image;

	pthread_mutex_lock(&unpacking);
	image = k->elf ? NULL : malloc(size);
	if (image && image_unpack(k->packed, (size_t)(k->packed_end - k->packed),
				  sysemu_image_2_6_14, base, image, size)) {
		k->elf_end = image + size;
		k->elf = image;
	} else {
		free(image);
	}
	pthread_mutex_unlock(&unpacking);
	return k->elf != NULL;
}

static void fill_texts(void)
{
	snprintf(engines, sizeof(engines), "%s, %s, guest compiler " SYSEMU_GUEST_COMPILER,
		 sim_engines(), sim_engine_way());
}

/* ---- which there are ---- */

const struct kernel *kernel_number(size_t n)
{
	struct opened *o;

	if (n < KERNELS)
		return &kernels[n];
	n -= KERNELS;
	for (o = first_opened; o && n; o = o->next)
		n--;
	return o ? &o->kernel : NULL;
}

void kernel_try(const struct kernel *k)
{
	tried = k;
}

bool kernel_on_trial(const struct kernel *k)
{
	return k && k == tried;
}

const struct kernel *kernel_find(const char *name)
{
	const struct kernel *k;

	if (tried && strcmp(name, tried->name) == 0)
		return tried;
	for (size_t i = 0; (k = kernel_number(i)) != NULL; i++)
		if (strcmp(name, k->name) == 0 || (k->alias && strcmp(name, k->alias) == 0))
			break;
	if (k && k->packed && !unpack(&kernels[k - kernels]))
		return NULL;
	return k;
}

/* Its digest lies behind it. */
static const char *digest_of(const struct kernel *k)
{
	if (k->path)
		return ((const struct opened *)k)->digest;
	pthread_mutex_lock(&unpacking);
	if (!*digests[k - kernels])
		fill_digest(k, digests[k - kernels]);
	pthread_mutex_unlock(&unpacking);
	return digests[k - kernels];
}

static bool add_opened(struct kernel *k, const struct kernel **in)
{
	struct opened *o = calloc(1, sizeof(*o)), *_Atomic *end = &first_opened;

	if (!o)
		return false;
	o->kernel = *k;
	fill_digest(k, o->digest);
	*in = kernel_find(k->name);
	if (*in) {
		bool same = strcmp(digest_of(*in), o->digest) == 0;

		free(o);
		return same;
	}
	while (*end)
		end = &(*end)->next;
	*end = o;
	*in = &o->kernel;
	return true;
}

bool kernel_add(struct kernel *k, const struct kernel **in)
{
	bool good;

	*in = NULL;
	pthread_mutex_lock(&opening);
	good = add_opened(k, in);
	pthread_mutex_unlock(&opening);
	return good;
}

/* ---- what comes with all of them ---- */

const uint8_t *kernel_vsyscall(uint32_t era, sysemu_entry entry, size_t *size)
{
	const uint8_t *start = sysemu_image_vsyscall_int80, *end = sysemu_image_vsyscall_int80_end;

	if (entry == SYSEMU_ENTRY_SYSENTER) {
		start = sysemu_image_vsyscall_sysenter;
		end = sysemu_image_vsyscall_sysenter_end;
		if (era >= ERA_ENTRY_IN_C) {
			start = sysemu_image_vsyscall_sysenter_4_4;
			end = sysemu_image_vsyscall_sysenter_4_4_end;
		}
	}
	*size = (size_t)(end - start);
	return start;
}

const uint8_t *launch_code(size_t *size)
{
	*size = (size_t)(sysemu_image_launch_end - sysemu_image_launch);
	return sysemu_image_launch;
}

/* Adds what lies between __region_NAME and __region_NAME_end, if the image has them. */
static size_t add_region(const struct sim_image *image, const char *name, unsigned region,
			 struct sim_range *ranges, size_t n)
{
	const struct sim_symbol *start, *end;
	char symbol[40];

	snprintf(symbol, sizeof(symbol), "__region_%s", name);
	start = sim_image_symbol(image, symbol);
	snprintf(symbol, sizeof(symbol), "__region_%s_end", name);
	end = sim_image_symbol(image, symbol);
	if (start && end && start->value < end->value)
		ranges[n++] = (struct sim_range){ start->value, end->value, region };
	return n;
}

size_t kernel_regions(const struct sim_image *image, struct sim_range ranges[SYSEMU_REGIONS])
{
	static const char *const names[] = {
#define X(name, text) text,
		SYSEMU_REGION_MAP(X)
#undef X
	};
	size_t n = 0;

	for (unsigned r = SYSEMU_REGION_USER + 1; r < SYSEMU_REGION_OTHER; r++)
		n = add_region(image, names[r], r, ranges, n);
	/* Of a whole kernel calls lie in more than one place, and most regions nowhere. */
	n = add_region(image, "leaf_unknown", SYSEMU_REGION_LEAF, ranges, n);
	n = add_region(image, "leaf_fork", SYSEMU_REGION_LEAF, ranges, n);
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
	const struct kernel *k = kernel_number(index);

	if (!k)
		return NULL;
	if (about)
		*about = k->about;
	return k->name;
}

const char *sysemu_kernel_alias(const char *kernel)
{
	const struct kernel *k = kernel ? kernel_find(kernel) : NULL;

	return k ? k->alias : NULL;
}

const char *sysemu_kernel_like(const char *kernel)
{
	const struct kernel *k = kernel ? kernel_find(kernel) : NULL;

	return k ? k->like : NULL;
}

const char *sysemu_kernel_digest(const char *kernel)
{
	const struct kernel *k = kernel ? kernel_find(kernel) : NULL;

	return k ? digest_of(k) : NULL;
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
	static const char more[] = ", ...";
	const struct kernel *k;
	char one[96];
	size_t used, n;

	if (!buf || !size)
		return buf;
	used = (size_t)snprintf(buf, size, "no kernel is named \"%.40s\": there are",
				name ? name : "");
	for (size_t i = 0; (k = kernel_number(i)) != NULL && used < size; i++) {
		n = (size_t)snprintf(one, sizeof(one), k->alias ? "%s %s (%s)" : "%s %s",
				     i ? "," : "", k->name, k->alias);
		if (i && kernel_number(i + 1) && used + n + sizeof(more) > size) {
			snprintf(buf + used, size - used, "%s", more);
			break;
		}
		used += (size_t)snprintf(buf + used, size - used, "%s", one);
	}
	return buf;
}

const char *sysemu_engines(void)
{
	call_once(&once, fill_texts);
	return engines;
}
