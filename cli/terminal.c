/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/terminal.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "models/units.h"
#include "sim/base.h"

#define SHOW_AFTER_S 2.0
#define SHOW_EVERY_S 0.2

static volatile sig_atomic_t was_interrupted;
static atomic_uint_fast64_t replications_done;
static atomic_flag is_showing = ATOMIC_FLAG_INIT; /* held by the thread that writes the line */
static double begun_at_s, shown_at_s;
static int has_shown, is_terminal;

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / NS_PER_S;
}

static void on_interrupt(int signal_number)
{
    static const char text[] = "\nfloe: stopping at the next safe place; once more stops at once\n";
    (void)signal_number;
    was_interrupted = 1;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) return;
}

static void say_panic(const struct floe_where *where, const char *what, const char *file, int line)
{
    fprintf(stderr, "\nfloe: this is a bug in floe, please report it: %s (%s:%d)\n", what, file, line);
    if (where != NULL)
        fprintf(stderr, "at t = %.9f s of replication %u with --seed %llu\n", (double)where->now_ns / NS_PER_S,
                where->replication, (unsigned long long)where->seed);
}

void terminal_init(void)
{
    struct sigaction action = {0};
    action.sa_handler = on_interrupt;
    action.sa_flags = (int)SA_RESETHAND; /* a second Ctrl-C ends the program at once */
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    floe_panic_handler = say_panic;
    is_terminal = isatty(STDERR_FILENO);
    begun_at_s = now_s();
}

int terminal_has_colour(void)
{
    const char *no_color = getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) && (no_color == NULL || no_color[0] == '\0');
}

static void show(uint64_t done, uint64_t total)
{
    const double at_s = now_s();
    if (at_s - begun_at_s < SHOW_AFTER_S || at_s - shown_at_s < SHOW_EVERY_S || done == 0) return;
    const double left_s = (at_s - begun_at_s) * (double)(total - done) / (double)done;
    fprintf(stderr, "\r%3.0f %%  %llu of %llu replications, about %.0f s left \033[K",
            100.0 * (double)done / (double)total, (unsigned long long)done, (unsigned long long)total, left_s);
    shown_at_s = at_s;
    has_shown = 1;
}

int terminal_progress(void *context, uint64_t done, uint64_t total)
{
    (void)context;
    const uint64_t all_done = atomic_fetch_add(&replications_done, done) + done;
    if (is_terminal && !atomic_flag_test_and_set(&is_showing)) {
        show(all_done, total);
        atomic_flag_clear(&is_showing);
    }
    return !was_interrupted;
}

int terminal_was_interrupted(void)
{
    return was_interrupted != 0;
}

void terminal_progress_end(void)
{
    if (has_shown) fputs("\r\033[K", stderr);
}
