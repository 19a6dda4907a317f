/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A command as a line that a shell takes back: the last line of a page repeats what made it. */
#ifndef FLOE_CLI_COMMAND_H
#define FLOE_CLI_COMMAND_H

#include "plots/write/text.h"

void command_word(struct floe_text *text, const char *word); /* with a space before it, quoted where a shell needs it */
void command_number(struct floe_text *text, const char *option, uint64_t value);

#endif
