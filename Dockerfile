# The gateway and the CLI on the embedded defaults. Build: docker build -t agentkit .
FROM node:24-slim AS build
WORKDIR /src
COPY . .
# The pinned pnpm, as scripts/bootstrap.mjs finds it.
RUN PNPM="npx --yes $(node -p "require('./package.json').packageManager.split('+')[0]")" \
  && $PNPM install --frozen-lockfile \
  && $PNPM exec turbo run build --filter=@agentkit/cli... \
  && $PNPM --filter=@agentkit/cli deploy --prod --legacy /app

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8787 AGENTKIT_DATA_DIR=/data
COPY --from=build --chown=node:node /app /app
RUN install --directory --owner=node --group=node /data
USER node
VOLUME /data
EXPOSE 8787
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Node as process 1 gets SIGTERM itself, and the CLI drains and closes the log.
CMD ["node", "/app/dist/main.js", "serve"]
