/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timing.c: `sysemu timing`: the models; raw code, pass by pass; hardware captures.
 * Read next: clocks.c.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "machine/clocks.h"

#define PASSES_SHOWN 20

struct timing_options {
	const char *timing, *code, *captures;
	struct cli_number at, from, to, max_insns;
	unsigned ring; /* which word of its option */
	unsigned json;
	bool verbose;
};

static const struct cli_option options[] = {
	{ "timing", "NAME[,OPTION...]", &cli_model, offsetof(struct timing_options, timing),
	  .help = "the model", .needs = "code|captures" },
	{ "captures", "FILE.moo", &cli_file, offsetof(struct timing_options, captures),
	  .help = "replay hardware captures (MOO 1.1)", .not_with = "code", .needs = "timing" },
	{ "code", "FILE.bin", &cli_file, offsetof(struct timing_options, code),
	  .help = "price raw 32-bit code", .needs = "timing" },
	{ "at", "ADDRESS", &cli_address, offsetof(struct timing_options, at),
	  .help = "where the code lies and begins", .preset = "0x1000", .max = UINT32_MAX,
	  .needs = "code" },
	{ "ring", "0|3", &cli_choice, offsetof(struct timing_options, ring),
	  .help = "at which it runs", .preset = "0", .needs = "code" },
	{ "from", "A", &cli_address, offsetof(struct timing_options, from),
	  .help = "a pass begins at each execution of A ...", .max = UINT32_MAX,
	  .needs = "code,to" },
	{ "to", "B", &cli_address, offsetof(struct timing_options, to),
	  .help = "... and ends before B, or before A again (the whole run is one)",
	  .max = UINT32_MAX, .needs = "code,from" },
	{ "max-insns", "N", &cli_number, offsetof(struct timing_options, max_insns),
	  .help = "end after N instructions", .preset = "1000000", .min = 1, .max = INT64_MAX,
	  .needs = "code" },
	{ "verbose", NULL, &cli_switch, offsetof(struct timing_options, verbose),
	  .help = "a line for each capture that is not exact", .not_with = "format=json",
	  .needs = "captures" },
	CLI_FORMAT_OPTION(struct timing_options, json, "text|json"),
	{ 0 },
};

/* ---- the list ---- */

static int list_models(bool json)
{
	struct json j = { .out = stdout };
	const char *about, *name;

	if (json)
		json_open(&j, '[');
	for (size_t i = 0; (name = sysemu_timing_at(i, &about)) != NULL; i++) {
		if (!json) {
			printf("%-12s %s\n", name, about);
			continue;
		}
		json_open(&j, '{');
		json_key(&j, "name");
		json_string(&j, name);
		json_key(&j, "about");
		json_string(&j, about);
		json_close(&j, '}');
	}
	if (json) {
		json_close(&j, ']');
		json_end(&j);
	}
	return CLI_OK;
}

/* ---- code ---- */

struct passes {
	struct json j;
	bool json, open; /* the document has begun */
	uint64_t n;
};

static void open_json(struct passes *p)
{
	if (p->open)
		return;
	p->open = true;
	json_open(&p->j, '{');
	json_key(&p->j, "passes");
	json_open(&p->j, '[');
}

static void put_pass_json(struct json *j, const sysemu_pass *pass)
{
	json_open(j, '{');
	json_key(j, "insns");
	json_uint(j, pass->insns);
	json_key(j, "clocks");
	cli_json_causes(j, pass->clocks);
	json_key(j, "foreign");
	json_uint(j, pass->foreign);
	json_key(j, "by_rule");
	json_uint(j, pass->ruled);
	json_close(j, '}');
}

static void put_pass_text(const char *what, const sysemu_pass *pass)
{
	printf("%-8s insns %" PRIu64 ", clocks %" PRIu64 " (", what, pass->insns,
	       cli_causes_sum(pass->clocks));
	cli_put_causes(stdout, pass->clocks);
	putchar(')');
	if (pass->foreign)
		printf(", foreign %" PRIu64, pass->foreign);
	if (pass->ruled)
		printf(", by rule %" PRIu64, pass->ruled);
	putchar('\n');
}

static void on_pass(void *user, const sysemu_pass *pass)
{
	struct passes *p = user;
	char what[32];

	p->n++;
	if (p->json) {
		open_json(p);
		put_pass_json(&p->j, pass);
		return;
	}
	snprintf(what, sizeof(what), "pass %" PRIu64, p->n);
	if (p->n <= PASSES_SHOWN)
		put_pass_text(what, pass);
}

static void put_end(struct passes *p, const struct timing_options *o,
		    const sysemu_code_result *result)
{
	if (!p->json) {
		if (p->n > PASSES_SHOWN)
			printf("... %" PRIu64 " passes in all\n", p->n);
		put_pass_text("total", &result->total);
		printf("ended    %s", result->ended);
		if (!strcmp(result->ended, "exception"))
			printf(" %" PRIu32, result->vector);
		printf(" at 0x%08" PRIx32 "\n", result->eip);
		return;
	}
	open_json(p);
	json_close(&p->j, ']');
	json_key(&p->j, "timing");
	json_string(&p->j, o->timing);
	json_key(&p->j, "total");
	put_pass_json(&p->j, &result->total);
	json_key(&p->j, "ended");
	json_string(&p->j, result->ended);
	json_key(&p->j, "vector");
	json_uint(&p->j, result->vector);
	json_key(&p->j, "eip");
	json_uint(&p->j, result->eip);
	json_close(&p->j, '}');
	json_end(&p->j);
}

static int price_code(const struct timing_options *o)
{
	struct passes p = { .j = { .out = stdout }, .json = o->json };
	sysemu_code_run run = { .timing = o->timing,
				.at = (uint32_t)o->at.value,
				.at_given = true,
				.ring = o->ring ? 3 : 0,
				.bounded = o->from.given,
				.from = (uint32_t)o->from.value,
				.to = (uint32_t)o->to.value,
				.max_insns = o->max_insns.value };
	sysemu_code_result result;
	sysemu_status status;
	size_t size;
	char *code = cli_read_file(o->code, CLI_PROGRAM_MAX, &size);

	if (!code)
		return CLI_USAGE;
	run.code = code;
	run.size = size;
	status = sysemu_timing_code(&run, on_pass, &p, &result);
	free(code);
	if (status != SYSEMU_OK) {
		cli_say("%s: %s", o->code, sysemu_errmsg(NULL));
		return status == SYSEMU_EINVAL ? CLI_USAGE : CLI_INTERNAL;
	}
	put_end(&p, o, &result);
	return CLI_OK;
}

/* ---- captures ---- */

static void put_capture(void *user, const sysemu_capture *c)
{
	const struct timing_options *o = user;

	if (o->json || !o->verbose)
		return;
	if (c->difference)
		printf("%" PRIu32 " %s: %s\n", c->index, c->name, c->difference);
	if (c->faulting || (c->measured == c->modelled && c->bus_order_exact))
		return;
	printf("%" PRIu32 " %s: measured %" PRIu32 " %s, modelled %" PRIu32 " %s\n", c->index,
	       c->name, c->measured, c->bus_measured, c->modelled, c->bus_modelled);
}

static void put_accuracy_json(struct json *j, const sysemu_accuracy *a)
{
	json_key(j, "tests");
	json_uint(j, a->tests);
	json_key(j, "exact");
	json_uint(j, a->exact);
	json_key(j, "mae");
	json_double(j, a->mae);
	json_key(j, "max_error");
	json_uint(j, a->max_error);
	json_key(j, "bus_order_exact");
	json_double(j, a->bus_order_exact);
}

static void put_captures_json(const struct timing_options *o, const sysemu_captures *c)
{
	struct json j = { .out = stdout };

	json_open(&j, '{');
	json_key(&j, "timing");
	json_string(&j, o->timing);
	put_accuracy_json(&j, &c->all);
	json_key(&j, "faulting");
	json_uint(&j, c->faulting);
	json_key(&j, "state_differs");
	json_uint(&j, c->differing);
	json_key(&j, "by_form");
	json_open(&j, '{');
	for (size_t i = 0; i < c->forms; i++) {
		json_key(&j, c->form[i].name);
		json_open(&j, '{');
		put_accuracy_json(&j, &c->form[i].accuracy);
		json_close(&j, '}');
	}
	json_close(&j, '}');
	json_close(&j, '}');
	json_end(&j);
}

static void put_accuracy_text(const char *name, const sysemu_accuracy *a, bool has_bus)
{
	printf("%-28s %5" PRIu32 " tests, %5" PRIu32
	       " exact (%5.1f %%), mean error %.4f clocks, at "
	       "most %" PRIu32,
	       name, a->tests, a->exact, a->tests ? 100.0 * a->exact / a->tests : 0, a->mae,
	       a->max_error);
	if (has_bus)
		printf(", bus cycles %5.1f %%", 100.0 * a->bus_order_exact);
	putchar('\n');
}

static void put_captures_text(const struct timing_options *o, const sysemu_captures *c)
{
	put_accuracy_text(o->timing, &c->all, c->has_bus);
	for (size_t i = 0; i < c->forms; i++)
		put_accuracy_text(c->form[i].name, &c->form[i].accuracy, c->has_bus);
	printf("tests with an exception, not timed: %" PRIu32
	       "; end state not the captured one: %" PRIu32 "\n",
	       c->faulting, c->differing);
}

static int replay(struct timing_options *o)
{
	sysemu_captures captures;
	sysemu_status status;
	size_t size;
	char *data = cli_read_file(o->captures, CLI_PROGRAM_MAX, &size);

	if (!data)
		return CLI_USAGE;
	status = sysemu_timing_captures(data, size, o->timing, put_capture, o, &captures);
	free(data);
	if (status != SYSEMU_OK) {
		cli_say("%s: %s", o->captures, sysemu_errmsg(NULL));
		return status == SYSEMU_EINVAL || status == SYSEMU_ELOAD ? CLI_USAGE : CLI_INTERNAL;
	}
	(o->json ? put_captures_json : put_captures_text)(o, &captures);
	return captures.differing ? CLI_FAILED : CLI_OK;
}

static int timing_main(int argc, char **argv)
{
	static struct timing_options o;
	int code;

	if (cli_parse(&cli_timing, argc, argv, &o, &code) < 0)
		return code;
	if (o.code)
		return price_code(&o);
	if (o.captures)
		return replay(&o);
	return list_models(o.json);
}

const struct cli_command cli_timing = {
	.name = "timing",
	.operands = "",
	.about = "the timing models; price raw code, or replay hardware captures, by one",
	.notes =
		"Code runs alone, in flat segments, at most 16 MiB of memory from address 0 around it,\n"
		"with esp 0x00f00000 and the other registers 0; int 32 to 255 leads to an iret. It ends\n"
		"at a hlt, an exception, a shutdown, or --max-insns. Options of a model: cli=3|8|9,\n"
		"iret=manual|state, misalign, tlb, bandwidth=infinite, wait=N; docs/timing.md.\n",
	.options = options,
	.main = timing_main,
};
