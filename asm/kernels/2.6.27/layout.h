/* SPDX-License-Identifier: GPL-2.0-only */
/* layout.h: history/layout-2.6.20.h. */
#include "history/layout-2.6.20.h"
