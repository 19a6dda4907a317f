/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The guide does not lie: every YAML block of docs/scenarios.md is a whole file, as the page says, and is read here: the
 * one that begins with `floe: 1` is first.yaml, the others extend it. All are sound but those whose errors the page
 * shows, and these have the errors that it shows, to the letter. */
#include "tests/read_files.h"

#define PAGE FLOE_SOURCE_DIR "/docs/scenarios.md"
#define BLOCK_BYTES 4096

/* The files of one block: first.yaml and itself from the page, everything else from the checkout. */
struct page_files {
    struct memory_file items[2];
};

static enum floe_status page_load(void *ctx, const char *base, const char *name, size_t most, char **bytes, size_t *n,
                                  char resolved[PATH_BYTES], char why[FILE_WHY_BYTES])
{
    const struct page_files *page = (const struct page_files *)ctx;
    struct memory memory = {page->items, 2};
    for (int i = 0; i < 2; i++)
        if (strcmp(page->items[i].name, name) == 0)
            return memory_load(&memory, base, name, most, bytes, n, resolved, why);
    return disk_load(NULL, FLOE_SOURCE_DIR "/", name, most, bytes, n, resolved, why);
}

/* What the page says that `floe check` prints about the block, or "" for a sound one. */
static void check_block(const char *first, const char *name, const char *block, const char *shown, int line)
{
    struct page_files page = {{{name, block, 0}, {"first.yaml", first, 0}}};
    const struct floe_files files = {&page, page_load};
    struct floe_document *d;
    char *text = NULL;
    const enum floe_status status = floe_document_read(&files, name, NULL, 0, &d);
    check_i64(floe_messages_text(&d->messages, &text, NULL), FLOE_OK);
    if (shown[0] == '\0')
        check_at(status == FLOE_OK, PAGE, line, "the block is not sound: %s", text);
    else
        check_at(status == FLOE_BAD_INPUT && strcmp(text, shown) == 0, PAGE, line, "the page shows\n%sfloe says\n%s",
                 shown, text);
    free(text);
    floe_document_free(d);
}

/* Blocks that are meant to be wrong, by the name that the page gives them. */
static const char *const intended[] = {"chat.yaml", "free.yaml"};

static int is_intended(const char *name)
{
    for (size_t i = 0; i < sizeof intended / sizeof intended[0]; i++)
        if (strcmp(intended[i], name) == 0) return 1;
    return 0;
}

/* A walk over the page, fence by fence. */
struct walk {
    const char *at;
    int line;
};

/* The next block between fences: 1, its language and its text; 0: there is none. */
static int next_block(struct walk *w, char language[16], char text[BLOCK_BYTES], int *line)
{
    size_t n = 0;
    int is_inside = 0;
    while (*w->at != '\0') {
        const size_t length = strcspn(w->at, "\n"), whole = length + (w->at[length] == '\n');
        const int is_fence = strncmp(w->at, "```", 3) == 0;
        w->line++;
        if (is_fence && is_inside) {
            w->at += whole;
            return 1;
        }
        if (is_fence) {
            is_inside = 1;
            *line = w->line;
            snprintf(language, 16, "%.*s", (int)(length - 3 < 15 ? length - 3 : 15), w->at + 3);
            text[0] = '\0';
        } else if (is_inside && n + whole < BLOCK_BYTES) {
            n += (size_t)snprintf(text + n, BLOCK_BYTES - n, "%.*s", (int)whole, w->at);
        }
        w->at += whole;
    }
    return 0;
}

/* The file that the console block checks: "$ build/floe check chat.yaml". */
static int shows_check(const char *text, char name[64])
{
    char end;
    return sscanf(text, "$ build/floe check %63[a-z_.]%c", name, &end) == 2 && end == '\n';
}

static void every_block_is_what_the_page_says(void)
{
    const struct floe_files disk = {NULL, disk_load};
    char first[BLOCK_BYTES] = "", block[BLOCK_BYTES], after[BLOCK_BYTES], language[16], name[64];
    char *bytes = NULL, *page, resolved[PATH_BYTES], why[FILE_WHY_BYTES];
    size_t n = 0;
    int line = 0, after_line, n_whole = 0, n_extending = 0, n_wrong = 0;
    if (!check_i64(disk.load(NULL, "", PAGE, 1 << 20, &bytes, &n, resolved, why), FLOE_OK)) return;
    page = (char *)realloc(bytes, n + 1);
    page[n] = '\0';
    struct walk walk = {page, 0};
    while (next_block(&walk, language, block, &line)) {
        if (strcmp(language, "yaml") != 0) continue;
        const int is_whole = strncmp(block, "floe: 1\n", 8) == 0,
                  extends = strncmp(block, "extends: first.yaml\n", 20) == 0;
        check_at(is_whole || extends, PAGE, line, "the block is no whole file");
        n_whole += is_whole;
        n_extending += extends;
        if (is_whole) memcpy(first, block, sizeof first);
        struct walk ahead = walk;
        const int is_shown = next_block(&ahead, language, after, &after_line) && language[0] == '\0' &&
                             shows_check(after, name) && is_intended(name);
        n_wrong += is_shown;
        check_block(first, is_shown ? name : "block.yaml", block, is_shown ? strchr(after, '\n') + 1 : "", line);
    }
    check_i64(n_whole, 1);
    check(n_extending > 12);
    check_i64(n_wrong, (int64_t)(sizeof intended / sizeof intended[0]));
    free(page);
}

static const struct test tests[] = {
    {"every YAML block of docs/scenarios.md is sound, or has the errors that the page shows",
     every_block_is_what_the_page_says, FAST},
};
TEST_MAIN("read_docs", tests)
