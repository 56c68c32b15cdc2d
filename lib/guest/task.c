/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * task.c: the guest's task_structs, thread_infos and frames, read from its memory, and the
 * convenient registers of a stopped program. Layouts: the profile.
 */
#include "lib/guest/guest.h"

#include <string.h>

#define TSS_ESP0 4 /* the processor's */

static uint32_t load(const sysemu_machine *m, uint32_t addr)
{
	return sim_load32(m->sim, addr);
}

static uint32_t task_slot(const sysemu_machine *m, unsigned slot)
{
	return m->profile->tasks + slot * m->profile->task_bytes;
}

static unsigned nr_tasks(const sysemu_machine *m)
{
	return load(m, m->profile->nr_tasks);
}

uint32_t program_task(const sysemu_machine *m)
{
	return task_slot(m, m->profile->first_program);
}

uint32_t task_field(const sysemu_machine *m, uint32_t task, uint32_t offset)
{
	return load(m, task + offset);
}

/* In the names of sysemu.h, wherever the kernel keeps them. */
static const uint32_t work_names =
	SYSEMU_TIF_SYSCALL_TRACE | SYSEMU_TIF_SYSCALL_EMU | SYSEMU_TIF_SYSCALL_AUDIT;

uint32_t task_flags(const sysemu_machine *m, uint32_t task)
{
	const struct profile *p = m->profile;
	uint32_t info = TASK_FIELD(m, task, thread_info);
	uint32_t flags = load(m, info + p->thread_info_flags), work;

	if (p->work_flags == PROFILE_NONE)
		return flags;
	work = load(m, info + p->work_flags);
	return (flags & ~work_names) | (work & p->work_trace ? SYSEMU_TIF_SYSCALL_TRACE : 0) |
	       (work & p->work_emu ? SYSEMU_TIF_SYSCALL_EMU : 0) |
	       (work & p->work_audit ? SYSEMU_TIF_SYSCALL_AUDIT : 0);
}

uint32_t task_eflags(const sysemu_machine *m, uint32_t task)
{
	uint32_t eflags = FRAME_FIELD(m, task_frame(m, task), eflags);

	if (m->profile->forced_tf && (task_flags(m, task) & m->profile->forced_tf))
		eflags &= ~(uint32_t)X86_EFLAGS_TF;
	return eflags;
}

static void set_task_flags(sysemu_machine *m, uint32_t task, uint32_t tif)
{
	const struct profile *p = m->profile;
	uint32_t info = TASK_FIELD(m, task, thread_info), work;

	if (p->work_flags == PROFILE_NONE) {
		sim_store32(m->sim, info + p->thread_info_flags, tif);
		return;
	}
	sim_store32(m->sim, info + p->thread_info_flags, tif & ~work_names);
	work = load(m, info + p->work_flags) & ~(p->work_trace | p->work_emu | p->work_audit);
	work |= (tif & SYSEMU_TIF_SYSCALL_TRACE ? p->work_trace : 0) |
		(tif & SYSEMU_TIF_SYSCALL_EMU ? p->work_emu : 0) |
		(tif & SYSEMU_TIF_SYSCALL_AUDIT ? p->work_audit : 0);
	sim_store32(m->sim, info + p->work_flags, work);
}

uint32_t task_frame(const sysemu_machine *m, uint32_t task)
{
	return TASK_FIELD(m, task, esp0) - m->profile->frame_bytes;
}

uint32_t frame_field(const sysemu_machine *m, uint32_t frame, uint32_t offset)
{
	return load(m, frame + offset);
}

void clear_registers(sysemu_machine *m, uint32_t frame)
{
	const struct profile *p = m->profile;
	const uint32_t places[] = { p->frame_ebx, p->frame_ecx, p->frame_edx,
				    p->frame_esi, p->frame_edi, p->frame_ebp };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		sim_store32(m->sim, frame + places[i], 0);
}

static bool is_stopped(const sysemu_machine *m, uint32_t task)
{
	uint32_t state = TASK_FIELD(m, task, state);

	return state == m->profile->state_traced || state == m->profile->state_stopped;
}

/* ---- tasks ---- */

/* The task whose stack the CPU enters the kernel on: tss.esp0 is never another's. */
uint32_t running_task(const sysemu_machine *m)
{
	uint32_t esp0 = load(m, m->profile->init_tss + TSS_ESP0);

	return load(m, ((esp0 - 1) & -m->profile->thread_size) + m->profile->thread_info_task);
}

uint32_t find_task(const sysemu_machine *m, int32_t pid)
{
	if (pid == 0)
		return m->focus;
	for (unsigned slot = 0; slot < nr_tasks(m); slot++) {
		uint32_t task = task_slot(m, slot);

		if ((int32_t)TASK_FIELD(m, task, pid) == pid)
			return task;
	}
	return 0;
}

bool can_run(const sysemu_machine *m)
{
	for (unsigned slot = m->profile->first_program; slot < nr_tasks(m); slot++) {
		uint32_t task = task_slot(m, slot);

		if (TASK_FIELD(m, task, pid) &&
		    TASK_FIELD(m, task, state) == m->profile->state_running)
			return true;
	}
	return false;
}

static int32_t pid_of(const sysemu_machine *m, uint32_t task)
{
	return task ? (int32_t)TASK_FIELD(m, task, pid) : 0;
}

int32_t focus_pid(const sysemu_machine *m)
{
	return pid_of(m, m->focus);
}

sysemu_status sysemu_task_info(sysemu_machine *m, int32_t pid, sysemu_task *out)
{
	uint32_t task;

	REQUIRE(m, out);
	task = find_task(m, pid);
	if (!task)
		return fail(m, SYSEMU_ENOENT, "no task has pid %d", pid);
	*out = (sysemu_task){
		.pid = pid_of(m, task),
		.ppid = pid_of(m, TASK_FIELD(m, task, real_parent)),
		.state = TASK_FIELD(m, task, state),
		.tif = task_flags(m, task),
		.ptrace = TASK_FIELD(m, task, ptrace),
		.sigpending = TASK_FIELD(m, task, sigpending) | TASK_FIELD(m, task, sigshared),
		.exit_code = (int32_t)TASK_FIELD(m, task, exit_code),
		.eflags = task_eflags(m, task),
		.sigown = TASK_FIELD(m, task, sigpending),
		.sigshared = TASK_FIELD(m, task, sigshared),
	};
	if (m->profile->audit_set != PROFILE_NONE) {
		out->audit_entries = TASK_FIELD(m, task, audit_entries);
		out->audit_exits = TASK_FIELD(m, task, audit_exits);
		out->audit = TASK_FIELD(m, task, audit_context) != 0;
	}
	if (out->ptrace & m->profile->ptrace_traced)
		out->tracer = pid_of(m, TASK_FIELD(m, task, parent));
	return SYSEMU_OK;
}

static void set_field(sysemu_machine *m, uint32_t task, size_t offset, uint32_t value)
{
	sim_store32(m->sim, task + offset, value);
}

sysemu_status sysemu_set_attr(sysemu_machine *m, int32_t pid, const sysemu_task_attr *attr)
{
	uint32_t task;

	REQUIRE(m, attr);
	REQUIRE_OUTSIDE(m);
	task = find_task(m, pid);
	if (!task)
		return fail(m, SYSEMU_ENOENT, "no task has pid %d", pid);
	set_field(m, task, m->profile->task_uid, attr->uid);
	set_field(m, task, m->profile->task_euid, attr->euid);
	set_field(m, task, m->profile->task_suid, attr->suid);
	set_field(m, task, m->profile->task_gid, attr->gid);
	set_field(m, task, m->profile->task_egid, attr->egid);
	set_field(m, task, m->profile->task_sgid, attr->sgid);
	set_field(m, task, m->profile->task_cap_effective,
		  attr->cap_sys_ptrace ? m->profile->cap_sys_ptrace : 0);
	set_field(m, task, m->profile->task_mm, attr->has_mm);
	set_field(m, task, m->profile->task_dumpable, attr->dumpable);
	return SYSEMU_OK;
}

sysemu_status sysemu_focus(sysemu_machine *m, int32_t pid)
{
	uint32_t task;

	REQUIRE_MACHINE(m);
	task = find_task(m, pid);
	if (!task)
		return fail(m, SYSEMU_ENOENT, "no task has pid %d", pid);
	m->focus = task;
	return SYSEMU_OK;
}

sysemu_status sysemu_set_tif(sysemu_machine *m, uint32_t tif)
{
	sysemu_log_entry entry = { .kind = SYSEMU_LOG_SET_TIF, .data = tif };

	REQUIRE_MACHINE(m);
	REQUIRE_OUTSIDE(m);
	set_task_flags(m, m->focus, tif);
	log_add(m, &entry);
	return SYSEMU_OK;
}

/* ---- registers of a stopped program ---- */

/* Where word n of the ptrace user area lies: in the frame, but fs and gs, which are in the task. */
static uint32_t word_address(const sysemu_machine *m, unsigned n)
{
#define FRAME(name) offsetof(struct profile, frame_##name)
	static const uint16_t place[USER_REGS] = {
		FRAME(ebx), FRAME(ecx), FRAME(edx),    FRAME(esi), FRAME(edi), FRAME(ebp),
		FRAME(eax), FRAME(ds),  FRAME(es),     0,          0,          FRAME(orig_eax),
		FRAME(eip), FRAME(cs),  FRAME(eflags), FRAME(esp), FRAME(ss),
	};
#undef FRAME
	uint32_t distance;

	if (n == USER_FS_WORD)
		return m->focus + m->profile->task_fs;
	if (n == USER_GS_WORD)
		return m->focus + m->profile->task_gs;
	memcpy(&distance, (const char *)m->profile + place[n], sizeof(distance));
	return task_frame(m, m->focus) + distance;
}

static bool is_segment(unsigned n)
{
	return (n >= USER_DS_WORD && n <= USER_GS_WORD) || n == USER_CS_WORD || n == USER_SS_WORD;
}

/* putreg's rule, as in asm/ptrace/ptrace-access.c; a test holds the two against each other. */
static bool segment_allowed(unsigned n, uint32_t value)
{
	bool may_be_null = n != USER_CS_WORD && n != USER_SS_WORD;

	return (value & 3) == 3 || (may_be_null && value == 0);
}

static sysemu_status require_stop(sysemu_machine *m)
{
	if (!m->program.loaded || !is_stopped(m, m->focus))
		return fail(m, SYSEMU_ESTATE, "task %d is not stopped, its registers are in use",
			    focus_pid(m));
	return SYSEMU_OK;
}

static_assert(sizeof(sysemu_regs) == 4 * USER_REGS, "sysemu_regs is GETREGS' array");
static_assert((int)SYSEMU_REGS == USER_REGS, "each of its words has a name");
static_assert(offsetof(sysemu_regs, orig_eax) == 4 * SYSEMU_REG_ORIG_EAX, "its order");
static_assert(offsetof(sysemu_regs, ss) == 4 * SYSEMU_REG_SS, "its order");

const char *sysemu_reg_name(unsigned reg)
{
	static const char *const names[] = {
#define X(word, name, text) [word] = text,
		SYSEMU_REG_MAP(X)
#undef X
	};

	return reg < SYSEMU_REGS ? names[reg] : NULL;
}

sysemu_status sysemu_get_regs(sysemu_machine *m, sysemu_regs *out)
{
	sysemu_status status;
	uint32_t *words = (uint32_t *)out;

	REQUIRE(m, out);
	status = require_stop(m);
	if (status)
		return status;
	for (unsigned n = 0; n < USER_REGS; n++) {
		words[n] = load(m, word_address(m, n));
		if (is_segment(n))
			words[n] &= 0xffff;
	}
	out->eflags = task_eflags(m, m->focus);
	return SYSEMU_OK;
}

static sysemu_status check_word(sysemu_machine *m, unsigned n, uint32_t value)
{
	if (is_segment(n) && !segment_allowed(n, value))
		return fail(m, SYSEMU_EINVAL, "%s = 0x%x: a user segment has RPL 3",
			    sysemu_reg_name(n), value);
	return SYSEMU_OK;
}

static void store_word(sysemu_machine *m, unsigned n, uint32_t value)
{
	uint32_t addr = word_address(m, n), old = load(m, addr);

	if (is_segment(n))
		value &= 0xffff;
	if (n == USER_EFL)
		value = (value & m->profile->ptrace_eflags) | (old & ~m->profile->ptrace_eflags);
	sim_store32(m->sim, addr, value);
}

sysemu_status sysemu_set_regs(sysemu_machine *m, const sysemu_regs *regs)
{
	const uint32_t *words = (const uint32_t *)regs;
	sysemu_status status;

	REQUIRE(m, regs);
	REQUIRE_OUTSIDE(m);
	status = require_stop(m);
	for (unsigned n = 0; n < USER_REGS && !status; n++)
		status = check_word(m, n, words[n]);
	if (status)
		return status;
	for (unsigned n = 0; n < USER_REGS; n++)
		store_word(m, n, words[n]);
	return SYSEMU_OK;
}

sysemu_status sysemu_set_reg(sysemu_machine *m, unsigned reg, uint32_t value)
{
	sysemu_status status;

	REQUIRE_MACHINE(m);
	REQUIRE_OUTSIDE(m);
	if (reg >= USER_REGS)
		return fail(m, SYSEMU_EINVAL, "register %u: the last one is ss, %d", reg,
			    SYSEMU_REG_SS);
	status = require_stop(m);
	if (!status)
		status = check_word(m, reg, value);
	if (status)
		return status;
	store_word(m, reg, value);
	return SYSEMU_OK;
}
