/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * exec.c: execve's host side: the file goes into an address space of its own. The guest decides
 * what becomes of the task (asm/process/exec.c).
 */
#include <stdlib.h>
#include <string.h>

#include "asm/host.h"
#include "lib/machine/machine.h"
#include "lib/server/server.h"
#include "libsysemu/process.h"

#define G_ENOEXEC 8

/* 0 or -errno. */
static int32_t parse(const uint8_t *file, size_t size, struct sim_image *out)
{
	struct sim_error ignored; /* the guest gets a number */

	switch (sim_image_parse(file, size, out, &ignored)) {
	case SIM_OK: return 0;
	case SIM_ENOMEM: return -NO_MEMORY;
	default: return -G_ENOEXEC;
	}
}

/* Into m->sim, which is empty. 0 or -errno. */
static int32_t load(sysemu_machine *m, const struct exec_request *r, struct layout *out)
{
	struct program program = { .argv = r->argv, .envp = r->envp, .path = r->path };
	struct sim_image file, interpreter;
	uint8_t *bytes = NULL;
	size_t size;
	int32_t result = 0;

	lacked_memory(m); /* forgets what was lacked before this call */
	result = parse(r->file, r->size, &file);
	if (result)
		return result;
	program.file = &file;
	if (file.interp) {
		result = server_read_file(m, file.interp_name, &bytes, &size);
		if (!result)
			result = parse(bytes, size, &interpreter);
		if (!result)
			program.interpreter = &interpreter;
	}
	if (!result && program_load(m, &program, out) != SYSEMU_OK)
		result = lacked_memory(m) ? -NO_MEMORY : -ENOMEM;
	if (program.interpreter)
		sim_image_free(&interpreter);
	sim_image_free(&file);
	free(bytes);
	return result;
}

/* The tracer that is the host has its user memory in each. */
static bool map_window(sysemu_machine *m)
{
	return sim_map(m->sim, m->profile->tracer_window, m->profile->tracer_window_size / SIM_PAGE,
		       SIM_WRITE) == SIM_OK;
}

/* Into a new space: its number, or -errno. */
static int32_t load_in_new_space(sysemu_machine *m, const struct exec_request *r,
				 struct layout *layout)
{
	struct sim *running = m->sim;
	int32_t n = space_new(m), error;

	if (n < 0)
		return n;
	m->sim = m->spaces->sim[n];
	error = map_window(m) ? load(m, r, layout) : -NO_MEMORY;
	m->sim = running;
	if (error) {
		space_free(m, (uint32_t)n);
		return error;
	}
	m->spaces->memory[n] = memory_of(layout);
	return n;
}

static void tell_guest(sysemu_machine *m, uint32_t at, uint32_t space, const struct layout *l)
{
	struct host_exec x = { .space = space, .eip = l->entry, .esp = l->esp };
	uint32_t bad;

	static_assert(sizeof(x.comm) == TASK_NAME, "a task's name");
	memcpy(x.comm, l->name, TASK_NAME);
	sim_write(m->sim, at, &x, sizeof(x), &bad);
}

int32_t exec_answer(sysemu_machine *m, const uint32_t arg[6])
{
	struct exec_request r;
	struct layout layout;
	int32_t n = server_exec(m, arg[0], arg[1], arg[2], &r);

	if (n)
		return n;
	n = load_in_new_space(m, &r, &layout);
	if (n > 0 && !server_executes(m, &r)) {
		space_free(m, (uint32_t)n);
		n = -NO_MEMORY;
	}
	exec_request_free(&r);
	if (n < 0)
		return n;
	tell_guest(m, arg[3], (uint32_t)n, &layout);
	return 0;
}

sysemu_status sysemu_exec(sysemu_machine *m, const char *path, char *const argv[],
			  char *const envp[])
{
	struct exec_request r;
	struct layout layout;
	int32_t error;

	REQUIRE(m, path);
	REQUIRE_OUTSIDE(m);
	if (!m->spaces)
		return fail(m, SYSEMU_ESTATE, "sysemu_exec in a machine without processes");
	if (m->program.loaded)
		return fail(m, SYSEMU_ESTATE, "a program is already loaded");
	lacked_memory(m); /* forgets what was lacked before this call */
	error = server_exec_host(m, path, argv, envp, &r);
	if (!error) {
		error = server_executes(m, &r) ? load(m, &r, &layout) : -NO_MEMORY;
		exec_request_free(&r);
	}
	if (error && (lacked_memory(m) || error == -NO_MEMORY))
		return fail(m, SYSEMU_ENOMEM, "%s: no memory, or no descriptor, to load it", path);
	if (error)
		return fail(m, SYSEMU_ELOAD, "%s: %s", path, strerror(-error));
	sim_write(m->sim, program_task(m) + m->profile->task_comm, layout.name, TASK_NAME, NULL);
	return machine_start(m, &layout);
}
