/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * differ_script.c: a case as a scenario (docs/scenarios.md): the same program at the same addresses, the same
 * requests, and of each event what the running kernel's tracer saw. It ends with the first event that is otherwise on
 * ours. See differ_play.h.
 */
#include "tests/differ/differ_play.h"

#include <stdlib.h>
#include <string.h>

#define EFLAGS_FIXED 0x202u /* IF, and bit 1 */

struct script {
	FILE *out;
	const struct differ_case *c;
	const struct differ_seen *native, *ours;
	uint32_t at;
	const char *glue; /* before the next action */
};

/* ---- what was seen ---- */

/* As it is in a machine: differ_ours.c takes the area's address away. */
static uint32_t eip_of(const struct differ_event *e)
{
	if (e->eip - DIFFER_VSYSCALL + 64 < 128)
		return DIFFER_PAGE + (e->eip - DIFFER_VSYSCALL);
	if (e->eip - DIFFER_BEHIND_SYSENTER + 2 < 18)
		return DIFFER_PAGE_BEHIND + (e->eip - DIFFER_BEHIND_SYSENTER);
	return e->eip < DIFFER_AREA ? SYSEMU_CODE_BASE + e->eip : e->eip;
}

/* No number of a case is as large as the handler's place, or the area begins there. */
static uint32_t word_of(uint32_t value)
{
	return value >= DIFFER_HANDLER && value < DIFFER_AREA ? SYSEMU_CODE_BASE + value : value;
}

static void put_flags(const struct script *s, uint32_t value, uint32_t differs)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} flags[] = { { 0x1, "CF" },    { 0x4, "PF" },    { 0x10, "AF" },  { 0x40, "ZF" },
		      { 0x80, "SF" },   { 0x100, "TF" },  { 0x400, "DF" }, { 0x800, "OF" },
		      { 0x4000, "NT" }, { 0x40000, "AC" } };

	fputs(" eflags=", s->out);
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if ((differs | DIFFER_TF) & flags[i].bit)
			fprintf(s->out, "%c%s", value & flags[i].bit ? '+' : '-', flags[i].name);
}

static void put_regs(const struct script *s, const struct differ_event *e,
		     const struct differ_event *o)
{
	const struct {
		const char *name;
		uint32_t seen, ours;
	} others[] = { { "ebx", e->ebx, o->ebx }, { "ecx", e->ecx, o->ecx },
		       { "edx", e->edx, o->edx }, { "esi", e->esi, o->esi },
		       { "edi", e->edi, o->edi }, { "ebp", e->ebp, o->ebp } };

	fprintf(s->out, " eip=0x%x eax=%d orig_eax=%d", eip_of(e), (int32_t)word_of(e->eax),
		(int32_t)e->orig_eax);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i].seen != others[i].ours)
			fprintf(s->out, " %s=0x%x", others[i].name, word_of(others[i].seen));
	put_flags(s, e->eflags, e->eflags ^ o->eflags);
}

static void put_event(const struct script *s, const struct differ_event *e,
		      const struct differ_event *o)
{
	uint32_t signal = e->status >> 8;

	if (e->status == ~0u) {
		fputs("limit", s->out);
	} else if ((e->status & 0xff) != 0x7f) {
		if (e->status & 0x7f)
			fprintf(s->out, "killed %u", e->status & 0x7f);
		else
			fprintf(s->out, "exit %u", signal);
	} else {
		if (signal & 0x80)
			fputs("stop SYSTRAP", s->out);
		else
			fprintf(s->out, "stop %u", signal);
		put_regs(s, e, o);
	}
}

/* ---- what is done ---- */

static void next_action(struct script *s)
{
	fputs(s->glue, s->out);
	s->glue = "; ";
}

static void poke(struct script *s, const char *reg, uint32_t value)
{
	next_action(s);
	fprintf(s->out, "POKEUSR %s 0x%x", reg, value);
}

/* eflags: as they are before. */
static void put_stop(struct script *s, const struct differ_stop *stop, uint32_t eflags,
		     const struct differ_event *e)
{
	if (stop->set & SET_EAX)
		poke(s, "eax", stop->eax);
	if (stop->set & SET_ORIG_EAX)
		poke(s, "orig_eax", stop->orig_eax);
	if (stop->set & (SET_TF | CLEAR_TF))
		poke(s, "eflags",
		     (stop->set & SET_TF ? eflags | DIFFER_TF : eflags & ~DIFFER_TF) |
			     EFLAGS_FIXED);
	if (stop->signal) {
		next_action(s);
		fprintf(s->out, "signal %u", stop->signal);
	}
	next_action(s);
	fprintf(s->out, "%s 0 %u", sysemu_request_name((int)stop->request), stop->data);
	if (e && e->result)
		fprintf(s->out, " -> %d", (int32_t)e->result);
}

static void put_siginfo(struct script *s, const struct differ_event *e)
{
	next_action(s);
	fprintf(s->out, "GETSIGINFO 0 0x%x%s", SYSEMU_WINDOW, e->si_signo ? "" : " -> EINVAL");
	if (e->si_signo) {
		next_action(s);
		fprintf(s->out, "peek 0x%x=%u", SYSEMU_WINDOW, e->si_signo);
		next_action(s);
		fprintf(s->out, "peek 0x%x=%d", SYSEMU_WINDOW + 8, (int32_t)e->si_code);
	}
}

static void put_rows(struct script *s)
{
	const struct differ_event none = { .status = ~0u };

	fprintf(s->out, "rows\n\tstop STOP");
	s->glue = "\t| ";
	poke(s, "ebx", 0x22222222);
	poke(s, "ecx", 0x33333333);
	poke(s, "esp", SYSEMU_CODE_BASE + DIFFER_STACK);
	poke(s, "orig_eax", UINT32_MAX);
	poke(s, "eflags", EFLAGS_FIXED);
	if (s->c->sysgood) {
		next_action(s);
		fputs("options TRACESYSGOOD", s->out);
	}
	put_stop(s, &s->c->stops[0], EFLAGS_FIXED, NULL);
	for (uint32_t i = 0; i <= s->at && i < s->native->n; i++) {
		const struct differ_event *e = &s->native->events[i];
		const struct differ_event *o = i < s->ours->n ? &s->ours->events[i] : &none;

		fprintf(s->out, "\n%s\t", i == s->at ? "differs:" : "");
		put_event(s, e, o);
		s->glue = "\t| ";
		if (e->si_signo != o->si_signo || e->si_code != o->si_code)
			put_siginfo(s, e);
		if ((i < s->at || e->result != o->result) && i + 1 < s->c->n_stops)
			put_stop(s, &s->c->stops[i + 1], e->eflags, e);
	}
	fputc('\n', s->out);
}

char *differ_script(const char *name, const char *kernel, const struct differ_plan *plan,
		    const struct differ_seen *ours, const struct differ_seen *native, int at)
{
	struct differ_case c;
	struct script s = { .c = &c, .native = native, .ours = ours, .at = (uint32_t)at };
	char *text = NULL;
	size_t size;

	s.out = open_memstream(&text, &size);
	if (!s.out)
		return NULL;
	fprintf(s.out,
		"# SPDX-License-Identifier: GPL-2.0-only\n\nscenario %s\n"
		"\tabout\ta random program under a random tracer, made short\n"
		"\tsource\tthe running kernel, by tests/differ\n\tentry\tsysenter\n"
		"\tpass\tmodern\n\tfail\t%s at differs\nprogram\n",
		name, kernel);
	differ_write(plan, &c, s.out);
	put_rows(&s);
	fclose(s.out);
	return text;
}

bool differ_script_tells(const char *text, const char *kernel, char why[DIFFER_WHY])
{
	sysemu_scenarios *all = NULL;
	sysemu_script_error error;
	const sysemu_scenario *s;
	sysemu_played played;
	bool tells = false;

	if (sysemu_scenarios_parse(text, strlen(text), &all, &error) != SYSEMU_OK) {
		snprintf(why, DIFFER_WHY, "line %u: %s", error.line, error.text);
		return false;
	}
	s = sysemu_scenarios_at(all, 0);
	if (sysemu_scenario_play(s, kernel, SYSEMU_ENTRY_SYSENTER, NULL, 0, NULL, NULL, &played) !=
	    SYSEMU_OK)
		snprintf(why, DIFFER_WHY, "%s", played.text);
	else if (played.passed)
		snprintf(why, DIFFER_WHY, "it passes: what differs no row says");
	else if (played.row + 1 != s->by_entry[SYSEMU_ENTRY_SYSENTER].n_rows)
		snprintf(why, DIFFER_WHY, "row %zu, before it: %s", played.row + 1, played.text);
	else
		tells = true;
	sysemu_scenarios_free(all);
	return tells;
}
