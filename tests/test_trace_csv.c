/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/trace_csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

static const struct trace_ref azure_columns = {"", "TIMESTAMP", "ContextTokens", "GeneratedTokens", -1};
static const struct trace_ref short_columns = {"", "t", "in", "out", -1};
enum { START_AT_S = 1700158500 }; /* 2023-11-16T18:15:00Z by GNU date */

/* Reads `text` with the columns t, in, out. A status other than FLOE_OK is shown. */
static int read_text(const char *text, struct trace *trace)
{
    struct trace_fault fault;
    const enum floe_status status = floe_trace_read(text, strlen(text), &short_columns, START_AT_S, trace, &fault);
    return check_at(status == FLOE_OK, __FILE__, __LINE__, "line %lld, column %d: %s (%s)", (long long)fault.row,
                    fault.column, fault.what, fault.hint);
}

static char *slurp(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    char *bytes = NULL;
    if (!check_at(file != NULL, __FILE__, __LINE__, "cannot read %s", path)) return NULL;
    fseek(file, 0, SEEK_END);
    *n = (size_t)ftell(file);
    rewind(file);
    bytes = malloc(*n + 1);
    check(bytes != NULL && fread(bytes, 1, *n, file) == *n);
    fclose(file);
    return bytes;
}

/* Origin of the numbers:
 * awk -F, 'NR>1 {sub(/\r$/, ""); n++; i += $2; o += $3} END {print n, i, o}' azure-llm-2023-conv.csv
 * gives 19366 22361870 4088665; the first and last lines by head and tail; 18:15:46 and 19:14:08 are 46 s and 3548 s
 * after 18:15:00. */
static void azure_hour(void)
{
    size_t n = 0;
    char *bytes = slurp(FLOE_SOURCE_DIR "/scenarios/data/azure-llm-2023-conv.csv", &n);
    struct trace trace;
    struct trace_fault fault;
    if (bytes == NULL) return;
    if (check(floe_trace_read(bytes, n, &azure_columns, START_AT_S, &trace, &fault) == FLOE_OK)) {
        uint64_t input_tok = 0, output_tok = 0;
        for (int64_t i = 0; i < trace.n; i++)
            input_tok += trace.input_tok[i], output_tok += trace.output_tok[i];
        check_i64(trace.n, 19366);
        check_u64(input_tok, 22361870);
        check_u64(output_tok, 4088665);
        check_i64(trace.at_ns[0], 46680590000);
        check_u64(trace.input_tok[0], 374);
        check_u64(trace.output_tok[0], 44);
        check_i64(trace.at_ns[19365], 3548402527000);
        check_u64(trace.input_tok[19365], 197);
        check_u64(trace.output_tok[19365], 183);
        floe_trace_free(&trace);
    }
    free(bytes);
}

/* The obvious twin: fgets and sscanf, one line after the other. */
static void azure_twin(void)
{
    size_t n = 0;
    char line[256];
    char *bytes = slurp(FLOE_SOURCE_DIR "/scenarios/data/azure-llm-2023-conv.csv", &n);
    FILE *file = fopen(FLOE_SOURCE_DIR "/scenarios/data/azure-llm-2023-conv.csv", "rb");
    struct trace trace;
    struct trace_fault fault;
    if (bytes == NULL || file == NULL) return;
    check(floe_trace_read(bytes, n, &azure_columns, START_AT_S, &trace, &fault) == FLOE_OK);
    check(fgets(line, sizeof line, file) != NULL);
    for (int64_t i = 0; i < trace.n && fgets(line, sizeof line, file) != NULL; i++) {
        unsigned hour, minute, second, fraction, input_tok, output_tok;
        const int got = sscanf(line, "2023-11-16 %u:%u:%u.%7u,%u,%u", &hour, &minute, &second, &fraction, &input_tok,
                               &output_tok);
        const int64_t at_s = (int64_t)hour * 3600 + minute * 60 + second - (18 * 3600 + 15 * 60);
        if (!check(got == 6 && trace.at_ns[i] == at_s * 1000000000 + (int64_t)fraction * 100)) break;
        if (!check(trace.input_tok[i] == input_tok && trace.output_tok[i] == output_tok)) break;
    }
    fclose(file);
    floe_trace_free(&trace);
    free(bytes);
}

static void check_two_rows(const char *text)
{
    struct trace trace;
    if (!read_text(text, &trace)) return;
    check_i64(trace.n, 2);
    check_i64(trace.at_ns[0], 1500000000);
    check_i64(trace.at_ns[1], 2385000001);
    check_u64(trace.input_tok[0], 374);
    check_u64(trace.output_tok[0], 44);
    check_u64(trace.input_tok[1], 0);
    check_u64(trace.output_tok[1], 1000000000);
    floe_trace_free(&trace);
}

static void shapes_of_a_file(void)
{
    check_two_rows("t,in,out\n1.5,374,44\n2.385000001,0,1000000000\n");
    check_two_rows("t,in,out\r\n1.5,374,44\r\n2.385000001,0,1000000000\r\n");
    check_two_rows("t,in,out\n1.5,374,44\n2.385000001,0,1000000000");
    check_two_rows("t,in,out\r\n1.5,374,44\r\n2.385000001,0,1000000000\r");
    check_two_rows("t,in,out\n1.5,374,44\n2.385000001,0,1000000000\n\r\n  \n");
    check_two_rows("\xef\xbb\xbft,in,out\n1.5,374,44\n2.385000001,0,1000000000\n");
    check_two_rows("T,In,OUT\n1.5,374,44\n2.385000001,0,1000000000\n");
    check_two_rows("out,extra,in,t,more\n44,x,374,1.5,y\n1000000000,,0,2.385000001,\n");
    check_two_rows("t , in,\tout\n 1.5,374 ,44\n2.385000001, 0,\t1000000000\n");
    check_two_rows("\"t\",\"in\",\"out\"\n\"1.5\",\"374\",\"44\"\n\"2.385000001\",\"0\",\"1000000000\"");
    check_two_rows("note,t,in,out\n\"a, \"\"b\"\"\nand c\",1.5,374,44\n\"\",2.385000001,0,1000000000\r\n");
    check_two_rows("t,in,out\n1.5,374.0,44.\n2.385000001,0.00,1000000000.000\n");
    check_two_rows("T,t,in,out\n9,1.5,374,44\n8,2.385000001,0,1000000000\n"); /* the exact name wins */
    check_two_rows("t,in,out\n2023-11-16 18:15:01.5,374,44\n2023-11-16 18:15:02.385000001,0,1000000000\n");
    check_two_rows("t,in,out\n2023-11-16T18:15:01.5Z,374,44\n2023-11-16T19:15:02.385000001+01:00,0,1000000000\n");
}

static void a_name_with_quotes(void)
{
    static const struct trace_ref quoted = {"", "t", "in", "out", -1};
    const char *text = "\"\"\"x\"\"\",t,in,out\n\"\"\"\",2.385,\"7\",8\n";
    struct trace trace;
    struct trace_fault fault;
    check(floe_trace_read(text, strlen(text), &quoted, 0, &trace, &fault) == FLOE_OK);
    check_i64(trace.at_ns[0], 2385000000);
    floe_trace_free(&trace);
}

static void seconds_are_exact(void)
{
    static const struct {
        const char *text;
        int64_t ns;
    } rows[] = {
        {"0", 0},
        {"1e-9", 1},
        {"0.0000000015", 2},
        {"0.00000000149999999999999999999999", 1},
        {"9.5e-05", 95000},
        {"2.385E+3", 2385000000000},
        {"31536000.123456789", 31536000123456789},
        {"4503599627.370497001", 4503599627370497001},
        {"9223372036.854775807", INT64_MAX},
        {"00000000000000000000000000000001.25", 1250000000},
        {"1e-400", 0},
        {"0e400", 0},
        {"-0.0", 0},
        {"+2.385", 2385000000},
        {".5", 500000000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[128];
        struct trace trace;
        snprintf(text, sizeof text, "t,in,out\n%s,1,2\n", rows[i].text);
        if (!read_text(text, &trace)) continue;
        check_i64(trace.at_ns[0], rows[i].ns);
        floe_trace_free(&trace);
    }
}

static void rows_before_the_start(void)
{
    struct trace trace;
    if (!read_text("t,in,out\n2023-11-16 18:14:59.25,1,2\n2023-11-16 18:15:00,1,2\n", &trace)) return;
    check_i64(trace.at_ns[0], -750000000);
    check_i64(trace.at_ns[1], 0);
    floe_trace_free(&trace);
}

static void equal_instants(void)
{
    struct trace trace;
    if (!read_text("t,in,out\n2.385,11,1\n2.385,12,1\n2.3850,13,1\n", &trace)) return;
    check_i64(trace.n, 3);
    for (uint32_t i = 0; i < 3; i++)
        check_u64(trace.input_tok[i], 11 + i);
    floe_trace_free(&trace);
}

static uint64_t hash_of(const char *text)
{
    struct trace trace;
    if (!read_text(text, &trace)) return 0;
    const uint64_t hash = trace.hash;
    floe_trace_free(&trace);
    return hash;
}

static void the_hash_sees_every_value(void)
{
    const uint64_t hash = hash_of("t,in,out\n1.5,374,44\n2.5,17,9\n");
    check_u64(hash_of("out,t,x,in\r\n44,1.50,,374\r\n9,2.5,y,17"), hash);
    check_u64(hash_of("t,in,out\n2023-11-16 18:15:01.5,374,44\n2023-11-16 18:15:02.5,17,9\n"), hash);
    check(hash_of("t,in,out\n1.500000001,374,44\n2.5,17,9\n") != hash);
    check(hash_of("t,in,out\n1.5,375,44\n2.5,17,9\n") != hash);
    check(hash_of("t,in,out\n1.5,44,374\n2.5,17,9\n") != hash);
    check(hash_of("t,in,out\n1.5,374,44\n2.5,17,10\n") != hash);
    check(hash_of("t,in,out\n1.5,374,44\n") != hash);
}

static void many_rows(void)
{
    enum { ROWS = 100000 };
    char *text = malloc(16 + ROWS * 24);
    struct trace trace;
    size_t n = (size_t)sprintf(text, "t,in,out\n");
    for (int i = 0; i < ROWS; i++)
        n += (size_t)sprintf(text + n, "%d.%03d,%d,%d\n", i / 7, i % 7, i, i % 97);
    if (read_text(text, &trace)) {
        check_i64(trace.n, ROWS);
        for (int i = 0; i < ROWS; i++)
            if (!check(trace.at_ns[i] == i / 7 * 1000000000LL + i % 7 * 1000000LL &&
                       trace.input_tok[i] == (uint32_t)i && trace.output_tok[i] == (uint32_t)(i % 97)))
                break;
        floe_trace_free(&trace);
    }
    free(text);
}

/* --- bad inputs: the file, the line and column that must be named, and a part of what and of hint ------------ */

static const struct {
    const char *text;
    int64_t row;
    int32_t column;
    const char *what, *hint;
} bad[] = {
    {"", 0, 0, "empty", "header line"},
    {"\xef\xbb\xbf", 0, 0, "empty", "header line"},
    {"\r\n\n  \n", 0, 0, "empty", "header line"},
    {"t,in,out", 1, 0, "no rows", "one row per request"},
    {"t,in,out\r\n\r\n", 2, 0, "no rows", "one row per request"},
    {"t,in\n1,2\n", 1, 0, "no column 'out'", "the header has: t, in"},
    {"time,in,out\n1,2,3\n", 1, 0, "no column 't'", "time, in, out"},
    {"t,in,oout\n1,2,3\n", 1, 0, "no column 'out'", "did you mean 'oout'"},
    {"t;in;out\n1;2;3\n", 1, 0, "no column 't'", "t;in;out"},
    {"1.5,374,44\n2.5,17,9\n", 1, 0, "no column 't'", "1.5, 374, 44"},
    {"t,in,out,in\n1,2,3,4\n", 1, 0, "more than one column 'in'", "different names"},
    {"T,IN,In,out\n1,2,3,4\n", 1, 0, "more than one column 'in'", "different names"},
    {"t,in,out\n1,2\n", 2, 3, "too few fields: 2", "header"},
    {"t,in,out\n1\n", 2, 2, "too few fields: 1", "header"},
    {"t,in,out\n1,1,234,5\n", 2, 4, "too many fields: 4 in this row, 3 in the header", "1,234"},
    {"t,in,out\n1,2,3\n\n2,2,3\n", 3, 0, "an empty line", "take the line out"},
    {"t,in,out\n1,2,3\n2,x,3\n", 3, 2, "'x' is not a number of tokens", "0 to 1000000000"},
    {"t,in,out\n1,2,3\n2,2,\n", 3, 3, "the field is empty", "0 to 1000000000"},
    {"t,in,out\n1,-2,3\n", 2, 2, "must not be negative", "0 to 1000000000"},
    {"t,in,out\n1,2,3.5\n", 2, 3, "'3.5' is not a number of tokens", "374.0"},
    {"t,in,out\n1,1e3,3\n", 2, 2, "'1e3' is not", "whole numbers"},
    {"t,in,out\n1,1000000001,3\n", 2, 2, "too large", "1000000000"},
    {"t,in,out\n1,99999999999999999999999999,3\n", 2, 2, "too large", "1000000000"},
    {"t,in,out\n1,nan,3\n", 2, 2, "'nan' is not", "whole numbers"},
    {"t,in,out\n1,2,inf\n", 2, 3, "'inf' is not", "whole numbers"},
    {"t,in,out\n1,0x10,3\n", 2, 2, "'0x10' is not", "whole numbers"},
    {"t,in,out\n1,1 000,3\n", 2, 2, "'1 000' is not", "whole numbers"},
    {"t,in,out\n1,\"1,000\",3\n", 2, 2, "'1,000' is not", "whole numbers"},
    {"t,in,out\n1,\"\"\"2\",3\n", 2, 2, "'\"2' is not", "whole numbers"},
    {"t,in,out\nnan,2,3\n", 2, 1, "'nan' is not an instant", "seconds since the start"},
    {"t,in,out\ninf,2,3\n", 2, 1, "'inf' is not an instant", "seconds since the start"},
    {"t,in,out\nnever,2,3\n", 2, 1, "'never' is not an instant", "seconds since the start"},
    {"t,in,out\n,2,3\n", 2, 1, "the field is empty", "seconds since the start"},
    {"t,in,out\n-1.5,2,3\n", 2, 1, "cannot be negative", "seconds since the start"},
    {"t,in,out\n-,2,3\n", 2, 1, "'-' is not an instant", "seconds since the start"},
    {"t,in,out\n.,2,3\n", 2, 1, "'.' is not an instant", "seconds since the start"},
    {"t,in,out\n1e,2,3\n", 2, 1, "'1e' is not an instant", "seconds since the start"},
    {"t,in,out\n1.2.3,2,3\n", 2, 1, "'1.2.3' is not an instant", "seconds since the start"},
    {"t,in,out\n1e30,2,3\n", 2, 1, "beyond the clock", "292 years"},
    {"t,in,out\n9223372036.854775808,2,3\n", 2, 1, "beyond the clock", "292 years"},
    {"t,in,out\n99999999999999999999999,2,3\n", 2, 1, "beyond the clock", "292 years"},
    {"t,in,out\n2023-02-30 10:00:00,2,3\n", 2, 1, "this day does not exist", "2023-11-16"},
    {"t,in,out\n2023-11-16 18:15:46.12345678901,2,3\n", 2, 1, "more than 9 digits", "2023-11-16"},
    {"t,in,out\n2523-11-16 18:15:46,2,3\n", 2, 1, "1970 to 2200", "2023-11-16"},
    {"t,in,out\n1.5,2,3\n2023-11-16 18:15:46,2,3\n", 3, 1, "the first row gave seconds", "2023-11-16"},
    {"t,in,out\n2023-11-16 18:15:46,2,3\n1.5,2,3\n", 3, 1, "the first row gave a date", "2023-11-16"},
    {"t,in,out\n1,2,3\n5.25,2,3\n\"5.2\",2,3\n", 4, 1, "'5.2' comes after '5.25' of line 3", "sort"},
    {"t,in,out\n2023-11-16 18:15:46.2,1,1\n2023-11-16 18:15:46.1,1,1\n", 3, 1, "46.1' comes after '2023-11-16 18:15",
     "sort"},
    {"t,in,out\n1,\"2,3\n2,2,3\n", 2, 2, "never closes", "\"\""},
    {"\"t,in,out\n1,2,3\n", 1, 1, "never closes", "\"\""},
    {"t,in,out\n1,\"2\"x,3\n", 2, 2, "after the closing quote", "\"\""},
    {"note,t,in,out\n\"two\nlines\",1,2,3\nx,1,bad,3\n", 4, 3, "'bad' is not", "whole numbers"},
    {"t,in,out\n1,\x01\xff,3\n", 2, 2, "?' is not", "whole numbers"},
    {"t,in,out\n1,aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee,3\n", 2, 2, "dddeeee...' is not", "whole"},
};

static void bad_files(void)
{
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct trace trace = {.n = 77};
        struct trace_fault fault;
        const enum floe_status status = floe_trace_read(bad[i].text, strlen(bad[i].text), &short_columns, START_AT_S,
                                                        &trace, &fault);
        if (!check_at(status == FLOE_BAD_INPUT, __FILE__, __LINE__, "\"%s\" gave %d", bad[i].text, status)) continue;
        check_contains(fault.what, bad[i].what);
        check_contains(fault.hint, bad[i].hint);
        check_at(fault.row == bad[i].row && fault.column == bad[i].column, __FILE__, __LINE__,
                 "\"%s\": got line %lld column %d, want %lld and %d", bad[i].text, (long long)fault.row, fault.column,
                 (long long)bad[i].row, bad[i].column);
        check(trace.n == 0 && trace.at_ns == NULL && trace.input_tok == NULL && trace.output_tok == NULL);
    }
}

static void nul_bytes(void)
{
    static const char text[] = "t,in,out\n1,2,3\n2,\0,3\n";
    static const char utf16[] = "\xff\xfet\0,\0i\0n\0";
    struct trace trace;
    struct trace_fault fault;
    check(floe_trace_read(text, sizeof text - 1, &short_columns, 0, &trace, &fault) == FLOE_BAD_INPUT);
    check_i64(fault.row, 3);
    check_contains(fault.what, "NUL");
    check(floe_trace_read(utf16, sizeof utf16 - 1, &short_columns, 0, &trace, &fault) == FLOE_BAD_INPUT);
    check_contains(fault.hint, "UTF-16");
    check(floe_trace_read(NULL, 0, &short_columns, 0, &trace, &fault) == FLOE_BAD_INPUT);
}

static void start_beyond_the_clock(void)
{
    const char *text = "t,in,out\n2023-11-16 18:15:46,1,2\n";
    static const int64_t starts[] = {INT64_MIN, INT64_MAX, -9000000000, 12000000000};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        struct trace trace;
        struct trace_fault fault;
        check(floe_trace_read(text, strlen(text), &short_columns, starts[i], &trace, &fault) == FLOE_BAD_INPUT);
        check_contains(fault.what, "beyond the clock");
    }
}

/* Every prefix of a sound file, and the file with each byte replaced: any answer but a crash or a half-filled one. */
static void damaged_files(void)
{
    static const char sound[] = "note,t,in,out\r\n\"a \"\"b\"\"\",2023-11-16 18:15:46.68,374,44\r\n"
                                "c,2023-11-16T18:15:47Z,17.0,9\r\n";
    static const char bytes[] = "\",\r\n\0-.9e:Z \xff";
    char text[sizeof sound];
    int64_t refused = 0;
    for (size_t i = 0; i < sizeof sound - 1; i++)
        for (size_t j = 0; j < sizeof bytes; j++) {
            struct trace trace;
            struct trace_fault fault;
            const size_t n = j == sizeof bytes - 1 ? i : sizeof sound - 1;
            char *exact = malloc(n + 1);
            memcpy(text, sound, sizeof sound);
            if (n > i) text[i] = bytes[j];
            memcpy(exact, text, n);
            const enum floe_status status = floe_trace_read(exact, n, &short_columns, START_AT_S, &trace, &fault);
            check(status == FLOE_OK ? trace.n >= 1 && trace.n <= 2 : trace.n == 0 && fault.what[0] != '\0');
            refused += status != FLOE_OK;
            floe_trace_free(&trace);
            free(exact);
        }
    check(refused > 500);
}

static const struct test tests[] = {
    {"the real hour of Azure has the rows, instants and token sums that awk finds", azure_hour, FAST},
    {"the real hour agrees row by row with sscanf", azure_twin, FAST},
    {"line ends, byte order mark, quotes, spaces and order of columns do not matter", shapes_of_a_file, FAST},
    {"doubled quotes are one quote", a_name_with_quotes, FAST},
    {"seconds reach nanoseconds exactly, rounded half up", seconds_are_exact, FAST},
    {"rows before the start have negative instants", rows_before_the_start, FAST},
    {"equal instants keep their order", equal_instants, FAST},
    {"the hash sees every value of a row and nothing else", the_hash_sees_every_value, FAST},
    {"a hundred thousand rows are all there", many_rows, FAST},
    {"a bad file is refused with line, column, reason and hint", bad_files, FAST},
    {"NUL bytes are refused", nul_bytes, FAST},
    {"a start too far away is refused", start_beyond_the_clock, FAST},
    {"a damaged file never gives half a trace", damaged_files, FAST},
};
TEST_MAIN("trace_csv", tests)
