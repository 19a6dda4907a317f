/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/fault.h"

#include <stdarg.h>
#include <stdio.h>

int fault_what(struct fault *fault, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(fault->what, sizeof fault->what, format, list);
    va_end(list);
    fault->hint[0] = '\0';
    return 0;
}

int fault_hint(struct fault *fault, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(fault->hint, sizeof fault->hint, format, list);
    va_end(list);
    return 0;
}
