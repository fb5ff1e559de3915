# After the Python snippets of docs/reading.md: what they computed is what the simulator says.
price_of_rows = by_run.groupby(swept)["price"].mean()
price_said = price.set_index(swept)["mean"]
assert len(price_said) == 4 and (price_of_rows - price_said).abs().max() < 1e-9, price_of_rows
said = differences[(differences["metric"] == "price_mean") & (differences["changed"] == "market.scheme")]
said = said.set_index("nodes")["difference"]
assert len(said) == 2 and (gap.groupby("nodes").mean() - said).abs().max() < 1e-9, gap
assert len(done) > 100 and done["cpu_cost_credits"].notna().all()
assert (done["turnaround_s"] > 0).all()
