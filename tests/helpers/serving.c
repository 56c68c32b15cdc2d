/* SPDX-License-Identifier: GPL-2.0-only */
/* serving.c: see serving.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/helpers/serving.h"

static int32_t world_read(void *user, int fd, void *buf, uint32_t size)
{
	struct world *w = user;
	uint32_t n = (uint32_t)strlen(w->input);

	assert_int_equal(fd, 0);
	n = n < size ? n : size;
	if (w->most && n > w->most)
		n = w->most;
	memcpy(buf, w->input, n);
	w->input += n;
	w->reads++;
	return (int32_t)n;
}

static int32_t world_write(void *user, int fd, const void *buf, uint32_t size)
{
	struct world *w = user;

	assert_between(fd, 1, 2);
	if (w->refuse)
		return w->refuse;
	for (uint32_t i = 0; i < size; i++, w->written[fd]++)
		if (w->written[fd] < sizeof(w->output[fd]))
			w->output[fd][w->written[fd]] = ((const char *)buf)[i];
	return (int32_t)size;
}

static void world_note(void *user, const char *text)
{
	struct world *w = user;
	size_t length = strlen(w->notes);

	snprintf(w->notes + length, sizeof(w->notes) - length, "%s\n", text);
}

void set_world(sysemu_machine *m, struct world *w, const char *root, bool terminal)
{
	const sysemu_host host = { .user = w,
				   .read = world_read,
				   .write = world_write,
				   .note = world_note,
				   .root = root,
				   .terminal = terminal };

	OK(m, sysemu_set_host(m, &host));
}

static sysemu_machine *open_stopped(struct world *w, const sysemu_config *config, const char *root,
				    bool terminal)
{
	static const uint8_t jump_to_itself[] = { 0xeb, 0xfe };
	sysemu_machine *m = open_config(config);

	OK(m, sysemu_load_code(m, jump_to_itself, sizeof(jump_to_itself)));
	assert_int_equal(run(m).kind, SYSEMU_EVENT_STOP);
	OK(m, sysemu_map(m, DATA, 16, 3));
	OK(m, sysemu_map(m, READ_ONLY, 1, 1));
	OK(m, sysemu_map(m, NO_ACCESS, 1, 0));
	set_world(m, w, root, terminal);
	return m;
}

sysemu_machine *open_serving(struct world *w, const char *root, bool terminal)
{
	return open_stopped(w, &(sysemu_config){ .kernel = "sysemu" }, root, terminal);
}

sysemu_machine *open_serving_config(struct world *w, const sysemu_config *config)
{
	return open_stopped(w, config, NULL, false);
}

int32_t serve_call(sysemu_machine *m, int32_t nr, struct args args, sysemu_served *out)
{
	sysemu_served served;
	sysemu_regs regs;

	OK(m, sysemu_get_regs(m, &regs));
	regs.ebx = args.reg[0];
	regs.ecx = args.reg[1];
	regs.edx = args.reg[2];
	regs.esi = args.reg[3];
	regs.edi = args.reg[4];
	regs.ebp = args.reg[5];
	OK(m, sysemu_set_regs(m, &regs));
	OK(m, sysemu_serve(m, nr, &served));
	assert_int_equal(served.nr, nr);
	OK(m, sysemu_get_regs(m, &regs));
	if (!served.ended)
		assert_int_equal((int32_t)regs.eax, served.result);
	if (out)
		*out = served;
	return served.result;
}

sysemu_served serve_all(sysemu_machine *m)
{
	sysemu_served served;
	sysemu_event e;

	do {
		e = resume(m, SYSEMU_PTRACE_SYSEMU, 0);
		assert_int_equal(e.kind, SYSEMU_EVENT_STOP);
		assert_int_equal(e.status, 0x057f);
		OK(m, sysemu_serve(m, e.orig_eax, &served));
	} while (!served.ended);
	return served;
}

uint32_t put_text(sysemu_machine *m, uint32_t addr, const char *text)
{
	OK(m, sysemu_write(m, addr, text, strlen(text) + 1));
	return addr;
}

uint32_t get_word(sysemu_machine *m, uint32_t addr)
{
	uint32_t value = 0;

	OK(m, sysemu_read(m, addr, &value, sizeof(value)));
	return value;
}
