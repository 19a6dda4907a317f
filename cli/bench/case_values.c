/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/bench/case_values.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is_separator(char c)
{
    return c == ',' || c == ';';
}

static int begins_number(const char *at)
{
    if (*at == '-' || *at == '+') at++;
    return isdigit((unsigned char)*at) || (*at == '.' && isdigit((unsigned char)at[1]));
}

/* A number or a quotient of two; NULL if there is none. */
static const char *read_number(const char *at, double *number)
{
    char *end;
    if (!begins_number(at)) return NULL;
    *number = strtod(at, &end);
    if (*end == '/' && begins_number(end + 1)) *number /= strtod(end + 1, &end);
    return isfinite(*number) ? end : NULL;
}

static enum floe_status wrong(struct known_fault *fault, const char *what, const char *text)
{
    snprintf(fault->what, sizeof fault->what, "the parameters: %s in '%.150s'", what, text);
    snprintf(fault->hint, sizeof fault->hint, "write for example lambda=0.9,mu=1.0 or lambda=(0.2,0.6),mu=1");
    return FLOE_BAD_INPUT;
}

/* The key ends at =, at a bracket, or at a number that begins a word. */
static const char *read_key(const char *at, char key[CASE_KEY])
{
    int n = 0;
    for (; *at != '\0' && !is_separator(*at) && *at != '=' && *at != ':'; at++) {
        if (*at == '(' || (begins_number(at) && (n == 0 || at[-1] == ' '))) break;
        if (n < CASE_KEY - 1) key[n++] = (char)tolower((unsigned char)*at);
    }
    while (n > 0 && key[n - 1] == ' ')
        n--;
    key[n] = '\0';
    return at;
}

/* lambda_2, lambda2 and lambda_low are number 2 of lambda; e2 and the like are no such names. */
static int class_of_key(char *key)
{
    const size_t n = strlen(key);
    int class_index = -1;
    size_t cut = n;
    if (n > 5 && strcmp(key + n - 5, "_high") == 0) class_index = 0, cut = n - 5;
    if (n > 4 && strcmp(key + n - 4, "_low") == 0) class_index = 1, cut = n - 4;
    if (n > 2 && key[n - 1] >= '1' && key[n - 1] <= '8') class_index = key[n - 1] - '1', cut = n - 1;
    if (class_index < 0) return -1;
    if (cut > 1 && key[cut - 1] == '_') cut--;
    key[cut] = '\0';
    return class_index;
}

static struct case_value *place_for(struct case_values *values, const char *key)
{
    for (int i = 0; i < values->n; i++)
        if (strcmp(values->item[i].key, key) == 0) return &values->item[i];
    if (values->n == CASE_VALUES_MAX) return NULL;
    struct case_value *item = &values->item[values->n++];
    memset(item, 0, sizeof *item);
    snprintf(item->key, sizeof item->key, "%s", key);
    return item;
}

static enum floe_status put(struct case_values *values, char *key, const double *numbers, int n, int is_remark,
                            const char *text, struct known_fault *fault)
{
    const int class_index = n == 1 ? class_of_key(key) : -1;
    struct case_value *item = place_for(values, key);
    if (item == NULL) return wrong(fault, "there are more than 32 entries", text);
    if (is_remark && (item->n > 0 || item->is_remark)) return FLOE_OK;
    item->is_remark = is_remark;
    if (class_index < 0) {
        if (item->n > 0) return wrong(fault, "a key is there twice", text);
        memcpy(item->number, numbers, (size_t)n * sizeof *numbers);
        item->n = n;
        return FLOE_OK;
    }
    for (; item->n <= class_index; item->n++)
        item->number[item->n] = NAN;
    item->number[class_index] = numbers[0];
    return FLOE_OK;
}

/* (1, 2, 3): at stands behind the bracket. */
static const char *read_list(const char *at, double *numbers, int *n)
{
    for (;;) {
        while (*at == ' ' || is_separator(*at))
            at++;
        if (*at == ')') return at + 1;
        if (*n == CASE_NUMBERS_MAX || (at = read_number(at, &numbers[*n])) == NULL) return NULL;
        ++*n;
    }
}

static enum floe_status read_entries(const char *at, char until, int is_remark, struct case_values *values,
                                     struct known_fault *fault)
{
    const char *text = at;
    while (*at != '\0' && *at != until) {
        char key[CASE_KEY];
        double numbers[CASE_NUMBERS_MAX];
        int n = 0;
        while (*at == ' ' || is_separator(*at))
            at++;
        if (*at == '\0' || *at == until) break;
        at = read_key(at, key);
        const int has_sign = *at == '=' || *at == ':';
        while (*at == ' ' || *at == '=' || *at == ':')
            at++;
        if (has_sign && (*at == '\0' || is_separator(*at))) return wrong(fault, "a number is missing behind =", text);
        if (*at == '(') {
            at = read_list(at + 1, numbers, &n);
        } else if (*at != '\0' && !is_separator(*at)) {
            at = read_number(at, &numbers[n]);
            n = 1;
        }
        if (at == NULL) return wrong(fault, "there is no number where one should be,", text);
        if (key[0] == '\0') return wrong(fault, "there is a number without a name", text);
        enum floe_status status = put(values, key, numbers, n, is_remark, text, fault);
        if (status != FLOE_OK) return status;
        while (*at == ' ')
            at++;
        if (*at == '(' && !is_remark) {
            status = read_entries(at + 1, ')', 1, values, fault);
            if (status != FLOE_OK) return status;
            at = strchr(at, ')') == NULL ? at + strlen(at) : strchr(at, ')') + 1;
            while (*at == ' ')
                at++;
        }
        if (*at != '\0' && *at != until && !is_separator(*at)) return wrong(fault, "there is no comma", text);
    }
    return FLOE_OK;
}

enum floe_status case_values_read(const char *text, struct case_values *values, struct known_fault *fault)
{
    memset(values, 0, sizeof *values);
    return read_entries(text, '\0', 0, values, fault);
}

static int is_one_of(const char *names, const char *key)
{
    const size_t n = strlen(key);
    for (const char *at = names; at != NULL; at = strchr(at, '|') == NULL ? NULL : strchr(at, '|') + 1)
        if (strncmp(at, key, n) == 0 && (at[n] == '|' || at[n] == '\0')) return 1;
    return 0;
}

const struct case_value *case_values_find(struct case_values *values, const char *names)
{
    const struct case_value *found = NULL;
    for (int i = 0; i < values->n; i++) {
        if (!is_one_of(names, values->item[i].key)) continue;
        values->item[i].is_used = 1;
        if (found == NULL) found = &values->item[i];
    }
    return found;
}

double case_value_at(const struct case_value *value, int i, double otherwise)
{
    if (value == NULL || value->n == 0) return otherwise;
    if (value->n == 1) return value->number[0];
    return i < value->n && !isnan(value->number[i]) ? value->number[i] : otherwise;
}

double case_values_number(struct case_values *values, const char *names, double otherwise)
{
    return case_value_at(case_values_find(values, names), 0, otherwise);
}

const char *case_values_unused(const struct case_values *values)
{
    for (int i = 0; i < values->n; i++)
        if (!values->item[i].is_used && !values->item[i].is_remark) return values->item[i].key;
    return NULL;
}

int case_numbers(const char *text, int part, double *numbers, int n_max)
{
    int n = 0;
    for (; part > 0 && text != NULL; part--)
        text = strchr(text, ';') == NULL ? NULL : strchr(text, ';') + 1;
    while (text != NULL && *text != '\0' && *text != ';' && n < n_max) {
        const char *end = read_number(text, &numbers[n]);
        n += end != NULL;
        text = end != NULL ? end : text + 1;
    }
    return n;
}
