/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rules-2.6.25.h: ptrace, stops and signals as 2.6.25 has them: one step.c for both architectures, and TF
 * that ptrace has set is not shown. What changed with each later release: rules-*.h beside it. Names: eras.h.
 */
#ifndef RULES_2_6_25_H
#define RULES_2_6_25_H

#define FORCED_TF		_TIF_FORCED_TF
#define IRET_SETS_TF		1
#define STOP_KEEPS_P		1
#define STACK_RESERVE		8		/* esp0 lies that far below the stack's top */
#define SIGNAL_STOP_ENDS_STEP	0		/* PT_DTRACE is no more */
#define MASK_WITH_NODEFER	1
#define MASK_WITHOUT_FRAME	0
#undef EFLAGS_PTRACE_MASK
#define EFLAGS_PTRACE_MASK	0x00050dd5	/* 2.6.17: RF, and no longer NT */

#ifndef __ASSEMBLER__
#define RESUME_RULES(X)                                         \
	X(PTRACE_SYSEMU, CALL_EMU, CALL_TRACE)                  \
	X(PTRACE_SYSCALL, CALL_TRACE, CALL_EMU)                 \
	X(PTRACE_CONT, 0, CALL_TRACE | CALL_EMU)                \
	X(PTRACE_SINGLESTEP, 0, CALL_TRACE | CALL_EMU)          \
	X(PTRACE_SYSEMU_SINGLESTEP, CALL_EMU, CALL_TRACE)
#endif
#define FORK_CLEARS		(CALL_TRACE | CALL_EMU)
#define DETACH_CLEARS		(CALL_TRACE | CALL_EMU)
#endif
