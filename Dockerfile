# The images of the processes: `scripts/images` builds them all. Targets: `run`, what is shipped, and `dev`, in which a
# process starts again when its compiled files change. SERVICE says which process; everything else is shared by all.
#
# Bases are given by name here and may be given by digest: --build-arg RUN_BASE=…@sha256:…
ARG NODE_BASE=node:24-bookworm-slim
ARG RUN_BASE=gcr.io/distroless/nodejs24-debian12:nonroot

# What npm needs to know, alone: a changed source leaves it, and with it the layers of packages, as it was.
FROM ${NODE_BASE} AS manifests
WORKDIR /context
COPY . .
RUN ["node", "images/manifests.mjs", "/context", "/manifests"]

# Packages of a process as it runs, the same for all but the operator.
FROM ${NODE_BASE} AS packages
ARG PACKAGES=run
WORKDIR /app
COPY --from=manifests /manifests/${PACKAGES} ./
# `ca`: further authorities that npm trusts, for builds behind a proxy that ends TLS
RUN --mount=type=cache,target=/root/.npm,sharing=locked --mount=type=secret,id=ca,target=/run/secrets/ca.pem \
  NODE_EXTRA_CA_CERTS=/run/secrets/ca.pem npm ci --omit=dev --ignore-scripts --loglevel=error \
  && find node_modules -type d \( -name test -o -name tests -o -name __tests__ -o -name benchmark -o -name benchmarks -o -name @types \) -prune -exec rm -rf {} + \
  && find node_modules -type f \( -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.map' -o -iname '*.md' ! -iname 'licen[cs]e*' \) -delete \
  && rm -rf node_modules/.package-lock.json node_modules/.bin package-lock.json .npmrc

# Everything that the compiler needs.
FROM ${NODE_BASE} AS compile
WORKDIR /app
COPY --from=manifests /manifests/compile ./
RUN --mount=type=cache,target=/root/.npm,sharing=locked --mount=type=secret,id=ca,target=/run/secrets/ca.pem \
  NODE_EXTRA_CA_CERTS=/run/secrets/ca.pem npm ci --ignore-scripts --loglevel=error
COPY . .
# What was compiled before is kept beside the compiler's notes, so that a changed line compiles one package and what
# depends on it. Taken over is only what has a source here: other commits share the cache, and may have other services.
# Its id is not the default, under which 0.1.0 takes over all that it finds.
RUN --mount=type=cache,id=outrider-compiled,target=/compiled,sharing=locked \
  for folder in packages/* services/*; do [ ! -d "/compiled/$folder/dist" ] || cp -a "/compiled/$folder/dist" "$folder/"; done \
  && node_modules/.bin/tsc -b services/* packages/testkit \
  && cp -a --parents packages/*/dist services/*/dist /compiled/ \
  && node images/assemble.mjs /app /out

FROM ${RUN_BASE} AS run
LABEL org.opencontainers.image.licenses="Apache-2.0" org.opencontainers.image.vendor="Outrider"
# Of the small memory that a container has V8 gives short-lived objects little, and lets the rest grow by a third before it
# collects: half as much again of a process's CPU. The entry point has what NODE_OPTIONS may not: docs/decisions/357
ENV NODE_ENV=production NODE_OPTIONS=--max-semi-space-size=16
COPY --from=packages /app /app
COPY --from=compile /out/packages /app/packages
# from here on each image is its own
ARG SERVICE
WORKDIR /app/services/${SERVICE}
COPY --from=compile /out/services/${SERVICE} ./
USER 65532:65532
ENTRYPOINT ["/nodejs/bin/node", "--enable-source-maps", "--heap-growing-percent=100", "dist/main.js"]

# The same process on a base with tar and a shell; compiled files are its user's, to be replaced while it runs.
FROM ${NODE_BASE} AS dev
# where the other base has it, and manifests name it
RUN mkdir -p /nodejs/bin && ln -s /usr/local/bin/node /nodejs/bin/node
COPY images/develop.sh /develop.sh
LABEL org.opencontainers.image.licenses="Apache-2.0" org.opencontainers.image.vendor="Outrider"
ENV NODE_ENV=production NODE_OPTIONS=--max-semi-space-size=16
COPY --from=packages /app /app
COPY --from=compile --chown=65532:65532 /out/packages /app/packages
# from here on each image is its own
ARG SERVICE
WORKDIR /app/services/${SERVICE}
COPY --from=compile --chown=65532:65532 /out/services/${SERVICE} ./
RUN install -o 65532 -g 65532 -m 644 /dev/null /app/changed
USER 65532:65532
ENTRYPOINT ["/develop.sh"]
