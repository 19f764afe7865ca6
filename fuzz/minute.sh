#!/usr/bin/env bash
# Every target for so many seconds (60 unless told), begun with files that the
# repository has.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds="${1:-60}"
export RUSTC_BOOTSTRAP="${RUSTC_BOOTSTRAP:-1}"

# Copies files into a target's corpus.
seed() {
  target="$1"
  shift
  mkdir -p "fuzz/corpus/$target"
  for file in "$@"; do
    cp "$file" "fuzz/corpus/$target/${file//\//_}"
  done
}
seed draft prompts/*.md README.md
seed extract schemas/*.json cases/demo/dataset/rubrics/Card901.json README.md
seed cases cases/demo/dataset/items.jsonl cases/demo/dataset/rubrics/*.json
seed panel agents/*.toml tests/panels/*.toml tests/panels/faults/*.toml
seed prompt prompts/*.md
seed record fuzz/seeds/record/*
seed request fuzz/seeds/request/*
seed pooling fuzz/seeds/pooling/*
for part in ask chat mast release headers; do
  seed "service_$part" fuzz/seeds/service_"$part"/*
done

for target in draft extract cases panel prompt record request pooling service_{ask,chat,mast,release,headers}; do
  echo "== $target"
  cargo fuzz run -s none "$target" -- -max_total_time="$seconds" -max_len=20000 -timeout=10 -verbosity=0 -print_final_stats=1 2>&1 |
    grep -E "stat::(number|average|peak)|panicked|ERROR|SUMMARY|Test unit"
done
