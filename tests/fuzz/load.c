/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * load.c: any bytes as a program: loaded, and run to an event that is no FAULT, or refused with
 * an offset, and then nothing has changed.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"

static void open_empty(struct fuzz_machine *f, sysemu_digest *digest)
{
	const sysemu_config config = { .start = SYSEMU_START_UNTRACED, .user_pages = 256 };

	FUZZ_CHECK(sysemu_open(&config, &f->m) == SYSEMU_OK);
	FUZZ_CHECK(sysemu_save(f->m, &f->start) == SYSEMU_OK);
	FUZZ_CHECK(sysemu_get_digest(f->m, digest) == SYSEMU_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_machine f;
	static sysemu_digest empty;
	sysemu_status status;
	sysemu_event e;

	if (!f.m)
		open_empty(&f, &empty);
	status = sysemu_load_elf(f.m, data, size, NULL, NULL);
	if (status == SYSEMU_OK) {
		FUZZ_CHECK(fuzz_run(&f, 1000, &e));
		FUZZ_CHECK(e.kind != SYSEMU_EVENT_FAULT);
	} else if (status != SYSEMU_ENOMEM) {
		sysemu_digest digest;

		FUZZ_CHECK(status == SYSEMU_ELOAD || status == SYSEMU_EDYNAMIC);
		FUZZ_CHECK(strstr(sysemu_errmsg(f.m), "offset 0x"));
		FUZZ_CHECK(sysemu_get_digest(f.m, &digest) == SYSEMU_OK);
		FUZZ_CHECK(!memcmp(&digest, &empty, sizeof(digest)));
	}
	fuzz_back(&f);
	return 0;
}
