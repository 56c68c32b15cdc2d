/* SPDX-License-Identifier: GPL-2.0-only */
/* epoll_world.c: see epoll_world.h. */
#include "tests/files/epoll_world.h"

#include <string.h>

#include "asm/host.h"

enum { NESTED = 4 }; /* a set is in a set, and that in another, so often at most */

void open_epoll_world(struct epoll_world *w, const char *kernel)
{
	memset(w, 0, sizeof(*w));
	w->files = open_file_world(kernel);
	w->sets = symbol(w->files.caller.m, "sets");
	w->watches = symbol(w->files.caller.m, "watches");
	w->set_ops = symbol(w->files.caller.m, "set_ops");
}

/* ---- who is who ---- */

uint32_t set_at(const struct epoll_world *w, unsigned set)
{
	return w->sets + set * (uint32_t)sizeof(struct guest_set);
}

bool is_set(const struct epoll_world *w, unsigned file)
{
	return w->files.file[file].users && w->files.file[file].ops == w->set_ops;
}

bool is_host_file(const struct epoll_world *w, unsigned file)
{
	return w->files.file[file].users && !w->files.file[file].ops;
}

unsigned set_of(const struct epoll_world *w, unsigned file)
{
	return (w->files.file[file].object - w->sets) / (uint32_t)sizeof(struct guest_set);
}

unsigned file_of_set(const struct epoll_world *w, unsigned set)
{
	return file_index(&w->files, w->set[set].file);
}

static unsigned set_of_watch(const struct epoll_world *w, unsigned i)
{
	return (w->watch[i].set - w->sets) / (uint32_t)sizeof(struct guest_set);
}

static unsigned file_of_watch(const struct epoll_world *w, unsigned i)
{
	return file_index(&w->files, w->watch[i].file);
}

unsigned model_above(const struct epoll_world *w, unsigned file)
{
	unsigned most = 0;

	for (unsigned k = 0; k < w->of_file[file].n; k++) {
		unsigned above = file_of_set(w, set_of_watch(w, w->of_file[file].at[k]));
		unsigned n = model_above(w, above) + 1;

		most = n > most ? n : most;
	}
	return most;
}

unsigned model_below(const struct epoll_world *w, unsigned file)
{
	const struct watch_list *l;
	unsigned most = 0;

	if (!is_set(w, file))
		return 0;
	l = &w->of_set[set_of(w, file)];
	for (unsigned k = 0; k < l->n; k++) {
		unsigned in_it = file_of_watch(w, l->at[k]), n = model_below(w, in_it) + 1;

		if (is_set(w, in_it) && n > most)
			most = n;
	}
	return most;
}

bool model_contains(const struct epoll_world *w, unsigned outer, unsigned inner)
{
	const struct watch_list *l;

	if (!is_set(w, outer))
		return false;
	l = &w->of_set[set_of(w, outer)];
	for (unsigned k = 0; k < l->n; k++)
		if (file_of_watch(w, l->at[k]) == inner ||
		    model_contains(w, file_of_watch(w, l->at[k]), inner))
			return true;
	return false;
}

/* ---- lists ---- */

static void insert(struct watch_list *l, unsigned place, unsigned i)
{
	memmove(l->at + place + 1, l->at + place, (l->n - place) * sizeof(l->at[0]));
	l->at[place] = (uint16_t)i;
	l->n++;
}

static void take_out(struct watch_list *l, unsigned i)
{
	unsigned place = 0;

	while (place < l->n && l->at[place] != i)
		place++;
	assert_true(place < l->n);
	l->n--;
	memmove(l->at + place, l->at + place + 1, (l->n - place) * sizeof(l->at[0]));
}

void link_watch(struct epoll_world *w, unsigned i, unsigned set, unsigned file, uint32_t fd)
{
	w->watch[i].set = set_at(w, set);
	w->watch[i].file = file_at(&w->files, file);
	w->watch[i].fd = fd;
	w->watch[i].queued = 0;
	insert(&w->of_set[set], w->of_set[set].n, i);
	insert(&w->of_file[file], w->of_file[file].n, i);
}

void draw_into_queue(struct epoll_world *w, unsigned i)
{
	struct watch_list *l = &w->queue[set_of_watch(w, i)];

	w->watch[i].queued = 1;
	insert(l, below(l->n + 1), i);
}

/* ---- what is done ---- */

uint32_t model_ask(const struct epoll_world *w, uint32_t nr, unsigned file, uint32_t answer)
{
	expect_asked(&w->files, nr, &w->files.file[file].handle, 1, answer);
	return answer;
}

uint32_t model_poll(struct epoll_world *w, unsigned file)
{
	const struct watch_list *l;

	if (is_host_file(w, file))
		return model_ask(w, HOST_READY, file, draw_polled());
	if (!is_set(w, file))
		return w->files.file[file].object;
	catch_call(&w->files, "timers_tell", 0);
	l = &w->queue[set_of(w, file)];
	for (unsigned k = 0; k < l->n; k++)
		if (model_poll(w, file_of_watch(w, l->at[k])) & w->watch[l->at[k]].events)
			return POLLIN | POLLRDNORM;
	return 0;
}

void model_queue_again(struct epoll_world *w, unsigned i)
{
	unsigned set = set_of_watch(w, i);

	if (!w->watch[i].queued)
		insert(&w->queue[set], w->queue[set].n, i);
	w->watch[i].queued = 1;
}

void model_tell(struct epoll_world *w, unsigned i)
{
	if (!(w->watch[i].events & ~(EPOLLONESHOT | EPOLLET)))
		return; /* it has been told, once */
	model_queue_again(w, i);
	model_changed(w, file_of_set(w, set_of_watch(w, i)));
}

void model_changed(struct epoll_world *w, unsigned file)
{
	for (unsigned k = 0; k < w->of_file[file].n; k++)
		model_tell(w, w->of_file[file].at[k]);
}

void model_unqueue(struct epoll_world *w, unsigned i)
{
	if (w->watch[i].queued)
		take_out(&w->queue[set_of_watch(w, i)], i);
	w->watch[i].queued = 0;
}

void model_remove(struct epoll_world *w, unsigned i)
{
	model_unqueue(w, i);
	take_out(&w->of_set[set_of_watch(w, i)], i);
	take_out(&w->of_file[file_of_watch(w, i)], i);
	w->watch[i].set = 0;
}

void model_release_file(struct epoll_world *w, unsigned file)
{
	while (w->of_file[file].n)
		model_remove(w, w->of_file[file].at[0]);
	if (w->files.file[file].ops == w->set_ops) {
		unsigned set = set_of(w, file);

		while (w->of_set[set].n)
			model_remove(w, w->of_set[set].at[0]);
		w->set[set].used = 0;
	}
	w->files.file[file].users = 0;
}

/* ---- drawing ---- */

static void draw_sets(struct epoll_world *w)
{
	unsigned first = below(2) ? 0 : below(POOL_SETS),
		 free = below(3) ? POOL_SETS - 1 : below(POOL_SETS);
	bool full = !below(6), all_but_one = below(3);

	for (unsigned i = 0; i < POOL_SETS; i++) /* others' */
		w->set[i] =
			(struct guest_set){ .used = full ? !all_but_one || i != free : !below(8) };
	for (unsigned k = 0; k < WORLD_SETS; k++) {
		unsigned set = (first + k) % POOL_SETS;
		struct guest_file *f = &w->files.file[k];

		if (!f->users)
			continue;
		f->ops = w->set_ops;
		f->handle = EPOLL_FILES + set;
		f->object = set_at(w, set);
		w->set[set] = (struct guest_set){ 1, file_at(&w->files, k), 0, 0 };
	}
	for (unsigned f = HOST_FILES; f < WORLD_FILES; f++)
		if (w->files.file[f].users) {
			w->files.file[f].ops = 0;
			w->files.file[f].handle = ONE_OF(0, 1, 2, 3, 3, 4, any() >> 1, -1u);
		}
}

static uint32_t draw_events(void)
{
	uint32_t events = draw_polled() | POLLERR | POLLHUP;

	if (!below(5))
		events = 1u << below(
				 30); /* that which was asked for is not all; or nothing is left */
	if (!below(8))
		events = below(2) ? any() : 0;
	return events | (below(2) ? 0 : EPOLLET) | (below(3) ? 0 : EPOLLONESHOT);
}

/* Whom it may watch without being in itself, nor too deep. */
static bool may_watch(const struct epoll_world *w, unsigned outer, unsigned inner)
{
	if (!is_set(w, inner))
		return true;
	return inner > outer && model_above(w, outer) + 1 + model_below(w, inner) <= NESTED;
}

static void draw_watch(struct epoll_world *w, unsigned i)
{
	unsigned outer = below(WORLD_SETS),
		 inner = below(2) ? below(WORLD_SETS) : below(WORLD_FILES);
	uint32_t fd = draw_fd(&w->files) % DESCRIPTORS;

	if (!below(4))
		inner = outer + 1; /* so that some are deep in each other */
	if (!below(6))
		inner = HOST_FILES + below(2);
	if (file_of_fd(&w->files, fd) < WORLD_FILES && below(2))
		inner = file_of_fd(&w->files, fd);
	if (!is_set(w, outer) || !w->files.file[inner].users || !may_watch(w, outer, inner))
		return;
	for (unsigned k = 0; k < POOL_WATCHES; k++)
		if (w->watch[k].set == set_at(w, set_of(w, outer)) && w->watch[k].fd == fd &&
		    w->watch[k].file == file_at(&w->files, inner))
			return;
	link_watch(w, i, set_of(w, outer), inner, fd);
	w->watch[i].events = draw_events();
	w->watch[i].data[0] = any();
	w->watch[i].data[1] = any();
	if (below(2))
		draw_into_queue(w, i);
}

/* No watch is free, or one: all that others do not have are of one set and file. */
static void fill_up(struct epoll_world *w)
{
	unsigned set = set_of(w, 0), last = POOL_WATCHES - 1;
	unsigned free = ONE_OF(below(POOL_WATCHES), last, POOL_WATCHES, POOL_WATCHES);

	if (!is_set(w, 0) || !w->files.file[WORLD_SETS].users)
		return;
	for (unsigned i = 0; i < POOL_WATCHES; i++)
		if (!w->watch[i].set && i != free) {
			link_watch(w, i, set, WORLD_SETS, DESCRIPTORS + i);
			w->watch[i].events = POLLPRI;
		}
}

void draw_epoll(struct epoll_world *w)
{
	unsigned n = below(3) ? below(30) : below(5), first;

	first = ONE_OF(0, 0, below(POOL_WATCHES), POOL_WATCHES - n);

	draw_files(&w->files);
	draw_sets(w);
	for (unsigned f = 0; f < WORLD_FILES; f++)
		w->of_file[f].n = 0;
	for (unsigned s = 0; s < POOL_SETS; s++)
		w->of_set[s].n = w->queue[s].n = 0;
	for (unsigned i = 0; i < POOL_WATCHES; i++) {
		memset(&w->watch[i], (int)any(), sizeof(w->watch[i]));
		w->watch[i].set = 0;
	}
	for (unsigned k = 0; k < n; k++)
		draw_watch(w, (first + k) % POOL_WATCHES);
	if (!below(12))
		fill_up(w);
}

/* ---- the machine ---- */

static uint32_t watch_at(const struct epoll_world *w, const struct watch_list *l, unsigned k)
{
	return k < l->n ? w->watches + l->at[k] * (uint32_t)sizeof(struct guest_watch) : 0;
}

static uint32_t put_list(const struct epoll_world *w, struct guest_watch *watch,
			 const struct watch_list *l, unsigned which)
{
	for (unsigned k = 0; k < l->n; k++)
		watch[l->at[k]].next[which] = watch_at(w, l, k + 1);
	return watch_at(w, l, 0);
}

void put_epoll(const struct epoll_world *w)
{
	static struct guest_watch watch[POOL_WATCHES];
	struct guest_set set[POOL_SETS];
	struct file_world files = w->files;

	memcpy(watch, w->watch, sizeof(watch));
	memcpy(set, w->set, sizeof(set));
	for (unsigned f = 0; f < WORLD_FILES; f++)
		files.file[f].watches = put_list(w, watch, &w->of_file[f], OF_FILE);
	for (unsigned s = 0; s < POOL_SETS; s++) {
		set[s].watches = put_list(w, watch, &w->of_set[s], OF_SET);
		set[s].queue = put_list(w, watch, &w->queue[s], QUEUE);
		if (!set[s].used)
			set[s].watches = set[s].queue = any();
	}
	put_files(&files);
	put_words(&w->files, w->watches, watch, sizeof(watch));
	put_words(&w->files, w->sets, set, sizeof(set));
}

static void expect_list(const struct epoll_world *w, const struct guest_watch *watch,
			uint32_t first, const struct watch_list *l, unsigned which)
{
	uint32_t at = first;

	for (unsigned k = 0; k <= l->n; k++) {
		if (at != watch_at(w, l, k))
			fail_msg("list %u has 0x%x at place %u of %u", which, at, k, l->n);
		if (k < l->n)
			at = watch[l->at[k]].next[which];
	}
}

void expect_epoll(const struct epoll_world *w)
{
	static struct guest_watch watch[POOL_WATCHES];
	struct guest_set set[POOL_SETS];
	struct file_world files = w->files;

	get_words(&w->files, w->watches, watch, sizeof(watch));
	get_words(&w->files, w->sets, set, sizeof(set));
	get_files(&files);
	for (unsigned i = 0; i < POOL_WATCHES; i++)
		expect_words_of("the watch", i, &watch[i], &w->watch[i],
				w->watch[i].set ? offsetof(struct guest_watch, next) : 4);
	for (unsigned s = 0; s < POOL_SETS; s++) {
		expect_words_of("the set", s, &set[s], &w->set[s], w->set[s].used ? 8 : 4);
		if (!w->set[s].used || !w->set[s].file)
			continue;
		expect_list(w, watch, set[s].watches, &w->of_set[s], OF_SET);
		expect_list(w, watch, set[s].queue, &w->queue[s], QUEUE);
	}
	for (unsigned f = 0; f < WORLD_FILES; f++) {
		if (!w->files.file[f].users)
			continue;
		expect_list(w, watch, files.file[f].watches, &w->of_file[f], OF_FILE);
		files.file[f].watches = w->files.file[f].watches;
		expect_words_of("the file", f, &files.file[f], &w->files.file[f],
				sizeof(files.file[f]));
	}
	expect_words("the table", &files.table, &w->files.table, sizeof(files.table));
}
