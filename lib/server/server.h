/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * server.h: the UML-like tracer's own state, which is part of a snapshot.
 * Implemented by server*.c. Read next: server.c.
 */
#ifndef LIB_SERVER_H
#define LIB_SERVER_H

#include "lib/guest/guest.h"

/* Created by sysemu_load_*, from the layout; NULL on lack of memory. */
struct server *server_new(const struct layout *layout, const sysemu_config *config);
void server_free(struct server *s);
/* A copy that shares what is immutable (open host files are refcounted); NULL on lack of memory.
 * The callbacks of sysemu_set_host stay those of `into` on assign. */
struct server *server_clone(const struct server *s);
/* Takes over the state of `from` but not its callbacks. */
sysemu_status server_assign(struct server *into, const struct server *from);
/* All that makes two servers equal, as bytes, appended through `add`. */
void server_state(const struct server *s, void (*add)(void *ctx, const void *bytes, size_t size),
		  void *ctx);

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
