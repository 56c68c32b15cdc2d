/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * machine.c: opens a machine: the computer, a guest kernel in it, booted up to its first
 * halt; and loads the program. Read next: run.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/cover/cover.h"
#include "lib/machine/machine.h"
#include "lib/server/server.h"
#include "lib/timing/timing.h"
#include "libsysemu/process.h"

#define BOOT_LIMIT         1000000 /* instructions; a boot takes a few thousand */
#define DEFAULT_USER_PAGES 32768
#define DEFAULT_LOG_EVENTS 4096
#define DEFAULT_EPOCH      1109764800 /* 2005-03-02, the day of 2.6.11 */

/* ---- the kernel image ---- */

/* Whole pages of a kernel of a file are mapped; what is not is copied. */
static bool fill_segment(sysemu_machine *m, const struct sim_segment *seg)
{
	uint32_t start = (seg->vaddr + SIM_PAGE - 1) & ~(SIM_PAGE - 1), bad;
	uint32_t end = (seg->vaddr + seg->filesz) & ~(SIM_PAGE - 1);
	uint32_t head = start - seg->vaddr, body = end - start;
	const uint8_t *bytes = m->image.data + seg->offset;

	if (!m->kernel->fd || m->processes || end <= start || (seg->offset + head) % SIM_PAGE)
		return sim_write(m->sim, seg->vaddr, bytes, seg->filesz, &bad) == SIM_OK;
	return sim_fill(m->sim, start, body / SIM_PAGE, m->kernel->fd, seg->offset + head) ==
		       SIM_OK &&
	       sim_write(m->sim, seg->vaddr, bytes, head, &bad) == SIM_OK &&
	       sim_write(m->sim, end, bytes + head + body, seg->filesz - head - body, &bad) ==
		       SIM_OK;
}

static sysemu_status load_segment(sysemu_machine *m, const struct sim_segment *seg)
{
	uint32_t first = seg->vaddr & ~(SIM_PAGE - 1);
	uint32_t pages = (seg->vaddr + seg->memsz - first + SIM_PAGE - 1) / SIM_PAGE;
	unsigned flags = seg->flags & 2 ? SIM_WRITE : 0;

	if (seg->vaddr < m->profile->kernel_base ||
	    sim_map(m->sim, first, pages, flags) != SIM_OK || !fill_segment(m, seg))
		return fail(m, SYSEMU_ENOMEM, "kernel %s: no memory for its segment at 0x%x",
			    m->kernel->name, seg->vaddr);
	return SYSEMU_OK;
}

static sysemu_status set_regions(sysemu_machine *m)
{
	struct sim_range ranges[SYSEMU_REGIONS + 2] = { { 0, m->profile->task_size,
							  SYSEMU_REGION_USER } };
	size_t n = 1 + kernel_regions(&m->image, ranges + 1);

	/* Above all of the kernel's. */
	ranges[n++] =
		(struct sim_range){ m->profile->vsyscall_base, m->profile->vsyscall_base + SIM_PAGE,
				    SYSEMU_REGION_USER };
	switch (sim_set_regions(m->sim, ranges, n, SYSEMU_REGION_OTHER)) {
	case SIM_OK: return SYSEMU_OK;
	case SIM_ENOMEM:
		return fail(m, SYSEMU_ENOMEM, "no memory for the regions of kernel %s",
			    m->kernel->name);
	default: return fail(m, SYSEMU_EKERNEL, "kernel %s: its regions overlap", m->kernel->name);
	}
}

static sysemu_status load_kernel(sysemu_machine *m)
{
	struct sim_error err;
	enum sim_status parsed;
	sysemu_status status;

	if (m->kernel->path) {
		m->image = m->kernel->image;
		parsed = SIM_OK;
	} else {
		parsed = sim_image_parse(m->kernel->elf,
					 (size_t)(m->kernel->elf_end - m->kernel->elf), &m->image,
					 &err);
	}
	if (parsed != SIM_OK)
		return fail(m, parsed == SIM_ENOMEM ? SYSEMU_ENOMEM : SYSEMU_EKERNEL,
			    "kernel %s: %s", m->kernel->name, err.text);
	for (size_t i = 0; i < m->image.nsegments; i++) {
		if (m->image.segments[i].vaddr == m->profile->process_memory && !m->processes)
			continue;
		status = load_segment(m, &m->image.segments[i]);
		if (status)
			return status;
	}
	return set_regions(m);
}

static sysemu_status map_fixed_pages(sysemu_machine *m)
{
	size_t size;
	const uint8_t *page = kernel_vsyscall(m->profile->era, m->config.entry, &size);
	uint32_t bad;

	if (sim_map(m->sim, m->profile->vsyscall_base, 1, SIM_USER) != SIM_OK ||
	    sim_write(m->sim, m->profile->vsyscall_base, page, size, &bad) != SIM_OK ||
	    sim_map(m->sim, m->profile->tracer_window, m->profile->tracer_window_size / SIM_PAGE,
		    SIM_WRITE) != SIM_OK)
		return fail(m, SYSEMU_ENOMEM, "no memory for the vsyscall page");
	return SYSEMU_OK;
}

/* The kernel learns that it has processes, and gets the calls that they make. */
static void prepare_processes(sysemu_machine *m)
{
	const struct profile *p = m->profile;

	sim_store32(m->sim, p->with_processes, 1);
	sim_store32(m->sim, p->nr_tasks, p->most_tasks);
	for (uint32_t nr = 0; nr < p->most_syscalls; nr++)
		sim_store32(m->sim, p->sys_call_table + 4 * nr,
			    sim_load32(m->sim, p->process_call_table + 4 * nr));
	for (unsigned i = 0; i < 3; i++)
		sim_store32(m->sim, sim_load32(m->sim, p->range_checks + 4 * i) - 4,
			    p->most_syscalls);
}

static sysemu_status boot(sysemu_machine *m)
{
	struct sim_regs regs = { .eip = m->profile->startup, .eflags = X86_EFLAGS_FIXED };
	enum sim_stop stop;

	if (m->processes)
		prepare_processes(m);
	sim_set_regs(m->sim, &regs);
	stop = sim_run(m->sim, BOOT_LIMIT);
	if (stop != SIM_HALT || sim_get_eip(m->sim) != m->profile->stop_port + 1 ||
	    sim_get_eax(m->sim) != m->profile->stop_booted)
		return fail(m, sim_lacked_memory(m->sim) ? SYSEMU_ENOMEM : SYSEMU_EKERNEL,
			    "kernel %s did not boot: stopped at 0x%x: %s", m->kernel->name,
			    sim_get_eip(m->sim), sim_why(m->sim));
	m->focus = program_task(m);
	if (profile_has(m->profile, "junk"))
		sim_store32(m->sim, m->profile->debug_trap_eax, m->config.debug_junk);
	return SYSEMU_OK;
}

/* ---- open and close ---- */

static sysemu_status fill_config(sysemu_machine *m, const sysemu_config *config)
{
	sysemu_config *c = &m->config;
	char text[200];

	if (config)
		*c = *config;
	if (!c->kernel)
		c->kernel = KERNEL_DEFAULT;
	if (!c->user_pages)
		c->user_pages = DEFAULT_USER_PAGES;
	if (!c->log_events)
		c->log_events = DEFAULT_LOG_EVENTS;
	if (!c->epoch)
		c->epoch = DEFAULT_EPOCH;
	if (c->entry > SYSEMU_ENTRY_SYSENTER || c->start > SYSEMU_START_UNTRACED ||
	    c->counting > SYSEMU_COUNT_NONE)
		return fail(m, SYSEMU_EINVAL,
			    "config: entry %d, start %d or counting %d is not one of its values",
			    (int)c->entry, (int)c->start, (int)c->counting);
	m->kernel = kernel_find(c->kernel);
	if (!m->kernel)
		return fail(m, SYSEMU_EKERNEL, "%s",
			    sysemu_kernel_unknown(c->kernel, text, sizeof(text)));
	m->profile = m->kernel->profile;
	if (m->processes && !profile_has(m->profile, "processes"))
		return fail(m, SYSEMU_EKERNEL, "kernel %s has no processes", m->kernel->name);
	c->kernel = m->kernel->name;
	return timing_open(m);
}

/* Whoever answers calls is there before the program, which is found below its root. */
static sysemu_status open_processes(sysemu_machine *m)
{
	const struct layout nothing = { .entry = 0 };

	m->program.server = server_new(&nothing, &m->config, true);
	if (!m->program.server || !spaces_open(m))
		return fail(m, SYSEMU_ENOMEM, "no memory for processes");
	return SYSEMU_OK;
}

static sysemu_status open_machine(sysemu_machine *m, const sysemu_config *config)
{
	sysemu_status status = fill_config(m, config);
	struct sim_config sc;
	struct sim_error err;
	enum sim_status sim;

	if (status)
		return status;
	sc = (struct sim_config){
		.page_tables = m->profile->page_tables,
		.page_directory = m->profile->page_directory,
		.firmware = m->profile->firmware_page,
		.max_pages = m->config.user_pages,
		/* A kernel of 2005 takes the page that fits the CPU. */
		.no_sysenter = m->config.entry == SYSEMU_ENTRY_INT80,
		.uncounted = m->config.counting == SYSEMU_COUNT_NONE,
		.covered = cover_wanted(m),
		.shared_from = m->processes ? m->profile->task_size : 0,
	};
	sim = sim_open(&sc, &m->sim, &err);
	if (sim != SIM_OK)
		return fail(m, sim == SIM_ENOMEM ? SYSEMU_ENOMEM : SYSEMU_EENGINE, "%s", err.text);
	if (m->timing.model)
		sim_set_timing(m->sim, &m->timing);
	m->log = calloc(m->config.log_events, sizeof(*m->log));
	m->cpu.scratch = sim_context_new(m->sim);
	if (!m->log || !m->cpu.scratch)
		return fail(m, SYSEMU_ENOMEM, "no memory for %u log entries", m->config.log_events);
	status = load_kernel(m);
	if (!status)
		status = map_fixed_pages(m);
	if (status)
		return status;
	status = cover_open(m);
	if (status)
		return status;
	sim_on_out(m->sim, console_out, m);
	status = boot(m);
	if (!status && m->processes)
		status = open_processes(m);
	return status;
}

static sysemu_status open_either(const sysemu_config *config, bool processes, sysemu_machine **out)
{
	sysemu_machine *m;
	sysemu_status status;

	if (processes && config && config->counting == SYSEMU_COUNT_NONE)
		return fail(NULL, SYSEMU_EINVAL,
			    "processes with SYSEMU_COUNT_NONE: their clock is the count");
	m = calloc(1, sizeof(*m));
	if (!m)
		return fail(NULL, SYSEMU_ENOMEM, "no memory for a machine");
	m->processes = processes;
	status = open_machine(m, config);
	if (status) {
		fail(NULL, status, "%s", m->error);
		sysemu_close(m);
		return status;
	}
	*out = m;
	return SYSEMU_OK;
}

sysemu_status sysemu_open(const sysemu_config *config, sysemu_machine **out)
{
	REQUIRE_ARGUMENT(NULL, out);
	return open_either(config, false, out);
}

sysemu_status sysemu_open_processes(const sysemu_config *config, sysemu_machine **out)
{
	REQUIRE_ARGUMENT(NULL, out);
	return open_either(config, true, out);
}

void sysemu_close(sysemu_machine *m)
{
	if (!m || m->inside)
		return;
	server_let_go(m);
	cover_close(m);
	if (m->spaces)
		spaces_close(m);
	server_free(m->program.server);
	if (m->cpu.scratch)
		sim_context_free(m->cpu.scratch);
	if (m->sim)
		sim_close(m->sim);
	if (!m->kernel || !m->kernel->path)
		sim_image_free(&m->image);
	free(m->log);
	free(m);
}

/* ---- load ---- */

/* The frame from which start_user's restore_all goes to user mode for the first time. */
static void build_first_frame(sysemu_machine *m, uint32_t eip, uint32_t esp)
{
	const struct profile *p = m->profile;
	const uint32_t words[][2] = {
		{ p->frame_ds, p->user_ds },
		{ p->frame_es, p->user_ds },
		{ p->frame_ss, p->user_ds },
		{ p->frame_cs, p->user_cs },
		{ p->frame_eip, eip },
		{ p->frame_esp, esp },
		{ p->frame_eax, 0 },
		{ p->frame_orig_eax, (uint32_t)-1 },
		{ p->frame_eflags, X86_EFLAGS_IF | X86_EFLAGS_FIXED },
	};
	uint32_t frame = task_frame(m, program_task(m));

	clear_registers(m, frame);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		sim_store32(m->sim, frame + words[i][0], words[i][1]);
	sim_enter_kernel(m->sim, p->kernel_cs, p->kernel_ds, p->start_user, frame,
			 X86_EFLAGS_FIXED);
}

static bool map_launch_page(sysemu_machine *m)
{
	size_t size;
	const uint8_t *code = launch_code(&size);
	uint32_t bad;

	return sim_map(m->sim, m->profile->launch_page, 1, SIM_USER) == SIM_OK &&
	       sim_write(m->sim, m->profile->launch_page, code, size, &bad) == SIM_OK;
}

/* A load that failed leaves no page behind. */
static void unmap_user(sysemu_machine *m)
{
	const uint32_t behind = m->profile->tracer_window + m->profile->tracer_window_size;

	sim_unmap(m->sim, 0, m->profile->tracer_window / SIM_PAGE);
	sim_unmap(m->sim, behind, (m->profile->task_size - behind) / SIM_PAGE);
}

sysemu_status machine_start(sysemu_machine *m, const struct layout *layout)
{
	uint32_t eip = layout->entry;

	m->program.served = true;
	if (m->spaces)
		*server_memory(m->program.server) = memory_of(layout);
	else
		m->program.server = server_new(layout, &m->config, false);
	if (m->program.server && m->config.start == SYSEMU_START_TRACED) {
		eip = m->profile->launch_page;
		if (!map_launch_page(m)) {
			server_free(m->program.server);
			m->program.server = NULL;
		}
	}
	if (!m->program.server) {
		unmap_user(m);
		return fail(m, SYSEMU_ENOMEM, "no memory to start the program in");
	}
	m->program.layout = *layout;
	m->program.loaded = true;
	m->program.launched = m->config.start == SYSEMU_START_UNTRACED;
	build_first_frame(m, eip, layout->esp);
	return SYSEMU_OK;
}

static sysemu_status may_load(sysemu_machine *m)
{
	return m->program.loaded ? fail(m, SYSEMU_ESTATE, "a program is already loaded") :
				   SYSEMU_OK;
}

sysemu_status sysemu_load_elf(sysemu_machine *m, const void *elf, size_t size, char *const argv[],
			      char *const envp[])
{
	struct layout layout;
	sysemu_status status;

	REQUIRE(m, elf);
	REQUIRE_OUTSIDE(m);
	if (m->processes) /* what it maps and is called is a file's */
		return fail(m, SYSEMU_ESTATE, "a machine with processes loads by sysemu_exec");
	status = may_load(m);
	if (!status)
		status = program_load_elf(m, elf, size, argv, envp, &layout);
	return status ? status : machine_start(m, &layout);
}

sysemu_status sysemu_load_code(sysemu_machine *m, const void *code, size_t size)
{
	struct layout layout;
	sysemu_status status;

	REQUIRE(m, code);
	REQUIRE_OUTSIDE(m);
	status = may_load(m);
	if (!status)
		status = program_load_code(m, code, size, &layout);
	return status ? status : machine_start(m, &layout);
}
