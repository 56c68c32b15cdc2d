/* SPDX-License-Identifier: GPL-2.0-only */
/* script.c: any text as a file of scenarios: understood, or refused with a line and column. */
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sysemu_scenarios *all = NULL;
	sysemu_script_error error = { 0 };
	sysemu_status status = sysemu_scenarios_parse((const char *)data, size, &all, &error);

	if (status == SYSEMU_OK) {
		for (size_t i = 0; i < sysemu_scenarios_count(all); i++)
			FUZZ_CHECK(sysemu_scenarios_at(all, i)->name);
		FUZZ_CHECK(!sysemu_scenarios_at(all, sysemu_scenarios_count(all)));
		sysemu_scenarios_free(all);
	} else {
		FUZZ_CHECK(status == SYSEMU_EINVAL || status == SYSEMU_ENOMEM);
		FUZZ_CHECK(error.line >= 1 && error.column >= 1 && error.text[0]);
	}
	return 0;
}
