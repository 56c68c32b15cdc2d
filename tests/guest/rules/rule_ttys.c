/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule_ttys.c: several pseudo terminals at once, what poll(2) says of a master at each step of its life, what is left of a
 * terminal whose master is closed, how long a read waits by MIN and TIME, and characters that are switched off, by pty(7),
 * termios(3), ioctl_tty(2), tty(4).
 */
#include "rule.h"

#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

enum { PAIRS = 4, IN = POLLIN | POLLRDNORM, OUT = POLLOUT | POLLWRNORM };

static int master[PAIRS], slave[PAIRS];
static char name[PAIRS][64];

static void open_master(int i)
{
	master[i] = posix_openpt(O_RDWR | O_NOCTTY);
	CHECK(master[i] >= 0 && !ptsname_r(master[i], name[i], sizeof(name[i])) &&
	      !unlockpt(master[i]));
}

static void open_slave(int i)
{
	slave[i] = open(name[i], O_RDWR | O_NOCTTY);
	CHECK(slave[i] >= 0);
}

static short events_of(int fd)
{
	struct pollfd p = { .fd = fd, .events = IN | OUT | POLLPRI };

	CHECK(poll(&p, 1, 0) >= 0);
	return p.revents;
}

static void type(int fd, const char *text, size_t size)
{
	CHECK(write(fd, text, size) == (ssize_t)size);
}

/* Another kernel may hand it over a little later. */
static void reads(int fd, const char *text, size_t size)
{
	char got[256];
	size_t n = 0;

	while (n < size) {
		ssize_t more = read(fd, got + n, size - n);

		CHECK(more > 0);
		n += (size_t)more;
	}
	CHECK(!memcmp(got, text, size));
}

static void wait_for(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	CHECK(poll(&p, 1, 20000) == 1);
}

/* ---- several ---- */

static void each_its_own(void)
{
	char line[PAIRS][8];
	unsigned number;

	for (int i = 0; i < PAIRS; i++) {
		struct winsize size = { (unsigned short)(i + 1), (unsigned short)(100 - i), 7,
					(unsigned short)(300 + i) };

		open_master(i);
		open_slave(i);
		CHECK(!ioctl(master[i], TIOCSWINSZ, &size));
		CHECK(!ioctl(master[i], TIOCGPTN, &number) &&
		      (unsigned)atoi(name[i] + 9) == number);
	}
	for (int i = 0; i < PAIRS; i++) {
		struct termios t;

		CHECK(!tcgetattr(slave[i], &t));
		t.c_lflag &= ~(tcflag_t)(i & 1 ? ECHO : ICANON);
		t.c_cc[VSTART] = (cc_t)(20 + i);
		CHECK(!tcsetattr(slave[i], TCSANOW, &t));
	}
	for (int i = 0; i < PAIRS; i++) {
		snprintf(line[i], sizeof(line[i]), "%d is", i);
		type(master[i], line[i], 4);
	}
	for (int i = 0; i < PAIRS; i += 2)
		reads(master[i], line[i], 4); /* its echo */
	for (int i = 0; i < PAIRS; i++)
		type(slave[i], line[i], 2);
	for (int i = 0; i < PAIRS; i++) {
		struct winsize size;
		struct termios t;

		CHECK(!ioctl(slave[i], TIOCGWINSZ, &size));
		CHECK(size.ws_row == i + 1 && size.ws_col == 100 - i && size.ws_xpixel == 7 &&
		      size.ws_ypixel == 300 + i);
		CHECK(!tcgetattr(slave[i], &t) && t.c_cc[VSTART] == 20 + i);
		CHECK((t.c_lflag & ECHO ? 0 : 1) == (i & 1) &&
		      (t.c_lflag & ICANON ? 1 : 0) == (i & 1));
		reads(master[i], line[i], 2);
		type(master[i], "\n", 1);
		reads(slave[i], line[i], 4);
		reads(slave[i], "\n", 1);
	}
	for (int i = 0; i < PAIRS; i++)
		CHECK(!close(slave[i]) && !close(master[i]));
}

/* ---- what poll says ---- */

static void at_each_step(void)
{
	char c;

	open_master(0);
	open_slave(0);
	CHECK(events_of(master[0]) == OUT && events_of(slave[0]) == OUT);
	type(slave[0], "x", 1);
	wait_for(master[0], POLLIN);
	CHECK(events_of(master[0]) == (IN | OUT) && events_of(slave[0]) == OUT);
	reads(master[0], "x", 1);
	CHECK(events_of(master[0]) == OUT);
	type(master[0], "ab", 2);
	reads(master[0], "ab", 2);         /* its echo */
	CHECK(events_of(slave[0]) == OUT); /* a line is not whole */
	type(master[0], "\n", 1);
	wait_for(slave[0], POLLIN);
	CHECK(events_of(slave[0]) == (IN | OUT));
	reads(slave[0], "ab\n", 3);
	reads(master[0], "\r\n", 2);
	CHECK(!close(slave[0]));
	CHECK(events_of(master[0]) & POLLHUP);
	FAILS(read(master[0], &c, 1), EIO);
	open_slave(0);
	CHECK(events_of(master[0]) == OUT);
	/* The last word of one that goes is not lost. */
	type(slave[0], "bye", 3);
	CHECK(!close(slave[0]));
	wait_for(master[0], POLLIN);
	CHECK((events_of(master[0]) & (POLLHUP | POLLIN)) == (POLLHUP | POLLIN));
	reads(master[0], "bye", 3);
	FAILS(read(master[0], &c, 1), EIO);
	open_slave(0);
	CHECK(!close(master[0]));
	CHECK((events_of(slave[0]) & (POLLHUP | POLLIN)) == (POLLHUP | POLLIN));
	CHECK(read(slave[0], &c, 1) == 0);
	FAILS(write(slave[0], "x", 1), EIO);
	CHECK(open(name[0], O_RDWR | O_NOCTTY) == -1 && (errno == EIO || errno == ENOENT));
	CHECK(ioctl(slave[0], TIOCGWINSZ, &(struct winsize){ 0 }) == -1 && errno == EIO);
	/* Its number is not another's as long as it is open. */
	open_master(1);
	CHECK(strcmp(name[0], name[1]));
	CHECK(!close(slave[0]) && !close(master[1]));
	open_master(1);
	open_slave(1);
	CHECK(events_of(slave[1]) == OUT);
	CHECK(!close(slave[1]) && !close(master[1]));
}

/* ---- MIN and TIME ---- */

static void raw(int fd, cc_t min, cc_t time)
{
	struct termios t;

	CHECK(!tcgetattr(fd, &t));
	cfmakeraw(&t);
	t.c_cc[VMIN] = min;
	t.c_cc[VTIME] = time;
	CHECK(!tcsetattr(fd, TCSANOW, &t));
}

/* After `ms` the master types so much, once more after twice that. */
static pid_t typist(int ms, int times, const char *text)
{
	pid_t pid;

	CHILD(pid)
	for (int i = 0; i < times; i++) {
		sleep_ms(ms);
		type(master[0], text, strlen(text));
	}
	return pid;
}

/* read is to return that, after so many milliseconds. */
static void takes(size_t most, const char *text, int ms)
{
	int64_t since = now_ms(), took;
	char got[16];

	CHECK(read(slave[0], got, most) == (ssize_t)strlen(text) &&
	      !memcmp(got, text, strlen(text)));
	took = now_ms() - since;
	CHECK(took >= ms - 1 && took <= ms + 1 + late(0) / 1000000);
}

static void waits(void)
{
	pid_t pid;

	open_master(0);
	open_slave(0);
	raw(slave[0], 0, 0);
	takes(4, "", 0);
	raw(slave[0], 0, 3);
	takes(4, "", 300);
	pid = typist(200, 1, "ab");
	takes(4, "ab", 200);
	expect_exit(pid, 0);
	raw(slave[0], 3, 0);
	pid = typist(250, 2, "ab");
	takes(8, "abab", 500);
	expect_exit(pid, 0);
	pid = typist(200, 1, "xyz12");
	takes(2, "xy", 200); /* no more than it has room for */
	takes(3, "z12", 0);
	expect_exit(pid, 0);
	raw(slave[0], 5, 4); /* between two bytes: it begins with the first */
	pid = typist(700, 1, "ab");
	takes(8, "ab", 1100);
	expect_exit(pid, 0);
	pid = typist(300, 3, "ab");
	takes(8, "ababab", 900);
	expect_exit(pid, 0);
	/* Bytes of all kinds go through as they are. */
	raw(slave[0], 1, 0);
	for (int c = 0; c < 256; c++) {
		char byte = (char)c;

		type(master[0], &byte, 1);
		reads(slave[0], &byte, 1);
		type(slave[0], &byte, 1);
		reads(master[0], &byte, 1);
	}
	CHECK(!close(slave[0]) && !close(master[0]));
}

/* ---- lines ---- */

/* A character that is switched off is none that anybody types: not even a 0. */
static void switched_off(void)
{
	static const uint8_t slots[] = { VINTR, VQUIT, VERASE,  VKILL,  VEOF,    VEOL,
					 VEOL2, VSUSP, VWERASE, VLNEXT, VREPRINT };
	struct termios t;

	open_master(0);
	open_slave(0);
	CHECK(!tcgetattr(slave[0], &t));
	t.c_lflag &= ~(tcflag_t)ECHO;
	CHECK(!tcsetattr(slave[0], TCSANOW, &t));
	for (unsigned i = 0; i < sizeof(slots); i++) {
		cc_t was = t.c_cc[slots[i]];

		t.c_cc[slots[i]] = 0;
		CHECK(!tcsetattr(slave[0], TCSANOW, &t));
		type(master[0], "a\0b\n", 4);
		reads(slave[0], "a\0b\n", 4);
		t.c_cc[slots[i]] = was;
	}
	CHECK(!close(slave[0]) && !close(master[0]));
}

/* Lines of all lengths, several of them at once, each is read alone. */
static void lengths(void)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijk";
	struct termios t;
	char got[128];

	open_master(0);
	open_slave(0);
	CHECK(!tcgetattr(slave[0], &t));
	t.c_lflag &= ~(tcflag_t)ECHO;
	CHECK(!tcsetattr(slave[0], TCSANOW, &t));
	for (size_t n = 0; n < 70; n++) {
		for (size_t k = 0; k < 3; k++) {
			type(master[0], letters + k, n);
			type(master[0], k == 1 ? "\004" : "\n", 1);
		}
		for (size_t k = 0; k < 3; k++) {
			size_t more = k != 1;

			if (n + more) /* an end of file with nothing before it is one */
				wait_for(slave[0], POLLIN);
			CHECK(read(slave[0], got, sizeof(got)) == (ssize_t)(n + more));
			CHECK(!memcmp(got, letters + k, n) && (!more || got[n] == '\n'));
		}
	}
	CHECK(!close(slave[0]) && !close(master[0]));
}

/* Whether lines are waited for is ICANON's alone; what waits can be thrown away. */
static void canonical(void)
{
	struct termios t;
	char c;

	open_master(0);
	open_slave(0);
	CHECK(!tcgetattr(slave[0], &t) && nonblocking(slave[0]) == 0);
	for (int whole = 0; whole < 2; whole++) {
		t.c_lflag = whole ? ICANON :
				    ISIG | ECHO | ECHOE | ECHOK | ECHONL | NOFLSH | TOSTOP | IEXTEN;
		t.c_cc[VMIN] = 1;
		t.c_cc[VTIME] = 0;
		CHECK(!tcsetattr(slave[0], TCSANOW, &t));
		type(master[0], "q", 1);
		if (whole) {
			CHECK(events_of(slave[0]) == OUT);
			FAILS(read(slave[0], &c, 1), EAGAIN);
			type(master[0], "\n", 1);
		}
		wait_for(slave[0], POLLIN);
		CHECK(!tcflush(slave[0], TCIFLUSH) && events_of(slave[0]) == OUT);
		FAILS(read(slave[0], &c, 1), EAGAIN);
		type(master[0], "r\n", 2);
		wait_for(slave[0], POLLIN);
		reads(slave[0], "r\n", 2);
	}
	CHECK(!close(slave[0]) && !close(master[0]));
}

/* ---- the terminal of a session ---- */

static siginfo_t of_key;

static void key(int sig, siginfo_t *info, void *context)
{
	(void)context;
	of_key = *info;
	caught = sig;
}

/* The kernel sends it, and nobody else is named. */
static void keys(void)
{
	struct sigaction a = { .sa_sigaction = key, .sa_flags = SA_SIGINFO };
	pid_t pid;
	char c;

	open_master(0);
	CHILD(pid)
	{
		CHECK(setsid() == getpid() && (slave[0] = open(name[0], O_RDWR)) >= 0);
		CHECK(!sigaction(SIGINT, &a, NULL) && !sigaction(SIGQUIT, &a, NULL));
		for (int i = 0; i < 2; i++) {
			caught = 0;
			type(slave[0], "k", 1);
			while (!caught)
				poll(NULL, 0, 1);
			CHECK(caught == (i ? SIGQUIT : SIGINT) && of_key.si_signo == caught);
			CHECK(of_key.si_code == SI_KERNEL && !of_key.si_errno && !of_key.si_pid &&
			      !of_key.si_uid);
		}
	}
	reads(master[0], "k", 1);
	type(master[0], "\3", 1);
	do /* younger kernels show ^C before */
		CHECK(read(master[0], &c, 1) == 1);
	while (c != 'k');
	type(master[0], "\34", 1);
	expect_exit(pid, 0);
	CHECK(!close(master[0]));
}

static void ones_own(void)
{
	pid_t pid;
	int fd;

	open_master(0);
	open_master(1);
	CHILD(pid)
	{
		int other;

		CHECK(setsid() == getpid());
		FAILS(open("/dev/tty", O_RDWR), ENXIO);
		slave[1] = open(name[1], O_RDWR | O_NOCTTY);
		FAILS(open("/dev/tty", O_RDWR), ENXIO);
		slave[0] = open(name[0], O_RDWR);
		CHECK(slave[0] >= 0 && slave[1] >= 0 && tcgetsid(slave[0]) == getpid());
		FAILS(tcgetsid(slave[1]), ENOTTY);
		fd = open("/dev/tty", O_RDWR);
		CHECK(fd >= 0 && tcgetpgrp(fd) == getpid());
		FAILS(ioctl(slave[1], TIOCSCTTY, 0), EPERM); /* it has one */
		type(fd, "here", 4);
		CHECK((other = dup(fd)) >= 0 && isatty(other));
		signal(SIGHUP, SIG_IGN);
		CHECK(!ioctl(fd, TIOCNOTTY, 0));
		FAILS(open("/dev/tty", O_RDWR), ENXIO);
		CHECK(!ioctl(slave[1], TIOCSCTTY, 0) && tcgetsid(slave[1]) == getpid());
		fd = open("/dev/tty", O_RDWR);
		CHECK(fd >= 0);
		type(fd, "there", 5);
	}
	reads(master[0], "here", 4);
	reads(master[1], "there", 5);
	expect_exit(pid, 0);
	CHECK(!close(master[0]) && !close(master[1]));
}

/* ---- what is drawn ---- */

static struct {
	struct termios t;
	char echo[512], line[64], lines[16][64];
	int echoed, typed, size[16], whole;
} model;

static unsigned drawn = 1;

static unsigned draw(unsigned n)
{
	drawn = drawn * 1103515245 + 12345;
	return (drawn >> 16) % n;
}

static void put_out(char c)
{
	const tcflag_t flags = model.t.c_oflag;

	if ((flags & OPOST) && (flags & ONLCR) && c == '\n')
		model.echo[model.echoed++] = '\r';
	model.echo[model.echoed++] = (flags & OPOST) && (flags & OCRNL) && c == '\r' ? '\n' : c;
}

static int shows_as_two(char c)
{
	return (model.t.c_lflag & ECHOCTL) && ((unsigned char)c < 32 || c == 127) && c != '\n';
}

static void echo(char c)
{
	if (!(model.t.c_lflag & ECHO) && !(c == '\n' && (model.t.c_lflag & ECHONL)))
		return;
	if (shows_as_two(c))
		put_out('^');
	put_out(shows_as_two(c) ? (char)(c ^ 64) : c);
}

static void rub_out(char by)
{
	const char c = model.line[--model.typed];

	if (!(model.t.c_lflag & ECHOE))
		echo(by);
	else if (model.t.c_lflag & ECHO)
		for (int i = 0; i <= shows_as_two(c); i++)
			put_out('\b'), put_out(' '), put_out('\b');
}

static void whole_line(void)
{
	memcpy(model.lines[model.whole], model.line, (size_t)model.typed);
	model.size[model.whole++] = model.typed;
	model.typed = 0;
}

/* A key, by termios(3). */
static void is_typed(char c)
{
	const tcflag_t in = model.t.c_iflag, how = model.t.c_lflag;
	const cc_t *key = model.t.c_cc;
	const int all = ECHOK | ECHOKE | ECHOE;

	if (in & ISTRIP)
		c &= 0x7f;
	if (c == '\r' && (in & IGNCR))
		return;
	if (c == '\r' && (in & ICRNL))
		c = '\n';
	else if (c == '\n' && (in & INLCR))
		c = '\r';
	if (c == (char)key[VERASE]) {
		if (model.typed)
			rub_out(c);
	} else if (c == (char)key[VKILL]) {
		if (((int)how & all) == all) {
			while (model.typed)
				rub_out(c);
			return;
		}
		if (model.typed && (how & ECHO)) {
			echo(c);
			if (how & ECHOK)
				echo('\n');
		}
		model.typed = 0;
	} else if (c == (char)key[VWERASE] && (how & IEXTEN)) {
		while (model.typed && model.line[model.typed - 1] == ' ')
			rub_out(c);
		while (model.typed && model.line[model.typed - 1] != ' ')
			rub_out(c);
	} else if (c == (char)key[VEOF]) {
		whole_line();
	} else {
		echo(c);
		model.line[model.typed++] = c;
		if (c == '\n' || c == (char)key[VEOL] || (c == (char)key[VEOL2] && (how & IEXTEN)))
			whole_line();
	}
}

static tcflag_t some_of(const tcflag_t *flags, unsigned n)
{
	tcflag_t all = 0;

	for (unsigned i = 0; i < n; i++)
		all |= draw(2) ? flags[i] : 0;
	return all;
}

/* Where kernels differ nothing is drawn: words end at spaces, a word is rubbed out with ECHOE alone, and what
 * shows as nothing is not typed. */
static void is_set(void)
{
	static const tcflag_t in[] = { ISTRIP, INLCR, IGNCR, ICRNL },
			      out[] = { OPOST, ONLCR, OCRNL };
	static const tcflag_t how[] = { ECHO, ECHO, ECHOE, ECHOK, ECHONL, ECHOCTL, ECHOKE };
	struct termios *t = &model.t;

	CHECK(!tcgetattr(slave[0], t));
	t->c_iflag = some_of(in, 4);
	t->c_oflag = some_of(out, 3);
	t->c_lflag = ICANON | some_of(how, 7);
	if (draw(2))
		t->c_lflag |= IEXTEN | ECHOE;
	memset(t->c_cc, 0, sizeof(t->c_cc));
	t->c_cc[VERASE] = 'E';
	t->c_cc[VKILL] = 'K';
	t->c_cc[VWERASE] = 'W';
	t->c_cc[VEOF] = 'F';
	t->c_cc[VEOL] = 'L';
	t->c_cc[VEOL2] = 'M';
	CHECK(!tcsetattr(slave[0], TCSANOW, t));
}

static void drawn_keys(void)
{
	static const char keys[] = "ab  cEEWKFLM\n\r\x01\x7f\xe1";

	open_master(0);
	open_slave(0);
	for (int round = 0; round < 60; round++) {
		char got[64];

		memset(&model, 0, sizeof(model));
		is_set();
		for (int i = 0; i < 14; i++) {
			const char c = keys[draw(sizeof(keys) - 1)];
			const int odd = c == 1 || c == 127 || c == '\xe1';

			if (odd && (model.t.c_lflag & (IEXTEN | ECHOCTL)) != ECHOCTL)
				continue;
			type(master[0], &c, 1);
			is_typed(c);
		}
		type(master[0], "F", 1); /* what is left is a line */
		is_typed('F');
		reads(master[0], model.echo, (size_t)model.echoed);
		for (int i = 0; i < model.whole; i++) {
			CHECK(read(slave[0], got, sizeof(got)) == model.size[i]);
			CHECK(!memcmp(got, model.lines[i], (size_t)model.size[i]));
		}
		CHECK(events_of(slave[0]) == OUT && events_of(master[0]) == OUT);
	}
	CHECK(!close(slave[0]) && !close(master[0]));
}

int main(void)
{
	if (getenv("REAL_MACHINE"))
		hurry();
	each_its_own();
	at_each_step();
	waits();
	switched_off();
	lengths();
	canonical();
	keys();
	ones_own();
	drawn_keys();
	return 0;
}
