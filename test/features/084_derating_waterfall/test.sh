# From peak to useful, by chip: the steps multiply to the achieved share within 1e-9, each with a grade, and the last is what was served.
run run "$root/test/features/service.json" --out result
awk -F, 'NR == 1 { next }
  { key = $1 "," $3 "," $4; if (key != before) { first = $6; product = 1; before = key } product *= $8; steps[key] = steps[key] " " $5
    if ($9 !~ /^(measured|interpolated|extrapolated|datasheet|assumed)$/) { print "no grade: " $0; exit 1 }
    gap = product - $6 / first; if (gap < 0) gap = -gap; if (gap > 1e-9) { print "the steps do not multiply: " $0; exit 1 }
    last = $6 }
  END { for (key in steps) if (steps[key] !~ /^ peak achievable slo burst rounding failures idle$/) { print key ": " steps[key]; exit 1 } if (length(steps) != 2) { print length(steps) " waterfalls"; exit 1 } }' result/derating.csv || fail "derating.csv"
# Peak by hand: 989.4e12 dense 16-bit operations over 2 x 70.6e9 parameters (the input embedding costs none); nothing is cached.
near "$(cell result/derating.csv rate step=peak chip=h100_sxm)" "$(awk 'BEGIN { print 989.4e12 / (2 * 70.6e9) }')" 3%
# Useful is what was served an accelerator-second in service: tokens over held hours.
useful=$(cell result/derating.csv rate step=idle chip=h100_sxm)
holds 'u > 0 && u < b' u="$useful" b="$(cell result/derating.csv rate step=burst chip=h100_sxm)"
run explain 'tokens_served(chip=h100_sxm)' result --at year=2026
grep -q '^chat on h100_sxm: from peak to useful' stdout || fail "explain prints no waterfall: $(cat stdout)"
grep -q 'h200_sxm' stdout && fail "explain prints another chip"
run explain tokens_served result
grep -q 'by chip (sum \(.*\) of \1)' stdout || fail "the chips do not add up: $(cat stdout)"
expect_exit=2 run explain tokens_serve result
grep -q 'tokens_served' stderr || fail "no suggestion: $(cat stderr)"
# Rates of a table know no peak; the waterfall begins where the scenario does.
run run "$root/test/features/service.json" --set workloads.chat.performance_model=table --out table
grep -q ',peak,' table/derating.csv && fail "a peak out of nothing"
near "$(cell table/derating.csv rate step=rate chip=h100_sxm)" "$(awk 'BEGIN { print 1 / (0.75 / 6000 + 0.25 / 900) }')" 0.1%
