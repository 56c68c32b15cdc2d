/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * page_write.c: the page itself: style, text, the packed graphs and the script, in one file that asks nobody
 * for anything.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/explore/page.h"
#include "cli/json.h"

extern const char cli_page_style[], cli_page_text[], cli_page_script[], cli_page_entry[];

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
	json_string(&j, cli_page_entry);
	json_key(&j, "version");
	json_string(&j, SYSEMU_VERSION);
	fprintf(j.out, ",\"graphs\":[%s]}", p->meta ? p->meta : "");
	return fclose(j.out) == 0;
}

/* ---- bytes ---- */

static void add_rows(struct bytes *all, const struct rows *r)
{
	bytes_number(all, r->n);
	bytes_add(all, r->data.data, r->data.n);
}

static bool pack(const struct page *p, struct bytes *packed)
{
	struct bytes all = { 0 };
	char *text = NULL;
	size_t size;
	bool ok = words(p, &text, &size);

	if (ok) {
		bytes_number(&all, size);
		bytes_add(&all, text, size);
		add_rows(&all, &p->nodes);
		add_rows(&all, &p->outcomes);
		add_rows(&all, &p->paths);
		add_rows(&all, &p->lists);
		add_rows(&all, &p->places);
		bytes_add(&all, p->graphs.data, p->graphs.n);
		ok = !all.failed && deflate(all.data, all.n, packed);
	}
	free(all.data);
	free(text);
	return ok;
}

static void put_base64(FILE *out, const unsigned char *data, size_t n)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		uint32_t three = (uint32_t)data[i] << 16;

		three |= i + 1 < n ? (uint32_t)data[i + 1] << 8 : 0;
		three |= i + 2 < n ? data[i + 2] : 0;
		putc(digits[three >> 18], out);
		putc(digits[three >> 12 & 63], out);
		putc(i + 1 < n ? digits[three >> 6 & 63] : '=', out);
		putc(i + 2 < n ? digits[three & 63] : '=', out);
	}
}

bool page_write(struct page *p, struct cli_output *to)
{
	struct bytes packed = { 0 };
	bool ok = pack(p, &packed);

	if (ok) {
		fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
		      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		      "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
		      "<title>Be the tracer: PTRACE_SYSEMU, state by state</title>\n<style>\n",
		      to->out);
		fputs(cli_page_style, to->out);
		fputs("</style>\n</head>\n<body>\n", to->out);
		fputs(cli_page_text, to->out);
		fputs("<script id=\"data\" type=\"text/plain\">", to->out);
		put_base64(to->out, packed.data, packed.n);
		fputs("</script>\n<script>\n", to->out);
		fputs(cli_page_script, to->out);
		fputs("</script>\n</body>\n</html>\n", to->out);
		ok = cli_output_close(to);
	} else {
		cli_say("--page: no memory");
	}
	free(packed.data);
	return ok;
}
