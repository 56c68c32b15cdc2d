/* SPDX-License-Identifier: GPL-2.0-only */
/* tls.c: a thread's descriptors for thread-local data, as set_thread_area and ptrace have them. */
#include "process/process.h"

asmlinkage int32_t sys_set_thread_area(uint32_t desc);
asmlinkage int32_t sys_get_thread_area(uint32_t desc);

#define DESC_BITS_EMPTY 0x28 /* read_exec_only and seg_not_present: no descriptor */

static void fill_descriptor(uint32_t desc[2], const struct user_desc *info)
{
	uint32_t b = info->bits;

	if (!info->base_addr && !info->limit && (b & 0x7f) == DESC_BITS_EMPTY) {
		desc[0] = 0;
		desc[1] = 0;
		return;
	}
	desc[0] = (info->base_addr << 16) | (info->limit & 0xffff);
	desc[1] = (info->base_addr & 0xff000000) | ((info->base_addr >> 16) & 0xff) |
		  (info->limit & 0xf0000) | 0x7000 |        /* DPL 3, code or data */
		  ((~b & 0x08) << 6) |                      /* writable, unless read_exec_only */
		  ((b & 0x06) << 9) |                       /* contents: expand down, code */
		  ((~b & 0x20) << 10) |                     /* present */
		  ((b & 0x01) << 22) | ((b & 0x10) << 19) | /* 32-bit, limit in pages */
		  ((b & 0x40) << 14);                       /* useable */
}

static void read_descriptor(struct user_desc *info, const uint32_t desc[2])
{
	uint32_t b = desc[1];

	info->base_addr = (desc[0] >> 16) | ((b & 0xff) << 16) | (b & 0xff000000);
	info->limit = (desc[0] & 0xffff) | (b & 0xf0000);
	info->bits = ((b >> 22) & 0x01) | ((b >> 9) & 0x06) | ((~b >> 6) & 0x08) |
		     ((b >> 19) & 0x10) | ((~b >> 10) & 0x20) | ((b >> 14) & 0x40);
}

static int is_tls_entry(int32_t index)
{
	return MIN_MAX(index, GDT_ENTRY_TLS_MIN, GDT_ENTRY_TLS_MAX);
}

int32_t get_tls(const struct thread_struct *t, int32_t index, uint32_t data)
{
	struct user_desc info = { .entry_number = (uint32_t)index };

	if (!is_tls_entry(index))
		return -EINVAL;
	read_descriptor(&info, &t->tls_array[2 * (index - GDT_ENTRY_TLS_MIN)]);
	return copy_to_user(data, &info, sizeof(info) / 4);
}

int32_t set_tls(struct thread_struct *t, int32_t index, uint32_t data)
{
	struct user_desc info;

	if (copy_from_user(&info, data, sizeof(info) / 4))
		return -EFAULT;
	if (!is_tls_entry(index))
		return -EINVAL;
	fill_descriptor(&t->tls_array[2 * (index - GDT_ENTRY_TLS_MIN)], &info);
	return 0;
}

/* ---- a program's own: entry -1 asks for a free one ---- */

static int32_t free_entry(const struct thread_struct *t)
{
	for (int32_t i = GDT_ENTRY_TLS_MIN; i <= GDT_ENTRY_TLS_MAX; i++) {
		const uint32_t *desc = &t->tls_array[2 * (i - GDT_ENTRY_TLS_MIN)];

		if (!desc[0] && !desc[1])
			return i;
	}
	return -ESRCH;
}

static int32_t set_own(uint32_t at)
{
	struct task_struct *self = current;
	uint32_t index, gs = read_gs();
	struct user_desc info;
	int32_t error;

	if (copy_from_user(&info, at, sizeof(info) / 4)) /* all of it, before the number is told */
		return -EFAULT;
	index = info.entry_number;
	if (index == ~0u) {
		index = (uint32_t)free_entry(&self->thread);
		if ((int32_t)index < 0)
			return -ESRCH;
		if (put_user(index, at))
			return -EFAULT;
	}
	error = set_tls(&self->thread, (int32_t)index, at);
	self->thread.gs = gs;
	self->thread.fs = OWN_FS();
	load_own_tls(self);
	return error;
}

asmlinkage int32_t sys_set_thread_area(uint32_t desc)
{
	return no_jump(set_own(desc));
}

asmlinkage int32_t sys_get_thread_area(uint32_t desc)
{
	uint32_t index;

	if (get_user(&index, desc))
		return -EFAULT;
	return no_jump(get_tls(&current->thread, (int32_t)index, desc));
}
