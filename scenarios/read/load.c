/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/load.h"

#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenarios/read/wording.h"

static void hexadecimal_sha256(const char *bytes, size_t n, char out[65])
{
    struct sha256_ctx sha;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_init(&sha);
    sha256_update(&sha, n, (const uint8_t *)bytes);
    sha256_digest(&sha, SHA256_DIGEST_SIZE, digest);
    for (size_t i = 0; i < SHA256_DIGEST_SIZE; i++)
        snprintf(out + 2 * i, 3, "%02x", (unsigned)digest[i]);
}

/* The place of the file that the user named is its name, which is said once. */
static void told_of_file(struct reading *r, const char *what, const char *name, struct mark mention, const char *hint,
                         const char *why)
{
    char shown[100];
    wording_excerpt(name, shown, sizeof shown);
    if (mention.line > 0)
        reading_error(r, mention, "", hint, "%s '%s': %s", what, shown, why);
    else
        reading_error(r, mention, "", hint, "%s", why);
}

char *load_bytes(struct reading *r, const char *what, const char *name, struct mark mention, size_t most_bytes,
                 size_t *n, int32_t *file, enum floe_status *status)
{
    char resolved[PATH_BYTES] = "", why[FILE_WHY_BYTES] = "cannot be read", *bytes = NULL;
    const char *mentioned_in = reading_name(r, mention.file);
    /* A name on the command line is relative to the current folder. */
    const char *base = strncmp(mentioned_in, "--set ", strlen("--set ")) == 0 ? "" : mentioned_in;
    const enum floe_status got = r->files->load(r->files->ctx, base, name, most_bytes, &bytes, n, resolved, why);
    if (status != NULL) *status = got == FLOE_FULL ? FLOE_BAD_INPUT : got;
    *file = reading_file(r, resolved[0] != '\0' ? resolved : name);
    if (mention.file < 0) mention = (struct mark){*file, 0, 0}; /* the user named it: its own name is the place */
    if (got == FLOE_OK && *n <= most_bytes) return bytes;
    free(bytes);
    const int is_too_large = got == FLOE_FULL || got == FLOE_OK;
    if (is_too_large) snprintf(why, sizeof why, "is larger than %zu MiB, which is the most allowed", most_bytes >> 20);
    told_of_file(r, what, name, mention,
                 is_too_large       ? "prices belong into a price book, requests into a trace"
                 : mention.line > 0 ? "names are relative to the file that mentions them"
                                    : "",
                 why);
    return NULL;
}

struct node *load_book(struct reading *r, const char *name, struct mark mention)
{
    static const struct tree_limits limits = {BOOK_BYTES_MOST, BOOK_NODES_MOST};
    size_t n;
    int32_t file;
    char *bytes = load_bytes(r, "the price book", name, mention, limits.bytes, &n, &file, NULL);
    if (bytes == NULL) return NULL;
    struct node *root = tree_read(r, bytes, n, file, limits);
    free(bytes);
    return root;
}

/* -- merging -- */

static struct node *merge_maps(struct reading *r, struct node *under, struct node *over)
{
    struct node *merged = tree_map(r, under->n + over->n, over->mark);
    if (merged == NULL) return NULL;
    for (int32_t i = 0; i < under->n; i++) {
        const struct entry *below = &under->entries[i], *above = tree_entry(over, below->key);
        if (above != NULL && tree_is_null(above->value)) continue;
        struct node *value = above == NULL ? below->value : load_merge(r, below->value, above->value);
        if (value == NULL) return NULL;
        tree_put(merged, below->key, above == NULL ? below->mark : above->mark, value);
    }
    for (int32_t i = 0; i < over->n; i++)
        if (tree_entry(under, over->entries[i].key) == NULL)
            tree_put(merged, over->entries[i].key, over->entries[i].mark, over->entries[i].value);
    return merged;
}

struct node *load_merge(struct reading *r, struct node *under, struct node *over)
{
    if (under->kind != NODE_MAP || over->kind != NODE_MAP || tree_find(over, "value") != NULL) return over;
    if (tree_is_setting(under) || tree_is_setting(over)) return over; /* one value, too */
    return merge_maps(r, under, over);
}

static struct node *without(struct reading *r, const struct node *map, const char *key)
{
    struct node *copy = tree_map(r, map->n, map->mark);
    for (int32_t i = 0; copy != NULL && i < map->n; i++)
        if (strcmp(map->entries[i].key, key) != 0)
            tree_put(copy, map->entries[i].key, map->entries[i].mark, map->entries[i].value);
    return copy;
}

/* -- templates -- */

struct chain {
    int32_t files[EXTENDS_MOST + 1];
    int32_t n;
};

/* The name without `.` and `name/..` in it: a file that extends ./itself is known again. Links are not followed. */
static void plain_name(const char *name, char out[PATH_BYTES])
{
    size_t n = 0;
    const int is_absolute = name[0] == '/';
    while (*name != '\0') {
        const size_t part = strcspn(name, "/");
        const char *slash;
        out[n] = '\0';
        if (part == 2 && strncmp(name, "..", 2) == 0 && n > 0 && strcmp(n >= 3 ? out + n - 3 : out, "../") != 0) {
            out[n - 1] = '\0';
            slash = strrchr(out, '/');
            n = slash == NULL ? 0 : (size_t)(slash - out) + 1;
        } else if (part > 0 && !(part == 1 && name[0] == '.') && n + part + 2 < PATH_BYTES) {
            memcpy(out + n, name, part);
            n += part;
            out[n++] = '/';
        } else if (part == 0 && n == 0 && is_absolute) {
            out[n++] = '/';
        }
        name += part + (name[part] == '/');
    }
    out[n] = '\0';
}

static int is_same_file(const char *a, const char *b)
{
    char plain_a[PATH_BYTES], plain_b[PATH_BYTES];
    plain_name(a, plain_a);
    plain_name(b, plain_b);
    return strcmp(plain_a, plain_b) == 0;
}

static int check_chain(struct reading *r, const struct chain *chain, int32_t file, struct mark mark)
{
    char text[MESSAGE_BYTES] = "";
    int has_cycle = 0;
    for (int32_t i = 0; i < chain->n; i++) {
        const size_t n = strlen(text);
        has_cycle |= is_same_file(reading_name(r, chain->files[i]), reading_name(r, file));
        snprintf(text + n, sizeof text - n, "%s -> ", reading_name(r, chain->files[i]));
    }
    if (has_cycle)
        return reading_error(r, mark, "extends", "leave out the `extends` of one of them",
                             "`extends` goes in a circle: %s%s", text, reading_name(r, file));
    if (chain->n > EXTENDS_MOST)
        return reading_error(r, mark, "extends", "", "more than %d templates on top of each other", EXTENDS_MOST);
    return 1;
}

static struct node *load_on_top(struct reading *r, const char *name, struct mark mention, struct chain *chain,
                                char sha256[65], enum floe_status *status);

static struct node *with_template(struct reading *r, struct node *root, struct chain *chain)
{
    const struct entry *extends = tree_entry(root, "extends");
    if (extends == NULL) return root;
    if (extends->value->kind != NODE_SCALAR || tree_is_null(extends->value)) {
        reading_error(r, extends->value->mark, "extends", "", "`extends` is the name of one file");
        return NULL;
    }
    struct node *own = without(r, root, "extends");
    struct node *under = load_on_top(r, extends->value->text, extends->value->mark, chain, NULL, NULL);
    return own == NULL || under == NULL ? NULL : load_merge(r, under, own);
}

static struct node *load_on_top(struct reading *r, const char *name, struct mark mention, struct chain *chain,
                                char sha256[65], enum floe_status *status)
{
    static const struct tree_limits limits = {SCENARIO_BYTES_MOST, SCENARIO_NODES_MOST};
    const char *what = chain->n == 0 ? "the scenario" : "the template";
    size_t n;
    int32_t file;
    char *bytes = load_bytes(r, what, name, mention, limits.bytes, &n, &file, status);
    if (bytes == NULL) return NULL;
    if (sha256 != NULL) hexadecimal_sha256(bytes, n, sha256);
    struct node *root = check_chain(r, chain, file, mention) ? tree_read(r, bytes, n, file, limits) : NULL;
    free(bytes);
    if (root == NULL) return NULL;
    if (root->kind != NODE_MAP) {
        reading_error(r, root->mark, "", "it begins with `floe: 1`", "%s is a map of keys, not a %s", what,
                      root->kind == NODE_LIST ? "list" : "single value");
        return NULL;
    }
    chain->files[chain->n++] = file;
    return with_template(r, root, chain);
}

struct node *load_scenario(struct reading *r, const char *name, char sha256[65], enum floe_status *status)
{
    struct chain chain = {{0}, 0};
    return load_on_top(r, name, NO_MARK, &chain, sha256, status);
}
