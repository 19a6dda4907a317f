/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <cjson/cJSON.h>
#include <math.h>

#include "plots/write/format.h"
#include "plots/write/waterfall_page.h"

/* ---- members ---- */

static int put(cJSON *into, const char *name, double x)
{
    return (isfinite(x) ? cJSON_AddNumberToObject(into, name, x) : cJSON_AddNullToObject(into, name)) != NULL;
}

/* Names may hold any bytes; JSON may not. */
static int put_text(cJSON *into, const char *name, const char *s)
{
    struct floe_text text = {0};
    floe_text_add(&text, "");
    floe_format_utf8(&text, s);
    const int is_ok = !text.has_failed && cJSON_AddStringToObject(into, name, text.bytes) != NULL;
    floe_text_free(&text);
    return is_ok;
}

static int put_instant(cJSON *into, const char *name, int64_t at_s)
{
    struct floe_text text = {0};
    floe_text_instant(&text, at_s);
    const int is_ok = !text.has_failed && cJSON_AddStringToObject(into, name, text.n > 0 ? text.bytes : "") != NULL;
    floe_text_free(&text);
    return is_ok;
}

static cJSON *put_object(cJSON *array)
{
    cJSON *object = cJSON_CreateObject();
    return object != NULL && cJSON_AddItemToArray(array, object) ? object : NULL;
}

static double ratio_of(double from, double by)
{
    return from != 0 ? by / from : NAN;
}

/* ---- terms ---- */

static int put_factors(cJSON *into, const struct waterfall_term *term)
{
    cJSON *factors = cJSON_AddArrayToObject(into, "factors");
    if (factors == NULL) return 0;
    for (int f = 0; f < WATERFALL_FACTORS; f++)
        if ((term->factors >> f & 1u) && !cJSON_AddItemToArray(factors, cJSON_CreateString(waterfall_factors[f].name)))
            return 0;
    return 1;
}

static int put_term(cJSON *array, const struct waterfall_term *term, double whole)
{
    char caption[WATERFALL_NAME_BYTES];
    cJSON *o = put_object(array);
    waterfall_caption(term, caption);
    return o != NULL && put_text(o, "term", caption) && put_factors(o, term) &&
           (term->factors == 0 ? cJSON_AddStringToObject(o, "token_class", fact_kinds[term->kind].name)
                               : cJSON_AddNullToObject(o, "token_class")) != NULL &&
           put(o, "change", term->change) && put(o, "share", waterfall_share(term->change, whole)) &&
           put(o, "alone", term->alone) && put(o, "ratio", waterfall_has_ratio(term) ? waterfall_ratio(term) : NAN);
}

static int put_values(cJSON *o, const struct waterfall_group *group)
{
    return put(o, "a", group->value[WATERFALL_A]) && put(o, "b", group->value[WATERFALL_B]) &&
           put(o, "change", waterfall_change(group)) &&
           put(o, "ratio", ratio_of(group->value[WATERFALL_A], group->value[WATERFALL_B]));
}

static int put_terms(cJSON *o, const struct waterfall_group *group, double whole)
{
    cJSON *terms = cJSON_AddArrayToObject(o, "terms");
    if (terms == NULL) return 0;
    for (int32_t i = 0; i < group->n_terms; i++)
        if (!put_term(terms, &group->terms[i], whole)) return 0;
    return 1;
}

static int put_groups(cJSON *root, const struct waterfall *w, const struct waterfall_about *about)
{
    const double whole = waterfall_change(&w->whole);
    cJSON *groups = cJSON_AddArrayToObject(root, "groups");
    if (groups == NULL) return 0;
    for (int32_t i = 0; i < w->n_groups; i++) {
        char name[WATERFALL_NAME_BYTES];
        cJSON *o = put_object(groups);
        waterfall_group_name(w, about, &w->groups[i], name);
        if (o == NULL || !put_text(o, "name", name) || !put_values(o, &w->groups[i]) ||
            !put_terms(o, &w->groups[i], whole))
            return 0;
    }
    return 1;
}

/* ---- the rest ---- */

static int put_side(cJSON *root, const char *name, const struct waterfall_about_side *side)
{
    cJSON *o = cJSON_AddObjectToObject(root, name);
    return o != NULL && put_text(o, "argument", side->argument) && put_text(o, "what", side->what) &&
           put_instant(o, "start", side->from_at_s) && put_instant(o, "end", side->to_at_s);
}

static int put_changes(cJSON *root, const struct waterfall *w, const struct waterfall_about *about)
{
    const double whole = waterfall_change(&w->whole);
    if (about->n_changes < 0) return cJSON_AddNullToObject(root, "changes") != NULL;
    cJSON *changes = cJSON_AddArrayToObject(root, "changes");
    if (changes == NULL) return 0;
    for (int i = 0; i <= about->n_changes; i++) {
        const struct waterfall_change_row *row = &about->changes[i];
        cJSON *o = put_object(changes);
        if (o == NULL || (row->name != NULL ? !put_text(o, "name", row->name) : !cJSON_AddNullToObject(o, "name")) ||
            !put(o, "change", row->change) || !put(o, "share", waterfall_share(row->change, whole)) ||
            !put(o, "alone", row->alone))
            return 0;
    }
    return 1;
}

static int put_notes(cJSON *root, const struct waterfall *w, const struct waterfall_about *about)
{
    char line[WATERFALL_NAME_BYTES];
    cJSON *notes = cJSON_AddArrayToObject(root, "notes");
    if (notes == NULL) return 0;
    for (int i = 0; waterfall_note(w, i, line); i++)
        if (!cJSON_AddItemToArray(notes, cJSON_CreateString(line))) return 0;
    for (int i = 0; i < about->n_notes; i++) {
        struct floe_text text = {0};
        floe_text_add(&text, "");
        floe_format_utf8(&text, about->notes[i]);
        const int is_ok = !text.has_failed && cJSON_AddItemToArray(notes, cJSON_CreateString(text.bytes));
        floe_text_free(&text);
        if (!is_ok) return 0;
    }
    return 1;
}

static int put_grouped_by(cJSON *root, const struct waterfall *w)
{
    cJSON *by = cJSON_AddArrayToObject(root, "compared_by");
    return by != NULL && (!w->has_workloads || cJSON_AddItemToArray(by, cJSON_CreateString("workload"))) &&
           (!w->has_consumers || cJSON_AddItemToArray(by, cJSON_CreateString("consumer"))) &&
           (!w->has_hours || cJSON_AddItemToArray(by, cJSON_CreateString(w->is_hour_of_day ? "hour_of_day" : "hour")));
}

static int put_all(cJSON *root, const struct waterfall *w, const struct waterfall_about *about)
{
    const char *by = about->n_changes >= 0 ? "change" : waterfall_by_name(w->options.by);
    return cJSON_AddStringToObject(root, "schema", "floe.diff/1") != NULL &&
           cJSON_AddStringToObject(root, "verb", "diff") != NULL &&
           cJSON_AddStringToObject(root, "metric", waterfall_metric_name(w)) != NULL &&
           cJSON_AddBoolToObject(root, "per_day", w->options.is_per_day) != NULL &&
           (by[0] == '\0' ? cJSON_AddNullToObject(root, "by") : cJSON_AddStringToObject(root, "by", by)) != NULL &&
           put_side(root, "a_side", &about->sides[WATERFALL_A]) &&
           put_side(root, "b_side", &about->sides[WATERFALL_B]) && put_text(root, "how", about->how) &&
           put_values(root, &w->whole) && put_grouped_by(root, w) &&
           put_terms(root, &w->whole, waterfall_change(&w->whole)) && put_groups(root, w, about) &&
           put_changes(root, w, about) && put_notes(root, w, about);
}

enum floe_status floe_write_waterfall_json(const struct waterfall *w, const struct waterfall_about *about,
                                           struct floe_text *out)
{
    cJSON *root = cJSON_CreateObject();
    char *bytes = root != NULL && put_all(root, w, about) ? cJSON_Print(root) : NULL;
    if (bytes != NULL) {
        floe_text_add(out, bytes);
        floe_text_add(out, "\n");
    } else {
        out->has_failed = 1;
    }
    cJSON_free(bytes);
    cJSON_Delete(root);
    return floe_text_status(out);
}
