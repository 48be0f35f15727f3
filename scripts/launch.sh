# Sourced by the commands of this folder, with $root set to the checkout: makes sure that packages are installed and
# the build is current, then runs a built command on the Node that the project brings along. Node 20 with npm is
# enough to begin with.

say() { printf '%s\n' "$*" >&2; }

prepare() {
  # set by a command that has done all this for the commands that it starts
  [ "${OUTRIDER_PREPARED:-}" = "$root" ] && return 0

  # the lockfile that was installed from: by content, since a checkout or a branch gives files new dates
  installed="$root/node_modules/.installed-package-lock.json"
  if ! cmp -s "$root/package-lock.json" "$installed" || [ ! -x "$root/node_modules/node/bin/node" ]; then
    command -v npm >/dev/null 2>&1 || { say "$name: npm is missing: install Node.js 20 or newer, which brings it."; exit 1; }
    say 'Installing packages from the npm registry (about 500 MB on disk; the first time takes a minute or two) …'
    (cd "$root" && npm ci --no-progress --loglevel=error >&2) || { say "$name: the packages could not be installed; see npm's messages above."; exit 1; }
    cp "$root/package-lock.json" "$installed"
  fi

  PATH="$root/node_modules/node/bin:$PATH"
  export PATH
  [ -e "$root/scripts/dist/bin/up.js" ] || say 'Building …'
  (cd "$root" && node_modules/.bin/tsc -b >&2) || { say "$name: the sources do not compile; see the compiler's messages above."; exit 1; }
  # what Node compiles is kept from run to run: a service starts with a fifth less CPU
  NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$root/.cache/node}"
  export NODE_COMPILE_CACHE
  OUTRIDER_PREPARED="$root"
  export OUTRIDER_PREPARED
}

launch() {
  prepare
  PATH="$root/node_modules/node/bin:$PATH"
  export PATH
  command_file="${built_command:-$root/scripts/dist/bin/$1.js}"
  shift
  # kafkajs computes timers that are due already; Node warns of each kind of them once
  exec node --disable-warning=TimeoutNegativeWarning "$command_file" "$@"
}
