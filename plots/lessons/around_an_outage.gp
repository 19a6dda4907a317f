# SPDX-License-Identifier: GPL-3.0-or-later
#
# Lesson 7: answers and requests over the wire in the minutes around a provider's outage of one minute, by what the
# client does. The bottom panel has a logarithmic scale.
#   floe run scenarios/lessons/07-minute-by-minute.yaml --csv DIR
#   gnuplot -c plots/lessons/around_an_outage.gp DIR OUT
# OUT ends in .png or .svg.
dir = ARG1
out = ARG2
height = 850
load ARG0[1:strlen(ARG0) - strlen("around_an_outage.gp")]."style.gp"

file = dir."/cells.csv"
OUTAGE_MINUTE = 10
# minutes from the outage's start to the middle of a window: of 2026-03-16T10:05:00Z -4.5
at(start) = strptime("%M", start[15:16]) / 60 - OUTAGE_MINUTE + 0.5
is_minute(window) = window[1:1] eq "m"
of(variant, metric) = strcol("variant") eq variant && is_minute(strcol("window")) ? column(metric) : NaN

array variants[5] = ["layers_free", "one_attempt", "budget", "sdk_alone", "layers"]
array says[5] = ["SDK and agent loop, rejections free: up to 30 attempts", \
                 "one attempt", \
                 "SDK and agent loop, a retry budget in the SDK", \
                 "SDK: up to 5 attempts", \
                 "SDK and agent loop: up to 30 attempts"]
hue(k) = k == 1 ? 0x56B4E9 : k == 2 ? 0x555555 : k == 3 ? GREEN : k == 4 ? ORANGE : RED
dashes(k) = k == 3 ? 2 : 1
marks(k) = k == 1 ? 13 : k == 2 ? 7 : k == 3 ? 6 : k == 4 ? 9 : 5
QUOTA = 1000 # per minute

set xrange [-5:25]
set xtics -5, 5, 25
set lmargin 11
set rmargin 3
set object 1 rectangle from 0, graph 0 to 1, graph 1 fc rgb 0xEEEEEE fs solid noborder behind
set arrow 1 from -5, QUOTA to 25, QUOTA nohead lc rgb "#888888" dt 3
set multiplot layout 2, 1 title "A minute's outage at 80 % of a quota of 1,000 requests a minute\nThrottled requests count against the quota; in the light blue run they are free" font ",13"
set tmargin 1.5
set bmargin 2
set yrange [0:1150]
set ytics ("0" 0, "200" 200, "400" 400, "600" 600, "800" 800, "1,000" 1000)
set ylabel "answers per minute"
set key at graph 0.99, graph 0.62 right top Left reverse samplen 2 spacing 1.25
set label 1 "outage" at 0.5, 1090 center textcolor "#555555"
set label 2 "quota" at 24.8, 1050 right textcolor "#555555"
plot for [k = 1:5] file using (at(strcol("start"))):(of(variants[k], "invocations")) with linespoints lw (k == 2 ? 4 : 2) dt dashes(k) pt marks(k) ps 0.7 lc rgb hue(k) title says[k]
unset key
unset label
set bmargin 4
set logscale y
set yrange [500:40000]
set ytics ("500" 500, "1,000" 1000, "2,000" 2000, "5,000" 5000, "10,000" 10000, "20,000" 20000)
set ylabel "requests over the wire per minute"
set xlabel "minutes from the start of the outage"
set label 2 "quota" at 24.8, 1130 right textcolor "#555555"
plot for [k = 1:5] file using (at(strcol("start"))):(of(variants[k], "attempts")) with linespoints lw (k == 2 ? 4 : 2) dt dashes(k) pt marks(k) ps 0.7 lc rgb hue(k) notitle
unset multiplot
