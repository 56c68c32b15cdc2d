/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * measure.c: runs a row of a budget: a call, as `sysemu count` counts it; a scenario, without
 * the tracer's own instructions; or an exploration. The path is what a timing model prices: what retired, in order.
 */
#include "measure.h"

#include <stdlib.h>
#include <string.h>

#include "cli/explore/explore.h"
#include "cli/play.h"

#define PRICES "insn" /* the model that prices a row without one, for its path */

struct measuring {
	const struct budget_row *row;
	bool with_path;
	struct report *r;
	struct measured *out;
	struct path_counter counter;
	/* of a scenario */
	sysemu_machine *m;
	uint32_t tracer_call, stop_port;
	uint32_t region_from[SYSEMU_REGIONS], region_to[SYSEMU_REGIONS];
	bool tracer; /* the instructions are the tracer's */
};

static void differs(struct measuring *x, int code, const char *why)
{
	x->out->code = code;
	x->out->why = report_text(x->r, "%s", why);
}

static uint64_t sum(const uint32_t clocks[SYSEMU_CAUSES])
{
	uint64_t total = 0;

	for (unsigned c = 0; c < SYSEMU_CAUSES; c++)
		total += clocks[c];
	return total;
}

/* ---- a call ---- */

static void count_price(void *user, const sysemu_price *price)
{
	struct measuring *x = user;

	if (price->size && !price->interrupted)
		path_count(&x->counter, price->addr);
}

static bool begin_path(void *user, sysemu_machine *m)
{
	struct measuring *x = user;

	return !x->with_path || sysemu_on_price(m, count_price, x) == SYSEMU_OK;
}

static void measure_call(struct measuring *x, const struct cli_syscall *call,
			 struct cli_syscall_kept *kept)
{
	struct cli_syscall_run run = { .call = call, .kept = kept, .begin = begin_path, .user = x };
	struct measured *out = x->out;

	out->code = cli_syscall_run(&run);
	x->m = run.m;
	if (out->code == CLI_OK)
		out->kept = kept;
	else
		differs(x, out->code == CLI_FAILED ? CLI_FAILED : CLI_INTERNAL, run.why);
	memcpy(out->insns, run.counts.insns, sizeof(out->insns));
	out->stops = run.stops;
	for (unsigned g = 0; g < SYSEMU_REGIONS; g++)
		out->clocks[g] = cli_causes_sum(run.clocks.region[g]);
	out->all_clocks = sysemu_clocks_total(&run.clocks);
}

/* ---- a scenario ---- */

static void add_event(void *user, size_t row, const sysemu_seen *seen)
{
	struct measuring *x = user;

	(void)row;
	for (unsigned g = 0; g < SYSEMU_REGIONS; g++)
		x->out->insns[g] += seen->since.insns[g];
	x->out->stops += seen->event.kind == SYSEMU_EVENT_STOP;
}

static unsigned region_of(const struct measuring *x, uint32_t addr)
{
	for (unsigned g = 0; g < SYSEMU_REGIONS; g++)
		if (addr >= x->region_from[g] && addr < x->region_to[g])
			return g;
	return SYSEMU_REGION_USER;
}

/*
 * The tracer's calls begin at tracer_call and end at the stop port. They cost the program nothing,
 * but belong to its path: what they do to the flags is why it goes another way.
 */
static void add_price(void *user, const sysemu_price *price)
{
	struct measuring *x = user;

	if (price->size && price->addr == x->tracer_call)
		x->tracer = true;
	if (!x->tracer) {
		x->out->all_clocks += sum(price->clocks);
		if (price->size)
			x->out->clocks[region_of(x, price->addr)] += sum(price->clocks);
	}
	if (x->with_path)
		count_price(x, price);
	if (price->size && price->addr == x->stop_port)
		x->tracer = false;
}

/* What a kernel has no symbols of is the user's: no address lies there. */
static void find_regions(struct measuring *x)
{
	char name[48];

	for (unsigned g = 0; g < SYSEMU_REGIONS; g++) {
		const char *region = sysemu_region_name((sysemu_region)g);

		snprintf(name, sizeof(name), "__region_%s", region);
		if (sysemu_symbol(x->m, name, &x->region_from[g]) != SYSEMU_OK)
			continue;
		snprintf(name, sizeof(name), "__region_%s_end", region);
		sysemu_symbol(x->m, name, &x->region_to[g]);
	}
}

static bool load(struct measuring *x, sysemu_entry entry)
{
	const sysemu_scenario *s = x->row->s;
	char *const argv[] = { (char *)s->program, NULL };
	sysemu_status status;
	char *elf;
	size_t size;

	if (!cli_play_program(x->row->what.play, s, &elf, &size))
		return false;
	status = s->program ? sysemu_load_elf(x->m, elf, size, argv, NULL) :
			      sysemu_load_code(x->m, s->by_entry[entry].code,
					       s->by_entry[entry].code_size);
	free(elf);
	return status == SYSEMU_OK;
}

static void judge_play(struct measuring *x, const sysemu_played *played)
{
	const sysemu_verdict *v = x->row->verdict;

	if (sysemu_verdict_holds(v, played))
		return;
	differs(x, CLI_FAILED,
		played->passed ? "the scenario is to fail on this kernel, and passes" :
				 played->text);
	x->out->place = (struct report_place){ x->row->what.play, played->line, played->column };
}

static void measure_scenario(struct measuring *x, const struct cli_machine *machine)
{
	const sysemu_scenario *s = x->row->s;
	const sysemu_staging *st = &s->by_entry[machine->entry];
	const sysemu_config config = { .kernel = machine->kernel,
				       .entry = (sysemu_entry)machine->entry,
				       .start = s->start,
				       .debug_junk = s->debug_junk,
				       .timing = machine->timing };
	sysemu_played played;

	if (sysemu_open(&config, &x->m) != SYSEMU_OK) {
		differs(x, CLI_INTERNAL, sysemu_errmsg(NULL));
		return;
	}
	find_regions(x);
	if (!load(x, config.entry) ||
	    sysemu_symbol(x->m, "tracer_call", &x->tracer_call) != SYSEMU_OK ||
	    sysemu_symbol(x->m, "stop_port", &x->stop_port) != SYSEMU_OK ||
	    (machine->timing && sysemu_on_price(x->m, add_price, x) != SYSEMU_OK) ||
	    sysemu_play(x->m, st->rows, st->n_rows, s->budget, add_event, x, &played) !=
		    SYSEMU_OK) {
		differs(x, CLI_INTERNAL, sysemu_errmsg(x->m));
		return;
	}
	judge_play(x, &played);
}

/* ---- an exploration ---- */

static void judge_exploration(struct measuring *x, const struct explore_report *e,
			      const sysemu_explored *facts)
{
	size_t i = 0;

	while (i < e->n && !e->differs[i])
		i++;
	x->out->code = CLI_FAILED;
	x->out->why = i < e->n ? report_text(x->r, "property %s %s, and is expected to %s",
					     e->properties[i].name,
					     e->broken[i] == SYSEMU_HOLDS ? "holds" : "fails",
					     e->expected[i] ? "hold" : "fail") :
		      e->model_differences ?
				 report_text(x->r, "%zu transitions are not the model's",
					     e->model_differences) :
				 report_text(x->r, "a field is missing: %s", facts->difference);
}

static void measure_exploration(struct measuring *x, const struct budget_what *what)
{
	static const struct explore_options plain;
	struct explore_report e = { .kernel = what->call.machine.kernel,
				    .entry = (sysemu_entry)what->call.machine.entry };
	const sysemu_explore_config config = { .kernel = e.kernel,
					       .entry = e.entry,
					       .depth = (uint32_t)what->explore.value,
					       .threads = explore_threads(&plain),
					       .again = 1,
					       .first = -1 };
	sysemu_explored facts;
	char text[256];

	if (sysemu_explore(&config, &e.x, text) != SYSEMU_OK) {
		differs(x, CLI_INTERNAL, text);
		return;
	}
	sysemu_explored_facts(e.x, &facts);
	x->out->states = facts.nodes;
	x->out->transitions = facts.edges;
	if (explore_judge(&plain, &e) != CLI_OK)
		judge_exploration(x, &e, &facts);
	sysemu_exploration_free(e.x);
}

/* ---- a row ---- */

void measure(const struct budget_row *row, bool with_path, struct cli_syscall_kept *kept,
	     struct report *r, struct measured *out)
{
	struct measuring x = { .row = row, .with_path = with_path, .r = r, .out = out };
	static struct cli_syscall call; /* it is large */

	*out = (struct measured){ .code = CLI_OK };
	call = row->what.call;
	if (with_path && !call.machine.timing)
		call.machine.timing = PRICES;
	if (row->what.explore.given) {
		measure_exploration(&x, &row->what);
		return;
	}
	if (row->s)
		measure_scenario(&x, &call.machine);
	else
		measure_call(&x, &call, kept);
	if (x.m)
		sysemu_on_price(x.m, NULL, NULL); /* the last one is known now */
	if (out->code != CLI_INTERNAL && with_path && !path_of(&out->path, &x.counter, x.m, r))
		differs(&x, CLI_INTERNAL, "out of memory");
	if (!row->what.call.machine.timing) {
		memset(out->clocks, 0, sizeof(out->clocks));
		out->all_clocks = 0;
	}
	memcpy(out->path.insns_by_region, out->insns, sizeof(out->insns));
	memcpy(out->path.clocks_by_region, out->clocks, sizeof(out->clocks));
	path_counter_free(&x.counter);
	out->m = x.m;
}

void measure_end(struct measured *out)
{
	if (out->m && out->kept)
		cli_syscall_keep(out->kept, out->m);
	else
		sysemu_close(out->m);
	out->m = NULL;
}

uint64_t measured_value(const struct measured *out, const struct budget_metric *metric)
{
	const uint64_t *by_region = metric->unit == BUDGET_INSNS ? out->insns : out->clocks;
	uint64_t total = 0;

	if (metric->unit == BUDGET_STOPS)
		return out->stops;
	if (metric->unit == BUDGET_STATES)
		return out->states;
	if (metric->unit == BUDGET_TRANSITIONS)
		return out->transitions;
	if (metric->region != BUDGET_ALL)
		return by_region[metric->region];
	if (metric->unit == BUDGET_CLOCKS)
		return out->all_clocks;
	for (unsigned g = 0; g < SYSEMU_REGIONS; g++)
		total += g == SYSEMU_REGION_USER ? 0 : by_region[g];
	return total;
}
