# A gang job starts on all of its accelerators or waits; backfilling lets a later one pass only if the first is not delayed.
# One node of 8: a holds 6 until 100; b wants 8; c wants 2 for 50 s; d wants 2 for 200 s. Queue times by hand.
cat >jobs.csv <<'CSV'
submit_s,gpus,duration_s
0,6,100
1,8,10
2,2,50
3,2,200
CSV
value() { tr -d ' ,"' <stdout | awk -F: -v k="$1" '$1 == k { print $2 }'; }
run replay jobs jobs.csv --nodes 1 --policy fifo --format json
near "$(value mean_queue_s)" "$(awk 'BEGIN { print (0 + 99 + 108 + 107) / 4 }')" 0.001   # nobody passes b, not even into two free ones
run replay jobs jobs.csv --nodes 1 --policy easy --format json
near "$(value mean_queue_s)" "$(awk 'BEGIN { print (0 + 99 + 0 + 107) / 4 }')" 0.001     # c ends before b can start, d would not
# Wider than the cluster: refused with the line, not started on what there is.
echo '4,9,1' >>jobs.csv
expect_exit=2 run replay jobs jobs.csv --nodes 1 --policy fifo
grep -q 'jobs.csv:6: the job needs 9 accelerators' stderr || fail "the wide job is not named"
