/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * page_write.c: the page itself, as one file (cli/page/frame.c).
 */
#include <stdlib.h>
#include <string.h>

#include "cli/explore/page.h"
#include "cli/json.h"

extern const char cli_page_explore_style[], cli_page_explore_text[], cli_page_explore_script[];

/* ---- words ---- */

/* Of each field the values that occur. */
static void put_fields(struct json *j, const struct page *p)
{
	char text[64];

	json_key(j, "fields");
	json_open(j, '[');
	for (unsigned f = 0; f < SYSEMU_FIELDS; f++) {
		bool seen[256] = { false };

		for (size_t i = 0; i < p->nodes.n; i++) /* a byte says its size */
			seen[p->nodes.data.data[p->nodes.at[i] + 1 + f]] = true;
		json_open(j, '{');
		json_key(j, "name");
		json_string(j, sysemu_field_name(f));
		json_key(j, "values");
		json_open(j, '{');
		for (unsigned v = 0; v < 256; v++) {
			char key[8];

			if (!seen[v])
				continue;
			snprintf(key, sizeof(key), "%u", v);
			json_key(j, key);
			json_string(j, sysemu_field_text(f, v, text, sizeof(text)));
		}
		json_close(j, '}');
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void put_kernels(struct json *j)
{
	const char *name, *about;

	json_key(j, "kernels");
	json_open(j, '{');
	for (size_t i = 0; (name = sysemu_kernel_at(i, &about)); i++) {
		json_key(j, name);
		json_string(j, about);
	}
	json_close(j, '}');
}

static bool words(const struct page *p, char **text, size_t *size)
{
	struct json j = { .out = open_memstream(text, size) };
	const char *name;

	if (!j.out)
		return false;
	json_open(&j, '{');
	json_key(&j, "choices");
	json_open(&j, '[');
	for (unsigned c = 0; (name = sysemu_choice_name(c)); c++)
		json_string(&j, name);
	json_close(&j, ']');
	put_fields(&j, p);
	put_kernels(&j);
	json_key(&j, "source");
	json_string(&j, page_source("asm/entry/entry.S"));
	json_key(&j, "version");
	json_string(&j, SYSEMU_VERSION);
	fprintf(j.out, ",\"graphs\":[%s]}", p->meta ? p->meta : "");
	return fclose(j.out) == 0;
}

/* ---- bytes ---- */

static bool collect(const struct page *p, struct bytes *all)
{
	char *text = NULL;
	size_t size;
	bool ok = words(p, &text, &size);

	if (ok) {
		bytes_number(all, size);
		bytes_add(all, text, size);
		bytes_rows(all, &p->nodes);
		bytes_rows(all, &p->outcomes);
		bytes_rows(all, &p->paths);
		bytes_rows(all, &p->lists);
		bytes_rows(all, &p->places);
		bytes_add(all, p->graphs.data, p->graphs.n);
		ok = !all->failed;
	}
	free(text);
	return ok;
}

bool page_write(struct page *p, struct cli_output *to)
{
	static const char *const scripts[] = { cli_page_explore_script, NULL };
	static const struct page_parts parts = {
		.title = "Be the tracer: PTRACE_SYSEMU, state by state",
		.style = cli_page_explore_style,
		.text = cli_page_explore_text,
		.scripts = scripts,
	};
	struct bytes all = { 0 };
	bool ok = collect(p, &all) && page_frame(to->out, &parts, &all);

	if (!ok)
		cli_say("--page: no memory");
	free(all.data);
	return ok && cli_output_close(to);
}
