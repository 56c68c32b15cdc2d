/* SPDX-License-Identifier: GPL-2.0-only */
/* limit.c: metrics by name, and whether a number keeps its limits. */
#include <inttypes.h>
#include <string.h>

#include "budget.h"

/* ---- metrics ---- */

const char *budget_metric_text(const struct budget_metric *m, char *buf, size_t size)
{
	static const char *const units[] = { "insns", "clocks", "stops", "states", "transitions" };

	if (m->region != BUDGET_ALL)
		snprintf(buf, size, "%s.%s", units[m->unit],
			 sysemu_region_name((sysemu_region)m->region));
	else
		snprintf(buf, size, "%s%s", units[m->unit],
			 m->unit == BUDGET_INSNS ? ".kernel" : "");
	return buf;
}

bool budget_metric_of(const char *text, struct budget_metric *out)
{
	char name[32];

	for (unsigned unit = 0; unit < BUDGET_UNITS; unit++) {
		for (unsigned region = 0; region <= BUDGET_ALL; region++) {
			*out = (struct budget_metric){ (enum budget_unit)unit, region };
			if (unit >= BUDGET_STOPS && region != BUDGET_ALL)
				continue;
			if (!strcmp(text, budget_metric_text(out, name, sizeof(name))))
				return true;
		}
	}
	return false;
}

/* ---- limits ---- */

#define WHOLE (100 * BUDGET_PERCENT)

/* "1 %", "0.25 %" */
static const char *percent(uint32_t hundredths, char buf[16])
{
	if (hundredths % BUDGET_PERCENT)
		snprintf(buf, 16, "%u.%02u%%", hundredths / BUDGET_PERCENT,
			 hundredths % BUDGET_PERCENT);
	else
		snprintf(buf, 16, "%u%%", hundredths / BUDGET_PERCENT);
	return buf;
}

/* As a row writes it. */
static const char *limit_text(const struct budget_limit *l, struct report *r)
{
	char buf[160], soft[16], gain[16];
	size_t used = 0;

	if (l->has_exact)
		used += (size_t)snprintf(buf, sizeof(buf), "exact %" PRIu64, l->exact);
	if (l->has_max)
		used += (size_t)snprintf(buf + used, sizeof(buf) - used, "%smax %" PRIu64,
					 used ? " " : "", l->max);
	if (l->has_base && !l->base_known)
		snprintf(buf + used, sizeof(buf) - used, "%sbase ?", used ? " " : "");
	else if (l->has_base)
		snprintf(buf + used, sizeof(buf) - used, "%sbase %" PRIu64 " +%s -%s",
			 used ? " " : "", l->base, percent(l->soft, soft), percent(l->gain, gain));
	return report_text(r, "%s", buf);
}

static const char *beyond(struct report *r, uint32_t margin, const char *where)
{
	char buf[16];

	return margin ? report_text(r, "more than %s %s", percent(margin, buf), where) : where;
}

struct report_limit budget_judge(const struct budget_limit *l, uint64_t seen, struct report *r)
{
	char name[32];
	struct report_limit out = {
		.metric = report_text(r, "%s", budget_metric_text(&l->metric, name, sizeof(name))),
		.limit = limit_text(l, r),
		.seen = seen,
		.has_base = l->has_base && l->base_known,
		.base = l->base
	};

	if (l->has_exact && seen != l->exact)
		out.why = report_text(r, "not %" PRIu64, l->exact);
	else if (l->has_max && seen > l->max)
		out.why = report_text(r, "above the maximum");
	else if (l->has_base && !l->base_known)
		out.why = "no baseline yet: --update";
	else if (l->has_base && seen * WHOLE > l->base * (WHOLE + l->soft))
		out.why = beyond(r, l->soft, "above the baseline");
	else if (l->has_base && seen * WHOLE < l->base * (WHOLE - l->gain))
		out.why = beyond(r, l->gain, "below the baseline: take a new one, --update");
	out.broken = out.why != NULL;
	return out;
}

bool budget_needs_base(const struct budget_limit *l, uint64_t seen)
{
	return !(l->has_exact && seen != l->exact) && !(l->has_max && seen > l->max);
}

struct report_limit budget_updated(const struct report_limit *limit)
{
	struct report_limit updated = *limit;

	updated.broken = false;
	updated.why = "its new baseline";
	return updated;
}
