/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * models.c: the models by name, and the names of their options.
 */
#include "sim/timing/models.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- insn ---- */

static enum sim_verdict price_one(struct sim_timing *t, const struct sim_retired *r,
				  uint32_t clocks[SIM_CAUSES])
{
	(void)t;
	clocks[SIM_BASE] += !r->interrupted;
	return SIM_PRICED;
}

static void deliver_free(struct sim_timing *t, const struct sim_delivered *d,
			 uint32_t clocks[SIM_CAUSES])
{
	(void)t;
	(void)d;
	(void)clocks;
}

static const char *one_each(uint16_t form)
{
	(void)form;
	return "one clock each, by definition";
}

static const struct sim_timing_model insn = {
	.name = "insn",
	.about = "1 clock per instruction",
	.sysenter = true,
	.stateless = true,
	.price = price_one,
	.deliver = deliver_free,
	.source = one_each,
};

/* ---- the list ---- */

static const struct sim_timing_model *const models[] = {
	&insn,
	&sim_timing_i386dx,
	&sim_timing_i386dx_bus,
	&sim_timing_i386ex_bus,
	&sim_timing_i486,
	&sim_timing_p5,
};

const struct sim_timing_model *sim_timing_at(size_t index)
{
	return index < sizeof(models) / sizeof(models[0]) ? models[index] : NULL;
}

static const struct sim_timing_model *find(const char *name, size_t length)
{
	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++)
		if (strlen(models[i]->name) == length && !memcmp(models[i]->name, name, length))
			return models[i];
	return NULL;
}

/* ---- options ---- */

/* Each way to write one: the whole word, and what it sets. */
struct option {
	const char *word;
	unsigned which;
	void (*set)(struct sim_timing_options *o, unsigned value);
	unsigned value;
};

static void set_cli(struct sim_timing_options *o, unsigned value)
{
	o->cli = (uint8_t)value;
}

static void set_iret(struct sim_timing_options *o, unsigned value)
{
	o->iret_state = value;
}

static void set_misalign(struct sim_timing_options *o, unsigned value)
{
	o->misalign = value;
}

static void set_tlb(struct sim_timing_options *o, unsigned value)
{
	o->tlb = value;
}

static void set_infinite(struct sim_timing_options *o, unsigned value)
{
	o->infinite = value;
}

static void set_wait(struct sim_timing_options *o, unsigned value)
{
	o->wait = (uint8_t)value;
}

static const struct option words[] = {
	{ "cli=3", SIM_OPTION_CLI, set_cli, 3 },
	{ "cli=8", SIM_OPTION_CLI, set_cli, 8 },
	{ "cli=9", SIM_OPTION_CLI, set_cli, 9 },
	{ "iret=manual", SIM_OPTION_IRET, set_iret, false },
	{ "iret=state", SIM_OPTION_IRET, set_iret, true },
	{ "misalign", SIM_OPTION_MISALIGN, set_misalign, true },
	{ "tlb", SIM_OPTION_TLB, set_tlb, true },
	{ "bandwidth=infinite", SIM_OPTION_BANDWIDTH, set_infinite, true },
	{ "wait=0", SIM_OPTION_WAIT, set_wait, 0 },
	{ "wait=1", SIM_OPTION_WAIT, set_wait, 1 },
	{ "wait=2", SIM_OPTION_WAIT, set_wait, 2 },
	{ "wait=3", SIM_OPTION_WAIT, set_wait, 3 },
};

static void say_no_option(const struct sim_timing_model *model, const char *word, size_t length,
			  char *why, size_t size)
{
	int used = snprintf(why, size, "the model %s has no option \"%.*s\"%s", model->name,
			    length < 40 ? (int)length : 40, word,
			    model->options ? "; it has" : " and none at all");

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && used > 0; i++) {
		size_t at = (size_t)used < size ? (size_t)used : size;

		if (!(model->options & words[i].which))
			continue;
		used += snprintf(why + at, size - at, " %s", words[i].word);
	}
}

static bool take_word(struct sim_timing *t, const char *word, size_t length)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const struct option *o = &words[i];

		if (strlen(o->word) != length || memcmp(o->word, word, length) != 0 ||
		    !(t->model->options & o->which))
			continue;
		o->set(&t->options, o->value);
		return true;
	}
	return false;
}

static void say_unknown(const char *name, size_t length, char *why, size_t size)
{
	int used = snprintf(why, size, "no timing model \"%.*s\"; there are", (int)length, name);

	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]) && used > 0; i++) {
		size_t at = (size_t)used < size ? (size_t)used : size;

		used += snprintf(why + at, size - at, " %s", models[i]->name);
	}
}

bool sim_timing_parse(const char *text, struct sim_timing *out, char *why, size_t why_size)
{
	struct sim_timing t = { .options = { .cli = 3 } };
	size_t length = strcspn(text, ",");

	t.model = find(text, length);
	if (!t.model) {
		say_unknown(text, length, why, why_size);
		return false;
	}
	for (text += length; *text; text += length) {
		length = strcspn(++text, ",");
		if (!take_word(&t, text, length)) {
			say_no_option(t.model, text, length, why, why_size);
			return false;
		}
	}
	*out = t;
	return true;
}
