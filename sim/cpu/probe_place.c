/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * probe_place.c: where the engine keeps the processor. Its registers have names (uc_reg_read), but
 * a call for each costs more than what is done with it, and a change of ring has none: so each is
 * looked for by marks that are written by name, and used only if both roads then agree.
 *
 * Distances are from where eax is, in a saved context as in the engine's own state, of which a
 * context is a copy. What is not found is done by name, slower (regs.c). Read next: probe.c.
 */
#include "sim/cpu/cpu.h"

#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unicorn/unicorn.h>
#include <unistd.h>

#define BASE     0x10000u
#define STACK    0x11000u
#define GDT      0x12000u
#define HANDLE   16384u /* bytes of the engine's handle that are searched, */
#define CPU_HEAD 1024u  /* of what it points to, for a pointer to the state, */

static const int seg_id[SIM_SEGS] = { UC_X86_REG_CS, UC_X86_REG_SS, UC_X86_REG_DS,
				      UC_X86_REG_ES, UC_X86_REG_FS, UC_X86_REG_GS };
static const int table_id[SIM_NTABLES] = {
	[SIM_GDTR] = UC_X86_REG_GDTR,
	[SIM_IDTR] = UC_X86_REG_IDTR,
	[SIM_LDTR] = UC_X86_REG_LDTR,
	[SIM_TR] = UC_X86_REG_TR,
};
static const int gpr_id[8] = {
	UC_X86_REG_EAX, UC_X86_REG_ECX, UC_X86_REG_EDX, UC_X86_REG_EBX,
	UC_X86_REG_ESP, UC_X86_REG_EBP, UC_X86_REG_ESI, UC_X86_REG_EDI,
};

struct place_probe {
	uc_engine *uc;
	uc_context *context[2];
	size_t size;
	struct sim_layout *layout;
	size_t eax; /* in a context */
};

/* ---- marks ---- */

/* A number that stands nowhere else: of field `n` in sample `i`. */
static uint32_t mark(unsigned n, unsigned i)
{
	return 0x6b3d0000u + n * 0x40u + i * 0x11u + 5;
}

/* A descriptor of ring `dpl`; base 0 is flat. */
static uint64_t descriptor(uint32_t base, uint32_t pages, unsigned dpl, bool code)
{
	uint64_t low = (base & 0xffff) << 16 | (pages & 0xffff);
	uint64_t high = (base & 0xff000000) | 0x00c09100 | (pages & 0xf0000) | dpl << 13 |
			(code ? 0xa00u : 0x200u) | (base >> 16 & 0xff);

	return high << 32 | low;
}

static bool write_gdt(uc_engine *uc, const uint64_t *gdt, size_t size)
{
	uc_x86_mmr gdtr = { .base = GDT, .limit = (uint32_t)size - 1 };

	return uc_mem_write(uc, GDT, gdt, size) == UC_ERR_OK &&
	       uc_reg_write(uc, UC_X86_REG_GDTR, &gdtr) == UC_ERR_OK;
}

struct field {
	int *place;
	uint32_t mark[2];
};

#define FIELDS_MAX 64u
struct fields {
	unsigned n;
	struct field field[FIELDS_MAX];
};

static void expect(struct fields *f, unsigned i, int *place, uint32_t value)
{
	if (i == 0)
		f->field[f->n] = (struct field){ .place = place, .mark = { value, 0 } };
	else
		f->field[f->n].mark[1] = value;
	f->n++;
}

static bool mark_segments(struct place_probe *p, unsigned i, struct fields *f)
{
	uint64_t gdt[1 + SIM_SEGS] = { 0 };
	/* In sample 1 another four entries, so that the selectors differ. */
	uint64_t table[1 + 2 * SIM_SEGS] = { 0 };

	for (unsigned k = 0; k < SIM_SEGS; k++) {
		uint32_t base = (0x51 + 2 * k + i) << 24 | 0x7d30, pages = 0x31000 + 2 * k + i;
		uint32_t selector = 8 * (1 + k + SIM_SEGS * i);
		struct sim_segment_place *place = &p->layout->seg[k];

		gdt[1 + k] = table[1 + k + SIM_SEGS * i] = descriptor(base, pages, 0, k == 0);
		expect(f, i, &place->selector, selector);
		expect(f, i, &place->base, base);
		expect(f, i, &place->limit, pages << 12 | 0xfff);
		expect(f, i, &place->flags, (uint32_t)(gdt[1 + k] >> 32));
	}
	if (!write_gdt(p->uc, table, sizeof(table)))
		return false;
	for (unsigned k = 0; k < SIM_SEGS; k++) {
		uint64_t selector = 8 * (1 + k + SIM_SEGS * i);

		if (uc_reg_write(p->uc, seg_id[k], &selector) != UC_ERR_OK)
			return false;
	}
	return true;
}

static bool mark_tables(struct place_probe *p, unsigned i, struct fields *f)
{
	for (unsigned k = 0; k < SIM_NTABLES; k++) {
		struct sim_segment_place *place = &p->layout->table[k];
		uc_x86_mmr mmr = {
			.selector = (uint16_t)(0x7a08 + 32 * k + 8 * i),
			.base = mark(16 + k, i),
			.limit = 0x7b21 + 32 * k + 8 * i, /* some keep 16 bits */
			.flags = mark(24 + k, i),
		};

		if (uc_reg_write(p->uc, table_id[k], &mmr) != UC_ERR_OK)
			return false;
		expect(f, i, &place->base, (uint32_t)mmr.base);
		expect(f, i, &place->limit, mmr.limit);
		if (k == SIM_GDTR || k == SIM_IDTR) {
			place->selector = place->flags = SIM_NO_PLACE;
			continue;
		}
		expect(f, i, &place->selector, mmr.selector);
		expect(f, i, &place->flags, mmr.flags);
	}
	return true;
}

static bool mark_registers(struct place_probe *p, unsigned i, struct fields *f)
{
	const uint32_t eflags = i ? 0x00243002 : 0x00204202; /* ID AC IOPL; ID NT IF */

	for (unsigned k = 0; k < 8; k++) {
		uint32_t value = mark(32 + k, i);

		if (uc_reg_write(p->uc, gpr_id[k], &value) != UC_ERR_OK)
			return false;
		expect(f, i, &p->layout->reg[SIM_EAX + k], value);
	}
	if (uc_reg_write(p->uc, UC_X86_REG_EFLAGS, &eflags) != UC_ERR_OK)
		return false;
	expect(f, i, &p->layout->system_flags, eflags);
	/* 2.1 writes CR2's value into CR3 as well: CR3 behind it. */
	for (unsigned k = 0; k < 3; k++) {
		static const int id[] = { UC_X86_REG_EIP, UC_X86_REG_CR2, UC_X86_REG_CR3 };
		static const enum sim_reg reg[] = { SIM_EIP, SIM_CR2, SIM_CR3 };
		uint64_t value = mark(40 + k, i);

		if (uc_reg_write(p->uc, id[k], &value) != UC_ERR_OK)
			return false;
		expect(f, i, &p->layout->reg[reg[k]], (uint32_t)value);
	}
	return true;
}

static bool mark_msrs(struct place_probe *p, unsigned i, struct fields *f)
{
	for (unsigned k = 0; k < SIM_MSRS; k++) {
		uc_x86_msr msr = { SIM_MSR_CS + k, 0x7c14 + 16 * k + 4 * i }; /* CS keeps 16 bits */

		if (uc_reg_write(p->uc, UC_X86_REG_MSR, &msr) != UC_ERR_OK)
			return false;
		expect(f, i, &p->layout->msr[k], (uint32_t)msr.value);
	}
	return true;
}

static uint32_t word(const void *bytes, size_t at)
{
	uint32_t value;

	memcpy(&value, (const uint8_t *)bytes + at, 4);
	return value;
}

/* The one place where both samples have their mark. */
static bool find_field(const struct place_probe *p, const struct field *field)
{
	unsigned found = 0;

	for (size_t at = 0; at + 4 <= p->size; at += 4) {
		if (word(p->context[0], at) == field->mark[0] &&
		    word(p->context[1], at) == field->mark[1]) {
			*field->place = (int)at;
			found++;
		}
	}
	return found == 1;
}

static bool find_fields(struct place_probe *p)
{
	struct fields f = { 0 };

	for (int reg = 0; reg < SIM_NREGS; reg++)
		p->layout->reg[reg] = SIM_NO_PLACE;
	for (unsigned i = 0; i < 2; i++) {
		f.n = 0;
		if (!mark_segments(p, i, &f) || !mark_registers(p, i, &f) ||
		    !mark_tables(p, i, &f) || !mark_msrs(p, i, &f) ||
		    uc_context_save(p->uc, p->context[i]) != UC_ERR_OK)
			return false;
	}
	for (unsigned k = 0; k < f.n; k++) {
		if (!find_field(p, &f.field[k]))
			return false;
	}
	p->eax = p->layout->in_context = (size_t)p->layout->reg[SIM_EAX];
	for (unsigned k = 0; k < f.n; k++)
		*f.field[k].place -= (int)p->eax;
	for (unsigned k = 0; k < SIM_SEGS; k++)
		p->layout->reg[SIM_CS + k] = p->layout->seg[k].selector;
	return true;
}

/* ---- the ring ---- */

/* The engine takes the CPL from SS and checks each load against it, so no load can
 * raise the privilege. In real mode nothing is checked and the CPL becomes 0. */
bool sim_ring_by_cr0(struct uc_struct *uc, uint16_t cs, uint16_t ss)
{
	uint64_t cr0 = 0, real, none = 0, wide_cs = cs, wide_ss = ss;

	uc_reg_read(uc, UC_X86_REG_CR0, &cr0);
	real = cr0 & ~UINT64_C(1);
	uc_reg_write(uc, UC_X86_REG_CR0, &real);
	uc_reg_write(uc, UC_X86_REG_SS, &none);
	uc_reg_write(uc, UC_X86_REG_CR0, &cr0);
	return uc_reg_write(uc, UC_X86_REG_CS, &wide_cs) == UC_ERR_OK &&
	       uc_reg_write(uc, UC_X86_REG_SS, &wide_ss) == UC_ERR_OK;
}

bool sim_ring_patch(uint8_t *state, const struct sim_layout *layout, unsigned ring,
		    const struct sim_flat *cs, const struct sim_flat *ss)
{
	const struct sim_flat *to[2] = { cs, ss };
	uint32_t flags, base, hidden;

	/* Both old segments flat and of 32 bits: then nothing else that the engine keeps of
	 * segments changes. */
	for (unsigned k = 0; k < 2; k++) {
		memcpy(&flags, state + layout->seg[k].flags, 4);
		memcpy(&base, state + layout->seg[k].base, 4);
		if (base || !(flags & SIM_DESC_BIG))
			return false;
	}
	for (unsigned k = 0; k < 2; k++) {
		const struct sim_segment_place *place = &layout->seg[k];
		uint32_t selector = to[k]->selector, limit = UINT32_MAX;

		memcpy(state + place->selector, &selector, 4);
		memcpy(state + place->limit, &limit, 4);
		memcpy(state + place->flags, &to[k]->flags, 4);
	}
	memcpy(&hidden, state + layout->hidden, 4);
	hidden = (hidden & ~3u) | ring;
	memcpy(state + layout->hidden, &hidden, 4);
	return true;
}

enum { KCS = 0x08, KDS = 0x10, UCS = 0x1b, UDS = 0x23 };

static bool to_ring3(uc_engine *uc)
{
	static const uint32_t frame[5] = { BASE + 0x800, UCS, 2, STACK + 0x800, UDS };
	static const uint8_t iret[] = { 0xcf };
	uint64_t kcs = KCS, kds = KDS;
	uint32_t esp = STACK, cs = 0;

	return uc_reg_write(uc, UC_X86_REG_CS, &kcs) == UC_ERR_OK &&
	       uc_reg_write(uc, UC_X86_REG_SS, &kds) == UC_ERR_OK &&
	       uc_mem_write(uc, STACK, frame, sizeof(frame)) == UC_ERR_OK &&
	       uc_mem_write(uc, BASE, iret, sizeof(iret)) == UC_ERR_OK &&
	       uc_reg_write(uc, UC_X86_REG_ESP, &esp) == UC_ERR_OK &&
	       uc_emu_start(uc, BASE, BASE + 0x800, 0, 0) == UC_ERR_OK &&
	       uc_reg_read(uc, UC_X86_REG_CS, &cs) == UC_ERR_OK && cs == UCS;
}

static bool is_segment_word(const struct sim_layout *layout, int at)
{
	for (unsigned k = 0; k < 2; k++) {
		const struct sim_segment_place *place = &layout->seg[k];

		if (at == place->selector || at == place->base || at == place->limit ||
		    at == place->flags)
			return true;
	}
	return false;
}

/* The word beside the segments that tells ring 3 (sample 0) from ring 0 (sample 1). */
static bool find_hidden(struct place_probe *p)
{
	unsigned found = 0;

	for (size_t at = 0; at + 4 <= p->size; at += 4) {
		uint32_t in3 = word(p->context[0], at), in0 = word(p->context[1], at);

		if (in3 == in0 || is_segment_word(p->layout, (int)at - (int)p->eax))
			continue;
		if ((in3 ^ in0) != 3 || (in0 & 3))
			return false;
		p->layout->hidden = (int)at - (int)p->eax;
		found++;
	}
	return found == 1;
}

/* From ring 0 to ring 3 by iret and back in the way that is known to be right, and both by the
 * patch: bit for bit the same processors? */
static bool find_ring(struct place_probe *p)
{
	const uint64_t gdt[5] = { 0, descriptor(0, 0xfffff, 0, true),
				  descriptor(0, 0xfffff, 0, false), descriptor(0, 0xfffff, 3, true),
				  descriptor(0, 0xfffff, 3, false) };
	const struct sim_flat cs = { KCS, (uint32_t)(gdt[1] >> 32) };
	const struct sim_flat ss = { KDS, (uint32_t)(gdt[2] >> 32) };
	const struct sim_flat user_cs = { UCS, (uint32_t)(gdt[3] >> 32) };
	const struct sim_flat user_ss = { UDS, (uint32_t)(gdt[4] >> 32) };
	uint8_t *in3 = (uint8_t *)p->context[0], *in0 = (uint8_t *)p->context[1];

	if (!write_gdt(p->uc, gdt, sizeof(gdt)) || !to_ring3(p->uc))
		return false;
	uc_context_save(p->uc, p->context[0]);
	if (!sim_ring_by_cr0(p->uc, KCS, KDS))
		return false;
	uc_context_save(p->uc, p->context[1]);
	if (!find_hidden(p) || !sim_ring_patch(in3 + p->eax, p->layout, 0, &cs, &ss) ||
	    memcmp(in3, in0, p->size) != 0)
		return false;
	uc_context_restore(p->uc, p->context[0]);
	if (!to_ring3(p->uc))
		return false;
	uc_context_save(p->uc, p->context[0]);
	return sim_ring_patch(in0 + p->eax, p->layout, 3, &user_cs, &user_ss) &&
	       memcmp(in3, in0, p->size) == 0;
}

/* ---- the engine's own state ---- */

size_t sim_read_safely(uint64_t from, void *to, size_t size)
{
	struct iovec local = { to, size };
	struct iovec remote = { (void *)(uintptr_t)from, size }; /* NOLINT */
	long got = syscall(SYS_process_vm_readv, getpid(), &local, 1UL, &remote, 1UL, 0UL);

	return got > 0 ? (size_t)got : 0;
}

/* Do both roads lead to one register, in both directions? */
static bool is_state(uc_engine *uc, uint8_t *state, const struct sim_layout *layout)
{
	for (unsigned k = 0; k < 8; k++) {
		uint32_t value = mark(48 + k, 0), other = ~value, seen = 0;
		uint8_t *at = state + layout->reg[SIM_EAX + k];

		if (uc_reg_write(uc, gpr_id[k], &value) != UC_ERR_OK ||
		    sim_read_safely((uintptr_t)at, &seen, 4) != 4 || seen != value)
			return false;
		memcpy(at, &other, 4);
		if (uc_reg_read(uc, gpr_id[k], &seen) != UC_ERR_OK || seen != other)
			return false;
	}
	return true;
}

static bool write_marks(uc_engine *uc)
{
	for (unsigned k = 0; k < 8; k++) {
		uint32_t value = mark(56 + k, 0);

		if (uc_reg_write(uc, gpr_id[k], &value) != UC_ERR_OK)
			return false;
	}
	return true;
}

static bool may_point(uint64_t value)
{
	return value % 8 == 0 && value >= 4096 && value >> 47 == 0;
}

uint8_t *sim_engine_state(struct uc_struct *uc, const struct sim_layout *layout)
{
	uint64_t cpu, state;

	if (sim_read_safely((uintptr_t)uc + layout->to_cpu, &cpu, 8) != 8 ||
	    sim_read_safely(cpu + layout->to_state, &state, 8) != 8 || !may_point(state) ||
	    !is_state(uc, (uint8_t *)(uintptr_t)state, layout)) /* NOLINT */
		return NULL;
	return (uint8_t *)(uintptr_t)state; /* NOLINT */
}

/* A copy of the registers has the marks, too, but does not change with them. */
static bool leads_to_state(struct place_probe *p, uint64_t to)
{
	uint8_t *state = (uint8_t *)(uintptr_t)to; /* NOLINT */
	const int *reg = p->layout->reg;
	unsigned k = 0;

	for (uint32_t seen; k < 8 && sim_read_safely(to + (uint64_t)reg[k], &seen, 4) == 4; k++) {
		if (seen != mark(56 + k, 0))
			return false;
	}
	return k == 8 && (is_state(p->uc, state, p->layout) || !write_marks(p->uc));
}

/* The engine's handle points to its processor, and this to its state; in another engine, too: what lies behind
 * an object may happen to point there. */
static bool find_in(struct place_probe *p, struct uc_struct *other)
{
	uint64_t handle[HANDLE / 8], cpu[CPU_HEAD / 8];
	size_t n = sim_read_safely((uintptr_t)p->uc, handle, sizeof(handle)) / 8;

	for (size_t i = 0; i < n; i++) {
		size_t got =
			may_point(handle[i]) ? sim_read_safely(handle[i], cpu, sizeof(cpu)) : 0;

		for (size_t k = 0; k < got / 8; k++) {
			if (!may_point(cpu[k]) || !leads_to_state(p, cpu[k]))
				continue;
			p->layout->to_cpu = 8 * i;
			p->layout->to_state = 8 * k;
			if (sim_engine_state(p->uc, p->layout) &&
			    sim_engine_state(other, p->layout))
				return true;
			write_marks(p->uc);
		}
	}
	return false;
}

static bool find_state(struct place_probe *p)
{
	struct uc_struct *other;
	bool found;

	if (!write_marks(p->uc) || uc_open(UC_ARCH_X86, UC_MODE_32, &other) != UC_ERR_OK)
		return false;
	found = write_marks(other) && find_in(p, other); /* the first write makes the processor */
	uc_close(other);
	return found;
}

/* ---- the end of a block ----
 *
 * Behind a hook of an instruction the engine looks at one word, which a stop sets, and leaves the
 * block when it is set. Set alone, with EIP in place, the run goes on there. By name a write of EIP
 * costs as much as the start of a run. */

enum { BEFORE = 64 }; /* bytes before eax that are searched */

struct leave_probe {
	uint8_t *state;
	struct sim_layout *layout;
	bool found, tried;
};

static void on_find_leave(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
	struct leave_probe *p = user;
	uint8_t old[BEFORE], new[BEFORE];
	unsigned found = 0;

	(void)address;
	(void)size;
	if (sim_read_safely((uintptr_t)p->state - BEFORE, old, BEFORE) != BEFORE)
		return;
	uc_emu_stop(uc);
	sim_read_safely((uintptr_t)p->state - BEFORE, new, BEFORE);
	for (int at = 0; at < BEFORE; at += 2) {
		if (memcmp(old + at, new + at, 2) == 0)
			continue;
		found += memcmp(old + at, "\0\0", 2) == 0 && memcmp(new + at, "\xff\xff", 2) == 0;
		p->layout->leave = at - BEFORE;
	}
	p->found = found == 1;
}

/* Once: 2.1.4 leaves, but comes back to the instruction. */
static void on_try_leave(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
	struct leave_probe *p = user;

	(void)uc;
	(void)size;
	if (p->tried)
		return;
	p->tried = true;
	sim_leave_at(p->state, p->layout, (uint32_t)address + 8);
}

static bool run_hooked(uc_engine *uc, void *fn, struct leave_probe *p)
{
	/* The hook is at inc. Flags, ecx and where it ends tell that it did not run, and that all
	 * was one run. */
	static const uint8_t code[] = {
		0xb8, 0xff, 0xff, 0xff, 0x7f, /* mov $0x7fffffff, %eax */
		0x83, 0xc0, 0x01,             /* add $1, %eax */
		0x41, 0xf4, 0xf4, 0xf4,       /* inc %ecx; hlt */
		0xf4, 0xf4, 0xf4, 0xf4,       /* hlt */
		0x0f, 0x90, 0xc2, 0xf4,       /* seto %dl; hlt */
	};
	const uint64_t at = BASE + 0x100, hooked = at + 8;
	uint32_t ecx = 0, edx = 0;
	uc_hook hook;
	bool ok = uc_mem_write(uc, at, code, sizeof(code)) == UC_ERR_OK &&
		  uc_reg_write(uc, UC_X86_REG_ECX, &ecx) == UC_ERR_OK &&
		  uc_reg_write(uc, UC_X86_REG_EDX, &edx) == UC_ERR_OK &&
		  uc_hook_add(uc, &hook, UC_HOOK_CODE, fn, p, hooked, hooked) == UC_ERR_OK;

	if (!ok)
		return false;
	ok = uc_emu_start(uc, at, 0, 0, 0) == UC_ERR_OK;
	uc_hook_del(uc, hook);
	uc_ctl_remove_cache(uc, at, at + sizeof(code));
	return ok;
}

static bool ends_behind(uc_engine *uc)
{
	uint32_t eip = 0, ecx = 0, edx = 0;

	return uc_reg_read(uc, UC_X86_REG_EIP, &eip) == UC_ERR_OK &&
	       uc_reg_read(uc, UC_X86_REG_ECX, &ecx) == UC_ERR_OK &&
	       uc_reg_read(uc, UC_X86_REG_EDX, &edx) == UC_ERR_OK && eip == BASE + 0x114 &&
	       ecx == 0 && edx == 1;
}

/* Not found, EIP is written by name there. */
static void find_leave(struct place_probe *p)
{
	struct leave_probe leave = { sim_engine_state(p->uc, p->layout), p->layout, false, false };

	if (!leave.state || !sim_ring_by_cr0(p->uc, KCS, KDS) ||
	    !run_hooked(p->uc, (void *)on_find_leave, &leave) || !leave.found ||
	    !run_hooked(p->uc, (void *)on_try_leave, &leave) || !ends_behind(p->uc))
		p->layout->leave = SIM_NO_PLACE;
}

/* ---- all of it ---- */

static const char *find_all(struct place_probe *p)
{
	if (!find_fields(p))
		return "where the registers are kept";
	if (!find_ring(p))
		return "a change of ring without CR0";
	if (!find_state(p))
		return "the processor in the engine's own memory";
	find_leave(p);
	return NULL;
}

const char *sim_probe_places(struct sim_layout *layout)
{
	struct place_probe p = { .layout = layout };
	const char *failed = "memory, registers and contexts";

	if (uc_open(UC_ARCH_X86, UC_MODE_32, &p.uc) != UC_ERR_OK)
		return failed;
	if (uc_mem_map(p.uc, BASE, 0x10000, UC_PROT_ALL) == UC_ERR_OK &&
	    uc_context_alloc(p.uc, &p.context[0]) == UC_ERR_OK &&
	    uc_context_alloc(p.uc, &p.context[1]) == UC_ERR_OK) {
		p.size = uc_context_size(p.uc);
		/* Their heads have fields that 2.1 never writes, their ends may be padding: alike,
		 * they tell nothing apart. */
		memcpy(p.context[1], p.context[0], p.size);
		failed = find_all(&p);
	}
	layout->in_place = !failed;
	for (unsigned i = 0; i < 2; i++) {
		if (p.context[i]) /* 2.1 follows NULL */
			uc_context_free(p.context[i]);
	}
	uc_close(p.uc);
	return failed;
}
