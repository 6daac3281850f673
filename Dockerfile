# The `mcp-opa` command in an image: no compiler, no cache, and a user that owns nothing in it.
FROM python:3.13-slim-trixie AS build
WORKDIR /src
COPY . .
RUN python -m venv /opt/mcp-opa \
 && /opt/mcp-opa/bin/python -m pip install --no-cache-dir --disable-pip-version-check -c constraints.txt '.[gateway,mcp,redis,signing]'

FROM python:3.13-slim-trixie
COPY --from=build /opt/mcp-opa /opt/mcp-opa
USER 1000:1000
ENTRYPOINT ["/opt/mcp-opa/bin/mcp-opa"]
