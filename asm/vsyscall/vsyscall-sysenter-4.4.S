/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vsyscall-sysenter-4.4.S: the same from 4.4 on: a call that is restarted is made by int $0x80, whose
 * registers are the same there.
 */
#define RESTART	int $0x80
#include "vsyscall-sysenter.S"
