# The image of Karcis: the program and the libraries it runs on, for a PostgreSQL of your own.
#
#   docker build -t karcis .
#   docker run --read-only -p 3000:3000 --env-file production.env karcis
#
# It needs DATABASE_URL and the four keys, as docs/operating.md says; there is no embedded
# PostgreSQL in it. It writes nothing, so that its file system may be read-only.
#
# CI builds it and waits until it is healthy. Where no container engine runs, what the stages do is
# tried by hand (docs/operating.md, Containers), and tests/tidy/containers.test.ts reads this file.

# glibc, as the tests run on; the Node of package.json.
FROM node:26.10.0-trixie-slim AS libraries
WORKDIR /karcis
COPY package.json package-lock.json ./
# Our own optional dependencies are the embedded PostgreSQL and Node itself, and are in the way
# here. `--omit=optional` would leave out those of libraries too, such as the compiled argon2.
# TypeScript is only there because a library could read settings written in it.
RUN npm pkg delete optionalDependencies \
  && npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/typescript node_modules/@types

FROM node:26.10.0-trixie-slim
ENV HOST=0.0.0.0
WORKDIR /karcis
COPY package.json LICENSE ./
COPY --from=libraries /karcis/node_modules node_modules
COPY src src
# By number, for those who check that it is not root without looking into the image.
USER 1000:1000
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=1s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/start.mjs"]
