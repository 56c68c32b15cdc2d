/* SPDX-License-Identifier: GPL-2.0-only */
/* file_world.c: see file_world.h. */
#include "tests/files/file_world.h"

#include <string.h>

/* Which of the guest's tables; in the spare memory: the two kinds, the code of poll. */
enum { TABLE = 2, OWN = 0, OWN_MUTE = 0x20, OWN_POLL = 0x40, REST = 0x1000 };

#define JUNK 0x5eed0bad

/* ---- the machine ---- */

void put_words(const struct file_world *w, uint32_t at, const void *words, size_t size)
{
	OK(w->caller.m, sysemu_write(w->caller.m, at, words, size));
}

void get_words(const struct file_world *w, uint32_t at, void *words, size_t size)
{
	OK(w->caller.m, sysemu_read(w->caller.m, at, words, size));
}

void put_word(const struct file_world *w, uint32_t at, uint32_t word)
{
	put_words(w, at, &word, sizeof(word));
}

uint32_t word_at(const struct file_world *w, uint32_t at)
{
	return guest_word(w->caller.m, at);
}

uint32_t task_word_at(const struct file_world *w, size_t offset)
{
	return word_at(w, (w->caller.cpu.esp & -8192u) + TI_TASK) + (uint32_t)offset;
}

uint32_t file_memory(const struct file_world *w)
{
	return spare_memory(w->caller.m) + REST;
}

struct file_world open_file_world(const char *kernel)
{
	static const uint8_t code[] = {
		0x8b, 0x40, 0x10, /* mov 16(%eax), %eax */
		0x83, 0xcb, 0xff, /* and -1 in ebx, esi, edi, ecx, edx, */
		0x83, 0xce, 0xff, 0x83, 0xcf, 0xff, 0x83, 0xc9, 0xff, 0x83, 0xca, 0xff, 0xc3
	}; /* as a function may do; ret */
	struct file_world w = { 0 };
	uint32_t spare;

	w.caller = caller_in_program(open_getpid_loop(kernel, SYSEMU_START_UNTRACED, 0));
	map_process_memory(w.caller.m);
	w.files = symbol(w.caller.m, "open_files");
	w.table_at = symbol(w.caller.m, "tables") + TABLE * (uint32_t)sizeof(w.table);
	spare = spare_memory(w.caller.m);
	w.own = spare + OWN;
	w.own_mute = spare + OWN_MUTE;
	put_words(&w, w.own, (uint32_t[5]){ 0, 0, spare + OWN_POLL }, 20);
	put_words(&w, w.own_mute, (uint32_t[5]){ 0 }, 20);
	put_words(&w, spare + OWN_POLL, code, sizeof(code));
	put_word(&w, task_word_at(&w, offsetof(struct task_struct, files)), w.table_at);
	return w;
}

void close_file_world(struct file_world *w)
{
	sysemu_close(w->caller.m);
}

struct sim_regs catch_call(const struct file_world *w, const char *name, uint64_t answer)
{
	uint32_t at = symbol(w->caller.m, name);
	struct sim_regs called, cpu;

	if (kernel_regs(w->caller.m).eip != at && run_to(w->caller.m, at).eip != at)
		fail_msg("it does not come to %s", name);
	called = leave_function(w->caller.m, (uint32_t)answer);
	cpu = kernel_regs(w->caller.m);
	cpu.edx = (uint32_t)(answer >> 32);
	cpu.ebx = cpu.esi = cpu.edi = cpu.ecx = JUNK; /* which a function need not keep */
	set_kernel_regs(w->caller.m, &cpu);
	return called;
}

void expect_asked(const struct file_world *w, uint32_t nr, const uint32_t *args, unsigned n,
		  uint32_t answer)
{
	const struct sim_regs cpu = catch_call(w, "ask_host", answer);
	uint32_t expected[6] = { 0 }, is[6] = { cpu.edx, cpu.ecx };

	memcpy(expected, args, n * sizeof(*args));
	get_words(w, cpu.esp + 4, is + 2, 4 * sizeof(*is));
	assert_int_equal(cpu.eax, nr);
	expect_words("what the host is asked", is, expected, sizeof(is));
}

void put_files(const struct file_world *w)
{
	put_words(w, w->files, w->file, sizeof(w->file));
	put_words(w, w->table_at, &w->table, sizeof(w->table));
}

void get_files(struct file_world *w)
{
	get_words(w, w->files, w->file, sizeof(w->file));
	get_words(w, w->table_at, &w->table, sizeof(w->table));
}

void expect_files(const struct file_world *w)
{
	struct file_world now = *w;

	get_files(&now);
	for (unsigned i = 0; i < WORLD_FILES; i++)
		expect_words_of("the file", i, &now.file[i], &w->file[i], sizeof(now.file[i]));
	expect_words("the table", &now.table, &w->table, sizeof(now.table));
}

/* ---- numbers and addresses ---- */

uint32_t file_at(const struct file_world *w, unsigned i)
{
	return w->files + i * (uint32_t)sizeof(struct guest_file);
}

unsigned file_index(const struct file_world *w, uint32_t at)
{
	unsigned i = (at - w->files) / (uint32_t)sizeof(struct guest_file);

	assert_true(i < WORLD_FILES && file_at(w, i) == at);
	return i;
}

unsigned file_of_fd(const struct file_world *w, uint32_t fd)
{
	return fd < DESCRIPTORS && w->table.fd[fd] ? file_index(w, w->table.fd[fd]) : WORLD_FILES;
}

/* ---- drawing ---- */

uint32_t draw_polled(void)
{
	static const uint32_t bits[] = { POLLIN,   POLLPRI,    POLLOUT,    POLLERR,    POLLHUP,
					 POLLNVAL, POLLRDNORM, POLLRDBAND, POLLWRNORM, POLLWRBAND };

	switch (below(6)) {
	case 0: return 0;
	case 1: return bits[below(10)];
	case 2: return bits[below(10)] | bits[below(10)];
	case 3: return 1u << below(16);
	default: return any() & any() & 0x7ff;
	}
}

uint32_t draw_fd(const struct file_world *w)
{
	uint32_t fd = below(DESCRIPTORS);

	switch (below(12)) {
	case 0:
		return ONE_OF(DESCRIPTORS, DESCRIPTORS - 1, DESCRIPTORS + 1, 0x80000000u, -1u,
			      any());
	case 1: return fd;
	default: break;
	}
	for (unsigned i = 0; i < DESCRIPTORS && !w->table.fd[fd]; i++)
		fd = (fd + 1) % DESCRIPTORS;
	return fd;
}

static void draw_table(struct file_world *w)
{
	struct guest_table *t = &w->table;
	unsigned fill = ONE_OF(2, 4, 4, 16), last = 1 + below(DESCRIPTORS);

	memset(t, 0, sizeof(*t));
	t->users = 1 + below(3);
	for (unsigned fd = 0; fd < last; fd++) {
		unsigned i = below(WORLD_FILES);

		if (below(fill) || !w->file[i].users)
			continue;
		t->fd[fd] = file_at(w, i);
		t->end = fd + 1;
		w->file[i].users++;
		if (below(2))
			t->cloexec[fd / 32] |= 1u << fd % 32;
	}
}

void draw_files(struct file_world *w)
{
	uint8_t left[512];

	/* What a function puts away for its caller is told from what was there before. */
	memset(left, (int)any(), sizeof(left));
	put_words(w, w->caller.cpu.esp - sizeof(left), left, sizeof(left));

	for (unsigned i = 0; i < WORLD_FILES; i++)
		w->file[i] = below(8) ?
				     (struct guest_file){ .users = 1, /* and its numbers, below */
							  .ops = w->own,
							  .handle = any(),
							  .flags = any() & ~02000000u,
							  .object = draw_polled(),
							  .owner = any(),
							  .signal = below(65) } :
				     (struct guest_file){ .object = any() }; /* a free one */
	draw_table(w);
}
