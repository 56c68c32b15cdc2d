/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * state.c: what a kernel's entry code looks at: tables, stacks, tasks. Without a boot it is made up; of a booted
 * machine it is what that has, but for the tasks, which are copies of the one that ran. Read next:
 * import.c.
 */
#include <string.h>

#include "cli/kernel/import.h"

#define CAP_SEP (1u << 11)  /* of the first word of x86_capability */
#define LANDING 0xffffe410u /* on our vsyscall page, behind its sysenter */

uint32_t state_take(struct import *im, uint32_t size, uint32_t align)
{
	uint32_t at = (im->used + align - 1) & ~(align - 1);

	im->used = at + size;
	return im->base + at;
}

/* `size` bytes of the kernel's own data. */
static bool copy(struct import *im, uint32_t to, uint32_t from, uint32_t size)
{
	uint8_t *place = import_at(im, to, size);

	return (place && whole_copy(im->w, from, size, place)) ||
	       link_refuse(im->w->path, "0x%x bytes at 0x%x are not in its data", size, from);
}

static uint32_t word_of(const struct import *im, uint32_t addr)
{
	uint32_t value = 0;

	whole_word(im->w, addr, &value);
	return value;
}

void state_move_percpu(struct facts *f, uint32_t distance)
{
	uint32_t *const words[] = { &f->at.current_task,         &f->at.cpu_tss_rw,
				    &f->at.cpu_entry_area,       &f->at.__preempt_count,
				    &f->at.fpu_fpregs_owner_ctx, &f->at.cpu_current_top_of_stack };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (*words[i] != FACT_NONE)
			*words[i] += distance;
}

/* The first task's stack has it, too. */
static bool find_padding(struct import *im)
{
	im->padding = word_of(im, im->first + im->f->offset.stack) + THREAD_SIZE -
		      word_of(im, im->first + im->f->offset.sp0);
	return im->padding <= 32 ||
	       link_refuse(im->w->path,
			   "%s: its sp0 is not at the end of its stack of 0x%x bytes: offset "
			   "task_struct.stack or task_struct.thread.sp0",
			   im->s ? "the task that ran" : "init_task", THREAD_SIZE);
}

/* From its first byte to its last. */
static bool is_there(const struct import *im, uint32_t addr, uint32_t size)
{
	uint8_t byte;

	return whole_copy(im->w, addr, 1, &byte) && whole_copy(im->w, addr + size - 1, 1, &byte);
}

/* Of a booted machine: where its own are, and are they where the processor has them? */
static bool find_booted(struct import *im)
{
	const struct facts *f = im->f;

	im->cea = word_of(im, f->at.cpu_entry_area);
	im->tss = im->cea + f->offset.tss;
	im->pid = word_of(im, im->first + f->offset.thread_pid);
	im->signal = word_of(im, im->first + f->offset.signal);
	im->mm = word_of(im, im->first + f->offset.mm);
	if (im->tss != im->s->r.tr_base)
		return link_refuse(im->w->path,
				   "the TSS is at 0x%x, and by symbol cpu_entry_area and offset "
				   "cpu_entry_area.tss at 0x%x",
				   im->s->r.tr_base, im->tss);
	if (!is_there(im, im->pid, f->size.pid + f->size.upid) ||
	    !is_there(im, im->signal, f->size.signal_struct) ||
	    !is_there(im, im->mm, f->size.mm_struct))
		return link_refuse(
			im->w->path,
			"the task that ran, at 0x%x, has its thread_pid, signal or mm at "
			"0x%x, 0x%x, 0x%x: symbol current_task, or the offset of one of them",
			im->first, im->pid, im->signal, im->mm);
	return true;
}

static void plan_made_up(struct import *im)
{
	const struct facts *f = im->f;

	im->cea = state_take(im, f->offset.tss + f->size.tss_struct, PAGE);
	im->tss = im->cea + f->offset.tss;
	im->pid = state_take(im, f->size.pid + f->size.upid, 16);
	im->signal = state_take(im, f->size.signal_struct, 64);
	im->mm = state_take(im, f->size.mm_struct, 64);
}

bool state_plan(struct import *im)
{
	const struct facts *f = im->f;

	im->first = im->s ? word_of(im, f->at.current_task) : f->at.init_task;
	if (!find_padding(im) || (im->s && !find_booted(im)))
		return false;
	if (f->offset.entry_stack % PAGE || f->size.entry_stack_page % PAGE)
		return link_refuse(im->w->path, "cpu_entry_area.entry_stack_page is no page");
	im->own = (f->size.task_struct + 15) & ~15u;
	im->stack = (im->own + 256 + THREAD_SIZE - 1) & ~(THREAD_SIZE - 1);
	im->stride = im->stack + THREAD_SIZE;
	im->tasks = state_take(im, SLOTS * im->stride, THREAD_SIZE);
	im->gdt = state_take(im, GDT_BYTES, 16);
	im->idt = state_take(im, IDT_BYTES, 16);
	if (!im->s)
		plan_made_up(im);
	im->room = (im->used + PAGE - 1) & ~(PAGE - 1);
	return im->room <= MOST_STATE ||
	       link_refuse(im->w->path, "0x%x bytes of tasks and tables: a size is no structure's",
			   im->room);
}

uint32_t import_task(const struct import *im, unsigned slot)
{
	return im->tasks + slot * im->stride;
}

/* Where the next entry from user mode puts a task's frame, below. */
uint32_t import_esp0(const struct import *im, unsigned slot)
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

bool state_put_words(struct import *im, uint32_t task, const uint32_t (*words)[2], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (words[i][0] != FACT_NONE && !import_put(im, task + words[i][0], words[i][1]))
			return false;
	return true;
}

bool state_put_own(struct import *im, unsigned slot, int pid, unsigned parent)
{
	uint32_t task = import_task(im, slot);
	const uint32_t words[][2] = {
		{ im->stack, task }, /* for the library: whose stack it is */
		{ import_own(im, "thread_info"), task + im->stack },
		{ import_own(im, "esp0"), import_esp0(im, slot) },
		{ import_own(im, "parent"), import_task(im, parent) },
		{ import_own(im, "real_parent"), import_task(im, parent) },
		{ import_own(im, "pid"), (uint32_t)pid },
		{ import_own(im, "mm"), 1 },
		{ import_own(im, "dumpable"), 1 },
	};

	return state_put_words(im, task, words, sizeof(words) / sizeof(words[0]));
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
		{ f->offset.sp0, import_esp0(im, slot) },
		{ f->offset.last_cpu, 0 },
	};

	return copy(im, task, im->first, f->size.task_struct) &&
	       state_put_words(im, task, words, sizeof(words) / sizeof(words[0])) &&
	       state_put_own(im, slot, pid, parent);
}
/* What the tasks share. A booted machine has it, and it is right. */
static bool make_shared(struct import *im)
{
	const struct facts *f = im->f;

	return copy(im, im->pid, f->at.init_struct_pid, f->size.pid + f->size.upid) &&
	       copy(im, im->signal, f->at.init_signals, f->size.signal_struct) &&
	       copy(im, im->mm, f->at.init_mm, f->size.mm_struct) &&
	       import_put(im, im->mm + f->offset.vdso_image, f->at.vdso_image_32) &&
	       import_put(im, im->signal + f->offset.pids + 4,
			  im->pid); /* PIDTYPE_TGID: getpid's */
}

static bool make_tasks(struct import *im)
{
	const struct facts *f = im->f;
	uint32_t landing = word_of(im, f->at.vdso_image_32 + f->offset.landing_pad);

	return (im->s || make_shared(im)) && import_put(im, im->pid + f->offset.numbers, PID) &&
	       import_put(im, im->mm + f->offset.vdso, LANDING - landing) &&
	       make_task(im, 0, 1, 0) && make_task(im, 1, 100, 0) && make_task(im, 2, PID, 1);
}

enum { INTERRUPT = 0x8e00, TRAP = 0x8f00, OF_USER = 0xee00, TRAP_OF_USER = 0xef00 };

bool state_put_gate(struct import *im, unsigned vector, uint32_t handler, uint32_t type)
{
	return handler == FACT_NONE ||
	       (import_put(im, im->idt + 8 * vector, (KERNEL_CS << 16) | (handler & 0xffff)) &&
		import_put(im, im->idt + 8 * vector + 4, (handler & 0xffff0000) | type));
}

bool state_make_gates(struct import *im)
{
	const struct facts *f = im->f;
	bool to_2_6_15 = f->rule.version < 0x020610;
	const struct {
		unsigned vector;
		uint32_t handler, type, old_type;
	} gates[] = {
		{ 0, f->at.asm_exc_divide_error, INTERRUPT, TRAP },
		{ 1, f->at.asm_exc_debug, INTERRUPT, INTERRUPT },
		{ 3, f->at.asm_exc_int3, OF_USER, OF_USER },
		{ 4, f->at.asm_exc_overflow, OF_USER, TRAP_OF_USER },
		{ 5, f->at.asm_exc_bounds, INTERRUPT, to_2_6_15 ? TRAP_OF_USER : TRAP },
		{ 6, f->at.asm_exc_invalid_op, INTERRUPT, TRAP },
		{ 7, f->at.asm_exc_device_not_available, INTERRUPT, TRAP },
		{ 11, f->at.asm_exc_segment_not_present, INTERRUPT, TRAP },
		{ 12, f->at.asm_exc_stack_segment, INTERRUPT, TRAP },
		{ 13, f->at.asm_exc_general_protection, INTERRUPT, TRAP },
		{ 14, f->at.asm_exc_page_fault, INTERRUPT, INTERRUPT },
		{ 17, f->at.asm_exc_alignment_check, INTERRUPT, TRAP },
		{ 0x80, f->at.entry_INT80_32, OF_USER, TRAP_OF_USER },
		{ RESCHEDULE, f->at.asm_exc_spurious_interrupt_bug, INTERRUPT, INTERRUPT },
	};

	for (size_t i = 0; i < sizeof(gates) / sizeof(gates[0]); i++)
		if (!state_put_gate(im, gates[i].vector, gates[i].handler,
				    facts_old(f) ? gates[i].old_type : gates[i].type))
			return false;
	return true;
}

/* A descriptor table without the mark that the TSS is in use: our start-up loads it again. */
static bool copy_tables(struct import *im)
{
	const struct snapshot_registers *r = &im->s->r;
	uint32_t type = im->gdt + (r->tr & 0xfff8) + 5;
	uint8_t *byte;

	if (!copy(im, im->gdt, r->gdt, GDT_BYTES) || !copy(im, im->idt, r->idt, IDT_BYTES))
		return false;
	byte = import_at(im, type, 1);
	if (r->tr != 8 * GDT_TSS || !byte || (*byte & 0x1d) != 0x09)
		return link_refuse(im->w->path, "TR =%04x: not where Linux has its TSS", r->tr);
	*byte &= (uint8_t)~2u;
	return state_put_gate(im, RESCHEDULE, im->f->at.asm_exc_spurious_interrupt_bug, INTERRUPT);
}

static bool make_descriptors(struct import *im)
{
	return copy(im, im->gdt, im->f->at.gdt_page, GDT_BYTES) &&
	       import_put(im, im->gdt + 8 * GDT_TSS, (im->tss << 16) | 0x67) &&
	       import_put(im, im->gdt + 8 * GDT_TSS + 4,
			  (im->tss & 0xff000000) | 0x8900 | ((im->tss >> 16) & 0xff)) &&
	       import_put(im, im->gdt + KERNEL_PERCPU, 0x0000ffff) &&
	       import_put(im, im->gdt + KERNEL_PERCPU + 4, 0x00cf9200) && state_make_gates(im);
}

/* The TSS that the processor uses, and the per-CPU name by which the kernel reads it: one page in a
 * booted kernel, and the same values here. */
static bool make_tss(struct import *im)
{
	const struct facts *f = im->f;
	uint32_t entry_stack = im->cea + f->offset.entry_stack + f->size.entry_stack_page;
	const uint32_t tss[] = { im->tss, f->at.cpu_tss_rw };
	uint32_t sp0 = word_of(im, im->tss + f->offset.tss_sp0);

	if (im->s && sp0 != entry_stack)
		return link_refuse(
			im->w->path,
			"the entry stack ends at 0x%x, and by the profile at 0x%x: offset "
			"cpu_entry_area.entry_stack_page, size entry_stack_page or offset "
			"tss_struct.x86_tss.sp0",
			sp0, entry_stack);
	for (unsigned i = 0; i < 2; i++)
		if (!import_put(im, tss[i] + f->offset.tss_sp0, entry_stack) ||
		    !import_put(im, tss[i] + f->offset.tss_sp0 + 4, KERNEL_DS) ||
		    !import_put(im, tss[i] + f->offset.tss_sp1, import_esp0(im, 2)) ||
		    !import_put(im, tss[i] + f->offset.tss_sp1 + 4, KERNEL_CS) ||
		    !import_put(im, tss[i] + 100, 0x80000000u)) /* no I/O bitmap */
			return false;
	return true;
}

/* Whose turn it is: per-CPU words. */
static bool make_current(struct import *im)
{
	const struct facts *f = im->f;
	const uint32_t words[][2] = {
		{ f->at.current_task, import_task(im, 2) },
		{ f->at.fpu_fpregs_owner_ctx, import_task(im, 2) + f->offset.fpu },
		{ f->at.cpu_current_top_of_stack, import_esp0(im, 2) },
		{ im->s ? FACT_NONE : f->at.__preempt_count, 0x80000000u },
		{ im->s ? FACT_NONE : f->at.cpu_entry_area, im->cea },
		/* A processor with SYSENTER: else the way back is never SYSEXIT. */
		{ im->s ? FACT_NONE : f->at.boot_cpu_data + f->offset.capability, CAP_SEP },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i][0] != FACT_NONE && !import_put(im, words[i][0], words[i][1]))
			return false;
	return true;
}

bool state_make(struct import *im)
{
	return make_tasks(im) && (im->s ? copy_tables(im) : make_descriptors(im)) && make_tss(im) &&
	       make_current(im);
}
