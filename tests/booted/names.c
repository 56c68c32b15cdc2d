/* SPDX-License-Identifier: GPL-2.0-only */
/* names.c: the public header's names, out of its own lists: native.c has the rest of the header. */
#include <stddef.h>
#include <string.h>

#include "libsysemu/sysemu.h"

#define PICK(names, n) ((size_t)(n) < sizeof(names) / sizeof(names[0]) ? names[n] : NULL)

const char *sysemu_event_name(sysemu_event_kind kind)
{
	static const char *const names[] = {
#define X(name, text) text,
		SYSEMU_EVENT_MAP(X)
#undef X
	};

	return PICK(names, kind);
}

const char *sysemu_region_name(sysemu_region region)
{
	static const char *const names[] = {
#define X(name, text) text,
		SYSEMU_REGION_MAP(X)
#undef X
	};

	return PICK(names, region);
}

const char *sysemu_reg_name(unsigned reg)
{
	static const char *const names[] = {
#define X(word, name, text) text,
		SYSEMU_REG_MAP(X)
#undef X
	};

	return PICK(names, reg);
}

const char *sysemu_tif_name(unsigned bit)
{
	static const char *const names[] = {
#define X(number, name, text) [number] = text,
		SYSEMU_TIF_MAP(X)
#undef X
	};

	return PICK(names, bit);
}

int sysemu_request_number(const char *name)
{
#define X(value, text)            \
	if (!strcmp(name, #text)) \
		return value;
	SYSEMU_REQUEST_MAP(X)
#undef X
	return -1;
}

const char *sysemu_call_name(int32_t nr)
{
	static const char *const names[] = {
#define CALL(number, name, handler)   [number] = #name,
#define INSIDE(number, name, handler) [number] = #name,
#define UNSERVED(number, name)        [number] = #name,
#include "lib/server/calls.def"
	};

	return nr < 0 ? NULL : PICK(names, nr);
}

uint64_t sysemu_kernel_insns(const sysemu_counts *counts)
{
	(void)counts; /* a tracer does not see them */
	return 0;
}
