"""All settings, read from the environment. Any NAME may be given as NAME_FILE (a path whose content is the value).

Without DATABASE_URL and REDIS_URL, ``manage.py up`` starts an embedded PostgreSQL and Valkey and sets both.
"""

import os
import sys
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.FileAwareEnv()  # reads NAME_FILE for the names asked for, and leaves SSL_CERT_FILE and the like alone

# --- What this installation is ------------------------------------------------------------------------------------

TESTING = "pytest" in sys.modules
EMBEDDED = env.bool("AFTERCARE_EMBEDDED", default=False)  # set by `manage.py up` and by the test plugin
DEBUG = env.bool("DEBUG", default=False)
# Commands that read nothing secret (collectstatic in an image build, checks) run without the production settings.
BUILDING = env.bool("AFTERCARE_BUILDING", default=False)

if not (EMBEDDED or BUILDING or DEBUG):
    missing = [
        n
        for n in ("SECRET_KEY", "ALLOWED_HOSTS", "PUBLIC_URL", "DATABASE_URL", "REDIS_URL")
        if not (os.environ.get(n) or os.environ.get(f"{n}_FILE"))
    ]
    if missing:
        raise ImproperlyConfigured(
            f"Set {', '.join(missing)} (or {missing[0]}_FILE). `make up` needs none of them: it brings its own servers."
        )

SECRET_KEY = env("SECRET_KEY", default="only-for-building-" + "x" * 40 if BUILDING or DEBUG else "")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])  # former keys: links in old mails go on working
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"])
PUBLIC_URL = env("PUBLIC_URL", default=f"http://127.0.0.1:{env('PORT', default='8000')}").rstrip("/")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# --- Apps, from the roof down to the ground -----------------------------------------------------------------------

FLOORS = [
    "campaigns",
    "support",
    "loyalty",
    "feedback",
    "tracking",
    "vcards",
    "orders",
    "messaging",
    "customers",
    "staff",
    "events",
]
INSTALLED_APPS = [
    "config.apps.House",
    *FLOORS,
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",  # allauth's list of security keys
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "anymail",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "events.webhooks.ShortWay",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "staff.languages.UserLanguage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["shelf.template_filters"],
        },
    },
]

# --- Database, broker, cache --------------------------------------------------------------------------------------


def database() -> dict:
    """DATABASE_URL as Django wants it. A socket folder (``?host=/run/…``) moves to HOST, where dbshell looks."""
    config = env.db_url("DATABASE_URL", default="postgresql://aftercare@localhost/aftercare")
    socket = config.get("OPTIONS", {}).pop("host", None)
    if socket:
        config["HOST"] = socket
    return {
        **config,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": env.bool("DATABASE_POOLED", default=False),
    }


DATABASES = {"default": database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env("REDIS_URL", default="redis://localhost:6379/0")
SOCKET = REDIS_URL.removeprefix("unix://").partition("?")[0] if REDIS_URL.startswith("unix://") else ""

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": f"unix://{SOCKET}?db=1" if SOCKET else REDIS_URL,
        "KEY_PREFIX": "aftercare",
    }
}

CELERY_BROKER_URL = f"redis+socket://{SOCKET}?virtual_host=0" if SOCKET else REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_DB_REUSE_MAX = 1000  # Celery otherwise closes the connection after every task
# A dead broker must not hold up a request: one try, then the sweep finds the work.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 1,
    "socket_timeout": 5 if not SOCKET else None,
}

# --- People who sign in -------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "staff.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "staff.adapter.InvitedOnly"
ACCOUNT_PREVENT_ENUMERATION = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Aftercare"
# A reset of the password leaves an unconfirmed address behind. Nobody signs up here, so that it is nobody else's.
MFA_ALLOW_UNVERIFIED_EMAIL = True
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/admin/"

# --- Languages and time -------------------------------------------------------------------------------------------

LANGUAGE_CODE = env("LANGUAGE_CODE", default="en")
LANGUAGES = [("en", _("English")), ("uk", _("Ukrainian")), ("ru", _("Russian"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env("TIME_ZONE", default="Europe/Kyiv")
USE_I18N = True
USE_TZ = True

# --- Mail ---------------------------------------------------------------------------------------------------------

# smtp://user:password@host:port, smtp+tls://, smtp+ssl://, or an anymail provider: brevo://KEY, mailgun://KEY?sender_domain=…
# Absent: mail is kept on the local mailbox page and nothing leaves. Read by messaging/channels/email.py.
EMAIL_URL = env("EMAIL_URL", default="")
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Aftercare <care@aftercare.localhost>")
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=20)  # seconds that one hand-over may take
# Where bounces come back, each with a signature: bounces+…@shop.example. Empty: to From, for many providers want that.
BOUNCE_ADDRESS = env("BOUNCE_ADDRESS", default="")

# Providers' doors, /news/<provider>/ and /mail/<provider>/: user:password in the address they are given (several while
# it is changed), and the keys of those that sign. A provider without either finds no door. messaging/news/providers.py
NEWS_SECRET = [s if ":" in s else f"aftercare:{s}" for s in env.list("NEWS_SECRET", default=[])]
MAIL_SECRET = env.list("MAIL_SECRET", default=[])  # of /mail/raw/
PROVIDER_KEYS = {
    name: env(name, default="")
    for name in (
        *("MAILERSEND_SIGNING_SECRET", "MAILERSEND_INBOUND_SECRET", "MAILGUN_WEBHOOK_SIGNING_KEY"),
        *("MAILTRAP_TRACKING_SECRET", "MAILTRAP_INBOUND_SECRET", "MANDRILL_WEBHOOK_KEY", "POSTAL_WEBHOOK_KEY"),
        *("RESEND_SIGNING_SECRET", "RESEND_INBOUND_SECRET", "SENDGRID_TRACKING_WEBHOOK_VERIFICATION_KEY"),
        *("UNISENDER_GO_API_KEY", "BREVO_API_KEY", "MAILTRAP_API_TOKEN", "RESEND_API_KEY"),
    )
}
# A mailbox that is read every minute: imaps://user:password@imap.example.com/INBOX. Empty: none.
INBOUND_URL = env("INBOUND_URL", default="")
SEND_LEASE_SECONDS = env.int("SEND_LEASE_SECONDS", default=15)  # how long a batch waits for a worker that died
BACK_OFF_SCALE = env.float("BACK_OFF_SCALE", default=1.0)  # shortens the waits after a failure, for trials

# --- Campaigns ----------------------------------------------------------------------------------------------------

# Above so many recipients somebody else has to approve; the first few leave alone, and are looked at after a while.
CAMPAIGN_SECOND_PERSON_ABOVE = env.int("CAMPAIGN_SECOND_PERSON_ABOVE", default=500)
CAMPAIGN_WINDOW_MINUTES = env.int("CAMPAIGN_WINDOW_MINUTES", default=5)  # to think again, before anything leaves
CAMPAIGN_CANARY = env.int("CAMPAIGN_CANARY", default=50)
CAMPAIGN_CANARY_MINUTES = env.int("CAMPAIGN_CANARY_MINUTES", default=15)

# --- Segments: what scores and stages of life mean ----------------------------------------------------------------

# Days since the last order: until the first, somebody is new or active; then at risk, lapsed, and after the last, lost.
LIFECYCLE_DAYS = env.list("LIFECYCLE_DAYS", cast=int, default=[90, 180, 365])
# Four thresholds each make five scores; 5 is the best.
RFM_RECENCY_DAYS = env.list("RFM_RECENCY_DAYS", cast=int, default=[30, 60, 120, 240])
RFM_FREQUENCY_ORDERS = env.list("RFM_FREQUENCY_ORDERS", cast=int, default=[2, 3, 5, 10])
# By currency, as JSON: amounts of several currencies are never compared.
RFM_MONETARY = env.json(
    "RFM_MONETARY",
    default={
        "UAH": [1000, 3000, 8000, 20000],
        "RUB": [2500, 7500, 20000, 50000],
        "KZT": [12000, 36000, 100000, 240000],
        "PLN": [100, 300, 800, 2000],
        "EUR": [25, 75, 200, 500],
        "USD": [25, 75, 200, 500],
    },
)

# --- Templates ----------------------------------------------------------------------------------------------------

# A mail is published by one who may approve mails and has not written it; off: by whoever may edit templates.
MAILS_NEED_APPROVAL = env.bool("MAILS_NEED_APPROVAL", default=False)
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # a mail of 50 blocks with all their fields

# --- Files, static, safety ----------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
MEDIA_URL = env("MEDIA_URL", default="/media/")
MEDIA_ROOT = Path(env("MEDIA_ROOT", default=str(BASE_DIR / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG or (BUILDING and not env.bool("MANIFEST", default=False))
        else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    },
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000_000  # sources have smaller caps of their own (events/sources.py)
PROXIES = env.int("PROXIES", default=0)  # proxies of ours in front; their X-Forwarded-For counts for rate limits
HTTPS = PUBLIC_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "https:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- API ----------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["staff.tokens.BearerToken"],
    "DEFAULT_PERMISSION_CLASSES": ["staff.tokens.MayDo"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Aftercare API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
}

# --- Watching -----------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "celery": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},  # it tells whole addresses, and questions to providers hold customers' own
    },
}

SENTRY_DSN = env("SENTRY_DSN", default="")
if SENTRY_DSN:
    import sentry_sdk

    sentry_sdk.init(SENTRY_DSN, send_default_pii=False, traces_sample_rate=0.0)
