# One image for web, workers and beat; docker-compose.yml says which is which.
FROM python:3.12-slim

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    ARENA_DATA_DIR=/data \
    ARENA_HOST=0.0.0.0 \
    ARENA_PORT=8000

RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin arena \
    && install -d -o arena -g arena -m 0700 /data

WORKDIR /app
# The packages stand in a layer of their own: a change of code does not install them again.
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.txt
COPY . .
RUN python -m compileall -q -x '/(tests|bench)/' .

USER arena
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=300s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["python", "manage.py", "arena", "serve", "--first-run"]
