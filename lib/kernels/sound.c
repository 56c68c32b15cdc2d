/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sound.c: what can be said of a profile without running its image: places that are not there, words
 * that contradict each other. What only running shows: lib/trial/.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/kernels/kernels.h"

struct check {
	const struct profile *p;
	const uint32_t *lines;
	const struct sim_image *image;
	struct profile_error *error;
};

/* The word is wrong: so much of the sentence is always the same. */
static bool wrong(const struct check *c, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static bool wrong(const struct check *c, const char *name, const char *format, ...)
{
	size_t n = profile_word_named(name, strlen(name));
	char why[200];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	c->error->line = c->lines[n];
	snprintf(c->error->text, sizeof(c->error->text), "%s 0x%x: %s", name, profile_get(c->p, n),
		 why);
	return false;
}

static bool in_image(const struct sim_image *image, uint32_t addr)
{
	for (size_t i = 0; i < image->nsegments; i++)
		if (addr - image->segments[i].vaddr < image->segments[i].memsz)
			return true;
	return false;
}

static bool place_is_sound(const struct check *c, const struct word *w, uint32_t value)
{
	const struct sim_symbol *s = w->symbol ? sim_image_symbol(c->image, w->symbol) : NULL;

	if (s && s->value != value)
		return wrong(c, w->name, "the image's symbol %s is 0x%x", s->name, s->value);
	if (!in_image(c->image, value))
		return wrong(c, w->name, "no segment of the image is there");
	return true;
}

/* By which the others of a group are judged. */
static const char *group_word(const char *group)
{
	size_t n = 0;

	while (!profile_word(n).group || strcmp(profile_word(n).group, group) != 0)
		n++;
	return profile_word(n).name;
}

static bool word_is_sound(const struct check *c, size_t n)
{
	struct word w = profile_word(n);
	uint32_t value = profile_get(c->p, n);

	if (w.group && profile_has(c->p, w.group) != (value != PROFILE_NONE))
		return wrong(c, w.name, "all words of the group `%s` are none, or no one is: %s",
			     w.group, group_word(w.group));
	if (value == PROFILE_NONE)
		return w.group || wrong(c, w.name, "it cannot be none");
	switch (w.kind) {
	case WORD_PLACE: return place_is_sound(c, &w, value);
	case WORD_PAGE:
		return value % SIM_PAGE == 0 || wrong(c, w.name, "not a multiple of %u", SIM_PAGE);
	case WORD_TASK:
		return (value < c->p->task_bytes && c->p->task_bytes - value >= 4) ||
		       wrong(c, w.name, "task_bytes is 0x%x", c->p->task_bytes);
	case WORD_FRAME:
		return (value < c->p->frame_bytes && c->p->frame_bytes - value >= 4) ||
		       wrong(c, w.name, "frame_bytes is 0x%x", c->p->frame_bytes);
	case WORD_SELECTOR:
		return (value < 0x10000 && value / 8 && !(value & 4) &&
			(value & 3) == (w.name[0] == 'u' ? 3 : 0)) ||
		       wrong(c, w.name, "no selector of the GDT with RPL %u",
			     w.name[0] == 'u' ? 3 : 0);
	case WORD_NUMBER: break;
	}
	return true;
}

/* Two words of a task or a frame at one place are one too many. */
static bool no_two_alike(const struct check *c, enum word_kind kind)
{
	for (size_t n = 0; n < profile_words(); n++) {
		if (profile_word(n).kind != kind || profile_get(c->p, n) == PROFILE_NONE)
			continue;
		for (size_t k = 0; k < n; k++) {
			struct word w = profile_word(k);
			uint32_t a = profile_get(c->p, n), b = profile_get(c->p, k);

			if (w.kind == kind && b != PROFILE_NONE && a < b + 4 && b < a + 4)
				return wrong(c, profile_word(n).name, "%s is at 0x%x", w.name, b);
		}
	}
	return true;
}

static bool words_differ(const struct check *c, const char *prefix)
{
	size_t length = strlen(prefix);

	for (size_t n = 0; n < profile_words(); n++) {
		struct word a = profile_word(n);

		if (strncmp(a.name, prefix, length) != 0 || a.kind != WORD_NUMBER ||
		    profile_get(c->p, n) == PROFILE_NONE)
			continue;
		for (size_t k = 0; k < n; k++) {
			struct word b = profile_word(k);

			if (!strncmp(b.name, prefix, length) && b.kind == WORD_NUMBER &&
			    profile_get(c->p, n) == profile_get(c->p, k))
				return wrong(c, a.name, "%s is the same", b.name);
		}
	}
	return true;
}

/* Ranges of addresses that may not meet. */
static bool ranges_are_sound(const struct check *c)
{
	const struct profile *p = c->p;
	const struct {
		const char *name;
		uint64_t start, size;
	} r[] = { { "page_tables", p->page_tables, 4u << 20 },
		  { "page_directory", p->page_directory, SIM_PAGE },
		  { "firmware_page", p->firmware_page, SIM_PAGE },
		  { "vsyscall_base", p->vsyscall_base, SIM_PAGE },
		  { "launch_page", p->launch_page, SIM_PAGE },
		  { "tracer_window", p->tracer_window, p->tracer_window_size } };

	for (size_t i = 0; i < sizeof(r) / sizeof(r[0]); i++) {
		if (i < 4 ? r[i].start < p->task_size : r[i].start + r[i].size > p->task_size)
			return wrong(c, r[i].name, "it lies %s task_size",
				     i < 4 ? "below" : "above");
		for (size_t k = 0; k < i; k++)
			if (r[i].start < r[k].start + r[k].size &&
			    r[k].start < r[i].start + r[i].size)
				return wrong(c, r[i].name, "%s is there", r[k].name);
		for (size_t k = 0; k < c->image->nsegments; k++) {
			const struct sim_segment *s = &c->image->segments[k];

			if (r[i].start < (uint64_t)s->vaddr + s->memsz &&
			    s->vaddr < r[i].start + r[i].size)
				return wrong(c, r[i].name, "the image has a segment at 0x%x",
					     s->vaddr);
		}
	}
	return true;
}

static bool bounds_are_sound(const struct check *c, const struct kernel *like)
{
	const struct profile *p = c->p;
	uint32_t lowest = UINT32_MAX;

	for (size_t k = 0; k < c->image->nsegments; k++)
		if (c->image->segments[k].vaddr < lowest)
			lowest = c->image->segments[k].vaddr;
	if (like && p->era != like->profile->era)
		return wrong(c, "era", "it is like %s, whose era is 0x%x", like->name,
			     like->profile->era);
	if (p->work_flags != PROFILE_NONE && p->era < 0x050b00)
		return wrong(c, "era", "work_flags are from 5.11 on");
	if (p->era >> 24 || p->era < 0x020400)
		return wrong(c, "era", "a version has a byte a part: 0x02060b is 2.6.11");
	if (p->task_size % (4u << 20) || p->task_size < 0x40000000)
		return wrong(c, "task_size", "not a multiple of 4 MiB, or too low");
	if (p->tracer_window != SYSEMU_WINDOW)
		return wrong(c, "tracer_window", "the library's is 0x%x", SYSEMU_WINDOW);
	if (p->tracer_window_size != SYSEMU_WINDOW_SIZE)
		return wrong(c, "tracer_window_size", "the library's is 0x%x", SYSEMU_WINDOW_SIZE);
	if (p->kernel_base < p->task_size || p->kernel_base > lowest)
		return wrong(c, "kernel_base",
			     "the image's lowest segment is at 0x%x, task_size is 0x%x", lowest,
			     p->task_size);
	if (lowest - p->kernel_base >= SIM_PAGE)
		return wrong(c, "kernel_base", "the image's lowest segment is at 0x%x", lowest);
	if (p->stack_top > p->task_size ||
	    p->stack_top < p->tracer_window + p->tracer_window_size + (1u << 20))
		return wrong(c, "stack_top",
			     "1 MiB of stack do not fit below it and below task_size");
	if (p->launch_page + SIM_PAGE > p->tracer_window || p->launch_page < 0x10000000)
		return wrong(c, "launch_page", "it is not below the tracer's window, or too low");
	if (p->page_tables % (4u << 20))
		return wrong(c, "page_tables", "not a multiple of 4 MiB");
	if (p->thread_size < SIM_PAGE || p->thread_size & (p->thread_size - 1) ||
	    p->thread_size > (64u << 10))
		return wrong(c, "thread_size", "not a power of two from 4096 to 65536");
	if (p->task_bytes < 64 || p->task_bytes > (1u << 20))
		return wrong(c, "task_bytes", "from 64 to 1048576");
	if (p->most_tasks < 3 || p->most_tasks > 4096)
		return wrong(c, "most_tasks", "from 3 to 4096");
	if (!in_image(c->image, p->tasks + p->most_tasks * p->task_bytes - 1))
		return wrong(c, "most_tasks",
			     "so many, each of task_bytes 0x%x, do not fit into the image",
			     p->task_bytes);
	if (p->timers != PROFILE_NONE &&
	    (p->timer_bytes > SIM_PAGE || p->most_timers > SIM_PAGE ||
	     !in_image(c->image, p->timers + p->most_timers * p->timer_bytes - 1)))
		return wrong(c, "most_timers",
			     "so many, each of timer_bytes 0x%x, do not fit into the image",
			     p->timer_bytes);
	if (p->first_program >= p->most_tasks)
		return wrong(c, "first_program", "there are %u tasks", p->most_tasks);
	if (p->frame_bytes < 60 || p->frame_bytes > 256)
		return wrong(c, "frame_bytes", "from 60 to 256");
	if (p->tracer_stack % p->thread_size ||
	    !in_image(c->image, p->tracer_stack + p->thread_size - 1))
		return wrong(c, "tracer_stack", "no stack of 0x%x bytes is there", p->thread_size);
	return true;
}

/* The pages that the library puts beside a kernel have names, too. */
static bool vsyscall_is_sound(const struct check *c)
{
	static const struct {
		const char *word, *symbol;
	} places[] = { { "vsyscall_entry", "__kernel_vsyscall" },
		       { "vsyscall_sigreturn", "__kernel_sigreturn" },
		       { "vsyscall_rt_sigreturn", "__kernel_rt_sigreturn" } };
	size_t size;
	const uint8_t *page = kernel_vsyscall(c->p->era, SYSEMU_ENTRY_INT80, &size);
	struct sim_error unused;
	struct sim_image image;
	bool good = true;

	if (sim_image_parse(page, size, &image, &unused) != SIM_OK)
		return wrong(c, "vsyscall_base", "out of memory");
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && good; i++) {
		const struct sim_symbol *s = sim_image_symbol(&image, places[i].symbol);
		uint32_t is = profile_get(
			c->p, profile_word_named(places[i].word, strlen(places[i].word)));
		uint32_t at = s ? (s->value % SIM_PAGE) + c->p->vsyscall_base : is;

		if (is != at)
			good = wrong(c, places[i].word,
				     "on the page of vsyscall_base %s is at 0x%x", places[i].symbol,
				     at);
	}
	sim_image_free(&image);
	return good;
}

/* Has the image a table of that name, and is it of another size? */
static bool size_differs(const struct check *c, const char *symbol, uint32_t size)
{
	const struct sim_symbol *s = sim_image_symbol(c->image, symbol);

	return s && s->size && s->size != size;
}

static bool calls_are_sound(const struct check *c)
{
	const struct profile *p = c->p;

	if (p->reschedule_vector != PROFILE_NONE &&
	    (p->reschedule_vector < 32 || p->reschedule_vector > 255))
		return wrong(c, "reschedule_vector", "from 32 to 255");
	if (p->timer_vector != PROFILE_NONE && (p->timer_vector < 32 || p->timer_vector > 255))
		return wrong(c, "timer_vector", "from 32 to 255");
	if (p->forced_tf & (p->forced_tf - 1) || (p->forced_tf && p->era < 0x020619))
		return wrong(c, "forced_tf", "one bit, from 2.6.25 on");
	if (p->work_flags != PROFILE_NONE &&
	    (!p->work_trace || !p->work_emu || !p->work_audit || (p->work_trace & p->work_emu) ||
	     (p->work_trace & p->work_audit) || (p->work_emu & p->work_audit)))
		return wrong(c, "work_trace", "work_trace, work_emu and work_audit are three bits");
	if (p->nr_syscalls < 192 || p->nr_syscalls > 4096)
		return wrong(c, "nr_syscalls", "from 192 to 4096");
	if (p->most_syscalls != PROFILE_NONE &&
	    (p->most_syscalls < p->nr_syscalls || p->most_syscalls > 4096 ||
	     !in_image(c->image, p->sys_call_table + 4 * p->most_syscalls - 1) ||
	     !in_image(c->image, p->process_call_table + 4 * p->most_syscalls - 1)))
		return wrong(c, "most_syscalls",
			     "the tables are not so long, or shorter than nr_syscalls");
	if (size_differs(c, "sys_call_table", 4 * p->nr_syscalls))
		return wrong(c, "nr_syscalls", "the image's sys_call_table is of another size");
	if (p->most_syscalls != PROFILE_NONE &&
	    size_differs(c, "process_call_table", 4 * p->most_syscalls))
		return wrong(c, "most_syscalls",
			     "the image's process_call_table is of another size");
	if (size_differs(c, "tasks", p->most_tasks * p->task_bytes))
		return wrong(c, "most_tasks",
			     "so many, each of task_bytes 0x%x, are not the image's tasks",
			     p->task_bytes);
	return true;
}

/* What every kernel has: numbers that sysemu.h promises, and the language of the stop port, which is ours. */
static bool fixed_words_hold(const struct check *c)
{
	static const char *const fixed[] = { "pid_init",       "pid_program",  "ptrace_traced",
					     "cap_sys_ptrace", "console_port", "need_resched" };
	const struct profile *ours = kernel_find(KERNEL_DEFAULT)->profile;

	for (size_t n = 0; n < profile_words(); n++) {
		const char *name = profile_word(n).name;
		bool is_fixed = !strncmp(name, "state_", 6) ||
				(!strncmp(name, "stop_", 5) && strcmp(name, "stop_port") != 0);

		for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
			is_fixed = is_fixed || !strcmp(name, fixed[i]);
		if (is_fixed && profile_get(c->p, n) != profile_get(ours, n) &&
		    profile_get(c->p, n) != PROFILE_NONE)
			return wrong(c, name, "it is 0x%x in every kernel", profile_get(ours, n));
	}
	return true;
}

/* SYSENTER and SYSEXIT take four descriptors in a row. */
static bool selectors_are_sound(const struct check *c)
{
	const struct profile *p = c->p;

	if (p->kernel_ds != p->kernel_cs + 8)
		return wrong(c, "kernel_ds", "not the descriptor behind kernel_cs 0x%x",
			     p->kernel_cs);
	if (p->user_cs != p->kernel_cs + 0x13)
		return wrong(c, "user_cs", "not the second behind kernel_cs 0x%x", p->kernel_cs);
	if (p->user_ds != p->kernel_cs + 0x1b)
		return wrong(c, "user_ds", "not the third behind kernel_cs 0x%x", p->kernel_cs);
	return p->kernel_cs < 0x100 || wrong(c, "kernel_cs", "the GDT is not so long");
}

bool profile_sound(const struct profile *p, const uint32_t *lines, const struct sim_image *image,
		   const struct kernel *like, struct profile_error *error)
{
	struct check c = { p, lines, image, error };

	for (size_t n = 0; n < profile_words(); n++)
		if (!word_is_sound(&c, n))
			return false;
	return fixed_words_hold(&c) && selectors_are_sound(&c) && bounds_are_sound(&c, like) &&
	       ranges_are_sound(&c) && calls_are_sound(&c) && vsyscall_is_sound(&c) &&
	       no_two_alike(&c, WORD_TASK) && no_two_alike(&c, WORD_FRAME) &&
	       words_differ(&c, "stop_") && words_differ(&c, "state_");
}
