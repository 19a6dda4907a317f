# SPDX-License-Identifier: GPL-3.0-or-later
#
# Reads what ctest printed, then its log (Testing/Temporary/LastTest.log). Prints the output of each failed program
# without its "ok" lines. Writes to the file `counts` one line "passed failed skipped", and to the file `skips` the
# tests that could not run. A program that ended badly although none of its tests failed (a leak, a crash, a time-out,
# no closing line) is one failure.

FNR == 1 { file++ }
file == 1 {
    if (match($0, /^[ \t]*[0-9]+ - [^ ]+ \(.*\)$/)) { why = $0; sub(/^[^(]*\(/, "", why); sub(/\)$/, "", why); ended[$3] = why }
    next
}
/^[0-9]+\/[0-9]+ Test: / { finish(); open = 1; name = $3; n = 0; bad = 0; closed = 0; failures = 0; inside = 0; next }
!open { next }
/^Output:$/ { inside = 1; next }
/^<end of output>$/ { inside = 0; next }
!inside { if (/^Test (Passed|Failed)\.$/) { bad = /Failed/; finish() } next }
/^[A-Za-z0-9_.-]+: [0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ {
    passed += $2; failures = $4; failed += $4; skipped += $6; closed = 1
}
/^skip  / { print >skips }
/^ok    / || /^-+$/ || /^$/ { next }
{ lines[n++] = $0 }
END { finish(); print passed + 0, failed + 0, skipped + 0 >counts }

function finish() {
    if (!open) return
    open = 0
    if (!closed) bad = 1
    if (!bad) return
    print "---- " name
    for (i = 0; i < n; i++) print lines[i]
    if (failures > 0) return
    failed++
    how = (name in ended) ? " (" ended[name] ")" : ""
    print (closed ? "the program ended with an error although none of its tests failed" : "the program ended without its closing line") how
}
