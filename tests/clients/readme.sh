#!/usr/bin/env bash
# The README's lines on the service, run as they stand there. Only the port is
# another, so that nothing that listens on this machine is in the way.
#
#   tests/clients/readme.sh PROGRAM
set -euo pipefail
program="$(realpath "$1")"
cd "$(dirname "$0")/../.."
place="$(mktemp -d)"
trap 'rm -rf "$place"' EXIT
mkdir "$place/bin"
ln -s "$program" "$place/bin/primum"
export PATH="$place/bin:$PATH" TMPDIR="$place"

script="$(awk '
  /^```sh$/ { inside = 1; text = ""; next }
  /^```$/ { if (inside && text ~ /^export PRIMUM_HOME=/) printf "%s", text; inside = 0 }
  inside { text = text $0 "\n" }' README.md)"
[ -n "$script" ] || { printf 'FAIL the README has no script of the service\n'; exit 1; }
port="$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')"
script="${script/primum serve /primum serve --listen 127.0.0.1:$port }"
script="${script//:8710/:$port}"

said="$place/said"
bash -euo pipefail -c "$script
kill \$!
wait \$!" >"$said"
check() {
  if grep -qE -- "$2" "$said"; then
    printf 'ok   readme: %s\n' "$1"
  else
    printf 'FAIL readme: %s\n' "$1"
    tail -n 20 "$said" | cut -c 1-300
    exit 1
  fi
}
check "an answer says first how it ended" 'SIMULATED'
check "stages are watched" '^event: '
check "the outcome and an item's support are read" '^\{"state":"(complete|degraded)"'
check "a clinician releases" '"state": "released"'
check "a stream of the chat ends" '^data: \[DONE\]'
check "options are graded" '"GradeAI"'
check "the key is shown" '^primum_'
