/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * words.c: the words of a profile, by number: their names, and of what kind each is, which its name
 * tells but where this table says otherwise. Read next: asm/profile/profile.def, text.c.
 */
#include <assert.h>
#include <string.h>

#include "lib/kernels/kernels.h"

static const struct {
	const char *name, *about;
} words[] = {
#define WORD(name, value, about) { #name, about },
#include "asm/profile/profile.def"
#undef WORD
};
#define WORDS (sizeof(words) / sizeof(words[0]))

static_assert(sizeof(struct profile) == WORDS * sizeof(uint32_t), "a profile is its words");

static const struct {
	const char *name;
	enum word_kind kind;
	const char *symbol, *group;
} special[] = {
	{ "startup", WORD_PLACE, "startup", NULL },
	{ "start_user", WORD_PLACE, "start_user", NULL },
	{ "tracer_call", WORD_PLACE, "tracer_call", NULL },
	{ "stop_port", WORD_PLACE, "stop_port", NULL },
	{ "sys_ptrace", WORD_PLACE, "sys_ptrace", NULL },
	{ "sys_kill", WORD_PLACE, "sys_kill", "signals" },
	{ "sys_wait4", WORD_PLACE, "sys_wait4", "wait" },
	{ "audit_set", WORD_PLACE, "audit_set", "audit" },
	{ "task_audit_context", WORD_TASK, NULL, "audit" },
	{ "task_audit_entries", WORD_TASK, NULL, "audit" },
	{ "task_audit_exits", WORD_TASK, NULL, "audit" },
	{ "resched_task", WORD_PLACE, "resched_task", "reschedule" },
	{ "reschedule_vector", WORD_NUMBER, NULL, "reschedule" },
	{ "init_tss", WORD_PLACE, "init_tss", NULL },
	{ "work_flags", WORD_NUMBER, NULL, "work" },
	{ "work_trace", WORD_NUMBER, NULL, "work" },
	{ "work_emu", WORD_NUMBER, NULL, "work" },
	{ "work_audit", WORD_NUMBER, NULL, "work" },
	{ "debug_trap_eax", WORD_PLACE, "debug_trap_eax", "junk" },
	{ "tasks", WORD_PLACE, "tasks", NULL },
	{ "nr_tasks", WORD_PLACE, "nr_tasks", NULL },
	{ "tracer_stack", WORD_PLACE, NULL, NULL },
	{ "with_processes", WORD_PLACE, "with_processes", "processes" },
	{ "process_memory", WORD_PLACE, "__process_memory", "processes" },
	{ "clock_skew", WORD_PLACE, "clock_skew", "processes" },
	{ "asks_who_runs", WORD_PLACE, "asks_who_runs", "processes" },
	{ "time_jumps", WORD_PLACE, "time_jumps", "processes" },
	{ "sleeps", WORD_PLACE, "sleeps", "processes" },
	{ "timers", WORD_PLACE, "posix_timers", "processes" },
	{ "timer_bytes", WORD_NUMBER, NULL, "processes" },
	{ "most_timers", WORD_NUMBER, NULL, "processes" },
	{ "need_resched", WORD_NUMBER, NULL, "processes" },
	{ "task_asleep_since", WORD_TASK, NULL, "processes" },
	{ "task_utime", WORD_TASK, NULL, "processes" },
	{ "task_stime", WORD_TASK, NULL, "processes" },
	{ "task_alarm", WORD_TASK, NULL, "processes" },
	{ "task_esp", WORD_TASK, NULL, "processes" },
	{ "sys_call_table", WORD_PLACE, "sys_call_table", "processes" },
	{ "most_syscalls", WORD_NUMBER, NULL, "processes" },
	{ "process_call_table", WORD_PLACE, "process_call_table", "processes" },
	{ "range_checks", WORD_PLACE, "range_checks", "processes" },
	{ "timer_vector", WORD_NUMBER, NULL, "processes" },
	{ "stop_host", WORD_NUMBER, NULL, "processes" },
	{ "stop_space", WORD_NUMBER, NULL, "processes" },
	{ "task_space", WORD_TASK, NULL, "processes" },
	{ "task_comm", WORD_TASK, NULL, "processes" },
	{ "task_channel", WORD_TASK, NULL, "processes" },
	{ "task_until", WORD_TASK, NULL, "processes" },
	{ "task_leader", WORD_TASK, NULL, "processes" },
	{ "task_pgrp", WORD_TASK, NULL, "processes" },
	{ "task_session", WORD_TASK, NULL, "processes" },
	{ "task_tgid", WORD_TASK, NULL, "processes" },
	{ "task_bytes", WORD_NUMBER, NULL, NULL },
	{ "frame_bytes", WORD_NUMBER, NULL, NULL },
	{ "page_tables", WORD_PAGE, NULL, NULL },
	{ "page_directory", WORD_PAGE, NULL, NULL },
	{ "firmware_page", WORD_PAGE, NULL, NULL },
	{ "vsyscall_base", WORD_PAGE, NULL, NULL },
	{ "launch_page", WORD_PAGE, NULL, NULL },
	{ "stack_top", WORD_PAGE, NULL, NULL },
	{ "tracer_window", WORD_PAGE, NULL, NULL },
	{ "task_size", WORD_PAGE, NULL, NULL },
	{ "kernel_base", WORD_PAGE, NULL, NULL },
	{ "kernel_cs", WORD_SELECTOR, NULL, NULL },
	{ "kernel_ds", WORD_SELECTOR, NULL, NULL },
	{ "user_cs", WORD_SELECTOR, NULL, NULL },
	{ "user_ds", WORD_SELECTOR, NULL, NULL },
};

size_t profile_words(void)
{
	return WORDS;
}

struct word profile_word(size_t n)
{
	struct word w = { .name = words[n].name, .about = words[n].about };

	if (!strncmp(w.name, "task_", 5))
		w.kind = WORD_TASK;
	else if (!strncmp(w.name, "frame_", 6))
		w.kind = WORD_FRAME;
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
		if (strcmp(special[i].name, w.name) != 0)
			continue;
		w.kind = special[i].kind;
		w.symbol = special[i].symbol;
		w.group = special[i].group;
	}
	return w;
}

uint32_t profile_get(const struct profile *p, size_t n)
{
	uint32_t value;

	memcpy(&value, (const char *)p + n * sizeof(value), sizeof(value));
	return value;
}

void profile_set(struct profile *p, size_t n, uint32_t value)
{
	memcpy((char *)p + n * sizeof(value), &value, sizeof(value));
}

size_t profile_word_named(const char *name, size_t length)
{
	size_t n = 0;

	while (n < WORDS &&
	       (strlen(words[n].name) != length || memcmp(words[n].name, name, length) != 0))
		n++;
	return n;
}

bool profile_has(const struct profile *p, const char *group)
{
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (special[i].group && !strcmp(special[i].group, group))
			return profile_get(p, profile_word_named(special[i].name,
								 strlen(special[i].name))) !=
			       PROFILE_NONE;
	return false;
}
