# SPDX-License-Identifier: GPL-3.0-or-later
#
# Finds functions by the project's brace style: a body opens with "{" alone at the start of a line and closes with "}"
# alone. Prints "length file:line name" for each one longer than `aim` lines, signature not counted.

FNR == 1 { begin = 0; head = "" }
/^\{[ \t]*$/ { begin = FNR; next }
/^\}[ \t]*$/ {
    if (begin && FNR - begin - 1 > aim) print FNR - begin - 1, FILENAME ":" begin, name_of(head)
    begin = 0
    next
}
!begin && /^[A-Za-z_].*\(/ { head = $0 }

function name_of(text) {
    sub(/\(.*/, "", text)
    sub(/.*[ *]/, "", text)
    return text
}
