#!/bin/sh
# The process of a dev image. It starts again when /app/changed is written to, which is done when files were replaced:
# Node's --watch alone follows a file until it is replaced, and no further. A command that ends (migrate) is run once.
set -eu
if [ $# -gt 0 ]; then
  exec node --enable-source-maps --heap-growing-percent=100 dist/main.js "$@"
fi
exec node --enable-source-maps --heap-growing-percent=100 --watch-path=/app/changed --watch-preserve-output dist/main.js
