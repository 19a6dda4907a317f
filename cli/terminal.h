/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Manners: a progress line only on a terminal and only when a run is long, colour only where it is welcome, an
 * interrupt that ends cleanly, a failed assertion that names the line to run again. */
#ifndef FLOE_CLI_TERMINAL_H
#define FLOE_CLI_TERMINAL_H

#include <stdint.h>

void terminal_init(void);      /* panic handler and interrupt; before any thread */
int terminal_has_colour(void); /* stdout is a terminal and NO_COLOR is not set */

/* For struct run_options; context is unused. Any thread. Returns 0 after an interrupt. */
int terminal_progress(void *context, uint64_t done, uint64_t total);
void terminal_progress_end(void); /* wipes the line */
int terminal_was_interrupted(void);

#endif
