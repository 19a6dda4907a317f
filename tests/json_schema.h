/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A small JSON Schema validator for the tests: exactly the subset of draft 2020-12 that docs/results.schema.json uses.
 *   type (one or a list), required, properties, additionalProperties (a boolean), items, enum, const, minimum, anyOf,
 *   $ref to "#/$defs/<name>"
 * $schema, $id, $defs, title and description say nothing about a value. Any other keyword is an error of the schema:
 * a rule that is not looked at must not pass for one that holds.
 *
 *     char why[400];
 *     if (!json_schema_holds(schema, value, why, sizeof why)) puts(why);     "/cells/0/tasks: no member `mean`" */
#ifndef FLOE_TESTS_JSON_SCHEMA_H
#define FLOE_TESTS_JSON_SCHEMA_H

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define JSON_SCHEMA_PATH_BYTES 256

struct json_schema_walk {
    const cJSON *root; /* for $ref */
    char path[JSON_SCHEMA_PATH_BYTES];
    char *why;
    size_t why_bytes;
};

static inline int json_schema_walk(struct json_schema_walk *w, const cJSON *schema, const cJSON *value);

static inline int json_schema_no(struct json_schema_walk *w, const char *what, const char *detail)
{
    snprintf(w->why, w->why_bytes, "%s: %s %s", w->path[0] != '\0' ? w->path : "/", what, detail);
    return 0;
}

static inline int json_schema_is_type(const cJSON *value, const char *type)
{
    if (strcmp(type, "object") == 0) return cJSON_IsObject(value);
    if (strcmp(type, "array") == 0) return cJSON_IsArray(value);
    if (strcmp(type, "string") == 0) return cJSON_IsString(value);
    if (strcmp(type, "boolean") == 0) return cJSON_IsBool(value);
    if (strcmp(type, "null") == 0) return cJSON_IsNull(value);
    if (!cJSON_IsNumber(value) || !isfinite(value->valuedouble)) return 0;
    return strcmp(type, "number") == 0 ||
           (strcmp(type, "integer") == 0 && value->valuedouble == floor(value->valuedouble));
}

static inline int json_schema_type(struct json_schema_walk *w, const cJSON *rule, const cJSON *value)
{
    if (cJSON_IsString(rule))
        return json_schema_is_type(value, rule->valuestring) || json_schema_no(w, "is not of type", rule->valuestring);
    const cJSON *type;
    cJSON_ArrayForEach(type, rule) if (json_schema_is_type(value, type->valuestring)) return 1;
    return json_schema_no(w, "is of none of the types", "allowed");
}

static inline int json_schema_required(struct json_schema_walk *w, const cJSON *rule, const cJSON *value)
{
    const cJSON *name;
    if (!cJSON_IsObject(value)) return 1;
    cJSON_ArrayForEach(name, rule)
    {
        if (cJSON_GetObjectItemCaseSensitive(value, name->valuestring) == NULL)
            return json_schema_no(w, "has no member", name->valuestring);
    }
    return 1;
}

static inline int json_schema_child(struct json_schema_walk *w, const cJSON *schema, const cJSON *value,
                                    const char *name)
{
    size_t n = strlen(w->path);
    snprintf(w->path + n, sizeof w->path - n, "/%s", name);
    int holds = json_schema_walk(w, schema, value);
    w->path[n] = '\0';
    return holds;
}

static inline int json_schema_properties(struct json_schema_walk *w, const cJSON *rule, const cJSON *value)
{
    const cJSON *member;
    if (!cJSON_IsObject(value)) return 1;
    cJSON_ArrayForEach(member, value)
    {
        const cJSON *schema = cJSON_GetObjectItemCaseSensitive(rule, member->string);
        if (schema != NULL && !json_schema_child(w, schema, member, member->string)) return 0;
    }
    return 1;
}

static inline int json_schema_closed(struct json_schema_walk *w, const cJSON *schema, const cJSON *value)
{
    const cJSON *member, *properties = cJSON_GetObjectItemCaseSensitive(schema, "properties");
    if (!cJSON_IsObject(value)) return 1;
    cJSON_ArrayForEach(member, value)
    {
        if (cJSON_GetObjectItemCaseSensitive(properties, member->string) == NULL)
            return json_schema_no(w, "has the unknown member", member->string);
    }
    return 1;
}

static inline int json_schema_items(struct json_schema_walk *w, const cJSON *rule, const cJSON *value)
{
    const cJSON *item;
    int i = 0;
    if (!cJSON_IsArray(value)) return 1;
    cJSON_ArrayForEach(item, value)
    {
        char name[16];
        snprintf(name, sizeof name, "%d", i++);
        if (!json_schema_child(w, rule, item, name)) return 0;
    }
    return 1;
}

static inline int json_schema_any(struct json_schema_walk *w, const cJSON *rule, const cJSON *value)
{
    const cJSON *one;
    cJSON_ArrayForEach(one, rule) if (json_schema_walk(w, one, value)) return 1;
    return 0; /* why: that of the last one */
}

static inline int json_schema_enum(struct json_schema_walk *w, const cJSON *rule, const cJSON *value)
{
    const cJSON *one;
    cJSON_ArrayForEach(one, rule) if (cJSON_Compare(one, value, 1)) return 1;
    return json_schema_no(w, "is none of the values", "allowed");
}

static inline int json_schema_ref(struct json_schema_walk *w, const cJSON *rule, const cJSON *value)
{
    static const char head[] = "#/$defs/";
    const cJSON *defs = cJSON_GetObjectItemCaseSensitive(w->root, "$defs"), *target = NULL;
    if (cJSON_IsString(rule) && strncmp(rule->valuestring, head, sizeof head - 1) == 0)
        target = cJSON_GetObjectItemCaseSensitive(defs, rule->valuestring + sizeof head - 1);
    if (target == NULL) return json_schema_no(w, "the schema has a $ref to nowhere", "");
    return json_schema_walk(w, target, value);
}

/* One keyword of a schema. */
static inline int json_schema_rule(struct json_schema_walk *w, const cJSON *schema, const cJSON *rule,
                                   const cJSON *value)
{
    static const char *const silent[] = {"$schema", "$id", "$defs", "title", "description"};
    const char *key = rule->string;
    for (size_t i = 0; i < sizeof silent / sizeof silent[0]; i++)
        if (strcmp(key, silent[i]) == 0) return 1;
    if (strcmp(key, "type") == 0) return json_schema_type(w, rule, value);
    if (strcmp(key, "required") == 0) return json_schema_required(w, rule, value);
    if (strcmp(key, "properties") == 0) return json_schema_properties(w, rule, value);
    if (strcmp(key, "items") == 0) return json_schema_items(w, rule, value);
    if (strcmp(key, "anyOf") == 0) return json_schema_any(w, rule, value);
    if (strcmp(key, "enum") == 0) return json_schema_enum(w, rule, value);
    if (strcmp(key, "$ref") == 0) return json_schema_ref(w, rule, value);
    if (strcmp(key, "additionalProperties") == 0 && cJSON_IsBool(rule))
        return cJSON_IsTrue(rule) || json_schema_closed(w, schema, value);
    if (strcmp(key, "const") == 0) return cJSON_Compare(rule, value, 1) || json_schema_no(w, "is not the constant", "");
    if (strcmp(key, "minimum") == 0)
        return !cJSON_IsNumber(value) || value->valuedouble >= rule->valuedouble ||
               json_schema_no(w, "is below the minimum", "");
    return json_schema_no(w, "the schema has a keyword that this validator does not know:", key);
}

static inline int json_schema_walk(struct json_schema_walk *w, const cJSON *schema, const cJSON *value)
{
    const cJSON *rule;
    if (!cJSON_IsObject(schema)) return json_schema_no(w, "the schema has no rules", "for it");
    cJSON_ArrayForEach(rule, schema) if (!json_schema_rule(w, schema, rule, value)) return 0;
    return 1;
}

/* 1: the value obeys the schema; 0: `why` says where it does not. */
static inline int json_schema_holds(const cJSON *schema, const cJSON *value, char *why, size_t why_bytes)
{
    struct json_schema_walk w = {schema, "", why, why_bytes};
    int holds = json_schema_walk(&w, schema, value);
    if (holds) why[0] = '\0'; /* what a branch of anyOf had to say */
    return holds;
}

#endif
