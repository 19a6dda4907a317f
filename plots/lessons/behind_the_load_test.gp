# SPDX-License-Identifier: GPL-3.0-or-later
#
# Lesson 4: what came of the calls at each step of the chain, and what the log has of it. Bars are the variant happened,
# diamonds what the story counted; the log's throttles stand before those on the wire.
#   floe run scenarios/lessons/04-the-load-test-that-lied.yaml --replications 8 --csv DIR
#   gnuplot -c plots/lessons/behind_the_load_test.gp DIR OUT
# OUT ends in .png or .svg.
dir = ARG1
out = ARG2
height = 560
load ARG0[1:strlen(ARG0) - strlen("behind_the_load_test.gp")]."style.gp"

file = dir."/steps.csv"
of(step, what) = strcol("variant") eq "happened" && strcol("window") eq "all" && column("step") == step ? column(what) : 0
array metrics[4] = ["invocations", "errors", "logged_throttles", "throttles"]
array says[4] = ["answers", "errors that are no throttle", "throttles in the log", "throttles on the wire"]
array hues[4] = [BLUE, GREY, ORANGE, RED]
array names[3] = ["1  Nova Pro", "2  Sonnet 4.6", "3  Haiku 4.5"]
array counted[12] = [14899, NaN, 1839, NaN, 2522, NaN, 1764, NaN, 1033, NaN, 1536, NaN]
array got[12]
do for [s = 1:3] {
    do for [m = 1:4] {
        stats file using (of(s, metrics[m])) nooutput
        got[4 * (s - 1) + m] = STATS_sum
    }
}

set title "412 of 412 user turns succeeded. What the three models did meanwhile\nBars: Floe, variant happened. Diamonds: what the story counted"
set xrange [0.4:3.75]
set xtics (names[1] 1.05, names[2] 2.05, names[3] 3.05) scale 0
set yrange [0:24000]
set ytics ("0" 0, "5,000" 5000, "10,000" 10000, "15,000" 15000, "20,000" 20000)
set ylabel "in the hour"
set key top right Left reverse samplen 1.5 spacing 1.2
set boxwidth 0.19
whole(n) = int(sprintf("%.0f", n))
x_of(s, m) = s + (m - 2.5) * 0.21 + 0.05
do for [s = 1:3] {
    do for [m = 1:4] {
        set label 10 * s + m thousands(whole(got[4 * (s - 1) + m])) at x_of(s, m), got[4 * (s - 1) + m] + 850 center font ",9" textcolor "#333333"
    }
}
plot for [m = 1:4] "+" using (x_of(int($0) + 1, m)):(got[4 * int($0) + m]) every ::0::2 with boxes lc rgb hues[m] title says[m], \
     "+" using (x_of(int($0) / 4 + 1, int($0) % 4 + 1)):(counted[int($0) + 1]) every ::0::11 with points pt 12 ps 1.6 lw 2 lc rgb "black" title "counted by the author"
