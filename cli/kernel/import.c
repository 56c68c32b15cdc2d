/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * import.c: a whole kernel, as somebody has built it, becomes an image that can be run without a boot: its
 * segments as they are, a jump at each cut point, and beside them asm/import/ and the state that its entry
 * code looks at: tables, tasks, stacks. Nothing else of it is changed: alternatives and static
 * branches are as the file has them. Read next: facts.h, import_words.c,
 * asm/import/glue.c.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/kernel/import.h"

#define PERCPU     0xd8
#define CAP_SEP    (1u << 11) /* of the first word of x86_capability */
#define GDT_TSS    16
#define GDT_BYTES  0x100
#define IDT_BYTES  0x800
#define LANDING    0xffffe410u /* on our vsyscall page, behind its sysenter */
#define MOST_IMAGE (128u << 20)

static bool refuse(const struct import *im, const char *what)
{
	return link_refuse(im->w->path, "%s", what);
}

/* ---- memory ---- */

static uint32_t take(struct import *im, uint32_t size, uint32_t align)
{
	uint32_t at = (im->used + align - 1) & ~(align - 1);

	im->used = at + size;
	return im->base + at;
}

/* Where a byte of the made-up state, or of the kernel's own data, is kept; NULL: nowhere. */
static uint8_t *at(struct import *im, uint32_t addr, uint32_t size)
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

static bool put(struct import *im, uint32_t addr, uint32_t value)
{
	uint8_t *to = at(im, addr, 4);

	if (to)
		memcpy(to, &value, 4);
	return to || link_refuse(im->w->path, "0x%x is not in its data", addr);
}

/* `size` bytes of the kernel's own initial data. */
static bool copy(struct import *im, uint32_t to, uint32_t from, uint32_t size)
{
	const uint8_t *bytes = whole_bytes(im->w, from, size);
	uint8_t *place = at(im, to, size);

	if (!bytes || !place)
		return link_refuse(im->w->path, "0x%x bytes at 0x%x are not in its data", size,
				   from);
	memcpy(place, bytes, size);
	return true;
}

/* ---- the kernel's own segments ---- */

static bool take_segments(struct import *im)
{
	uint32_t end = 0;

	for (size_t i = 0; i < im->w->n_segments; i++) {
		struct link_segment s = im->w->segments[i];

		if (s.memory > MOST_IMAGE || s.addr < 0x80000000u)
			return link_refuse(im->w->path,
					   "a segment of 0x%x bytes at 0x%x: no kernel's", s.memory,
					   s.addr);
		im->copies[i] = malloc(s.size + 1u);
		if (!im->copies[i])
			return refuse(im, "out of memory");
		memcpy(im->copies[i], s.bytes, s.size);
		s.bytes = im->copies[i];
		im->segments[im->n_segments++] = s;
		if (s.addr + s.memory > end)
			end = s.addr + s.memory;
	}
	im->base = (end + (8u << 20)) & ~((4u << 20) - 1);
	return im->base < 0xf0000000u || refuse(im, "no room behind its segments");
}

/* ---- made-up state ---- */

static uint32_t word_of(const struct import *im, uint32_t addr)
{
	const uint8_t *bytes = whole_bytes(im->w, addr, 4);
	uint32_t value = 0;

	if (bytes)
		memcpy(&value, bytes, 4);
	return value;
}

/* The first task's stack has it, too. */
static bool find_padding(struct import *im)
{
	uint32_t task = im->f->at.init_task;

	im->padding = word_of(im, task + im->f->offset.stack) + THREAD_SIZE -
		      word_of(im, task + im->f->offset.sp0);
	return im->padding <= 32 ||
	       link_refuse(im->w->path,
			   "init_task: its sp0 is not at the end of its stack of 0x%x bytes",
			   THREAD_SIZE);
}

static void plan(struct import *im)
{
	const struct facts *f = im->f;

	im->own = (f->size.task_struct + 15) & ~15u;
	im->stack = (im->own + 256 + THREAD_SIZE - 1) & ~(THREAD_SIZE - 1);
	im->stride = im->stack + THREAD_SIZE;
	im->tasks = take(im, SLOTS * im->stride, THREAD_SIZE);
	im->cea = take(im, f->offset.tss + f->size.tss_struct, PAGE);
	im->tss = im->cea + f->offset.tss;
	im->gdt = take(im, GDT_BYTES, 16);
	im->idt = take(im, IDT_BYTES, 16);
	im->pid = take(im, f->size.pid + f->size.upid, 16);
	im->signal = take(im, f->size.signal_struct, 64);
	im->mm = take(im, f->size.mm_struct, 64);
	im->room = (im->used + PAGE - 1) & ~(PAGE - 1);
}

uint32_t import_task(const struct import *im, unsigned slot)
{
	return im->tasks + slot * im->stride;
}

/* Where the next entry from user mode puts a task's frame, below. */
static uint32_t esp0_of(const struct import *im, unsigned slot)
{
	return import_task(im, slot) + im->stack + THREAD_SIZE - im->padding;
}

uint32_t import_own(const struct import *im, const char *member)
{
	char name[40];
	const struct link_symbol *s;

	snprintf(name, sizeof(name), "own_%s", member);
	s = link_find(&im->l, name);
	return im->own + (s ? s->value : 0);
}

static bool make_task(struct import *im, unsigned slot, int32_t pid, unsigned parent)
{
	const struct facts *f = im->f;
	uint32_t task = import_task(im, slot);
	const uint32_t words[][2] = {
		{ f->offset.flags, 0 },
		{ f->offset.work, 0 },
		{ f->offset.stack, task + im->stack },
		{ f->offset.ptrace, 0 },
		{ f->offset.thread_pid, im->pid },
		{ f->offset.signal, im->signal },
		{ f->offset.mm, im->mm },
		{ f->offset.sp0, esp0_of(im, slot) },
		{ f->offset.last_cpu, 0 },
		{ im->stack, task }, /* for the library: whose stack it is */
		{ import_own(im, "thread_info"), task + im->stack },
		{ import_own(im, "esp0"), esp0_of(im, slot) },
		{ import_own(im, "parent"), import_task(im, parent) },
		{ import_own(im, "real_parent"), import_task(im, parent) },
		{ import_own(im, "pid"), (uint32_t)pid },
		{ import_own(im, "mm"), 1 },
		{ import_own(im, "dumpable"), 1 },
	};

	if (!copy(im, task, f->at.init_task, f->size.task_struct))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!put(im, task + words[i][0], words[i][1]))
			return false;
	return true;
}

static bool make_tasks(struct import *im)
{
	const struct facts *f = im->f;
	uint32_t landing = word_of(im, f->at.vdso_image_32 + f->offset.landing_pad);

	if (!copy(im, im->pid, f->at.init_struct_pid, f->size.pid + f->size.upid) ||
	    !copy(im, im->signal, f->at.init_signals, f->size.signal_struct) ||
	    !copy(im, im->mm, f->at.init_mm, f->size.mm_struct) ||
	    !put(im, im->pid + f->offset.numbers, PID) ||
	    !put(im, im->mm + f->offset.vdso_image, f->at.vdso_image_32) ||
	    !put(im, im->mm + f->offset.vdso, LANDING - landing))
		return false;
	if (!put(im, im->signal + f->offset.pids + 4, im->pid)) /* PIDTYPE_TGID: getpid's */
		return false;
	return make_task(im, 0, 1, 0) && make_task(im, 1, 100, 0) && make_task(im, 2, PID, 1);
}

static bool put_gate(struct import *im, unsigned vector, uint32_t handler, uint32_t type)
{
	return handler == FACT_NONE ||
	       (put(im, im->idt + 8 * vector, (KERNEL_CS << 16) | (handler & 0xffff)) &&
		put(im, im->idt + 8 * vector + 4, (handler & 0xffff0000) | type));
}

static bool make_gates(struct import *im)
{
	enum { INTERRUPT = 0x8e00, OF_USER = 0xee00 };
	const struct facts *f = im->f;
	const struct {
		unsigned vector;
		uint32_t handler, type;
	} gates[] = {
		{ 0, f->at.asm_exc_divide_error, INTERRUPT },
		{ 1, f->at.asm_exc_debug, INTERRUPT },
		{ 3, f->at.asm_exc_int3, OF_USER },
		{ 4, f->at.asm_exc_overflow, OF_USER },
		{ 5, f->at.asm_exc_bounds, INTERRUPT },
		{ 6, f->at.asm_exc_invalid_op, INTERRUPT },
		{ 7, f->at.asm_exc_device_not_available, INTERRUPT },
		{ 11, f->at.asm_exc_segment_not_present, INTERRUPT },
		{ 12, f->at.asm_exc_stack_segment, INTERRUPT },
		{ 13, f->at.asm_exc_general_protection, INTERRUPT },
		{ 14, f->at.asm_exc_page_fault, INTERRUPT },
		{ 17, f->at.asm_exc_alignment_check, INTERRUPT },
		{ 0x80, f->at.entry_INT80_32, OF_USER },
		{ RESCHEDULE, f->at.asm_exc_spurious_interrupt_bug, INTERRUPT },
	};

	for (size_t i = 0; i < sizeof(gates) / sizeof(gates[0]); i++)
		if (!put_gate(im, gates[i].vector, gates[i].handler, gates[i].type))
			return false;
	return true;
}

/* The TSS that the processor uses, and the per-CPU name by which the kernel reads it: one page in a
 * booted kernel, and the same values here. */
static bool make_tables(struct import *im)
{
	const struct facts *f = im->f;
	uint32_t entry_stack = im->cea + f->offset.entry_stack + f->size.entry_stack_page;
	const uint32_t tss[] = { im->tss, f->at.cpu_tss_rw };

	if (!copy(im, im->gdt, f->at.gdt_page, GDT_BYTES))
		return false;
	for (unsigned i = 0; i < 2; i++)
		if (!put(im, tss[i] + f->offset.tss_sp0, entry_stack) ||
		    !put(im, tss[i] + f->offset.tss_sp0 + 4, KERNEL_DS) ||
		    !put(im, tss[i] + f->offset.tss_sp1, esp0_of(im, 2)) ||
		    !put(im, tss[i] + f->offset.tss_sp1 + 4, KERNEL_CS) ||
		    !put(im, tss[i] + 100, 0x80000000u)) /* no I/O bitmap */
			return false;
	if (!put(im, im->gdt + 8 * GDT_TSS, (im->tss << 16) | 0x67) ||
	    !put(im, im->gdt + 8 * GDT_TSS + 4,
		 (im->tss & 0xff000000) | 0x8900 | ((im->tss >> 16) & 0xff)) ||
	    !put(im, im->gdt + PERCPU, 0x0000ffff) || !put(im, im->gdt + PERCPU + 4, 0x00cf9200) ||
	    !put(im, f->at.cpu_entry_area, im->cea) ||
	    !put(im, f->at.current_task, import_task(im, 2)))
		return false;
	if (f->at.__preempt_count != FACT_NONE && !put(im, f->at.__preempt_count, 0x80000000u))
		return false;
	if (f->at.fpu_fpregs_owner_ctx != FACT_NONE && /* the program's is loaded */
	    !put(im, f->at.fpu_fpregs_owner_ctx, import_task(im, 2) + f->offset.fpu))
		return false;
	if (f->at.cpu_current_top_of_stack != FACT_NONE &&
	    !put(im, f->at.cpu_current_top_of_stack, esp0_of(im, 2)))
		return false;
	/* A processor with SYSENTER: else the way back is never SYSEXIT. */
	if (!put(im, f->at.boot_cpu_data + f->offset.capability, CAP_SEP))
		return false;
	return make_gates(im);
}

/* ---- cut points ---- */

static bool cut(struct import *im, uint32_t where, const char *to)
{
	const struct link_symbol *s = link_find(&im->l, to);
	uint8_t *code = where != FACT_NONE ? at(im, where, 5) : NULL;
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

static bool cut_all(struct import *im)
{
	const struct facts *f = im->f;

	return cut(im, f->at.ptrace_notify, "cut_ptrace_notify") &&
	       cut(im, f->at.wake_up_state, "cut_wake_up_state") &&
	       cut(im, f->at.schedule, "cut_schedule") &&
	       cut(im, f->at.arch_do_signal_or_restart, "cut_do_signal") &&
	       cut(im, f->at.do_exit, "cut_do_exit") &&
	       cut(im, f->at.do_group_exit, "cut_do_exit") &&
	       cut(im, f->at.kernel_clone, "cut_fork") &&
	       cut(im, f->at.report_bug, "cut_report_bug") &&
	       cut(im, f->at.force_sig_fault, "cut_force_sig") &&
	       cut(im, f->at.force_sig, "cut_force_sig") &&
	       cut(im, f->at.send_sig, "cut_send_sig") &&
	       cut(im, f->at.do_send_sig_info, "cut_send_sig_info") &&
	       cut(im, f->at.ptrace_access_vm, "cut_access_vm") &&
	       cut(im, f->at.access_process_vm, "cut_access_vm") &&
	       cut(im, f->at.__kmalloc, "cut_kmalloc") &&
	       cut(im, f->at.__kmalloc_node, "cut_kmalloc") &&
	       cut(im, f->at.kfree, "cut_nothing") && cut(im, f->at.kvfree, "cut_nothing") &&
	       cut(im, f->at._printk, "cut_nothing") &&
	       cut(im, f->at.__check_object_size, "cut_nothing") &&
	       cut(im, f->at.__ia32_sys_ptrace, "cut_sys_ptrace") &&
	       cut(im, f->at.__ia32_sys_kill, "cut_sys_kill") &&
	       cut(im, f->at.__ia32_sys_write, "cut_sys_write");
}

/* ---- what the glue asks for by name ---- */

static bool define(struct import *im)
{
	const struct facts *f = im->f;
	const struct {
		const char *name;
		uint32_t value;
	} list[] = {
		{ "OFF_OWN", im->own },
		{ "OFF_FLAGS", f->offset.flags },
		{ "OFF_PTRACE", f->offset.ptrace },
		{ "OFF_EXIT_CODE", f->offset.exit_code },
		{ "OFF_GS", f->offset.gs },
		{ "TASK_STRIDE", im->stride },
		{ "FRAME_BYTES", f->size.pt_regs },
		{ "FRAME_EBX", f->offset.r_bx },
		{ "FRAME_ECX", f->offset.r_cx },
		{ "FRAME_EDX", f->offset.r_dx },
		{ "FRAME_ESI", f->offset.r_si },
		{ "tasks", im->tasks },
		{ "CURRENT", f->at.current_task },
		{ "GDT", im->gdt },
		{ "IDT", im->idt },
		{ "PERCPU_SELECTOR", PERCPU },
		{ "SYSENTER_STACK", im->cea + f->offset.entry_stack + f->size.entry_stack_page },
		{ "SYSENTER_ENTRY", f->at.entry_SYSENTER_32 },
		{ "tracer_stack_top", esp0_of(im, 1) },
		{ "arch_ptrace", f->at.arch_ptrace },
		{ "syscall_trace_enter", f->at.syscall_trace_enter },
		{ "syscall_exit_work", f->at.syscall_exit_work },
	};

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (list[i].value != FACT_NONE && !link_define(&im->l, list[i].name, list[i].value))
			return false;
	return true;
}

/* ---- all of it ---- */

/* Linked twice: where the glue lies depends on nothing, but the made-up state names places in it. */
static bool link_glue(struct import *im, const char *name)
{
	im->l.base = "import";
	im->l.name = name;
	im->l.text_base = im->base + ((im->room + (8u << 20)) & ~((4u << 20) - 1));
	return link_add_ours(&im->l) && define(im) && link_all(&im->l, NULL);
}

static void set_value(struct import *im, const char *name, uint32_t value)
{
	struct link_symbol *s = link_find(&im->l, name);

	if (s)
		s->value = value;
}

static bool make(struct import *im, const char *name, const char *path)
{
	char *profile;
	uint8_t *image;
	size_t size;
	bool good;

	if (!take_segments(im) || !find_padding(im))
		return false;
	if (im->f->offset.entry_stack % PAGE || im->f->size.entry_stack_page % PAGE)
		return refuse(im, "cpu_entry_area.entry_stack_page is no page");
	plan(im);
	im->made = calloc(1, im->room);
	if (!im->made)
		return refuse(im, "out of memory");
	if (!link_glue(im, name) || !make_tasks(im) || !make_tables(im) || !cut_all(im))
		return false;
	set_value(im, "__region_entry", im->f->at.__entry_text_start);
	set_value(im, "__region_entry_end", im->f->at.__entry_text_end);
	for (size_t i = 0; i < im->w->n_names; i++)
		if (im->w->names[i].value == im->f->at.__ia32_sys_getpid && im->w->names[i].size) {
			set_value(im, "__region_leaf", im->w->names[i].value);
			set_value(im, "__region_leaf_end",
				  im->w->names[i].value + im->w->names[i].size);
		}
	im->segments[im->n_segments++] =
		(struct link_segment){ im->base, im->room, im->room, im->made, true };
	im->l.segments = im->segments;
	im->l.n_segments = im->n_segments;
	im->l.names = im->w->names;
	im->l.n_names = im->w->n_names;
	profile = import_profile(im);
	image = profile ? link_image(&im->l, profile, &size) : NULL;
	good = image && link_save(image, size, path);
	free(image);
	if (good)
		printf("%s: %s, %u cuts, %zu stubs\n", name, im->w->path, im->cuts, im->l.n_stubs);
	free(profile);
	return good;
}

bool import_kernel(const struct whole *w, const struct facts *f, const char *name, const char *path)
{
	struct import *im = calloc(1, sizeof(*im));
	bool good;

	if (!im)
		return link_refuse(w->path, "out of memory");
	im->w = w;
	im->f = f;
	good = make(im, name, path);
	for (size_t i = 0; i < LINK_SEGMENTS; i++)
		free(im->copies[i]);
	free(im->made);
	link_free(&im->l);
	free(im);
	return good;
}
