/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * access.c: memory, symbols, disassembly, breakpoints: what a caller looks at and changes,
 * thinly over sim.h. Registers: task.c.
 */
#include <stdio.h>
#include <string.h>

#include "lib/guest/guest.h"

/* ---- memory ---- */

sysemu_status sysemu_read(sysemu_machine *m, uint32_t addr, void *buf, size_t size)
{
	uint32_t bad;

	if (size == 0 && m)
		return SYSEMU_OK;
	REQUIRE(m, buf);
	if (sim_read(m->sim, addr, buf, size, &bad) != SIM_OK)
		return fail(m, SYSEMU_EFAULT,
			    "read of %zu bytes at 0x%08x: nothing is mapped at 0x%08x", size, addr,
			    bad);
	return SYSEMU_OK;
}

sysemu_status sysemu_write(sysemu_machine *m, uint32_t addr, const void *buf, size_t size)
{
	uint32_t bad;

	if (size == 0 && m)
		return SYSEMU_OK;
	REQUIRE(m, buf);
	REQUIRE_OUTSIDE(m);
	if (sim_write(m->sim, addr, buf, size, &bad) != SIM_OK)
		return fail(m, SYSEMU_EFAULT,
			    "write of %zu bytes at 0x%08x: nothing is mapped at 0x%08x", size, addr,
			    bad);
	return SYSEMU_OK;
}

static sysemu_status check_range(sysemu_machine *m, uint32_t addr, uint32_t pages, int prot)
{
	uint64_t end = addr + (uint64_t)pages * SIM_PAGE;

	if (addr % SIM_PAGE || !pages || end > m->profile->task_size)
		return fail(m, SYSEMU_EINVAL, "%u pages at 0x%08x are not in user space", pages,
			    addr);
	if (addr < m->profile->tracer_window + m->profile->tracer_window_size &&
	    end > m->profile->tracer_window)
		return fail(m, SYSEMU_EINVAL, "%u pages at 0x%08x reach into the tracer's window",
			    pages, addr);
	if (prot != 0 && prot != 1 && prot != 3)
		return fail(m, SYSEMU_EINVAL, "protection %d: it is 0, 1 or 3", prot);
	return SYSEMU_OK;
}

static unsigned page_flags(int prot)
{
	return SIM_USER | (prot & 2 ? SIM_WRITE : 0);
}

static sysemu_status page_status(sysemu_machine *m, enum sim_status status, uint32_t addr,
				 uint32_t pages)
{
	switch (status) {
	case SIM_OK: return SYSEMU_OK;
	case SIM_ENOMEM:
		return fail(m, SYSEMU_ENOMEM, "%u more pages at 0x%08x exceed the %u of the config",
			    pages, addr, m->config.user_pages);
	default:
		return fail(m, SYSEMU_EFAULT, "%u pages at 0x%08x are not all mapped", pages, addr);
	}
}

sysemu_status sysemu_protect(sysemu_machine *m, uint32_t addr, uint32_t pages, int prot)
{
	sysemu_status status;

	REQUIRE_MACHINE(m);
	REQUIRE_OUTSIDE(m);
	status = check_range(m, addr, pages, prot);
	if (status)
		return status;
	return page_status(m, sim_protect(m->sim, addr, pages, page_flags(prot), prot != 0), addr,
			   pages);
}

sysemu_status sysemu_map(sysemu_machine *m, uint32_t addr, uint32_t pages, int prot)
{
	sysemu_status status;

	REQUIRE_MACHINE(m);
	REQUIRE_OUTSIDE(m);
	status = check_range(m, addr, pages, prot);
	if (status)
		return status;
	status = page_status(m, sim_map(m->sim, addr, pages, page_flags(prot)), addr, pages);
	if (status || prot)
		return status;
	return sysemu_protect(m, addr, pages, 0);
}

sysemu_status sysemu_unmap(sysemu_machine *m, uint32_t addr, uint32_t pages)
{
	sysemu_status status;

	REQUIRE_MACHINE(m);
	REQUIRE_OUTSIDE(m);
	status = check_range(m, addr, pages, 0);
	if (status)
		return status;
	sim_unmap(m->sim, addr, pages);
	return SYSEMU_OK;
}

int sysemu_page_prot(sysemu_machine *m, uint32_t addr)
{
	int page = m ? sim_page(m->sim, addr) : -1;

	if (page < 0 || !(page & SIM_USER))
		return -1;
	if (!(page & SIM_PRESENT))
		return 0;
	return page & SIM_WRITE ? 3 : 1;
}

/* ---- the CPU ---- */

sysemu_status sysemu_get_cpu(sysemu_machine *m, sysemu_regs *out)
{
	struct sim_regs r;

	REQUIRE(m, out);
	sim_get_regs(m->sim, &r);
	*out = (sysemu_regs){
		.ebx = r.ebx,
		.ecx = r.ecx,
		.edx = r.edx,
		.esi = r.esi,
		.edi = r.edi,
		.ebp = r.ebp,
		.eax = r.eax,
		.ds = r.ds,
		.es = r.es,
		.fs = r.fs,
		.gs = r.gs,
		.eip = r.eip,
		.cs = r.cs,
		.eflags = r.eflags,
		.esp = r.esp,
		.ss = r.ss,
		.orig_eax = (int32_t)FRAME_FIELD(m, task_frame(m, running_task(m)), orig_eax),
	};
	return SYSEMU_OK;
}

sysemu_status sysemu_jump(sysemu_machine *m, uint32_t eip)
{
	struct sim_regs r;

	REQUIRE_MACHINE(m);
	REQUIRE_OUTSIDE(m);
	if (!m->program.loaded || m->faulted || sim_cpl(m->sim) != 3)
		return fail(m, SYSEMU_ESTATE, "no program runs in user mode that could jump");
	sim_get_regs(m->sim, &r);
	r.eip = eip;
	sim_set_regs(m->sim, &r);
	return SYSEMU_OK;
}

/* ---- symbols ---- */

sysemu_status sysemu_symbol(sysemu_machine *m, const char *name, uint32_t *addr)
{
	const struct sim_symbol *s;

	REQUIRE(m, name);
	REQUIRE(m, addr);
	s = sim_image_symbol(&m->image, name);
	if (!s)
		return fail(m, SYSEMU_ENOENT, "kernel %s has no symbol %.64s", m->kernel->name,
			    name);
	*addr = s->value;
	return SYSEMU_OK;
}

void sysemu_describe(sysemu_machine *m, uint32_t addr, char *buf, size_t size)
{
	const struct sim_symbol *s;

	if (!buf || !size)
		return;
	buf[0] = 0;
	s = m && addr >= m->profile->kernel_base ? sim_image_at(&m->image, addr) : NULL;
	if (!s)
		return;
	if (addr == s->value)
		snprintf(buf, size, "%s", s->name);
	else
		snprintf(buf, size, "%s+0x%x", s->name, addr - s->value);
}

size_t sysemu_disasm(sysemu_machine *m, uint32_t addr, char *buf, size_t size)
{
	uint8_t code[15];
	uint32_t bad;
	size_t n = 0;

	if (!m || !buf || !size)
		return 0;
	while (n < sizeof(code) &&
	       sim_read(m->sim, addr + (uint32_t)n, &code[n], 1, &bad) == SIM_OK)
		n++;
	return n ? sim_disasm(code, n, addr, buf, size) : 0;
}

/* ---- breakpoints and steps ---- */

/* Which of all spaces `n` is: those that are used, and those that wait. NULL: none; behind the last: m->sim. */
static struct sim *space_at(const sysemu_machine *m, unsigned n)
{
	const struct spaces *s = m->spaces;

	if (!s)
		return m->sim;
	return n < MOST_SPACES            ? s->sim[n + 1] :
	       n - MOST_SPACES < s->npool ? s->pool[n - MOST_SPACES] :
					    NULL;
}

#define SPACES(m) ((m)->spaces ? MOST_SPACES + POOL + 1 : 1)

void space_like_others(sysemu_machine *m, struct sim *sim)
{
	if (m->insn_fn)
		sim_on_insn(sim, m->insn_fn, m->insn_user);
	if (m->clocks_fn)
		sim_on_clocks(sim, m->clocks_fn, m);
	for (unsigned i = 0; i < m->nbreaks; i++)
		sim_break_set(sim, m->breaks[i]);
}

static bool is_set(const sysemu_machine *m, uint32_t addr)
{
	for (unsigned i = 0; i < m->nbreaks; i++)
		if (m->breaks[i] == addr)
			return true;
	return false;
}

static enum sim_status set_everywhere(sysemu_machine *m, uint32_t addr)
{
	enum sim_status status = SIM_OK;

	for (unsigned n = 0; n < SPACES(m) && status == SIM_OK; n++)
		if (space_at(m, n))
			status = sim_break_set(space_at(m, n), addr);
	if (status == SIM_OK && !is_set(m, addr) && m->nbreaks < SIM_BREAKS)
		m->breaks[m->nbreaks++] = addr;
	return status;
}

static bool clear_everywhere(sysemu_machine *m, uint32_t addr)
{
	bool was = false;

	for (unsigned n = 0; n < SPACES(m); n++)
		was |= space_at(m, n) && sim_break_clear(space_at(m, n), addr);
	for (unsigned i = 0; i < m->nbreaks; i++)
		if (m->breaks[i] == addr)
			m->breaks[i--] = m->breaks[--m->nbreaks];
	return was;
}

sysemu_status sysemu_break_set(sysemu_machine *m, uint32_t addr)
{
	REQUIRE_MACHINE(m);
	REQUIRE_OUTSIDE(m);
	switch (set_everywhere(m, addr)) {
	case SIM_OK: return SYSEMU_OK;
	case SIM_EINVAL:
		return fail(m, SYSEMU_EINVAL, "a breakpoint is already set at 0x%08x", addr);
	default: return fail(m, SYSEMU_ENOMEM, "more than %d breakpoints", SIM_BREAKS);
	}
}

sysemu_status sysemu_break_clear(sysemu_machine *m, uint32_t addr)
{
	REQUIRE_MACHINE(m);
	REQUIRE_OUTSIDE(m);
	if (!clear_everywhere(m, addr))
		return fail(m, SYSEMU_ENOENT, "no breakpoint is set at 0x%08x", addr);
	return SYSEMU_OK;
}

sysemu_status sysemu_on_insn(sysemu_machine *m, sysemu_insn_fn fn, void *user)
{
	REQUIRE_MACHINE(m);
	REQUIRE_OUTSIDE(m);
	m->insn_fn = fn;
	m->insn_user = user;
	for (unsigned n = 0; n < SPACES(m); n++)
		if (space_at(m, n))
			sim_on_insn(space_at(m, n), fn, user);
	return SYSEMU_OK;
}

void clocks_everywhere(sysemu_machine *m, sim_clock_fn fn)
{
	m->clocks_fn = fn;
	for (unsigned n = 0; n < SPACES(m); n++)
		if (space_at(m, n))
			sim_on_clocks(space_at(m, n), fn, m);
}
