/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tty_model.h: a terminal that is drawn at random, and what its line discipline does with a key of the master's or a byte of a
 * program's. From termios(3), POSIX's chapter on terminals, tty_ioctl(4); a key that signals is not echoed (Linux of 2005), a tab is one
 * column.
 */
#ifndef TESTS_TTY_MODEL_H
#define TESTS_TTY_MODEL_H

#include "tests/files/file_world.h"

enum { BYTES = 4096, OFF = 0x100 };
enum { ISTRIP = 0x20, INLCR = 0x40, IGNCR = 0x80, ICRNL = 0x100, IXON = 0x400 };
enum { OPOST = 1, ONLCR = 4, OCRNL = 8 };
enum { ISIG = 1, ICANON = 2, ECHO = 8, ECHOE = 0x10, ECHOK = 0x20, ECHONL = 0x40, NOFLSH = 0x80 };
enum { ECHOCTL = 0x200, ECHOKE = 0x800, IEXTEN = 0x8000 };
enum { VINTR, VQUIT, VERASE, VKILL, VEOF, VTIME, VMIN, VSTART = 8, VSTOP, VSUSP, VEOL };
enum { VWERASE = 14, VEOL2 = 16, QUIT = 3, TSTP = 20 };

#define USER     0x50000000u /* a page that is there; the next one is not */
#define USER_END (USER + SIM_PAGE)

/* asm/file/tty.h's. */
struct guest_ring {
	uint32_t first, bytes;
	uint8_t byte[BYTES];
};

struct guest_termios {
	uint32_t iflag, oflag, cflag, lflag;
	uint8_t line, cc[19];
};

struct guest_tty {
	uint32_t used, number, locked, master, slaves, hung, left, stopped, held[2];
	struct guest_termios termios;
	uint32_t speed[2], window[2];
	int32_t session, pgrp;
	struct guest_ring in, out;
	uint32_t ends[BYTES / 32], lines, partial;
};

/* What waits, in order; a byte with OFF ends its line. */
struct bytes {
	unsigned n;
	uint16_t byte[BYTES + 8];
};

struct terminal {
	struct guest_tty g; /* all that is not in these two */
	struct bytes in, out;
	uint8_t given[BYTES]; /* to the program */
	unsigned n_given;
};

extern struct file_world tty_world;
extern struct terminal terminal;
extern uint32_t tty_at,
	tty_here; /* the guest's struct tty; memory of the kernel that is the test's */
extern const uint8_t usual_keys[19];

void tty_open_model(const char *kernel);
void draw_terminal(void); /* and puts it */
void put_terminal(void);
void expect_terminal(void);
uint8_t tty_draw_key(void);
uint8_t tty_draw_edit(void); /* one that edits, or ends a line */
unsigned lines_of(const struct bytes *b, unsigned *partial);
void add_byte(struct bytes *b, unsigned c);
bool tty_has(uint32_t flag); /* of lflag */

bool tty_model_send(uint8_t c);
void tty_model_receive(uint8_t c);
bool tty_model_has_room(void);
void tty_is_changed(void); /* who sleeps on it, and who polls it, is told */

#endif
