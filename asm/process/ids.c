/* SPDX-License-Identifier: GPL-2.0-only */
/* ids.c: who a process is: process groups, sessions, users; and what prctl says of it. */
#include "process/process.h"

asmlinkage int32_t sys_prctl(uint32_t option, uint32_t a, uint32_t b, uint32_t c, uint32_t d);
asmlinkage int32_t sys_setpgid(int32_t pid, int32_t pgid);
asmlinkage int32_t sys_getpgid(int32_t pid);
asmlinkage int32_t sys_getpgrp(void);
asmlinkage int32_t sys_setsid(void);
asmlinkage int32_t sys_getsid(int32_t pid);
asmlinkage int32_t sys_getuid(void);
asmlinkage int32_t sys_geteuid(void);
asmlinkage int32_t sys_getgid(void);
asmlinkage int32_t sys_getegid(void);
asmlinkage int32_t sys_setuid(uint32_t uid);
asmlinkage int32_t sys_setgid(uint32_t gid);
asmlinkage int32_t sys_setreuid(uint32_t ruid, uint32_t euid);
asmlinkage int32_t sys_setregid(uint32_t rgid, uint32_t egid);
asmlinkage int32_t sys_setresuid(uint32_t ruid, uint32_t euid, uint32_t suid);
asmlinkage int32_t sys_setresgid(uint32_t rgid, uint32_t egid, uint32_t sgid);
asmlinkage int32_t sys_getresuid(uint32_t ruid, uint32_t euid, uint32_t suid);
asmlinkage int32_t sys_getresgid(uint32_t rgid, uint32_t egid, uint32_t sgid);

/* ---- process groups ---- */

static int in_group(const struct task_struct *t, int32_t pgrp)
{
	return is_leader(t) && t->state < TASK_DEAD && t->group.pgrp == pgrp;
}

/* No member has a parent in another group of the same session, which could continue it. */
int group_is_orphaned(int32_t pgrp, const struct task_struct *without)
{
	for_each_program(t)
	{
		const struct task_struct *parent;

		if (!in_group(t, pgrp) || t == without || t->state == TASK_ZOMBIE)
			continue;
		parent = t->real_parent->leader;
		if (parent != &tasks[TASK_INIT] && parent->group.pgrp != pgrp &&
		    parent->group.session == t->group.session)
			return 0;
	}
	return 1;
}

void hang_up_orphans(int32_t pgrp)
{
	int stopped = 0;

	if (!group_is_orphaned(pgrp, NULL))
		return;
	for_each_task(t) stopped |= in_group(t, pgrp) && t->state == TASK_STOPPED;
	if (!stopped)
		return;
	signal_group(pgrp, SIGHUP);
	signal_group(pgrp, SIGCONT);
}

void signal_group(int32_t pgrp, int sig)
{
	for_each_task(t) if (in_group(t, pgrp)) kernel_signal(sig, t);
}

int32_t session_of_group(int32_t pgrp)
{
	for_each_task(t) if (in_group(t, pgrp)) return t->group.session;
	return 0;
}

/* That any of its threads stands for; 0 is one's own. */
static struct task_struct *process(int32_t pid)
{
	struct task_struct *t = pid ? find_task_by_pid(pid) : current;

	return t && t >= &tasks[TASK_PROGRAM] ? t->leader : NULL;
}

static int32_t set_group(int32_t pid, int32_t pgid)
{
	struct task_struct *self = current->leader, *t;
	int found = 0;

	if (!pid)
		pid = self->tgid;
	if (!pgid)
		pgid = pid;
	if (pgid < 0)
		return -EINVAL;
	t = find_task_by_pid(pid);
	if (!t)
		return -ESRCH;
	if (!is_leader(t))
		return -EINVAL;
	if (t != self && t->real_parent->leader != self)
		return -ESRCH;
	if (t != self && t->group.session != self->group.session)
		return -EPERM;
	if (t != self && t->exec_count != t->parent_exec_count)
		return -EACCES;
	if (t->group.session == t->tgid)
		return -EPERM;
	for_each_task(other) found |=
		in_group(other, pgid) && other->group.session == self->group.session;
	if (pgid != pid && !found)
		return -EPERM;
	t->group.pgrp = pgid;
	return 0;
}

asmlinkage int32_t sys_setpgid(int32_t pid, int32_t pgid)
{
	return no_jump(set_group(pid, pgid));
}

asmlinkage int32_t sys_getpgid(int32_t pid)
{
	const struct task_struct *t = process(pid);

	return t ? t->group.pgrp : -ESRCH;
}

asmlinkage int32_t sys_getpgrp(void)
{
	return current->leader->group.pgrp;
}

asmlinkage int32_t sys_setsid(void)
{
	struct task_struct *self = current->leader;

	for_each_task(t) if (in_group(t, self->tgid)) return -EPERM;
	self->group.session = self->group.pgrp = self->tgid;
	self->group.tty = NULL;
	self->group.tty_old_pgrp = 0;
	return self->tgid;
}

asmlinkage int32_t sys_getsid(int32_t pid)
{
	const struct task_struct *t = process(pid);

	return t ? t->group.session : -ESRCH;
}

/* ---- users: each thread its own, as the kernel has it ---- */

#define KEEP 0xffffffffu

static int root(void)
{
	return current->euid == 0;
}

static int is_uid(uint32_t uid)
{
	const struct task_struct *self = current;

	return uid == KEEP || uid == self->uid || uid == self->euid || uid == self->suid;
}

static int is_gid(uint32_t gid)
{
	const struct task_struct *self = current;

	return gid == KEEP || gid == self->gid || gid == self->egid || gid == self->sgid;
}

/* Somebody else now: what it may is less, and nobody may trace it that it does not belong to. */
static int32_t become_user(uint32_t ruid, uint32_t euid, uint32_t suid)
{
	struct task_struct *self = current;

	if (euid != KEEP && euid != self->euid)
		self->dumpable = 0;
	if (ruid != KEEP)
		self->uid = ruid;
	if (euid != KEEP)
		self->euid = euid;
	if (suid != KEEP)
		self->suid = suid;
	self->cap_effective = self->euid ? 0 : ALL_CAPABILITIES;
	return 0;
}

static int32_t become_group(uint32_t rgid, uint32_t egid, uint32_t sgid)
{
	struct task_struct *self = current;

	if (egid != KEEP && egid != self->egid)
		self->dumpable = 0;
	if (rgid != KEEP)
		self->gid = rgid;
	if (egid != KEEP)
		self->egid = egid;
	if (sgid != KEEP)
		self->sgid = sgid;
	return 0;
}

asmlinkage int32_t sys_getuid(void)
{
	return (int32_t)current->uid;
}

asmlinkage int32_t sys_geteuid(void)
{
	return (int32_t)current->euid;
}

asmlinkage int32_t sys_getgid(void)
{
	return (int32_t)current->gid;
}

asmlinkage int32_t sys_getegid(void)
{
	return (int32_t)current->egid;
}

asmlinkage int32_t sys_setuid(uint32_t uid)
{
	if (root())
		return no_jump(become_user(uid, uid, uid));
	if (uid != current->uid && uid != current->suid)
		return -EPERM;
	return no_jump(become_user(KEEP, uid, KEEP));
}

asmlinkage int32_t sys_setgid(uint32_t gid)
{
	if (root())
		return no_jump(become_group(gid, gid, gid));
	if (gid != current->gid && gid != current->sgid)
		return -EPERM;
	return no_jump(become_group(KEEP, gid, KEEP));
}

asmlinkage int32_t sys_setreuid(uint32_t ruid, uint32_t euid)
{
	uint32_t saved = KEEP;

	if (!root() &&
	    (!(ruid == KEEP || ruid == current->uid || ruid == current->euid) || !is_uid(euid)))
		return -EPERM;
	if (ruid != KEEP || (euid != KEEP && euid != current->uid))
		saved = euid == KEEP ? current->euid : euid;
	return no_jump(become_user(ruid, euid, saved));
}

asmlinkage int32_t sys_setregid(uint32_t rgid, uint32_t egid)
{
	uint32_t saved = KEEP;

	if (!root() &&
	    (!(rgid == KEEP || rgid == current->gid || rgid == current->egid) || !is_gid(egid)))
		return -EPERM;
	if (rgid != KEEP || (egid != KEEP && egid != current->gid))
		saved = egid == KEEP ? current->egid : egid;
	return no_jump(become_group(rgid, egid, saved));
}

asmlinkage int32_t sys_setresuid(uint32_t ruid, uint32_t euid, uint32_t suid)
{
	if (!root() && !(is_uid(ruid) && is_uid(euid) && is_uid(suid)))
		return -EPERM;
	return no_jump(become_user(ruid, euid, suid));
}

asmlinkage int32_t sys_setresgid(uint32_t rgid, uint32_t egid, uint32_t sgid)
{
	if (!root() && !(is_gid(rgid) && is_gid(egid) && is_gid(sgid)))
		return -EPERM;
	return no_jump(become_group(rgid, egid, sgid));
}

static int32_t put_three(uint32_t a, uint32_t b, uint32_t c, const uint32_t at[3])
{
	return put_user(a, at[0]) || put_user(b, at[1]) || put_user(c, at[2]) ? -EFAULT : 0;
}

asmlinkage int32_t sys_getresuid(uint32_t ruid, uint32_t euid, uint32_t suid)
{
	const struct task_struct *self = current;
	const uint32_t at[3] = { ruid, euid, suid };

	return no_jump(put_three(self->uid, self->euid, self->suid, at));
}

asmlinkage int32_t sys_getresgid(uint32_t rgid, uint32_t egid, uint32_t sgid)
{
	const struct task_struct *self = current;
	const uint32_t at[3] = { rgid, egid, sgid };

	return no_jump(put_three(self->gid, self->egid, self->sgid, at));
}

/* ---- prctl: what the kernel itself looks at ---- */

enum {
	PR_SET_PDEATHSIG = 1,
	PR_GET_PDEATHSIG = 2,
	PR_GET_DUMPABLE = 3,
	PR_SET_DUMPABLE = 4,
	PR_SET_NAME = 15,
	PR_GET_NAME = 16
};

static int32_t set_name(uint32_t at)
{
	char name[sizeof(current->comm)] = { 0 };

	for (unsigned i = 0; i < sizeof(name) - 1; i++) {
		if (get_user_byte((uint8_t *)&name[i], at + i))
			return -EFAULT;
		if (!name[i])
			break;
	}
	__builtin_memcpy(current->comm, name, sizeof(name));
	return 0;
}

static int32_t process_control(const uint32_t arg[5])
{
	struct task_struct *self = current;

	switch (arg[0]) {
	case PR_SET_PDEATHSIG:
		if (arg[1] > _NSIG)
			return -EINVAL;
		self->pdeath_signal = arg[1];
		return 0;
	case PR_GET_PDEATHSIG: return put_user(self->pdeath_signal, arg[1]);
	case PR_GET_DUMPABLE: return (int32_t)self->dumpable;
	case PR_SET_DUMPABLE:
		if (arg[1] > 1)
			return -EINVAL;
		self->dumpable = arg[1];
		return 0;
	case PR_SET_NAME: return set_name(arg[1]);
	case PR_GET_NAME:
		return put_user_bytes(arg[1], self->comm, sizeof(self->comm)) ? -EFAULT : 0;
	default: return ask_host(__NR_prctl, arg[0], arg[1], arg[2], arg[3], arg[4], 0);
	}
}

asmlinkage int32_t sys_prctl(uint32_t option, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	const uint32_t arg[5] = { option, a, b, c, d };

	return no_jump(process_control(arg));
}
