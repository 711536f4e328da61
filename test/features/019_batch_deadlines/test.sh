# A batch tier fills the troughs and meets its 24 h: interactive work takes the whole cluster 16 hours a day, batch jobs of an
# hour come all day. Earliest deadline first meets every deadline; first come first served makes the interactive work wait.
awk 'BEGIN { print "submit_s,gpus,duration_s,deadline_s";
  for (d = 0; d < 5; d++) { print (24 * d + 8) * 3600 ",32," 16 * 3600 "," 17 * 3600;
    for (h = 0; h < 24; h++) print (24 * d + h) * 3600 ",8,3540,86400" } }' >jobs.csv
value() { tr -d ' ,"' <stdout | awk -F: -v k="$1" '$1 == k { print $2 }'; }
run replay jobs jobs.csv --nodes 4 --policy deadline --format json
near "$(value deadlines)" 125 0
near "$(value deadlines_met)" 125 0
# Half as many batch hours again as the troughs hold: some deadlines are missed, and counted.
awk 'NR == 1 { print; next } { print } $0 ~ /,8,/ { print; print }' FS=, jobs.csv >more.csv
run replay jobs more.csv --nodes 4 --policy deadline --format json
holds 'met < all' "met=$(value deadlines_met)" "all=$(value deadlines)"
