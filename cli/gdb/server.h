/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * server.h: gdb's remote serial protocol over a link: packets in, answers out, one client at a time. It
 * trusts no byte of it: what a client says wrong is answered with an error, or ends its session.
 */
#ifndef CLI_GDB_SERVER_H
#define CLI_GDB_SERVER_H

#include "cli/gdb/world.h"

/* ---- link.c: where the bytes come from ---- */

struct gdb_link {
	/* As read(2): 0: it has ended. wait false: -1 where nothing is there yet. */
	int (*read)(void *user, void *buf, size_t size, bool wait);
	bool (*write)(void *user, const void *buf, size_t size);
	void *user;
};

/* A listening socket: "unix:PATH" or a path with a slash; "[HOST]:PORT", port 0: any. `anywhere`: a host
 * other than loopback may be named. -1: said on stderr. Says where it listens, and what gdb is to be told. */
int gdb_listen(const char *address, bool anywhere);
void gdb_unlisten(int listener, const char *address);
/* Waits for a client; -1: interrupted, or said on stderr. */
int gdb_accept(int listener);
struct link_fds {
	int in, out;
};
struct gdb_link gdb_link_of(struct link_fds *fds);

/* ---- packet.c ---- */

#define PACKET_MAX 16384u

struct packet {
	size_t n;
	char data[PACKET_MAX + 1]; /* with a NUL */
};

struct gdb_wire {
	struct gdb_link link;
	unsigned char in[4096];
	size_t at, n;
	bool no_ack;      /* the client has said so */
	bool interrupted; /* a Ctrl-C came while something ran */
};

/* The next packet, unescaped; false: the link has ended. A lone Ctrl-C is the packet "\3". */
bool wire_receive(struct gdb_wire *w, struct packet *p);
bool wire_send(struct gdb_wire *w, const struct packet *p);
/* Has a Ctrl-C come? */
bool wire_interrupted(struct gdb_wire *w);

void packet_put(struct packet *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
void packet_hex(struct packet *p, const void *bytes, size_t n);
void packet_binary(struct packet *p, const void *bytes,
		   size_t n); /* as much as there is room for */
size_t packet_room(const struct packet *p, const void *bytes, size_t n);
void packet_word(struct packet *p, uint32_t value); /* little-endian hex */

/* Reads `text` on: a hex number, digits at least; bytes. */
bool packet_take_number(const char **text, uint64_t *out);
bool packet_take_u32(const char **text, uint32_t *out);
bool packet_take_char(const char **text, char c);
bool packet_take_bytes(const char **text, void *out, size_t n);

/* ---- files.c: files that the client may read: there are two, and none of them is the host's ---- */

struct gdb_file {
	const char *name; /* NULL: there is none */
	const void *data;
	size_t size;
};

/* ---- the session ---- */

struct gdb_mark {
	char name[32];
	uint64_t moment;
};

struct gdb_server {
	struct world *world;
	struct gdb_wire wire;
	struct gdb_file program, kernel;
	int32_t general; /* the thread that registers and memory are of; 0: whoever runs */
	int32_t resumed; /* that a step is of */
	bool goes;       /* the next resume goes to `goal` */
	uint64_t goal;
	struct world_stop last; /* why it stands */
	bool ended_told;        /* that the program has ended: now it may go */
	bool over;              /* the session is */
	bool killed;            /* the client wants it from the beginning */
	struct gdb_mark *marks;
	size_t nmarks;
	struct packet in, out;
};

/* Serves until the client goes. */
void gdb_serve(struct gdb_server *s);

/* registers.c */
const char *target_xml(void);
bool registers_get(struct gdb_server *s);                           /* g */
bool registers_set(struct gdb_server *s, const char *at);           /* G */
bool register_get(struct gdb_server *s, const char *at);            /* p */
bool register_set(struct gdb_server *s, const char *at);            /* P */
bool memory_get(struct gdb_server *s, const char *at);              /* m */
bool memory_set(struct gdb_server *s, const char *at, bool binary); /* M, X */
/* resume.c */
bool resume_vcont(struct gdb_server *s, const char *at);
bool resume_plain(struct gdb_server *s, const char *at, bool step);
bool resume_back(struct gdb_server *s, bool step);
void resume_told(struct gdb_server *s); /* why it stands */
/* query.c */
bool query_answer(struct gdb_server *s, const char *at);
void threads_list(struct gdb_server *s, void (*fn)(struct gdb_server *s, int32_t pid, void *user),
		  void *user);
/* files.c */
bool file_packet(struct gdb_server *s, const char *at); /* vFile: */
/* monitor.c */
bool monitor_run(struct gdb_server *s, const char *hex);

#endif
