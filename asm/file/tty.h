/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tty.h: a pair of a terminal and its other side, the master: what tty.c, the line discipline, and pty.c, the
 * files and job control, share.
 */
/* clang-format off */
#ifndef ASM_TTY_H
#define ASM_TTY_H

#include "file/private.h"

#define TTY_BYTES 4096u

struct ring {
	uint32_t first, bytes;
	uint8_t byte[TTY_BYTES];
};

struct termios {
	uint32_t iflag, oflag, cflag, lflag;
	uint8_t line, cc[19];
};

enum { VINTR, VQUIT, VERASE, VKILL, VEOF, VTIME, VMIN, VSTART = 8, VSTOP, VSUSP, VEOL, VWERASE = 14, VEOL2 = 16 };

struct tty {
	uint32_t used, number, locked;
	uint32_t master, slaves;	/* how many of each are open */
	uint32_t hung, left;		/* the master is closed; the last slave is */
	uint32_t stopped;		/* nothing goes to the master: by ^S, or TCOOFF */
	uint32_t held[2];		/* by TCOOFF, which ^Q does not undo; [1]: nothing goes from the master */
	struct termios termios;
	uint32_t speed[2];		/* of input and output, in baud: what struct termios2 has besides */
	uint32_t window[2];		/* a struct winsize */
	int32_t session, pgrp;		/* whose terminal it is, and who is in front; 0: nobody's. Its processes know for themselves */
	struct ring in, out;		/* what the program is to read, and the master */
	uint32_t ends[TTY_BYTES / 32];	/* bits: a byte of `in` ends a line; a NUL that does is an end of file */
	uint32_t lines, partial;	/* whole ones, and the bytes behind them */
};

/* ---- tty.c ---- */
void tty_open(struct tty *t);		/* as it is in the beginning */
void tty_changed(struct tty *t);	/* who sleeps on it, or polls it, looks again */
void tty_receive(struct tty *t, uint8_t c);	/* of the master's; there is room */
int tty_has_room(const struct tty *t);
int tty_send(struct tty *t, uint8_t c);	/* of the program's, to the master; 0: no room */
int tty_readable(const struct tty *t);
int32_t tty_read(struct tty *t, struct file *f, struct span *to);
void tty_set(struct tty *t, const struct termios *new);
void tty_flush(struct tty *t, int in, int out);
int tty_flow(struct tty *t, int is_master, uint32_t action);	/* TCXONC's; 0, or -EINVAL */
uint32_t ring_give(struct ring *r, struct span *to);	/* how many */

#endif
