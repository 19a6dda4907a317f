/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/write/events.h"

#include <stdio.h>
#include <stdlib.h>

#include "harness.h"
#include "scenario_maker.h"

static void check_line(struct scenario *s, struct event_record record, const char *want)
{
    const struct floe_events_of of = {s, "now", 0, 17};
    struct floe_text text = {0};
    floe_write_events(&of, &record, 1, &text);
    check_i64(floe_text_status(&text), FLOE_OK);
    check_text(text.bytes, want);
    floe_text_free(&text);
}

/* A year in nanoseconds is beyond 2^53: a double would be 4 ns wrong, and in seconds far more. */
static void instants_are_exact_to_the_nanosecond(void)
{
    struct scenario *s = maker_scenario();
    check_line(s, (struct event_record){31535999999999999, 3, EVENT_ARRIVAL, 0, 2, 1999, 7, 0xab},
               "api,now,17,3,31535999999999999,31535999.999999999,arrival,chat,2,1999,7,00000000000000ab\n");
    check_line(s, (struct event_record){5, 1, EVENT_ARRIVAL, 0, 0, 0, 7, UINT64_MAX},
               "api,now,17,1,5,0.000000005,arrival,chat,0,0,7,ffffffffffffffff\n");
    free(s);
}

static void an_event_that_begins_no_call_has_no_tokens(void)
{
    struct scenario *s = maker_scenario();
    check_line(s, (struct event_record){2385000000, 4, EVENT_CALL_DONE, 0, 2, 0, 0, 1},
               "api,now,17,4,2385000000,2.385000000,call_done,chat,2,,,0000000000000001\n");
    free(s);
}

static void an_event_without_a_task_leaves_it_empty(void)
{
    struct scenario *s = maker_scenario();
    check_line(s, (struct event_record){2385000000, 4, EVENT_CALL_DONE, 0, EVENT_NO_TASK, 0, 0, 1},
               "api,now,17,4,2385000000,2.385000000,call_done,chat,,,,0000000000000001\n");
    free(s);
}

static void names_are_quoted_where_they_must(void)
{
    struct scenario *s = maker_scenario();
    snprintf(s->routes[0].name, NAME_BYTES, "a, \"b\"");
    check_line(s, (struct event_record){1, 1, EVENT_ARRIVAL, 0, 0, 3, 4, 1},
               "\"a, \"\"b\"\"\",now,17,1,1,0.000000001,arrival,chat,0,3,4,0000000000000001\n");
    free(s);
}

static void the_header_names_as_many_columns_as_a_line_has(void)
{
    struct scenario *s = maker_scenario();
    const struct floe_events_of of = {s, "now", 0, 17};
    const struct event_record records[] = {{1, 1, EVENT_ARRIVAL, 0, 0, 3, 4, 1},
                                           {2, 2, EVENT_CALL_DONE, 0, 0, 0, 0, 1}};
    struct floe_text text = {0};
    int commas[3] = {0}, line = 0;
    floe_write_events_header(&text);
    floe_write_events(&of, records, 2, &text);
    for (size_t i = 0; i < text.n && line < 3; i++) {
        commas[line] += text.bytes[i] == ',';
        line += text.bytes[i] == '\n';
    }
    check_i64(line, 3);
    check_i64(commas[0], 11);
    check_i64(commas[1], 11);
    check_i64(commas[2], 11);
    floe_text_free(&text);
    free(s);
}

static const struct test tests[] = {
    {"instants are exact to the nanosecond", instants_are_exact_to_the_nanosecond, FAST},
    {"an event that begins no call has no tokens", an_event_that_begins_no_call_has_no_tokens, FAST},
    {"an event without a task leaves it empty", an_event_without_a_task_leaves_it_empty, FAST},
    {"names are quoted where they must", names_are_quoted_where_they_must, FAST},
    {"the header names as many columns as a line has", the_header_names_as_many_columns_as_a_line_has, FAST},
};
TEST_MAIN("write_events", tests)
