/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unpack.c: the image in a bzImage, by the boot protocol's header (from version 2.08, 2.6.26 on), unpacked by
 * the libraries that this build has: zlib, liblzma, libzstd. Nobody else knows them.
 */
#include <stdlib.h>
#include <string.h>

#ifdef SYSEMU_ZLIB
#include <zlib.h>
#endif
#ifdef SYSEMU_LZMA
#include <lzma.h>
#endif
#ifdef SYSEMU_ZSTD
#include <zstd.h>
#endif

#include "cli/kernel/whole.h"

#define IMAGE_MAX (256u << 20)

/* Of the setup header. */
enum {
	SETUP_SECTS = 0x1f1,
	SIGNATURE = 0x202, /* "HdrS" */
	VERSION = 0x206,
	PAYLOAD_OFFSET = 0x248, /* in what follows the setup code */
	PAYLOAD_LENGTH = 0x24c,
	HEADER_END = 0x250,
};

/* ---- memory that grows ---- */

struct out {
	uint8_t *bytes;
	size_t size, room;
};

/* Room for more; false: too much of it. (Unused where no library is.) */
static bool __attribute__((unused)) more(struct out *out)
{
	size_t room = out->room ? 2 * out->room : 1u << 20;
	void *bytes;

	if (out->size < out->room)
		return true;
	bytes = room <= IMAGE_MAX ? realloc(out->bytes, room) : NULL;
	if (!bytes)
		return false;
	out->bytes = bytes;
	out->room = room;
	return true;
}

/* ---- the libraries: each says where in its input it stopped; true: at the end ---- */

#ifdef SYSEMU_ZLIB
static bool by_zlib(const uint8_t *in, size_t size, struct out *out, size_t *stopped)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)in, .avail_in = (uInt)size };
	int result = inflateInit2(&z, 15 + 16);

	while (result == Z_OK && more(out)) {
		z.next_out = out->bytes + out->size;
		z.avail_out = (uInt)(out->room - out->size);
		result = inflate(&z, Z_NO_FLUSH);
		out->size = out->room - z.avail_out;
	}
	*stopped = size - z.avail_in;
	inflateEnd(&z);
	return result == Z_STREAM_END;
}
#else
#define by_zlib NULL
#endif

#ifdef SYSEMU_LZMA
static bool by_lzma(lzma_stream *z, lzma_ret result, const uint8_t *in, size_t size,
		    struct out *out, size_t *stopped)
{
	z->next_in = in;
	z->avail_in = size;
	while (result == LZMA_OK && more(out)) {
		z->next_out = out->bytes + out->size;
		z->avail_out = out->room - out->size;
		result = lzma_code(z, LZMA_RUN);
		out->size = out->room - z->avail_out;
	}
	*stopped = size - z->avail_in;
	lzma_end(z);
	return result == LZMA_STREAM_END;
}

static bool by_xz(const uint8_t *in, size_t size, struct out *out, size_t *stopped)
{
	lzma_stream z = LZMA_STREAM_INIT;

	return by_lzma(&z, lzma_stream_decoder(&z, 2ull * IMAGE_MAX, 0), in, size, out, stopped);
}

static bool by_lzma1(const uint8_t *in, size_t size, struct out *out, size_t *stopped)
{
	lzma_stream z = LZMA_STREAM_INIT;

	return by_lzma(&z, lzma_alone_decoder(&z, 2ull * IMAGE_MAX), in, size, out, stopped);
}
#else
#define by_xz    NULL
#define by_lzma1 NULL
#endif

#ifdef SYSEMU_ZSTD
static bool by_zstd(const uint8_t *in, size_t size, struct out *out, size_t *stopped)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	ZSTD_inBuffer from = { in, size, 0 };
	bool going = z != NULL;
	size_t result = 1;

	while (going && more(out)) {
		ZSTD_outBuffer to = { out->bytes, out->room, out->size };

		result = ZSTD_decompressStream(z, &to, &from);
		out->size = to.pos;
		/* With room left and nothing to read it would wait for ever. */
		going = result && !ZSTD_isError(result) && (from.pos < size || to.pos == to.size);
	}
	*stopped = from.pos;
	ZSTD_freeDStream(z);
	return result == 0;
}
#else
#define by_zstd NULL
#endif

static const struct method {
	const char *name, *library; /* NULL: nobody here unpacks it */
	const char *magic;
	size_t length;
	/* NULL: this build has not the library */
	bool (*run)(const uint8_t *in, size_t size, struct out *out, size_t *stopped);
} methods[] = {
	{ "gzip", "zlib", "\x1f\x8b", 2, by_zlib },
	{ "XZ", "liblzma",
	  "\xfd"
	  "7zXZ",
	  6, by_xz },
	{ "LZMA", "liblzma", "\x5d\0\0", 3, by_lzma1 },
	{ "Zstandard", "libzstd", "\x28\xb5\x2f\xfd", 4, by_zstd },
	{ "LZ4", NULL, "\x02\x21\x4c\x18", 4, NULL },
	{ "LZO", NULL, "\x89LZO", 4, NULL },
	{ "bzip2", NULL, "BZh", 3, NULL },
};

static const struct method *method_of(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (size >= methods[i].length && !memcmp(data, methods[i].magic, methods[i].length))
			return &methods[i];
	return NULL;
}

/* ---- the header ---- */

static uint32_t word_at(const uint8_t *data, size_t at)
{
	uint32_t value;

	memcpy(&value, data + at, 4);
	return value;
}

static bool is_bzimage(const uint8_t *data, size_t size)
{
	return size >= SIGNATURE + 4 && data[0x1fe] == 0x55 && data[0x1ff] == 0xaa &&
	       !memcmp(data + SIGNATURE, "HdrS", 4);
}

bool unpack_is_packed(const uint8_t *data, size_t size)
{
	return is_bzimage(data, size) || method_of(data, size);
}

/* Where what is compressed lies. */
static bool find_payload(const char *path, const uint8_t *data, size_t size, size_t *at,
			 size_t *length)
{
	unsigned version, sectors;

	*at = 0;
	*length = size;
	if (!is_bzimage(data, size))
		return true;
	if (size < HEADER_END)
		return link_refuse(path, "offset 0x%zx: the header of a bzImage ends here", size);
	version = data[VERSION] | data[VERSION + 1] << 8;
	if (version < 0x208)
		return link_refuse(path,
				   "offset 0x206: boot protocol %u.%02u, which does not say where "
				   "the kernel is (2.08 does): unpack it by hand",
				   version >> 8, version & 0xff);
	sectors = data[SETUP_SECTS] ? data[SETUP_SECTS] : 4;
	*at = (sectors + 1) * 512u + (size_t)word_at(data, PAYLOAD_OFFSET);
	*length = word_at(data, PAYLOAD_LENGTH);
	if (*at > size || *length > size - *at)
		return link_refuse(path,
				   "offset 0x248: the kernel in it, 0x%zx bytes at 0x%zx, is not "
				   "all in the file",
				   *length, *at);
	return true;
}

uint8_t *unpack(const char *path, const uint8_t *data, size_t size, size_t *out_size)
{
	const struct method *m;
	struct out out = { 0 };
	size_t at, length, stopped = 0;

	if (!find_payload(path, data, size, &at, &length))
		return NULL;
	m = method_of(data + at, length);
	if (!m)
		link_refuse(path, "offset 0x%zx: the kernel in it is compressed in no known way",
			    at);
	else if (!m->library)
		link_refuse(
			path,
			"offset 0x%zx: compressed by %s, which sysemu does not unpack: do it by "
			"hand",
			at, m->name);
	else if (!m->run)
		link_refuse(path,
			    "offset 0x%zx: compressed by %s, and this sysemu was built without %s",
			    at, m->name, m->library);
	else if (!m->run(data + at, length, &out, &stopped))
		link_refuse(path,
			    stopped < length && out.size < IMAGE_MAX ?
				    "offset 0x%zx: %s: damaged" :
				    "offset 0x%zx: %s: cut off, or larger than any kernel",
			    at + stopped, m->name);
	else {
		*out_size = out.size;
		return out.bytes;
	}
	free(out.bytes);
	return NULL;
}
