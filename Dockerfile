# The image of a server. It runs as nobody in particular, keeps nothing outside of /var/lib/reverie and
# /tmp, and can do with a root file system that is read-only. What the two ARGs name is the only place
# where the build writes, so a test can run its steps elsewhere and without being root.
FROM python:3.11-slim-bookworm AS build
ARG VENV=/opt/reverie
ARG DATA=/var/lib/reverie
WORKDIR /build
COPY requirements/server.txt requirements/
RUN python -m venv "$VENV" \
    && "$VENV/bin/pip" install --no-cache-dir --require-hashes -r requirements/server.txt
COPY pyproject.toml README.md LICENSE ./
COPY clients/python/ clients/python/
COPY migrations/ migrations/
COPY server/ server/
RUN "$VENV/bin/pip" install --no-cache-dir --no-deps --no-build-isolation ./clients/python . \
    && "$VENV/bin/reverie" --version \
    && mkdir -p "$DATA"

FROM python:3.11-slim-bookworm AS server
LABEL org.opencontainers.image.title="Reverie" \
    org.opencontainers.image.description="A memory server for bots" \
    org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/opt/reverie/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    GRPC_VERBOSITY=NONE \
    REVERIE_DATA_FOLDER=/var/lib/reverie \
    REVERIE_LOG_FORMAT=json
COPY --from=build /opt/reverie /opt/reverie
COPY --from=build --chown=10001:10001 /var/lib/reverie /var/lib/reverie
USER 10001:10001
WORKDIR /var/lib/reverie
# Calls, and metrics.
EXPOSE 50051 9464
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["reverie", "health"]
ENTRYPOINT ["reverie"]
CMD ["serve"]
