# SPDX-License-Identifier: GPL-3.0-or-later
#
# The first event where two files of `floe run --trace-events` differ: one on standard input, the other's name in the
# variable DIFFER_OTHER; DIFFER_A and DIFFER_B say what they are. Prints the events before it, both events, and in what they differ.
# Ends with 0: the same; 1: they differ; 2: these are no such files.

BEGIN {
    before_most = 3
    other = ENVIRON["DIFFER_OTHER"] # -v would read a backslash in a name as an escape
    if ((getline head_a) <= 0 || (getline head_b <other) <= 0 || head_a !~ /(^|,)event,/ || head_b !~ /(^|,)event,/) {
        print "These are no files of floe run --trace-events: they begin with the names of the columns." >"/dev/stderr"
        exit code = 2
    }
    if (head_a != head_b) {
        print "The files have other columns:\n  A  " head_a "\n  B  " head_b
        exit code = 1
    }
    n_columns = split(head_a, column, ",")
    while (1) {
        has_a = (getline a) > 0
        has_b = (getline b <other) > 0
        if (!has_a && !has_b) break
        line++
        if (!has_a || !has_b || (a "") != (b "")) {
            show_difference()
            exit code = 1
        }
        before[line % before_most] = a
    }
    print "the same: " line + 0 " events"
    exit code = 0
}

# A CSV line into cells[1 ..]: fields in quotes may hold commas, and quotes twice.
function cut(text, cells,    n, cell) {
    n = 0
    while (1) {
        if (substr(text, 1, 1) == "\"") {
            cell = ""
            text = substr(text, 2)
            while (match(text, /"/)) {
                cell = cell substr(text, 1, RSTART - 1)
                text = substr(text, RSTART + 1)
                if (substr(text, 1, 1) != "\"") break
                cell = cell "\""
                text = substr(text, 2)
            }
        } else {
            match(text, /^[^,]*/)
            cell = substr(text, 1, RLENGTH)
            text = substr(text, RLENGTH + 1)
        }
        cells[++n] = cell
        if (substr(text, 1, 1) != ",") return n
        text = substr(text, 2)
    }
}

function show(mark, text,    cells) {
    cut(text, cells)
    printf "%-2s %9s  %20s  %-10s  %-16s %8s %9s %9s  %s\n", mark, of(cells, "event"), of(cells, "at_s"),
        of(cells, "kind"), of(cells, "workload"), of(cells, "task"), of(cells, "input_tok"), of(cells, "output_tok"),
        of(cells, "fingerprint")
}

function of(cells, name,    i) {
    for (i = 1; i <= n_columns; i++)
        if (column[i] == name) return cells[i]
    return ""
}

function show_difference(    i, first, cells) {
    cut(has_a ? a : b, cells)
    printf "the first difference: event %s of replication %s, route %s (line %d)\n", of(cells, "event"),
        of(cells, "replication"), of(cells, "route"), line + 1
    print "  A  " ENVIRON["DIFFER_A"] "\n  B  " ENVIRON["DIFFER_B"] "\n"
    printf "%-2s %9s  %20s  %-10s  %-16s %8s %9s %9s  %s\n", "", "event", "at_s", "kind", "workload", "task",
        "input_tok", "output_tok", "fingerprint"
    first = line > before_most ? line - before_most : 1
    for (i = first; i < line; i++) show("=", before[i % before_most])
    if (has_a) show("A", a)
    if (has_b) show("B", b)
    print ""
    if (!has_a || !has_b) print "  " (has_a ? "B" : "A") " ends here, after " line - 1 " events"
    else show_columns()
}

function show_columns(    i, a_cells, b_cells, n, only) {
    cut(a, a_cells)
    cut(b, b_cells)
    for (i = 1; i <= n_columns; i++) {
        if ((a_cells[i] "") == (b_cells[i] "") || column[i] == "at_s") continue
        n++
        only = column[i]
        if (column[i] == "fingerprint") continue
        printf "  %s: %s in A, %s in B%s\n", column[i], word(a_cells[i]), word(b_cells[i]),
            column[i] == "at_ns" ? later(a_cells[i], b_cells[i]) : ""
    }
    if (n == 1 && only == "fingerprint")
        print "  only the fingerprint: the event is the same, but what was hashed before it, or how, is not"
}

function word(cell) {
    return cell == "" ? "nothing" : cell
}

# The nanoseconds between two instants, exactly: seconds and the rest apart, for a double holds only 2^53.
function later(x, y,    s, ns) {
    s = seconds(y) - seconds(x)
    ns = substr(y, length(y) - 8) - substr(x, length(x) - 8)
    if (s > 1000000 || s < -1000000) return sprintf(" (%d s apart)", s < 0 ? -s : s)
    ns += s * 1000000000
    return sprintf(" (B is %.0f ns %s)", ns < 0 ? -ns : ns, ns < 0 ? "earlier" : "later")
}

function seconds(ns) {
    return length(ns) > 9 ? substr(ns, 1, length(ns) - 9) + 0 : 0
}
