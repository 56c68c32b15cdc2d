/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * clocks.c: clocks as text and as JSON, per cause and per region.
 */
#include <inttypes.h>
#include <string.h>

#include "cli/json.h"
#include "cli/machine/clocks.h"

uint64_t cli_causes_sum(const uint64_t causes[SYSEMU_CAUSES])
{
	uint64_t total = 0;

	for (unsigned c = 0; c < SYSEMU_CAUSES; c++)
		total += causes[c];
	return total;
}

sysemu_clocks cli_clocks_since(const sysemu_clocks *after, const sysemu_clocks *before)
{
	sysemu_clocks d = *after;

	for (unsigned c = 0; c < SYSEMU_CAUSES; c++) {
		d.entry[c] -= before->entry[c];
		for (unsigned r = 0; r < SYSEMU_REGIONS; r++)
			d.region[r][c] -= before->region[r][c];
	}
	d.foreign -= before->foreign;
	d.ruled -= before->ruled;
	return d;
}

void cli_clocks_causes(const sysemu_clocks *clocks, uint64_t causes[SYSEMU_CAUSES])
{
	memcpy(causes, clocks->entry, sizeof(clocks->entry));
	for (unsigned r = 0; r < SYSEMU_REGIONS; r++)
		for (unsigned c = 0; c < SYSEMU_CAUSES; c++)
			causes[c] += clocks->region[r][c];
}

/* ---- text ---- */

void cli_put_causes(FILE *out, const uint64_t causes[SYSEMU_CAUSES])
{
	const char *separator = "";

	for (unsigned c = 0; c < SYSEMU_CAUSES; c++) {
		if (!causes[c])
			continue;
		fprintf(out, "%s%s %" PRIu64, separator, sysemu_cause_name(c), causes[c]);
		separator = ", ";
	}
}

void cli_put_clocks(FILE *out, const sysemu_clocks *clocks)
{
	uint64_t causes[SYSEMU_CAUSES];

	cli_clocks_causes(clocks, causes);
	fprintf(out, "clocks %" PRIu64, sysemu_clocks_total(clocks));
	for (unsigned r = 0; r < SYSEMU_REGIONS; r++) {
		if (cli_causes_sum(clocks->region[r]))
			fprintf(out, ", %s %" PRIu64, sysemu_region_name(r),
				cli_causes_sum(clocks->region[r]));
	}
	if (cli_causes_sum(clocks->entry))
		fprintf(out, ", into the kernel %" PRIu64, cli_causes_sum(clocks->entry));
	if (cli_causes_sum(causes)) {
		fputs(" (", out);
		cli_put_causes(out, causes);
		putc(')', out);
	}
	if (clocks->foreign)
		fprintf(out, ", foreign instructions %" PRIu64, clocks->foreign);
	if (clocks->ruled)
		fprintf(out, ", by rule %" PRIu64, clocks->ruled);
}

/* ---- foreign, and priced by a rule ---- */

void cli_take_odd_forms(sysemu_machine *m, struct cli_odd_forms *out)
{
	for (out->n = 0; out->n < CLI_ODD_FORMS &&
			 sysemu_odd_form_at(m, out->n, &out->list[out->n]) == SYSEMU_OK;)
		out->n++;
}

/* The next that there are more of than `before`, from index *at on. */
static bool next_odd_form(sysemu_machine *m, const struct cli_odd_forms *before, size_t *at,
			  sysemu_odd_form *out)
{
	while (sysemu_odd_form_at(m, (*at)++, out) == SYSEMU_OK) {
		for (size_t i = 0; i < before->n; i++) {
			if (before->list[i].form == out->form &&
			    !before->list[i].rule == !out->rule)
				out->insns -= before->list[i].insns;
		}
		if (out->insns)
			return true;
	}
	return false;
}

void cli_put_odd_forms(FILE *out, sysemu_machine *m, const struct cli_odd_forms *before)
{
	sysemu_odd_form odd;

	for (size_t at = 0; next_odd_form(m, before, &at, &odd);)
		fprintf(out, "%s: %" PRIu64 " %s%s%s\n", odd.rule ? "by rule" : "foreign",
			odd.insns, odd.form, odd.rule ? ": " : "", odd.rule ? odd.rule : "");
}

/* ---- JSON ---- */

static void put_causes(struct json *j, const uint64_t causes[SYSEMU_CAUSES])
{
	json_key(j, "total");
	json_uint(j, cli_causes_sum(causes));
	json_key(j, "causes");
	json_open(j, '{');
	for (unsigned c = 0; c < SYSEMU_CAUSES; c++) {
		json_key(j, sysemu_cause_name(c));
		json_uint(j, causes[c]);
	}
	json_close(j, '}');
}

void cli_json_causes(struct json *j, const uint64_t causes[SYSEMU_CAUSES])
{
	json_open(j, '{');
	put_causes(j, causes);
	json_close(j, '}');
}

void cli_json_clocks(struct json *j, const sysemu_clocks *clocks)
{
	uint64_t causes[SYSEMU_CAUSES];

	cli_clocks_causes(clocks, causes);
	json_open(j, '{');
	put_causes(j, causes);
	json_key(j, "regions");
	json_open(j, '{');
	for (unsigned r = 0; r < SYSEMU_REGIONS; r++) {
		json_key(j, sysemu_region_name(r));
		cli_json_causes(j, clocks->region[r]);
	}
	json_close(j, '}');
	json_key(j, "entry_instruction");
	cli_json_causes(j, clocks->entry);
	json_key(j, "foreign");
	json_uint(j, clocks->foreign);
	json_key(j, "by_rule");
	json_uint(j, clocks->ruled);
	json_close(j, '}');
}

void cli_json_odd_forms(struct json *j, sysemu_machine *m, const struct cli_odd_forms *before)
{
	sysemu_odd_form odd;

	json_open(j, '[');
	for (size_t at = 0; next_odd_form(m, before, &at, &odd);) {
		json_open(j, '{');
		json_key(j, "form");
		json_string(j, odd.form);
		json_key(j, "rule");
		json_string(j, odd.rule);
		json_key(j, "insns");
		json_uint(j, odd.insns);
		json_close(j, '}');
	}
	json_close(j, ']');
}
