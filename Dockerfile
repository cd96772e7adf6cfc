# One image for every process of the system; docker-compose.yml says which one a container is.
FROM python:3.13-slim

WORKDIR /app
ENV PYTHONUNBUFFERED=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1

# The packages first: they change less often than the code.
COPY constraints.txt .
RUN pip install --require-hashes -r constraints.txt

COPY pyproject.toml README.md ./
COPY fulfillment fulfillment
COPY workers workers
COPY web web
RUN pip install --no-deps --no-build-isolation . \
 && useradd --system --home-dir /var/lib/fulfillment --create-home fulfillment

USER fulfillment
ENV FULFILLMENT_HOME=/var/lib/fulfillment
VOLUME /var/lib/fulfillment
CMD ["fulfillment", "--help"]
