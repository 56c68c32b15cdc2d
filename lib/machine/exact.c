/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exact.c: what step.h offers beside the runs themselves (run.c): moments, watchpoints, and a look at tasks
 * that do not run.
 */
#include <inttypes.h>
#include <string.h>

#include "lib/machine/machine.h"
#include "libsysemu/step.h"

static_assert(SYSEMU_WATCH_CHANGE == SIM_WATCH_CHANGE && SYSEMU_WATCH_READ == SIM_WATCH_READ &&
		      SYSEMU_WATCH_WRITE == SIM_WATCH_WRITE,
	      "the computer's words");

sysemu_status sysemu_set_exact(sysemu_machine *m, bool on)
{
	bool ok;

	REQUIRE_MACHINE(m);
	REQUIRE_OUTSIDE(m);
	if (m->config.counting == SYSEMU_COUNT_NONE)
		return fail(m, SYSEMU_EINVAL, "exact runs count: not with SYSEMU_COUNT_NONE");
	if (m->spaces && m->exact && !on)
		return fail(m, SYSEMU_ESTATE, "with processes runs that are exact stay so");
	ok = sim_exact(m->sim, on);
	if (m->spaces && ok) {
		for (uint32_t n = 1; n <= MOST_SPACES; n++)
			ok = ok && (!m->spaces->sim[n] || sim_exact(m->spaces->sim[n], on));
		for (unsigned i = 0; i < m->spaces->npool; i++)
			ok = ok && sim_exact(m->spaces->pool[i], on);
	}
	if (!ok)
		return fail(m, SYSEMU_ENOMEM, "no memory for exact runs");
	m->exact = on;
	return SYSEMU_OK;
}

sysemu_status sysemu_get_moment(sysemu_machine *m, uint64_t *out)
{
	REQUIRE(m, out);
	*out = sim_moment(m->sim);
	return SYSEMU_OK;
}

/* ---- watchpoints ---- */

static sysemu_status require_exact(sysemu_machine *m)
{
	return m->exact ?
		       SYSEMU_OK :
		       fail(m, SYSEMU_ESTATE, "watchpoints are for exact runs (sysemu_set_exact)");
}

sysemu_status sysemu_watch_set(sysemu_machine *m, uint32_t addr, uint32_t size, unsigned kinds)
{
	const unsigned all = SYSEMU_WATCH_CHANGE | SYSEMU_WATCH_READ | SYSEMU_WATCH_WRITE;
	sysemu_status status;

	REQUIRE_MACHINE(m);
	REQUIRE_OUTSIDE(m);
	status = require_exact(m);
	if (status)
		return status;
	switch (kinds & ~all ? SIM_EINVAL : sim_watch_set(m->sim, addr, size, kinds)) {
	case SIM_OK: return SYSEMU_OK;
	case SIM_ENOMEM: return fail(m, SYSEMU_ENOMEM, "more than %d watchpoints", SIM_WATCHPOINTS);
	default:
		return fail(
			m, SYSEMU_EINVAL,
			"a watchpoint of %u bytes at 0x%08x, kinds %u: it is 1 to %u bytes, and kinds "
			"1 to 7",
			size, addr, kinds, SIM_WATCHED_MAX);
	}
}

sysemu_status sysemu_watch_clear(sysemu_machine *m, uint32_t addr, uint32_t size, unsigned kinds)
{
	sysemu_status status;

	REQUIRE_MACHINE(m);
	REQUIRE_OUTSIDE(m);
	status = require_exact(m);
	if (!status && !sim_watch_clear(m->sim, addr, size, kinds))
		status =
			fail(m, SYSEMU_ENOENT, "no watchpoint of kinds %u is on %u bytes at 0x%08x",
			     kinds, size, addr);
	return status;
}

sysemu_status sysemu_get_watch(sysemu_machine *m, sysemu_watch *out)
{
	const struct sim_watch_hit *hit;

	REQUIRE(m, out);
	hit = sim_watched(m->sim);
	*out = (sysemu_watch){ hit->addr, hit->size, hit->kinds };
	return SYSEMU_OK;
}

/* ---- tasks that do not run ---- */

static sysemu_status find(sysemu_machine *m, int32_t pid, uint32_t *task)
{
	*task = find_task(m, pid);
	return *task ? SYSEMU_OK : fail(m, SYSEMU_ENOENT, "no task has pid %" PRId32, pid);
}

sysemu_status sysemu_read_task(sysemu_machine *m, int32_t pid, uint32_t addr, void *buf,
			       size_t size)
{
	sysemu_status status;
	uint32_t task, space, got;

	REQUIRE_MACHINE(m);
	status = find(m, pid, &task);
	if (status)
		return status;
	if (!m->spaces || addr >= m->profile->task_size)
		return sysemu_read(m, addr, buf, size);
	REQUIRE(m, buf);
	if (size > m->profile->task_size)
		return fail(m, SYSEMU_EFAULT, "read of %zu bytes: a process has not so many", size);
	space = TASK_FIELD(m, task, space);
	m->shortage = false;
	got = space_reach(m, space, addr, (uint32_t)size);
	if (got == size) /* else nothing of it */
		got = space_move(m, space, addr, buf, (uint32_t)size, false);
	if (m->shortage)
		return fail(m, SYSEMU_ENOMEM, "no memory for the space of task %" PRId32, pid);
	if (got < size)
		return fail(m, SYSEMU_EFAULT,
			    "read of %zu bytes at 0x%08x of task %" PRId32
			    ": nothing is mapped at 0x%08x",
			    size, addr, pid, addr + got);
	return SYSEMU_OK;
}

sysemu_status sysemu_get_task_regs(sysemu_machine *m, int32_t pid, sysemu_regs *out)
{
	const struct profile *p = m ? m->profile : NULL;
	sysemu_status status;
	uint32_t task, frame;

	REQUIRE(m, out);
	status = find(m, pid, &task);
	if (status)
		return status;
	frame = task_frame(m, task);
	*out = (sysemu_regs){
		.ebx = FRAME_FIELD(m, frame, ebx),
		.ecx = FRAME_FIELD(m, frame, ecx),
		.edx = FRAME_FIELD(m, frame, edx),
		.esi = FRAME_FIELD(m, frame, esi),
		.edi = FRAME_FIELD(m, frame, edi),
		.ebp = FRAME_FIELD(m, frame, ebp),
		.eax = FRAME_FIELD(m, frame, eax),
		.ds = FRAME_FIELD(m, frame, ds) & 0xffff,
		.es = FRAME_FIELD(m, frame, es) & 0xffff,
		.fs = task_field(m, task, p->task_fs) & 0xffff,
		.gs = task_field(m, task, p->task_gs) & 0xffff,
		.orig_eax = (int32_t)FRAME_FIELD(m, frame, orig_eax),
		.eip = FRAME_FIELD(m, frame, eip),
		.cs = FRAME_FIELD(m, frame, cs) & 0xffff,
		.eflags = task_eflags(m, task),
		.esp = FRAME_FIELD(m, frame, esp),
		.ss = FRAME_FIELD(m, frame, ss) & 0xffff,
	};
	return SYSEMU_OK;
}

/* ---- the CPU, and where flags lie ---- */

sysemu_status sysemu_set_cpu(sysemu_machine *m, const sysemu_regs *regs)
{
	uint32_t mask;
	struct sim_regs r;

	REQUIRE(m, regs);
	REQUIRE_OUTSIDE(m);
	if (!m->program.loaded)
		return fail(m, SYSEMU_ESTATE, "no program is loaded");
	mask = m->profile->ptrace_eflags;
	sim_get_regs(m->sim, &r);
	r.eax = regs->eax;
	r.ebx = regs->ebx;
	r.ecx = regs->ecx;
	r.edx = regs->edx;
	r.esi = regs->esi;
	r.edi = regs->edi;
	r.ebp = regs->ebp;
	r.esp = regs->esp;
	r.eip = regs->eip;
	r.eflags = (regs->eflags & mask) | (r.eflags & ~mask);
	sim_set_regs(m->sim, &r);
	return SYSEMU_OK;
}

sysemu_status sysemu_find_tif(sysemu_machine *m, int32_t pid, uint32_t flag, uint32_t *addr,
			      uint32_t *mask)
{
	const struct profile *p;
	sysemu_status status;
	uint32_t task, word;

	REQUIRE(m, addr);
	REQUIRE(m, mask);
	p = m->profile;
	if (!flag || (flag & (flag - 1)))
		return fail(m, SYSEMU_EINVAL, "0x%x is not one flag", flag);
	status = find(m, pid, &task);
	if (status)
		return status;
	word = p->work_flags == PROFILE_NONE    ? 0 :
	       flag == SYSEMU_TIF_SYSCALL_TRACE ? p->work_trace :
	       flag == SYSEMU_TIF_SYSCALL_EMU   ? p->work_emu :
	       flag == SYSEMU_TIF_SYSCALL_AUDIT ? p->work_audit :
						  0;
	*addr = TASK_FIELD(m, task, thread_info) + (word ? p->work_flags : p->thread_info_flags);
	*mask = word ? word : flag;
	return SYSEMU_OK;
}
