# SPDX-License-Identifier: GPL-3.0-or-later
#
# Lesson 6: the share of tasks that succeed over the calls that a task makes, with the same 99.9 % of calls served as
# errors of single calls and as outages. Points are simulated, with their 95 % intervals; lines are closed forms.
#   floe run scenarios/lessons/06-three-nines-at-the-wrong-boundary.yaml --csv DIR
#   gnuplot -c plots/lessons/three_nines.gp DIR OUT
# OUT ends in .png or .svg.
dir = ARG1
out = ARG2
height = 650
load ARG0[1:strlen(ARG0) - strlen("three_nines.gp")]."style.gp"

served = 0.999
file = dir."/cells.csv"
# calls_20 to 20; others have no place on the axis
calls(name) = name[1:6] eq "calls_" ? real(name[7:]) : NaN
percent(route) = strcol("route") eq route ? 100 * (1 - column("failed") / column("tasks")) : NaN
half(unused) = 100 * column("failed_half_95") / column("tasks")

set title "One share of calls served, 99.9 %, and the tasks that succeed\nPoints: Floe, events engine, with 95 % intervals. Lines: closed forms"
set xlabel "calls that a task makes, all of them needed"
set xrange [0:84]
set xtics ("1" 1, "8" 8, "12" 12, "15" 15, "20" 20, "40" 40, "80" 80)
set ylabel "tasks that succeed"
set yrange [91.5:100.8]
set ytics 92, 1 format "%.0f %%"
set key bottom left Left reverse spacing 1.3
set grid xtics ytics lc "#DDDDDD" lw 1 dt 1
set label 1 "0.999^20 = 98.0 %" at 22.5, 98.15 left textcolor rgb RED
set label 2 "0.999^80 = 92.3 %" at 78.5, 92.05 right textcolor rgb RED
set samples 200
plot 100 * (1 - (1 - served) ** 2) ** x with lines lw 1.5 lc rgb GREEN notitle, \
     100 * served with lines lw 1.5 lc rgb BLUE notitle, \
     100 * served ** x with lines lw 1.5 lc rgb RED notitle, \
     file using (calls(strcol("workload"))):(percent("errors_retry")):(half(0)) with yerrorbars pt 9 ps 1.4 lc rgb GREEN title "one call in a thousand fails, and is tried once more: (1 - 0.001^2)^n", \
     "" using (calls(strcol("workload"))):(percent("outages")):(half(0)) with yerrorbars pt 5 ps 1.2 lc rgb BLUE title "outages of 43 minutes, one in 30 days: 99.9 %, whatever n is", \
     "" using (calls(strcol("workload"))):(percent("errors")):(half(0)) with yerrorbars pt 7 ps 1.2 lc rgb RED title "one call in a thousand fails: 0.999^n"
