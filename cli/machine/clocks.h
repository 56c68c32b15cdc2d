/* SPDX-License-Identifier: GPL-2.0-only */
/* clocks.h: what run, trace, count and timing share to report clocks (clocks.c). */
#ifndef CLI_CLOCKS_H
#define CLI_CLOCKS_H

#include "cli/cli.h"

struct json;

/* The option --timing of run, trace, count and dis: const char *. */
#define CLI_TIMING_OPTION(type, member, ...)                                                 \
	{                                                                                    \
		"timing", "NAME[,OPTION...]", &cli_model, offsetof(type, member),            \
			.help = "report clocks, by this model (docs/timing.md)", __VA_ARGS__ \
	}

/* What happened from `before` to `after`. */
sysemu_clocks cli_clocks_since(const sysemu_clocks *after, const sysemu_clocks *before);
uint64_t cli_causes_sum(const uint64_t causes[SYSEMU_CAUSES]);
/* Over all regions, and what leads into the kernel. */
void cli_clocks_causes(const sysemu_clocks *clocks, uint64_t causes[SYSEMU_CAUSES]);

/* "base 99, ring_change 40" */
void cli_put_causes(FILE *out, const uint64_t causes[SYSEMU_CAUSES]);
/* "clocks 354, entry 255, into the kernel 99 (base 300, ...)" */
void cli_put_clocks(FILE *out, const sysemu_clocks *clocks);
/* The forms that are foreign, or priced by a rule, so far. */
#define CLI_ODD_FORMS 128
struct cli_odd_forms {
	size_t n;
	sysemu_odd_form list[CLI_ODD_FORMS];
};
void cli_take_odd_forms(sysemu_machine *m, struct cli_odd_forms *out);
/* A line for each that has come since `before`. */
void cli_put_odd_forms(FILE *out, sysemu_machine *m, const struct cli_odd_forms *before);

/* {total, causes} */
void cli_json_causes(struct json *j, const uint64_t causes[SYSEMU_CAUSES]);
/* {total, causes, regions, entry_instruction, foreign, by_rule} */
void cli_json_clocks(struct json *j, const sysemu_clocks *clocks);
void cli_json_odd_forms(struct json *j, sysemu_machine *m, const struct cli_odd_forms *before);

#endif
