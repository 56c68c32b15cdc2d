/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * import.c: a whole kernel, as somebody has built it, becomes an image that can be run without a boot: its
 * segments as they are, or as a booted machine has them, a jump at each cut point, and beside them
 * asm/import/ and the state that its entry code looks at (state.c). Nothing else of it is changed:
 * alternatives and static branches are as the file, or the machine, has them. Read next: facts.h,
 * state.c, import_words.c, asm/import/glue.c.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/kernel/import.h"

#define MOST_IMAGE (400u << 20)
#define GLUE_ROOM  (32u << 20) /* from the made-up state to what is behind the glue */
#define TABLES     0xff000000u /* where no kernel that is not booted has anything */

static bool refuse(const struct import *im, const char *what)
{
	return link_refuse(im->w->path, "%s", what);
}

/* ---- memory ---- */

/* Where a byte of the made-up state, or of the kernel's own data, is kept; NULL: nowhere. */
uint8_t *import_at(struct import *im, uint32_t addr, uint32_t size)
{
	if (addr - im->base < im->room && size <= im->room - (addr - im->base))
		return im->made + (addr - im->base);
	for (size_t i = 0; i < im->n_segments; i++) {
		const struct link_segment *s = &im->segments[i];

		if (addr - s->addr < s->size && size <= s->size - (addr - s->addr))
			return im->copies[i] + (addr - s->addr);
	}
	return NULL;
}

bool import_put(struct import *im, uint32_t addr, uint32_t value)
{
	uint8_t *to = import_at(im, addr, 4);

	if (to)
		memcpy(to, &value, 4);
	return to || link_refuse(im->w->path, "0x%x is not in its data", addr);
}

/* ---- the kernel's own segments ---- */

/* Of a booted machine: the largest hole between its segments, which are in order. */
static bool find_hole(struct import *im)
{
	const uint32_t unit = 4u << 20;
	uint32_t most = 0;

	for (size_t i = 0; i + 1 < im->n_segments; i++) {
		const struct link_segment *s = &im->segments[i];
		uint32_t end = s->addr + s->memory, hole = im->segments[i + 1].addr - end;

		if (hole > most) {
			most = hole;
			im->base = (end + 2 * unit) & ~(unit - 1);
		}
	}
	im->tables = im->base + GLUE_ROOM;
	return most >= GLUE_ROOM + 5 * unit ||
	       refuse(im, "no hole of 52 MiB above 3 GiB: boot it with less memory");
}

static bool take_segments(struct import *im)
{
	uint32_t end = 0;

	for (size_t i = 0; i < im->w->n_segments; i++) {
		struct link_segment s = im->w->segments[i];

		if (s.memory > MOST_IMAGE || s.addr < 0x80000000u)
			return link_refuse(im->w->path,
					   "a segment of 0x%x bytes at 0x%x: no kernel's", s.memory,
					   s.addr);
		/* Of a booted machine zeros, too, may become something else. */
		im->copies[i] = calloc(1, im->s ? s.memory : s.size + 1u);
		if (!im->copies[i])
			return refuse(im, "out of memory");
		memcpy(im->copies[i], s.bytes, s.size);
		s.bytes = im->copies[i];
		s.size = im->s ? s.memory : s.size;
		im->segments[im->n_segments++] = s;
		if (s.addr + s.memory > end)
			end = s.addr + s.memory;
	}
	if (im->s)
		return find_hole(im);
	im->base = (end + (8u << 20)) & ~((4u << 20) - 1);
	im->tables = TABLES;
	return im->base < 0xf0000000u || refuse(im, "no room behind its segments");
}

/* ---- cut points ---- */

static bool cut(struct import *im, uint32_t where, const char *to)
{
	const struct link_symbol *s = link_find(&im->l, to);
	uint8_t *code = where != FACT_NONE ? import_at(im, where, 5) : NULL;
	uint32_t distance;

	if (where == FACT_NONE)
		return true;
	if (!code || !s)
		return link_refuse(im->w->path, "0x%x, to be cut, is not in its code", where);
	distance = s->value - (where + 5);
	code[0] = 0xe9; /* jmp */
	memcpy(code + 1, &distance, 4);
	im->cuts++;
	return true;
}

struct cut {
	uint32_t where;
	const char *to;
};

static bool cut_list(struct import *im, const struct cut *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!cut(im, list[i].where, list[i].to))
			return false;
	return true;
}

/* What all have, each by its name of the time. */
static bool cut_all(struct import *im)
{
	const struct facts *f = im->f;
	const struct cut list[] = {
		{ f->at.wake_up_state, "cut_wake_up_state" },
		{ f->at.schedule, "cut_schedule" },
		{ f->at.do_exit, "cut_do_exit" },
		{ f->at.do_group_exit, "cut_do_exit" },
		{ f->at.kernel_clone, "cut_fork" },
		{ f->at.report_bug, "cut_report_bug" },
		{ f->at.force_sig_fault, "cut_force_sig" },
		{ f->at.force_sig, "cut_force_sig" },
		{ f->at.send_sig, "cut_send_sig" },
		{ f->at.do_send_sig_info, "cut_send_sig_info" },
		{ f->at.access_process_vm, "cut_access_vm" },
		{ f->at._printk, "cut_nothing" },
		{ f->at.__ia32_sys_kill, "cut_sys_kill" },
		{ f->at.__ia32_sys_write, "cut_sys_write" },
	};

	return cut_list(im, list, sizeof(list) / sizeof(list[0]));
}

static bool cut_new(struct import *im)
{
	const struct facts *f = im->f;
	const struct cut list[] = {
		{ f->at.ptrace_notify, "cut_ptrace_notify" },
		{ f->at.arch_do_signal_or_restart, "cut_do_signal" },
		{ f->at.ptrace_access_vm, "cut_access_vm" },
		{ f->at.__kmalloc, "cut_kmalloc" },
		{ f->at.__kmalloc_node, "cut_kmalloc" },
		{ f->at.kfree, "cut_nothing" },
		{ f->at.kvfree, "cut_nothing" },
		{ f->at.__check_object_size, "cut_nothing" },
		{ f->at.__ia32_sys_ptrace, "cut_sys_ptrace" },
	};

	return cut_list(im, list, sizeof(list) / sizeof(list[0]));
}

/* Before 2.6.15 its sys_ptrace is all of ptrace: it stays, and the table leads elsewhere. */
static bool cut_old(struct import *im)
{
	const struct facts *f = im->f;
	const struct link_symbol *ours = link_find(&im->l, "cut_sys_ptrace");
	bool asks = f->at.get_signal_to_deliver != FACT_NONE,
	     whole = f->at.arch_ptrace == FACT_NONE;
	const struct cut list[] = {
		{ f->at.ptrace_notify, "cut_old_notify" },
		{ f->at.get_signal_to_deliver, "cut_do_signal" },
		{ asks ? FACT_NONE : f->at.arch_do_signal_or_restart, "cut_do_signal" },
		{ f->at.ptrace_unlink, "cut_nothing" },
		{ f->at.bust_spinlocks, "cut_oops" },
		{ whole ? FACT_NONE : f->at.__ia32_sys_ptrace, "cut_sys_ptrace" },
		{ whole ? f->at.find_task_by_pid : FACT_NONE, "cut_find_task" },
		{ whole ? f->at.find_task_by_pid_type : FACT_NONE, "cut_find_task_type" },
		{ whole ? f->at.ptrace_check_attach : FACT_NONE, "cut_check_attach" },
		{ whole ? f->at.put_task_struct : FACT_NONE, "cut_nothing" },
	};

	return cut_list(im, list, sizeof(list) / sizeof(list[0])) && ours &&
	       (!whole || import_put(im, f->at.sys_call_table + 4 * 26, ours->value));
}

/* ---- what the glue asks for by name ---- */

struct value {
	const char *name;
	uint32_t value;
};

static bool define_list(struct import *im, const struct value *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].value != FACT_NONE && !link_define(&im->l, list[i].name, list[i].value))
			return false;
	return true;
}

static bool define(struct import *im)
{
	const struct facts *f = im->f;
	const struct value list[] = {
		{ "OFF_OWN", im->own },
		{ "OFF_FLAGS", facts_old(f) ? im->stack + f->offset.flags : f->offset.flags },
		{ "OFF_PTRACE", f->offset.ptrace },
		{ "OFF_EXIT_CODE", f->offset.exit_code },
		{ "TASK_STRIDE", im->stride },
		{ "FRAME_BYTES", f->size.pt_regs },
		{ "FRAME_EBX", f->offset.r_bx },
		{ "FRAME_ECX", f->offset.r_cx },
		{ "FRAME_EDX", f->offset.r_dx },
		{ "FRAME_ESI", f->offset.r_si },
		{ "FRAME_EFLAGS", f->offset.r_flags },
		{ "FRAME_REST", f->offset.r_ip - f->offset.r_ds },
		{ "tasks", im->tasks },
		{ "GDT", im->gdt },
		{ "IDT", im->idt },
		{ "SYSENTER_ENTRY", f->at.entry_SYSENTER_32 },
		{ "tracer_stack_top", import_esp0(im, 1) },
	};

	return define_list(im, list, sizeof(list) / sizeof(list[0]));
}

/* 0, where it stands for a place in the frame or a task: there is none. */
static bool define_new(struct import *im)
{
	const struct facts *f = im->f;
	const struct value list[] = {
		{ "OFF_FS", 0 },
		{ "OFF_GS", f->offset.gs },
		{ "FRAME_FS", f->offset.r_fs },
		{ "FRAME_GS", 0 },
		{ "CURRENT", f->at.current_task },
		{ "SELECTOR_FS", KERNEL_PERCPU },
		{ "SELECTOR_GS", 0 },
		{ "SYSENTER_STACK", im->cea + f->offset.entry_stack + f->size.entry_stack_page },
		{ "arch_ptrace", f->at.arch_ptrace },
		{ "whole_ptrace", 0 },
		{ "IS_OLD", 0 },
		{ "STOP_ENDS_STEP", 0 },
		{ "STOP_LOOKS_AGAIN", 0 },
		{ "syscall_trace_enter", f->at.syscall_trace_enter },
		{ "syscall_exit_work", f->at.syscall_exit_work },
	};

	return define_list(im, list, sizeof(list) / sizeof(list[0]));
}

static uint32_t or_zero(uint32_t value)
{
	return value == FACT_NONE ? 0 : value;
}

/* STOP_ENDS_STEP: PT_DTRACE at a signal's stop, 2.6.12 to 2.6.24; STOP_LOOKS_AGAIN: for signals, behind a
 * stop, up to 2.6.21. */
static bool define_old(struct import *im)
{
	const struct facts *f = im->f;
	const struct old_entry *e = &f->entry;
	const struct value list[] = {
		{ "OFF_FS", e->frame_fs == FACT_NONE ? f->offset.fs : 0 },
		{ "OFF_GS", e->frame_gs == FACT_NONE ? f->offset.gs : 0 },
		{ "FRAME_FS", or_zero(e->frame_fs) },
		{ "FRAME_GS", or_zero(e->frame_gs) },
		{ "CURRENT", im->current },
		{ "SELECTOR_FS", e->by_gs ? 0 : e->selector },
		{ "SELECTOR_GS", e->by_gs ? e->selector : 0 },
		{ "SYSENTER_STACK", im->tss + 4 - e->esp0 },
		{ "arch_ptrace", or_zero(f->at.arch_ptrace) },
		{ "whole_ptrace", f->at.arch_ptrace == FACT_NONE ? f->at.__ia32_sys_ptrace : 0 },
		{ "IS_OLD", 1 },
		{ "__region_leaf_unknown", 0 },
		{ "__region_leaf_unknown_end", 0 },
		{ "__region_leaf_fork", 0 },
		{ "__region_leaf_fork_end", 0 },
		{ "STOP_ENDS_STEP", f->rule.version >= 0x02060c },
		{ "STOP_LOOKS_AGAIN", f->rule.version < 0x020616 },
		{ "do_syscall_trace", f->at.syscall_trace_enter },
		{ "do_notify_resume", f->at.do_notify_resume },
		{ "sys_call_table", f->at.sys_call_table },
		{ "ptrace_notify", f->at.ptrace_notify },
		{ "syscall_trace_entry", e->trace_entry },
		{ "syscall_exit_work", e->exit_work },
		{ "work_pending", e->work_pending },
		{ "restore_nocheck", e->restore },
		{ "sysenter_entry", f->at.entry_SYSENTER_32 },
	};

	return define_list(im, list, sizeof(list) / sizeof(list[0]));
}

/* ---- all of it ---- */

/* Linked twice: where the glue lies depends on nothing, but the made-up state names places in it. */
static bool link_glue(struct import *im, const char *name)
{
	im->l.base = "import";
	im->l.name = name;
	im->l.text_base = im->base + ((im->room + (8u << 20)) & ~((4u << 20) - 1));
	return link_add_ours(&im->l) && define(im) &&
	       (facts_old(im->f) ? define_old(im) : define_new(im)) && link_all(&im->l, NULL);
}

static void set_value(struct import *im, const char *name, uint32_t value)
{
	struct link_symbol *s = link_find(&im->l, name);

	if (s)
		s->value = value;
}

/* Without names: up to where another call begins; those that are asked about are short. */
static uint32_t room_before_next(const struct import *im, uint32_t addr)
{
	uint32_t room = 64, word;

	for (uint32_t at = 0; at < im->f->size.sys_call_table; at += 4)
		if (whole_word(im->w, im->f->at.sys_call_table + at, &word) && word - addr < room &&
		    word != addr)
			room = word - addr;
	return room;
}

/* The function at `addr` becomes a region of the counts. */
static void set_leaf(struct import *im, uint32_t addr, const char *name)
{
	char end[40];

	uint32_t size = 0;

	for (size_t i = 0; i < im->w->n_names; i++)
		if (im->w->names[i].value == addr)
			size = im->w->names[i].size;
	if (!im->w->n_names && addr != FACT_NONE)
		size = room_before_next(im, addr);
	snprintf(end, sizeof(end), "%s_end", name);
	if (size) {
		set_value(im, name, addr);
		set_value(im, end, addr + size);
	}
}

/* getpid; and of 2.6 fork, and, by a number that no version of it has, what unknown calls end in. */
static void set_leaves(struct import *im)
{
	uint32_t table = im->f->at.sys_call_table, addr;

	set_leaf(im, im->f->at.__ia32_sys_getpid, "__region_leaf");
	if (!facts_old(im->f))
		return;
	if (whole_word(im->w, table + 4 * 17, &addr))
		set_leaf(im, addr, "__region_leaf_unknown");
	if (whole_word(im->w, table + 4 * 2, &addr))
		set_leaf(im, addr, "__region_leaf_fork");
}

/* The kernel's names, but for those that the library knows as the glue's: a 2.6 kernel has some, too. */
static bool take_names(struct import *im)
{
	static const char *const ours[] = { "sys_ptrace", "sys_kill", "init_tss", "tasks",
					    "nr_tasks",   "startup",  "stop_port" };

	im->names = malloc((im->w->n_names + 1) * sizeof(*im->names));
	if (!im->names)
		return refuse(im, "out of memory");
	for (size_t i = 0; i < im->w->n_names; i++) {
		bool free = true;

		for (size_t k = 0; k < sizeof(ours) / sizeof(ours[0]); k++)
			free = free && strcmp(im->w->names[i].name, ours[k]) != 0;
		if (free)
			im->names[im->l.n_names++] = im->w->names[i];
	}
	im->l.names = im->names;
	return true;
}

static bool make(struct import *im, const char *name, const char *path)
{
	char *profile;
	uint8_t *image;
	size_t size;
	bool good, old = facts_old(im->f);

	if (!take_segments(im) || !(old ? state_plan_old(im) : state_plan(im)))
		return false;
	im->made = calloc(1, im->room);
	if (!im->made)
		return refuse(im, "out of memory");
	if (!link_glue(im, name) || !(old ? state_make_old(im) : state_make(im)) || !cut_all(im) ||
	    !(old ? cut_old(im) : cut_new(im)))
		return false;
	set_value(im, "__region_entry", im->f->at.__entry_text_start);
	set_value(im, "__region_entry_end", im->f->at.__entry_text_end);
	set_leaves(im);
	im->segments[im->n_segments++] =
		(struct link_segment){ im->base, im->room, im->room, im->made, true };
	im->l.segments = im->segments;
	im->l.n_segments = im->n_segments;
	if (!take_names(im))
		return false;
	profile = import_profile(im);
	image = profile ? link_image(&im->l, profile, &size) : NULL;
	good = image && link_save(image, size, path);
	free(image);
	if (good)
		printf("%s: %s, %u cuts, %zu stubs\n", name, im->w->path, im->cuts, im->l.n_stubs);
	free(profile);
	return good;
}

bool import_kernel(const struct whole *w, const struct facts *facts, const struct snapshot *s,
		   const char *name, const char *path)
{
	struct import *im = calloc(1, sizeof(*im));
	struct facts f = *facts;
	bool good;

	if (!im)
		return link_refuse(w->path, "out of memory");
	if (s)
		state_move_percpu(&f, s->percpu);
	im->w = s ? &s->w : w;
	im->s = s;
	im->f = &f;
	good = make(im, name, path);
	for (size_t i = 0; i < LINK_SEGMENTS; i++)
		free(im->copies[i]);
	free(im->made);
	free(im->names);
	link_free(&im->l);
	free(im);
	return good;
}
