/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * machine.h: a machine's life: opened and booted (machine.c), loaded (program.c), run from event to
 * event (run.c), saved and restored (snapshot.c, kept_spaces.c).
 */
#ifndef LIB_MACHINE_MACHINE_H
#define LIB_MACHINE_MACHINE_H

#include "lib/guest/guest.h"

/* ---- program.c: what execve does ---- */

struct program {
	const struct sim_image *file, *interpreter; /* NULL: none */
	char *const *argv, *const *envp;
	const char *path; /* for AT_EXECFN; NULL: argv[0] */
};

/* Loads segments, stack, argv, envp and auxv into empty user memory and fills *out. */
sysemu_status program_load(sysemu_machine *m, const struct program *p, struct layout *out);
sysemu_status program_load_elf(sysemu_machine *m, const void *elf, size_t size, char *const argv[],
			       char *const envp[], struct layout *out);
sysemu_status program_load_code(sysemu_machine *m, const void *code, size_t size,
				struct layout *out);

struct server_memory memory_of(const struct layout *l); /* that a program begins with */

static inline uint64_t machine_insns(const sysemu_machine *m)
{
	return sim_get_counts(m->sim)->total;
}

static inline uint64_t machine_load64(const sysemu_machine *m, uint32_t at)
{
	return sim_load32(m->sim, at) | (uint64_t)sim_load32(m->sim, at + 4) << 32;
}

/* ---- machine.c ---- */

/* The program is loaded: the next run begins it. */
sysemu_status machine_start(sysemu_machine *m, const struct layout *layout);

/* ---- processes: spaces.c, answer.c, exec.c ---- */

bool spaces_open(sysemu_machine *m); /* behind the boot; false: no memory */
void spaces_close(sysemu_machine *m);
int32_t space_new(sysemu_machine *m);  /* an empty one: its number, -ENOMEM or -NO_MEMORY */
int32_t space_copy(sysemu_machine *m); /* of the present one */
void space_free(sysemu_machine *m, uint32_t n);
bool space_use(sysemu_machine *m, uint32_t n);             /* false: there is none, or no memory */
bool spaces_digest(sysemu_machine *m, uint8_t digest[16]); /* false: no memory */
/* Those of processes, and those that wait for use. */
void spaces_each(sysemu_machine *m, void (*fn)(sysemu_machine *m, struct sim *sim));
/* kept_spaces.c: all spaces, the kernel's pages and the CPU. ENOMEM. */
struct kept_spaces;
struct kept_spaces *spaces_keep(sysemu_machine *m);
bool spaces_back(sysemu_machine *m, const struct kept_spaces *k);
void kept_spaces_free(struct kept_spaces *k); /* NULL is allowed */
size_t kept_spaces_bytes(const struct kept_spaces *k);
int32_t exec_answer(sysemu_machine *m, const uint32_t arg[6]);
/* choices.c. The guest asks, and is answered before it runs on. */
void choices_ask(sysemu_machine *m, const uint32_t arg[6], uint32_t answer);
/* Before each part of a run; false: the choice is left for later. */
bool choices_settle(sysemu_machine *m);
void choices_back(sysemu_machine *m, const struct choices *was);
/* Programs' entries are heard, if somebody wants to know. */
void choices_hear(sysemu_machine *m, struct sim *sim);
/* Is each instruction to be run by itself? Else *budget (0: none) may become less. */
bool choices_step(sysemu_machine *m, uint64_t *budget);
/* tracepoints.c. The run has come to a breakpoint: is it one of theirs? */
bool tracepoints_met(sysemu_machine *m);
/* tasks.c */
sysemu_task_state task_state(const sysemu_machine *m, uint32_t task);
/* A stop that needs no event: the run goes on. False: it is one. */
bool process_halt(sysemu_machine *m, uint32_t reason);
/* Delivers the tick that is due; how many instructions may run up to the next, at most `budget`. */
uint64_t process_budget(sysemu_machine *m, uint64_t budget);

#endif
