# SPDX-License-Identifier: GPL-3.0-or-later
#
# Calls and cost by clock hour.
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
load ARG0[:strlen(ARG0) - strlen("calls_and_cost_by_hour.gp")]."style.gp"

BARS_MOST = 48
DAILY_ABOVE = 60 * 24
SERIES_MOST = 14
HOUR = 3600 # seconds
DAY = 86400
iso = "%Y-%m-%dT%H:%M:%SZ"
from(unused) = timecolumn(1, iso)
to(unused) = timecolumn(2, iso)

stats calls using (from(0)) nooutput
hours = exists("STATS_records") ? STATS_records : 0
if (hours == 0) {
    print "calls_and_cost_by_hour.gp: ".calls." has no hours"
    exit status 1
}
n_calls = STATS_columns - 2
first = STATS_min
stats cost using (to(0)) nooutput
n_cost = STATS_columns - 2
last = STATS_max
shown(n) = n > SERIES_MOST ? SERIES_MOST : n
some(n) = n > SERIES_MOST ? sprintf(" (the first %d of %d)", SERIES_MOST, n) : ""

# ---- the three shapes; each is a plot command for the variables file, n and hue(i), the colour of series i ----

# Bar i of n in its hour, the hours standing at 0, 1, 2 ...
left(i, n) = column(0) - 0.4 + 0.8 * (i - 1) / n
right(i, n) = column(0) - 0.4 + 0.8 * i / n
bars = 'plot for [i = 1:shown(n)] file using (column(0)):(column(i + 2)):(left(i, shown(n))):(right(i, shown(n))):(0):(column(i + 2)) \
    with boxxyerror lc rgb colour(hue(i)) title columnheader(i + 2)'
lines = 'plot for [i = 1:shown(n)] file using ((from(0) + to(0)) / 2):(column(i + 2)) \
    with lines lc rgb colour(hue(i)) dt dash_of(hue(i)) lw 1.8 title columnheader(i + 2)'
# A day with hours missing would show the rhythm of the day, not its level.
is_whole(unused) = from(0) >= ceil(first / DAY) * DAY && to(0) <= floor(last / DAY) * DAY
day(unused) = is_whole(0) ? (floor(from(0) / DAY) + 0.5) * DAY : NaN
days = 'plot for [i = 1:shown(n)] file using (day(0)):(column(i + 2)) smooth unique \
    with lines lc rgb colour(hue(i)) dt dash_of(hue(i)) lw 1.8 title columnheader(i + 2)'

is_bars = hours <= BARS_MOST
is_daily = hours > DAILY_ABOVE
draw = is_bars ? bars : is_daily ? days : lines
each = is_daily ? "per hour, mean of each whole day" : "in each clock hour"

# ---- the largest value drawn: `most`, of file with n series ----

hue(i) = i
measure_hours = 'most = 0; do for [i = 3:shown(n) + 2] { stats file using i nooutput; most = STATS_max > most ? STATS_max : most }'
measure_days = 'set table $days; eval days; unset table; set datafile separator whitespace; set datafile nocolumnheaders; \
    stats $days using 2 nooutput; most = STATS_max; set datafile separator comma; set datafile columnheaders'
measure = is_daily ? measure_days : measure_hours
file = calls; n = n_calls; eval measure; most_calls = most
file = cost; n = n_cost; eval measure; most_cost = most

# ---- the time axis ----

span = last - first
when = strftime("%Y-%m-%d %H:%M", first)." to ".strftime("%Y-%m-%d %H:%M", last)." UTC"
label_every = (hours + 11) / 12
is_part(unused) = to(0) - from(0) < HOUR
hour_label(unused) = strftime("%H:%M", from(0)).(is_part(0) ? "\nto ".strftime("%H:%M", to(0)) : "")
if (is_bars) {
    room = hours < 4 ? (4 - hours) / 2.0 : 0
    set xrange [-0.5 - room:hours - 0.5 + room]
    set style fill solid 1.0 noborder
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

# ---- the two panels ----

set multiplot layout 2, 1 title page_title font ",13"
set lmargin 11
set rmargin key_margin
set bmargin 3

set title "Calls started ".each.", by workload".some(n_calls)
set ylabel "calls"
set format y count_format(most_calls)
set yrange [0:most_calls > 0 ? most_calls * 1.08 : 1]
# A workload has the colour of its first route below.
hue(i) = n_cost % n_calls == 0 ? (i - 1) * (n_cost / n_calls) + 1 : i
file = calls; n = n_calls
if (n > 9) { eval key_small } else { eval key_large }
eval draw

set title "Cost ".each.", by workload and route".some(n_cost)
set ylabel "US dollars"
set bmargin 5
set xlabel when offset 0, (is_bars ? -1 : 0)
set format y usd_format(most_cost)
set yrange [0:most_cost > 0 ? most_cost * 1.08 : 1]
hue(i) = i
file = cost; n = n_cost
if (n > 9) { eval key_small } else { eval key_large }
eval draw
unset multiplot
