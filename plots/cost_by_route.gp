# SPDX-License-Identifier: GPL-3.0-or-later
#
# What each route costs over the whole run, and what for: one bar per variant and workload on a route, stacked by
# token class.
#   gnuplot -c plots/cost_by_route.gp DIR OUT
# DIR holds plot_bill.csv and plot_title.csv (floe run --csv DIR); OUT ends in .png or .svg.
#
# Bars lie, so that long names stand beside them. Up to BARS_MOST are drawn, and the title says so if there are more.
dir = ARG1
out = ARG2
bill = dir."/plot_bill.csv"
array key_files[1] = [bill]
key_from = 3

# Many bars make a taller page, and the axis ends at what is drawn.
BARS_MOST = 30
set datafile separator comma
set datafile columnheaders
stats bill using 2 nooutput
n_bars = exists("STATS_records") ? STATS_records : 0
height = 750 + (n_bars > BARS_MOST ? BARS_MOST - 20 : n_bars > 20 ? n_bars - 20 : 0) * 24
load ARG0[:strlen(ARG0) - strlen("cost_by_route.gp")]."style.gp"

if (n_bars == 0) {
    print "cost_by_route.gp: ".bill." has no cells"
    exit status 1
}
shown = n_bars > BARS_MOST ? BARS_MOST : n_bars
stats bill using 2 every ::0::shown - 1 nooutput
n_parts = STATS_columns - 2
most = STATS_max
some = n_bars > BARS_MOST ? sprintf(" (the first %d of %d)", BARS_MOST, n_bars) : ""

longest_name = 0
stats bill using (longest_name = strlen(strcol(1)) > longest_name ? strlen(strcol(1)) : longest_name, 1) every ::0::shown - 1 nooutput

# The total at the end of a bar, with the digits that its size asks for; what is not zero does not read as zero.
usd(x) = x == 0 ? "$0" : x >= 1e6 ? sprintf("$%.2fM", x / 1e6) : x >= 1e4 ? sprintf("$%.1fk", x / 1e3) : x >= 1 ? sprintf("$%.2f", x) : sprintf("$%.3g", x)
below(i) = i == 1 ? 0 : sum [j = 3:i + 1] column(j)
upto(i) = sum [j = 3:i + 2] column(j)

set title page_title."\n\nCost of the whole run, by token class".some font ",13"
set tmargin 6
set bmargin 4
set lmargin 4 + longest_name * 0.95
set rmargin key_margin
set grid noytics xtics lc "#DDDDDD" lw 1 dt 1
set xlabel "US dollars"
set format x usd_format(most)
set xrange [0:most > 0 ? most * 1.12 : 1]
# First bar on top; a few bars do not swell to fill the page.
room = shown < 6 ? (6 - shown) / 2.0 : 0
set yrange [shown - 0.5 + room:-0.5 - room]
set ytics scale 0
half = 0.34
plot for [i = 1:n_parts] bill every ::0::shown - 1 using ((below(i) + upto(i)) / 2):(column(0)):(below(i)):(upto(i)):(column(0) - half):(column(0) + half):ytic(1) \
        with boxxyerror fill solid 1.0 noborder lc rgb colour(i) title columnheader(i + 2), \
     bill every ::0::shown - 1 using 2:(column(0)):(" ".usd(column(2))) with labels left notitle
