# SPDX-License-Identifier: GPL-3.0-or-later
#
# What the figures of the lessons share. The caller has set out and, where the usual one is not enough, height (pixels);
# the end of out picks the terminal. Colours: Okabe and Ito's set, as in plots/style.gp.
if (!exists("height")) height = 600
is_svg = strlen(out) > 4 && out[strlen(out)-3:] eq ".svg"
if (is_svg) {
    set terminal svg size 1200,height noenhanced font "DejaVu Sans,13" background "white"
} else {
    set terminal pngcairo size 1200,height noenhanced font "DejaVu Sans,11" background "white"
}
set output out
set encoding utf8
set datafile separator comma
set datafile columnheaders

BLUE = 0x0072B2
ORANGE = 0xE69F00
GREEN = 0x009E73
RED = 0xD55E00
GREY = 0x999999

set border 3 lc "#888888"
set tics nomirror textcolor "#333333"
set grid ytics lc "#DDDDDD" lw 1 dt 1
set style fill solid 0.9 noborder

# 6999 as 6,999
thousands(n) = n < 1000 ? sprintf("%d", n) : sprintf("%d,%03d", int(n) / 1000, int(n) % 1000)
