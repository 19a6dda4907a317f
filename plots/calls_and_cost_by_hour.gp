# SPDX-License-Identifier: GPL-3.0-or-later
#
# Calls and cost by clock hour: the calls of the first variant, and the cost of up to four variants on one scale.
#   gnuplot -c plots/calls_and_cost_by_hour.gp DIR OUT
# DIR holds plot_calls.csv, plot_cost.csv and plot_title.csv (floe run --csv DIR); OUT ends in .png or .svg.
#
# Up to 48 hours are groups of bars, labelled with the part of the hour that was measured where it was not all of it.
# More are lines. More than 60 days are lines through the mean hour of each whole day, since a daily rhythm drawn 365
# times is a solid block of ink.
dir = ARG1
out = ARG2
calls = dir."/plot_calls.csv"
cost = dir."/plot_cost.csv"
array key_files[2] = [calls, cost]
key_from = 4

HOUR = 3600 # seconds
DAY = 86400
iso = "%Y-%m-%dT%H:%M:%SZ"
from(unused) = timecolumn(1, iso)
to(unused) = timecolumn(2, iso)

# The rows are the hours of one variant after the other.
set datafile separator comma
set datafile columnheaders
n_rows = 0
n_variants = 0
stats calls using (from(0)) nooutput
if (exists("STATS_records")) n_rows = STATS_records
if (n_rows == 0) {
    print "calls_and_cost_by_hour.gp: ".calls." has no hours"
    exit status 1
}
n_calls = STATS_columns - 3
first = STATS_min
stats calls using (n_variants = n_variants + (from(0) == first), 1) nooutput
hours = n_rows / n_variants
array variants[n_variants]
do for [v = 1:n_variants] { stats calls using (variants[v] = strcol(3), 1) every ::(v - 1) * hours::(v - 1) * hours nooutput }
stats cost using (to(0)) nooutput
n_cost = STATS_columns - 3
last = STATS_max
n_panels = 1 + n_variants
height = n_panels < 3 ? 750 : 150 + 200 * n_panels
load ARG0[:strlen(ARG0) - strlen("calls_and_cost_by_hour.gp")]."style.gp"

BARS_MOST = 48
DAILY_ABOVE = 60 * 24

# ---- the three shapes; each is a plot command for the variables file, n, v (the variant) and hue(i), the colour of
# series i ----

row(i) = (v - 1) * hours + i
# Bar i of n in its hour, the hours standing at 0, 1, 2 ...
left(i, n) = column(0) - 0.4 + 0.8 * (i - 1) / n
right(i, n) = column(0) - 0.4 + 0.8 * i / n
bars = 'plot for [i = 1:n > HUES ? HUES : n] file every ::row(0)::row(hours - 1) \
    using (column(0)):(column(i + 3)):(left(i, n)):(right(i, n)):(0):(column(i + 3)) \
    with boxxyerror fill solid 1.0 noborder lc rgb colour(hue(i)) title columnheader(i + 3), \
    for [i = HUES + 1:n] file every ::row(0)::row(hours - 1) \
    using (column(0)):(column(i + 3)):(left(i, n)):(right(i, n)):(0):(column(i + 3)) \
    with boxxyerror fill pattern hatch_of(i) border lc rgb colour((hue(i) - 1) % HUES + 1) title columnheader(i + 3)'
lines = 'plot for [i = 1:n] file every ::row(0)::row(hours - 1) using ((from(0) + to(0)) / 2):(column(i + 3)) \
    with lines lc rgb colour(hue(i)) dt dash_of(hue(i)) lw 1.8 title columnheader(i + 3)'
# A day with hours missing would show the rhythm of the day, not its level.
is_whole(unused) = from(0) >= ceil(first / DAY) * DAY && to(0) <= floor(last / DAY) * DAY
day(unused) = is_whole(0) ? (floor(from(0) / DAY) + 0.5) * DAY : NaN
days = 'plot for [i = 1:n] file every ::row(0)::row(hours - 1) using (day(0)):(column(i + 3)) smooth unique \
    with lines lc rgb colour(hue(i)) dt dash_of(hue(i)) lw 1.8 title columnheader(i + 3)'

is_bars = hours <= BARS_MOST
is_daily = hours > DAILY_ABOVE
draw = is_bars ? bars : is_daily ? days : lines
each = is_daily ? "per hour, mean of each whole day" : "in each clock hour"

# ---- the largest value drawn: `most`, of file with n series, in any variant ----

hue(i) = i
larger(a, b) = a > b ? a : b
measure_hours = 'do for [i = 4:n + 3] { stats file using i nooutput; most = larger(most, STATS_max) }'
measure_days = 'do for [v = 1:n_variants] { set table $days; eval days; unset table; \
    set datafile separator whitespace; set datafile nocolumnheaders; stats $days using 2 nooutput; \
    most = larger(most, STATS_max); set datafile separator comma; set datafile columnheaders }'
measure = is_daily ? measure_days : measure_hours
most = 0; file = calls; n = n_calls; eval measure; most_calls = most
most = 0; file = cost; n = n_cost; eval measure; most_cost = most

# ---- the time axis ----

span = last - first
when = strftime("%Y-%m-%d %H:%M", first)." to ".strftime("%Y-%m-%d %H:%M", last)." UTC"
label_every = (hours + 11) / 12
is_part(unused) = to(0) - from(0) < HOUR
hour_label(unused) = strftime("%H:%M", from(0)).(is_part(0) ? "\nto ".strftime("%H:%M", to(0)) : "")
if (is_bars) {
    room = hours < 4 ? (4 - hours) / 2.0 : 0
    set xrange [-0.5 - room:hours - 0.5 + room]
    set xtics scale 0
    # Ticks are added one by one, since the label of a column would need the hour of its row.
    set xtics ()
    do for [h = 0:hours - 1:label_every] {
        stats calls using (text = hour_label(0), 1) every ::h::h nooutput
        set xtics add (text h)
    }
} else {
    set xrange [first - span * 0.01:last + span * 0.01]
    set xtics time
    time_format = span <= 4 * DAY ? "%H:%M\n%b %d" : span <= 60 * DAY ? "%a\n%b %d" : "%b %d\n%Y"
    set format x time_format timedate
}

# ---- the panels ----

is_one = n_variants == 1
of_variant(v) = is_one ? "" : "; variant ".variants[v]
set multiplot layout n_panels, 1 title page_title font ",13"
set lmargin 11
set rmargin key_margin
set bmargin is_one ? 3 : 2.2

# In a low panel ticks at 1, 2 or 5 times a power of ten, six at most, and the key beside all panels at the end: a key
# wraps at the height of its own panel.
step_of(x) = (p = 10 ** floor(log10(x)), x <= p ? p : x <= 2 * p ? 2 * p : x <= 5 * p ? 5 * p : 10 * p)
low_panel = 'if (!is_one && most > 0) { set ytics step_of(most / 6.0) }'
key_font = 'if (n > 9) { eval key_small } else { eval key_large }'

set title "Calls started ".each.", by ".whose.of_variant(1)
set ylabel "calls"
set format y count_format(most_calls)
set yrange [0:most_calls > 0 ? most_calls * 1.08 : 1]
# A workload has the colour of its first route below.
hue_of_calls(i) = n_cost % n_calls == 0 ? (i - 1) * (n_cost / n_calls) + 1 : i
hue(i) = hue_of_calls(i)
most = most_calls; file = calls; n = n_calls; v = 1
eval low_panel
if (is_one) { eval key_font } else { unset key }
eval draw

set ylabel "US dollars"
set format y usd_format(most_cost)
set yrange [0:most_cost > 0 ? most_cost * 1.08 : 1]
hue(i) = i
most = most_cost; file = cost; n = n_cost
eval low_panel
if (is_one) { eval key_font }
do for [v = 1:n_variants] {
    set title "Cost ".each.", by ".whose.(is_one ? " and route" : "").of_variant(v)
    if (v == n_variants) {
        set bmargin is_one ? 5 : 4
        set xlabel when offset 0, (is_bars ? -1 : 0)
    }
    eval draw
}
if (!is_one) {
    # Panels without anything but a key: that of the calls in the first row, that of the costs in the others.
    set key at graph 1.015, graph 1.0 left top Left reverse noautotitle samplen 1.5
    unset title; unset xlabel; unset ylabel; unset xtics; unset ytics; unset border; unset grid
    set yrange [-2:-1] # all bars and lines are above it
    top(k) = 1 - 70.0 / height - (k - 1) * (1 - 70.0 / height) / n_panels
    v = 1; n = n_calls; file = calls; hue(i) = hue_of_calls(i)
    eval key_font
    set tmargin at screen top(1) - 0.02; set bmargin at screen top(2)
    eval draw
    n = n_cost; file = cost; hue(i) = i
    eval key_font
    set tmargin at screen top(2) - 0.02; set bmargin at screen 0.02
    eval draw
}
unset multiplot
