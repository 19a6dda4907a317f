/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "actuals/stream.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actuals/inside.h"
#include "harness.h"

struct pieces {
    const char *text;
    size_t at, n, piece;
    int fails; /* at the end: an error in place of it */
};

static int64_t read_piece(void *ctx, char *to, size_t n)
{
    struct pieces *p = (struct pieces *)ctx;
    size_t some = p->n - p->at < n ? p->n - p->at : n;
    if (some > p->piece) some = p->piece;
    if (some == 0 && p->fails) return -1;
    memcpy(to, p->text + p->at, some);
    p->at += some;
    return (int64_t)some;
}

static const char *why(void *ctx)
{
    (void)ctx;
    return "truncated gzip";
}

struct reading {
    struct import in;
    struct import_options options;
    struct import_report report;
    struct facts facts;
    struct pieces pieces;
    struct byte_source source;
    struct import_stream *stream;
    struct import_fault fault;
};

static struct reading *begin(const char *text, size_t n, size_t piece)
{
    struct reading *r = (struct reading *)calloc(1, sizeof *r);
    facts_init(&r->facts);
    import_begin(&r->in, &r->options, &r->facts, &r->report);
    snprintf(r->in.file, sizeof r->in.file, "a.csv");
    r->pieces = (struct pieces){text, 0, n, piece, 0};
    r->source = (struct byte_source){&r->pieces, read_piece, why};
    r->stream = stream_open(&r->in, &r->source);
    return r;
}

static void end(struct reading *r)
{
    stream_close(r->stream);
    import_free(&r->in);
    facts_free(&r->facts);
    free(r);
}

/* All fields as "[a|b][c|d]", with the line of each record; "!line: what" at a fault. */
static void csv_of(const char *text, size_t n, size_t piece, char *out, size_t size)
{
    struct reading *r = begin(text, n, piece);
    static struct csv csv;
    size_t at = 0;
    int got;
    out[0] = '\0';
    while ((got = stream_csv(r->stream, &csv, &r->fault)) > 0) {
        at += (size_t)snprintf(out + at, size - at, "%d[", (int)stream_line(r->stream));
        for (int32_t i = 0; i < csv.n_fields; i++) {
            const struct import_text field = stream_text(&csv, i);
            at += (size_t)snprintf(out + at, size - at, "%s%.*s", i > 0 ? "|" : "", (int)field.n, field.at);
        }
        at += (size_t)snprintf(out + at, size - at, "]");
    }
    if (got < 0) snprintf(out + at, size - at, "!%d: %s", (int)r->fault.line, r->fault.what);
    end(r);
}

static void json_of(const char *text, size_t piece, char *out, size_t size)
{
    struct reading *r = begin(text, strlen(text), piece);
    struct cJSON *value;
    size_t at = 0;
    int got;
    out[0] = '\0';
    while ((got = stream_json(r->stream, &value, &r->fault)) > 0) {
        char *printed = cJSON_PrintUnformatted(value);
        at += (size_t)snprintf(out + at, size - at, "%d%s", (int)stream_line(r->stream), printed);
        cJSON_free(printed);
        cJSON_Delete(value);
    }
    if (got < 0) snprintf(out + at, size - at, "!%d: %s", (int)r->fault.line, r->fault.what);
    end(r);
}

static void csv_does_not_depend_on_pieces(void)
{
    static const char text[] = "\xef\xbb\xbf"
                               "id,text\r\n1,\"a \"\"b\"\",\nc\"\r\n2,plain\n3,\"\"\n4,\"end\"";
    for (size_t piece = 1; piece < sizeof text; piece++) {
        char got[400];
        csv_of(text, sizeof text - 1, piece, got, sizeof got);
        if (!check_text(got, "1[id|text]2[1|a \"b\",\nc]4[2|plain]5[3|]6[4|end]")) break;
    }
}

static void records_longer_than_the_buffer_are_whole(void)
{
    const size_t n = (size_t)3 << 20;
    char *text = (char *)malloc(n + 64);
    const size_t head = (size_t)snprintf(text, 64, "a,b\n1,\"");
    memset(text + head, 'x', n);
    memcpy(text + head + n, "\"\n2,y\n", 7);
    struct reading *r = begin(text, head + n + 6, 100000);
    static struct csv csv;
    int rows = 0;
    size_t longest = 0;
    while (stream_csv(r->stream, &csv, &r->fault) > 0) {
        rows++;
        if (csv.n_fields == 2 && csv.fields[1].n > longest) longest = csv.fields[1].n;
    }
    check_i64(rows, 3);
    check_u64(longest, n);
    end(r);
    free(text);
}

static void a_record_without_an_end_is_refused_at_16_mib(void)
{
    const size_t n = (size_t)17 << 20;
    char *text = (char *)malloc(n);
    memset(text, 'x', n);
    memcpy(text, "a,b\n1,\"", 7);
    char got[200];
    csv_of(text, n, n, got, sizeof got);
    check_text(got, "1[a|b]!2: the record that begins here is longer than 16 MiB");
    memset(text, '[', n);
    text[n - 1] = '\0';
    json_of(text, n, got, sizeof got);
    check_contains(got, "longer than 16 MiB");
    free(text);
}

static void what_is_no_csv_is_told_with_its_line(void)
{
    char got[300];
    csv_of("a,b\n1,\"x\n", 9, 5, got, sizeof got);
    check_text(got, "1[a|b]!2: a quoted field that begins in this record never closes");
    csv_of("a,b\n1,\"x\"y\n", 11, 5, got, sizeof got);
    check_text(got, "1[a|b]!2: there is text after a closing quote");
    csv_of("a,b\nc\0,d\n", 9, 1, got, sizeof got);
    check_text(got, "1[a|b]!2: a byte of value 0: this is no UTF-8 text");
    csv_of("", 0, 1, got, sizeof got);
    check_text(got, "");
}

static void json_is_cut_into_values(void)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"[{\"a\": 1},\n {\"b\": \"]}\\\"[\"}\n]\n", "1{\"a\":1}2{\"b\":\"]}\\\"[\"}"},
        {"{\"a\": 1}\n{\"a\": [2, {}]}\n\n", "1{\"a\":1}2{\"a\":[2,{}]}"},
        {"{\n \"a\":\n {\"b\": []}}", "1{\"a\":{\"b\":[]}}"},
        {"[]", ""},
        {"[[1, 2], [3]]", "1[1,2]1[3]"},
        {"\xef\xbb\xbf[{}]", "1{}"},
        {"[{}", "1{}!1: the file ends inside its array"},
        {"[{},\n", "1{}!2: the file ends inside its array"},
        {"[{}, 3]", "1{}!1: '3' where a JSON object must stand"},
        {"[{}] {}", "1{}!1: '{' where the end of the file must stand"},
        {"[{} {}]", "1{}!1: '{' where ',' or ']' must stand"},
        {"\n{\"a\": \"x", "!2: the file ends inside the JSON value that begins here"},
        {"{\"a\": 1}\n{\"a\"\n 1}", "1{\"a\":1}!3: not JSON near here"},
        {"7", "!1: '7' where a JSON object must stand"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t piece = 1; piece < 40; piece += 4) {
            char got[300];
            json_of(cases[i].text, piece, got, sizeof got);
            if (!check_at(strcmp(got, cases[i].want) == 0, __FILE__, __LINE__, "%s: %s, not %s", cases[i].text, got,
                          cases[i].want))
                break;
        }
}

static void an_error_of_the_source_is_told_where_it_stopped(void)
{
    static const char text[] = "a,b\n1,2\n3,";
    struct reading *r = begin(text, sizeof text - 1, 4);
    static struct csv csv;
    r->pieces.fails = 1;
    int got;
    while ((got = stream_csv(r->stream, &csv, &r->fault)) > 0) {}
    check_i64(got, -1);
    check_text(r->fault.what, "truncated gzip");
    check_i64(r->fault.line, 3);
    end(r);
}

static const struct test tests[] = {
    {"CSV records do not depend on how the bytes arrive", csv_does_not_depend_on_pieces, FAST},
    {"a record longer than the buffer is whole", records_longer_than_the_buffer_are_whole, FAST},
    {"a record that does not end is refused at 16 MiB", a_record_without_an_end_is_refused_at_16_mib, FAST},
    {"what is no CSV is told with its line", what_is_no_csv_is_told_with_its_line, FAST},
    {"JSON is cut into values: arrays, lines, objects, and what is wrong with them", json_is_cut_into_values, FAST},
    {"an error of the source is told with the line where it stopped", an_error_of_the_source_is_told_where_it_stopped,
     FAST},
};
TEST_MAIN("stream", tests)
