/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/write/events.h"

#include "models/units.h"
#include "plots/write/csv_fields.h"

void floe_write_events_header(struct floe_text *out)
{
    csv_header(out, "route,variant,replication,event,at_ns,at_s,kind,workload,task,input_tok,output_tok,fingerprint");
}

/* Seconds with all nine decimals: the nanoseconds themselves, not a double near them. */
static void add_instant(struct floe_text *out, int64_t at_ns)
{
    floe_text_printf(out, "%lld,%lld.%09lld,", (long long)at_ns, (long long)(at_ns / NS_PER_S),
                     (long long)(at_ns % NS_PER_S));
}

static void add_event(const struct floe_events_of *of, const struct event_record *event, struct floe_text *out)
{
    const struct event_kind_row *kind = &event_kind_rows[event->kind];
    csv_text(out, of->scenario->routes[of->route].name);
    csv_text(out, of->variant);
    csv_count(out, of->replication);
    csv_count(out, event->number);
    add_instant(out, event->at_ns);
    csv_text(out, kind->name);
    csv_text(out, of->scenario->workloads[event->workload].name);
    if (event->task == EVENT_NO_TASK)
        csv_empty(out);
    else
        csv_count(out, event->task);
    if (kind->begins_calls || event->input_tok + event->output_tok > 0) { /* a fallback begins at a failed call's end */
        csv_count(out, event->input_tok);
        csv_count(out, event->output_tok);
    } else {
        csv_empty(out);
        csv_empty(out);
    }
    csv_hex(out, event->fingerprint);
    csv_end(out);
}

void floe_write_events(const struct floe_events_of *of, const struct event_record *records, uint32_t n,
                       struct floe_text *out)
{
    for (uint32_t i = 0; i < n; i++)
        add_event(of, &records[i], out);
}
