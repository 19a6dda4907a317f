# SPDX-License-Identifier: GPL-3.0-or-later
#
# Lesson 2: the switch day as a daily total shows it, and as the hours of each consumer do. Above the provider's
# invocations, below dollars.
#   floe run scenarios/lessons/02-the-233-dollar-day.yaml --csv DIR
#   gnuplot -c plots/lessons/calls_by_consumer.gp DIR OUT
# OUT ends in .png or .svg.
dir = ARG1
out = ARG2
height = 800
load ARG0[1:strlen(ARG0) - strlen("calls_by_consumer.gp")]."style.gp"

file = dir."/hours.csv"
is_day(start) = start[1:10] eq "2026-03-18" && strcol("variant") eq "happened"
hour_of(start) = strptime("%H", start[12:13]) / 3600 + 0.5
array consumers[3] = ["ml-training", "health-and-misc", "entity-matching"]
hue(k) = k == 1 ? BLUE : k == 2 ? GREEN : ORANGE
# Stacked: a consumer's bar is drawn from the sum of those up to it, the highest first.
rank(consumer) = consumer eq consumers[1] ? 1 : consumer eq consumers[2] ? 2 : 3
upto(k, what) = is_day(strcol("start")) && rank(strcol("consumer")) <= k ? column(what) : 0
x_of(start) = is_day(start) ? hour_of(start) : NaN

array metrics[2] = ["invocations", "cost_usd"]
array names[2] = ["provider invocations", "dollars"]
array day_sum[6]
do for [m = 1:2] {
    do for [k = 1:3] {
        stats file using (is_day(strcol("start")) && strcol("consumer") eq consumers[k] ? column(metrics[m]) : 0) nooutput
        day_sum[3 * (m - 1) + k] = STATS_sum
    }
}
amount(m, x) = m == 1 ? thousands(x + 0.5) : sprintf("$%.0f", x)

set multiplot
do for [m = 1:2] {
    total = day_sum[3 * m - 2] + day_sum[3 * m - 1] + day_sum[3 * m]
    set tmargin at screen (m == 1 ? 0.92 : 0.45)
    set bmargin at screen (m == 1 ? 0.56 : 0.09)

    set lmargin at screen 0.08
    set rmargin at screen 0.20
    unset key
    unset label
    set ylabel names[m]
    set boxwidth 1
    set xrange [-0.4:2.4]
    set yrange [0:total * 1.15]
    if (m == 1) { set ytics ("0" 0, "2,000" 2000, "4,000" 4000, "6,000" 6000) } else { set ytics 0, 50 format "$%.0f" }
    set xtics ("18 March" 1) scale 0
    set label 1 amount(m, total) at 1, total * 1.06 center
    if (m == 1) { set title "The daily total" } else { unset title }
    plot "+" using (1):(total) every ::0::0 with boxes lc rgb GREY

    set lmargin at screen 0.27
    set rmargin at screen 0.97
    unset label
    unset ylabel
    set boxwidth 0.85
    set xrange [0:24]
    set yrange [0:(m == 1 ? 2500 : 82)]
    if (m == 1) { set ytics ("0" 0, "500" 500, "1,000" 1000, "1,500" 1500, "2,000" 2000, "2,500" 2500) } else { set ytics 0, 20 format "$%.0f" }
    set xtics scale 0.5 0, 2, 24 format "%02.0f:00"
    set key top right Left reverse samplen 1.5 spacing 1.3
    if (m == 1) { set title "The same day by the hour (UTC) and by consumer" } else { unset title }
    plot file using (x_of(strcol("start"))):(upto(3, metrics[m])) smooth frequency with boxes lc rgb hue(3) title consumers[3].": ".amount(m, day_sum[3 * m]), \
         "" using (x_of(strcol("start"))):(upto(2, metrics[m])) smooth frequency with boxes lc rgb hue(2) title consumers[2].": ".amount(m, day_sum[3 * m - 1]), \
         "" using (x_of(strcol("start"))):(upto(1, metrics[m])) smooth frequency with boxes lc rgb hue(1) title consumers[1].": ".amount(m, day_sum[3 * m - 2])
}
unset multiplot
