/* SPDX-License-Identifier: GPL-2.0-only */
/* demo_run.c: see demo_run.h. */
#include "tests/helpers/demo_run.h"

#include <stdlib.h>
#include <string.h>

static const char input[] = "pears\napples\n";

static int32_t take_input(void *user, int fd, void *buf, uint32_t size)
{
	struct demo_run *d = user;
	size_t left = sizeof(input) - 1 - d->input_at;
	size_t n = size < left ? size : left;

	(void)fd;
	memcpy(buf, input + d->input_at, n);
	d->input_at += n;
	return (int32_t)n;
}

static int32_t take_output(void *user, int fd, const void *buf, uint32_t size)
{
	struct demo_run *d = user;

	(void)fd;
	assert_true(d->written + size <= sizeof(d->output));
	memcpy(d->output + d->written, buf, size);
	d->written += size;
	return (int32_t)size;
}

/* FNV-1a, word by word. */
static void hash(struct demo_run *d, uint64_t word)
{
	d->log = (d->log ^ word) * UINT64_C(0x100000001b3);
}

static void hash_event(struct demo_run *d, const sysemu_event *e)
{
	hash(d, e->kind);
	hash(d, e->status);
	hash(d, e->eip);
	hash(d, e->eax);
	hash(d, e->esp);
	hash(d, e->eflags);
	hash(d, (uint32_t)e->orig_eax);
	hash(d, e->tif);
	for (unsigned r = 0; r < SYSEMU_REGIONS; r++)
		hash(d, e->counts.insns[r]);
}

void demo_open(struct demo_run *d, const char *path, sysemu_entry entry)
{
	char *const argv[] = { (char *)"demo", (char *)"one", (char *)"two words", NULL };
	char *const envp[] = { (char *)"GREETING=hello", NULL };
	const sysemu_host host = { .user = d, .read = take_input, .write = take_output };
	size_t size;
	void *elf = read_file(path, &size);

	*d = (struct demo_run){ .m = open_kernel("sysemu", entry, SYSEMU_START_TRACED) };
	OK(d->m, sysemu_load_elf(d->m, elf, size, argv, envp));
	free(elf);
	OK(d->m, sysemu_set_host(d->m, &host));
	assert_int_equal(run(d->m).status, 0x137f);
}

/* The program has ended: as the server saw it, or as the guest's kernel did. */
static bool ended(struct demo_run *d, uint32_t status)
{
	d->status = status;
	OK(d->m, sysemu_get_digest(d->m, &d->digest));
	return true;
}

bool demo_serve(struct demo_run *d, unsigned stops)
{
	while (stops--) {
		sysemu_served served;
		sysemu_event e;

		assert_int_equal(ptrace_raw(d->m, SYSEMU_PTRACE_SYSEMU, 0, 0), 0);
		OK(d->m, sysemu_run(d->m, 0, &e));
		hash_event(d, &e);
		assert_int_equal(e.kind, SYSEMU_EVENT_STOP);
		assert_int_equal(e.status, 0x057f);
		d->stops++;
		OK(d->m, sysemu_serve(d->m, e.orig_eax, &served));
		hash(d, (uint32_t)served.nr);
		hash(d, (uint32_t)served.result);
		if (served.ended)
			return ended(d, served.status);
	}
	return false;
}

void demo_close(struct demo_run *d)
{
	sysemu_close(d->m);
}

void demo_assert_equal(const struct demo_run *a, const struct demo_run *b)
{
	assert_int_equal(a->stops, b->stops);
	assert_int_equal(a->status, b->status);
	assert_int_equal(a->written, b->written);
	assert_memory_equal(a->output, b->output, a->written);
	assert_true(a->log == b->log);
	assert_memory_equal(&a->digest, &b->digest, sizeof(a->digest));
}
