/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * aarch64-nothing-is-preset: by hand, since no scenario of i386 can say it
 *
 * about: result and first argument share x0, and nothing is put there before the stop
 * good: at the stop of an emulated call x0 is the argument, and so it is behind it if the tracer writes nothing
 * bad: -ENOSYS at the stop, as on x86; or garbage behind it
 * source: arm64's el0_svc: x0 is preset only for a number that is -1 when the call comes in
 */
#include "../../runtime/conformance.h"

#if defined(__aarch64__)
PROGRAM(
	AT(L_c) MOV(ebx, 4711) NUMBER(NR_getppid) AT(I_c) ENTER AT(A_c)
	AT(L_d) MOV(ebx, 17) NUMBER(NR_getppid) AT(I_d) ENTER AT(A_d)
	AT(L_step3) LOOP
);
extern char A_c[], A_d[], L_step3[];
const long conformance_loops[] = { (long)L_step3 + NOP_BYTES, 0 };

static const struct action actions_1[] = {
	{ DO_RESUME, PTRACE_SYSEMU, 0, VALUE, 0, 0, 0 },
};
static const struct check checks_2[] = {
	{ CHECK_ENTRY, 0, VALUE, 0, 0 },
	{ CHECK_REG, REG_EIP, VALUE, -1, (long)A_c },
	{ CHECK_REG, REG_EBX, VALUE, -1, 4711 },
	{ CHECK_REG, REG_ORIG_EAX, VALUE, -1, NR_getppid },
};
static const struct action actions_2[] = {
	{ DO_BREAK, 0, 0, VALUE, (long)A_c, 0, 0 },
	{ DO_RESUME, PTRACE_SYSEMU, 0, VALUE, 0, 0, 0 },
};
static const struct check checks_3[] = {
	{ CHECK_REG, REG_EIP, VALUE, -1, (long)A_c },
	{ CHECK_REG, REG_EAX, VALUE, -1, 4711 },
};
/* The tracer sees the same of a call that then runs. */
static const struct action actions_3[] = { { 0 } };
static const struct check checks_4[] = {
	{ CHECK_ENTRY, 0, VALUE, 0, 0 },
	{ CHECK_REG, REG_EIP, VALUE, -1, (long)A_d },
	{ CHECK_REG, REG_EBX, VALUE, -1, 17 },
};
static const struct action actions_4[] = {
	{ DO_SET, 0, 0, VALUE, REG_EAX, 8, 0 },
	{ DO_BREAK, 0, 0, VALUE, (long)A_d, 0, 0 },
	{ DO_RESUME, PTRACE_SYSCALL, 0, VALUE, 0, 0, 0 },
};
/* Since there is SYSEMU for arm64 an answer of SYSCALL brings the exit stop. */
static const struct check checks_5[] = {
	{ CHECK_EXIT, 0, VALUE, 0, 0 },
	{ CHECK_REG, REG_EIP, VALUE, -1, (long)A_d },
	{ CHECK_REG, REG_EAX, VALUE, -1, 8 },
};
static const struct action actions_5[] = {
	{ DO_RESUME, PTRACE_SYSCALL, 0, VALUE, 0, 0, 0 },
};
static const struct check checks_6[] = {
	{ CHECK_REG, REG_EAX, VALUE, -1, 8 },
};

static const struct row rows[] = {
	{ "launch", EVENT_STOP, 19, 0, 0, actions_1, 1 },
	{ "argument", EVENT_STOP, 5, checks_2, 4, actions_2, 2 },
	{ "kept", EVENT_BREAK, 0, checks_3, 2, actions_3, 0 },
	{ "again", EVENT_STOP, 5, checks_4, 3, actions_4, 3 },
	{ "exit", EVENT_STOP, 5, checks_5, 3, actions_5, 1 },
	{ "result", EVENT_BREAK, 0, checks_6, 1, actions_3, 0 },
};
static const struct verdict verdicts[] = {
	{ "modern", -1, 0, 0 },
};
#else
PROGRAM(NOP);
const long conformance_loops[] = { 0 };
#endif

static const struct scenario scenario = {
	.name = "aarch64-nothing-is-preset",
	.area = "own",
	.era = CONFORMANCE_ERA,
#if defined(__aarch64__)
	.traced = 1,
	.n_rows = 6,
	.n_seen_rows = 6,
	.rows = rows,
	.n_verdicts = 1,
	.verdicts = verdicts,
#else
	.needs = "arm64 alone",
#endif
};
