# Dockmeter, one static file, in an image of nothing else: `docker build -t dockmeter .` is all it takes.
# For several architectures: docker buildx build --platform linux/amd64,linux/arm64 -t dockmeter .
FROM debian:12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends git ca-certificates
COPY . /src
RUN cd /src && tools/static --out /out \
    && install -D /out/dockmeter /image/usr/bin/dockmeter \
    && install -D -m 644 /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ca-certificates.crt \
    && mkdir -p /image/usr/share/doc && cp -r /out/licences /image/usr/share/doc/dockmeter \
    && install -d -m 1777 /image/tmp

FROM scratch
COPY --from=build /image /
ENV PATH=/usr/bin
# Started as root it takes on the group of the Engine's socket and becomes this user, without capabilities.
ENV DOCKMETER_SERVER_USER=65534
EXPOSE 9200
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s CMD ["dockmeter", "healthcheck"]
ENTRYPOINT ["dockmeter"]
LABEL org.opencontainers.image.title="Dockmeter" \
    org.opencontainers.image.description="Measures Docker containers for Prometheus" \
    org.opencontainers.image.licenses="Apache-2.0"
