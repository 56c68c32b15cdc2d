/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * socket_world.h: ends of pairs of sockets that are drawn at random, and what each does in words: unix(7), send(2), recv(2),
 * shutdown(2). Files 0 to DRAWN_ENDS - 1 of file_world.h are the ends. The pipes between them are another test's.
 */
#ifndef TESTS_FILES_SOCKET_WORLD_H
#define TESTS_FILES_SOCKET_WORLD_H

#include "tests/files/file_world.h"

enum { ENDS = 64, DRAWN_ENDS = 4, DRAWN_PIPES = 6, NONE = 1000 };
enum { STREAM = 1, DGRAM = 2, RAW = 3, SEQPACKET = 5 };
enum { PEEK = 2, DONTWAIT = 0x40, NOSIGNAL = 0x4000, NONBLOCK = 04000, CLOEXEC = 02000000 };
enum { EPIPE = 32, ENOTSOCK = 88, ENOPROTOOPT = 92, EPROTONOSUPPORT, ESOCKTNOSUPPORT, EOPNOTSUPP };
enum { EAFNOSUPPORT = 97, ECONNRESET = 104, EISCONN = 106, ENOTCONN, ECONNREFUSED = 111 };
enum { PIPE_BYTES = 32 + 128 + 65536, SLOTS = 16, SOCKETS = 0x20000, FIONREAD = 0x541b };
enum { PAGE_END = SYSEMU_CODE_BASE + SIM_PAGE, BUFFER = SYSEMU_CODE_BASE + 0x800 };

enum { SOCKET = 1, BIND, CONNECT, LISTEN, ACCEPT, GETSOCKNAME, GETPEERNAME, SOCKETPAIR, SEND };
enum { RECV = SEND + 1, SENDTO, RECVFROM, SHUTDOWN, SETSOCKOPT, GETSOCKOPT, SENDMSG, RECVMSG };
enum { ACCEPT4 = 18 };

/* socket.c's, and the head of private.h's struct pipe. */
struct guest_end {
	uint32_t used, type, shut, error, in, out, peer;
};

struct guest_pipe {
	uint32_t used, reader, writer, ended, messages, waiting, first, count;
};

struct end_world {
	struct file_world files;
	uint32_t ends, pipes, ops;
	struct guest_end end[ENDS];
	struct guest_pipe pipe[DRAWN_PIPES];
};

extern struct end_world socket_world;

/* Opens it, and draws from that. */
void open_ends(const char *kernel, uint64_t seed);
void draw_ends(void);
void put_ends(void);
void expect_ends(void);

uint32_t end_at(unsigned i);
uint32_t pipe_at(unsigned i);
struct guest_pipe *pipe_of(uint32_t at);

/* What they do, which comes to functions of pipes; `span` has the words of a struct span. */
int32_t model_receive(unsigned i, const uint32_t span[5], bool now);
int32_t model_send(unsigned i, const uint32_t span[5], bool now, bool quiet);
void model_shut(unsigned i, uint32_t how); /* 1: it does not read any more, 2: or write; 3 */
void model_end_release(unsigned i);
uint32_t model_polled(unsigned i);

#endif
