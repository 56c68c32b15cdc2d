/* SPDX-License-Identifier: GPL-2.0-only */
/* read.c: which kind of file an input is, by how it begins; and logs line by line. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/show/show.h"

#define INPUT_MAX (1u << 30)

bool show_refuse(const struct show_input *in, const char *format, ...)
{
	va_list args;

	cli_put_name(stderr, in->path);
	if (in->line)
		fprintf(stderr, ":%lu", in->line);
	if (in->column)
		fprintf(stderr, ":%lu", in->column);
	fputs(": ", stderr);
	va_start(args, format);
	cli_vmessage(format, args);
	va_end(args);
	putc('\n', stderr);
	return false;
}

/* `at`: an offset in the text from `from`, whose line is in->line. */
static bool refuse_tree(struct show_input *in, const char *from)
{
	size_t line_at = 0;

	for (size_t i = 0; i < in->tree.at; i++) {
		if (from[i] != '\n')
			continue;
		in->line++;
		line_at = i + 1;
	}
	in->column = in->tree.at - line_at + 1;
	return show_refuse(in, "no JSON: %s", in->tree.why);
}

bool show_regions(struct show_input *in, const char *of, const struct tree_value *beside)
{
	const struct tree_value *v = tree_first(&in->tree, tree_get(&in->tree, beside, "insns"));
	struct show_cost cost = { .of = of, .unit = "instructions" };

	for (; v; v = tree_next(&in->tree, v)) {
		cost.name = report_text(&in->s->report, "%s", v->key);
		cost.value = v->kind == TREE_NUMBER ? strtoull(v->text, NULL, 10) : 0;
		if (cost.value && (!cost.name || !show_cost_add(in->s, &cost)))
			return show_refuse(in, "no memory for it");
	}
	cost.name = "user";
	cost.value = (uint64_t)tree_int(&in->tree, beside, "user", 0);
	return !cost.value || show_cost_add(in->s, &cost) || show_refuse(in, "no memory for it");
}

/* ---- logs ---- */

static const struct show_log *log_kind(const struct show_input *in)
{
	const struct tree_value *root = in->tree.value;

	if (!tree_text(&in->tree, root, "event"))
		return NULL;
	return tree_get(&in->tree, root, "time") ? &show_exec_log : &show_trace_log;
}

/* The first line is read already. */
static bool read_log(struct show_input *in, char *at, char *end, const struct show_log *kind)
{
	void *memory = NULL;
	bool good = kind->line(in, &memory);
	char *line;

	while (good && end < in->text + in->size) {
		at = end + 1;
		in->line++;
		if (at == in->text + in->size)
			break;
		line = memchr(at, '\n', (size_t)(in->text + in->size - at));
		end = line ? line : in->text + in->size;
		if (line == at) /* an empty one */
			continue;
		if (!line)
			good = show_refuse(in, "the line has no end: cut off?");
		else if (!tree_read(&in->tree, at, (size_t)(end - at)))
			good = refuse_tree(in, at);
		else if (!tree_text(&in->tree, in->tree.value, "event"))
			good = show_refuse(in, "no \"event\"");
		else
			good = kind->line(in, &memory);
	}
	return (memory ? kind->end(in, memory) : good) && good;
}

/* ---- which it is ---- */

static bool name_input(struct show_input *in, const char *kind)
{
	struct show *s = in->s;
	struct show_input_name *name = SHOW_MORE(s->inputs, s->ninputs, s->inputs_room);

	if (!name)
		return show_refuse(in, "no memory for it");
	*name = (struct show_input_name){ in->path, kind };
	return true;
}

static bool unknown(const struct show_input *in)
{
	return show_refuse(
		in,
		"nothing that `sysemu report` knows: neither a log (exec, run: --log-format ndjson; "
		"trace: --format ndjson), a report (--report json), `count --format json`, "
		"coverage (--cover), nor schedules (--outcomes)");
}

static bool read_document(struct show_input *in)
{
	const struct tree_value *root = in->tree.value;

	in->line = 0;
	if (tree_get(&in->tree, root, "records"))
		return name_input(in, "report") && show_read_records(in);
	if (tree_get(&in->tree, root, "entry_insns"))
		return name_input(in, "count") && show_read_count(in);
	return unknown(in);
}

static bool read_json(struct show_input *in)
{
	char *end = memchr(in->text, '\n', in->size);
	const struct show_log *kind;

	in->line = 1;
	if (!end || end[-1] != '}') /* no log, but one document of several lines */
		end = in->text + in->size;
	if (!tree_read(&in->tree, in->text, (size_t)(end - in->text)))
		return refuse_tree(in, in->text);
	kind = log_kind(in);
	if (kind)
		return name_input(in, kind->kind) && read_log(in, in->text, end, kind);
	return read_document(in);
}

static bool begins(const struct show_input *in, const char *with)
{
	return !strncmp(in->text, with, strlen(with));
}

bool show_read_text(struct show *s, const char *path, char *text, size_t size)
{
	struct show_input in = { .s = s, .path = path, .text = text, .size = size };
	bool good;

	if (begins(&in, "sysemu-cover "))
		good = name_input(&in, "cover") && show_read_cover(&in);
	else if (begins(&in, "sysemu-schedules "))
		good = name_input(&in, "schedules") && show_read_outcomes(&in);
	else if (text[0] == '{')
		good = read_json(&in);
	else
		good = unknown(&in);
	tree_free(&in.tree);
	if (good && s->report.failed)
		good = show_refuse(&in, "no memory for it");
	return good;
}

bool show_read(struct show *s, const char *path)
{
	size_t size;
	char *text = cli_read_file(path, INPUT_MAX, &size);
	bool good = text && show_read_text(s, path, text, size);

	free(text);
	return good;
}
