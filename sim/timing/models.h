/* SPDX-License-Identifier: GPL-2.0-only */
/* models.h: what the models share among themselves. */
#ifndef SIM_TIMING_MODELS_H
#define SIM_TIMING_MODELS_H

#include "sim/timing/timing.h"

#endif
