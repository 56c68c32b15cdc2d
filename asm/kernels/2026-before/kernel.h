/* SPDX-License-Identifier: GPL-2.0-only */
/* 2026-before: what stood when the rework of July 2026 began: 6.12's, in what a tracer sees. */
#define KERNEL_NAME		"2026-before"
#define KERNEL_ERA		0x070200
#include "../6.12/kernel.h"
