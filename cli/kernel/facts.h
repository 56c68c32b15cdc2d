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

#define FACT_NONE UINT32_MAX

struct facts {
	struct {
#define F(name, how, needed) uint32_t name;
		FACT_SYMBOLS(F)
#undef F
	} at;
	struct {
#define F(name, path) uint32_t name;
		FACT_OFFSETS(F)
#undef F
	} offset;
	struct {
#define F(name, path) uint32_t name;
		FACT_SIZES(F)
#undef F
	} size;
	unsigned missing; /* of those that are needed */
};

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

/* ---- dwarf.c ---- */

struct dwarf_wanted {
	const char *path; /* "task_struct.thread.sp0", or a structure */
	uint32_t *value;  /* FACT_NONE: to be found */
	bool size;        /* the structure's */
};
/* What the file's debug information has of them; the rest is left. */
void dwarf_find(const void *elf, size_t size, struct dwarf_wanted *list, size_t n);

#endif
