# Sourced by the commands of this folder, with $root set to the checkout: makes sure that packages are installed and
# the build is current, then runs a built command on the Node that the project brings along. Node 20 with npm is
# enough to begin with.

say() { printf '%s\n' "$*" >&2; }

# One command at a time installs and builds: two that began together would delete each other's packages. The folder is the
# turn, the file in it says whose. Who finds that this process has ended takes its turn over, and leaves word of it there,
# since others may find the same.
take_turn() {
  turn="$root/.cache/preparing"
  mkdir -p "$root/.cache" || { say "$name: $root/.cache cannot be made."; exit 1; }
  looks=0
  until mkdir "$turn" 2>/dev/null; do
    holder=$(whose_turn)
    # without a process, unless it is just about to say which it is
    if [ -z "$holder" ]; then sleep 1; holder=$(whose_turn); fi
    if has_ended "$holder" && mkdir "$turn/after-$holder" 2>/dev/null; then
      if [ "$(whose_turn)" = "$holder" ]; then break; fi
      rmdir "$turn/after-$holder" 2>/dev/null || true
    fi
    looks=$((looks + 1))
    [ $looks -ne 15 ] || say "Waiting for another command of this checkout, which installs or builds (process $holder) …"
    sleep 0.2
  done
  echo $$ >"$turn/pid.$$"
  mv "$turn/pid.$$" "$turn/pid"
}

whose_turn() { cat "$turn/pid" 2>/dev/null || true; }

# a number may be another process's by now, so nobody has a turn for longer than 20 minutes
has_ended() { [ -z "$1" ] || ! kill -0 "$1" 2>/dev/null || [ -n "$(find "$turn" -prune -mmin +20 2>/dev/null)" ]; }

cannot_go_on() {
  rm -rf "$turn"
  say "$name: $*"
  exit 1
}

prepare() {
  # set by a command that has done all this for the commands that it starts
  [ "${OUTRIDER_PREPARED:-}" = "$root" ] && return 0
  take_turn

  # the lockfile that was installed from: by content, since a checkout or a branch gives files new dates
  installed="$root/node_modules/.installed-package-lock.json"
  if ! cmp -s "$root/package-lock.json" "$installed" || [ ! -x "$root/node_modules/node/bin/node" ]; then
    command -v npm >/dev/null 2>&1 || cannot_go_on 'npm is missing: install Node.js 20 or newer, which brings it.'
    say 'Installing packages from the npm registry (about 500 MB on disk; the first time takes a minute or two) …'
    (cd "$root" && npm ci --no-progress --loglevel=error >&2) || cannot_go_on "the packages could not be installed; see npm's messages above."
    cp "$root/package-lock.json" "$installed"
  fi

  PATH="$root/node_modules/node/bin:$PATH"
  export PATH
  [ -e "$root/scripts/dist/bin/up.js" ] || say 'Building …'
  (cd "$root" && node_modules/.bin/tsc -b >&2) || cannot_go_on "the sources do not compile; see the compiler's messages above."
  # what Node compiles is kept from run to run: a service starts with a fifth less CPU
  NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$root/.cache/node}"
  export NODE_COMPILE_CACHE
  OUTRIDER_PREPARED="$root"
  export OUTRIDER_PREPARED
  rm -rf "$turn"
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
