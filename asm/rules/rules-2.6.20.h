/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rules-2.6.20.h: ptrace, stops and signals from 2.6.20 to 2.6.24, as 2.6.14 has them but for what kernel.h says
 * before; and what all later kernels have in common with these. Names: eras.h.
 */
#ifndef RULES_2_6_20_H
#define RULES_2_6_20_H

#define STACK_RESERVE      8 /* esp0 lies that far below the stack's top */
#define MASK_WITH_NODEFER  1
#define MASK_WITHOUT_FRAME 0
#undef EFLAGS_PTRACE_MASK
#define EFLAGS_PTRACE_MASK 0x00050dd5 /* 2.6.17: RF, and no longer NT */
#define SIGRETURN_RF       X86_EFLAGS_RF
#define FORK_CLEARS        (CALL_TRACE | CALL_EMU)
#define DETACH_CLEARS      (CALL_TRACE | CALL_EMU)

#ifndef __ASSEMBLER__
#define RESUME_RULES(X)                                \
	X(PTRACE_SYSEMU, CALL_EMU, CALL_TRACE)         \
	X(PTRACE_SYSCALL, CALL_TRACE, CALL_EMU)        \
	X(PTRACE_CONT, 0, CALL_TRACE | CALL_EMU)       \
	X(PTRACE_SINGLESTEP, 0, CALL_TRACE | CALL_EMU) \
	X(PTRACE_SYSEMU_SINGLESTEP, CALL_EMU, CALL_TRACE)
#endif
#endif
