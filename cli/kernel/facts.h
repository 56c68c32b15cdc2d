/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * facts.h: what must be known of a whole kernel to bring it in: places, from its symbols, and
 * layouts, from its DWARF; as text that a person can complete (docs/real-kernels.md).
 */
#ifndef CLI_KERNEL_FACTS_H
#define CLI_KERNEL_FACTS_H

#include "cli/kernel/whole.h"

/* F(name as in the text, how to find it by hand, is it needed?). */
#define FACT_SYMBOLS(F)                                                                          \
	F(entry_INT80_32, "the handler of int $0x80 (arch/x86/entry/entry_32.S)", true)          \
	F(entry_SYSENTER_32, "what MSR 0x176 gets (arch/x86/entry/entry_32.S)", true)            \
	F(init_task, "the first task, from which others are made", true)                         \
	F(init_signals, "its signal_struct: init_task.signal", true)                             \
	F(init_struct_pid, "its struct pid: init_task.thread_pid", true)                         \
	F(init_mm, "init_task.active_mm", true)                                                  \
	F(current_task, "the per-CPU variable that `current` reads", true)                       \
	F(gdt_page, "the per-CPU GDT", true)                                                     \
	F(cpu_tss_rw, "the per-CPU TSS", true)                                                   \
	F(cpu_entry_area, "the per-CPU pointer that entry code adds the entry stack's place to", \
	  true)                                                                                  \
	F(vdso_image_32,                                                                         \
	  "what init_mm.context.vdso_image would point to: the vDSO's pages, their size, ...",   \
	  true)                                                                                  \
	F(sys_call_table, "pointers to __ia32_sys_restart_syscall, __ia32_sys_exit, ...", true)  \
	F(boot_cpu_data, "what static_cpu_has() looks at before alternatives are patched", true) \
	F(arch_ptrace, "the requests of ptrace (arch/x86/kernel/ptrace.c)", true)                \
	F(ptrace_notify, "where a task stops for its tracer: cut", true)                         \
	F(wake_up_state, "what a resume calls: cut", true)                                       \
	F(schedule, "cut", true)                                                                 \
	F(arch_do_signal_or_restart, "signals on the way out: cut", true)                        \
	F(do_exit, "cut", true)                                                                  \
	F(force_sig_fault, "signals of exceptions: cut", true)                                   \
	F(send_sig, "a stop's signal: cut", true)                                                \
	F(ptrace_access_vm, "another task's memory: cut", true)                                  \
	F(access_process_vm, "the same, for single steps: cut", true)                            \
	F(__ia32_sys_ptrace, "the call: cut", true)                                              \
	F(__ia32_sys_kill, "the call: cut", true)                                                \
	F(__ia32_sys_write, "the call: cut", true)                                               \
	F(__entry_text_start, "where entry code begins, for the counts", true)                   \
	F(__entry_text_end, "and ends", true)                                                    \
	F(asm_exc_debug, "vector 1", true)                                                       \
	F(asm_exc_int3, "vector 3", true)                                                        \
	F(asm_exc_page_fault, "vector 14", true)                                                 \
	F(asm_exc_general_protection, "vector 13", true)                                         \
	F(asm_exc_divide_error, "vector 0", true)                                                \
	F(asm_exc_invalid_op, "vector 6", true)                                                  \
	F(asm_exc_spurious_interrupt_bug,                                                        \
	  "an exception that does nothing: our reschedule interrupt", false)                     \
	F(asm_exc_overflow, "vector 4", false)                                                   \
	F(asm_exc_bounds, "vector 5", false)                                                     \
	F(asm_exc_device_not_available, "vector 7", false)                                       \
	F(asm_exc_segment_not_present, "vector 11", false)                                       \
	F(asm_exc_stack_segment, "vector 12", false)                                             \
	F(asm_exc_alignment_check, "vector 17", false)                                           \
	F(syscall_trace_enter, "for scenarios: the side of a call's entry", false)               \
	F(syscall_exit_work, "for scenarios: and of its exit", false)                            \
	F(report_bug, "a WARN or BUG: cut, an event", false)                                     \
	F(_printk, "there is no console: cut", false)                                            \
	F(__ia32_sys_getpid, "the leaf of the counts", false)                                    \
	F(kernel_clone, "there is one program: cut, -ENOSYS", false)                             \
	F(__kmalloc, "what GETREGS copies through: cut", false)                                  \
	F(__kmalloc_node, "the same: cut", false)                                                \
	F(__check_object_size, "asks the allocator that is not there: cut", false)               \
	F(kvfree, "cut", false)                                                                  \
	F(kfree, "cut", false)                                                                   \
	F(do_group_exit, "cut, for signals that kill", false)                                    \
	F(force_sig, "cut", false)                                                               \
	F(do_send_sig_info, "cut", false)                                                        \
	F(__preempt_count, "with preemption counted", false)                                     \
	F(fpu_fpregs_owner_ctx,                                                                  \
	  "what fpregs_assert_state_consistent compares with the task's thread.fpu", true)       \
	F(cpu_current_top_of_stack, "the per-CPU top of the task's stack", false)

/* F(C name of the member, path as in the text). */
#define FACT_OFFSETS(F)                                    \
	F(flags, "task_struct.thread_info.flags")          \
	F(work, "task_struct.thread_info.syscall_work")    \
	F(stack, "task_struct.stack")                      \
	F(ptrace, "task_struct.ptrace")                    \
	F(exit_code, "task_struct.exit_code")              \
	F(thread_pid, "task_struct.thread_pid")            \
	F(signal, "task_struct.signal")                    \
	F(mm, "task_struct.mm")                            \
	F(active_mm, "task_struct.active_mm")              \
	F(sp0, "task_struct.thread.sp0")                   \
	F(gs, "task_struct.thread.gs")                     \
	F(fpu, "task_struct.thread.fpu")                   \
	F(last_cpu, "task_struct.thread.fpu.last_cpu")     \
	F(pids, "signal_struct.pids")                      \
	F(numbers, "pid.numbers")                          \
	F(capability, "cpuinfo_x86.x86_capability")        \
	F(vdso, "mm_struct.context.vdso")                  \
	F(vdso_image, "mm_struct.context.vdso_image")      \
	F(landing_pad, "vdso_image.sym_int80_landing_pad") \
	F(entry_stack, "cpu_entry_area.entry_stack_page")  \
	F(tss, "cpu_entry_area.tss")                       \
	F(tss_sp0, "tss_struct.x86_tss.sp0")               \
	F(tss_sp1, "tss_struct.x86_tss.sp1")               \
	F(r_bx, "pt_regs.bx")                              \
	F(r_cx, "pt_regs.cx")                              \
	F(r_dx, "pt_regs.dx")                              \
	F(r_si, "pt_regs.si")                              \
	F(r_di, "pt_regs.di")                              \
	F(r_bp, "pt_regs.bp")                              \
	F(r_ax, "pt_regs.ax")                              \
	F(r_ds, "pt_regs.ds")                              \
	F(r_es, "pt_regs.es")                              \
	F(r_fs, "pt_regs.fs")                              \
	F(r_orig_ax, "pt_regs.orig_ax")                    \
	F(r_ip, "pt_regs.ip")                              \
	F(r_cs, "pt_regs.cs")                              \
	F(r_flags, "pt_regs.flags") F(r_sp, "pt_regs.sp") F(r_ss, "pt_regs.ss")

/* F(C name, struct as in the text). */
#define FACT_SIZES(F)                           \
	F(task_struct, "task_struct")           \
	F(signal_struct, "signal_struct")       \
	F(upid, "upid")                         \
	F(pid, "pid")                           \
	F(mm_struct, "mm_struct")               \
	F(entry_stack_page, "entry_stack_page") \
	F(tss_struct, "tss_struct") F(pt_regs, "pt_regs") F(sys_call_table, "sys_call_table")

/*
 * The same of 2.6 kernels, whose stack is the TSS's esp0 and whose frame entry code builds itself (old.h):
 * F(member of the lists above or of FACT_OLD_MORE, name as in the text, what it is, when it is needed, how).
 */
enum fact_kind { FACT_CALLED, FACT_POINTED_TO, FACT_DATA };
enum fact_need {
	FACT_FREE,
	FACT_NEEDED,
	FACT_UNLESS_FIND_TASK,
	FACT_UNLESS_GET_SIGNAL,
	FACT_IN_FRAME
};
#define FACT_OLD_SYMBOLS(F)                                                                        \
	F(entry_INT80_32, "system_call", FACT_POINTED_TO, FACT_NEEDED,                             \
	  "the handler of int $0x80 (arch/i386/kernel/entry.S)")                                   \
	F(entry_SYSENTER_32, "sysenter_entry", FACT_POINTED_TO, FACT_NEEDED,                       \
	  "what MSR 0x176 gets")                                                                   \
	F(sys_call_table, "sys_call_table", FACT_DATA, FACT_NEEDED,                                \
	  "entry code: call *sys_call_table(,%eax,4)")                                             \
	F(arch_ptrace, "arch_ptrace", FACT_CALLED, FACT_UNLESS_FIND_TASK,                          \
	  "the requests of ptrace: sys_ptrace calls it (from 2.6.15 on)")                          \
	F(find_task_by_pid, "find_task_by_pid", FACT_CALLED, FACT_FREE,                            \
	  "before 2.6.15: what sys_ptrace finds the task by: cut")                                 \
	F(find_task_by_pid_type, "find_task_by_pid_type", FACT_CALLED, FACT_FREE, "the same: cut") \
	F(ptrace_check_attach, "ptrace_check_attach", FACT_CALLED, FACT_FREE,                      \
	  "before 2.6.15: asks for a stop that is ours: cut")                                      \
	F(put_task_struct, "__put_task_struct", FACT_CALLED, FACT_FREE, "before 2.6.15: cut")      \
	F(ptrace_unlink, "__ptrace_unlink", FACT_CALLED, FACT_FREE,                                \
	  "lists that DETACH changes: cut")                                                        \
	F(ptrace_notify, "ptrace_notify", FACT_CALLED, FACT_NEEDED,                                \
	  "where a task stops: do_syscall_trace calls it with 0x05 or 0x85: cut")                  \
	F(wake_up_state, "wake_up_process", FACT_CALLED, FACT_NEEDED,                              \
	  "what a resume calls last: cut")                                                         \
	F(schedule, "schedule", FACT_CALLED, FACT_NEEDED, "what work_resched calls: cut")          \
	F(get_signal_to_deliver, "get_signal_to_deliver", FACT_CALLED, FACT_FREE,                  \
	  "what do_signal asks: cut, rather than do_signal")                                       \
	F(arch_do_signal_or_restart, "do_signal", FACT_CALLED, FACT_UNLESS_GET_SIGNAL,             \
	  "signals on the way out: do_notify_resume calls it: cut")                                \
	F(do_exit, "do_exit", FACT_CALLED, FACT_NEEDED, "what sys_exit calls: cut")                \
	F(force_sig_fault, "force_sig_info", FACT_CALLED, FACT_NEEDED,                             \
	  "what send_sigtrap calls with 5: cut")                                                   \
	F(send_sig, "send_sig", FACT_CALLED, FACT_NEEDED,                                          \
	  "do_syscall_trace, behind ptrace_notify, with exit_code: cut")                           \
	F(access_process_vm, "access_process_vm", FACT_CALLED, FACT_NEEDED,                        \
	  "what PEEKTEXT calls with 4 bytes: cut")                                                 \
	F(__ia32_sys_ptrace, "sys_ptrace", FACT_POINTED_TO, FACT_NEEDED, "the call: cut")          \
	F(__ia32_sys_kill, "sys_kill", FACT_POINTED_TO, FACT_NEEDED, "the call: cut")              \
	F(__ia32_sys_write, "sys_write", FACT_POINTED_TO, FACT_NEEDED, "the call: cut")            \
	F(__ia32_sys_getpid, "sys_getpid", FACT_POINTED_TO, FACT_FREE, "the leaf of the counts")   \
	F(ex_table, "__start___ex_table", FACT_DATA, FACT_NEEDED,                                  \
	  "what search_exception_tables searches, and a boot sorts")                               \
	F(ex_table_end, "__stop___ex_table", FACT_DATA, FACT_NEEDED,                               \
	  "its end; the search has the last entry's place")                                        \
	F(__entry_text_start, "entry_start", FACT_DATA, FACT_NEEDED,                               \
	  "where entry code begins, for the counts: ret_from_fork")                                \
	F(__entry_text_end, "entry_end", FACT_DATA, FACT_NEEDED,                                   \
	  "and ends: behind the last of its handlers")                                             \
	F(asm_exc_debug, "debug", FACT_POINTED_TO, FACT_NEEDED,                                    \
	  "vector 1: trap_init has the vectors")                                                   \
	F(asm_exc_int3, "int3", FACT_POINTED_TO, FACT_NEEDED, "vector 3")                          \
	F(asm_exc_page_fault, "page_fault", FACT_POINTED_TO, FACT_NEEDED, "vector 14")             \
	F(asm_exc_general_protection, "general_protection", FACT_POINTED_TO, FACT_NEEDED,          \
	  "vector 13")                                                                             \
	F(asm_exc_divide_error, "divide_error", FACT_POINTED_TO, FACT_NEEDED, "vector 0")          \
	F(asm_exc_invalid_op, "invalid_op", FACT_POINTED_TO, FACT_NEEDED, "vector 6")              \
	F(asm_exc_spurious_interrupt_bug, "spurious_interrupt_bug", FACT_POINTED_TO, FACT_NEEDED,  \
	  "vector 15, which does nothing: our reschedule interrupt")                               \
	F(asm_exc_overflow, "overflow", FACT_POINTED_TO, FACT_FREE, "vector 4")                    \
	F(asm_exc_bounds, "bounds", FACT_POINTED_TO, FACT_FREE, "vector 5")                        \
	F(asm_exc_device_not_available, "device_not_available", FACT_POINTED_TO, FACT_FREE,        \
	  "vector 7")                                                                              \
	F(asm_exc_segment_not_present, "segment_not_present", FACT_POINTED_TO, FACT_FREE,          \
	  "vector 11")                                                                             \
	F(asm_exc_stack_segment, "stack_segment", FACT_POINTED_TO, FACT_FREE, "vector 12")         \
	F(asm_exc_alignment_check, "alignment_check", FACT_POINTED_TO, FACT_FREE, "vector 17")     \
	F(syscall_trace_enter, "do_syscall_trace", FACT_CALLED, FACT_NEEDED,                       \
	  "what syscall_trace_entry calls, edx 0 at a call's entry")                               \
	F(do_notify_resume, "do_notify_resume", FACT_CALLED, FACT_NEEDED,                          \
	  "what work_notifysig calls")                                                             \
	F(report_bug, "report_bug", FACT_CALLED, FACT_FREE, "a WARN or BUG: cut, an event")        \
	F(bust_spinlocks, "bust_spinlocks", FACT_CALLED, FACT_FREE,                                \
	  "what do_page_fault calls before it gives up: cut, an event")                            \
	F(_printk, "printk", FACT_CALLED, FACT_FREE, "there is no console: cut")                   \
	F(kernel_clone, "do_fork", FACT_CALLED, FACT_FREE, "there is one program: cut, -ENOSYS")   \
	F(do_group_exit, "do_group_exit", FACT_CALLED, FACT_FREE, "cut, for signals that kill")    \
	F(force_sig, "force_sig", FACT_CALLED, FACT_FREE, "cut")
/* Of these, what the lists above do not have. */
#define FACT_OLD_MORE(F)         \
	F(find_task_by_pid)      \
	F(find_task_by_pid_type) \
	F(ptrace_check_attach)   \
	F(put_task_struct)       \
	F(ptrace_unlink)         \
	F(get_signal_to_deliver) \
	F(ex_table)              \
	F(ex_table_end)          \
	F(do_notify_resume)      \
	F(bust_spinlocks)

#define FACT_OLD_OFFSETS(F)                                                                       \
	F(flags, "thread_info.flags", FACT_NEEDED, "entry code: testw $0x1c1, OFFSET(%ebp)")      \
	F(addr_limit, "thread_info.addr_limit", FACT_NEEDED,                                      \
	  "what GETREGS compares the tracer's buffer with (access_ok)")                           \
	F(stack, "task_struct.thread_info", FACT_NEEDED,                                          \
	  "arch_ptrace: mov OFFSET(%task), %eax; btrl $6, flags(%eax)")                           \
	F(ptrace, "task_struct.ptrace", FACT_NEEDED, "do_syscall_trace: testb $1, OFFSET(%eax)")  \
	F(exit_code, "task_struct.exit_code", FACT_NEEDED,                                        \
	  "do_syscall_trace, what it reads of current behind ptrace_notify")                      \
	F(pid, "task_struct.pid", FACT_NEEDED, "ptrace_notify: what becomes si_pid; sys_gettid")  \
	F(tgid, "task_struct.tgid", FACT_NEEDED, "sys_getpid")                                    \
	F(real_parent, "task_struct.real_parent", FACT_NEEDED, "sys_getppid")                     \
	F(group_leader, "task_struct.group_leader", FACT_FREE,                                    \
	  "up to 2.6.16: sys_getppid asks its leader")                                            \
	F(sp0, "task_struct.thread.esp0", FACT_NEEDED, "getreg: mov OFFSET(%task), less a frame") \
	F(fs, "task_struct.thread.fs", FACT_IN_FRAME, "getreg, of register 9")                    \
	F(gs, "task_struct.thread.gs", FACT_IN_FRAME, "getreg, of register 10")                   \
	F(pcurrent, "i386_pda.pcurrent", FACT_FREE,                                               \
	  "sys_getpid: mov %gs:OFFSET, %eax (rule current pda)")
#define FACT_OLD_OFFSETS_MORE(F) \
	F(addr_limit) F(pid) F(tgid) F(real_parent) F(group_leader) F(fs) F(pcurrent)

#define FACT_OLD_SIZES(F) \
	F(sys_call_table, "sys_call_table", FACT_NEEDED, "entry code: cmp $WORDS, %eax")

#define FACT_NONE UINT32_MAX

/* Which way a kernel goes, by the words of the text. */
enum rule_stack { STACK_TSS, STACK_ENTRY_AREA };
enum rule_current { CURRENT_STACK, CURRENT_PDA, CURRENT_PERCPU };

/* What entry code of 2.6 says of itself: old.c */
struct old_entry {
	const char *why,
		*why_sysenter; /* not NULL: int $0x80, or SYSENTER, does not go as 2.6's does */
	uint32_t frame_fs, frame_gs; /* where they lie in the frame; FACT_NONE: not there */
	uint32_t orig_eax;           /* the same */
	uint32_t selector;           /* of the per-CPU segment; 0: none */
	bool by_gs;                  /* which register has it */
	uint32_t flags, mask, table, calls, trace; /* mask: which flags have a call traced */
	uint32_t
		esp0; /* SYSENTER's first instruction takes the stack from there, by esp; as it is negative */
	uint32_t returns; /* and this it leaves as the way back */
	/* Labels behind the gate, by which explorations tell a stop's place; FACT_NONE: not seen. */
	uint32_t trace_entry, exit_work, work_pending, restore;
};

struct facts {
	struct {
#define F(name, how, needed) uint32_t name;
		FACT_SYMBOLS(F)
#undef F
#define F(name) uint32_t name;
		FACT_OLD_MORE(F)
#undef F
	} at;
	struct {
#define F(name, path) uint32_t name;
		FACT_OFFSETS(F)
#undef F
#define F(name) uint32_t name;
		FACT_OLD_OFFSETS_MORE(F)
#undef F
	} offset;
	struct {
		/* Where the stack is from, where `current` is, the version (a byte a part). */
		uint32_t stack, current, version;
	} rule;
	struct {
#define F(name, path) uint32_t name;
		FACT_SIZES(F)
#undef F
	} size;
	struct old_entry entry; /* of a 2.6 kernel */
	unsigned missing;       /* of those that are needed */
};

/* A kernel of 2.6, as its rule says. */
static inline bool facts_old(const struct facts *f)
{
	return f->rule.stack == STACK_TSS;
}

/* From symbols and DWARF. */
void facts_find(struct facts *f, const struct whole *w);
/* What still is missing, from the image itself: derive.c. */
void facts_derive(struct facts *f, const struct whole *w);
/* Lines of a text over them: a person's. False: said, with the line. */
bool facts_read(struct facts *f, const char *path);
void facts_write(FILE *out, const struct facts *f, const struct whole *w);
/* Names on stderr what is needed and missing; how many. */
unsigned facts_complain(struct facts *f, const char *path);
/* And what is not so in the image, or disagrees with something else: sound.c. */
unsigned facts_judge(const struct facts *f, const struct whole *w);

/* ---- of a 2.6 kernel: old.c ---- */

#define OLD_LAST   0x020618u   /* 2.6.24; the next has TF of its own, and no pda */
#define OLD_RETURN 0xffffe410u /* behind the SYSENTER on the vsyscall page */
#define OLD_PERCPU 0xd8u       /* __KERNEL_PDA, later __KERNEL_PERCPU */
#define OLD_TASK   0x2000u     /* room for a task_struct: its size is nowhere asked */

void old_entry_read(struct old_entry *e, const struct whole *w, const struct facts *f);
/* The version in the banner; FACT_NONE: there is none. */
uint32_t old_version(const struct whole *w);
void old_derive(struct facts *f, const struct whole *w);
/* What its boot has sorted: is it a table of pairs of places? */
bool old_is_ex_table(const struct whole *w, uint32_t start, uint32_t end);

/* ---- dwarf.c ---- */

struct dwarf_wanted {
	const char *path; /* "task_struct.thread.sp0", or a structure */
	uint32_t *value;  /* FACT_NONE: to be found */
	bool size;        /* the structure's */
};
/* What the file's debug information has of them; the rest is left. */
void dwarf_find(const void *elf, size_t size, struct dwarf_wanted *list, size_t n);

#endif
