/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reads tests/known/queueing_cases.csv: a row as seven texts, and numbers out of a text. */
#ifndef FLOE_TESTS_KNOWN_CASES_H
#define FLOE_TESTS_KNOWN_CASES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KNOWN_FIELDS = 7, KNOWN_TEXT = 240, KNOWN_ROWS_MAX = 120 };

struct known_case {
    char id[KNOWN_TEXT], kind[KNOWN_TEXT], model[KNOWN_TEXT], parameters[KNOWN_TEXT], metric[KNOWN_TEXT];
    char expected[KNOWN_TEXT], source[KNOWN_TEXT];
};

/* One field of a CSV line, "" inside quotes being one quote; returns where the next begins. */
static inline const char *known_field(const char *at, char *text)
{
    int quoted = 0, n = 0;
    for (; *at != '\0' && *at != '\n'; at++) {
        if (*at == '"' && quoted && at[1] == '"') {
            at++;
        } else if (*at == '"') {
            quoted = !quoted;
            continue;
        } else if (*at == ',' && !quoted) {
            at++;
            break;
        }
        if (n < KNOWN_TEXT - 1) text[n++] = *at;
    }
    text[n] = '\0';
    return at;
}

/* The rows after the heading; 0 if there is no such file. */
static inline int known_cases_read(struct known_case *rows)
{
    char line[2000];
    int n = 0, heading = 1;
    FILE *file = fopen("tests/known/queueing_cases.csv", "r");
    if (file == NULL) return 0;
    while (n < KNOWN_ROWS_MAX && fgets(line, sizeof line, file) != NULL) {
        if (line[0] == '#') continue;
        if (heading) {
            heading = 0;
            continue;
        }
        struct known_case *row = &rows[n++];
        char *const field[KNOWN_FIELDS] = {row->id,     row->kind,     row->model, row->parameters,
                                           row->metric, row->expected, row->source};
        const char *at = line;
        for (int i = 0; i < KNOWN_FIELDS; i++)
            at = known_field(at, field[i]);
    }
    fclose(file);
    return n;
}

/* The number, or quotient of two, that follows `key` in the text; `otherwise` if the key is not there. */
static inline double known_number(const char *text, const char *key, double otherwise)
{
    const char *at = strstr(text, key);
    if (at == NULL) return otherwise;
    at += strlen(key);
    while (*at == '=' || *at == '(' || *at == ' ')
        at++;
    char *end;
    double number = strtod(at, &end);
    return *end == '/' ? number / strtod(end + 1, NULL) : number;
}

/* Numbers apart from each other by anything else; part k (from 0) of a text whose parts are divided by ';'. */
static inline int known_numbers(const char *text, int part, double *numbers, int n_max)
{
    int n = 0;
    for (; part > 0 && text != NULL; part--)
        text = strchr(text, ';') == NULL ? NULL : strchr(text, ';') + 1;
    while (text != NULL && *text != '\0' && *text != ';' && n < n_max) {
        char *end;
        double number = strtod(text, &end);
        if (end == text) {
            text++;
        } else {
            numbers[n++] = number;
            text = end;
        }
    }
    return n;
}

#endif
