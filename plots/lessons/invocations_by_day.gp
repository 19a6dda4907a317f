# SPDX-License-Identifier: GPL-3.0-or-later
#
# Lesson 1: what the provider sees per day, a panel per hypothesis. The switch day is the same bar in three of the four;
# the days around it are not. The four days from the one before the switch on have their counts.
#   floe run scenarios/lessons/01-the-173-dollar-run.yaml --csv DIR
#   gnuplot -c plots/lessons/invocations_by_day.gp DIR OUT
# OUT ends in .png or .svg.
dir = ARG1
out = ARG2
height = 900
load ARG0[1:strlen(ARG0) - strlen("invocations_by_day.gp")]."style.gp"

DAY_S = 86400
day_of(start) = strptime("%Y-%m-%d", start) / DAY_S
first_day = day_of("2026-03-08")
switch_day = day_of("2026-03-18")
last_day = day_of("2026-04-05")
is_of(variant, day) = strcol("variant") eq variant && day >= first_day && day <= last_day
# One bar per day: the sum over its clock hours. Days of another colour are 0 high.
counted(variant, from, to) = is_of(variant, day_of(strcol("start"))) && day_of(strcol("start")) >= from && \
    day_of(strcol("start")) <= to ? column("invocations") : 0
x_of(start) = day_of(start) < first_day || day_of(start) > last_day ? NaN : day_of(start)

array names[4] = ["remembered", "never_cached", "litellm_as_shipped", "repeats_within_day"]
array says[4] = ["kept for 48 h after the last read, 338 new prompts a day", \
                 "the new model's answers are not stored", \
                 "kept for 24 h after the write, one run a day", \
                 "355 prompts, each asked 19.7 times a day, kept for 24 h after the write"]

set boxwidth 0.8
set yrange [0:8600]
set ytics ("0" 0, "2,000" 2000, "4,000" 4000, "6,000" 6000, "8,000" 8000)
set xrange [first_day - 0.7:last_day + 0.7]
set xtics () scale 0
do for [at = first_day + 3:last_day:7] {
    set xtics add (strftime("%d %b", at * DAY_S) at)
}
set lmargin 8
set rmargin 3
set tmargin 3
set bmargin 2
set multiplot layout 4,1 title "What the provider sees per day: one bill on the switch day, several causes" font ",13"
do for [k = 1:4] {
    unset label
    set label 100 names[k].": ".says[k] at graph 0, graph 1.12 left font ",11"
    do for [d = -1:2] {
        stats dir."/hours.csv" using (counted(names[k], switch_day + d, switch_day + d)) nooutput
        set label 10 + d thousands(STATS_sum + 0.5) at switch_day + d, STATS_sum + 550 center font ",8" textcolor "#333333"
    }
    plot dir."/hours.csv" using (x_of(strcol("start"))):(counted(names[k], first_day, last_day)) smooth frequency with boxes lc rgb BLUE notitle, \
         "" using (x_of(strcol("start"))):(counted(names[k], switch_day, switch_day)) smooth frequency with boxes lc rgb RED notitle
}
unset multiplot
