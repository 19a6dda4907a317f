# SPDX-License-Identifier: GPL-3.0-or-later
#
# Why a bill changed: from side A's value, part by part, to side B's.
#   gnuplot -c plots/waterfall.gp DIR OUT
# DIR holds plot_waterfall.csv and plot_title.csv (floe diff --out DIR); OUT ends in .png or .svg.
#
# Bars lie, so that long names stand beside them. Orange adds, blue takes away, grey is a side's value. A part that is
# too small to see still has its row, its line and its label.
dir = ARG1
out = ARG2
table = dir."/plot_waterfall.csv"
array key_files[1] = [table]
key_from = 6

set datafile separator comma
set datafile columnheaders
stats table using 3 nooutput
n_bars = exists("STATS_records") ? STATS_records : 0
height = 330 + n_bars * 44
load ARG0[:strlen(ARG0) - strlen("waterfall.gp")]."style.gp"

if (n_bars == 0) {
    print "waterfall.gp: ".table." has no bars"
    exit status 1
}
stats table using 3 nooutput
least = STATS_min
most = STATS_max
stats table using 4 nooutput
least = STATS_min < least ? STATS_min : least
most = STATS_max > most ? STATS_max : most
least = least > 0 ? 0 : least
most = most < 0 ? 0 : most
wide = most > least ? most - least : 1

longest_name = 0
stats table using (longest_name = strlen(strcol(1)) > longest_name ? strlen(strcol(1)) : longest_name, 1) nooutput

hue(kind) = kind > 0 ? 0xD55E00 : kind < 0 ? 0x0072B2 : 0x777777
set title page_title font ",13"
set tmargin 4
set bmargin 4
set lmargin 4 + longest_name * 0.95
set rmargin 4
unset key
set grid noytics xtics lc "#DDDDDD" lw 1 dt 1
set xlabel "US dollars"
set format x usd_format(most)
set xrange [least - (least < 0 ? 0.14 : 0) * wide:most + 0.14 * wide]
set yrange [n_bars - 0.4:-0.6]
set ytics scale 0
set yzeroaxis lt 1 lc "#888888" lw 1
half = 0.34
right(from, to) = from > to ? from : to
left(from, to) = from < to ? from : to
# The value reached is carried down to the next bar as a thin line.
plot table using 4:(column(0) + half):(0):(column(0) + 1 < n_bars ? 1 - 2 * half : 0) with vectors nohead lc "#888888" lw 1 notitle, \
     table using ((column(3) + column(4)) / 2):(column(0)):(left(column(3), column(4)) - 0.001 * wide):(right(column(3), column(4)) + 0.001 * wide):(column(0) - half):(column(0) + half):(hue(column(2))):ytic(1) \
        with boxxyerror fill solid 1.0 noborder lc rgb variable notitle, \
     table using (right(column(3), column(4))):(column(0)):(" ".strcol(5)) with labels left offset 0.4,0 notitle
