#!/bin/sh
# Our web on 127.0.0.1:$PORT, whatever environment the caller has; see bench/serve.py.
cd "$(dirname "$0")/.." || exit 1
unset DJANGO_SETTINGS_MODULE DATABASE_URL REDIS_URL PYTHONPATH
exec .venv/bin/python -m bench.serve
