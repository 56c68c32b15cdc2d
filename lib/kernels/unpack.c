/* SPDX-License-Identifier: GPL-2.0-only */
/* unpack.c: an image out of what pack.h says of it. */
#include <string.h>

#include "lib/kernels/pack.h"

int image_unpack(const uint8_t *packed, size_t size, const uint8_t *base, size_t base_size,
		 uint8_t *out, size_t out_size)
{
	const uint8_t *p = packed + PACK_SIZE, *end = packed + size;
	size_t made = 0, back = 0;

	if (size < PACK_SIZE || image_size(packed) != out_size)
		return 0;
	while (p < end) {
		uint8_t piece = *p++;
		size_t n = piece & 0x80 ? (piece & 0x3fu) + PACK_LEAST : piece + 1u;

		if (n > out_size - made)
			return 0;
		if (!(piece & 0x80)) {
			if (n > (size_t)(end - p))
				return 0;
			memcpy(out + made, p, n);
			p += n;
			made += n;
			continue;
		}
		if (piece & 0x40) {
			if (end - p < 3)
				return 0;
			back = p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16;
			p += 3;
		}
		if (!back || back > base_size + made)
			return 0;
		for (; n; n--, made++) {
			size_t at = base_size + made - back;

			out[made] = at < base_size ? base[at] : out[at - base_size];
		}
	}
	return made == out_size;
}
