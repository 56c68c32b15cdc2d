/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dis.c: `sysemu dis`: a listing of guest kernel functions or of raw code, with what each
 * instruction costs by a timing model, and by which line of which source.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "machine/clocks.h"

#define INSN_MAX 15

struct dis_options {
	struct cli_machine machine;
	const char *code;
	struct cli_number at;
};

static const struct cli_option options[] = {
	CLI_KERNEL_OPTION(struct dis_options, machine, .not_with = "code"),
	CLI_TIMING_OPTION(struct dis_options, machine.timing),
	{ "code", "FILE.bin", &cli_file, offsetof(struct dis_options, code),
	  .help = "list raw 32-bit code instead" },
	{ "at", "ADDRESS", &cli_address, offsetof(struct dis_options, at),
	  .help = "where that code lies", .preset = "0x1000", .max = UINT32_MAX, .needs = "code" },
	{ 0 },
};

static uint64_t sum(const uint32_t clocks[SYSEMU_CAUSES])
{
	uint64_t total = 0;

	for (unsigned c = 0; c < SYSEMU_CAUSES; c++)
		total += clocks[c];
	return total;
}

/* "5", "3, taken 7+m", "10+m", "59, between rings 99", "foreign" */
static const char *clocks_text(const sysemu_listing *l, char *buf, size_t size)
{
	if (l->price.foreign)
		return "foreign";
	if (l->otherwise)
		snprintf(buf, size, "%" PRIu64 ", %s %" PRIu64 "%s", sum(l->price.clocks),
			 l->otherwise, sum(l->other), l->plus_m ? "+m" : "");
	else
		snprintf(buf, size, "%" PRIu64 "%s", sum(l->price.clocks), l->plus_m ? "+m" : "");
	return buf;
}

static void put_reasons(const sysemu_listing *l)
{
	uint64_t causes[SYSEMU_CAUSES];

	for (unsigned c = 0; c < SYSEMU_CAUSES; c++)
		causes[c] = l->price.clocks[c];
	if (sum(l->price.clocks) != causes[SYSEMU_CAUSE_BASE]) {
		fputs("  ", stdout);
		cli_put_causes(stdout, causes);
	}
	printf("  %s", l->price.form);
	if (l->depends)
		printf(" (by %s)", l->depends);
	if (l->source)
		printf("; %s%s", l->price.ruled ? "rule: " : "", l->source);
}

/* Its length; 0: no instruction. */
static size_t put_line(const char *timing, const uint8_t *bytes, size_t size, uint32_t addr)
{
	sysemu_listing l;
	char clocks[48];
	size_t length = sysemu_timing_list(timing ? timing : "insn", bytes, size, addr, &l);

	if (!length)
		return 0;
	printf("%08" PRIx32 "  %-36s", addr, l.text);
	if (timing) {
		printf("  %-13s", clocks_text(&l, clocks, sizeof(clocks)));
		put_reasons(&l);
	}
	putchar('\n');
	return length;
}

/* ---- raw code ---- */

static int list_code(const struct dis_options *o)
{
	uint32_t at = (uint32_t)o->at.value;
	size_t size, length;
	char *code = cli_read_file(o->code, CLI_PROGRAM_MAX, &size);

	if (!code)
		return CLI_USAGE;
	if (size > UINT64_C(0x100000000) - at) {
		cli_say("%s: %zu bytes at 0x%08" PRIx32 " end behind 4 GiB", o->code, size, at);
		free(code);
		return CLI_USAGE;
	}
	for (size_t i = 0; i < size; i += length) {
		length = put_line(o->machine.timing, (uint8_t *)code + i, size - i,
				  at + (uint32_t)i);
		if (!length) {
			printf("%08" PRIx32 "  .byte 0x%02x\n", at + (uint32_t)i, (uint8_t)code[i]);
			length = 1;
		}
	}
	free(code);
	return CLI_OK;
}

/* ---- kernel functions ---- */

/* The symbol that holds addr: one name for each stretch of code. */
static void symbol_at(sysemu_machine *m, uint32_t addr, char *buf, size_t size)
{
	sysemu_describe(m, addr, buf, size);
	buf[strcspn(buf, "+")] = '\0';
}

/* Before any is listed. */
static bool all_are_symbols(sysemu_machine *m, char **names)
{
	uint32_t addr;

	for (; *names; names++) {
		if (sysemu_symbol(m, *names, &addr) != SYSEMU_OK) {
			cli_say("%s", sysemu_errmsg(m));
			return false;
		}
	}
	return true;
}

static void list_symbol(sysemu_machine *m, const struct dis_options *o, const char *name)
{
	char first[128], here[128];
	uint32_t addr;

	if (sysemu_symbol(m, name, &addr) != SYSEMU_OK)
		return;
	printf("%s:\n", name);
	symbol_at(m, addr, first, sizeof(first));
	for (;;) {
		uint8_t bytes[INSN_MAX];
		size_t size = sizeof(bytes), length;

		symbol_at(m, addr, here, sizeof(here));
		if (strcmp(here, first) != 0)
			break;
		while (size && sysemu_read(m, addr, bytes, size) != SYSEMU_OK)
			size--;
		length = size ? put_line(o->machine.timing, bytes, size, addr) : 0;
		if (!length)
			break;
		addr += (uint32_t)length;
	}
}

static int dis_main(int argc, char **argv)
{
	static struct dis_options o;
	struct cli_machine plain;
	sysemu_machine *m;
	int code;
	int first = cli_parse(&cli_dis, argc, argv, &o, &code);

	if (first < 0)
		return code;
	if (o.code)
		return list_code(&o);
	plain = o.machine;
	plain.timing = NULL; /* nothing runs */
	code = cli_open(&plain, SYSEMU_START_UNTRACED, &m);
	if (code != CLI_OK)
		return code;
	if (!all_are_symbols(m, argv + first))
		code = CLI_USAGE;
	for (; first < argc && code == CLI_OK; first++)
		list_symbol(m, &o, argv[first]);
	sysemu_close(m);
	return code;
}

const struct cli_command cli_dis = {
	.name = "dis",
	.operands = "[SYMBOL...]",
	.min_operands = 1,
	.max_operands = CLI_ANY_OPERANDS,
	.instead = "code",
	.about =
		"list functions of a guest kernel, or raw code, with the clocks of each instruction",
	.notes =
		"SYMBOL: `sysemu count --disasm` names those of a call's path. With --timing: the clocks\n"
		"of each instruction alone, as if operands were 0 and aligned, by a bus model as the first\n"
		"behind a jump; m: the components of the instruction that a jump leads to. Behind them\n"
		"the causes, unless all is base, the form, and the figure's source (docs/timing.md).\n",
	.options = options,
	.main = dis_main,
};
