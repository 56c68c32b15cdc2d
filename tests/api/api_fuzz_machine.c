/* SPDX-License-Identifier: GPL-2.0-only */
/* api_fuzz_machine.c: looking at a machine and changing it. See api_fuzz.h. */
#include <string.h>

#include "tests/api/api_fuzz.h"

/* ---- memory ---- */

/* As many bytes as the buffer has, or so many that they cannot be there. */
static size_t any_size(struct fuzz *f)
{
	switch (fuzz_below(f, 8)) {
	case 0: return SIZE_MAX - fuzz_word(f);
	case 1: return ((size_t)1 << 32) - 4096 + fuzz_below(f, 8192);
	case 2: return fuzz_below(f, FUZZ_BUFFER);
	default: return fuzz_below(f, 40);
	}
}

static sysemu_status read_memory(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	size_t size = any_size(f);
	sysemu_status status =
		FUZZ_CALL(f, m, sysemu_read(m, fuzz_address(f), fuzz_or_null(f, f->buffer), size));

	if (status == SYSEMU_OK)
		fuzz_see_bytes(f, f->buffer, size < 64 ? size : 64);
	return status;
}

/* The kernel's own memory is the caller's, too; but then a call need not come back. */
static sysemu_status write_memory(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	uint32_t addr = fuzz_address(f);
	size_t size = any_size(f);

	if (addr >= 0xbff00000 && addr < 0xffffe000 && (s->uncounted || !fuzz_one_in(f, 64)))
		addr = SYSEMU_CODE_BASE + addr % 4096;
	if (size < FUZZ_BUFFER && size > 40)
		size = 40;
	for (unsigned i = 0; i < 40; i++)
		f->buffer[i] = (uint8_t)fuzz_word(f);
	return FUZZ_CALL(f, m, sysemu_write(m, addr, fuzz_or_null(f, f->buffer), size));
}

static sysemu_status pages(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	uint32_t addr = fuzz_address(f), n = fuzz_one_in(f, 4) ? fuzz_word(f) : fuzz_below(f, 9);
	int prot = fuzz_one_in(f, 8) ? (int)fuzz_word(f) : (int)(3 * fuzz_below(f, 2));

	if (!fuzz_one_in(f, 8))
		addr &= ~4095u;
	fuzz_see(f, (uint64_t)sysemu_page_prot(m, addr));
	switch (fuzz_below(f, 4)) {
	case 0: return FUZZ_CALL(f, m, sysemu_unmap(m, addr, n));
	case 1: return FUZZ_CALL(f, m, sysemu_protect(m, addr, n, prot));
	default: return FUZZ_CALL(f, m, sysemu_map(m, addr, n, prot));
	}
}

/* ---- registers ---- */

static sysemu_status get_registers(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	sysemu_regs *r = fuzz_or_null(f, fuzz_out(f, sizeof(*r)));
	sysemu_status status = fuzz_below(f, 2) ? FUZZ_CALL(f, m, sysemu_get_regs(m, r)) :
						  FUZZ_CALL(f, m, sysemu_get_cpu(m, r));

	if (fuzz_filled(f, status, sizeof(*r)))
		fuzz_see_bytes(f, r, sizeof(*r));
	return status;
}

static sysemu_status set_registers(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	sysemu_regs r = { 0 };
	uint32_t *words = (uint32_t *)&r;

	if (fuzz_below(f, 2))
		return FUZZ_CALL(f, m, sysemu_set_reg(m, fuzz_below(f, 19), fuzz_address(f)));
	if (s->m && sysemu_get_regs(s->m, &r) != SYSEMU_OK)
		r.cs = r.ss = r.ds = r.es = 0x7b;
	words[fuzz_below(f, sizeof(r) / 4)] = fuzz_word(f);
	return FUZZ_CALL(f, m, sysemu_set_regs(m, fuzz_or_null(f, &r)));
}

static sysemu_status jump(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);

	return FUZZ_CALL(f, m, sysemu_jump(m, fuzz_address(f)));
}

/* ---- tasks ---- */

static sysemu_status look_at_task(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	sysemu_task *t = fuzz_or_null(f, fuzz_out(f, sizeof(*t)));
	sysemu_status status = FUZZ_CALL(f, m, sysemu_task_info(m, fuzz_pid(f), t));

	if (fuzz_filled(f, status, sizeof(*t))) {
		fuzz_see_bytes(f, t, offsetof(sysemu_task, audit));
		fuzz_see(f, t->audit);
	}
	return status;
}

static sysemu_status focus(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);

	return FUZZ_CALL(f, m, sysemu_focus(m, fuzz_pid(f)));
}

static sysemu_status set_attributes(struct fuzz *f, struct fuzz_slot *s)
{
	const sysemu_task_attr attr = { .uid = fuzz_below(f, 3),
					.gid = fuzz_word(f),
					.cap_sys_ptrace = fuzz_below(f, 2),
					.has_mm = fuzz_below(f, 8),
					.dumpable = fuzz_below(f, 8) };
	sysemu_machine *m = fuzz_machine(f, s);

	return FUZZ_CALL(f, m, sysemu_set_attr(m, fuzz_pid(f), fuzz_or_null(f, (void *)&attr)));
}

static sysemu_status set_flags(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	uint32_t flags = fuzz_below(f, 4) ? 1u << fuzz_below(f, 10) : fuzz_word(f);

	fuzz_see_text(f, sysemu_tif_name(fuzz_below(f, 40)));
	fuzz_see_text(f, sysemu_reg_name(fuzz_below(f, 40)));
	return FUZZ_CALL(f, m, sysemu_set_tif(m, flags));
}

/* ---- symbols ---- */

static sysemu_status look_up(struct fuzz *f, struct fuzz_slot *s)
{
	static const char *const names[] = { "sys_ptrace", "system_call", "tasks",
					     "",           "nonsuch",     "%s%s%s" };
	sysemu_machine *m = fuzz_machine(f, s);
	uint32_t *addr = fuzz_or_null(f, fuzz_out(f, sizeof(*addr)));
	const char *name = names[fuzz_below(f, sizeof(names) / sizeof(names[0]))];
	sysemu_status status;

	status = FUZZ_CALL(f, m, sysemu_symbol(m, fuzz_or_null(f, (void *)name), addr));
	if (fuzz_filled(f, status, sizeof(*addr)))
		fuzz_see(f, *addr);
	return status;
}

static sysemu_status texts_of_code(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	char text[96] = "";
	char *buf = fuzz_or_null(f, text);
	size_t size = fuzz_below(f, 3) ? sizeof(text) : fuzz_below(f, 8);

	if (fuzz_below(f, 2))
		sysemu_describe(m, fuzz_address(f), buf, size);
	else
		fuzz_see(f, sysemu_disasm(m, fuzz_address(f), buf, size));
	fuzz_see_text(f, text);
	f->calls++;
	return SYSEMU_OK;
}

/* ---- save, restore, the log ---- */

static sysemu_status save(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	sysemu_snapshot **to = &f->snapshot[fuzz_below(f, FUZZ_SNAPSHOTS)];

	if (!fuzz_or_null(f, to))
		return FUZZ_CALL(f, m, sysemu_save(m, NULL));
	sysemu_snapshot_free(*to);
	*to = NULL;
	return FUZZ_CALL(f, m, sysemu_save(m, to));
}

/* Nothing has run between: it is as it was. */
static sysemu_status there_and_back(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_digest before, after;
	sysemu_snapshot *here = NULL;
	sysemu_status status = sysemu_get_digest(s->m, &before);

	if (!status)
		status = FUZZ_CALL(f, s->m, sysemu_save(s->m, &here));
	if (!status)
		status = FUZZ_CALL(f, s->m, sysemu_restore(s->m, here));
	if (!status)
		status = sysemu_get_digest(s->m, &after);
	if (!status && memcmp(&before, &after, sizeof(before)) != 0)
		fuzz_fail(f, "saved and restored, it is another");
	sysemu_snapshot_free(here);
	return status;
}

static sysemu_status restore(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);

	return FUZZ_CALL(f, m, sysemu_restore(m, f->snapshot[fuzz_below(f, FUZZ_SNAPSHOTS)]));
}

static sysemu_status read_log(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	sysemu_log_entry *e = fuzz_or_null(f, fuzz_out(f, sizeof(*e)));
	uint64_t n = sysemu_log_count(m),
		 at = fuzz_below(f, 4) ? n - fuzz_below(f, 50) : fuzz_wide(f);
	sysemu_status status = FUZZ_CALL(f, m, sysemu_log_get(m, at, e));

	fuzz_see(f, n);
	if (fuzz_filled(f, status, sizeof(*e))) {
		fuzz_see(f, e->number);
		fuzz_see(f, e->kind);
		if (e->kind == SYSEMU_LOG_EVENT)
			fuzz_see_event(f, &e->event);
		fuzz_see(f, (uint64_t)e->request << 32 | e->addr);
		fuzz_see(f, (uint64_t)(uint32_t)e->result << 32 | e->data);
	}
	return status;
}

static sysemu_status counts(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	sysemu_counts *c = fuzz_or_null(f, fuzz_out(f, sizeof(*c)));
	sysemu_status status = FUZZ_CALL(f, m, sysemu_get_counts(m, c));

	if (fuzz_filled(f, status, sizeof(*c)))
		fuzz_see_counts(f, c);
	fuzz_see(f, sysemu_kernel_insns(status == SYSEMU_OK ? c : NULL));
	fuzz_see_text(f, sysemu_region_name((sysemu_region)fuzz_word(f)));
	return status;
}

static sysemu_status digest(struct fuzz *f, struct fuzz_slot *s)
{
	sysemu_machine *m = fuzz_machine(f, s);
	sysemu_digest *d = fuzz_or_null(f, fuzz_out(f, sizeof(*d)));
	sysemu_status status = FUZZ_CALL(f, m, sysemu_get_digest(m, d));

	if (fuzz_filled(f, status, sizeof(*d)))
		fuzz_see_bytes(f, d, sizeof(*d));
	return status;
}

/* ---- what needs no machine ---- */

static sysemu_status names(struct fuzz *f, struct fuzz_slot *s)
{
	static const char *const requests[] = { "CONT", "SYSEMU", "", "cont", NULL };
	char text[96] = "";
	const char *about = NULL, *kernel = fuzz_kernel(f);

	(void)s;
	f->calls += 13;
	fuzz_see_text(f, sysemu_strstatus((sysemu_status)fuzz_word(f)));
	fuzz_see_text(f, sysemu_kernel_at(fuzz_word(f), fuzz_or_null(f, &about)));
	fuzz_see_text(f, about);
	fuzz_see_text(f, sysemu_kernel_alias(kernel));
	fuzz_see_text(f, sysemu_kernel_digest(kernel));
	sysemu_kernel_image(kernel, NULL);
	fuzz_see_text(f, sysemu_kernel_unknown(kernel, fuzz_or_null(f, text),
					       fuzz_below(f, sizeof(text))));
	fuzz_see_text(f, sysemu_engines());
	fuzz_see_text(f, sysemu_event_name((sysemu_event_kind)fuzz_word(f)));
	fuzz_see_text(f, sysemu_request_name((int)fuzz_word(f)));
	fuzz_see(f, (uint64_t)sysemu_request_number(requests[fuzz_below(f, 5)]));
	fuzz_see_text(f, sysemu_call_name((int32_t)fuzz_word(f)));
	fuzz_see(f, sysemu_call_arguments((int32_t)fuzz_word(f)));
	fuzz_see_text(f, sysemu_reg_name(fuzz_word(f)));
	sysemu_close(NULL);
	sysemu_snapshot_free(NULL);
	return SYSEMU_OK;
}

const struct fuzz_row fuzz_machine_rows[] = {
	FUZZ_OP(read_memory, 4),   FUZZ_OP(write_memory, 6),  FUZZ_OP(pages, 6),
	FUZZ_OP(get_registers, 3), FUZZ_OP(set_registers, 6), FUZZ_OP(jump, 2),
	FUZZ_OP(look_at_task, 3),  FUZZ_OP(focus, 2),         FUZZ_OP(set_attributes, 2),
	FUZZ_OP(set_flags, 3),     FUZZ_OP(look_up, 2),       FUZZ_OP(texts_of_code, 3),
	FUZZ_OP(save, 3),          FUZZ_OP(restore, 6),       FUZZ_OP(there_and_back, 3),
	FUZZ_OP(read_log, 2),      FUZZ_OP(counts, 2),        FUZZ_OP(digest, 2),
	FUZZ_OP(names, 3),         { NULL, NULL, 0 },
};
