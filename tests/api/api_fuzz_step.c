/* SPDX-License-Identifier: GPL-2.0-only */
/* api_fuzz_step.c: exact runs, kernels of files and their words, coverage. See api_fuzz.h. */
#include <stdlib.h>
#include <string.h>

#include <libsysemu/step.h>

#include "tests/api/api_fuzz.h"

enum { FAR = 4000, MOST = 256 };

/* ---- exact runs ---- */

static sysemu_status exact(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);

	return FUZZ_CALL(f, m, sysemu_set_exact(m, fuzz_below(f, 3)));
}

static sysemu_status until(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	uint64_t *moment = fuzz_out(f, sizeof(*moment)), now = 0;
	sysemu_status status = FUZZ_CALL(f, m, sysemu_get_moment(m, moment));
	sysemu_event *e;

	if (fuzz_filled(f, status, sizeof(*moment)))
		fuzz_see(f, now = *moment);
	now += fuzz_one_in(f, 4) ? (uint64_t)-1 - fuzz_below(f, FAR) : fuzz_below(f, FAR);
	if (now > UINT64_MAX / 2) /* a run that is as good as endless is none */
		now = fuzz_below(f, 3);
	e = fuzz_or_null(f, fuzz_out(f, sizeof(*e)));
	status = FUZZ_CALL(f, m, sysemu_run_until(m, now, e));
	if (fuzz_filled(f, status, sizeof(*e)))
		fuzz_see_event(f, e);
	return status;
}

static sysemu_status watchpoint(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	uint32_t addr = fuzz_address(f),
		 size = fuzz_below(f, 2) ? 1 + fuzz_below(f, 8) : fuzz_word(f);
	unsigned kinds = fuzz_one_in(f, 8) ? fuzz_word(f) : fuzz_below(f, 8);
	sysemu_watch *out;
	sysemu_status status;

	switch (fuzz_below(f, 4)) {
	case 0: return FUZZ_CALL(f, m, sysemu_watch_clear(m, addr, size, kinds));
	case 1:
		out = fuzz_out(f, sizeof(*out));
		status = FUZZ_CALL(f, m, sysemu_get_watch(m, out));
		if (fuzz_filled(f, status, sizeof(*out)))
			fuzz_see(f, (uint64_t)out->addr << 32 | out->kinds);
		return status;
	default: return FUZZ_CALL(f, m, sysemu_watch_set(m, addr, size, kinds));
	}
}

static sysemu_status call_to_look_at(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	int request = fuzz_below(f, 3) ? (int)fuzz_below(f, 34) : (int)fuzz_word(f);
	uint32_t data = fuzz_below(f, 2) ? SYSEMU_WINDOW : fuzz_word(f);

	return FUZZ_CALL(f, m, sysemu_ptrace_begin(m, request, 4 * fuzz_below(f, 80), data));
}

static sysemu_status of_task(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	uint32_t size = fuzz_one_in(f, 8) ? fuzz_word(f) | 1u << 31 : fuzz_below(f, MOST);
	uint32_t flag = fuzz_below(f, 2) ? 1u << fuzz_below(f, 32) : fuzz_word(f);
	uint32_t addr = 0, mask = 0;
	sysemu_regs *regs;
	uint8_t *bytes;
	sysemu_status status;

	switch (fuzz_below(f, 3)) {
	case 0:
		bytes = fuzz_out(f, MOST);
		status = FUZZ_CALL(f, m,
				   sysemu_read_task(m, fuzz_pid(f), fuzz_address(f), bytes, size));
		if (fuzz_filled(f, status, MOST))
			fuzz_see_bytes(f, bytes, size);
		return status;
	case 1:
		regs = fuzz_out(f, sizeof(*regs));
		status = FUZZ_CALL(f, m, sysemu_get_task_regs(m, fuzz_pid(f), regs));
		if (fuzz_filled(f, status, sizeof(*regs)))
			fuzz_see_bytes(f, regs, sizeof(*regs));
		return status;
	default:
		status = FUZZ_CALL(f, m, sysemu_find_tif(m, fuzz_pid(f), flag, &addr, &mask));
		fuzz_see(f, (uint64_t)addr << 32 | mask);
		return status;
	}
}

static sysemu_status set_cpu(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	sysemu_regs regs;

	if (sysemu_get_cpu(s->m, &regs) != SYSEMU_OK)
		memset(&regs, 0, sizeof(regs));
	for (unsigned n = fuzz_below(f, 3); n > 0; n--)
		memcpy((char *)&regs + sizeof(uint32_t) * fuzz_below(f, sizeof(regs) / 4),
		       &(uint32_t){ fuzz_below(f, 2) ? fuzz_address(f) : fuzz_word(f) }, 4);
	return FUZZ_CALL(f, m, sysemu_set_cpu(m, fuzz_or_null(f, &regs)));
}

static sysemu_status weigh(struct fuzz *f, struct fuzz_slot *s)
{
	(void)s;
	fuzz_see(f, sysemu_snapshot_bytes(f->snapshot[fuzz_below(f, FUZZ_SNAPSHOTS)]) > 0);
	return SYSEMU_OK;
}

/* ---- kernels ---- */

static sysemu_status kernel_of_a_file(struct fuzz *f, struct fuzz_slot *s)
{
	static const char *const bad[] = { "/dev/null", "/nonsuch", "/", "", "/dev/zero" };
	const char *name = NULL, *kernel = fuzz_kernel(f);
	sysemu_ability *ability;
	sysemu_status status;
	char *text = NULL;

	(void)s;
	switch (fuzz_below(f, 4)) {
	case 0:
		return FUZZ_CALL(
			f, NULL,
			sysemu_kernel_open(
				fuzz_or_null(f, (void *)(uintptr_t)bad[fuzz_below(f, 5)]), &name));
	case 1: fuzz_see_text(f, sysemu_kernel_like(kernel)); return SYSEMU_OK;
	case 2:
		status = FUZZ_CALL(f, NULL, sysemu_kernel_profile(kernel, &text));
		fuzz_see_text(f, text);
		free(text);
		return status;
	default:
		ability = fuzz_out(f, sizeof(*ability));
		status = FUZZ_CALL(f, NULL,
				   sysemu_kernel_ability(kernel, fuzz_below(f, 30), ability));
		if (fuzz_filled(f, status, sizeof(*ability)))
			fuzz_see_text(f, ability->text);
		return status;
	}
}

/* ---- coverage ---- */

static sysemu_status coverage(struct fuzz *f, struct fuzz_slot *s)
{
	const char *kernel = fuzz_kernel(f);
	sysemu_covered *what;
	sysemu_status status;

	(void)s;
	if (!f->cover && FUZZ_CALL(f, NULL, sysemu_cover_new(&f->cover)) != SYSEMU_OK)
		return SYSEMU_ENOMEM;
	if (fuzz_below(f, 2)) {
		sysemu_cover_here(fuzz_below(f, 2) ? f->cover : NULL);
		return SYSEMU_OK;
	}
	what = fuzz_out(f, sizeof(*what));
	status = FUZZ_CALL(
		f, NULL, sysemu_cover_at(fuzz_or_null(f, f->cover), kernel, fuzz_address(f), what));
	if (!fuzz_filled(f, status, sizeof(*what)))
		return status;
	fuzz_see(f, what->addr);
	fuzz_see(f, what->runs);
	if (fuzz_below(f, 2))
		what->addr += fuzz_below(f, 3);
	return FUZZ_CALL(f, NULL, sysemu_cover_add(f->cover, kernel, fuzz_or_null(f, what)));
}

const struct fuzz_row fuzz_step_rows[] = {
	FUZZ_OP(exact, 2),
	FUZZ_OP(until, 6),
	FUZZ_OP(watchpoint, 4),
	FUZZ_OP(call_to_look_at, 2),
	FUZZ_OP(of_task, 4),
	FUZZ_OP(weigh, 1),
	FUZZ_OP(kernel_of_a_file, 1),
	FUZZ_OP(set_cpu, 2),
	FUZZ_OP(coverage, 2),
	{ NULL, NULL, 0 },
};
