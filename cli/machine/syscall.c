/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * syscall.c: a machine, a program that makes one call, and the way of that call. Either the
 * thread flags are set by hand just before it, or a tracer answers its stops.
 * Read next: options/requests.c.
 */
#include "syscall.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

/* Says why; `code`. */
static int stop(struct cli_syscall_run *r, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static int stop(struct cli_syscall_run *r, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(r->why, sizeof(r->why), format, args);
	va_end(args);
	return code;
}

static int machine_fails(struct cli_syscall_run *r, const char *doing)
{
	return stop(r, CLI_INTERNAL, "%s: %s", doing, sysemu_errmsg(r->m));
}

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

#define INT80_SITE (SYSEMU_CODE_BASE + 5)
#define INT80_SIZE 2

static struct site site_of(const struct cli_syscall *call)
{
	if (call->machine.entry == SYSEMU_ENTRY_INT80)
		return (struct site){ INT80_SITE, INT80_SITE + INT80_SIZE };
	return (struct site){ VSYSCALL_SYSENTER, SYSENTER_RETURN };
}

static sysemu_status load_call(struct cli_syscall_run *r)
{
	unsigned char code[] = {
		0xb8, 0,    0, 0, 0, /* mov $nr,%eax */
		0xe8, 0,    0, 0, 0, /* call __kernel_vsyscall */
		0xeb, 0xfe,          /* jmp . */
	};
	const uint32_t behind_call = SYSEMU_CODE_BASE + 10;

	put_word(code + 1, (uint32_t)r->call->nr.value);
	put_word(code + 6, VSYSCALL_ENTRY - behind_call);
	if (r->call->machine.entry == SYSEMU_ENTRY_INT80)
		memcpy(code + 5, "\xcd\x80\xeb\xfe", 4);
	return sysemu_load_code(r->m, code, sizeof(code));
}

/* ---- machines that are kept ---- */

static sysemu_start start_of(const struct cli_syscall *call)
{
	return call->requests.n ? SYSEMU_START_TRACED : SYSEMU_START_UNTRACED;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool take_kept(struct cli_syscall_run *r)
{
	const struct cli_machine *which = &r->call->machine;
	struct cli_syscall_kept *kept = r->kept;

	if (!kept || !kept->m || kept->which.entry != which->entry ||
	    !same_text(kept->which.kernel, which->kernel) ||
	    !same_text(kept->which.timing, which->timing) || kept->start != start_of(r->call) ||
	    kept->nr != r->call->nr.value || sysemu_restore(kept->m, kept->loaded) != SYSEMU_OK)
		return false;
	r->m = kept->m;
	kept->m = NULL;
	return true;
}

void cli_syscall_forget(struct cli_syscall_kept *kept)
{
	sysemu_close(kept->m);
	sysemu_snapshot_free(kept->loaded);
	*kept = (struct cli_syscall_kept){ .m = NULL };
}

/* What is kept from now on is as this one is now. */
static void note_loaded(struct cli_syscall_run *r)
{
	struct cli_syscall_kept *kept = r->kept;

	cli_syscall_forget(kept);
	if (sysemu_save(r->m, &kept->loaded) != SYSEMU_OK)
		return;
	kept->which = r->call->machine;
	kept->start = start_of(r->call);
	kept->nr = r->call->nr.value;
}

void cli_syscall_keep(struct cli_syscall_kept *kept, sysemu_machine *m)
{
	if (kept->loaded && !kept->m)
		kept->m = m;
	else
		sysemu_close(m);
}

/* ---- running ---- */

static void tell_answer(struct cli_syscall_run *r, bool begins)
{
	if (r->answer)
		r->answer(r->user, begins);
}

/* CLI_OK: the stop has been answered. */
static int answer(struct cli_syscall_run *r)
{
	const struct cli_request *request = cli_request_for(&r->call->requests, r->stops);
	uint32_t signal = cli_request_signal(request, &r->e, r->stops);
	const char *name = sysemu_request_name(request->number);
	sysemu_status status;
	int32_t result;

	r->stops++;
	tell_answer(r, true);
	status = sysemu_ptrace(r->m, request->number, 0, signal, &result);
	tell_answer(r, false);
	if (status != SYSEMU_OK)
		return machine_fails(r, name);
	if (result == 0)
		return CLI_OK;
	return stop(r, CLI_FAILED, "PTRACE_%s refused: %s", name, strerror(-result));
}

static int not_returned(struct cli_syscall_run *r)
{
	const struct cli_syscall *call = r->call;
	char flags[128];

	/* A stop that was to be answered is one too many. */
	if (r->e.kind == SYSEMU_EVENT_LIMIT || (r->e.kind == SYSEMU_EVENT_STOP && call->requests.n))
		return stop(r, CLI_FAILED,
			    "call %" PRIu64
			    " does not return within %d instructions; still set: %s",
			    call->nr.value, CLI_SYSCALL_ENDLESS,
			    cli_flags_text(r->e.tif, flags, sizeof(flags)));
	return stop(r, CLI_FAILED,
		    "call %" PRIu64 " does not return: event %s, status 0x%04" PRIx32,
		    call->nr.value, sysemu_event_name(r->e.kind), r->e.status);
}

/* Up to the breakpoint at `addr`, with every stop on the way answered. */
static int run_to(struct cli_syscall_run *r, uint32_t addr)
{
	uint64_t used = 0;

	if (sysemu_break_set(r->m, addr) != SYSEMU_OK)
		return machine_fails(r, "breakpoint");
	for (sysemu_counts start = r->e.counts; used < CLI_SYSCALL_ENDLESS;) {
		if (sysemu_run(r->m, CLI_SYSCALL_ENDLESS - used, &r->e) != SYSEMU_OK)
			return machine_fails(r, "run");
		if (r->e.kind != SYSEMU_EVENT_STOP || !r->call->requests.n)
			break;
		int code = answer(r);

		if (code != CLI_OK)
			return code;
		sysemu_counts d = cli_counts_since(&r->e.counts, &start);

		used = sysemu_kernel_insns(&d) + d.insns[SYSEMU_REGION_USER];
	}
	sysemu_break_clear(r->m, addr);
	return r->e.kind == SYSEMU_EVENT_BREAK ? CLI_OK : not_returned(r);
}

static int measure(struct cli_syscall_run *r, const struct site *site)
{
	bool timed = r->call->machine.timing != NULL;
	int code = run_to(r, site->call);

	if (code != CLI_OK)
		return code;
	if (r->call->flags && sysemu_set_tif(r->m, r->call->flags) != SYSEMU_OK)
		return machine_fails(r, "flags");
	if (r->begin && !r->begin(r->user, r->m))
		return machine_fails(r, "begin");
	r->before = r->e.counts;
	if (timed) {
		sysemu_get_clocks(r->m, &r->clocks_before);
		cli_take_odd_forms(r->m, &r->odd_before);
	}
	code = run_to(r, site->back);
	r->counts = cli_counts_since(&r->e.counts, &r->before);
	if (timed && sysemu_get_clocks(r->m, &r->clocks) == SYSEMU_OK)
		r->clocks = cli_clocks_since(&r->clocks, &r->clocks_before);
	return code;
}

static int open_machine(struct cli_syscall_run *r)
{
	sysemu_status status;

	if (take_kept(r))
		return CLI_OK;
	status = cli_try_open(&r->call->machine, start_of(r->call), &r->m);
	if (status != SYSEMU_OK)
		return stop(r, cli_open_code(status), "%s", sysemu_errmsg(NULL));
	if (load_call(r) != SYSEMU_OK)
		return machine_fails(r, "load");
	if (r->kept)
		note_loaded(r);
	return CLI_OK;
}

int cli_syscall_run(struct cli_syscall_run *r)
{
	struct site site = site_of(r->call);
	int code = open_machine(r);

	return code == CLI_OK ? measure(r, &site) : code;
}

void cli_syscall_end(struct cli_syscall_run *r)
{
	sysemu_close(r->m);
	r->m = NULL;
}
