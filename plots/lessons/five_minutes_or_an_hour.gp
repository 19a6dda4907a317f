# SPDX-License-Identifier: GPL-3.0-or-later
#
# Lesson 3: what a cached prefix costs against a prefix that is plain input, over the mean gap between calls at random.
# Points are computed by Floe, lines are the closed form r + (w - r) e^(-T / gap).
#   floe run scenarios/lessons/03-five-minutes-or-an-hour.yaml --engine hourly --csv DIR
#   gnuplot -c plots/lessons/five_minutes_or_an_hour.gp DIR OUT
# OUT ends in .png or .svg.
dir = ARG1
out = ARG2
height = 650
load ARG0[1:strlen(ARG0) - strlen("five_minutes_or_an_hour.gp")]."style.gp"

uncached_usd = 0.3 # per call, 100,000 tokens at 3 usd/Mtok
closed(w, ttl, gap) = 0.1 + (w - 0.1) * exp(-ttl / gap)
# gap_10min to 600
ends(name, unit) = name[strlen(name) - strlen(unit) + 1:] eq unit
number(name, unit) = real(name[5:strlen(name) - strlen(unit)])
gap(name) = ends(name, "min") ? 60 * number(name, "min") : ends(name, "h") ? 3600 * number(name, "h") : number(name, "s")

set title "What a cached prefix costs, against one that is plain input\nSonnet 4.6, calls at random, lag 0. Points: Floe, hourly engine. Lines: r + (w - r) e^(-T / gap)"
set logscale x
set xlabel "mean gap between two calls"
set xtics ("10 s" 10, "30 s" 30, "1 min" 60, "2 min" 120, "5 min" 300, "10 min" 600, "20 min" 1200, "30 min" 1800, "1 h" 3600, "2 h" 7200)
set xrange [8:9000]
set ylabel "cost, as a multiple of plain input"
set yrange [0:1.6]
set grid xtics ytics lc "#DDDDDD" lw 1 dt 1
set key top left Left reverse spacing 1.2
set samples 400
cost(route) = strcol("route") eq route ? column("lcpr_usd") / uncached_usd : NaN
plot 1 with lines lc rgb "#555555" dt 2 title "not cached", \
     closed(1.25, 300, x) with lines lw 1.5 lc rgb BLUE notitle, \
     closed(2.0, 3600, x) with lines lw 1.5 lc rgb RED notitle, \
     dir."/cells.csv" using (gap(strcol("workload"))):(cost("5min")) with points pt 7 ps 1.4 lc rgb BLUE title "5 min, written at 1.25", \
     dir."/cells.csv" using (gap(strcol("workload"))):(cost("1h")) with points pt 5 ps 1.4 lc rgb RED title "1 h, written at 2.0"
