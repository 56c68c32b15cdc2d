/* SPDX-License-Identifier: GPL-2.0-only */
/* sysemu-3: parts 1 to 3: as sysemu-1, with a do_syscall_trace that samples the flags first. */
#define KERNEL_NAME "sysemu-3"
#include "../sysemu-1/kernel.h"
