/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The rows of import_formats, each defined in the file of its name. */
#ifndef FLOE_ACTUALS_FORMATS_H
#define FLOE_ACTUALS_FORMATS_H

#include "actuals/import.h"

extern const struct import_format import_cloudwatch, import_litellm_spend, import_litellm_daily;
extern const struct import_format import_floe_usage, import_floe_result, import_focus, import_otel, import_plain_csv;

/* Floe's own tables hold what-ifs beside each other: warns where there are several variants or routes. */
void import_warn_of_variants(struct import *in);

#endif
