# Dockmeter, one static file, in an image of nothing else: `docker build -t dockmeter .` is all it takes.
# For several architectures: docker buildx build --platform linux/amd64,linux/arm64 --push -t REGISTRY/dockmeter .
# The program is cross compiled on the builder's own architecture, never emulated.
FROM --platform=${BUILDPLATFORM:-linux} debian:12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends git ca-certificates
COPY . /src
ARG TARGETARCH
RUN /src/tools/static ${TARGETARCH:+--arch "$TARGETARCH"} --out /out && /src/tools/image-root /out /image

FROM scratch
COPY --from=build /image /
ENV PATH=/usr/bin
# Started as root it takes on the group of the Engine's socket and becomes this user, without capabilities.
ENV DOCKMETER_SERVER_USER=65534
EXPOSE 9200
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s CMD ["dockmeter", "healthcheck"]
ENTRYPOINT ["dockmeter"]
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Dockmeter" \
    org.opencontainers.image.description="Measures Docker containers for Prometheus" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="$VERSION" \
    org.opencontainers.image.revision="$REVISION"
