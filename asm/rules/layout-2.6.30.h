/* SPDX-License-Identifier: GPL-2.0-only */
/* layout-2.6.30.h: fs, and a place for gs, which stays in its register. Included by abi.h. */
#define FRAME_SEGMENTS     2
#define FRAME_MORE         , xfs, xgs
#define OWN_FS()           (task_regs(current)->xfs & 0xffff)
#define LOAD_OWN_FS(value) (task_regs(current)->xfs = (value))
