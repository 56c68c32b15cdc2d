/* SPDX-License-Identifier: GPL-2.0-only */
/* kept.c: a server as it was; snapshots between which it served nothing share it. */
#include <stdatomic.h>
#include <stdlib.h>

#include "lib/server/server.h"

struct kept_server {
	atomic_uint refs;
	struct server *server;
};

static struct kept_server *kept_ref(struct kept_server *k)
{
	if (k)
		atomic_fetch_add_explicit(&k->refs, 1, memory_order_relaxed);
	return k;
}

void kept_unref(struct kept_server *k)
{
	if (!k || atomic_fetch_sub_explicit(&k->refs, 1, memory_order_acq_rel) != 1)
		return;
	server_free(k->server);
	free(k);
}

static struct kept_server *keep(const struct server *server)
{
	struct kept_server *k = malloc(sizeof(*k));

	if (!k)
		return NULL;
	atomic_init(&k->refs, 1);
	k->server = server_clone(server);
	if (k->server)
		return k;
	free(k);
	return NULL;
}

void server_let_go(sysemu_machine *m)
{
	kept_unref(m->program.kept);
	m->program.kept = NULL;
}

struct kept_server *server_keep(sysemu_machine *m)
{
	if (m->program.served)
		server_let_go(m);
	if (m->program.server && !m->program.kept)
		m->program.kept = keep(m->program.server);
	m->program.served = false;
	return kept_ref(m->program.kept);
}

sysemu_status server_back(sysemu_machine *m, struct kept_server *k)
{
	if (k && m->program.kept == k && !m->program.served)
		return SYSEMU_OK;
	server_let_go(m);
	m->program.served = false;
	if (!k) {
		server_free(m->program.server);
		m->program.server = NULL;
		return SYSEMU_OK;
	}
	if (!m->program.server)
		m->program.server = server_new(&m->program.layout, &m->config, false);
	if (!m->program.server || server_assign(m->program.server, k->server) != SYSEMU_OK)
		return fail(m, SYSEMU_ENOMEM, "no memory to restore the server");
	m->program.kept = kept_ref(k);
	return SYSEMU_OK;
}
