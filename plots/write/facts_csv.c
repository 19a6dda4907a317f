/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plots/write/facts_csv.h"

#include "plots/write/csv_fields.h"

static int has_quantity(const struct fact *fact)
{
    return fact_kinds[fact->kind].family <= FACT_FAMILY_COUNTS;
}

static void number_or_empty(struct floe_text *out, double value)
{
    if (fact_has(value))
        csv_number(out, value);
    else
        csv_empty(out);
}

static void row(const struct facts *facts, const struct fact *fact, struct floe_text *out)
{
    const int32_t names[] = {fact->workload, fact->consumer, fact->key,         fact->route,
                             fact->variant,  fact->model,    fact->service_tier};
    csv_instant(out, fact->from_at_s);
    csv_instant(out, fact->to_at_s);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        csv_text(out, facts_text_of(facts, names[i]));
    csv_text(out, fact_kinds[fact->kind].name);
    number_or_empty(out, has_quantity(fact) ? fact->quantity : FACT_UNKNOWN);
    csv_text(out, fact_kinds[fact->kind].unit);
    number_or_empty(out, fact->unit_price_usd);
    number_or_empty(out, fact->cost_usd);
    csv_end(out);
}

void floe_write_facts_csv_header(struct floe_text *out)
{
    csv_header(out, "start,end,workload,consumer,key,route,variant,model,service_tier,token_class,"
                    "quantity,unit,unit_price_usd,cost_usd");
}

void floe_write_facts_csv_rows(const struct facts *facts, int64_t first, int64_t end, struct floe_text *out)
{
    for (int64_t i = first; i < end; i++)
        row(facts, &facts->items[i], out);
}

enum floe_status floe_write_facts_csv(const struct facts *facts, struct floe_text *out)
{
    floe_write_facts_csv_header(out);
    floe_write_facts_csv_rows(facts, 0, facts->n, out);
    return floe_text_status(out);
}
