/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scenarios/read/names.h"

#include <string.h>

#include "models/param.h"
#include "scenarios/read/wording.h"

#define LETTERS_MOST 63

static int slips_allowed(size_t n)
{
    return (int)(n + 2) / 3;
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

struct nearest nearest_begin(const char *wanted)
{
    return (struct nearest){wanted, NULL, slips_allowed(strlen(wanted)) + 1};
}

void nearest_consider(struct nearest *nearest, const char *candidate)
{
    const size_t n_wanted = strlen(nearest->wanted), n = strlen(candidate);
    const size_t apart = n > n_wanted ? n - n_wanted : n_wanted - n;
    if (n_wanted > LETTERS_MOST || n > LETTERS_MOST || (int)apart >= nearest->slips) return;
    const int slips = slips_between(nearest->wanted, n_wanted, candidate, n);
    if (slips >= nearest->slips || slips >= (int)n) return;
    nearest->slips = slips;
    nearest->best = candidate;
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
