/* SPDX-License-Identifier: GPL-2.0-only */
/* import_words.c: the profile of a kernel that import.c has brought in. */
#include <stdlib.h>

#include "cli/kernel/import.h"

#define EMU 0x40 /* _TIF_SYSCALL_EMU of 2.6 */

static uint32_t symbol(const struct import *im, const char *name)
{
	const struct link_symbol *s = link_find(&im->l, name);

	return s ? s->value : 0;
}

/* Of a segment register: in the frame, or else in the task. */
static uint32_t place_of(uint32_t task, uint32_t in_frame, uint32_t frame)
{
	return in_frame == FACT_NONE ? task : frame + in_frame;
}

static void put_words(FILE *out, const struct import *im)
{
	const struct facts *f = im->f;
	uint32_t frame = im->stack + THREAD_SIZE - im->padding - f->size.pt_regs;
	uint32_t lowest = im->segments[0].addr;
	bool old = facts_old(f), can_interrupt = f->at.asm_exc_spurious_interrupt_bug != FACT_NONE;
	const struct {
		const char *word;
		uint32_t value;
	} list[] = {
		{ "era", old ? f->rule.version : 0x060100 },
		{ "nr_syscalls", f->size.sys_call_table / 4 },
		{ "task_size", 0xc0000000u },
		{ "kernel_base", lowest & ~(PAGE - 1) },
		{ "stack_top", 0xc0000000u },
		{ "tracer_window", SYSEMU_WINDOW },
		{ "tracer_window_size", SYSEMU_WINDOW_SIZE },
		{ "launch_page", SYSEMU_WINDOW - PAGE },
		{ "page_tables", im->tables },
		{ "page_directory", im->tables + (4u << 20) },
		{ "firmware_page", im->tables + (4u << 20) + PAGE },
		{ "vsyscall_base", 0xffffe000u },
		{ "vsyscall_entry", 0xffffe400u },
		{ "vsyscall_sigreturn", 0xffffe420u },
		{ "vsyscall_rt_sigreturn", 0xffffe440u },
		{ "kernel_cs", KERNEL_CS },
		{ "kernel_ds", KERNEL_DS },
		{ "user_cs", 0x73 },
		{ "user_ds", 0x7b },
		/* From 2.6.17 on RF, and no longer NT. */
		{ "ptrace_eflags", old && f->rule.version < 0x020611 ? 0x00044dd5u : 0x00050dd5u },
		{ "reschedule_vector", can_interrupt ? RESCHEDULE : UINT32_MAX },
		{ "resched_task", can_interrupt ? symbol(im, "tracer_resched") : UINT32_MAX },
		{ "startup", symbol(im, "startup") },
		{ "start_user", symbol(im, "start_user") },
		{ "tracer_call", symbol(im, "tracer_call") },
		{ "stop_port", symbol(im, "stop_port") },
		{ "sys_ptrace", symbol(im, "tracer_ptrace") },
		{ "sys_kill", symbol(im, "tracer_kill") },
		/* Of 6.x the processor's esp0 is the entry stack's; the task's own is sp1. */
		{ "init_tss", old ? im->tss : im->tss + f->offset.tss_sp1 - 4 },
		{ "console_port", 0xe9 },
		{ "stop_booted", 1 },
		{ "stop_task", 2 },
		{ "stop_dead", 3 },
		{ "stop_return", 4 },
		{ "stop_panic", 5 },
		{ "stop_idle", 6 },
		{ "tasks", im->tasks },
		{ "nr_tasks", symbol(im, "nr_tasks") },
		{ "most_tasks", SLOTS },
		{ "first_program", 2 },
		{ "task_bytes", im->stride },
		{ "tracer_stack", import_task(im, 1) + im->stack },
		{ "pid_init", 1 },
		{ "pid_program", PID },
		{ "thread_size", THREAD_SIZE },
		{ "thread_info_task", 0 },
		{ "thread_info_flags", old ? f->offset.flags : f->offset.flags - im->stack },
		{ "forced_tf", old ? 0 : 1u << 24 },
		{ "work_flags", old ? UINT32_MAX : f->offset.work - im->stack },
		{ "work_trace", old ? UINT32_MAX : 1u << 2 },
		{ "work_emu", old ? UINT32_MAX : 1u << 3 },
		{ "work_audit", old ? UINT32_MAX : 1u << 4 },
		{ "task_thread_info", import_own(im, "thread_info") },
		{ "task_esp0", import_own(im, "esp0") },
		{ "task_fs",
		  place_of(f->offset.fs, old ? f->entry.frame_fs : f->offset.r_fs, frame) },
		{ "task_gs", place_of(f->offset.gs, old ? f->entry.frame_gs : FACT_NONE, frame) },
		{ "task_state", import_own(im, "state") },
		{ "task_ptrace", f->offset.ptrace },
		{ "task_pid", import_own(im, "pid") },
		{ "task_parent", import_own(im, "parent") },
		{ "task_real_parent", import_own(im, "real_parent") },
		{ "task_exit_code", f->offset.exit_code },
		{ "task_uid", import_own(im, "uid") },
		{ "task_euid", import_own(im, "euid") },
		{ "task_suid", import_own(im, "suid") },
		{ "task_gid", import_own(im, "gid") },
		{ "task_egid", import_own(im, "egid") },
		{ "task_sgid", import_own(im, "sgid") },
		{ "task_cap_effective", import_own(im, "cap_effective") },
		{ "task_mm", import_own(im, "mm") },
		{ "task_dumpable", import_own(im, "dumpable") },
		{ "task_sigpending", import_own(im, "sigpending") },
		{ "task_sigshared", import_own(im, "sigshared") },
		{ "state_running", 0 },
		{ "state_interruptible", 1 },
		{ "state_uninterruptible", 2 },
		{ "state_stopped", 4 },
		{ "state_traced", 8 },
		{ "state_zombie", 16 },
		{ "ptrace_traced", 1 },
		{ "cap_sys_ptrace", 1u << 19 },
		{ "frame_bytes", f->size.pt_regs },
		{ "frame_ebx", f->offset.r_bx },
		{ "frame_ecx", f->offset.r_cx },
		{ "frame_edx", f->offset.r_dx },
		{ "frame_esi", f->offset.r_si },
		{ "frame_edi", f->offset.r_di },
		{ "frame_ebp", f->offset.r_bp },
		{ "frame_eax", f->offset.r_ax },
		{ "frame_ds", f->offset.r_ds },
		{ "frame_es", f->offset.r_es },
		{ "frame_orig_eax", f->offset.r_orig_ax },
		{ "frame_eip", f->offset.r_ip },
		{ "frame_cs", f->offset.r_cs },
		{ "frame_eflags", f->offset.r_flags },
		{ "frame_esp", f->offset.r_sp },
		{ "frame_ss", f->offset.r_ss },
	};

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		fprintf(out, list[i].value == UINT32_MAX ? "%s none\n" : "%s 0x%x\n", list[i].word,
			list[i].value);
}

/* The built-in kernel whose rules it has. */
static const char *like(const struct facts *f)
{
	static const struct {
		uint32_t from;
		const char *name;
	} kernels[] = { { 0x020616, "2.6.22" },
			{ 0x020613, "2.6.20" },
			{ 0x020611, "2.6.17" },
			{ 0x02060e, "2.6.14" },
			{ 0, "2.6.11" } };
	size_t n = 0;

	if (!facts_old(f))
		return "modern";
	while (f->rule.version < kernels[n].from)
		n++;
	/* With the patch, before it was merged: EMU has a call traced. */
	if (!kernels[n].from && (f->entry.mask & EMU))
		return "sysemu";
	return kernels[n].name;
}

char *import_profile(const struct import *im)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fprintf(out, "sysemu-profile 1\nname %s\nlike %s\nabout %s, ", im->l.name, like(im->f),
		im->w->path);
	if (im->s)
		fprintf(out, "of a booted machine, 0x%x bytes of code patched", im->s->patched);
	else if (facts_old(im->f))
		fputs("as in the file", out);
	else
		fputs("alternatives and static branches as in the file", out);
	fprintf(out, ", %u cuts\nnone wait\nnone audit\nnone junk\nnone processes\n", im->cuts);
	put_words(out, im);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}
