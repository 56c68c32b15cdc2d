/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * output.c: files that the command writes. The part of a regular file lies beside it, under a
 * name that nobody had, and takes its place by rename when it is complete. An interruption
 * removes parts and ends logs with a line; then the signal takes its course.
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "output.h"

#define LOG_LINE 65536 /* longer than any line: it is written in one piece */

/* ---- interruptions ---- */

/* What is to be done, one for each open output; read by the handler. */
#define OUTPUTS_MAX 16
static struct at_end {
	_Atomic(const char *) part; /* to be removed */
	_Atomic(const char *) line; /* to be written to `fd` */
	int fd;
} at_ends[OUTPUTS_MAX];

static void on_signal(int signal_number)
{
	for (size_t i = 0; i < OUTPUTS_MAX; i++) {
		const char *part = at_ends[i].part, *line = at_ends[i].line;

		if (part)
			unlink(part);
		/* What is already there are whole lines: stdio has the rest. */
		if (line && write(at_ends[i].fd, line, strlen(line)) < 0)
			continue; /* there is nobody to tell */
	}
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

static void watch_signals(void)
{
	static const int signals[] = {
		SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGXCPU, SIGXFSZ
	};
	struct sigaction action, old;

	memset(&action, 0, sizeof(action));
	action.sa_handler = on_signal;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		/* What the caller had ignored (nohup) stays so. */
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL)
			sigaction(signals[i], &action, NULL);
}

static void remember(struct cli_output *o, const char *line, int fd)
{
	for (int i = 0; i < OUTPUTS_MAX && o->at_end < 0; i++) {
		if (at_ends[i].part || at_ends[i].line)
			continue;
		o->at_end = i;
		at_ends[i].fd = fd;
		at_ends[i].part = o->part;
		at_ends[i].line = line;
	}
	watch_signals();
}

/* ---- where a path leads ---- */

static bool fail(const char *path, int error)
{
	cli_say("cannot write %s: %s", path, strerror(error));
	return false;
}

/* "DIR/" of "DIR/name", or "", with `name` behind it; malloc'ed. */
static char *beside(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
	char *text = malloc(folder + strlen(name) + 1);

	if (!text)
		return NULL;
	memcpy(text, path, folder);
	strcpy(text + folder, name);
	return text;
}

#define LINKS_MAX 40 /* as many as Linux follows */

/* The path of the file itself, which need not be there yet; malloc'ed, NULL with errno. */
static char *behind_links(const char *path)
{
	char target[4096], *at = strdup(path), *next;

	for (int i = 0; at && i < LINKS_MAX; i++) {
		ssize_t n = readlink(at, target, sizeof(target) - 1);

		if (n < 0)
			return at;
		target[n] = '\0';
		next = target[0] == '/' ? strdup(target) : beside(at, target);
		free(at);
		at = next;
	}
	errno = at ? ELOOP : ENOMEM;
	free(at);
	return NULL;
}

/* Is it what our own descriptor leads to (/dev/stdout)? Devices are opened by anybody. */
static bool is_ours(const struct stat *st, int fd)
{
	struct stat own;

	return fstat(fd, &own) == 0 && !S_ISCHR(own.st_mode) && own.st_dev == st->st_dev &&
	       own.st_ino == st->st_ino;
}

/* Our own standard output or error: another opening of a file would write over it. */
static FILE *own_stream(const char *path, const struct stat *st, FILE *dash)
{
	if (!strcmp(path, "-"))
		return dash;
	if (st && is_ours(st, STDOUT_FILENO))
		return stdout;
	return st && is_ours(st, STDERR_FILENO) ? stderr : NULL;
}

static bool is_own(const FILE *out)
{
	return out == stdout || out == stderr;
}

/* ---- opening ---- */

/* What a file is that nobody has yet: as fopen makes it. */
static mode_t new_mode(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return 0666 & ~mask;
}

static void clear(struct cli_output *o)
{
	if (o->at_end >= 0) {
		at_ends[o->at_end].part = NULL;
		at_ends[o->at_end].line = NULL;
	}
	free(o->real);
	free(o->part);
	*o = (struct cli_output){ .at_end = -1 };
}

/* Can another file, which a process like us makes, be the old one's owner's? */
static bool give_owner(int fd, const struct stat *old)
{
	struct stat st;

	return fstat(fd, &st) == 0 && ((st.st_uid == old->st_uid && st.st_gid == old->st_gid) ||
				       fchown(fd, old->st_uid, old->st_gid) == 0);
}

static bool open_through(struct cli_output *o)
{
	o->out = fopen(o->path, "we");
	return o->out ? true : fail(o->path, errno);
}

/* The part, with owner and mode of what it is to replace (`st`, NULL: of a new file). */
static bool open_part(struct cli_output *o, const struct stat *st)
{
	int fd;

	o->real = behind_links(o->path);
	o->part = o->real ? beside(o->real, ".sysemu-XXXXXX") : NULL;
	if (!o->part || (st && access(o->real, W_OK) != 0))
		return fail(o->path, errno);
	fd = mkstemp(o->part);
	if (fd < 0 && !(st && errno == EACCES))
		return fail(o->path, errno);
	if (st && (fd < 0 || !give_owner(fd, st))) { /* ours to write, not to replace */
		if (fd >= 0) {
			close(fd);
			unlink(o->part);
		}
		free(o->part);
		o->part = NULL;
		return open_through(o);
	}
	remember(o, NULL, -1);
	if (fchmod(fd, st ? st->st_mode & 07777 : new_mode()) == 0)
		o->out = fdopen(fd, "w");
	if (o->out)
		return true;
	fail(o->path, errno);
	close(fd);
	unlink(o->part);
	return false;
}

bool cli_output_open(struct cli_output *o, const char *path)
{
	struct stat st;
	bool exists = stat(path, &st) == 0, ok;

	*o = (struct cli_output){ .path = path, .at_end = -1 };
	o->out = own_stream(path, exists ? &st : NULL, stdout);
	if (o->out)
		return true;
	ok = exists && !S_ISREG(st.st_mode) ? open_through(o) : open_part(o, exists ? &st : NULL);
	if (!ok)
		clear(o);
	return ok;
}

bool cli_output_open_log(struct cli_output *o, const char *path, const char *last_line)
{
	struct stat st;
	bool exists = stat(path, &st) == 0;

	*o = (struct cli_output){ .path = path, .at_end = -1 };
	o->out = own_stream(path, exists ? &st : NULL, stderr);
	if (!o->out && !open_through(o))
		return false;
	if (o->out != stdout) /* which is so already */
		setvbuf(o->out, NULL, _IOLBF, LOG_LINE);
	remember(o, last_line, fileno(o->out));
	return true;
}

/* The folder of `path`, as the system knows it. */
static bool stat_folder(const char *path, struct stat *st)
{
	char *folder = beside(path, ".");
	bool ok = folder && stat(folder, st) == 0;

	free(folder);
	return ok;
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool cli_output_same(const struct cli_output *a, const struct cli_output *b)
{
	struct stat x, y;

	return a->real && b->real && !strcmp(name_of(a->real), name_of(b->real)) &&
	       stat_folder(a->real, &x) && stat_folder(b->real, &y) && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

bool cli_same_file(const char *a, const char *b)
{
	struct stat one, other;

	return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
	       one.st_ino == other.st_ino;
}

/* ---- closing ---- */

int cli_flush(FILE *out)
{
	bool bad = ferror(out);

	errno = 0;
	if (fflush(out) == 0 && !bad)
		return 0;
	if (!errno) { /* it was said when nobody asked: one more character is told why, too */
		clearerr(out);
		if (putc('\n', out) != EOF)
			fflush(out);
	}
	return errno ? errno : EIO;
}

static int end_stream(FILE *out)
{
	int error = cli_flush(out);

	if (!is_own(out) && fclose(out) != 0 && !error)
		error = errno;
	return error;
}

bool cli_output_close(struct cli_output *o)
{
	int error = end_stream(o->out);

	if (!error && o->part && rename(o->part, o->real) != 0)
		error = errno;
	if (error && o->part)
		unlink(o->part);
	if (error)
		fail(o->path, error);
	clear(o);
	return !error;
}

void cli_output_drop(struct cli_output *o)
{
	if (!o->out)
		return;
	end_stream(o->out);
	if (o->part)
		unlink(o->part);
	clear(o);
}
