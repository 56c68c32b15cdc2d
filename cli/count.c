/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * count.c: `sysemu count`: the instructions of one system call, from the int or
 * sysenter to the first user instruction behind it. Either the thread flags are
 * set by hand just before the call, or a tracer answers its stops.
 * Read next: options/requests.c, path.c.
 */
#include <inttypes.h>
#include <string.h>

#include "clocks.h"
#include "json.h"

/* The longest path is a few thousand; what needs more runs in a circle. */
#define ENDLESS 1000000

struct count_options {
	struct cli_machine machine;
	struct cli_number nr;
	uint32_t flags;
	struct cli_requests requests;
	unsigned json;
	bool disasm;
};

static const struct cli_option options[] = {
	CLI_KERNEL_OPTION(struct count_options, machine),
	CLI_ENTRY_OPTION(struct count_options, machine),
	{ "nr", "N|NAME", &cli_call, offsetof(struct count_options, nr),
	  .help = "the call's number or name", .preset = "getpid", .max = UINT32_MAX },
	{ "flags", "none|F1,F2,...", &cli_flags, offsetof(struct count_options, flags),
	  .help = "thread flags set just before the call, without a tracer", .preset = "none",
	  .not_with = "requests" },
	{ "requests", "R1,R2,...", &cli_requests, offsetof(struct count_options, requests),
	  .help = "traced: R1 answers the SIGSTOP stop, R2 the next one, the last repeats" },
	CLI_FORMAT_OPTION(struct count_options, json, "text|json"),
	CLI_TIMING_OPTION(struct count_options, machine.timing, .also = "all"),
	{ "disasm", NULL, &cli_switch, offsetof(struct count_options, disasm),
	  .help = "print the path taken as well; text only", .not_with = "format=json|timing=all" },
	{ 0 },
};

struct count {
	sysemu_machine *m;
	const struct count_options *o;
	sysemu_event e;       /* the latest */
	sysemu_counts before; /* when the call began */
	sysemu_clocks clocks_before, clocks;
	struct cli_odd_forms odd_before;
	uint64_t stops; /* so many stops have been answered */
	struct cli_path path;
};

/* ---- the program: one call ---- */

/* Where it is made and where it comes back. */
struct site {
	uint32_t call, back;
};

#define VSYSCALL_ENTRY    0xffffe400u
#define VSYSCALL_SYSENTER 0xffffe405u /* behind push, push, push and mov */
#define SYSENTER_RETURN   0xffffe410u

static void put_word(unsigned char *at, uint32_t value)
{
	for (unsigned i = 0; i < sizeof(value); i++)
		at[i] = (unsigned char)(value >> 8 * i);
}

static struct site load_call(struct count *c)
{
	unsigned char code[] = {
		0xb8, 0,    0, 0, 0, /* mov $nr,%eax */
		0xe8, 0,    0, 0, 0, /* call __kernel_vsyscall */
		0xeb, 0xfe,          /* jmp . */
	};
	const uint32_t call = SYSEMU_CODE_BASE + 5, back = SYSEMU_CODE_BASE + 10;
	struct site site = { VSYSCALL_SYSENTER, SYSENTER_RETURN };

	put_word(code + 1, (uint32_t)c->o->nr.value);
	put_word(code + 6, VSYSCALL_ENTRY - back);
	if (c->o->machine.entry == SYSEMU_ENTRY_INT80) {
		memcpy(code + 5, "\xcd\x80\xeb\xfe", 4);
		site = (struct site){ call, call + 2 };
	}
	if (sysemu_load_code(c->m, code, sizeof(code)) != SYSEMU_OK)
		site.call = 0;
	return site;
}

/* ---- running ---- */

/* CLI_OK: the stop has been answered. */
static int answer(struct count *c)
{
	const struct cli_request *r = cli_request_for(&c->o->requests, c->stops);
	uint32_t signal = cli_request_signal(r, &c->e, c->stops);
	const char *name = sysemu_request_name(r->number);
	sysemu_status status;
	int32_t result;

	c->stops++;
	c->path.paused = true;
	status = sysemu_ptrace(c->m, r->number, 0, signal, &result);
	c->path.paused = false;
	if (status != SYSEMU_OK)
		return cli_fail(c->m, name);
	if (result == 0)
		return CLI_OK;
	cli_say("PTRACE_%s refused: %s", name, strerror(-result));
	return CLI_FAILED;
}

static int not_returned(struct count *c)
{
	char flags[128];

	/* A stop that was to be answered is one too many. */
	if (c->e.kind == SYSEMU_EVENT_LIMIT || (c->e.kind == SYSEMU_EVENT_STOP && c->o->requests.n))
		cli_say("call %" PRIu64 " does not return within %d instructions; still set: %s",
			c->o->nr.value, ENDLESS, cli_flags_text(c->e.tif, flags, sizeof(flags)));
	else
		cli_say("call %" PRIu64 " does not return: event %s, status 0x%04" PRIx32,
			c->o->nr.value, sysemu_event_name(c->e.kind), c->e.status);
	return CLI_FAILED;
}

/* Up to the breakpoint at `addr`, with every stop on the way answered. */
static int run_to(struct count *c, uint32_t addr)
{
	uint64_t used = 0;

	if (sysemu_break_set(c->m, addr) != SYSEMU_OK)
		return cli_fail(c->m, "breakpoint");
	for (sysemu_counts start = c->e.counts; used < ENDLESS;) {
		if (sysemu_run(c->m, ENDLESS - used, &c->e) != SYSEMU_OK)
			return cli_fail(c->m, "run");
		if (c->e.kind != SYSEMU_EVENT_STOP || !c->o->requests.n)
			break;
		int code = answer(c);

		if (code != CLI_OK)
			return code;
		sysemu_counts d = cli_counts_since(&c->e.counts, &start);

		used = sysemu_kernel_insns(&d) + d.insns[SYSEMU_REGION_USER];
	}
	sysemu_break_clear(c->m, addr);
	if (c->e.kind != SYSEMU_EVENT_BREAK)
		return not_returned(c);
	return CLI_OK;
}

static int measure(struct count *c, const struct site *site)
{
	int code = run_to(c, site->call);

	if (code != CLI_OK)
		return code;
	if (c->o->flags && sysemu_set_tif(c->m, c->o->flags) != SYSEMU_OK)
		return cli_fail(c->m, "flags");
	if (c->o->disasm && sysemu_on_insn(c->m, cli_path_add, &c->path) != SYSEMU_OK)
		return cli_fail(c->m, "on_insn");
	c->before = c->e.counts;
	if (!c->o->machine.timing)
		return run_to(c, site->back);
	sysemu_get_clocks(c->m, &c->clocks_before);
	cli_take_odd_forms(c->m, &c->odd_before);
	code = run_to(c, site->back);
	if (sysemu_get_clocks(c->m, &c->clocks) == SYSEMU_OK)
		c->clocks = cli_clocks_since(&c->clocks, &c->clocks_before);
	return code;
}

/* ---- printing ---- */

static const char *entry_name(const struct count_options *o)
{
	return o->machine.entry == SYSEMU_ENTRY_INT80 ? "int80" : "sysenter";
}

static void put_json(const struct count *c, const sysemu_counts *counts)
{
	struct json j = { .out = stdout };

	json_open(&j, '{');
	json_key(&j, "kernel");
	json_string(&j, c->o->machine.kernel);
	json_key(&j, "entry");
	json_string(&j, entry_name(c->o));
	json_key(&j, "nr");
	json_uint(&j, c->o->nr.value);
	json_key(&j, "flags");
	cli_json_flags(&j, c->o->flags);
	json_key(&j, "requests");
	json_open(&j, '[');
	for (size_t i = 0; i < c->o->requests.n; i++) {
		char text[48];

		cli_request_text(&c->o->requests.list[i], text, sizeof(text));
		json_string(&j, text);
	}
	json_close(&j, ']');
	json_key(&j, "entry_insns");
	json_uint(&j, counts->insns[SYSEMU_REGION_ENTRY]);
	json_key(&j, "insns");
	json_uint(&j, sysemu_kernel_insns(counts));
	json_key(&j, "regions");
	cli_json_regions(&j, counts);
	if (c->o->machine.timing) {
		json_key(&j, "timing");
		json_string(&j, c->o->machine.timing);
		json_key(&j, "clocks");
		cli_json_clocks(&j, &c->clocks);
		json_key(&j, "odd_forms");
		cli_json_odd_forms(&j, c->m, &c->odd_before);
	}
	json_close(&j, '}');
	json_end(&j);
}

static void put_text(const struct count *c, const sysemu_counts *counts)
{
	const char *name = sysemu_call_name((int32_t)c->o->nr.value);
	char text[128];

	printf("kernel %s, entry %s, call %" PRIu64 "%s%s", c->o->machine.kernel, entry_name(c->o),
	       c->o->nr.value, name ? " " : "", name ? name : "");
	for (size_t i = 0; i < c->o->requests.n; i++)
		printf("%s%s", i ? "," : ", requests ",
		       cli_request_text(&c->o->requests.list[i], text, sizeof(text)));
	if (!c->o->requests.n)
		printf(", flags %s",
		       !c->o->flags ? "none" : cli_flags_text(c->o->flags, text, sizeof(text)));
	printf("\nentry_insns  %" PRIu64 "\ninsns        %" PRIu64 "\nregions      ",
	       counts->insns[SYSEMU_REGION_ENTRY], sysemu_kernel_insns(counts));
	cli_put_regions(stdout, counts);
	putchar('\n');
	if (!c->o->machine.timing)
		return;
	printf("timing       %s: ", c->o->machine.timing);
	cli_put_clocks(stdout, &c->clocks);
	putchar('\n');
	cli_put_odd_forms(stdout, c->m, &c->odd_before);
}

static int report(struct count *c)
{
	sysemu_counts counts = cli_counts_since(&c->e.counts, &c->before);

	if (c->path.failed) {
		cli_say("out of memory");
		return CLI_INTERNAL;
	}
	(c->o->json ? put_json : put_text)(c, &counts);
	if (c->o->disasm)
		cli_path_print(stdout, c->m, &c->path);
	return CLI_OK;
}

static bool all_models(const struct count_options *o)
{
	return o->machine.timing && !strcmp(o->machine.timing, "all");
}

/* One machine, from its opening to the call's return. Afterwards it is to be closed. */
static int count_once(struct count *c)
{
	struct site site;
	int code = cli_open(&c->o->machine,
			    c->o->requests.n ? SYSEMU_START_TRACED : SYSEMU_START_UNTRACED, &c->m);

	if (code != CLI_OK)
		return code;
	site = load_call(c);
	return site.call ? measure(c, &site) : cli_fail(c->m, "load");
}

/* ---- --timing all ---- */

static void put_model_text(const struct count *c)
{
	uint64_t causes[SYSEMU_CAUSES];

	cli_clocks_causes(&c->clocks, causes);
	printf("%-12s %6" PRIu64 "  ", c->o->machine.timing, sysemu_clocks_total(&c->clocks));
	cli_put_causes(stdout, causes);
	if (c->clocks.foreign)
		printf(", foreign instructions %" PRIu64, c->clocks.foreign);
	if (c->clocks.ruled)
		printf(", by rule %" PRIu64, c->clocks.ruled);
	putchar('\n');
}

static void put_model_json(struct json *j, const struct count *c)
{
	json_open(j, '{');
	json_key(j, "timing");
	json_string(j, c->o->machine.timing);
	json_key(j, "clocks");
	cli_json_clocks(j, &c->clocks);
	json_close(j, '}');
}

/* The same call by every model whose CPU has this entry. */
static int count_all(struct count_options *o)
{
	struct json j = { .out = stdout };
	const char *name;
	int code = CLI_OK;
	bool sysenter, begun = false;

	for (size_t i = 0; code == CLI_OK && (name = sysemu_timing_at(i, NULL)) != NULL; i++) {
		struct count c = { .o = o };

		if (sysemu_timing_check(name, &sysenter) != SYSEMU_OK ||
		    (o->machine.entry == SYSEMU_ENTRY_SYSENTER && !sysenter))
			continue;
		o->machine.timing = name;
		code = count_once(&c);
		if (code == CLI_OK && o->json && !begun)
			json_open(&j, '[');
		begun |= code == CLI_OK;
		if (code == CLI_OK && o->json)
			put_model_json(&j, &c);
		else if (code == CLI_OK)
			put_model_text(&c);
		sysemu_close(c.m);
	}
	if (o->json && begun) {
		json_close(&j, ']');
		json_end(&j);
	}
	return code;
}

static int count_main(int argc, char **argv)
{
	static struct count_options o;
	struct count c = { .o = &o };
	int code;

	if (cli_parse(&cli_count, argc, argv, &o, &code) < 0)
		return code;
	if (all_models(&o))
		return count_all(&o);
	code = count_once(&c);
	if (code == CLI_OK)
		code = report(&c);
	cli_path_free(&c.path);
	sysemu_close(c.m);
	return code;
}

const struct cli_command cli_count = {
	.name = "count",
	.operands = "",
	.about = "count the instructions of one system call, from user mode and back",
	.notes =
		"Flags: TRACE, EMU, SINGLESTEP, SIGPENDING (no signal queued), NEED_RESCHED, IRET,\n"
		"AUDIT (no audit context), NOTIFY_RESUME. entry_insns: those of entry.S, to iret or\n"
		"sysexit; insns: all of the kernel's, with those of the tracer's requests, so it depends\n"
		"on the guest's compiler. --timing all: a line for each model whose CPU has the entry.\n"
		"A call that does not return is reported with the flags that are still set, and exit 1.\n",
	.options = options,
	.main = count_main,
};
