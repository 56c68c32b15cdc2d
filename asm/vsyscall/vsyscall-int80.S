/* SPDX-License-Identifier: GPL-2.0-only */
/* vsyscall-int80.S: __kernel_vsyscall for a CPU or a taste without SYSENTER. */
#include "vsyscall.h"

	.text
	FUNCTION __kernel_vsyscall
	int	$0x80
	ret
	END_FUNCTION __kernel_vsyscall
	SIGNAL_TRAMPOLINES
