# A small image that holds replay: one binary that needs only the C library, and OpenSSL for https.
# Both stages are of one Debian, so that the binary finds its C library.
#   docker build -t replay . && docker run --rm replay
#   docker run --rm -v "$PWD/recordings:/recordings:ro" replay run /recordings
FROM swift:6.3-bookworm AS build
WORKDIR /src
COPY Package.swift ./
COPY Sources Sources
COPY Tests Tests
COPY .ci/release-flags .ci/
RUN flags="$(.ci/release-flags)" && swift build --product replay $flags \
  && cp "$(swift build $flags --show-bin-path)/replay" /replay && strip /replay

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates libssl3 \
  && rm -rf /var/lib/apt/lists/*
COPY --from=build /replay /usr/local/bin/replay
COPY recordings /recordings
USER nobody
ENTRYPOINT ["replay"]
