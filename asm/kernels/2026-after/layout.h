/* SPDX-License-Identifier: GPL-2.0-only */
/* layout.h: generic/layout-5.10.h. */
#include "generic/layout-5.10.h"
