/* SPDX-License-Identifier: GPL-2.0-only */
/* layout.h: later/layout-2.6.20.h. */
#include "later/layout-2.6.20.h"
