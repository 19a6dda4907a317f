/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What no row can see alone, of the gateway and the caches: keys that consumers name, prompts that workloads share, a
 * cache that nothing can hit. */
#ifndef FLOE_READ_LINKS_GATEWAY_H
#define FLOE_READ_LINKS_GATEWAY_H

#include "scenarios/read/links.h"

void links_check_gateway(const struct links *links);

#endif
