/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * boot.c: the descriptor tables that need addresses taken apart, and the first tasks.
 * Called once from boot.S, on the tracer's stack. Read next: entry.S.
 */
#include "boot/boot.h"

#define TSS_SIZE       8704   /* 104 bytes, the I/O bitmap, and at its end SYSENTER's small stack */
#define GATE_INTERRUPT 0x8e00 /* present, 32-bit, clears IF */
#define GATE_TRAP      0x8f00
#define GATE_DPL3      0x6000
#define NO_IO_BITMAP   0x8000 /* an offset beyond the limit: no port is allowed */

struct tss {
	uint32_t back_link, esp0, ss0;
	uint32_t unused[22];
	uint16_t trace, io_bitmap;
	uint8_t rest[TSS_SIZE - 104];
};
static_assert(offsetof(struct tss, io_bitmap) == 102, "tss.io_bitmap");
static_assert(sizeof(struct tss) == TSS_SIZE, "tss");

struct tss init_tss __attribute__((aligned(128)));
__asm__(".globl init_tss_end\n\tinit_tss_end = init_tss + 8704");

uint8_t stacks[NR_TASKS][THREAD_SIZE] __attribute__((aligned(THREAD_SIZE)));
struct task_struct tasks[NR_TASKS] __attribute__((aligned(16)));

extern uint32_t idt_table[2 * 256];

void start_kernel(void);

static void set_gate(unsigned vector, void (*handler)(void), uint32_t type)
{
	uint32_t address = (uint32_t)handler;

	idt_table[2 * vector] = (KERNEL_CS << 16) | (address & 0xffff);
	idt_table[2 * vector + 1] = (address & 0xffff0000) | type;
}

#define HANDLER(name) extern void name(void)
HANDLER(divide_error);
HANDLER(debug);
HANDLER(int3);
HANDLER(overflow);
HANDLER(bounds);
HANDLER(invalid_op);
HANDLER(device_not_available);
HANDLER(coprocessor_segment_overrun);
HANDLER(invalid_TSS);
HANDLER(segment_not_present);
HANDLER(stack_segment);
HANDLER(general_protection);
HANDLER(page_fault);
HANDLER(coprocessor_error);
HANDLER(alignment_check);
HANDLER(simd_coprocessor_error);
HANDLER(reschedule_interrupt);
HANDLER(timer_interrupt);
HANDLER(system_call);

/* Vector 8, #DF, is a task gate in Linux; here it stays empty and shuts the CPU down. */
void trap_init(void)
{
	set_gate(0, divide_error, GATE_TRAP);
	set_gate(1, debug, GATE_INTERRUPT);
	set_gate(3, int3, GATE_INTERRUPT | GATE_DPL3);
	set_gate(4, overflow, GATE_TRAP | GATE_DPL3);
	set_gate(5, bounds, GATE_TRAP | GATE_DPL3);
	set_gate(6, invalid_op, GATE_TRAP);
	set_gate(7, device_not_available, GATE_TRAP);
	set_gate(9, coprocessor_segment_overrun, GATE_TRAP);
	set_gate(10, invalid_TSS, GATE_TRAP);
	set_gate(11, segment_not_present, GATE_TRAP);
	set_gate(12, stack_segment, GATE_TRAP);
	set_gate(13, general_protection, GATE_TRAP);
	set_gate(14, page_fault, GATE_INTERRUPT);
	set_gate(16, coprocessor_error, GATE_TRAP);
	set_gate(17, alignment_check, GATE_TRAP);
	set_gate(19, simd_coprocessor_error, GATE_TRAP);
	if (with_processes)
		set_gate(TIMER_VECTOR, timer_interrupt, GATE_INTERRUPT);
	set_gate(RESCHEDULE_VECTOR, reschedule_interrupt, GATE_INTERRUPT);
	set_gate(0x80, system_call, INT80_GATE | GATE_DPL3);
}

/* The stack on which the next entry from user mode finds itself. */
void set_esp0(uint32_t esp0)
{
	init_tss.esp0 = esp0;
}

static void tss_init(void)
{
	uint32_t address = (uint32_t)&init_tss;

	init_tss.ss0 = KERNEL_DS;
	init_tss.esp0 = tasks[TASK_PROGRAM].thread.esp0;
	init_tss.io_bitmap = NO_IO_BITMAP;
	gdt_table[2 * GDT_ENTRY_TSS] = (address << 16) | (TSS_SIZE - 1);
	gdt_table[2 * GDT_ENTRY_TSS + 1] =
		(address & 0xff000000) | 0x8900 | ((address >> 16) & 0xff);
}

void start_kernel(void)
{
	first_tasks();
	tss_init();
	trap_init();
}
