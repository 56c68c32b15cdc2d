/* SPDX-License-Identifier: GPL-2.0-only */
/* api_fuzz_run.c: running, the tracer's calls, and the server. See api_fuzz.h. */
#include <string.h>

#include "tests/api/api_fuzz.h"

/* ---- requests ---- */

static int any_resume(struct fuzz *f)
{
	static const int resumes[] = { SYSEMU_PTRACE_SYSEMU, SYSEMU_PTRACE_SYSCALL,
				       SYSEMU_PTRACE_CONT, SYSEMU_PTRACE_SINGLESTEP,
				       SYSEMU_PTRACE_SYSEMU_SINGLESTEP };

	return resumes[fuzz_below(f, 5)];
}

static int any_request(struct fuzz *f)
{
	switch (fuzz_below(f, 3)) {
	case 0: return any_resume(f);
	case 1: return (int)fuzz_below(f, 34);
	default: return fuzz_below(f, 2) ? 0x4200 + (int)fuzz_below(f, 5) : (int)fuzz_word(f);
	}
}

/* ---- running ---- */

/* Without a limit nothing ends a machine that counts nothing; it takes none, and so is not run. */
static sysemu_status run_on(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	uint64_t limit = 1 + (fuzz_below(f, 2) ? fuzz_below(f, 30) : fuzz_below(f, 5000));
	sysemu_event *e;
	sysemu_status status = SYSEMU_ESTATE;

	if (fuzz_below(f, 3)) /* it stops again and again */
		status = FUZZ_CALL(f, m, sysemu_ptrace(m, any_resume(f), 0, 0, NULL));
	bool changed = status == SYSEMU_OK || status == SYSEMU_EENGINE;

	fuzz_see(f, sysemu_can_run(m));
	e = fuzz_or_null(f, fuzz_out(f, sizeof(*e)));
	status = FUZZ_CALL(f, m, sysemu_run(m, limit, e));
	if (fuzz_filled(f, status, sizeof(*e)))
		fuzz_see_event(f, e);
	return changed ? SYSEMU_OK : status;
}

static sysemu_status breakpoint(struct fuzz *f, struct fuzz_slot *s)
{
	static const char *const names[] = { "sys_ptrace", "do_syscall_trace", "schedule",
					     "system_call", "sys_kill" };
	sysemu_machine *m = fuzz_machine(f, s);
	uint32_t addr = fuzz_address(f);

	if (fuzz_below(f, 2))
		sysemu_symbol(s->m, names[fuzz_below(f, 5)], &addr);
	return fuzz_below(f, 3) ? FUZZ_CALL(f, m, sysemu_break_set(m, addr)) :
				  FUZZ_CALL(f, m, sysemu_break_clear(m, addr));
}

static void on_insn(void *user, uint32_t addr, uint32_t size)
{
	struct fuzz *f = user;

	fuzz_see(f, (uint64_t)addr << 32 | size);
}

static sysemu_status watch(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);

	return FUZZ_CALL(f, m, sysemu_on_insn(m, fuzz_one_in(f, 4) ? on_insn : NULL, f));
}

static sysemu_status remember(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	sysemu_memo *memo = fuzz_out(f, sizeof(*memo));
	sysemu_status status;

	if (fuzz_below(f, 2))
		return FUZZ_CALL(f, m, sysemu_set_memo(m, fuzz_below(f, 2)));
	status = FUZZ_CALL(f, m, sysemu_get_memo(m, memo));
	if (fuzz_filled(f, status, sizeof(*memo)))
		fuzz_see(f, memo->answered + memo->executed);
	return status;
}

/* ---- the tracer's calls ---- */

static uint32_t any_data(struct fuzz *f)
{
	switch (fuzz_below(f, 3)) {
	case 0: return 0;
	case 1: return SYSEMU_WINDOW + 4 * fuzz_below(f, 1000);
	default: return fuzz_word(f);
	}
}

static sysemu_status request(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	int number = any_request(f);
	uint32_t addr = fuzz_below(f, 2) ? 4 * fuzz_below(f, 80) : fuzz_address(f);
	uint32_t data = any_data(f);
	int32_t *result = fuzz_out(f, sizeof(*result));
	sysemu_status status;

	if (fuzz_below(f, 3))
		status = FUZZ_CALL(f, m, sysemu_ptrace(m, number, addr, data, result));
	else
		status = FUZZ_CALL(f, m,
				   sysemu_ptrace_pid(m, number, fuzz_pid(f), addr, data, result));
	if (fuzz_filled(f, status, sizeof(*result)))
		fuzz_see(f, (uint32_t)*result);
	return status;
}

static sysemu_status from_outside(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	int32_t *result = fuzz_out(f, sizeof(*result));
	int signal = fuzz_one_in(f, 4) ? (int)fuzz_word(f) : (int)fuzz_below(f, 34);
	sysemu_status status;

	switch (fuzz_below(f, 4)) {
	case 0: return FUZZ_CALL(f, m, sysemu_need_resched(m, fuzz_pid(f)));
	case 1: return FUZZ_CALL(f, m, sysemu_set_audit(m, fuzz_pid(f), fuzz_below(f, 2)));
	case 2: return FUZZ_CALL(f, m, sysemu_signal(m, fuzz_pid(f), signal, NULL));
	}
	if (signal == 9 && fuzz_below(f, 4)) /* not the end of every life */
		signal = 10;
	status = FUZZ_CALL(f, m, sysemu_signal(m, fuzz_pid(f), signal, result));
	if (fuzz_filled(f, status, sizeof(*result)))
		fuzz_see(f, (uint32_t)*result);
	return status;
}

static sysemu_status wait_for(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	uint32_t wait_status = 0;
	int32_t result = 0;
	sysemu_status status =
		FUZZ_CALL(f, m,
			  sysemu_wait(m, fuzz_pid(f), fuzz_word(f), fuzz_or_null(f, &wait_status),
				      fuzz_or_null(f, &result)));

	fuzz_see(f, (uint64_t)wait_status << 32 | (uint32_t)result);
	return status;
}

/* ---- the server ---- */

static int32_t take_input(void *user, int fd, void *buf, uint32_t size)
{
	static const int32_t answers[] = { -4, -11, INT32_MIN, INT32_MAX, -4096, 0 };
	struct fuzz *f = user;
	uint32_t n = size < 7 ? size : 7;

	fuzz_see(f, (uint64_t)fd << 32 | size);
	if (fuzz_one_in(f, 4))
		return answers[fuzz_below(f, 6)];
	for (uint32_t i = 0; i < n; i++)
		((uint8_t *)buf)[i] = (uint8_t)f->input++;
	return (int32_t)n;
}

static int32_t take_output(void *user, int fd, const void *buf, uint32_t size)
{
	static const int32_t answers[] = { -4, -32, INT32_MIN, INT32_MAX, -4096, 0 };
	struct fuzz *f = user;

	fuzz_see(f, (uint64_t)fd << 32 | size);
	fuzz_see_bytes(f, buf, size < 64 ? size : 64);
	return fuzz_one_in(f, 4) ? answers[fuzz_below(f, 6)] : (int32_t)size;
}

static void take_note(void *user, const char *text)
{
	fuzz_see_text(user, text);
}

static sysemu_status set_host(struct fuzz *f, struct fuzz_slot *s)
{
	static const char *const roots[] = { NULL, NULL, "/nonsuch", "", "/dev/null" };
	sysemu_machine *m = fuzz_machine(f, s);
	const sysemu_host host = { .user = f,
				   .read = fuzz_below(f, 4) ? take_input : NULL,
				   .write = fuzz_below(f, 4) ? take_output : NULL,
				   .note = fuzz_below(f, 4) ? take_note : NULL,
				   .root = roots[fuzz_below(f, 5)],
				   .terminal = fuzz_below(f, 2) };

	return FUZZ_CALL(f, m, sysemu_set_host(m, fuzz_or_null(f, (void *)&host)));
}

/* What the next call finds in the registers: mapped and not, large and small. */
static sysemu_status arguments(struct fuzz *f, struct fuzz_slot *s)
{
	for (unsigned word = 0; word < 6; word++)
		sysemu_set_reg(s->m, word, fuzz_below(f, 2) ? fuzz_below(f, 4) : fuzz_address(f));
	return SYSEMU_OK;
}

static sysemu_status serve(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	sysemu_served *out = fuzz_out(f, sizeof(*out));
	int32_t nr = fuzz_below(f, 4) ? (int32_t)fuzz_below(f, 300) : (int32_t)fuzz_word(f);
	sysemu_status status;

	status = FUZZ_CALL(f, m, sysemu_serve(m, nr, out));
	if (fuzz_filled(f, status, sizeof(*out))) {
		fuzz_see(f, (uint64_t)(uint32_t)out->nr << 32 | (uint32_t)out->result);
		fuzz_see(f, out->ended ? out->status : UINT64_MAX);
		fuzz_see_text(f, out->name);
	}
	return status;
}

const struct fuzz_row fuzz_run_rows[] = {
	FUZZ_OP(run_on, 30),   FUZZ_OP(breakpoint, 4),   FUZZ_OP(watch, 2),    FUZZ_OP(remember, 2),
	FUZZ_OP(request, 24),  FUZZ_OP(from_outside, 5), FUZZ_OP(wait_for, 3), FUZZ_OP(set_host, 2),
	FUZZ_OP(arguments, 4), FUZZ_OP(serve, 10),       { NULL, NULL, 0 },
};
