# After the R snippets of docs/reading.md: what they computed is what the simulator says.
rows <- merge(aggregate(by_run["total_credits"], by_run[swept], mean), price, by = swept)
stopifnot(nrow(rows) == 4, abs(rows$total_credits - rows$mean) < 1e-9)
said <- of_scheme[of_scheme$metric == "price_mean", ]
for (i in seq_len(nrow(said))) {
  of <- pairs[pairs$nodes == said$nodes[i], ]
  test <- t.test(of$total_credits.x, of$total_credits.y, paired = TRUE)
  found <- c(test$estimate, test$conf.int)
  stopifnot(abs(found - unlist(said[i, c("difference", "ci95_low", "ci95_high")])) < 1e-6)
}
stopifnot(nrow(said) == 2, nrow(done) > 100, !is.na(done$cpu_cost_credits), done$turnaround_s > 0)
