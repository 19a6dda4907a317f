# SPDX-License-Identifier: GPL-3.0-or-later
#
# Lesson 5: mean latency as the sum of its two parts, and the p95, with neither, one or both of the changes; on the right
# the same where the slow calls are slow in the writing.
#   floe run scenarios/lessons/05-latency-is-not-always-model-speed.yaml --replications 8 --csv DIR
#   gnuplot -c plots/lessons/what_each_fix_does.gp DIR OUT
# OUT ends in .png or .svg.
dir = ARG1
out = ARG2
height = 560
load ARG0[1:strlen(ARG0) - strlen("what_each_fix_does.gp")]."style.gp"

file = dir."/cells.csv"
array variants[7] = ["happened", "smaller_model", "in_region", "both", "slow_writing", "slow_writing_smaller_model", "slow_writing_in_region"]
array says[7] = ["as it was", "smaller model", "in region", "both", "as it was", "smaller model", "in region"]
array at[7] = [1, 2, 3, 4, 5.6, 6.6, 7.6]
of(k, what) = strcol("variant") eq variants[k] && strcol("window") eq "all" ? column(what) : 0
array ttft[7]
array mean[7]
array p95[7]
do for [k = 1:7] {
    stats file using (of(k, "latency_s.ttft_mean")) nooutput
    ttft[k] = STATS_sum
    stats file using (of(k, "latency_s.mean")) nooutput
    mean[k] = STATS_sum
    stats file using (of(k, "latency_s.p95")) nooutput
    p95[k] = STATS_sum
}
set title "Two changes that take much the same from the mean, and what each does to the p95"
set xrange [0.3:8.3]
set xtics () scale 0
set yrange [0:52]
set ytics 0, 10
set ylabel "seconds"
set key outside top center horizontal Left reverse samplen 1.5
set boxwidth 0.55
do for [k = 1:7] {
    set xtics add (says[k] at[k])
    set label 10 + k sprintf("%.1f", mean[k]) at at[k], mean[k] + 1.1 center font ",10" textcolor "#333333"
    set label 20 + k sprintf("p95 %.1f", p95[k]) at at[k], p95[k] + 1.6 center font ",10" textcolor "#000000"
}
set label 30 "the tail is in the time to first token" at 2.5, 50.5 center font ",11" textcolor "#333333"
set label 31 "the tail is in the writing" at 6.2, 50.5 center font ",11" textcolor "#333333"
set arrow 1 from 4.8, 0 to 4.8, 52 nohead lc rgb "#CCCCCC" lw 1
plot 30 with lines lc rgb "#555555" dt 2 title "SLA: p95 at most 30 s", \
     "+" using (at[int($0) + 1]):(mean[int($0) + 1]) every ::0::6 with boxes lc rgb BLUE title "generation, mean", \
     "+" using (at[int($0) + 1]):(ttft[int($0) + 1]) every ::0::6 with boxes lc rgb ORANGE title "time to first token, mean", \
     "+" using (at[int($0) + 1]):(p95[int($0) + 1]) every ::0::6 with points pt 9 ps 1.8 lc rgb RED title "p95"
