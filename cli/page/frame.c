/* SPDX-License-Identifier: GPL-2.0-only */
/* frame.c: a page as one file: style, text, data and script; and the sources that pages show. */
#include <stdlib.h>
#include <string.h>

#include "cli/page/page.h"

extern const char cli_page_style[], cli_page_script[];
extern const char cli_page_entry[], cli_page_entry_2_6_20[], cli_page_entry_2_6_27[],
	cli_page_entry_4_14[];

const char *page_source(const char *file)
{
	static const struct {
		const char *file, *text;
	} sources[] = {
		{ "asm/entry/entry.S", cli_page_entry },
		{ "asm/later/entry-2.6.20.S", cli_page_entry_2_6_20 },
		{ "asm/later/entry-2.6.27.S", cli_page_entry_2_6_27 },
		{ "asm/generic/entry-4.14.S", cli_page_entry_4_14 },
	};

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (!strcmp(file, sources[i].file))
			return sources[i].text;
	return NULL;
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

bool page_frame(FILE *out, const struct page_parts *parts, const struct bytes *data)
{
	struct bytes packed = { 0 };
	bool ok = deflate(data->data, data->n, &packed);

	if (ok) {
		fprintf(out,
			"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
			"<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
			"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
			"style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n"
			"<title>%s</title>\n<style>\n%s%s</style>\n</head>\n<body>\n%s"
			"<script id=\"data\" type=\"text/plain\">",
			parts->title, cli_page_style, parts->style, parts->text);
		put_base64(out, packed.data, packed.n);
		fprintf(out, "</script>\n<script>\n%s", cli_page_script);
		for (size_t i = 0; parts->scripts[i]; i++)
			fputs(parts->scripts[i], out);
		fputs("</script>\n</body>\n</html>\n", out);
	}
	free(packed.data);
	return ok;
}
