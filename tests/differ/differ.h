/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * differ.h: one random program under one random tracer, on a kernel of ours and on the host's own: what both
 * players are told, and what they have seen. Words of 32 bits alone: worker.c is a 32-bit program.
 */
#ifndef TESTS_DIFFER_H
#define TESTS_DIFFER_H

#include <stdint.h>

/* Four pages, wherever they lie: code, handlers behind 0x800; data, the stack below DIFFER_STACK. */
#define DIFFER_AREA     0x4000u
#define DIFFER_HANDLER  0x800u
#define DIFFER_RESTORER 0x810u
#define DIFFER_ACTION   0x1000u /* a struct sigaction each 32 bytes */
#define DIFFER_STACK    0x3e00u
#define DIFFER_SLOT     0x3ff8u /* the address of __kernel_vsyscall */
#define DIFFER_OWN_PID  0x3ff4u /* the program's pid */

enum { DIFFER_RELOCS = 24, DIFFER_STOPS = 14 };

/* What the tracer does at a stop, in this order; the last is what resumes. */
struct differ_stop {
	uint32_t set; /* bits of enum differ_set */
	uint32_t eax, orig_eax, signal, request, data;
};
enum differ_set { SET_EAX = 1, SET_ORIG_EAX = 2, SET_TF = 4, CLEAR_TF = 8, SET_BACK = 16 };

struct differ_case {
	uint32_t size; /* of the code */
	uint32_t sysgood, n_relocs, n_stops;
	uint32_t relocs[DIFFER_RELOCS]; /* words to which the area's address is added */
	struct differ_stop stops[DIFFER_STOPS];
	uint8_t area[DIFFER_AREA];
};

struct differ_event {
	uint32_t status; /* of wait4; ~0: none came */
	/* At a stop. eip: from the area's begin on, or as DIFFER_VSYSCALL says. */
	uint32_t eip, eax, orig_eax, ebx, ecx, edx, esi, edi, ebp, eflags;
	uint32_t si_signo, si_code; /* 0, 0: there is no siginfo */
	uint32_t result;            /* of the resume */
};
/* From there on: distance behind SYSENTER's return; before it, from __kernel_vsyscall on. */
#define DIFFER_BEHIND_SYSENTER 0xf0000000u
#define DIFFER_VSYSCALL        0xf1000000u

struct differ_seen {
	uint32_t n;
	struct differ_event events[DIFFER_STOPS + 1];
};

/* The program's pid and its tracer's, whatever they are. */
#define DIFFER_PID    101u
#define DIFFER_TRACER 100u

#endif
