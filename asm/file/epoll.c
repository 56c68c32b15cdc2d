/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * epoll.c: sets of files. A file that changes queues its watches, each in its set; who waits for a
 * set asks each queued one's file what holds. If it holds it is told, and goes to the queue's end
 * again unless it is edge-triggered: so the order is that of the changes, and each gets its turn.
 */
#include "file/private.h"

#define NR_SETS     32u
#define NR_WATCHES  512u
#define MOST_NESTED 5
#define MOST_EVENTS (0x7fffffff / 12)

#define EPOLL_CTL_ADD 1
#define EPOLL_CTL_DEL 2
#define EPOLL_CTL_MOD 3
#define EPOLLONESHOT  (1u << 30)
#define EPOLLET       (1u << 31)
#define PRIVATE_BITS  (EPOLLONESHOT | EPOLLET)

/* The lists that a watch is on: its file's, its set's, and the set's queue. */
enum { OF_FILE, OF_SET, QUEUE, LISTS };

struct watch {
	struct set *set; /* NULL: a free one */
	struct file *file;
	uint32_t fd; /* by which it was added: the same file may be there twice */
	uint32_t events, data[2];
	uint32_t queued;
	struct watch *next[LISTS];
};

struct set {
	uint32_t used;
	struct file *file;
	struct watch *watches, *queue;
};

static struct set sets[NR_SETS];
static struct watch watches[NR_WATCHES];

asmlinkage int32_t sys_epoll_create(int32_t size);
asmlinkage int32_t sys_epoll_create1(uint32_t flags);
asmlinkage int32_t sys_epoll_ctl(uint32_t epfd, int32_t op, uint32_t fd, uint32_t event);
asmlinkage int32_t sys_epoll_wait(uint32_t epfd, uint32_t events, int32_t most,
				  int32_t milliseconds);
asmlinkage int32_t sys_epoll_pwait(uint32_t epfd, uint32_t events, int32_t most,
				   int32_t milliseconds, uint32_t mask, uint32_t size);

/* ---- watches ---- */

static void append(struct watch **list, struct watch *w, unsigned which)
{
	while (*list)
		list = &(*list)->next[which];
	*list = w;
	w->next[which] = NULL;
}

static void drop(struct watch **list, const struct watch *w, unsigned which)
{
	while (*list != w)
		list = &(*list)->next[which];
	*list = w->next[which];
}

static void queue(struct watch *w)
{
	if (!w->queued)
		append(&w->set->queue, w, QUEUE);
	w->queued = 1;
}

static void tell(struct watch *w)
{
	if (!(w->events & ~PRIVATE_BITS))
		return; /* one shot, and it was fired */
	queue(w);
	file_changed(w->set->file);
}

static uint32_t holds(const struct watch *w)
{
	return file_poll(w->file) & w->events;
}

static void watch_remove(struct watch *w)
{
	if (w->queued)
		drop(&w->set->queue, w, QUEUE);
	drop(&w->set->watches, w, OF_SET);
	drop(&w->file->watches, w, OF_FILE);
	w->set = NULL;
}

void watches_tell(struct watch *w)
{
	for (; w; w = w->next[OF_FILE])
		tell(w);
}

void watches_forget(struct file *f)
{
	while (f->watches)
		watch_remove(f->watches);
}

void watches_of_input(void)
{
	for (unsigned i = 0; i < NR_WATCHES; i++)
		if (watches[i].set && !watches[i].file->ops)
			tell(&watches[i]);
}

/* ---- the set as a file ---- */

static uint32_t set_poll(struct file *f)
{
	const struct set *s = f->object;

	timers_tell();
	for (const struct watch *w = s->queue; w; w = w->next[QUEUE])
		if (holds(w))
			return POLLIN | POLLRDNORM;
	return 0;
}

static void set_release(struct file *f)
{
	struct set *s = f->object;

	while (s->watches)
		watch_remove(s->watches);
	s->used = 0;
}

static const struct file_ops set_ops = { .poll = set_poll, .release = set_release };

static int32_t make_set(uint32_t flags)
{
	for (unsigned i = 0; i < NR_SETS; i++) {
		struct set *s = &sets[i];

		if (s->used)
			continue;
		*s = (struct set){ .used = 1 };
		s->file = file_new(&set_ops, (int32_t)(EPOLL_HANDLE + i), O_RDWR, s);
		if (s->file)
			return fd_install(s->file, 0, flags & O_CLOEXEC);
		s->used = 0;
		break;
	}
	return -ENFILE;
}

asmlinkage int32_t sys_epoll_create(int32_t size)
{
	return no_jump(size > 0 ? make_set(0) : -EINVAL);
}

asmlinkage int32_t sys_epoll_create1(uint32_t flags)
{
	return no_jump(flags & ~O_CLOEXEC ? -EINVAL : make_set(flags));
}

/* ---- what is in it ---- */

static struct watch *find(const struct set *s, const struct file *f, uint32_t fd)
{
	struct watch *w = s->watches;

	while (w && (w->file != f || w->fd != fd))
		w = w->next[OF_SET];
	return w;
}

/* How many sets deep it is, MOST_NESTED + 1 at most; a set that is in itself is as deep as that. */
static int depth(const struct file *f, const struct file *ring, int most)
{
	int deepest = 0;

	if (f->ops != &set_ops)
		return 0;
	if (f == ring || !most)
		return MOST_NESTED + 1;
	for (const struct watch *w = ((struct set *)f->object)->watches; w; w = w->next[OF_SET]) {
		int below = depth(w->file, ring, most - 1);

		deepest = below > deepest ? below : deepest;
	}
	return deepest + 1;
}

/* How many sets it is in, one in the other. */
static int height(const struct file *f)
{
	int highest = 0;

	for (const struct watch *w = f->watches; w; w = w->next[OF_FILE]) {
		int above = height(w->set->file) + 1;

		highest = above > highest ? above : highest;
	}
	return highest;
}

/* What is always ready has nothing to wait for; but the streams may be anything. */
static int is_always_ready(const struct file *f)
{
	return !f->ops && f->handle > 2 &&
	       ask_host(HOST_TERMINAL, (uint32_t)f->handle, 0, 0, 0, 0, 0) != 1;
}

static int32_t watch_add(struct set *s, struct file *f, uint32_t fd, const uint32_t event[3])
{
	if (f->ops == &set_ops && depth(f, s->file, MOST_NESTED) + height(s->file) >= MOST_NESTED)
		return -ELOOP;
	for (unsigned i = 0; i < NR_WATCHES; i++) {
		struct watch *w = &watches[i];

		if (w->set)
			continue;
		*w = (struct watch){ .set = s,
				     .file = f,
				     .fd = fd,
				     .events = event[0] | POLLERR | POLLHUP,
				     .data = { event[1], event[2] } };
		append(&s->watches, w, OF_SET);
		append(&f->watches, w, OF_FILE);
		if (holds(w))
			tell(w);
		return 0;
	}
	return -ENOMEM;
}

static int32_t watch_modify(struct watch *w, const uint32_t event[3])
{
	w->events = event[0] | POLLERR | POLLHUP;
	w->data[0] = event[1];
	w->data[1] = event[2];
	if (holds(w))
		tell(w);
	return 0;
}

static int32_t control(uint32_t epfd, int32_t op, uint32_t fd, uint32_t at)
{
	struct file *e = file_of(epfd), *f = file_of(fd);
	uint32_t event[3] = { 0 };
	struct watch *w;

	if (op != EPOLL_CTL_DEL && copy_from_user(event, at, 3))
		return -EFAULT;
	if (!e || !f)
		return -EBADF;
	if (is_always_ready(f))
		return -EPERM;
	if (e->ops != &set_ops || e == f)
		return -EINVAL;
	w = find(e->object, f, fd);
	switch (op) {
	case EPOLL_CTL_ADD: return w ? -EEXIST : watch_add(e->object, f, fd, event);
	case EPOLL_CTL_MOD: return w ? watch_modify(w, event) : -ENOENT;
	case EPOLL_CTL_DEL:
		if (!w)
			return -ENOENT;
		watch_remove(w);
		return 0;
	default: return -EINVAL;
	}
}

asmlinkage int32_t sys_epoll_ctl(uint32_t epfd, int32_t op, uint32_t fd, uint32_t event)
{
	return no_jump(control(epfd, op, fd, event));
}

/* ---- waiting ---- */

/* What is queued and holds goes to `at`: how many, or -EFAULT. Each is asked once. */
static int32_t collect(struct set *s, uint32_t at, int32_t most)
{
	uint32_t queued = 0;
	int32_t n = 0;

	for (const struct watch *w = s->queue; w; w = w->next[QUEUE])
		queued++;
	for (; queued && n < most; queued--) {
		struct watch *w = s->queue;
		uint32_t event[3] = { holds(w), w->data[0], w->data[1] };

		if (event[0] && copy_to_user(at + 12 * (uint32_t)n, event, 3))
			return n ? n : -EFAULT;
		s->queue = w->next[QUEUE]; /* others may be behind it by now, but not before */
		w->queued = 0;
		if (!event[0])
			continue;
		n++;
		if (w->events & EPOLLONESHOT)
			w->events &= PRIVATE_BITS;
		else if (!(w->events & EPOLLET))
			queue(w);
	}
	return n;
}

/* until: 0 does not wait. */
static int32_t wait_for_set(uint32_t epfd, uint32_t events, int32_t most, uint64_t until)
{
	struct file *f;
	int32_t n;

	if (most <= 0 || most > MOST_EVENTS)
		return -EINVAL;
	if (!access_ok(events, 12 * (uint32_t)most))
		return -EFAULT;
	f = file_of(epfd);
	if (!f)
		return -EBADF;
	if (f->ops != &set_ops)
		return -EINVAL;
	f->users++;
	for (;;) {
		uint64_t due;
		int slept;

		timers_tell();
		n = collect(f->object, events, most);
		if (n || !until)
			break;
		due = timer_due(until);
		slept = file_sleep(f, due);
		if (slept == -ETIME && due == until)
			until = 0;
		if (slept == -ERESTARTSYS) {
			n = -EINTR;
			break;
		}
	}
	file_put(f);
	return n;
}

asmlinkage int32_t sys_epoll_wait(uint32_t epfd, uint32_t events, int32_t most,
				  int32_t milliseconds)
{
	return no_jump(wait_for_set(epfd, events, most, milliseconds_from_now(milliseconds)));
}

static int32_t wait_masked(uint32_t epfd, uint32_t events, int32_t most, uint64_t until,
			   uint32_t mask, uint32_t size)
{
	int32_t n = set_mask(mask, size);

	if (n)
		return n;
	n = wait_for_set(epfd, events, most, until);
	if (n != -EINTR) /* which is its last word: no call of epoll's goes on by itself */
		restore_saved_sigmask();
	return n;
}

asmlinkage int32_t sys_epoll_pwait(uint32_t epfd, uint32_t events, int32_t most,
				   int32_t milliseconds, uint32_t mask, uint32_t size)
{
	return no_jump(
		wait_masked(epfd, events, most, milliseconds_from_now(milliseconds), mask, size));
}
