/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * captures.c: any bytes as captures that are executed in real mode and timed. The first byte
 * chooses the model.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"

static void on_capture(void *user, const sysemu_capture *c)
{
	size_t *length = user;

	*length += strnlen(c->name, sizeof(c->name)) + strlen(c->bus_measured) +
		   strlen(c->bus_modelled) + (c->difference ? strlen(c->difference) : 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const models[] = { "i386ex-bus", "i386dx-bus", "i486", "p5" };
	struct fuzz_input in = { data, size };
	const char *model = models[fuzz_take(&in, 1) % 4];
	size_t length = 0;
	sysemu_captures out;
	sysemu_status status =
		sysemu_timing_captures(in.data, in.size, model, on_capture, &length, &out);

	if (status == SYSEMU_OK)
		FUZZ_CHECK(out.differing <= out.all.tests + out.faulting);
	else
		FUZZ_CHECK(status == SYSEMU_ELOAD && sysemu_errmsg(NULL)[0]);
	return 0;
}
