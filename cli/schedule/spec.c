/* SPDX-License-Identifier: GPL-2.0-only */
/* spec.c: "random:7", "pct:7,3", "all:2", "replay:FILE,2"; "3/8". */
#include <stdlib.h>
#include <string.h>

#include "cli/schedule/schedule.h"

/* Decimal digits up to `end`, which is behind them. */
static bool number(const char **at, uint64_t most, uint64_t *out)
{
	char text[24];
	size_t n = strspn(*at, "0123456789");

	if (!n || n >= sizeof(text))
		return false;
	memcpy(text, *at, n);
	text[n] = '\0';
	*at += n;
	return cli_number_of(text, out) && *out <= most;
}

static bool take_random(const char *at, struct schedule_spec *s)
{
	return number(&at, UINT64_MAX, &s->seed) && !*at;
}

static bool take_pct(const char *at, struct schedule_spec *s)
{
	uint64_t depth;

	if (!number(&at, UINT64_MAX, &s->seed) || *at++ != ',' || !number(&at, 64, &depth) || *at)
		return false;
	s->depth = (unsigned)depth;
	return depth > 0;
}

static bool take_all(const char *at, struct schedule_spec *s)
{
	uint64_t preemptions = 2;

	if (*at && (*at++ != ':' || !number(&at, 1000, &preemptions) || *at))
		return false;
	s->preemptions = (unsigned)preemptions;
	return true;
}

/* A name may have a comma in it, but not before digits at its end. */
static bool take_replay(const char *at, struct schedule_spec *s)
{
	static char name[4096];
	const char *comma = strrchr(at, ','), *digits = comma ? comma + 1 : NULL;

	s->which = 1;
	s->file = at;
	if (comma && number(&digits, UINT32_MAX, &s->which) && !*digits) {
		if ((size_t)(comma - at) >= sizeof(name) || !s->which)
			return false;
		memcpy(name, at, (size_t)(comma - at));
		name[comma - at] = '\0';
		s->file = name;
	}
	return *s->file != '\0';
}

static bool take_schedule(const struct cli_option *o, const char *value, void *field,
			  struct cli_why *why)
{
	static const struct {
		const char *begin;
		int kind;
		bool (*take)(const char *at, struct schedule_spec *s);
	} kinds[] = {
		{ "random:", SCHEDULE_RANDOM, take_random },
		{ "pct:", SCHEDULE_PCT, take_pct },
		{ "all", SCHEDULE_ALL, take_all },
		{ "replay:", SCHEDULE_REPLAY, take_replay },
	};
	struct schedule_spec *s = field;

	(void)o;
	*s = (struct schedule_spec){ .kind = SCHEDULE_FIFO };
	if (strcmp(value, "fifo") == 0)
		return true;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = strlen(kinds[i].begin);

		if (strncmp(value, kinds[i].begin, n) == 0 && kinds[i].take(value + n, s)) {
			s->kind = kinds[i].kind;
			return true;
		}
	}
	return cli_refuse(why,
			  "\"%s\" is not one of fifo, random:SEED, pct:SEED,DEPTH (1 to 64), "
			  "all[:PREEMPTIONS] (0 to 1000), replay:FILE[,NUMBER]",
			  value);
}

static const char *offer_schedule(const struct cli_option *o, size_t index)
{
	static const char *const words[] = { "fifo", "random:", "pct:", "all:2", "replay:" };

	(void)o;
	return index < sizeof(words) / sizeof(words[0]) ? words[index] : NULL;
}

const struct cli_type cli_schedule = { "schedule", take_schedule, offer_schedule };

static bool take_shard(const struct cli_option *o, const char *value, void *field,
		       struct cli_why *why)
{
	struct shard *s = field;
	const char *at = value;

	(void)o;
	if (number(&at, 1000000, &s->part) && *at++ == '/' && number(&at, 1000000, &s->of) &&
	    !*at && s->part && s->part <= s->of)
		return true;
	return cli_refuse(why, "\"%s\" is no part K/N, with K from 1 to N", value);
}

const struct cli_type cli_shard = { "part", take_shard, NULL };
