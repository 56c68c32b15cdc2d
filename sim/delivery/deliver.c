/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * deliver.c: from an event to the first instruction of its handler, through IDT, GDT
 * and TSS, as the processor does it. It knows nothing of the engine: registers come
 * from sim/cpu/regs.c, and who calls is sim/run/hooks.c. Read next: asm/entry/entry.S, where it arrives.
 *
 * Not simulated, and a shutdown that says so: task gates, 16-bit gates and TSSs, rings
 * 1 and 2, virtual-8086 mode. Segment limits are not checked; stacks are 32 bits wide.
 */
#include "sim/delivery/delivery.h"

#include <string.h>

/* A fault of its own on the way: what the processor raises instead. */
struct refusal {
	unsigned vector;
	uint32_t error;
};

enum { REFUSED_NOT = 256 }; /* delivered */

static const struct refusal delivered = { REFUSED_NOT, 0 };

static struct refusal refuse(unsigned vector, uint32_t error)
{
	return (struct refusal){ vector, error };
}

static struct refusal page_fault(struct sim *s, uint32_t addr, bool write)
{
	bool present = s->space.pte[addr / SIM_PAGE] & PTE_PRESENT;

	sim_reg_set(s, SIM_CR2, addr);
	return refuse(VEC_PF, (present ? 1u : 0u) | (write ? 2u : 0u));
}

/* ---- one delivery ---- */

struct delivery {
	unsigned vector;
	bool software; /* int n, int3, into */
	bool has_error;
	uint32_t error;
	uint32_t return_eip;
	uint32_t ext; /* bit 0 of the error codes of faults on the way */
	/* found out on the way */
	unsigned cpl;
	uint16_t cs;
	uint32_t handler;
	bool interrupt_gate, to_ring0;
	struct sim_flat code, stack;
	uint16_t ss0;
	uint32_t esp, stack_base;
};

static struct refusal read_gate(struct sim *s, struct delivery *d)
{
	uint32_t error = d->vector * 8 + 2, addr, bad, low, high, type;
	struct sim_table_reg idt;

	sim_table_get(s, SIM_IDTR, &idt);
	if (d->vector * 8 + 7 > idt.limit)
		return refuse(VEC_GP, error | d->ext);
	addr = idt.base + d->vector * 8;
	if (!sim_reachable(s, addr, 8, false, &bad))
		return page_fault(s, bad, false);
	low = sim_run_ram32(s, addr);
	high = sim_run_ram32(s, addr + 4);
	type = high >> 8 & 0x1f;
	if (type != 5 && type != 6 && type != 7 && type != 14 && type != 15)
		return refuse(VEC_GP, error | d->ext);
	if (d->software && (high >> 13 & 3) < d->cpl)
		return refuse(VEC_GP, error);
	if (!(high & DESC_PRESENT))
		return refuse(VEC_NP, error | d->ext);
	if (type < 14) {
		sim_stop_now(s, SIM_SHUTDOWN, "vector %u has a %s gate, which is not simulated",
			     d->vector, type == 5 ? "task" : "16-bit");
		return delivered;
	}
	d->interrupt_gate = type == 14;
	d->cs = low >> 16 & 0xffff;
	d->handler = (high & 0xffff0000) | (low & 0xffff);
	return delivered;
}

static struct refusal read_code_segment(struct sim *s, struct delivery *d)
{
	uint32_t error = (d->cs & 0xfffcu) | d->ext, addr, bad;
	struct sim_table_reg table;
	struct sim_descriptor code;

	if (!sim_descriptor_find(s, d->cs, &table, &addr))
		return refuse(VEC_GP, error);
	if (!sim_reachable(s, addr, 8, false, &bad))
		return page_fault(s, bad, false);
	sim_descriptor_read(s, addr, &code);
	if (!(code.high & DESC_NONSYSTEM) || !(code.high & DESC_CODE) || DESC_DPL(code) > d->cpl)
		return refuse(VEC_GP, error);
	if (!(code.high & DESC_PRESENT))
		return refuse(VEC_NP, error);
	if (!sim_descriptor_loads(s, addr, &code) || !(code.high & DESC_WRITE)) {
		sim_stop_now(s, SIM_SHUTDOWN, "the code segment %04x of vector %u cannot be loaded",
			     d->cs, d->vector);
		return delivered;
	}
	d->to_ring0 = !(code.high & DESC_CONFORMING) && DESC_DPL(code) < d->cpl;
	if (d->to_ring0 && DESC_DPL(code) != 0)
		sim_stop_now(s, SIM_SHUTDOWN, "vector %u leads to ring %u, which is not simulated",
			     d->vector, DESC_DPL(code));
	d->cs = (uint16_t)((d->cs & ~3u) | (d->to_ring0 ? 0 : d->cpl));
	d->code = sim_descriptor_flat(&code, d->cs);
	return delivered;
}

static struct refusal read_inner_stack(struct sim *s, struct delivery *d)
{
	struct sim_table_reg tr, table;
	struct sim_descriptor stack;
	uint32_t addr, bad, error;

	sim_table_get(s, SIM_TR, &tr);
	if ((tr.flags >> 8 & 0xd) != 9) {
		sim_stop_now(s, SIM_SHUTDOWN,
			     "vector %u needs a stack, and no 32-bit TSS is loaded", d->vector);
		return delivered;
	}
	if (tr.limit < 11)
		return refuse(VEC_TS, (tr.selector & 0xfffcu) | d->ext);
	if (!sim_reachable(s, tr.base + 4, 8, false, &bad))
		return page_fault(s, bad, false);
	d->esp = sim_run_ram32(s, tr.base + 4);
	d->ss0 = (uint16_t)sim_run_ram32(s, tr.base + 8);
	error = (d->ss0 & 0xfffcu) | d->ext;
	if ((d->ss0 & 3) != 0 || !sim_descriptor_find(s, d->ss0, &table, &addr))
		return refuse(VEC_TS, error);
	if (!sim_reachable(s, addr, 8, false, &bad))
		return page_fault(s, bad, false);
	sim_descriptor_read(s, addr, &stack);
	if (DESC_DPL(stack) != 0 || !(stack.high & DESC_NONSYSTEM) || (stack.high & DESC_CODE) ||
	    !(stack.high & DESC_WRITE))
		return refuse(VEC_TS, error);
	if (!(stack.high & DESC_PRESENT))
		return refuse(VEC_SS, error);
	if (!sim_descriptor_loads(s, addr, &stack))
		sim_stop_now(s, SIM_SHUTDOWN,
			     "the descriptor of the stack segment %04x is not writable", d->ss0);
	d->stack_base = stack.base;
	d->stack = sim_descriptor_flat(&stack, d->ss0);
	return delivered;
}

static struct refusal push_frame(struct sim *s, struct delivery *d, uint32_t eflags)
{
	uint32_t frame[6], *top = frame, size, linear, bad;

	if (d->has_error)
		*top++ = d->error;
	*top++ = d->return_eip;
	*top++ = sim_reg_get(s, SIM_CS);
	*top++ = eflags;
	if (d->to_ring0) {
		*top++ = sim_reg_get(s, SIM_ESP);
		*top++ = sim_reg_get(s, SIM_SS);
	}
	size = (uint32_t)((uint8_t *)top - (uint8_t *)frame);
	d->esp -= size;
	linear = d->stack_base + d->esp;
	if (linear > UINT32_MAX - size || !sim_reachable(s, linear, size, true, &bad))
		return page_fault(s, linear > UINT32_MAX - size ? linear : bad, true);
	for (uint32_t at = linear; at != linear + size; at += 4)
		sim_note(s, at);
	memcpy(s->space.ram + linear, frame, size);
	sim_noted(s, linear / SIM_PAGE);
	sim_noted(s, (linear + size - 1) / SIM_PAGE);
	return delivered;
}

/* Faults push RF = 1, so that a breakpoint on the instruction does not hit again; traps,
 * aborts and interrupts do not. */
static bool pushes_rf(const struct delivery *d)
{
	return !d->software && d->vector < 32 && d->vector != VEC_DB && d->vector != VEC_BP &&
	       d->vector != VEC_OF && d->vector != VEC_DF;
}

static void enter(struct sim *s, const struct delivery *d)
{
	bool ok = true;

	if (d->to_ring0)
		ok = sim_cpu_to_ring0(s, &d->code, &d->stack);
	else if (d->cs != sim_reg_get(s, SIM_CS))
		ok = sim_cpu_load(s, SIM_CS, d->cs);
	if (!ok) {
		sim_stop_now(s, SIM_BROKEN, "the engine refuses the segments %04x and %04x", d->cs,
			     d->ss0);
		return;
	}
	sim_system_flags_clear(s, EFLAGS_TF | EFLAGS_NT | EFLAGS_RF | EFLAGS_VM |
					  (d->interrupt_gate ? EFLAGS_IF : 0));
	sim_reg_set(s, SIM_ESP, d->esp);
	sim_reg_set(s, SIM_EIP, d->handler);
	if (s->entry_fn && d->software && d->cpl == 3)
		s->entry_fn(s->entry_user, d->vector);
}

/* Before the registers change. */
static void tell_clock(struct sim *s, const struct delivery *d)
{
	uint8_t ring = (uint8_t)d->cpl, next_ring = d->to_ring0 ? 0 : ring;

	if (d->software)
		sim_clock_gate(s, d->return_eip, next_ring);
	else
		sim_clock_deliver(s, &(struct sim_delivered){ ring, next_ring, false },
				  d->return_eip);
}

static struct refusal try(struct sim *s, struct delivery *d)
{
	uint32_t eflags = sim_reg_get(s, SIM_EFLAGS);
	struct refusal r;

	d->cpl = sim_cpl(s);
	if (eflags & EFLAGS_VM) {
		sim_stop_now(s, SIM_SHUTDOWN,
			     "vector %u in virtual-8086 mode, which is not simulated", d->vector);
		return delivered;
	}
	r = read_gate(s, d);
	if (r.vector == REFUSED_NOT && s->run.stop < 0)
		r = read_code_segment(s, d);
	if (r.vector == REFUSED_NOT && s->run.stop < 0 && d->to_ring0)
		r = read_inner_stack(s, d);
	if (r.vector != REFUSED_NOT || s->run.stop >= 0)
		return r;
	if (!d->to_ring0)
		d->esp = sim_reg_get(s, SIM_ESP);
	r = push_frame(s, d, eflags | (pushes_rf(d) ? EFLAGS_RF : 0));
	if (r.vector != REFUSED_NOT)
		return r;
	s->counts->vector[d->vector]++;
	s->counts->delivered++;
	s->run.delivered++;
	if (d->software && d->cpl == 3)
		s->counts->int_user[d->vector]++;
	tell_clock(s, d);
	enter(s, d);
	return delivered;
}

/* ---- faults on the way ---- */

static bool has_error_code(unsigned vector)
{
	return vector == VEC_DF || (vector >= VEC_TS && vector <= VEC_PF) || vector == VEC_AC;
}

static bool contributory(unsigned vector)
{
	return vector == VEC_DE || (vector >= VEC_TS && vector <= VEC_GP);
}

/* What a fault `next` while delivering `first` becomes. */
static unsigned combine(unsigned first, bool software, unsigned next)
{
	if (!software && contributory(first) && contributory(next))
		return VEC_DF;
	if (!software && first == VEC_PF && (contributory(next) || next == VEC_PF))
		return VEC_DF;
	return next;
}

/* The address of the int instruction that ended at `end`. */
static uint32_t insn_before(const struct sim *s, unsigned vector, uint32_t end)
{
	uint8_t last = s->space.ram[(uint32_t)(end - 1)];
	bool alone = (vector == VEC_BP && last == 0xcc) || (vector == VEC_OF && last == 0xce);

	return s->run.int_end == end ? s->run.int_at : end - (alone ? 1 : 2);
}

static void deliver(struct sim *s, struct delivery d)
{
	uint32_t fault_eip = d.return_eip;
	unsigned first = d.vector;
	struct refusal r = try(s, &d);

	if (d.software && r.vector != REFUSED_NOT) {
		/* The int instruction itself faults: it has not run. */
		fault_eip = insn_before(s, d.vector, d.return_eip);
		sim_count_settle(s, fault_eip);
	}
	while (r.vector != REFUSED_NOT && s->run.stop < 0) {
		unsigned vector = combine(d.vector, d.software, r.vector);

		if (d.vector == VEC_DF && !d.software) {
			sim_stop_now(s, SIM_SHUTDOWN,
				     "triple fault: vector %u at %08x, then #DF, then vector %u",
				     first, fault_eip, r.vector);
			return;
		}
		d = (struct delivery){
			.vector = vector,
			.has_error = has_error_code(vector),
			.ext = 1,
			.error = vector == VEC_DF ? 0 : r.error,
			.return_eip = fault_eip,
		};
		r = try(s, &d);
	}
}

void sim_deliver_fault(struct sim *s, unsigned vector, uint32_t error, uint32_t eip)
{
	if (s->cpu.debug.hits)
		sim_debug_faulted(s, eip);
	deliver(s, (struct delivery){ .vector = vector,
				      .has_error = has_error_code(vector),
				      .error = error,
				      .return_eip = eip,
				      .ext = 1 });
}

void sim_deliver_software(struct sim *s, unsigned vector, uint32_t next)
{
	sim_stores_tick(s);
	deliver(s, (struct delivery){ .vector = vector, .software = true, .return_eip = next });
}

/* ---- sysenter ---- */

/* TF stays, so a single step's #DB comes before the handler's first instruction. */
void sim_deliver_sysenter(struct sim *s, uint32_t eip)
{
	uint16_t cs = (uint16_t)(sim_msr_get(s, SIM_MSR_CS) & 0xfffc);
	uint32_t eflags = sim_system_flags(s);
	bool user = sim_cpl(s) == 3;
	struct sim_flat code, stack;

	if (s->config.no_sysenter || cs == 0) {
		sim_count_settle(s, eip);
		sim_deliver_fault(s, s->config.no_sysenter ? VEC_UD : VEC_GP, 0, eip);
		return;
	}
	if (!sim_segment_loadable(s, cs, 0, true, &code) ||
	    !sim_segment_loadable(s, (uint16_t)(cs + 8), 0, false, &stack) ||
	    !sim_cpu_to_ring0(s, &code, &stack)) {
		sim_stop_now(s, SIM_SHUTDOWN,
			     "sysenter: %04x and the next are no flat ring 0 segments", cs);
		return;
	}
	s->counts->sysenter_user += user;
	if (s->clock.timing.model)
		sim_clock_gate(s, eip + sim_insn_length(s->space.ram + eip, SIM_INSN_ROOM), 0);
	sim_system_flags_clear(s, EFLAGS_IF | EFLAGS_VM | EFLAGS_RF);
	sim_reg_set(s, SIM_ESP, sim_msr_get(s, SIM_MSR_ESP));
	if (s->entry_fn && user)
		s->entry_fn(s->entry_user, SIM_BY_SYSENTER);
	sim_stores_tick(s);
	sim_deliver_go_on(s, sim_msr_get(s, SIM_MSR_EIP), eflags);
}

/* ---- iret to a program ---- */

/* All that ring 0 may change but VM. */
#define RETURN_CHANGES (EFLAGS_IRET | EFLAGS_IF | 3u << 12)

/* Nothing is counted here: iret ends its block, which is known. */
bool sim_deliver_return(struct sim *s)
{
	uint32_t eflags = sim_system_flags(s), esp = sim_reg_get(s, SIM_ESP), bad;
	struct sim_flat code, stack;
	uint32_t frame[5]; /* eip cs eflags esp ss */

	if ((eflags & (EFLAGS_TF | EFLAGS_NT)) || esp > UINT32_MAX - sizeof(frame) ||
	    !sim_reachable(s, esp, sizeof(frame), false, &bad))
		return false;
	for (uint32_t i = 0; i < sizeof(frame) / 4; i++)
		frame[i] = sim_run_ram32(s, esp + 4 * i);
	if ((frame[2] & EFLAGS_VM) ||
	    !sim_segment_loadable(s, (uint16_t)frame[1], 3, true, &code) ||
	    !sim_segment_loadable(s, (uint16_t)frame[4], 3, false, &stack) ||
	    !sim_cpu_to_ring3(s, &code, &stack))
		return false;
	sim_reg_set(s, SIM_EFLAGS, (eflags & ~RETURN_CHANGES) | (frame[2] & RETURN_CHANGES));
	sim_reg_set(s, SIM_ESP, frame[3]);
	sim_go_on(s, frame[0]);
	return true;
}

/* Either EIP is written or a stop asked for: the engine does not obey both (hooks.c). */
void sim_deliver_go_on(struct sim *s, uint32_t eip, uint32_t eflags)
{
	if (!(eflags & EFLAGS_TF)) {
		sim_go_on(s, eip);
		return;
	}
	sim_debug_tell(s, DR6_BS);
	sim_deliver_fault(s, VEC_DB, 0, eip);
	if (s->run.stop >= 0)
		s->run.stop_eip = eip;
}
