/* SPDX-License-Identifier: GPL-2.0-only */
/* layout.h: rules/layout-3.2.h. */
#include "rules/layout-3.2.h"
