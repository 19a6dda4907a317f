# SPDX-License-Identifier: GPL-3.0-or-later
#
# Lesson 2, the morning that repeats: what the provider sees of the matching workload per hour of the switch day without
# a grace window and with three of them, and the stale answers that each serves.
#   floe run scenarios/lessons/02-a-morning-that-repeats.yaml --csv DIR
#   gnuplot -c plots/lessons/grace_windows.gp DIR OUT
# OUT ends in .png or .svg.
dir = ARG1
out = ARG2
height = 520
load ARG0[1:strlen(ARG0) - strlen("grace_windows.gp")]."style.gp"

file = dir."/hours.csv"
array variants[4] = ["happened", "grace_no_refresh", "grace_unlimited", "grace_limited"]
array says[4] = ["no grace window", "1 h, no refresh", "1 h, refresh without limit", "1 h, at most 0.7 refreshes/s"]
is_of(k) = strcol("variant") eq variants[k] && strcol("workload") eq "matching" && strcol("start")[1:10] eq "2026-03-18"
hour_of(start) = strptime("%H", start[12:13]) / 3600
at_of(offset) = hour_of(strcol("start")) + offset
in_morning(start) = hour_of(start) >= 10 && hour_of(start) <= 12
shown(k, what) = is_of(k) && in_morning(strcol("start")) ? column(what) : NaN
PALE = 0xD0D0D0

set boxwidth 0.36
set xrange [9.4:12.6]
set xtics ("10:00" 10, "11:00" 11, "12:00" 12) scale 0
set multiplot
array lefts[4] = [0.075, 0.31, 0.545, 0.78]
do for [k = 1:4] {
    set lmargin at screen lefts[k]
    set rmargin at screen lefts[k] + 0.205
    set tmargin at screen 0.80
    set bmargin at screen 0.10
    set yrange [0:12000]
    set ytics ("0" 0, "2,000" 2000, "4,000" 4000, "6,000" 6000, "8,000" 8000, "10,000" 10000)
    if (k == 1) { set ylabel "per hour" } else { unset ylabel; set format y "" }
    set title says[k] font ",12"
    if (k == 1) {
        set key at screen 0.5, screen 0.99 center top Left reverse samplen 1.5
    } else {
        unset key
    }
    unset label
    label_of(n) = n > 0.5 ? thousands(n + 0.5) : ""
    plot file using (at_of(-0.2)):(shown(k, "invocations")) with boxes lc rgb BLUE title "provider invocations", \
         "" using (at_of(0.2)):(shown(k, "stale_served")) with boxes lc rgb PALE title "stale answers served", \
         "" using (at_of(-0.2)):(shown(k, "invocations")):(label_of(shown(k, "invocations"))) with labels offset -0.7,0.7 font ",9" notitle, \
         "" using (at_of(0.2)):(shown(k, "stale_served")):(label_of(shown(k, "stale_served"))) with labels offset 0.9,0.7 font ",9" notitle
}
unset multiplot
