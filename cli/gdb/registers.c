/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * registers.c: registers and memory as gdb's i386 has them. Those of the FPU are not to be had; orig_eax is.
 * A thread that does not run has its program's registers, as its tracer would see them.
 */
#include <string.h>

#include "cli/gdb/server.h"

#define CORE     16u /* eax to gs; behind them 8 of 80 bits and 8 of 32, and orig_eax */
#define FLOATS   8u
#define CONTROLS 8u
#define ORIG_EAX (CORE + FLOATS + CONTROLS)

static const char xml[] =
	"<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\"><target>"
	"<architecture>i386</architecture><osabi>GNU/Linux</osabi>"
	"<feature name=\"org.gnu.gdb.i386.core\">"
	"<flags id=\"i386_eflags\" size=\"4\">"
	"<field name=\"CF\" start=\"0\" end=\"0\"/><field name=\"PF\" start=\"2\" end=\"2\"/>"
	"<field name=\"AF\" start=\"4\" end=\"4\"/><field name=\"ZF\" start=\"6\" end=\"6\"/>"
	"<field name=\"SF\" start=\"7\" end=\"7\"/><field name=\"TF\" start=\"8\" end=\"8\"/>"
	"<field name=\"IF\" start=\"9\" end=\"9\"/><field name=\"DF\" start=\"10\" end=\"10\"/>"
	"<field name=\"OF\" start=\"11\" end=\"11\"/><field name=\"NT\" start=\"14\" end=\"14\"/>"
	"<field name=\"RF\" start=\"16\" end=\"16\"/><field name=\"VM\" start=\"17\" end=\"17\"/>"
	"<field name=\"AC\" start=\"18\" end=\"18\"/><field name=\"ID\" start=\"21\" end=\"21\"/>"
	"</flags>"
#define R(name, type) "<reg name=\"" name "\" bitsize=\"32\" type=\"" type "\"/>"
#define F(name)       "<reg name=\"" name "\" bitsize=\"80\" type=\"i387_ext\"/>"
#define C(name)       "<reg name=\"" name "\" bitsize=\"32\" type=\"int\" group=\"float\"/>"
	R("eax", "int32") R("ecx", "int32") R("edx", "int32") R("ebx", "int32") R(
		"esp", "data_ptr") R("ebp", "data_ptr") R("esi", "int32") R("edi", "int32")
		R("eip", "code_ptr") R("eflags", "i386_eflags") R("cs", "int32") R("ss", "int32") R(
			"ds", "int32") R("es", "int32") R("fs", "int32") R("gs", "int32") F("st0")
			F("st1") F("st2") F("st3") F("st4") F("st5") F("st6") F("st7") C("fctrl") C(
				"fstat") C("ftag") C("fiseg") C("fioff") C("foseg") C("fooff")
				C("fop") "</feature><feature name=\"org.gnu.gdb.i386.linux\">" R(
					"orig_eax", "int") "</feature></target>";
#undef R
#undef F
#undef C

const char *target_xml(void)
{
	return xml;
}

/* Of gdb's register `n` the word in sysemu_regs. */
static unsigned word_of(unsigned n)
{
	static const uint8_t words[CORE] = {
		SYSEMU_REG_EAX, SYSEMU_REG_ECX,    SYSEMU_REG_EDX, SYSEMU_REG_EBX,
		SYSEMU_REG_ESP, SYSEMU_REG_EBP,    SYSEMU_REG_ESI, SYSEMU_REG_EDI,
		SYSEMU_REG_EIP, SYSEMU_REG_EFLAGS, SYSEMU_REG_CS,  SYSEMU_REG_SS,
		SYSEMU_REG_DS,  SYSEMU_REG_ES,     SYSEMU_REG_FS,  SYSEMU_REG_GS,
	};

	return n < CORE ? words[n] : SYSEMU_REG_ORIG_EAX;
}

/* The thread that is meant runs. */
static bool is_running(const struct gdb_server *s)
{
	return !s->general || s->general == gdb_pid(s->world);
}

static bool get(struct gdb_server *s, sysemu_regs *regs)
{
	sysemu_machine *m = s->world->m;

	if (is_running(s))
		return sysemu_get_cpu(m, regs) == SYSEMU_OK;
	return s->general != WORLD_TRACER && sysemu_get_task_regs(m, s->general, regs) == SYSEMU_OK;
}

static uint32_t value_of(const sysemu_regs *regs, unsigned n)
{
	uint32_t value;

	memcpy(&value, (const char *)regs + 4 * word_of(n), 4);
	return value;
}

static void put_register(struct packet *p, const sysemu_regs *regs, unsigned n)
{
	if (n < CORE || n == ORIG_EAX)
		packet_word(p, value_of(regs, n));
	else
		packet_put(p, "%.*s", n < CORE + FLOATS ? 20 : 8, "xxxxxxxxxxxxxxxxxxxx");
}

bool registers_get(struct gdb_server *s)
{
	sysemu_regs regs;

	if (!get(s, &regs))
		return false;
	for (unsigned n = 0; n <= ORIG_EAX; n++)
		put_register(&s->out, &regs, n);
	return true;
}

bool register_get(struct gdb_server *s, const char *at)
{
	sysemu_regs regs;
	uint32_t n;

	if (!packet_take_u32(&at, &n) || n > ORIG_EAX || !get(s, &regs))
		return false;
	put_register(&s->out, &regs, n);
	return true;
}

/* The machine goes another way from here than it went before. In the tracer's call it may not. */
static bool edit(struct gdb_server *s)
{
	return s->world->now.phase != WORLD_CALLS && history_edit(s->world);
}

static bool set(struct gdb_server *s, const sysemu_regs *regs)
{
	if (!is_running(s) || s->world->now.phase == WORLD_CALLS ||
	    sysemu_set_cpu(s->world->m, regs) != SYSEMU_OK || !edit(s))
		return false;
	packet_put(&s->out, "OK");
	return true;
}

bool register_set(struct gdb_server *s, const char *at)
{
	sysemu_regs regs;
	uint32_t n;
	uint8_t bytes[4];

	if (!packet_take_u32(&at, &n) || !packet_take_char(&at, '=') || n >= CORE ||
	    !packet_take_bytes(&at, bytes, 4) || !get(s, &regs))
		return false;
	memcpy((char *)&regs + 4 * word_of(n), bytes, 4);
	return set(s, &regs);
}

bool registers_set(struct gdb_server *s, const char *at)
{
	sysemu_regs regs;
	uint8_t bytes[4];

	if (!get(s, &regs))
		return false;
	for (unsigned n = 0; n < CORE; n++) {
		if (!packet_take_bytes(&at, bytes, 4))
			return false;
		memcpy((char *)&regs + 4 * word_of(n), bytes, 4);
	}
	return set(s, &regs);
}

/* ---- memory ---- */

#define CHUNK 2048u

static bool read_memory(struct gdb_server *s, uint32_t addr, void *buf, size_t n)
{
	sysemu_machine *m = s->world->m;

	if (is_running(s) || s->general == WORLD_TRACER)
		return sysemu_read(m, addr, buf, n) == SYSEMU_OK;
	return sysemu_read_task(m, s->general, addr, buf, n) == SYSEMU_OK;
}

/* As much of it as there is, up to the end of a page. */
bool memory_get(struct gdb_server *s, const char *at)
{
	uint8_t chunk[CHUNK];
	uint32_t addr, size, done = 0;

	if (!packet_take_u32(&at, &addr) || !packet_take_char(&at, ',') ||
	    !packet_take_u32(&at, &size))
		return false;
	if (size > PACKET_MAX / 2)
		size = PACKET_MAX / 2;
	while (done < size) {
		uint32_t from = addr + done, n = CHUNK - from % CHUNK;

		if (n > size - done)
			n = size - done;
		if (!read_memory(s, from, chunk, n))
			break;
		packet_hex(&s->out, chunk, n);
		done += n;
	}
	return done || !size;
}

bool memory_set(struct gdb_server *s, const char *at, bool binary)
{
	uint8_t bytes[PACKET_MAX / 2];
	uint32_t addr, size;

	if (!packet_take_u32(&at, &addr) || !packet_take_char(&at, ',') ||
	    !packet_take_u32(&at, &size) || !packet_take_char(&at, ':') || size > sizeof(bytes) ||
	    s->world->now.phase == WORLD_CALLS)
		return false;
	if (size == 0) { /* gdb asks whether X is known */
		packet_put(&s->out, "OK");
		return true;
	}
	if (!is_running(s) && s->world->config.machine.processes)
		return false;
	if (binary && (size_t)(s->in.data + s->in.n - at) < size)
		return false;
	if (binary)
		memcpy(bytes, at, size);
	else if (!packet_take_bytes(&at, bytes, size))
		return false;
	if (sysemu_write(s->world->m, addr, bytes, size) != SYSEMU_OK || !edit(s))
		return false;
	packet_put(&s->out, "OK");
	return true;
}
