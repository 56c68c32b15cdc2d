/* SPDX-License-Identifier: GPL-2.0-only */
/* peer.c: see peer.h. */
#include "tests/oracle/peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "asm/abi.h"
#include "sim/sim.h"

/*
 * Physical memory. The 1024 page tables lie in a row, and the guest sees them at PAGE_TABLES
 * as it does in the library; only the frame numbers in them are others.
 */
#define MEGABYTES      64
#define PHYS_STUB      0x00007000u
#define PHYS_DIRECTORY 0x00200000u
#define PHYS_FREE      0x00201000u
#define PHYS_TABLES    0x02000000u
#define TABLES_SIZE    0x00400000u

#define PTE_ACCESSED 0x020u
#define PTE_DIRTY    0x040u
#define EFLAGS_RF    0x10000u
#define BOOT_LIMIT   100000
#define STACK_PAGES  16

struct peer {
	struct gdb *g;
	uint8_t *elf;
	struct sim_image image;
	uint32_t next_frame;
	size_t boot_steps;
	struct gdb_regs booted;
	uint32_t data, data_size;
	uint8_t *boot_data, *data_now;
	bool data_known;     /* data_now is what qemu has */
	uint32_t faults[32]; /* the first instruction of each handler that gets RF pushed */
	unsigned errors;     /* bit n: vector n has an error code */
	char why[200];
};

/* ---- paging ---- */

/* Before paging is on the tables are reached physically, afterwards where the guest has them. */
static bool set_pte(struct peer *p, uint32_t tables, uint32_t addr, uint32_t pte)
{
	return gdb_write(p->g, tables + 4 * (addr / PAGE_SIZE), &pte, 4);
}

static bool map(struct peer *p, uint32_t tables, uint32_t addr, uint32_t size, uint32_t rights)
{
	for (uint32_t end = addr + size; addr != end; addr += PAGE_SIZE, p->next_frame += PAGE_SIZE)
		if (!set_pte(p, tables, addr,
			     p->next_frame | rights | PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY))
			return false;
	return true;
}

static bool flush(struct peer *p)
{
	return gdb_set_reg(p->g, GDB_CR3, PHYS_DIRECTORY);
}

bool peer_map_user(struct peer *p, uint32_t addr, const void *page)
{
	return map(p, PAGE_TABLES, addr, PAGE_SIZE, PTE_USER) && flush(p) &&
	       gdb_write(p->g, addr, page, PAGE_SIZE);
}

bool peer_unmap(struct peer *p, uint32_t addr)
{
	return set_pte(p, PAGE_TABLES, addr, 0) && flush(p);
}

static uint32_t page_floor(uint32_t addr)
{
	return addr & ~(uint32_t)(PAGE_SIZE - 1);
}

static bool map_segments(struct peer *p)
{
	for (size_t i = 0; i < p->image.nsegments; i++) {
		const struct sim_segment *s = &p->image.segments[i];
		uint32_t first = page_floor(s->vaddr);
		uint32_t end = page_floor(s->vaddr + s->memsz + PAGE_SIZE - 1);

		if (!map(p, PHYS_TABLES, first, end - first, s->flags & 2 ? PTE_WRITE : 0))
			return false;
		if (s->flags & 2) {
			p->data = s->vaddr;
			p->data_size = s->memsz;
		}
	}
	return p->data != 0;
}

static bool map_everything(struct peer *p)
{
	uint32_t directory[1024];
	uint32_t user = PTE_USER | PTE_WRITE, next_frame;
	bool ok;

	for (uint32_t i = 0; i < 1024; i++)
		directory[i] = (PHYS_TABLES + i * PAGE_SIZE) | PTE_PRESENT | PTE_WRITE | PTE_USER |
			       PTE_ACCESSED;
	ok = gdb_write(p->g, PHYS_DIRECTORY, directory, sizeof(directory)) && map_segments(p) &&
	     map(p, PHYS_TABLES, SYSEMU_CODE_BASE, PAGE_SIZE, user) &&
	     map(p, PHYS_TABLES, STACK_TOP - STACK_PAGES * PAGE_SIZE, STACK_PAGES * PAGE_SIZE,
		 user) &&
	     map(p, PHYS_TABLES, VSYSCALL_BASE, PAGE_SIZE, PTE_USER) &&
	     map(p, PHYS_TABLES, TRACER_WINDOW, TRACER_WINDOW_SIZE, PTE_WRITE) &&
	     set_pte(p, PHYS_TABLES, PHYS_STUB, PHYS_STUB | PTE_PRESENT | PTE_WRITE);
	next_frame = p->next_frame;
	p->next_frame = PHYS_TABLES;
	ok = ok && map(p, PHYS_TABLES, PAGE_TABLES, TABLES_SIZE, PTE_WRITE);
	p->next_frame = next_frame;
	return ok;
}

/* ---- from the reset vector to the kernel's first halt ---- */

#define STUB_32BIT 0x30
#define STUB_GDT   0x80

/* Real mode to what the library's computer hands over: flat 32-bit segments, and the values
 * of CR0 and CR4 that sim.h promises. No device may interrupt: both PICs are masked. */
static bool run_stub(struct peer *p)
{
	static const uint8_t stub[STUB_GDT + 32] = {
		0xfa, /* cli */
		0xb0,
		0xff,
		0xe6,
		0x21,
		0xe6,
		0xa1, /* mov $0xff,%al; out to both PICs */
		0x0f,
		0x01,
		0x16,
		STUB_GDT + 24,
		PHYS_STUB >> 8, /* lgdt */
		0x0f,
		0x20,
		0xc0, /* mov %cr0,%eax */
		0x66,
		0x83,
		0xc8,
		0x01, /* or $1,%eax */
		0x0f,
		0x22,
		0xc0, /* mov %eax,%cr0 */
		0x66,
		0xea,
		STUB_32BIT,
		PHYS_STUB >> 8,
		0,
		0,
		8,
		0, /* ljmp to the next line */
		[STUB_32BIT] = 0x66,
		0xb8,
		0x10,
		0x00, /* mov $0x10,%ax */
		0x8e,
		0xd8,
		0x8e,
		0xc0,
		0x8e,
		0xd0, /* ds, es, ss */
		0xb8,
		0,
		PHYS_DIRECTORY >> 8 & 0xff,
		PHYS_DIRECTORY >> 16,
		0,
		0x0f,
		0x22,
		0xd8, /* mov %eax,%cr3 */
		0xb8,
		0x04,
		0x06,
		0,
		0, /* TSD, OSFXSR, OSXMMEXCPT */
		0x0f,
		0x22,
		0xe0, /* mov %eax,%cr4 */
		0xb8,
		0x33,
		0x00,
		0x01,
		0x80, /* PG, WP, NE, ET, MP, PE */
		0x0f,
		0x22,
		0xc0, /* mov %eax,%cr0 */
		0xdb,
		0xe3, /* fninit */
		0xf4, /* hlt: never reached */
		[STUB_GDT + 8] = 0xff,
		0xff,
		0,
		0,
		0,
		0x9a,
		0xcf,
		0,
		[STUB_GDT + 16] = 0xff,
		0xff,
		0,
		0,
		0,
		0x92,
		0xcf,
		0,
		[STUB_GDT + 24] = 23,
		0,
		STUB_GDT,
		PHYS_STUB >> 8,
		0,
		0,
	};
	struct gdb_regs r;
	uint8_t next;

	if (!gdb_write(p->g, PHYS_STUB, stub, sizeof(stub)) || !gdb_set_reg(p->g, GDB_CS, 0) ||
	    !gdb_set_reg(p->g, GDB_EIP, PHYS_STUB))
		return false;
	for (int n = 0; n < 40; n++) {
		if (!gdb_step(p->g) || !gdb_get_regs(p->g, &r) || !gdb_read(p->g, r.eip, &next, 1))
			return false;
		if (next == 0xf4)
			return true;
	}
	return false;
}

static bool write_segments(struct peer *p)
{
	for (size_t i = 0; i < p->image.nsegments; i++) {
		const struct sim_segment *s = &p->image.segments[i];

		if (!gdb_write(p->g, s->vaddr, p->elf + s->offset, s->filesz))
			return false;
	}
	return true;
}

static void find_faults(struct peer *p)
{
	static const struct {
		unsigned vector;
		bool error;
		const char *name;
	} faults[] = {
		{ 0, false, "divide_error" },    { 5, false, "bounds" },
		{ 6, false, "invalid_op" },      { 7, false, "device_not_available" },
		{ 10, true, "invalid_TSS" },     { 11, true, "segment_not_present" },
		{ 12, true, "stack_segment" },   { 13, true, "general_protection" },
		{ 14, true, "page_fault" },      { 16, false, "coprocessor_error" },
		{ 17, true, "alignment_check" }, { 19, false, "simd_coprocessor_error" },
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		p->faults[faults[i].vector] = peer_symbol(p, faults[i].name);
		p->errors |= (unsigned)faults[i].error << faults[i].vector;
	}
}

static bool boot(struct peer *p)
{
	uint32_t stop_port = peer_symbol(p, "stop_port");
	struct gdb_regs *r = &p->booted;

	snprintf(p->why, sizeof(p->why), "qemu does not get into protected mode");
	if (!map_everything(p) || !run_stub(p))
		return false;
	snprintf(p->why, sizeof(p->why), "the kernel does not boot in qemu");
	if (!write_segments(p) || !peer_unmap(p, PHYS_STUB) ||
	    !gdb_set_reg(p->g, GDB_EIP, peer_symbol(p, "startup")) ||
	    !gdb_set_reg(p->g, GDB_EFLAGS, X86_EFLAGS_FIXED))
		return false;
	do {
		if (!gdb_step(p->g) || !gdb_get_regs(p->g, r) || p->boot_steps++ == BOOT_LIMIT)
			return false;
	} while (r->eip != stop_port);
	p->boot_data = malloc(p->data_size);
	p->data_now = malloc(p->data_size);
	find_faults(p);
	return r->eax == STOP_BOOTED && p->boot_data && p->data_now &&
	       gdb_read(p->g, p->data, p->boot_data, p->data_size);
}

static uint8_t *read_image(const char *kernel, size_t *size)
{
	char path[500];
	uint8_t *bytes = NULL;
	long length;
	FILE *f;

	snprintf(path, sizeof(path), TEST_GUEST "/%s.elf", kernel);
	f = fopen(path, "rb");
	if (!f)
		return NULL;
	if (!fseek(f, 0, SEEK_END) && (length = ftell(f)) > 0)
		bytes = malloc((size_t)length);
	if (bytes) {
		rewind(f);
		*size = fread(bytes, 1, (size_t)length, f);
	}
	fclose(f);
	return bytes;
}

struct peer *peer_open(const char *kernel, const char **why)
{
	static char text[200];
	struct peer *p = calloc(1, sizeof(*p));
	struct sim_error err;
	size_t size = 0;

	*why = text;
	snprintf(text, sizeof(text), "no image of kernel %s", kernel);
	if (!p)
		return NULL;
	p->next_frame = PHYS_FREE;
	p->elf = read_image(kernel, &size);
	if (!p->elf || sim_image_parse(p->elf, size, &p->image, &err) != SIM_OK) {
		free(p->elf);
		free(p);
		return NULL;
	}
	p->g = gdb_start(MEGABYTES, why);
	if (p->g && boot(p))
		return p;
	if (p->g) {
		snprintf(text, sizeof(text), "%s", p->why);
		*why = text;
	}
	peer_close(p);
	return NULL;
}

void peer_close(struct peer *p)
{
	if (!p)
		return;
	gdb_end(p->g);
	sim_image_free(&p->image);
	free(p->boot_data);
	free(p->data_now);
	free(p->elf);
	free(p);
}

struct gdb *peer_gdb(struct peer *p)
{
	return p->g;
}

size_t peer_boot_steps(const struct peer *p)
{
	return p->boot_steps;
}

void peer_data(const struct peer *p, uint32_t *start, uint32_t *size)
{
	*start = p->data;
	*size = p->data_size;
}

const uint8_t *peer_boot_data(const struct peer *p)
{
	return p->boot_data;
}

uint32_t peer_symbol(const struct peer *p, const char *name)
{
	const struct sim_symbol *s = sim_image_symbol(&p->image, name);

	return s ? s->value : 0;
}

/* ---- a program ---- */

/*
 * The manual has every fault push EFLAGS with RF set (volume 3, "Restarting"); qemu 7.2
 * pushes it as it was. The bit is put where the processor would have put it, at the moment
 * of the delivery, so that everything behind is compared in full.
 */
bool peer_step(struct peer *p, struct gdb_regs *r)
{
	if (!gdb_step(p->g) || !gdb_get_regs(p->g, r))
		return false;
	for (unsigned v = 0; v < 32; v++) {
		uint32_t at = r->esp + (p->errors >> v & 1 ? 12 : 8), eflags;

		if (r->eip != p->faults[v] || r->eip == 0)
			continue;
		if (!gdb_read(p->g, at, &eflags, 4))
			return false;
		eflags |= EFLAGS_RF;
		return gdb_write(p->g, at, &eflags, 4);
	}
	return true;
}

const uint8_t *peer_read_data(struct peer *p)
{
	p->data_known = gdb_read(p->g, p->data, p->data_now, p->data_size);
	return p->data_known ? p->data_now : NULL;
}

/* Most of it is stacks that nobody has touched. */
static bool reset_data(struct peer *p)
{
	for (uint32_t at = 0, n; at < p->data_size; at += n) {
		n = p->data_size - at < 512 ? p->data_size - at : 512;
		if (p->data_known && memcmp(p->data_now + at, p->boot_data + at, n) == 0)
			continue;
		if (!gdb_write(p->g, p->data + at, p->boot_data + at, n))
			return false;
	}
	p->data_known = false;
	return true;
}

bool peer_set_regs(struct peer *p, const struct gdb_regs *r)
{
	uint32_t value[GDB_REGS];

	memcpy(value, r, sizeof(value));
	for (unsigned i = 0; i < GDB_REGS; i++)
		if (!gdb_set_reg(p->g, i, value[i]))
			return false;
	return true;
}

bool peer_enter_kernel(struct peer *p, uint32_t eip, uint32_t esp)
{
	struct gdb_regs r = { 0 };

	if (!gdb_get_regs(p->g, &r))
		return false;
	r.eip = eip;
	r.esp = esp;
	r.eflags = X86_EFLAGS_FIXED;
	r.cs = KERNEL_CS;
	r.ss = r.ds = r.es = KERNEL_DS;
	return peer_set_regs(p, &r);
}

/* A segment register is loaded from the GDT only where the number changes; after the first
 * program the descriptors' accessed bits are as the boot left them again. */
bool peer_start(struct peer *p, sysemu_machine *m, uint32_t eip)
{
	const struct pt_regs frame = { .xds = USER_DS,
				       .xes = USER_DS,
				       .orig_eax = -1,
				       .eip = eip,
				       .xcs = USER_CS,
				       .eflags = X86_EFLAGS_IF | X86_EFLAGS_FIXED,
				       .esp = STACK_TOP,
				       .xss = USER_DS };
	uint32_t task = peer_symbol(p, "tasks") + TASK_PROGRAM * sizeof(struct task_struct), esp0;
	uint8_t page[PAGE_SIZE], zero[PAGE_SIZE] = { 0 };

	if (!reset_data(p) || sysemu_read(m, SYSEMU_CODE_BASE, page, PAGE_SIZE) ||
	    !gdb_write(p->g, SYSEMU_CODE_BASE, page, PAGE_SIZE) ||
	    sysemu_read(m, VSYSCALL_BASE, page, PAGE_SIZE) ||
	    !gdb_write(p->g, VSYSCALL_BASE, page, PAGE_SIZE) ||
	    !gdb_write(p->g, STACK_TOP - PAGE_SIZE, zero, PAGE_SIZE) ||
	    !gdb_read(p->g, task + offsetof(struct task_struct, thread.esp0), &esp0, 4) ||
	    !gdb_write(p->g, esp0 - PT_REGS_SIZE, &frame, sizeof(frame)) ||
	    !peer_set_regs(p, &p->booted))
		return false;
	return peer_enter_kernel(p, peer_symbol(p, "start_user"), esp0 - PT_REGS_SIZE);
}
