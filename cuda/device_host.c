/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cuda/device_host.h"

#include "cuda/device_checks.h"

void floe_device_host_run(int i, void *memory, struct floe_device_result *result)
{
    const struct floe_device_check check = floe_device_check_at(i);
    floe_device_check_loop(&check, memory, result);
}
