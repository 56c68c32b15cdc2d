/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pack.h: how the images of the later kernels lie in the library: as what they have in common with an image
 * that lies there as it is, and the rest. For pack.c, a program of the build, and unpack.c.
 *
 * Behind the image's size (32 bits, the lowest byte first) a row of pieces, each begun by a byte:
 *	0nnnnnnn			n + 1 bytes, which follow
 *	10nnnnnn			n + PACK_LEAST bytes, from as far back as the piece before
 *	11nnnnnn dd dd dd		n + PACK_LEAST bytes, from d bytes back
 * in the base image, behind which the bytes that are made come.
 */
#ifndef LIB_KERNELS_PACK_H
#define LIB_KERNELS_PACK_H

#include <stddef.h>
#include <stdint.h>

#define PACK_LITERALS 128
#define PACK_LEAST    3
#define PACK_MATCH    (0x3f + PACK_LEAST)
#define PACK_SIZE     4 /* bytes of the size */

/* Into `out`, of the size that stands there. What is no such row gives 0, and touches nothing beyond. */
int image_unpack(const uint8_t *packed, size_t size, const uint8_t *base, size_t base_size,
		 uint8_t *out, size_t out_size);

static inline uint32_t image_size(const uint8_t *packed)
{
	return packed[0] | (uint32_t)packed[1] << 8 | (uint32_t)packed[2] << 16 |
	       (uint32_t)packed[3] << 24;
}

#endif
