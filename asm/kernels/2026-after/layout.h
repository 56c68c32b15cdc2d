/* SPDX-License-Identifier: GPL-2.0-only */
/* layout.h: rules/layout-5.10.h. */
#include "rules/layout-5.10.h"
