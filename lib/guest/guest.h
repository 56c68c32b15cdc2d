/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guest.h: a machine, as the files of lib/ know it: a computer of sim/ with a guest kernel in it,
 * whose tasks, frames, memory and symbols are read and written here. It runs nothing.
 * Read next: task.c; who runs it: lib/machine/, lib/tracer/.
 */
#ifndef LIB_GUEST_GUEST_H
#define LIB_GUEST_GUEST_H

#include "asm/uapi.h"
#include "lib/fail.h"
#include "lib/kernels/kernels.h"
#include "lib/random.h"
#include "libsysemu/process.h"
#include "libsysemu/sysemu.h"
#include "sim/sim.h"

#define USER_HZ   100 /* AT_CLKTCK, and the ticks of times(2) */
#define TASK_NAME 16  /* with the NUL, as TASK_COMM_LEN */

/* Where execve put things; the server's brk and mmap start from here (program.c). */
struct layout {
	uint32_t entry, esp;  /* the program's first eip and esp */
	uint32_t brk;         /* first byte behind the program's data, page-rounded */
	uint32_t stack_low;   /* lowest address of the stack's pages, */
	uint32_t stack_top;   /* and the first behind them */
	uint32_t mmap_top;    /* anonymous maps grow down from here */
	char name[TASK_NAME]; /* the last part of the file's name, cut; its rest is zeros */
};

/* What the server must know of an address space; the page tables say the rest. */
struct server_memory {
	uint32_t brk_start, brk; /* brk: the program's, not rounded */
	uint32_t mmap_top, stack_pages;
};

/* ---- processes ---- */

#define MOST_SPACES 64u
#define POOL        8u
#define LIVE_SPACES 12u
#define PATIENCE    16u
#define TICK_INSNS  1000000u /* HZ 1000; an instruction is a nanosecond */

/* What the machine asks whoever chooses (lib/machine/choices.c). */
struct choices {
	unsigned where;
	sysemu_choose_fn fn; /* NULL: nobody chooses */
	void *user;
	uint64_t tick_at; /* 0: none is wanted */
	bool nonsense;    /* the chooser's answer was no option, while asked */
	/* Part of a snapshot: */
	bool asked;           /* `now` is to be answered: a word at `answer`, or a tick; */
	bool in_call, ticked; /* the running task's call has an end; a tick makes it give way */
	bool passed;          /* no tick before this instruction: that was chosen */
	uint32_t answer;      /* 0: `now` is a TICK */
	int32_t value[SYSEMU_OPTIONS]; /* of each option, for the guest */
	uint64_t number;
	sysemu_choice now;
};

/* The address spaces of a machine with processes, by number from 1; m->sim is that of `now`. */
struct spaces {
	uint64_t machine;  /* from 1: no other has it */
	struct sim *first; /* the others are spaces of it */
	struct sim *sim[MOST_SPACES + 1];
	/* Those that have no engine now (engines.c): one number has this or a sim. */
	struct sim_snapshot *parked[MOST_SPACES + 1];
	/* So many have one, but for those that cannot be parked; one more each time that so many have
	 * got theirs back. */
	unsigned most_live, patience;
	uint32_t victim; /* a number drawn; the next one is made of it */
	struct server_memory memory[MOST_SPACES + 1];
	uint32_t now, dying; /* dying: nobody has it any more, but the CPU still runs there */
	struct sim *pool[POOL + 1];
	unsigned npool;
	uint64_t next_tick;              /* of the instructions of all */
	bool tick;                       /* it is due, and waits for IF */
	bool wants_input, input;         /* somebody looked whether there is some; there is */
	int32_t (*input_fn)(void *user); /* NULL: a read waits */
	void *input_user;
	struct choices choices;
	/* tracepoints.c; NULL: nobody is told. A program's entry, and a space that has been opened: */
	struct tracepoints *points;
	void (*entered)(struct sysemu_machine *m, unsigned vector);
	void (*opened)(struct sysemu_machine *m, struct sim *sim);
};

struct server; /* server.h: the UML-like tracer's state */

/* One a process of a program: an address space, and who answers its calls. Its threads and
 * children are tasks of the guest, which knows them better. */
struct process {
	bool loaded, launched; /* a program is there; its launch stop has happened */
	struct layout layout;
	struct server *server;
	struct kept_server *kept; /* what the server was, */
	bool served;              /* and since then is not */
};

/* One a CPU that runs processes; the tracer is thought to be on another. */
struct guest_cpu {
	bool interrupt;              /* a reschedule interrupt waits for user mode */
	struct sim_context *scratch; /* its registers while the tracer's call runs */
	bool calls;                  /* it is between sysemu_ptrace_begin and the event RETURN: */
	bool pokes;                  /* see ptrace_call */
	sysemu_log_entry call;
};

/* What remains is one a machine. */
struct sysemu_machine {
	struct sim *sim;
	const struct kernel *kernel;
	const struct profile *profile; /* the kernel's */
	struct sim_image image;        /* of the kernel: symbols */
	sysemu_config config;          /* with defaults filled in */
	bool processes;                /* it is to have some */
	bool faulted;                  /* after a FAULT event only a restore helps */
	bool shortage;                 /* lacked_memory() */
	bool inside;                   /* is_inside() */
	uint32_t focus;                /* the task that the convenient forms mean */
	struct guest_cpu cpu;
	struct process program;
	struct spaces *spaces; /* NULL: no processes */
	bool exact;            /* step.h */
	uint32_t breaks[SIM_BREAKS];
	unsigned nbreaks;
	sysemu_log_entry *log; /* a ring of config.log_events */
	uint64_t log_next;
	struct sim_timing timing; /* model NULL: no clocks */
	sysemu_cover *cover;      /* to which it adds what has run; NULL: none */
	sysemu_price_fn price_fn;
	void *price_user;
	sim_clock_fn clocks_fn; /* what all spaces tell */
	sim_insn_fn insn_fn;
	void *insn_user;
	char error[256];
};

/* ---- task.c: the guest's task_structs and frames, read from its memory ---- */

/* Tasks are named by the address of their task_struct, frames by that of their pt_regs. */
uint32_t program_task(const sysemu_machine *m);
uint32_t running_task(const sysemu_machine *m);
uint32_t find_task(const sysemu_machine *m, int32_t pid); /* 0: the focus; none: 0 */
int32_t focus_pid(const sysemu_machine *m);
bool can_run(const sysemu_machine *m); /* some task is neither stopped nor dead */
uint32_t task_field(const sysemu_machine *m, uint32_t task, uint32_t offset);
#define TASK_FIELD(m, task, member) task_field(m, task, (m)->profile->task_##member)
uint32_t task_flags(const sysemu_machine *m, uint32_t task);
uint32_t task_frame(const sysemu_machine *m, uint32_t task);
uint32_t task_eflags(const sysemu_machine *m, uint32_t task); /* as its tracer sees them */
/* Those but eax that a program begins with as zeros. */
void clear_registers(sysemu_machine *m, uint32_t frame);
uint32_t frame_field(const sysemu_machine *m, uint32_t frame, uint32_t offset);
#define FRAME_FIELD(m, frame, member) frame_field(m, frame, (m)->profile->frame_##member)

/* ---- access.c ---- */

/* A new space has the breakpoints of the others, and tells of instructions and clocks as they do. */
void space_like_others(sysemu_machine *m, struct sim *sim);
void clocks_everywhere(sysemu_machine *m, sim_clock_fn fn);

/* ---- engines.c, of a machine with processes ---- */

struct sim *space_take(sysemu_machine *m); /* an engine without user pages; NULL: no memory */
void space_give_back(sysemu_machine *m, struct sim *sim);
bool space_is(const sysemu_machine *m, uint32_t n);
/* Gives the space an engine, if it has none; NULL: there is no such space, or no memory. Another may lose
 * its own: not the present one, nor m->sim. */
struct sim *space_live(sysemu_machine *m, uint32_t n);
void spaces_make_room(sysemu_machine *m); /* for one more */
/* Its user pages as they are; NULL: no memory. */
struct sim_snapshot *space_keep(sysemu_machine *m, uint32_t n);
/* It is as in the snapshot, of which it takes a reference; false: no memory. */
bool space_back(sysemu_machine *m, uint32_t n, struct sim_snapshot *was);
void space_drop(sysemu_machine *m, uint32_t n);

/* Bytes moved between the host and an address space's user memory, whatever its protection, as far
 * as there is some. Addresses beyond programs' can be read alone (the vsyscall page). */
uint32_t space_move(sysemu_machine *m, uint32_t space, uint32_t addr, void *buf, uint32_t size,
		    bool write);
/* As far as that, for reading. */
uint32_t space_reach(sysemu_machine *m, uint32_t space, uint32_t addr, uint32_t size);
/* The same for the guest's kernel: HOST_ACCESS (asm/host.h). */
int32_t space_access(sysemu_machine *m, const uint32_t arg[6]);

/* ---- log.c ---- */

void log_add(sysemu_machine *m, const sysemu_log_entry *entry);

/* ---- counts.c ---- */

void fill_counts(const sysemu_machine *m, sysemu_counts *out);

#endif
