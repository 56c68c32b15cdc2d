/* SPDX-License-Identifier: GPL-2.0-only */
/* layout.h: rules/layout-2.6.20.h. */
#include "rules/layout-2.6.20.h"
