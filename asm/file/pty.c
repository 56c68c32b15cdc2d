/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pty.c: pseudo terminals: /dev/ptmx and /dev/pts/N, whose names the host knows (lib/server/device.c) and answers
 * with a handle; and whose terminal it is: sessions, the foreground group, SIGTTIN, SIGTTOU, SIGHUP. What is typed
 * and written: tty.c.
 */
#include "file/tty.h"

#define NR_PTYS 8u

#define TOSTOP 0x100u /* of c_lflag */

enum {
	TCGETS = 0x5401,
	TCSETS = 0x5402,
	TCSETSW = 0x5403,
	TCSETSF = 0x5404,
	TCSBRK = 0x5409,
	TCXONC = 0x540a,
	TCFLSH = 0x540b,
	TIOCSCTTY = 0x540e,
	TIOCGPGRP = 0x540f,
	TIOCSPGRP = 0x5410,
	TIOCOUTQ = 0x5411,
	TIOCGWINSZ = 0x5413,
	TIOCSWINSZ = 0x5414,
	FIONREAD = 0x541b,
	TIOCNOTTY = 0x5422,
	TCSBRKP = 0x5425,
	TIOCGSID = 0x5429
};
#define TCGETS2    0x802c542a
#define TCSETS2    0x402c542b
#define TCSETSW2   0x402c542c
#define TCSETSF2   0x402c542d
#define TIOCGPTN   0x80045430
#define TIOCSPTLCK 0x40045431

static struct tty ttys[NR_PTYS];

static struct group *own_group(void)
{
	return &current->leader->group;
}

static int is_own(const struct tty *t)
{
	return own_group()->tty == t;
}

static int leads_session(void)
{
	return own_group()->session == current->tgid;
}

/* ---- whose it is ---- */

/* A leader's, and of those that it forks from now on. */
static void become_own(struct tty *t)
{
	own_group()->tty = t;
	own_group()->tty_old_pgrp = 0;
	t->session = own_group()->session;
	t->pgrp = own_group()->pgrp;
}

static int is_ignored(int sig)
{
	const struct task_struct *self = current;

	return set_has(&self->sigblocked, sig) || self->sighand->action[sig - 1].handler == SIG_IGN;
}

/* A process of the background that reads, or changes something: its group is stopped. 0: it may. */
static int32_t check_foreground(const struct tty *t, int sig)
{
	int32_t pgrp = own_group()->pgrp;

	if (!is_own(t) || !t->pgrp || t->pgrp == pgrp)
		return 0;
	if (is_ignored(sig))
		return sig == SIGTTIN ? -EIO : 0;
	if (group_is_orphaned(pgrp, NULL))
		return -EIO;
	signal_group(pgrp, sig);
	return -ERESTARTSYS;
}

/* It is no process's any more. */
static void becomes_nobodys(struct tty *t)
{
	for_each_task(p) if (p->group.tty == t) p->group.tty = NULL;
	t->session = t->pgrp = 0;
}

static void signal_front(int32_t pgrp, int and_go_on)
{
	if (!pgrp)
		return;
	signal_group(pgrp, SIGHUP);
	if (and_go_on)
		signal_group(pgrp, SIGCONT);
}

/* The end of a session's first process, or it gives its terminal up. One that has hung up has a last word then. */
void leave_terminal(struct task_struct *leader, int ends)
{
	struct group *g = &leader->group;
	struct tty *t = g->tty;

	if (g->session != leader->tgid)
		return;
	signal_front(t ? t->pgrp : g->tty_old_pgrp, !t || !ends);
	if (t)
		becomes_nobodys(t);
}

/* The master is gone. */
static void hang_up(struct tty *t)
{
	struct task_struct *leader = t->session ? find_task_by_pid(t->session) : NULL;
	const int32_t pgrp = t->pgrp;

	t->hung = 1;
	becomes_nobodys(t);
	if (leader && leader->leader == leader) {
		leader->group.tty_old_pgrp = pgrp;
		if (leader->state < TASK_ZOMBIE) {
			kernel_signal(SIGHUP, leader);
			kernel_signal(SIGCONT, leader);
		}
	}
	tty_changed(t);
}

/* ---- ioctl ---- */

struct termios2 {
	struct termios old;
	uint32_t speed[2];
};

#define CBAUD   0x100fu /* of c_cflag; of input 16 bits above, where 0 is output's */
#define CBAUDEX 0x1000u /* alone: BOTHER, any speed */

static uint32_t baud(uint32_t rate, uint32_t other)
{
	static const uint32_t table[] = {
		0,       50,      75,      110,     134,     150,     200,     300,
		600,     1200,    1800,    2400,    4800,    9600,    19200,   38400,
		57600,   115200,  230400,  460800,  500000,  576000,  921600,  1000000,
		1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000,
	};

	return rate == CBAUDEX ? other : table[(rate & 15) + (rate & CBAUDEX ? 15 : 0)];
}

static int32_t get_termios(const struct tty *t, uint32_t arg, uint32_t size)
{
	const struct termios2 now = { t->termios, { t->speed[0], t->speed[1] } };

	return copy_to_user(arg, &now, size / 4) ? -EFAULT : 0;
}

static int32_t set_termios(struct tty *t, uint32_t arg, uint32_t size, int discards)
{
	struct termios2 new = { t->termios, { t->speed[0], t->speed[1] } };
	uint32_t in;

	if (copy_from_user(&new, arg, size / 4))
		return -EFAULT;
	if (discards)
		tty_flush(t, 1, 0);
	in = new.old.cflag >> 16 & CBAUD;
	t->speed[1] = baud(new.old.cflag &CBAUD, new.speed[1]);
	t->speed[0] = in ? baud(in, new.speed[0]) : t->speed[1];
	tty_set(t, &new.old);
	return 0;
}

static int32_t set_window(struct tty *t, uint32_t arg)
{
	uint32_t window[2];

	if (copy_from_user(window, arg, 2))
		return -EFAULT;
	if (window[0] == t->window[0] && window[1] == t->window[1])
		return 0;
	t->window[0] = window[0];
	t->window[1] = window[1];
	if (t->pgrp)
		signal_group(t->pgrp, SIGWINCH);
	return 0;
}

static int32_t set_foreground(struct tty *t, uint32_t arg)
{
	int32_t may = check_foreground(t, SIGTTOU);
	uint32_t pgrp;

	if (may)
		return may == -EIO ? -ENOTTY : may;
	if (!is_own(t) || t->session != own_group()->session)
		return -ENOTTY;
	if (get_user(&pgrp, arg))
		return -EFAULT;
	if ((int32_t)pgrp < 0)
		return -EINVAL;
	if (session_of_group((int32_t)pgrp) != t->session)
		return -EPERM;
	t->pgrp = (int32_t)pgrp;
	return 0;
}

static int32_t take(struct tty *t, uint32_t steal)
{
	if (leads_session() && t->session == own_group()->session)
		return 0;
	if (!leads_session() || own_group()->tty)
		return -EPERM;
	if (t->session && (steal != 1 || current->euid))
		return -EPERM;
	becomes_nobodys(t);
	become_own(t);
	return 0;
}

/* What one side reads is what the other wrote. */
static int32_t flush(struct tty *t, int is_master, uint32_t what)
{
	const int read = what != 1, written = what != 0;

	if (what > 2)
		return -EINVAL;
	tty_flush(t, is_master ? written : read, is_master ? read : written);
	tty_changed(t);
	return 0;
}

/* Who is in the background must not do that. A master is nobody's terminal. */
static int changes(uint32_t request)
{
	switch (request) {
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
	case TCSETS2:
	case TCSETSW2:
	case TCSETSF2:
	case TCXONC:
	case TCFLSH: return 1;
	case TCSBRK:
	case TCSBRKP: return BREAK_ASKS;
	default: return 0;
	}
}

/* Of who leads its session it is all of that session's; another has none from now on. */
static int32_t give_up(struct tty *t)
{
	if (!is_own(t))
		return -ENOTTY;
	if (leads_session())
		leave_terminal(current->leader, 0);
	own_group()->tty = NULL;
	return 0;
}

static int32_t control(struct tty *t, int is_master, uint32_t request, uint32_t arg)
{
	int32_t may = !is_master && changes(request) ? check_foreground(t, SIGTTOU) : 0;

	if (may)
		return may;
	switch (request) {
	case TCGETS: return get_termios(t, arg, sizeof(struct termios));
	case TCGETS2: return get_termios(t, arg, sizeof(struct termios2));
	case TCSETS:
	case TCSETSW:
	case TCSETSF: return set_termios(t, arg, sizeof(struct termios), request == TCSETSF);
	case TCSETS2:
	case TCSETSW2:
	case TCSETSF2: return set_termios(t, arg, sizeof(struct termios2), request == TCSETSF2);
	case TCSBRK:
	case TCSBRKP: return 0; /* all is sent at once */
	case TCXONC: return tty_flow(t, is_master, arg);
	case TCFLSH: return flush(t, is_master, arg);
	case TIOCGWINSZ: return copy_to_user(arg, t->window, 2) ? -EFAULT : 0;
	case TIOCSWINSZ: return set_window(t, arg);
	case TIOCSCTTY: return take(t, arg);
	case TIOCNOTTY: return give_up(t);
	case TIOCGPGRP: return is_master || is_own(t) ? put_user((uint32_t)t->pgrp, arg) : -ENOTTY;
	case TIOCGSID:
		return (is_master || is_own(t)) && t->session ?
			       put_user((uint32_t)t->session, arg) :
			       -ENOTTY;
	case TIOCSPGRP: return set_foreground(t, arg);
	case FIONREAD: return put_user(is_master ? t->out.bytes : t->in.bytes, arg);
	case TIOCOUTQ: return put_user(is_master ? 0 : t->out.bytes, arg);
	default: return -EINVAL;
	}
}

/* ---- the program's side ---- */

static int32_t slave_read(struct file *f, struct span *to)
{
	struct tty *t = f->object;
	int32_t may = t->hung ? 0 : check_foreground(t, SIGTTIN);

	return may ? may : t->hung ? 0 : tty_read(t, f, to);
}

static int32_t slave_write(struct file *f, struct span *from)
{
	struct tty *t = f->object;
	int32_t done = 0, may = t->termios.lflag & TOSTOP ? check_foreground(t, SIGTTOU) : 0;
	uint8_t c;

	if (may)
		return may;
	while (from->left && !t->hung) {
		if (span_get(from, &c, 1) < 1)
			return done ? done : -EFAULT;
		while (!t->hung && !tty_send(t, c)) {
			tty_changed(t);
			if (no_wait(f))
				return done ? done : -EAGAIN;
			if (sleep_on(t, NO_TIMEOUT) == -ERESTARTSYS)
				return done ? done : -ERESTARTSYS;
		}
		done++;
	}
	tty_changed(t);
	return t->hung ? -EIO : done;
}

static uint32_t slave_poll(struct file *f)
{
	const struct tty *t = f->object;

	if (t->hung)
		return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM | POLLERR | POLLHUP;
	return (tty_readable(t) ? POLLIN | POLLRDNORM : 0) |
	       (!t->stopped && t->out.bytes < TTY_BYTES / 2 ? POLLOUT | POLLWRNORM : 0);
}

static void slave_release(struct file *f)
{
	struct tty *t = f->object;

	t->left = --t->slaves == 0;
	t->used = t->master || t->slaves;
	tty_changed(t);
}

static int32_t slave_ioctl(struct file *f, uint32_t request, uint32_t arg)
{
	struct tty *t = f->object;

	return t->hung ? -EIO : control(t, 0, request, arg);
}

static const struct file_ops slave_ops = { .read = slave_read,
					   .write = slave_write,
					   .poll = slave_poll,
					   .release = slave_release,
					   .ioctl = slave_ioctl };

/* ---- the master's ---- */

static int32_t master_read(struct file *f, struct span *to)
{
	struct tty *t = f->object;
	uint32_t done;

	while (!t->out.bytes) {
		if (t->left)
			return -EIO;
		if (no_wait(f))
			return -EAGAIN;
		if (sleep_on(t, NO_TIMEOUT) == -ERESTARTSYS)
			return -ERESTARTSYS;
	}
	done = ring_give(&t->out, to);
	tty_changed(t);
	return done || !to->left ? (int32_t)done : -EFAULT;
}

/* What the master writes. */
static int takes(const struct tty *t)
{
	return !t->held[1] && tty_has_room(t);
}

static int32_t master_write(struct file *f, struct span *from)
{
	struct tty *t = f->object;
	int32_t done = 0;
	uint8_t c;

	while (from->left) {
		if (!takes(t)) {
			tty_changed(t);
			if (no_wait(f))
				return done ? done : -EAGAIN;
			if (sleep_on(t, NO_TIMEOUT) == -ERESTARTSYS)
				return done ? done : -ERESTARTSYS;
			continue;
		}
		if (span_get(from, &c, 1) < 1)
			return done ? done : -EFAULT;
		tty_receive(t, c);
		done++;
	}
	tty_changed(t);
	return done;
}

static uint32_t master_poll(struct file *f)
{
	const struct tty *t = f->object;

	return (t->out.bytes ? POLLIN | POLLRDNORM : 0) | (t->left ? POLLHUP : 0) |
	       (takes(t) ? POLLOUT | POLLWRNORM : 0);
}

static void master_release(struct file *f)
{
	struct tty *t = f->object;

	t->master = 0;
	t->used = t->slaves != 0;
	hang_up(t);
}

static int32_t master_ioctl(struct file *f, uint32_t request, uint32_t arg)
{
	struct tty *t = f->object;

	if (request == TIOCGPTN)
		return put_user(t->number, arg);
	if (request == TIOCSPTLCK)
		return get_user(&t->locked, arg) ? -EFAULT : 0;
	return control(t, 1, request, arg);
}

static const struct file_ops master_ops = { .read = master_read,
					    .write = master_write,
					    .poll = master_poll,
					    .release = master_release,
					    .ioctl = master_ioctl };

/* ---- open ---- */

static struct file *open_master(uint32_t flags)
{
	for (uint32_t n = 0; n < NR_PTYS; n++) {
		struct tty *t = &ttys[n];
		struct file *f;

		if (t->used)
			continue;
		f = file_new(&master_ops, (int32_t)(PTMX_HANDLE + n), flags, t);
		if (!f)
			return NULL;
		t->number = n;
		tty_open(t);
		t->master = 1;
		return f;
	}
	return NULL;
}

static int32_t open_slave(struct tty *t, uint32_t flags)
{
	struct file *f;

	if (!t->used || t->hung || t->locked)
		return -EIO;
	f = file_new(&slave_ops, (int32_t)(PTY_HANDLE + t->number), flags & ~ONLY_FOR_OPEN, t);
	if (!f)
		return -ENFILE;
	t->slaves++;
	t->left = 0;
	if (!(flags & O_NOCTTY) && leads_session() && !t->session && !own_group()->tty)
		become_own(t);
	return fd_install(f, 0, flags & O_CLOEXEC);
}

int32_t pty_open(uint32_t handle, uint32_t flags)
{
	struct file *f;

	if (handle >= PTY_HANDLE)
		return handle - PTY_HANDLE < NR_PTYS ?
			       open_slave(&ttys[handle - PTY_HANDLE], flags) :
			       -ENXIO;
	f = open_master(flags & ~ONLY_FOR_OPEN);
	return f ? fd_install(f, 0, flags & O_CLOEXEC) : -EIO;
}

uint32_t pty_name(const struct file *f, char name[16])
{
	static const char slave[] = "/dev/pts/", master[] = "/dev/ptmx";
	const struct tty *t = f->object;

	if (f->ops == &master_ops) {
		__builtin_memcpy(name, master, sizeof(master));
		return sizeof(master) - 1;
	}
	if (f->ops != &slave_ops)
		return 0;
	__builtin_memcpy(name, slave, sizeof(slave));
	name[sizeof(slave) - 1] = (char)('0' + t->number); /* they are less than ten */
	return sizeof(slave);
}

int has_pty(void)
{
	return own_group()->tty != NULL;
}

int32_t pty_open_own(uint32_t flags)
{
	return open_slave(own_group()->tty, flags);
}
