/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * code.h: instructions as bytes: how long they are, what kind, what they are called (disasm.c, the
 * only file that knows Capstone). Knows no computer.
 */
#ifndef SIM_CODE_CODE_H
#define SIM_CODE_CODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In the order that instructions number them. */
struct sim_regs {
	uint32_t eax, ecx, edx, ebx, esp, ebp, esi, edi, eip, eflags;
	uint32_t cs, ss, ds, es, fs, gs;
};

/* ---- length.c ---- */

/* Of an instruction; all that is there if it goes on behind these bytes. */
uint32_t sim_insn_length(const uint8_t *code, uint32_t size);
/* The same, also in 16-bit code, and whether it has a ModRM byte. */
uint32_t sim_insn_measure(const uint8_t *code, uint32_t size, bool bits16, bool *modrm);

/* Prefix bytes at the start of an instruction. */
uint32_t sim_prefixes(const uint8_t *code, uint32_t size);
/* Instructions in these bytes; a part of one at the end is one. */
uint32_t sim_count_range(const uint8_t *code, uint32_t size);
/* How many of these bytes are whole instructions? Reads up to SIM_INSN_ROOM bytes more. */
enum { SIM_INSN_ROOM = 16 };
uint32_t sim_whole_insns(const uint8_t *code, uint32_t size);
/* May its successor be an instruction at its own address? Reads two bytes behind prefixes. */
bool sim_is_jump(const uint8_t *code);
bool sim_is_call(const uint8_t *code);
/* Is it a conditional jump (jcc, loop, jcxz)? Then *target is where it leads. */
bool sim_is_branch(const uint8_t *code, uint32_t size, uint32_t addr, uint32_t *target);

/* ---- disasm.c ---- */

/* AT&T text of one instruction; its length, 0 if undecodable. */
size_t sim_disasm(const uint8_t *code, size_t size, uint32_t addr, char *text, size_t text_size);
void sim_disasm_version(int *major, int *minor, int *patch); /* Capstone's */

#endif
