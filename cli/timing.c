/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timing.c: `sysemu timing`: the models; raw code, pass by pass; hardware captures.
 * Read next: clocks.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clocks.h"
#include "json.h"

#define PASSES_SHOWN 20

/* 0 unless given, which is the library's default of each. */
struct number {
	uint64_t value;
	bool given;
};

struct timing_options {
	const char *timing, *code, *captures;
	struct number at, ring, from, to, max_insns;
	bool json, verbose;
};

static bool take_number(const char *value, void *field)
{
	struct number *number = field;

	number->given = true;
	return cli_take_u64(value, &number->value);
}

static const struct cli_option options[] = {
	{ "timing", "NAME[,OPTION...]", "the model", cli_take_string,
	  offsetof(struct timing_options, timing) },
	{ "captures", "FILE.moo", "replay hardware captures (MOO 1.1)", cli_take_string,
	  offsetof(struct timing_options, captures) },
	{ "code", "FILE.bin", "price raw 32-bit code", cli_take_string,
	  offsetof(struct timing_options, code) },
	{ "at", "ADDRESS", "where the code lies and begins (0x1000)", take_number,
	  offsetof(struct timing_options, at) },
	{ "ring", "0|3", "at which it runs (0)", take_number,
	  offsetof(struct timing_options, ring) },
	{ "from", "A", "a pass begins at each execution of A ...", take_number,
	  offsetof(struct timing_options, from) },
	{ "to", "B", "... and ends before B, or before A again; both or neither (the whole run)",
	  take_number, offsetof(struct timing_options, to) },
	{ "max-insns", "N", "end after N instructions (1000000)", take_number,
	  offsetof(struct timing_options, max_insns) },
	{ "verbose", NULL, "a line for each capture that is not exact", cli_take_switch,
	  offsetof(struct timing_options, verbose) },
	{ "format", "text|json", "how to print (text)", cli_take_json,
	  offsetof(struct timing_options, json) },
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
				.ring = (unsigned)o->ring.value,
				.from = (uint32_t)o->from.value,
				.to = (uint32_t)o->to.value,
				.max_insns = o->max_insns.value };
	sysemu_code_result result;
	sysemu_status status;
	size_t size;
	char *code = cli_read_file(o->code, &size);

	if (!code) {
		cli_say("%s: %s", o->code, strerror(errno));
		return CLI_USAGE;
	}
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
	char *data = cli_read_file(o->captures, &size);

	if (!data) {
		cli_say("%s: %s", o->captures, strerror(errno));
		return CLI_USAGE;
	}
	status = sysemu_timing_captures(data, size, o->timing, put_capture, o, &captures);
	free(data);
	if (status != SYSEMU_OK) {
		cli_say("%s: %s", o->captures, sysemu_errmsg(NULL));
		return status == SYSEMU_EINVAL || status == SYSEMU_ELOAD ? CLI_USAGE : CLI_INTERNAL;
	}
	(o->json ? put_captures_json : put_captures_text)(o, &captures);
	return captures.differing ? CLI_FAILED : CLI_OK;
}

/* What is wrong with them; NULL: nothing. */
static const char *check_options(const struct timing_options *o)
{
	bool for_code =
		o->at.given || o->ring.given || o->from.given || o->to.given || o->max_insns.given;

	if (o->captures && o->code)
		return "--captures and --code exclude each other";
	if ((o->captures || o->code) && !o->timing)
		return "which --timing?";
	if (o->timing && !o->captures && !o->code)
		return "--timing is for --code and --captures";
	if (for_code && !o->code)
		return "--at, --ring, --from, --to and --max-insns are for --code";
	if (o->verbose && !o->captures)
		return "--verbose is for --captures";
	if (o->from.given != o->to.given)
		return "--from and --to belong together";
	if (o->ring.value != 0 && o->ring.value != 3)
		return "--ring: 0 or 3";
	if ((o->at.value | o->from.value | o->to.value) > UINT32_MAX)
		return "an address has 32 bits";
	return NULL;
}

static int timing_main(int argc, char **argv)
{
	static struct timing_options o;
	const char *what;
	int code;
	int first = cli_parse(&cli_timing, argc, argv, &o, &code);

	if (first < 0)
		return code;
	if (first < argc)
		return cli_usage(&cli_timing, "too many arguments");
	what = check_options(&o);
	if (what)
		return cli_usage(&cli_timing, "%s", what);
	if (o.timing && sysemu_timing_check(o.timing, NULL) != SYSEMU_OK)
		return cli_usage(&cli_timing, "%s", sysemu_errmsg(NULL));
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
