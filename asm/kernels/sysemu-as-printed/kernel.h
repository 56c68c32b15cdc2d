/* SPDX-License-Identifier: GPL-2.0-only */
/* sysemu-as-printed: as sysemu, with do_syscall_trace as the patch was printed. */
#define KERNEL_NAME "sysemu-as-printed"
#include "../sysemu/kernel.h"
