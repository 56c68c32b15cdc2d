/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * other.c: the rest of a kernel's trial: who may attach, what comes from outside, how a program
 * ends, processes. Read next: trial.c.
 */
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/trial/trial.h"

#define PID        101
#define PID_TRACER 100
#define SIGSEGV    11
#define SIGSTOP    19

static bool ends_with(struct trial *t, const char *words, uint64_t insns, sysemu_event_kind kind,
		      uint32_t status, sysemu_event *e)
{
	if (sysemu_run(t->m, insns, e) != SYSEMU_OK)
		return trial_wrong(t, words, "%s", sysemu_errmsg(t->m));
	return (e->kind == kind && e->status == status) ||
	       trial_wrong(t, words, "event %s, status 0x%x at 0x%x: %.60s",
			   sysemu_event_name(e->kind), e->status, e->eip, sysemu_errmsg(t->m));
}

/* ---- what ATTACH asks: ptrace(2), ptrace_may_attach ---- */

static bool attach_says(struct trial *t, const char *words, const sysemu_task_attr *program,
			bool capable, int32_t expected)
{
	const sysemu_task_attr tracer = { .cap_sys_ptrace = capable,
					  .has_mm = true,
					  .dumpable = true };
	int32_t result = 0;

	if (sysemu_set_attr(t->m, PID, program) != SYSEMU_OK ||
	    sysemu_set_attr(t->m, PID_TRACER, &tracer) != SYSEMU_OK ||
	    sysemu_ptrace_pid(t->m, SYSEMU_PTRACE_ATTACH, PID, 0, 0, &result) != SYSEMU_OK)
		return trial_wrong(t, words, "%s", sysemu_errmsg(t->m));
	return result == expected ||
	       trial_wrong(t, words, "ATTACH says %d, not %d", result, expected);
}

static bool who_may_attach(struct trial *t)
{
	static const struct {
		const char *words;
		sysemu_task_attr attr;
	} refused[] = {
		{ "task_uid", { .uid = 7, .has_mm = true, .dumpable = true } },
		{ "task_euid", { .euid = 7, .has_mm = true, .dumpable = true } },
		{ "task_suid", { .suid = 7, .has_mm = true, .dumpable = true } },
		{ "task_gid", { .gid = 7, .has_mm = true, .dumpable = true } },
		{ "task_egid", { .egid = 7, .has_mm = true, .dumpable = true } },
		{ "task_sgid", { .sgid = 7, .has_mm = true, .dumpable = true } },
		{ "task_mm", { .dumpable = true } },
		{ "task_dumpable", { .has_mm = true } },
	};
	const sysemu_task_attr other = { .uid = 7, .has_mm = true, .dumpable = true };

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (!attach_says(t, refused[i].words, &refused[i].attr, false, -1))
			return false;
	return attach_says(t, "task_cap_effective cap_sys_ptrace", &other, true, 0);
}

/* ---- a program that runs, and is reached from outside ---- */

static bool a_wish_to_reschedule_arrives(struct trial *t)
{
	sysemu_event e;
	sysemu_task info;

	if (!profile_has(t->p, "reschedule"))
		return true;
	if (sysemu_need_resched(t->m, PID) != SYSEMU_OK || !trial_info(t, PID, &info))
		return trial_wrong(t, "resched_task", "%s", sysemu_errmsg(t->m));
	if (info.tif != SYSEMU_TIF_NEED_RESCHED)
		return trial_wrong(t, "resched_task", "the flags are 0x%x behind it", info.tif);
	if (!ends_with(t, "reschedule_vector", 1000, SYSEMU_EVENT_LIMIT, 0, &e) ||
	    !trial_info(t, PID, &info))
		return false;
	return info.tif == 0 ||
	       trial_wrong(t, "reschedule_vector", "the program has run on, and its flags are 0x%x",
			   info.tif);
}

bool trial_outside(struct trial *t)
{
	static const uint8_t spins[] = { 0xeb, 0xfe };
	sysemu_event e;
	sysemu_regs regs;
	sysemu_task info;

	if (!trial_open(t, SYSEMU_START_UNTRACED, spins, sizeof(spins)) ||
	    !ends_with(t, "start_user state_running", 1000, SYSEMU_EVENT_LIMIT, 0, &e) ||
	    !a_wish_to_reschedule_arrives(t) || !who_may_attach(t) || !trial_info(t, PID, &info))
		return false;
	if (info.sigown != 1u << (SIGSTOP - 1)) /* ATTACH sends it to the task itself */
		return trial_wrong(t, "task_sigpending", "behind ATTACH 0x%x is pending",
				   info.sigown);
	if (profile_has(t->p, "reschedule") && sysemu_need_resched(t->m, PID) != SYSEMU_OK)
		return trial_wrong(t, "resched_task", "%s", sysemu_errmsg(t->m));
	if (!ends_with(t, "reschedule_vector stop_task", 100000, SYSEMU_EVENT_STOP, 0x137f, &e))
		return false;
	return sysemu_get_regs(t->m, &regs) == SYSEMU_OK ||
	       trial_wrong(t, "state_traced task_state", "%s", sysemu_errmsg(t->m));
}

/* ---- how it ends ---- */

/* What a program writes. */
struct written {
	char text[4096];
	size_t size;
};

static int32_t take_output(void *user, int fd, const void *buf, uint32_t size)
{
	struct written *w = user;

	if (fd != 1 || size > sizeof(w->text) - 1 - w->size)
		return -5;
	memcpy(w->text + w->size, buf, size);
	w->size += size;
	w->text[w->size] = 0;
	return (int32_t)size;
}

static bool a_group_stop_is_a_stop(struct trial *t)
{
	static const uint8_t spins[] = { 0xeb, 0xfe };
	sysemu_regs regs;
	sysemu_event e;
	int32_t result;

	if (!profile_has(t->p, "signals"))
		return true;
	if (!trial_open(t, SYSEMU_START_UNTRACED, spins, sizeof(spins)) ||
	    !ends_with(t, "start_user", 1000, SYSEMU_EVENT_LIMIT, 0, &e))
		return false;
	if (sysemu_signal(t->m, PID, SIGSTOP, &result) != SYSEMU_OK)
		return trial_wrong(t, "sys_kill", "%s", sysemu_errmsg(t->m));
	if (!ends_with(t, "sys_kill", 100000, SYSEMU_EVENT_STOP, 0x137f, &e))
		return false;
	return sysemu_get_regs(t->m, &regs) == SYSEMU_OK ||
	       trial_wrong(t, "state_stopped", "a task that SIGSTOP has stopped: %s",
			   sysemu_errmsg(t->m));
}

static bool a_bad_page_is_a_signal(struct trial *t)
{
	static const uint8_t reads[] = { 0xa1, 0, 0x10, 0, 0 }; /* mov 0x1000, %eax */
	sysemu_event e;

	return trial_open(t, SYSEMU_START_UNTRACED, reads, sizeof(reads)) &&
	       ends_with(t, "", 100000, SYSEMU_EVENT_KILLED, SIGSEGV, &e);
}

bool trial_ends(struct trial *t)
{
	/* write(1, code, 5); exit(3) */
	static const uint8_t writes[] = { 0xb8, 4, 0, 0,    0, 0xbb, 1, 0, 0,    0,    0xb9, 0,
					  0x80, 4, 8, 0xba, 5, 0,    0, 0, 0xcd, 0x80, 0xb8, 1,
					  0,    0, 0, 0xbb, 3, 0,    0, 0, 0xcd, 0x80 };
	struct written w = { .size = 0 };
	sysemu_host host = { .user = &w, .write = take_output };
	sysemu_event e;

	if (!trial_open(t, SYSEMU_START_UNTRACED, writes, sizeof(writes)))
		return false;
	if (sysemu_set_host(t->m, &host) != SYSEMU_OK)
		return trial_wrong(t, "", "%s", sysemu_errmsg(t->m));
	if (!ends_with(t, "stop_dead task_exit_code", 100000, SYSEMU_EVENT_EXIT, 0x300, &e))
		return false;
	if (w.size != 5 || memcmp(w.text, writes, 5) != 0)
		return trial_wrong(t, "console_port", "of 5 bytes written %zu have come out",
				   w.size);
	if (sysemu_run(t->m, 1000, &e) != SYSEMU_ESTATE ||
	    strcmp(sysemu_errmsg(t->m), "the program has ended") != 0)
		return trial_wrong(t, "state_zombie task_state", "the program has ended, and: %s",
				   sysemu_errmsg(t->m));
	return a_bad_page_is_a_signal(t) && a_group_stop_is_a_stop(t);
}

/* ---- processes ---- */

/* Code, byte by byte. */
struct code {
	uint8_t bytes[0x400];
	size_t n;
};

static void put_call(struct code *c, uint32_t nr, uint32_t ebx, uint32_t ecx, uint32_t edx)
{
	static const uint8_t mov[] = { 0xbb, 0xb9, 0xba, 0xb8 };
	const uint32_t value[] = { ebx, ecx, edx, nr };

	for (unsigned i = 0; i < 4; i++) {
		c->bytes[c->n++] = mov[i];
		memcpy(c->bytes + c->n, &value[i], 4);
		c->n += 4;
	}
	c->bytes[c->n++] = 0xcd;
	c->bytes[c->n++] = 0x80;
}

enum { STAT = 0x300, STATUS = 0x320, NAME = 0x340, BUFFER = 0x400 };
#define AT(offset) (SYSEMU_CODE_BASE + (offset))

static void put_file(struct code *c, uint32_t path)
{
	put_call(c, 5, AT(path), 0, 0);      /* open: descriptor 3, */
	put_call(c, 3, 3, AT(BUFFER), 1024); /* read, */
	put_call(c, 4, 1, AT(BUFFER), 1024); /* write, with zeros behind it */
	put_call(c, 6, 3, 0, 0);             /* close */
}

/* A child in a session of its own, with a name of its own, shows what /proc says of it; then its
 * parent lives through a tick and waits for it. */
static void make_family(struct code *c)
{
	static const uint8_t spin[] = {
		0xb9, 0x80, 0x4f, 0x12, 0, 0xe2, 0xfe
	}; /* 1,200,000 loops */
	size_t jump;

	memset(c, 0, sizeof(*c));
	put_call(c, 2, 0, 0, 0); /* fork */
	c->bytes[c->n++] = 0x85; /* test %eax, %eax; jne: the parent */
	c->bytes[c->n++] = 0xc0;
	c->bytes[c->n++] = 0x0f;
	c->bytes[c->n++] = 0x85;
	jump = c->n;
	c->n += 4;
	put_call(c, 66, 0, 0, 0); /* setsid */
	put_call(c, 172, 15, AT(NAME), 0);
	put_file(c, STAT);
	put_file(c, STATUS);
	put_call(c, 1, 0, 0, 0);
	memcpy(c->bytes + jump, &(uint32_t){ (uint32_t)(c->n - jump - 4) }, 4);
	memcpy(c->bytes + c->n, spin, sizeof(spin));
	c->n += sizeof(spin);
	put_call(c, 7, (uint32_t)-1, 0, 0); /* waitpid */
	put_call(c, 1, 0, 0, 0);
	strcpy((char *)c->bytes + STAT, "/proc/self/stat");
	strcpy((char *)c->bytes + STATUS, "/proc/self/status");
	strcpy((char *)c->bytes + NAME, "abc");
}

/* What was written has zeros between its two texts. */
static const char *second(const struct written *w)
{
	return w->size > 1024 ? w->text + 1024 : "";
}

static bool lines_are(struct trial *t, const struct written *w)
{
	static const struct {
		const char *words, *line;
	} expected[] = {
		{ "task_comm", "Name:\tabc\n" },
		{ "task_tgid", "\nTgid:\t102\n" },
		{ "task_space", "\nVmSize:" },
		{ "task_leader", "\nThreads:\t1\n" },
	};
	int32_t pid = 0, parent = 0, group = 0, session = 0;

	if (!*w->text || !*second(w)) /* /proc/self leads there by its number */
		return trial_wrong(t, "task_tgid task_leader",
				   "a child has no /proc/self/stat or status");
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		if (!strstr(second(w), expected[i].line))
			return trial_wrong(t, expected[i].words,
					   "a child's /proc/self/status has no \"%s\"",
					   expected[i].line + (expected[i].line[0] == '\n'));
	if (sscanf(w->text, "%d (abc) R %d %d %d", &pid, &parent, &group, &session) != 4 ||
	    pid != 102 || parent != PID)
		return trial_wrong(t, "task_pid state_running",
				   "a child's /proc/self/stat is \"%.40s\"", w->text);
	if (group != 102)
		return trial_wrong(t, "task_pgrp", "behind setsid 102 is in group %d", group);
	return session == 102 ||
	       trial_wrong(t, "task_session", "behind setsid 102 is in session %d", session);
}

/* ---- a program for a machine that loads files alone ---- */

struct file {
	char folder[200], path[220];
};

/* `code` as an ELF file in a folder of its own, which is to be the machine's root. */
static bool make_file(struct trial *t, struct file *f, const struct code *c)
{
	const Elf32_Ehdr head = { .e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB,
					       EV_CURRENT },
				  .e_type = ET_EXEC,
				  .e_machine = EM_386,
				  .e_version = EV_CURRENT,
				  .e_entry = SYSEMU_CODE_BASE,
				  .e_phoff = sizeof(head),
				  .e_ehsize = sizeof(head),
				  .e_phentsize = sizeof(Elf32_Phdr),
				  .e_phnum = 1 };
	const Elf32_Phdr segment = { .p_type = PT_LOAD,
				     .p_offset = 4096,
				     .p_vaddr = SYSEMU_CODE_BASE,
				     .p_filesz = sizeof(c->bytes),
				     .p_memsz = 4096,
				     .p_flags = PF_R | PF_W | PF_X };
	const char *tmp = getenv("TMPDIR");
	FILE *out = NULL;
	bool good;

	snprintf(f->folder, sizeof(f->folder), "%.150s/sysemu-trial-XXXXXX",
		 tmp && *tmp ? tmp : "/tmp");
	f->path[0] = 0;
	if (!mkdtemp(f->folder)) {
		f->folder[0] = 0;
		return trial_wrong(t, "", "no folder for a program to try it with: %s",
				   strerror(errno));
	}
	snprintf(f->path, sizeof(f->path), "%s/try", f->folder);
	out = fopen(f->path, "wb");
	good = out && fwrite(&head, sizeof(head), 1, out) == 1 &&
	       fwrite(&segment, sizeof(segment), 1, out) == 1 && fseek(out, 4096, SEEK_SET) == 0 &&
	       fwrite(c->bytes, sizeof(c->bytes), 1, out) == 1;
	if (out && fclose(out) != 0)
		good = false;
	if (!good || chmod(f->path, 0755) != 0)
		return trial_wrong(t, "", "%.100s: %s", f->path, strerror(errno));
	return true;
}

static void remove_file(const struct file *f)
{
	if (f->path[0])
		unlink(f->path);
	if (f->folder[0])
		rmdir(f->folder);
}

/* Who runs, as the host asks it when it answers a call. */
static bool the_first_is_a_process(struct trial *t)
{
	const struct profile *p = t->p;
	uint32_t task = p->tasks + p->first_program * p->task_bytes, tgid = 0, leader = 0;

	sysemu_read(t->m, task + p->task_tgid, &tgid, 4);
	sysemu_read(t->m, task + p->task_leader, &leader, 4);
	if (tgid != PID)
		return trial_wrong(t, "task_tgid", "the program's is %u, not %u", tgid, PID);
	return leader == task ||
	       trial_wrong(t, "task_leader", "the program's is 0x%x, not itself, 0x%x", leader,
			   task);
}

static bool try_family(struct trial *t, const struct file *f)
{
	struct written w = { .size = 0 };
	sysemu_host host = { .user = &w, .write = take_output, .root = f->folder };
	const sysemu_config config = { .kernel = t->k->name,
				       .start = SYSEMU_START_UNTRACED,
				       .user_pages = 1024 };
	char *argv[] = { "try", NULL };
	sysemu_event e;

	sysemu_close(t->m);
	t->m = NULL;
	if (sysemu_open_processes(&config, &t->m) != SYSEMU_OK)
		return trial_wrong(t, "with_processes", "%s", sysemu_errmsg(NULL));
	if (!the_first_is_a_process(t))
		return false;
	if (sysemu_set_host(t->m, &host) != SYSEMU_OK ||
	    sysemu_exec(t->m, "/try", argv, NULL) != SYSEMU_OK)
		return trial_wrong(t, "task_comm", "%s", sysemu_errmsg(t->m));
	return ends_with(t, "timer_vector with_processes stop_host stop_space most_syscalls",
			 10000000, SYSEMU_EVENT_EXIT, 0, &e) &&
	       lines_are(t, &w);
}

bool trial_processes(struct trial *t)
{
	struct file f;
	struct code c;
	bool good;

	if (!profile_has(t->p, "processes"))
		return true;
	make_family(&c);
	good = make_file(t, &f, &c) && try_family(t, &f);
	remove_file(&f);
	return good;
}
