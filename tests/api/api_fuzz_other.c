/* SPDX-License-Identifier: GPL-2.0-only */
/* api_fuzz_other.c: clocks, scenarios, injection and exploration. See api_fuzz.h. */
#include <stdlib.h>
#include <string.h>

#include "tests/api/api_fuzz.h"

/* ---- clocks ---- */

static sysemu_status clocks(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	sysemu_clocks *c = fuzz_or_null(f, fuzz_out(f, sizeof(*c)));
	sysemu_status status = FUZZ_CALL(f, m, sysemu_get_clocks(m, c));

	if (fuzz_filled(f, status, sizeof(*c)))
		fuzz_see_bytes(f, c, sizeof(*c));
	fuzz_see(f, sysemu_clocks_total(status == SYSEMU_OK ? c : NULL));
	fuzz_see_text(f, sysemu_cause_name((sysemu_cause)fuzz_word(f)));
	return status;
}

static sysemu_status odd_form(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	sysemu_odd_form *o = fuzz_or_null(f, fuzz_out(f, sizeof(*o)));
	sysemu_status status = FUZZ_CALL(f, m, sysemu_odd_form_at(m, fuzz_below(f, 9), o));

	if (fuzz_filled(f, status, sizeof(*o))) {
		fuzz_see_text(f, o->form);
		fuzz_see_text(f, o->rule);
		fuzz_see(f, o->insns);
	}
	return status;
}

static void on_price(void *user, const sysemu_price *price)
{
	struct fuzz *f = user;

	fuzz_see(f, price->addr);
	fuzz_see_text(f, price->form);
	fuzz_see_bytes(f, price->clocks, sizeof(price->clocks));
}

static sysemu_status watch_prices(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);

	return FUZZ_CALL(f, m, sysemu_on_price(m, fuzz_one_in(f, 3) ? on_price : NULL, f));
}

static sysemu_status models(struct fuzz *f, struct fuzz_slot *s)
{
	const char *timing = fuzz_or_null(f, (void *)fuzz_timing(f)), *about = NULL;
	bool sysenter = false;

	(void)s;
	fuzz_see_text(f, sysemu_timing_at(fuzz_below(f, 12), fuzz_or_null(f, &about)));
	fuzz_see_text(f, about);
	FUZZ_CALL(f, NULL, sysemu_timing_check(timing, fuzz_or_null(f, &sysenter)));
	fuzz_see(f, sysenter);
	return SYSEMU_OK;
}

static void random_code(struct fuzz *f, size_t n)
{
	for (size_t i = 0; i < n; i++)
		f->buffer[i] = (uint8_t)fuzz_word(f);
}

static sysemu_status list(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_listing l;
	size_t n;

	(void)s;
	random_code(f, 16);
	n = sysemu_timing_list(fuzz_timing(f), fuzz_or_null(f, f->buffer),
			       fuzz_below(f, 2) ? 16 : fuzz_below(f, 16), fuzz_word(f),
			       fuzz_or_null(f, &l));
	f->calls++;
	fuzz_see(f, n);
	if (n) {
		fuzz_see_text(f, l.text);
		fuzz_see_bytes(f, l.price.clocks, sizeof(l.price.clocks));
		fuzz_see_text(f, l.otherwise);
		fuzz_see_text(f, l.depends);
		fuzz_see_text(f, l.source);
	}
	return SYSEMU_OK;
}

static void on_pass(void *user, const sysemu_pass *pass)
{
	fuzz_see(user, pass->insns);
	fuzz_see_bytes(user, pass->clocks, sizeof(pass->clocks));
}

static sysemu_status bare_code(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_code_run r = { .timing = fuzz_timing(f),
			      .code = fuzz_or_null(f, f->buffer),
			      .size = fuzz_one_in(f, 8) ? SIZE_MAX - fuzz_word(f) :
							  fuzz_below(f, 64),
			      .at = fuzz_below(f, 2) ? 0 : fuzz_word(f),
			      .ring = fuzz_one_in(f, 8) ? fuzz_word(f) : 3 * fuzz_below(f, 2),
			      .from = fuzz_below(f, 4) ? 0 : 0x1000,
			      .to = fuzz_below(f, 4) ? 0 : 0x1000 + fuzz_below(f, 16),
			      .max_insns = 1 + fuzz_below(f, 3000) };
	sysemu_code_result *out = fuzz_or_null(f, fuzz_out(f, sizeof(*out)));
	sysemu_status status;

	(void)s;
	random_code(f, 64);
	status = FUZZ_CALL(
		f, NULL,
		sysemu_timing_code(fuzz_or_null(f, &r), fuzz_or_null(f, (void *)on_pass), f, out));
	if (fuzz_filled(f, status, sizeof(*out))) {
		fuzz_see(f, out->passes);
		fuzz_see(f, out->total.insns);
		fuzz_see_text(f, out->ended);
		fuzz_see(f, (uint64_t)out->vector << 32 | out->eip);
	}
	return SYSEMU_OK;
}

static void on_capture(void *user, const sysemu_capture *c)
{
	fuzz_see_text(user, c->name);
	fuzz_see(user, (uint64_t)c->measured << 32 | c->modelled);
}

static sysemu_status captures(struct fuzz *f, struct fuzz_slot *s)
{
	static const uint8_t head[] = "MOO \x0c\0\0\0\1\1\0\0\0\0\0\0"
				      "386ETEST\4\0\0\0\0\0\0";
	sysemu_captures *out = malloc(sizeof(*out));
	size_t size = fuzz_below(f, sizeof(head));

	(void)s;
	memcpy(f->buffer, head, sizeof(head));
	if (fuzz_below(f, 2))
		f->buffer[fuzz_below(f, sizeof(head))] = (uint8_t)fuzz_word(f);
	if (FUZZ_CALL(f, NULL,
		      sysemu_timing_captures(fuzz_or_null(f, f->buffer), size, fuzz_timing(f),
					     on_capture, f, fuzz_or_null(f, out))) == SYSEMU_OK)
		fuzz_see(f, out->all.tests);
	free(out);
	return SYSEMU_OK;
}

/* ---- scenarios ---- */

static const char script[] = "scenario x\npass all\nprogram\na: call getpid\nb: loop\nrows\n"
			     "stop STOP signal | SYSEMU ; break a\n"
			     "break at=a | signal USR1\nstop USR1 signal | CONT\nlimit\n";

static sysemu_status parse(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_scenarios *all = NULL;
	sysemu_script_error error;
	size_t size = fuzz_one_in(f, 16) ? SIZE_MAX - fuzz_word(f) : sizeof(script) - 1;
	char *text = (char *)f->buffer;
	sysemu_status status;

	(void)s;
	memcpy(text, script, sizeof(script));
	for (uint32_t i = fuzz_below(f, 3); i > 0; i--)
		text[fuzz_below(f, sizeof(script) - 1)] = "\n |;=x1"[fuzz_below(f, 7)];
	error.text[0] = '\0';
	status = sysemu_scenarios_parse(fuzz_or_null(f, text), size, fuzz_or_null(f, &all), &error);
	fuzz_status(f, status, error.text, "sysemu_scenarios_parse");
	if (status != SYSEMU_OK)
		return SYSEMU_OK;
	sysemu_scenarios_free(f->scenarios);
	f->scenarios = all;
	fuzz_see(f, sysemu_scenarios_count(all));
	return SYSEMU_OK;
}

static const sysemu_scenario *any_scenario(struct fuzz *f)
{
	return sysemu_scenarios_at(f->scenarios, fuzz_below(f, 8) ? 0 : fuzz_word(f));
}

static void on_event(void *user, size_t row, const sysemu_seen *seen)
{
	fuzz_see(user, row);
	fuzz_see_event(user, &seen->event);
	fuzz_see_text(user, sysemu_place_name(seen->place));
}

static void see_played(struct fuzz *f, const sysemu_played *p, const sysemu_verdict *v)
{
	fuzz_see(f, p->passed);
	fuzz_see(f, p->row);
	fuzz_see(f, (uint64_t)p->differs << 32 | p->regs_differ);
	fuzz_see(f, p->insns);
	fuzz_see_text(f, p->text);
	fuzz_see(f, sysemu_verdict_holds(v, p));
	if (!p->passed && !p->text[0])
		fuzz_fail(f, "a play that fails, and no sentence");
}

static sysemu_status play_scenario(struct fuzz *f, struct fuzz_slot *s)
{
	const sysemu_scenario *x = any_scenario(f);
	sysemu_entry entry = (sysemu_entry)(fuzz_below(f, 8) ? fuzz_below(f, 2) : fuzz_word(f));
	sysemu_played p;
	sysemu_status status;

	(void)s;
	if (fuzz_one_in(f, 16))
		return FUZZ_CALL(f, NULL,
				 sysemu_scenario_play(x, NULL, entry, NULL, 0, NULL, NULL, NULL));
	status = sysemu_scenario_play(x, fuzz_kernel(f), entry, NULL, 0, on_event, f, &p);
	fuzz_status(f, status, p.text, "sysemu_scenario_play");
	if (status == SYSEMU_OK)
		see_played(f, &p, x->verdicts);
	return SYSEMU_OK;
}

static sysemu_status observe_scenario(struct fuzz *f, struct fuzz_slot *s)
{
	const sysemu_observer watching = { .user = f, .on_event = on_event };
	sysemu_played p;
	sysemu_status status = sysemu_scenario_observe(any_scenario(f), fuzz_kernel(f),
						       (sysemu_entry)fuzz_below(f, 3), NULL, 0,
						       fuzz_or_null(f, (void *)&watching), &p);

	(void)s;
	fuzz_status(f, status, p.text, "sysemu_scenario_observe");
	if (status == SYSEMU_OK)
		fuzz_see_text(f, p.text);
	return SYSEMU_OK;
}

static sysemu_action any_action(struct fuzz *f)
{
	return (sysemu_action){
		.kind = (sysemu_action_kind)(fuzz_below(f, 16) ? fuzz_below(f, 11) : fuzz_word(f)),
		.request = (int32_t)fuzz_below(f, 34),
		.addr = fuzz_below(f, 2) ? fuzz_below(f, 18) : fuzz_address(f),
		.data = fuzz_word(f),
		.mask = fuzz_word(f),
		.compare = fuzz_below(f, 2),
		.any_result = fuzz_below(f, 4),
	};
}

static sysemu_check any_check(struct fuzz *f)
{
	return (sysemu_check){ .kind = (sysemu_check_kind)fuzz_below(f, SYSEMU_CHECKS + 1),
			       .index = fuzz_below(f, 4) ? fuzz_below(f, 20) : fuzz_word(f),
			       .mask = fuzz_below(f, 4) ? 0 : fuzz_word(f),
			       .value = fuzz_word(f) };
}

/* Rows as a C program may write them. */
static sysemu_status play_rows(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	sysemu_action actions[3] = { any_action(f), any_action(f), any_action(f) };
	sysemu_check checks[3] = { any_check(f), any_check(f), any_check(f) };
	const sysemu_row row = { .checks = fuzz_or_null(f, checks),
				 .n_checks = fuzz_below(f, 4),
				 .actions = fuzz_or_null(f, actions),
				 .n_actions = fuzz_below(f, 4) };
	const sysemu_row rows[3] = { row, { .actions = actions, .n_actions = 1 }, row };
	const sysemu_verdict verdict = { .fails = fuzz_below(f, 2),
					 .row = fuzz_below(f, 3),
					 .on_field = fuzz_below(f, 2),
					 .on = (sysemu_check_kind)fuzz_word(f),
					 .on_index = fuzz_word(f) };
	sysemu_played p;
	sysemu_status status;

	if (s->uncounted)
		return SYSEMU_OK; /* a play has a budget */
	status = FUZZ_CALL(f, m,
			   sysemu_play(m, fuzz_or_null(f, (void *)rows), fuzz_below(f, 4),
				       1 + fuzz_below(f, 3000), fuzz_below(f, 2) ? on_event : NULL,
				       f, fuzz_or_null(f, &p)));
	if (status == SYSEMU_OK)
		see_played(f, &p, fuzz_or_null(f, (void *)&verdict));
	return status;
}

static sysemu_status inject(struct fuzz *f, struct fuzz_slot *s)
{
	const sysemu_scenario *x = any_scenario(f);
	const sysemu_injection what = {
		.kind = (sysemu_injection_kind)(fuzz_below(f, 8) ? fuzz_below(f, 4) : fuzz_word(f)),
		.set = fuzz_word(f),
		.clear = fuzz_word(f),
		.signal = (int)fuzz_word(f)
	};
	sysemu_scenario one;
	sysemu_injected out;
	sysemu_status status;

	(void)s;
	if (!fuzz_one_in(f, 32)) /* it takes as long as a hundred others */
		return SYSEMU_OK;
	if (x) { /* the way of one event has few boundaries */
		one = *x;
		for (unsigned e = 0; e < 2; e++)
			if (one.by_entry[e].n_rows > 2)
				one.by_entry[e].n_rows = 2;
		one.budget = 500;
	}
	status = sysemu_inject(x ? &one : NULL, fuzz_kernel(f), (sysemu_entry)fuzz_below(f, 2),
			       NULL, 0, fuzz_or_null(f, (void *)&what), &out);
	fuzz_status(f, status, out.text, "sysemu_inject");
	fuzz_see(f, out.boundaries);
	for (size_t i = 0; i < out.n; i++) {
		fuzz_see(f, out.windows[i].first);
		fuzz_see_text(f, out.windows[i].text);
		fuzz_see_text(f, out.windows[i].from_name);
	}
	sysemu_injected_free(&out);
	sysemu_injected_free(NULL);
	return SYSEMU_OK;
}

/* ---- exploration ---- */

static bool go_on(void *user, uint32_t level, size_t nodes, size_t edges)
{
	struct fuzz *f = user;

	fuzz_see(f, level);
	fuzz_see(f, nodes << 32 | edges);
	return !fuzz_one_in(f, 8);
}

static sysemu_status explore(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_explore_config c = {
		.kernel = fuzz_kernel(f),
		.entry = (sysemu_entry)(fuzz_below(f, 8) ? fuzz_below(f, 2) : fuzz_word(f)),
		.depth = 1,
		.threads = fuzz_below(f, 3),
		.again = fuzz_below(f, 2),
		.first = fuzz_below(f, 4) ? -1 : (int32_t)fuzz_word(f),
		.progress = fuzz_below(f, 2) ? go_on : NULL,
		.paths = fuzz_below(f, 2),
		.user = f,
	};
	sysemu_exploration **to = &f->table[fuzz_below(f, FUZZ_TABLES)], *x = NULL;
	char text[256] = "";
	sysemu_status status;

	(void)s;
	if (!fuzz_one_in(f, 4))
		return SYSEMU_OK;
	status = sysemu_explore(&c, fuzz_or_null(f, &x), text);
	fuzz_status(f, status, text, "sysemu_explore");
	if (status == SYSEMU_OK) {
		sysemu_exploration_free(*to);
		*to = x;
	}
	return SYSEMU_OK;
}

static sysemu_exploration *any_table(struct fuzz *f)
{
	return fuzz_or_null(f, f->table[fuzz_below(f, FUZZ_TABLES)]);
}

static sysemu_status look_at_path(struct fuzz *f, struct fuzz_slot *s)
{
	const sysemu_exploration *x = any_table(f);
	const uint32_t *addrs = NULL;
	uint32_t number = 0;
	size_t n = 0;
	sysemu_status status = FUZZ_CALL(f, NULL,
					 sysemu_edge_path(x, fuzz_wide(f) % 90, &number,
							  fuzz_or_null(f, (void *)&addrs), &n));

	(void)s;
	if (status == SYSEMU_OK)
		fuzz_see_bytes(f, addrs, n * sizeof(*addrs));
	return status;
}

static sysemu_status look_at_table(struct fuzz *f, struct fuzz_slot *s)
{
	const sysemu_exploration *x = any_table(f);
	sysemu_explored facts;
	sysemu_node *n = fuzz_or_null(f, fuzz_out(f, sizeof(*n)));
	sysemu_status status = FUZZ_CALL(f, NULL, sysemu_node_at(x, fuzz_below(f, 90), n));
	sysemu_edge *e;

	(void)s;
	if (fuzz_filled(f, status, sizeof(*n)))
		fuzz_see_bytes(f, n, sizeof(*n));
	e = fuzz_or_null(f, fuzz_out(f, sizeof(*e)));
	status = FUZZ_CALL(f, NULL, sysemu_edge_at(x, fuzz_wide(f) % 90, e));
	if (fuzz_filled(f, status, sizeof(*e)))
		fuzz_see_bytes(f, e, sizeof(*e));
	sysemu_explored_facts(x, &facts);
	fuzz_see_text(f, facts.kernel);
	fuzz_see(f, facts.edges);
	f->calls++;
	return SYSEMU_OK;
}

static sysemu_status check_table(struct fuzz *f, struct fuzz_slot *s)
{
	const sysemu_property *p = sysemu_property_at(fuzz_below(f, 40));
	size_t broken[1] = { 0 }, count[1] = { 0 };
	const char *fact = NULL;

	(void)s;
	fuzz_see(f, (uint64_t)sysemu_property_expected(p, fuzz_or_null(f, (void *)"sysemu"),
						       (sysemu_entry)fuzz_below(f, 3),
						       fuzz_or_null(f, &fact)));
	fuzz_see_text(f, fact);
	if (FUZZ_CALL(f, NULL,
		      sysemu_exploration_check(any_table(f), p, fuzz_below(f, 2),
					       fuzz_or_null(f, broken), fuzz_or_null(f, count))) ==
	    SYSEMU_OK)
		fuzz_see(f, broken[0] ^ count[0] << 32);
	return SYSEMU_OK;
}

static sysemu_status write_script(struct fuzz *f, struct fuzz_slot *s)
{
	char *text = NULL;

	(void)s;
	if (FUZZ_CALL(f, NULL,
		      sysemu_exploration_script(any_table(f), fuzz_below(f, 60),
						sysemu_property_at(fuzz_below(f, 40)),
						fuzz_or_null(f, &text))) == SYSEMU_OK)
		fuzz_see_text(f, text);
	else if (text)
		fuzz_fail(f, "refused, but a script is there");
	free(text);
	return SYSEMU_OK;
}

static sysemu_status compare_tables(struct fuzz *f, struct fuzz_slot *s)
{
	const sysemu_exploration *a = any_table(f), *b = any_table(f);
	unsigned by = fuzz_below(f, SYSEMU_TELLS + 1);
	char *text = NULL;
	sysemu_joint joint;

	(void)s;
	fuzz_see_text(f, sysemu_tell_name(by));
	if (FUZZ_CALL(f, NULL, sysemu_explorations_compare(a, b, &joint)) == SYSEMU_OK) {
		fuzz_see(f, joint.pairs << 32 | joint.edges);
		if (FUZZ_CALL(f, NULL,
			      sysemu_joint_script(a, b, fuzz_or_null(f, &joint), (sysemu_tell)by,
						  fuzz_or_null(f, &text))) == SYSEMU_OK)
			fuzz_see_text(f, text);
	}
	free(text);
	sysemu_joint_free(&joint);
	sysemu_joint_free(NULL);
	return SYSEMU_OK;
}

static sysemu_status model(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_node from, to;
	sysemu_edge edge;

	(void)s;
	for (unsigned i = 0; i < SYSEMU_FIELDS; i++)
		from.field[i] = (uint8_t)(fuzz_below(f, 2) ? fuzz_below(f, 12) : fuzz_word(f));
	if (f->table[0] && fuzz_below(f, 2))
		sysemu_node_at(f->table[0], 0, &from);
	f->calls++;
	if (sysemu_model_step(fuzz_kernel(f), fuzz_or_null(f, &from),
			      fuzz_below(f, 8) ? fuzz_below(f, 40) : fuzz_word(f),
			      fuzz_or_null(f, &to), fuzz_or_null(f, &edge)))
		fuzz_see_bytes(f, &to, sizeof(to));
	return SYSEMU_OK;
}

static sysemu_status tables_as_bytes(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_exploration *x = NULL;
	void *bytes = NULL;
	size_t size = 0;

	(void)s;
	if (FUZZ_CALL(f, NULL,
		      sysemu_exploration_save(any_table(f), fuzz_or_null(f, &bytes), &size)) !=
	    SYSEMU_OK)
		return SYSEMU_OK;
	fuzz_see_bytes(f, bytes, size);
	for (uint32_t i = fuzz_below(f, 4); i > 0; i--)
		((uint8_t *)bytes)[fuzz_below(f, (uint32_t)size)] = (uint8_t)fuzz_word(f);
	if (fuzz_one_in(f, 4))
		size = fuzz_below(f, (uint32_t)size);
	FUZZ_CALL(f, NULL, sysemu_exploration_load(bytes, size, fuzz_or_null(f, &x)));
	free(bytes);
	if (x) {
		sysemu_exploration *const parts[] = { f->table[0], x, f->table[1] };
		sysemu_exploration *all = NULL;

		FUZZ_CALL(f, NULL,
			  sysemu_exploration_join(parts + fuzz_below(f, 2), fuzz_below(f, 3),
						  fuzz_or_null(f, &all)));
		sysemu_exploration_free(all);
	}
	sysemu_exploration_free(x);
	return SYSEMU_OK;
}

static sysemu_status table_texts(struct fuzz *f, struct fuzz_slot *s)
{
	char text[64] = "";

	(void)s;
	f->calls += 3;
	fuzz_see_text(f, sysemu_choice_name(fuzz_word(f)));
	fuzz_see_text(f, sysemu_field_name(fuzz_word(f)));
	sysemu_field_text(fuzz_below(f, SYSEMU_FIELDS + 2), fuzz_word(f), fuzz_or_null(f, text),
			  fuzz_below(f, 2) ? sizeof(text) : fuzz_below(f, 9));
	fuzz_see_text(f, text);
	return SYSEMU_OK;
}

const struct fuzz_row fuzz_other_rows[] = {
	FUZZ_OP(clocks, 2),         FUZZ_OP(odd_form, 2),
	FUZZ_OP(watch_prices, 1),   FUZZ_OP(models, 2),
	FUZZ_OP(list, 4),           FUZZ_OP(bare_code, 1),
	FUZZ_OP(captures, 1),       FUZZ_OP(parse, 3),
	FUZZ_OP(play_scenario, 1),  FUZZ_OP(observe_scenario, 1),
	FUZZ_OP(compare_tables, 1), FUZZ_OP(play_rows, 4),
	FUZZ_OP(inject, 1),         FUZZ_OP(explore, 1),
	FUZZ_OP(look_at_table, 2),  FUZZ_OP(look_at_path, 1),
	FUZZ_OP(check_table, 1),    FUZZ_OP(write_script, 1),
	FUZZ_OP(model, 2),          FUZZ_OP(tables_as_bytes, 1),
	FUZZ_OP(table_texts, 2),    { NULL, NULL, 0 },
};
