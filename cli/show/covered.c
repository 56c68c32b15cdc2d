/* SPDX-License-Identifier: GPL-2.0-only */
/* covered.c: files of coverage: how often each line of the kernels' entry paths was executed. */
#include <string.h>

#include "cli/cover/cover.h"
#include "cli/show/show.h"

static bool add_lines(struct show_input *in, const struct cover_kernel *k)
{
	for (size_t i = 0; i < k->n; i = cover_line_end(k, i)) {
		const struct cover_insn *insn = &k->insns[i];
		struct show_heat heat = { .kernel = k->name, .line = insn->line };

		if (!page_source(insn->file))
			continue;
		heat.file = report_text(&in->s->report, "%s", insn->file);
		heat.runs = cover_line_runs(k, i);
		if (!heat.file || !show_heat_add(in->s, &heat))
			return show_refuse(in, "no memory for it");
	}
	return true;
}

bool show_read_cover(struct show_input *in)
{
	struct cover_kernel k;
	sysemu_cover *c;
	const char *name;
	bool good = sysemu_cover_new(&c) == SYSEMU_OK;

	if (!good)
		return show_refuse(in, "%s", sysemu_errmsg(NULL));
	good = cli_cover_read(c, in->path);
	for (size_t i = 0; good && (name = sysemu_kernel_at(i, NULL)) != NULL; i++) {
		if (!cover_has_run(c, name))
			continue;
		good = cover_kernel_open(&k, c, name, NULL) && add_lines(in, &k);
		cover_kernel_close(&k);
	}
	sysemu_cover_free(c);
	return good;
}
