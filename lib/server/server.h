/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * server.h: the UML-like tracer's own state, which is part of a snapshot.
 * Implemented by server*.c. Read next: server.c.
 */
#ifndef LIB_SERVER_H
#define LIB_SERVER_H

#include "lib/files/shortage.h"
#include "lib/guest/guest.h"

/* Created by sysemu_load_*, from the layout; NULL on lack of memory. */
struct server *server_new(const struct layout *layout, const sysemu_config *config, bool processes);
void server_free(struct server *s);
/* A copy that shares what is immutable (open host files are refcounted); NULL on lack of memory.
 * The callbacks of sysemu_set_host stay those of `into` on assign. */
struct server *server_clone(const struct server *s);
/* Takes over the state of `from` but not its callbacks. */
sysemu_status server_assign(struct server *into, const struct server *from);
/* All that makes two servers equal, as bytes, appended through `add`. */
void server_state(const struct server *s, void (*add)(void *ctx, const void *bytes, size_t size),
		  void *ctx);

/* ---- processes ---- */

struct exec_request;
/* Answers a call of the running task: 0 or more, or -errno; descriptors are handles. */
int32_t server_answer(sysemu_machine *m, int32_t nr, const uint32_t arg[6]);
struct server_memory *server_memory(struct server *s);
bool server_is_terminal(sysemu_machine *m, uint32_t handle);
/* POLLIN, POLLOUT of an open file. */
uint32_t server_ready(sysemu_machine *m, uint32_t handle);

void server_forked(sysemu_machine *m, int32_t tgid); /* by the running task */
void server_ended(sysemu_machine *m, int32_t tgid);
/* The running task executes it from now on; false: no memory. */
bool server_executes(sysemu_machine *m, const struct exec_request *r);
/* What execve is to run. */
struct exec_request {
	char *path;          /* of the file: of a script, its interpreter's */
	char **argv, **envp; /* NULL at their ends */
	uint8_t *file;
	size_t size;
};
/* exec.c: path, argv and envp are addresses of the running task. 0, or -errno and nothing is held. */
int32_t server_exec(sysemu_machine *m, uint32_t path, uint32_t argv, uint32_t envp,
		    struct exec_request *out);
/* The same from the host: with processes, before the first program. */
int32_t server_exec_host(sysemu_machine *m, const char *path, char *const argv[],
			 char *const envp[], struct exec_request *out);
void exec_request_free(struct exec_request *r);
/* A regular file below the root; freed by free(). */
int32_t server_read_file(sysemu_machine *m, const char *path, uint8_t **data, size_t *size);

/* ---- kept.c: a server as it was, shared by the snapshots between which it served nothing ---- */

struct kept_server;
/* Of the machine's present server, for kept_unref. NULL: it has none, or no memory. */
struct kept_server *server_keep(sysemu_machine *m);
/* ENOMEM. `k` NULL: before a load. */
sysemu_status server_back(sysemu_machine *m, struct kept_server *k);
/* Before it closes. */
void server_let_go(sysemu_machine *m);
void kept_unref(struct kept_server *k);

/* A byte that the guest kernel itself wrote to its console. */
void console_out(void *machine, uint16_t port, uint32_t value, unsigned size);

#endif
