# SPDX-License-Identifier: GPL-3.0-or-later
#
# Prints each line of C as file:line:code, with comments left out and the text inside quotes emptied, so that a word in
# a comment or a message is no finding. Include lines keep their file name.

FNR == 1 { inside = 0 }
{
    rest = $0
    code = ""
    if (!inside && rest ~ /^[ \t]*#[ \t]*include/) { print FILENAME ":" FNR ":" rest; next }
    while (rest != "") {
        if (inside) {
            at = index(rest, "*/")
            if (!at) break
            inside = 0
            rest = substr(rest, at + 2)
        } else if (match(rest, /\/\*|\/\/|"|'/)) {
            mark = substr(rest, RSTART, RLENGTH)
            code = code substr(rest, 1, RSTART - 1)
            rest = substr(rest, RSTART + RLENGTH)
            if (mark == "//") break
            if (mark == "/*") { inside = 1; code = code " "; continue }
            code = code mark mark
            rest = after_quote(rest, mark)
        } else {
            code = code rest
            break
        }
    }
    if (code ~ /[^ \t]/) print FILENAME ":" FNR ":" code
}

function after_quote(text, mark,   at, c) {
    for (at = 1; at <= length(text); at++) {
        c = substr(text, at, 1)
        if (c == "\\") at++
        else if (c == mark) return substr(text, at + 1)
    }
    return ""
}
