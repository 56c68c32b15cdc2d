/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * private.h: what the files of lib/server/ share: the state, one call being served,
 * the program's memory as a call may touch it, and the handlers' common tools.
 * Numbers in here are the i386 guest's, whatever the host is.
 * Read next: server.c (dispatch, state), calls.def (the calls).
 */
#ifndef LIB_SERVER_PRIVATE_H
#define LIB_SERVER_PRIVATE_H

#include <stdatomic.h>

#include "asm/host.h"
#include "lib/files/host.h"
#include "lib/files/overlay.h"
#include "lib/server/server.h"

/* What uapi.h does not name, since the guest kernel does not answer it. */
enum {
	G_ENOENT = 2,
	G_ENXIO = 6,
	G_EBADF = 9,
	G_EACCES = 13,
	G_EEXIST = 17,
	G_ENODEV = 19,
	G_ENOTDIR = 20,
	G_EISDIR = 21,
	G_EMFILE = 24,
	G_ENOTTY = 25,
	G_ENOSPC = 28,
	G_ESPIPE = 29,
	G_EROFS = 30,
	G_ERANGE = 34,
	G_ENOTEMPTY = 39,
	G_ELOOP = 40,
	G_EXDEV = 18,
	G_EBUSY = 16,
	G_ENAMETOOLONG = 36,
	G_EOVERFLOW = 75,
};

#define MAX_FDS    256u   /* without processes 64 of them */
#define PATH_LIMIT 4096u  /* with the NUL, as PATH_MAX */
#define CHUNK      16384u /* what is copied at once between program and host */
#define MAX_IOV    1024u
#define MAX_ERRNO  4095
#define SIGNALS    64

struct call;

/* A character device: device.c has them all. */
struct device {
	const char *name; /* below /dev */
	uint32_t number;  /* major << 8 | minor */
	/* As read_chunk of files.c; NULL: there is never anything. */
	int32_t (*read)(struct call *c, void *buf, uint32_t size);
	/* What is written goes nowhere: after a look at the program's memory, without, or it finds
	 * no room. A terminal's goes to the host. */
	enum { SINK, SINK_BLIND, SINK_FULL } sink;
	bool memory, terminal, random; /* can be mapped; is the streams'; has random's ioctl */
	bool no_room;                  /* poll says that it cannot be written now */
	uint32_t
		guest; /* its handle, if the guest has it itself (asm/host.h): only with processes */
};

/* What is open; after dup several numbers mean the same one, with one position. */
struct descriptor {
	enum { FD_FREE, FD_STREAM, FD_FILE, FD_DEVICE, FD_OBJECT, FD_GUEST } kind;
	unsigned users;         /* how many numbers */
	unsigned stream;        /* 0, 1, 2 of the host's callbacks */
	struct host_file *file; /* a reference */
	uint64_t offset;        /* a directory's: entries read */
	const struct device *device;
	struct object *object; /* with processes: a file that was written or made; a reference */
	uint32_t flags;        /* a device's and an object's: as it was opened */
};

struct action { /* rt_sigaction's, in its order */
	uint32_t handler, flags, restorer;
	uint64_t mask;
};

struct altstack {
	uint32_t sp, flags, size;
};

/* What prctl sets, of no effect but to be asked for. */
struct task_settings {
	char name[TASK_NAME];
	uint32_t dumpable, keep_caps, death_signal;
};

/* All that a snapshot keeps. */
struct server_state {
	struct server_memory memory; /* of the space that runs */
	uint64_t random;             /* the stream of getrandom */
	uint64_t slept;              /* ns that sleeps added to the clock */
	uint64_t input_at;           /* bytes of standard input taken so far */
	uint32_t tls_used;           /* bit n: GDT entry GDT_ENTRY_TLS_MIN + n */
	uint64_t blocked, pending;   /* bit n-1: signal n */
	struct altstack altstack;
	struct action action[SIGNALS + 1];
	struct descriptor open[MAX_FDS];
	uint16_t fd[MAX_FDS];           /* index into open, plus 1; 0: a free number */
	uint64_t cloexec[MAX_FDS / 64]; /* bit n: number n; kept for the program, of no effect */
	struct task_settings task;
};

#define MAX_CALLS 512

/* What a person is told, each once: below MAX_CALLS the calls that are not served. */
enum remark { NOTE_NUMBER = MAX_CALLS, NOTE_ROOT, NOTE_STOP, NOTE_FOREVER, NOTES };

/* What a process executes: its file, and its strings as /proc has them. Of its children, too. */
struct executed {
	atomic_uint refs;
	char *exe, *cmdline, *environ;
	size_t cmdline_size, environ_size;
};

/* A working directory, plain; processes that have the same share it, so that a fork needs no memory for it. */
struct directory {
	atomic_uint refs;
	char plain[];
};

/* Of a process: what names begin from, and what is made. */
struct place {
	int32_t tgid; /* 0: free */
	uint32_t umask;
	struct directory *cwd;     /* a reference; NULL: the root */
	struct executed *executed; /* a reference; NULL: nothing yet */
};
#define MAX_PLACES 64

struct server {
	struct server_state st;
	struct overlay *overlay;           /* with processes; NULL: names are the host's */
	struct kept_overlay *kept_overlay; /* of one that is kept, in its place */
	struct place places[MAX_PLACES];
	struct input *input; /* the log of standard input: input.c */

	/* Of this machine alone: neither saved nor restored. */
	struct sysemu_host host;
	bool *inside; /* the machine's, while a function of `host` runs */
	bool host_set, served, root_checked;
	int root;                     /* -1: no files */
	uint8_t noted[NOTES / 8 + 1]; /* bit n: remark n was made */
};

/* One call being served. */
struct call {
	sysemu_machine *m;
	struct server *s;
	sysemu_regs regs;
	int32_t nr;
	uint32_t arg[6];
	bool regs_set; /* the handler wrote all registers itself: sigreturn */
	bool ended;
	uint32_t status;
	bool masked; /* it had a mask of signals for its time, this one before */
	uint64_t mask_before;
	struct descriptor guest; /* of one that the guest has: descriptor.c */
};
#define GUEST_HANDLES 0x10000u

/* What the program gets in eax: 0 or more, or -errno. */
typedef int32_t (*call_handler)(struct call *c);

/* ---- remark.c ---- */

void note_once(struct server *s, unsigned remark, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- user.c: the program's memory, with the protection that it has ---- */

/* How many bytes from addr on the program may read (or write), at most `size`. */
uint32_t user_span(struct call *c, uint32_t addr, uint32_t size, bool write);
/* 0 or -EFAULT, and then nothing is transferred. */
int32_t user_get(struct call *c, uint32_t addr, void *buf, uint32_t size);
int32_t user_put(struct call *c, uint32_t addr, const void *buf, uint32_t size);
/* A string with its NUL: 0, -EFAULT or -ENAMETOOLONG. */
int32_t user_path(struct call *c, uint32_t addr, char path[PATH_LIMIT]);
/* A request of the guest's own ptrace whose data lies at the end of the tracer's window
 * meanwhile; what the caller keeps there is put back. What the kernel answered. */
int32_t tracer_request(struct call *c, int request, uint32_t addr, void *data, uint32_t size);
#define REQUEST_MOST 512u

/* ---- descriptor.c ---- */

uint32_t fd_limit(const struct call *c);
struct descriptor *descriptor_get(struct call *c, uint32_t fd); /* NULL: -EBADF */
void descriptor_drop(struct descriptor *d);
bool is_directory(const struct descriptor *d);
const char *descriptor_path(const struct descriptor *d); /* of a file or an object */
bool is_terminal(const struct call *c, const struct descriptor *d);
bool may_read(const struct descriptor *d);
bool may_write(const struct descriptor *d);

/* ---- device.c ---- */

/* The device of that absolute name: 0; -ENOENT if it is another's; -ENOTDIR below a device. */
int32_t device_find(const struct call *c, const char *path, const struct device **out);
const struct device *device_of_guest(uint32_t handle); /* NULL: none */

/* ---- info.c ---- */

/* Elapsed on the machine's clock: one nanosecond an instruction, and what sleeps took. */
uint64_t nanoseconds(const struct call *c);
/* Returns at once, that much later. 0, or -EINVAL for what is no time. */
int32_t sleep_for(struct call *c, int64_t sec, int64_t nsec);
/* The next bytes of getrandom's stream. */
void random_fill(struct call *c, void *buf, uint32_t size);

/* ---- places.c; names, too ---- */

/* The running process's; NULL without processes. */
struct place *place_now(struct call *c);
const char *place_cwd(const struct place *p);         /* plain; "": the root */
bool place_enter(struct place *p, const char *plain); /* false: no memory */
void places_free(struct server *s);
void places_state(const struct server *s, void (*add)(void *ctx, const void *bytes, size_t size),
		  void *ctx);
/* `s` has none yet. */
void places_copy(struct server *s, const struct server *from);

/* ---- device.c ---- */
/* "/dev//./x/../null" is "/dev/null", "/" is "": without empty parts, "." and "..". */
void plain_path(const char *path, char out[PATH_LIMIT + 1]);

/* ---- tree.c: names with processes, where the overlay lies over the host's files ---- */

/* What the name means, links followed if so: OVERLAY_HERE with an object and a reference to it for
 * the caller, UNKNOWN: as the host has it, with `path` where the links led. -errno: -ELOOP, -ENOENT. */
int32_t tree_find(struct call *c, char path[PATH_LIMIT], bool follow, struct object **out);
/* A regular file that may be written: the host's is copied into the overlay. 0 or -errno; the caller
 * has a reference. */
int32_t tree_own(struct call *c, const char *path, struct object **out);
/* A new one there; its directory must exist. The caller has a reference. */
int32_t tree_make(struct call *c, const char *path, uint32_t mode, struct object **out);

/* A directory's entries, as host_list. */
int32_t tree_list(struct call *c, const struct descriptor *d, struct host_entry **out);

/* ---- proc.c ---- */

/* A file of /proc that is read from its beginning: it says what is so now. 0 or -errno. */
int32_t proc_again(struct call *c, struct object *b);
/* An object that is a task's memory: bytes moved, or -errno. */
int32_t proc_memory(struct call *c, int32_t pid, void *buf, uint32_t size, uint64_t offset,
		    bool write);
/* What is below /proc with processes, made when it is asked for: 1: an object, with a reference for
 * the caller; 0: the name is none of these; -errno. */
int32_t proc_find(struct call *c, const char *path, bool follow, struct object **out);
/* Names in that directory of /proc; as host_list. -ENOENT: it is none. */
int32_t proc_list(struct call *c, const char *path, struct host_entry **out);

/* ---- places.c: names ---- */

/* The guest's absolute name of what (dirfd, addr) means; with AT_EMPTY_PATH and an empty
 * name *self is set to the descriptor. 0 or -errno. */
int32_t path_at(struct call *c, int32_t dirfd, uint32_t addr, uint32_t flags, char path[PATH_LIMIT],
		struct descriptor **self);
/* The root, -1 without files; says once why there are none. */
int files_root(struct call *c);

#define G_O_ACCMODE 3u
#define G_O_RDONLY  0u
#define G_O_WRONLY  1u
#define G_O_RDWR    2u

#define G_S_IFMT   0170000u
#define G_S_IFDIR  0040000u
#define G_S_IFREG  0100000u
#define G_S_IFLNK  0120000u
#define G_S_IFCHR  0020000u
#define G_S_IFIFO  0010000u
#define G_S_IFSOCK 0140000u

#define G_O_CREAT     0100u
#define G_O_EXCL      0200u
#define G_O_TRUNC     01000u
#define G_O_APPEND    02000u
#define G_O_NONBLOCK  04000u
#define G_O_LARGEFILE 0100000u
#define G_O_DIRECTORY 0200000u
#define G_O_NOFOLLOW  0400000u
#define G_O_CLOEXEC   02000000u

#define G_AT_FDCWD            (-100)
#define G_AT_SYMLINK_NOFOLLOW 0x100u
#define G_AT_EMPTY_PATH       0x1000u

/* ---- input.c: standard input, read once and remembered ---- */

/* An immutable list of what the host gave, newest first, shared between clones. */
struct input;

struct input *input_ref(struct input *in);
void input_unref(struct input *in);
/* Up to `size` bytes at the server's position, from the log or from the host: a count,
 * 0 at the end (and then for ever), or -errno. */
int32_t input_read(struct server *s, void *buf, uint32_t size);
/* Is it known that nothing more comes? */
bool input_ended(const struct server *s);
/* The log that a server with log `mine` goes on with when it takes over `theirs`. */
struct input *input_merge(struct input *mine, struct input *theirs);

/* ---- signal.c ---- */

/* At the end of each call: ends the program or enters a handler, as pending signals want. */
void signals_deliver(struct call *c);
/* Does one wait that is not blocked, and has a handler or ends the program? */
bool signals_wait(const struct call *c);
/* The mask at `set` (0: none) for the time of this call. 0, -EINVAL or -EFAULT. */
int32_t signals_mask(struct call *c, uint32_t set, uint32_t size);
/* Its time is over, with that result: a signal that has ended it is delivered first. */
void signals_unmask(struct call *c, int32_t result);

#define CALL(number, name, handler)   int32_t handler(struct call *c);
#define INSIDE(number, name, handler) CALL(number, name, handler)
#define UNSERVED(number, name)
#include "lib/server/calls.def"
#undef CALL
#undef INSIDE
#undef UNSERVED

#endif
