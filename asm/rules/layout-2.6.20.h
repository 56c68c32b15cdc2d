/* SPDX-License-Identifier: GPL-2.0-only */
/* layout-2.6.20.h: the program's fs lies in the frame. Included by abi.h. */
#define FRAME_SEGMENTS 1
#define FRAME_MORE     , xfs

/* fs while the program's task is in the kernel: where guest.h would look at the register. */
#define OWN_FS()           (task_regs(current)->xfs & 0xffff)
#define LOAD_OWN_FS(value) (task_regs(current)->xfs = (value))
