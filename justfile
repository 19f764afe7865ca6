# Short names for what is done often. `just` lists them.
default:
    @just --list

# all that must hold before a change lands
ci:
    bash .ci/run

# quick feedback while working
check:
    cargo fmt --all
    cargo clippy --all-targets -- -D warnings
    cargo nextest run

# the README's first command
demo:
    cargo run -- bench

# write schemas anew after the types of a panel, a summary or the service changed
schemas:
    UPDATE_SCHEMAS=1 cargo test --test bench --test inputs --test report --test score --test serve schema

# cost of scoring and of the bootstrap
bench:
    cargo bench --bench scoring

# what builds take here, from nothing: first (the default), tests, release, install
build-times *what:
    bash .ci/build-times {{what}}
