/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file.h: what is open: descriptor tables, and the files that the guest itself is: pipes, epoll
 * sets, eventfds, socket pairs, pseudo terminals. Bytes of all other files are the host's, by handles.
 */
/* clang-format off */
#ifndef ASM_FILE_H
#define ASM_FILE_H

#include "guest.h"

/* ---- files.c: tables, as CLONE_FILES shares them ---- */

struct files *files_init(void);		/* the first program's: 0, 1, 2 are the host's handles 0, 1, 2 */
struct files *files_copy(struct files *f);	/* fork's; NULL: no room */
struct files *files_share(struct files *f);
void files_put(struct files *f);	/* the last one closes all; NULL is allowed */
int files_unshare(struct task_struct *t);	/* execve's: an own table; 0 or -ENOMEM */
void files_close_on_exec(struct task_struct *t);

/* ---- pty.c ---- */
void leave_terminal(struct task_struct *leader, int ends);	/* of a session */

/* ---- host.c ---- */
void input_arrived(void);		/* the host has something for standard input: who waits for it looks again */
extern const char input_channel;	/* what who reads it sleeps on */

#endif
