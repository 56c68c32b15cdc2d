/* SPDX-License-Identifier: GPL-2.0-only */
/* abort.c: dies of SIGABRT by way of tgkill. */
#include <stdlib.h>

int main(void)
{
	abort();
}
