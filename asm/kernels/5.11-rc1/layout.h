/* SPDX-License-Identifier: GPL-2.0-only */
/* layout.h: later/layout-2.6.30.h. */
#include "later/layout-2.6.30.h"
