/* SPDX-License-Identifier: GPL-2.0-only */
/* own_registers.c: see own_registers.h. */
#include "tests/helpers/own_registers.h"

void emit_own_registers(struct emit *p)
{
	emit_mov(p, EMIT_EAX, ES);
	emit(p, "8ec0 31c0 8ed8 fd"); /* mov %eax, %es; ds = 0; std */
	emit_mov(p, EMIT_EAX, AX);
	emit_mov(p, EMIT_EBX, BX);
	emit_mov(p, EMIT_ECX, CX);
	emit_mov(p, EMIT_EDX, DX);
	emit_mov(p, EMIT_ESI, SI);
	emit_mov(p, EMIT_EDI, DI);
	emit_mov(p, EMIT_EBP, BP);
}

sysemu_regs frame_at(sysemu_machine *m, uint32_t addr)
{
	uint32_t w[15];

	OK(m, sysemu_read(m, addr, w, sizeof(w)));
	return (sysemu_regs){ .ebx = w[0],
			      .ecx = w[1],
			      .edx = w[2],
			      .esi = w[3],
			      .edi = w[4],
			      .ebp = w[5],
			      .eax = w[6],
			      .ds = w[7] & 0xffff,
			      .es = w[8] & 0xffff,
			      .orig_eax = (int32_t)w[9],
			      .eip = w[10],
			      .cs = w[11] & 0xffff,
			      .eflags = w[12],
			      .esp = w[13],
			      .ss = w[14] & 0xffff };
}

void expect_own_registers(const sysemu_regs *r, uint32_t eax)
{
	assert_int_equal(r->eax, eax);
	assert_int_equal(r->ebx, BX);
	assert_int_equal(r->ecx, CX);
	assert_int_equal(r->edx, DX);
	assert_int_equal(r->esi, SI);
	assert_int_equal(r->edi, DI);
	assert_int_equal(r->ebp, BP);
	assert_int_equal(r->ds, DS);
	assert_int_equal(r->es, ES);
	assert_int_equal(r->cs, USER_CS);
	assert_int_equal(r->ss, USER_DS);
	assert_int_equal(r->eflags & (DF | IF | TF), DF | IF);
}

void expect_own_cpu(sysemu_machine *m, uint32_t eax, bool by_sysexit)
{
	const struct sim_regs r = kernel_regs(m);
	sysemu_regs own = { .eax = r.eax,
			    .ebx = r.ebx,
			    .ecx = r.ecx,
			    .edx = r.edx,
			    .esi = r.esi,
			    .edi = r.edi,
			    .ebp = r.ebp,
			    .ds = r.ds,
			    .es = r.es,
			    .cs = r.cs,
			    .ss = r.ss,
			    .eflags = r.eflags };

	if (by_sysexit) {
		assert_int_equal(own.ds, USER_DS);
		assert_int_equal(own.es, USER_DS);
		assert_int_equal(own.eflags & DF, 0);
		own.ds = DS;
		own.es = ES;
		own.eflags |= DF;
	}
	expect_own_registers(&own, eax);
}

void expect_kernels_segments(const struct sim_regs *r)
{
	assert_int_equal(r->ds, USER_DS);
	assert_int_equal(r->es, USER_DS);
	assert_int_equal(r->cs, KERNEL_CS);
	assert_int_equal(r->eflags & DF, 0);
}

struct call open_own_call(const char *kernel, sysemu_entry entry, uint32_t nr)
{
	struct emit p = { 0 };
	struct call c;

	emit_own_registers(&p);
	c.at = emit_here(&p);
	c.behind = emit_call(&p, entry, nr);
	emit_spin(&p);
	c.m = emit_open(&p, kernel, entry, SYSEMU_START_UNTRACED);
	assert_int_equal(run_to(c.m, c.at).eip, c.at);
	c.esp = kernel_regs(c.m).esp;
	return c;
}
