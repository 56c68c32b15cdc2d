/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 2026-after: the rework as it was merged: the entry's work says whether the call is made, and its number is read again
 * (generic/trace-2026.c, call-2026.c).
 */
#define KERNEL_NAME "2026-after"
#define KERNEL_ERA  0x070300
#include "../6.12/kernel.h"
