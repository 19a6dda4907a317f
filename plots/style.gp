# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the figures share. The caller has set dir, out, the array key_files, key_from (the first column of a key) and,
# where the usual one is not enough, height (pixels); the end of out picks the terminal.
# Texts are shown as they are (noenhanced: a route called a_b has no index). Colours: Okabe and Ito's set, which
# colour-blind readers can tell apart, without its yellow, which is faint on white; the second seven are their tints,
# and get dashes as lines, hatching as bars.
if (!exists("height")) height = 750
is_svg = strlen(out) > 4 && out[strlen(out)-3:] eq ".svg"
if (is_svg) {
    set terminal svg size 1200,height noenhanced font "DejaVu Sans,13" background "white"
} else {
    set terminal pngcairo size 1200,height noenhanced font "DejaVu Sans,11" background "white"
}
set output out
set encoding utf8

array colours[14] = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#555555", \
                     "#7FB8D8", "#F2CF80", "#80CEB9", "#EAAE80", "#AAD9F4", "#E5BCD3", "#AAAAAA"]
colour(i) = colours[(i - 1) % 14 + 1]
dash_of(i) = 1 + (i - 1) / 7
HUES = 7
hatch_of(i) = 4 + i % 4

set border 3 lc "#888888"
set tics nomirror textcolor "#333333"
set grid ytics lc "#DDDDDD" lw 1 dt 1
set key at graph 1.015, graph 1.0 left top Left reverse noautotitle samplen 1.5 spacing 1.15
key_small = 'set key font ",9" spacing 0.95'
key_large = 'set key font ",11" spacing 1.15'

# Three rows of text; a tab as separator, so that a comma in the title does not end it.
title_text = ""
how_text = ""
set datafile separator "\t"
set datafile columnheaders
stats dir."/plot_title.csv" using (title_text = strcol(1), 1) every ::0::0 nooutput
stats dir."/plot_title.csv" using (how_text = strcol(1), 1) every ::1::1 nooutput
whose = "workload"
stats dir."/plot_title.csv" using (whose = strcol(1), 1) every ::2::2 nooutput
page_title = strlen(title_text) ? title_text."\n".how_text : how_text
set datafile separator comma

# Room for the key: the characters of the longest name in the header lines of key_files, from column key_from on.
set datafile nocolumnheaders
longest = 0
do for [k = 1:|key_files|] {
    stats key_files[k] using 0 every ::0::0 nooutput
    do for [c = key_from:STATS_columns] {
        stats key_files[k] using (longest = strlen(strcol(c)) > longest ? strlen(strcol(c)) : longest, 1) every ::0::0 nooutput
    }
}
set datafile columnheaders
key_margin = 8 + longest

# Tick formats for values up to `most`.
count_format(most) = most >= 1e6 ? "%.1s%c" : most >= 10 ? "%.0f" : "%g"
usd_format(most) = most >= 1e6 ? "$%.1s%c" : most >= 10 ? "$%.0f" : "$%g"
