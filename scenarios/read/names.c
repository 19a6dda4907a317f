/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/names.h"

#include <stdio.h>
#include <string.h>

#include "models/param.h"
#include "scenarios/read/wording.h"

#define LETTERS_MOST 63

static int slips_allowed(size_t n)
{
    return (int)(n + 1) / 3;
}

static char folded(char c)
{
    if (c >= 'A' && c <= 'Z') return (char)(c + ('a' - 'A'));
    return c == '-' ? '_' : c;
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* The distance of two texts of at most LETTERS_MOST bytes, row by row of the usual table; three rows are kept. */
static int slips_between(const char *a, size_t n_a, const char *b, size_t n_b)
{
    int rows[3][LETTERS_MOST + 1];
    for (size_t j = 0; j <= n_b; j++)
        rows[0][j] = (int)j;
    for (size_t i = 1; i <= n_a; i++) {
        int *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
        row[0] = (int)i;
        for (size_t j = 1; j <= n_b; j++) {
            const int differs = folded(a[i - 1]) != folded(b[j - 1]);
            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + differs);
            if (i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) && folded(a[i - 2]) == folded(b[j - 1]))
                row[j] = least(row[j], above2[j - 2] + 1);
        }
    }
    return rows[n_a % 3][n_b];
}

/* Of two names of any length; -1: one is too long to be looked at, or they are further apart than `most`. */
static int slips_at_most(const char *a, const char *b, int most)
{
    const size_t n_a = strlen(a), n_b = strlen(b), apart = n_a > n_b ? n_a - n_b : n_b - n_a;
    if (n_a > LETTERS_MOST || n_b > LETTERS_MOST || (int)apart > most) return -1;
    const int slips = slips_between(a, n_a, b, n_b);
    return slips > most || slips >= (int)n_b ? -1 : slips;
}

struct nearest nearest_begin(const char *wanted)
{
    return (struct nearest){wanted, NULL, slips_allowed(strlen(wanted)) + 1};
}

void nearest_consider(struct nearest *nearest, const char *candidate)
{
    const int slips = slips_at_most(nearest->wanted, candidate, nearest->slips - 1);
    if (slips < 0) return;
    nearest->slips = slips;
    nearest->best = candidate;
}

/* -- names made of parts -- */

/* By thousands the kinds, best first; below them letters too many or slips. Three slips are far. */
enum { RANK_CONTAINS = 0, RANK_NEAR = 1000, RANK_CONTAINED = 2000, RANK_FAR = 3000, RANK_NONE = 4000 };
#define SLIPS_NEAR 2

static int kind_of(int rank)
{
    return rank - rank % RANK_NEAR;
}

static int is_separator(char c)
{
    return c != '\0' && strchr("-_/.:@", c) != NULL;
}

static int same_letter(char a, char b)
{
    return folded(a) == folded(b) || (is_separator(a) && is_separator(b));
}

/* Does the name hold these parts, from a separator or its begin to a separator or its end? */
static int has_parts(const char *name, const char *parts)
{
    const size_t n_name = strlen(name), n = strlen(parts);
    for (size_t at = 0; n > 0 && at + n <= n_name; at++) {
        size_t same = 0;
        if (at > 0 && !is_separator(name[at - 1])) continue;
        if (name[at + n] != '\0' && !is_separator(name[at + n])) continue;
        while (same < n && same_letter(name[at + same], parts[same]))
            same++;
        if (same == n) return 1;
    }
    return 0;
}

/* openai/gpt-5.4 where the candidate is gpt-5.4. */
static int is_behind_provider(const char *wanted, const char *candidate)
{
    const size_t n_wanted = strlen(wanted), n = strlen(candidate);
    if (n_wanted <= n || strcmp(wanted + n_wanted - n, candidate) != 0) return 0;
    return strchr("/.", wanted[n_wanted - n - 1]) != NULL;
}

static int rank_of(const char *wanted, const char *candidate)
{
    const int n_wanted = (int)strlen(wanted), n = (int)strlen(candidate);
    if (n_wanted == 0 || n_wanted >= NAME_BYTES || n >= NAME_BYTES) return RANK_NONE;
    if (has_parts(candidate, wanted)) return RANK_CONTAINS + n - n_wanted;
    if (is_behind_provider(wanted, candidate)) return RANK_CONTAINS + n_wanted - n;
    const int slips = slips_at_most(wanted, candidate, slips_allowed((size_t)n_wanted));
    if (slips >= 0 && slips <= SLIPS_NEAR) return RANK_NEAR + slips;
    if (3 * n >= n_wanted && has_parts(wanted, candidate)) return RANK_CONTAINED + n_wanted - n;
    return slips >= 0 ? RANK_FAR + slips : RANK_NONE;
}

/* May a name of this rank stand beside the best one? Of those with slips only those with as many. */
static int is_as_good(int rank, int best)
{
    const int has_slips = kind_of(best) == RANK_NEAR || kind_of(best) == RANK_FAR;
    return has_slips ? rank == best : kind_of(rank) == kind_of(best);
}

struct suggestions suggestions_begin(const char *wanted)
{
    return (struct suggestions){.wanted = wanted};
}

void suggestions_consider(struct suggestions *s, const char *candidate)
{
    const int rank = rank_of(s->wanted, candidate);
    int at = s->n;
    if (rank == RANK_NONE) return;
    for (int i = 0; i < s->n; i++)
        if (strcmp(s->items[i], candidate) == 0) return;
    if (s->n > 0 && !is_as_good(rank, s->ranks[0])) {
        if (rank > s->ranks[0]) return;
        at = s->n = 0;
    }
    while (at > 0 && s->ranks[at - 1] > rank)
        at--;
    if (at == SUGGESTIONS_MOST) return;
    if (s->n < SUGGESTIONS_MOST) s->n++;
    for (int i = s->n - 1; i > at; i--) {
        s->items[i] = s->items[i - 1];
        s->ranks[i] = s->ranks[i - 1];
    }
    s->items[at] = candidate;
    s->ranks[at] = rank;
}

int suggestions_text(const struct suggestions *s, char *out, size_t most)
{
    size_t n = 0;
    out[0] = '\0';
    for (int i = 0; i < s->n && n < most; i++)
        n += (size_t)snprintf(out + n, most - n, "%s'%s'",
                              i == 0         ? "did you mean "
                              : i + 1 < s->n ? ", "
                                             : " or ",
                              s->items[i]);
    if (s->n > 0 && n < most) snprintf(out + n, most - n, "?");
    return s->n;
}

static int has_line_end(const char *name)
{
    return strpbrk(name, "\n\r\t") != NULL;
}

int name_check(const char *name, enum name_kind kind, struct fault *fault)
{
    char shown[64];
    const size_t n = strlen(name);
    wording_excerpt(name, shown, sizeof shown);
    if (n >= NAME_BYTES)
        return fault_what(fault, "the name '%s' has %zu bytes; allowed: at most %d", shown, n, NAME_BYTES - 1);
    if (has_line_end(name) || name[0] == ' ' || (n > 0 && name[n - 1] == ' '))
        return fault_what(fault, "the name '%s' begins or ends with a space, or is more than one line", shown);
    if (kind == NAME_OF_MODEL) return 1;
    if (strpbrk(name, "/:@*") != NULL) {
        fault_what(fault, "the name '%s' holds one of / : @ *", shown);
        return fault_hint(fault,
                          "these have a meaning of their own, as in workload/route; use letters, digits, - and _");
    }
    if (kind == NAME_OF_WINDOW && strcmp(name, "all") == 0)
        return fault_what(fault, "no window may be named 'all': that is the whole measured span");
    return 1;
}
