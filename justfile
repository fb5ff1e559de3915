# What is done often. Without just: the lines are plain commands.

# Everything that must pass before a change lands.
check:
    .ci/run

# All tests.
test:
    cargo test --workspace

# Run a scenario: just run scenarios/mo_load.yaml --seed 7
run scenario="scenarios/churn.yaml" *options:
    cargo run -- {{scenario}} {{options}}

# Sweeps on a real Slurm, set up on this host for as long as it takes.
slurm:
    tests/slurm/run

# The snippets of docs/reading.md.
reading:
    tests/reading/run

# Many drawn scenarios with all judges on: just swarm 10000
swarm count="2000":
    SWARM={{count}} cargo test -p compup2p-engine --test swarm -- --nocapture

# Write the golden files anew; say in the commit why they changed.
golden:
    GOLDEN=1 cargo test --workspace

# The event queue's speed: nanoseconds an event.
bench:
    cargo bench -p compup2p-engine

# The references of the scenario language (for editors too) and of the metrics, from the code.
docs:
    cargo run -- scenario-reference > docs/scenario.md
    cargo run -- schema > scenarios/scenario.schema.json
    cargo run -- metrics > docs/metrics.md

# The paper's claims, tested anew: some minutes.
claims:
    cargo run --release -- claims > docs/claims.md

# All figures: some minutes; --quick: a minute or two.
figures *options:
    cargo run --release -- figures {{options}}
