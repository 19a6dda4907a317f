/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/json_text.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "scenarios/read/bytes.h"

static void refuse(struct json_fault *fault, const char *what, const char *hint)
{
    snprintf(fault->what, sizeof fault->what, "%.239s", what);
    snprintf(fault->hint, sizeof fault->hint, "%.239s", hint);
}

static void place(struct json_fault *fault, const char *bytes, const char *at)
{
    fault->line = fault->column = 1;
    for (const char *c = bytes; c < at; c++)
        if (*c == '\n')
            fault->line++, fault->column = 1;
        else
            fault->column += ((unsigned char)*c & 0xc0) != 0x80;
}

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n'))
        at++;
    return at;
}

static struct cJSON *parse(const char *bytes, size_t n, struct json_fault *fault)
{
    const char *at = bytes;
    cJSON *root = cJSON_ParseWithLengthOpts(bytes, n, &at, 0);
    if (root == NULL) {
        place(fault, bytes, at);
        refuse(fault, "not JSON near here", "a comma, quote or bracket is missing or too many, or the file was cut");
        return NULL;
    }
    at = skip_space(at, bytes + n);
    if (at == bytes + n) return root;
    cJSON_Delete(root);
    place(fault, bytes, at);
    refuse(fault, "there is more text after the JSON value", "keep one JSON object in the file");
    return NULL;
}

struct cJSON *json_parse(const char *bytes, size_t n, struct json_fault *fault)
{
    memset(fault, 0, sizeof *fault);
    if (n > JSON_BYTES_MOST) {
        refuse(fault, "the file has more than 64 MiB", "a LiteLLM price file has about 1.5 MB");
        return NULL;
    }
    if (n == 0 || skip_space(bytes, bytes + n) == bytes + n) {
        refuse(fault, "the file is empty", "it must hold one JSON object");
        return NULL;
    }
    struct bytes_place at;
    struct fault odd = {0};
    if (bytes_check(bytes, n, &at, &odd)) return parse(bytes, n, fault);
    fault->line = at.line, fault->column = at.column;
    refuse(fault, odd.what, odd.hint);
    return NULL;
}
