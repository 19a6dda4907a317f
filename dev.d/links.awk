# SPDX-License-Identifier: GPL-3.0-or-later
#
# Prints file:line<TAB>path for each file of this project that a Markdown page names: the target of a relative link,
# taken from the page's folder, and a path such as `sim/base.h` in back quotes, taken from the root. Patterns and
# placeholders (NN, <file>, *, {}) are no names, and a fenced example is no promise.

FNR == 1 { fenced = 0; folder = FILENAME; if (!sub(/\/[^\/]*$/, "", folder)) folder = "." }
/^[ \t]*```/ { fenced = !fenced; next }
fenced { next }
{
    rest = $0
    while (match(rest, /\]\([^)]+\)/)) {
        target = substr(rest, RSTART + 2, RLENGTH - 3)
        rest = substr(rest, RSTART + RLENGTH)
        sub(/[ \t].*/, "", target)
        sub(/#.*/, "", target)
        if (target != "" && target !~ /^[a-z]+:/) print FILENAME ":" FNR "\t" (target ~ /^\// ? "." target : folder "/" target)
    }
    rest = $0
    while (match(rest, /`(sim|models|cuda|scenarios|plots|cli|tests|docs|cmake|dev\.d)\/[A-Za-z0-9_.\/-]+\.[a-z]+`/)) {
        target = substr(rest, RSTART + 1, RLENGTH - 2)
        rest = substr(rest, RSTART + RLENGTH)
        if (target !~ /(^|[^A-Za-z])(NN|X)([^A-Za-z]|$)/) print FILENAME ":" FNR "\t" target
    }
}
