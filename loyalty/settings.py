"""Configuration, read from the environment (or a file `.env`) by typed readers.

With nothing set the service runs on this machine for this machine: an embedded PostgreSQL and a generated
SECRET_KEY under var/ (VAR_DIR names another folder), plain http, local host names. Setting ALLOWED_HOSTS makes it
production: SECRET_KEY, DATA_KEYS and INDEX_KEY must then be given, and HTTPS is on unless HTTPS=off. Production sets
ALLOWED_HOSTS, SECRET_KEY, DATA_KEYS, INDEX_KEY, DATABASE_URL, EMAIL_URL, EMAIL_FROM, SITE_URL and, behind a proxy that
ends TLS, TRUSTED_PROXY=on; it may set CACHE_URL (Redis), SITE_NAME, JWT_SIGNING_KEY, METRICS_TOKEN,
LOG_LEVEL, LOG_FORMAT, ACCESS_LOG, CORS_ALLOWED_ORIGINS."""

import sys
from datetime import timedelta
from pathlib import Path

import environ
import pghistory
from django.core.exceptions import ImproperlyConfigured

from loyalty import backoffice_theme, browsers, secret_key
from loyalty.database import EmbeddedServer
from loyalty.history.processes import process_option
from loyalty.http import openapi
from loyalty.logs import lines
from loyalty.sealed import ring

VERSION = "0.1.0"
BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
if (BASE_DIR / ".env").exists():
    environ.Env.read_env(BASE_DIR / ".env")
# Once the file has been read.
from loyalty.settings_of_rooms import *  # noqa: E402, F403

VAR_DIR = Path(env.str("VAR_DIR", default="") or BASE_DIR / "var")

DEBUG = env.bool("DEBUG", default=False)
PRODUCTION = bool(env.list("ALLOWED_HOSTS", default=[]))
# Quickstart names here the address it was told to listen on.
DEMO_HOSTS = env.list("DEMO_HOSTS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", ".localhost", "127.0.0.1", "[::1]", *DEMO_HOSTS])
HTTPS = env.bool("HTTPS", default=PRODUCTION)
# A proxy stands before us that ends TLS and says whose request it is.
TRUSTED_PROXY = env.bool("TRUSTED_PROXY", default=False)

# Keys
SECRET_KEY = env.str("SECRET_KEY", default="")
if SECRET_KEY or PRODUCTION:
    SECRET_KEY = SECRET_KEY if DEBUG else secret_key.checked(SECRET_KEY)
else:
    SECRET_KEY = secret_key.generated(VAR_DIR / "secret_key")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
JWT_SIGNING_KEY = env.str("JWT_SIGNING_KEY", default="") or SECRET_KEY
if not DEBUG:
    secret_key.checked(JWT_SIGNING_KEY, name="JWT_SIGNING_KEY")
# Who issues QR tokens: a name that tills expect in them
QR_ISSUER = env.str("QR_ISSUER", default="loyalty")
# How many vouchers of one member all tills of a brand together redeem in a day without a line
OFFLINE_MEMBER_MAX = env.int("OFFLINE_MEMBER_MAX", default=10)

# Personal data at rest: the keys "id:key", newest first, and the key of the look-ups; without them a file of ours
DATA_KEYS = env.list("DATA_KEYS", default=[])
INDEX_KEY = env.str("INDEX_KEY", default="")
if DATA_KEYS or PRODUCTION:
    ring.parse(DATA_KEYS, INDEX_KEY)
DATA_KEYS_FILE = env.str("DATA_KEYS_FILE", default="") or str(VAR_DIR / "data_keys")

# Applications
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "loyalty.portal.apps.PortalConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "rest_framework",
    "rest_framework_simplejwt",
    "rest_framework_simplejwt.token_blacklist",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "corsheaders",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_ratelimit",
    "procrastinate.contrib.django",
    "pgtrigger",
    "pghistory",
    "loyalty",
    "ledger",
    "programs",
    "exchange",
]
AUTH_USER_MODEL = "loyalty.Person"
ROOT_URLCONF = "loyalty.urls"
WSGI_APPLICATION = "loyalty.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# What costs (sessions, people, messages, redirects) steps aside for the API; see loyalty/pages.py.
MIDDLEWARE = [
    "loyalty.observing.Observe",
    "django.middleware.security.SecurityMiddleware",
    "loyalty.browsers.BrowserRules",
    "loyalty.pages.PageSession",
    "loyalty.pages.PageCommon",
    "django.middleware.csrf.CsrfViewMiddleware",
    "loyalty.pages.PageAuthentication",
    "loyalty.pages.PageMessages",
    "loyalty.history.acting.ActingPerson",
    "allauth.account.middleware.AccountMiddleware",
    "loyalty.identity.signin.middleware.SecondFactor",
    "loyalty.pages.PageZone",
    "loyalty.pages.PageRefusals",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# Database: a server of one's own, or the embedded one
EMBEDDED_SERVER = None
# The planner's guesses about functions are too coarse to compile by: JIT costs here and never pays.
DATABASE_OPTIONS = {
    "connect_timeout": 5,
    "application_name": "loyalty",
    "options": f"-c jit=off {process_option(sys.argv)}",
}
if env.str("DATABASE_URL", default=""):
    DATABASES = {"default": env.db("DATABASE_URL") | {"ENGINE": "loyalty.postgresql"}}
else:
    EMBEDDED_SERVER = EmbeddedServer(VAR_DIR / "pg")
    DATABASES = {"default": {"ENGINE": "loyalty.postgresql", "NAME": EMBEDDED_SERVER.database}}
DATABASES["default"]["OPTIONS"] = DATABASE_OPTIONS | DATABASES["default"].get("OPTIONS", {})
# Connections live on between requests; runserver makes a thread for each request, so there they must not.
DATABASES["default"]["CONN_MAX_AGE"] = 0 if "runserver" in sys.argv else env.int("CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# Cache: counters of the limits. PostgreSQL unless there is a Redis.
CACHE_URL = env.str("CACHE_URL", default="")
if CACHE_URL:
    CACHES = {"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": CACHE_URL}}
else:
    CACHES = {"default": {"BACKEND": "loyalty.http.postgres_cache.PostgresCache", "LOCATION": "loyalty_cache"}}
# django-ratelimit does not know our cache; it is shared and counts atomically, which is what the check asks.
# That an e-mail is one person's is kept by its blind index, for the address itself lies encrypted.
SILENCED_SYSTEM_CHECKS = ["django_ratelimit.W001", "django_ratelimit.E003", "auth.E003", "auth.W004"]

# Whether webhooks may be sent to this machine too, by http and at any port: for development, never in production.
WEBHOOKS_ALLOW_LOOPBACK = env.bool("WEBHOOKS_ALLOW_LOOPBACK", default=DEBUG and not PRODUCTION)
if WEBHOOKS_ALLOW_LOOPBACK and PRODUCTION:
    raise ImproperlyConfigured("WEBHOOKS_ALLOW_LOOPBACK would let brands reach this machine: not in production.")

# Uploads
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 3
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# A whole form with its files, of somebody who is signed in; strangers may send what fits into memory.
FILE_UPLOAD_BYTES_MAX = 33 * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "loyalty.http.uploads.BoundedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# People
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "loyalty.identity.passwords.validators.KnownPasswordValidator"},
    {"NAME": "loyalty.identity.passwords.validators.OwnWordsValidator"},
]
# Mails: printed unless EMAIL_URL names a server, "smtp+tls://user:password@host:587". Links in them never repeat what a
# caller says our name is, so SITE_URL says it.
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = 10
SITE_NAME = env.str("SITE_NAME", default="Loyalty")
SITE_URL = env.str("SITE_URL", default="").rstrip("/") or (
    f"https://{ALLOWED_HOSTS[0].lstrip('.*')}" if PRODUCTION else "http://127.0.0.1:8000"
)
# Instead of a server a provider may send them: EMAIL_PROVIDER="postmark" (any that django-anymail knows), with what it
# asks for as ANYMAIL_<NAME>, say ANYMAIL_POSTMARK_SERVER_TOKEN.
EMAIL_PROVIDER = env.str("EMAIL_PROVIDER", default="")
if EMAIL_PROVIDER:
    EMAIL_BACKEND = f"anymail.backends.{EMAIL_PROVIDER}.EmailBackend"
ANYMAIL = {name.removeprefix("ANYMAIL_"): value for name, value in env.ENVIRON.items() if name.startswith("ANYMAIL_")}
ANYMAIL.setdefault("REQUESTS_TIMEOUT", EMAIL_TIMEOUT)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("EMAIL_FROM", default=f"{SITE_NAME} <loyalty@localhost>")
EMAIL_SUBJECT_PREFIX = f"[{SITE_NAME}] "

# Signing in to the portal
LOGIN_URL = LOGOUT_REDIRECT_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
AUTHENTICATION_BACKENDS = ["loyalty.identity.signin.backends.PortalBackend"]
PASSWORD_RESET_TIMEOUT = 3600
SESSION_ENGINE = "loyalty.identity.signin.sessions"
SESSION_COOKIE_AGE = 12 * 3600
# A session ends when nothing was asked for so long, and SESSION_COOKIE_AGE after the sign-in at the latest.
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_SECONDS", default=2 * 3600)
# Of a brand's people the brand says so itself.
OPERATORS_NEED_SECOND_FACTOR = env.bool("OPERATORS_NEED_SECOND_FACTOR", default=PRODUCTION)
# Whether a brand's identity provider may be at a private address and speak plain http.
SIGN_ON_PRIVATE_ADDRESSES = env.bool("SIGN_ON_PRIVATE_ADDRESSES", default=DEBUG)
# django-allauth. Its own table of e-mail addresses stays empty, for ours are encrypted.
ACCOUNT_ADAPTER = "loyalty.identity.signin.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "reset_password": "20/m/ip,3/10m/key",
}
ACCOUNT_FORMS = {
    "login": "loyalty.identity.signin.forms.SignInForm",
    "reset_password": "loyalty.identity.signin.forms.ForgottenPasswordForm",
    "reset_password_from_key": "loyalty.identity.signin.forms.NewPasswordForm",
    "change_password": "loyalty.identity.signin.forms.ChangePasswordForm",
}
ALLAUTH_TRUSTED_PROXY_COUNT = int(TRUSTED_PROXY)
MFA_ADAPTER = "loyalty.identity.signin.adapters.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = SITE_NAME
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_FORMS = {
    "authenticate": "loyalty.identity.signin.forms.CodeForm",
    "reauthenticate": "loyalty.identity.signin.forms.RepeatedCodeForm",
    "add_webauthn": "loyalty.identity.signin.forms.AddKeyForm",
    "authenticate_webauthn": "loyalty.identity.signin.forms.KeyForm",
    "reauthenticate_webauthn": "loyalty.identity.signin.forms.RepeatedKeyForm",
}
SOCIALACCOUNT_ADAPTER = "loyalty.identity.signon.adapter.SignOnAdapter"

# HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=365 * 86400) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
# Load balancers and scrapers ask these on the inside, over plain http.
SECURE_REDIRECT_EXEMPT = [r"^api/health$", r"^metrics$"]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
X_FRAME_OPTIONS = "DENY"
PAGE_POLICY = browsers.content_policy(
    form_origins=env.list("CSP_FORM_ORIGINS", default=[]),
    report_uri=env.str("CSP_REPORT_URI", default=""),
    is_https=HTTPS,
)
# Tells what would be refused, and refuses nothing, until one is sure.
IS_POLICY_TOLD_ONLY = env.bool("CSP_REPORT_ONLY", default=False)
CONTENT_SECURITY_POLICY = None if IS_POLICY_TOLD_ONLY else PAGE_POLICY
CONTENT_SECURITY_POLICY_REPORT_ONLY = PAGE_POLICY if IS_POLICY_TOLD_ONLY else None
if TRUSTED_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    RATELIMIT_IP_META_KEY = "loyalty.pages.client_address"

# Sites whose scripts may call the API: "https://app.example". They send credentials in a header, never as a cookie.
CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_CREDENTIALS = False
CORS_ALLOW_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
CORS_ALLOW_HEADERS = browsers.CORS_HEADERS
CORS_EXPOSE_HEADERS = browsers.CORS_EXPOSED
CORS_PREFLIGHT_MAX_AGE = 7200
if CORS_ALLOWED_ORIGINS:
    MIDDLEWARE.insert(1, "corsheaders.middleware.CorsMiddleware")

# The API
REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "loyalty.http.problems.exception_handler",
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "loyalty.identity.authentication.ApiKeyAuthentication",
        "loyalty.identity.authentication.JWTAuthentication",
    ],
    "DEFAULT_SCHEMA_CLASS": "loyalty.http.documents.ContractSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = openapi.SPECTACULAR_SETTINGS | {"VERSION": VERSION}
SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "SIGNING_KEY": JWT_SIGNING_KEY,
    "ISSUER": "loyalty",
    "AUDIENCE": "loyalty",
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=10),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "LEEWAY": 30,
    "UPDATE_LAST_LOGIN": False,
    "USER_ID_FIELD": "id",
    "USER_ID_CLAIM": "sub",
}

# Jobs
PROCRASTINATE_IMPORT_PATHS = ["loyalty.worker", "loyalty.identity.jobs"]

# How many months things are kept (0: as long as the platform runs): devices that nobody came back with, the portal's
# own log, words in events about members, messages to them, network addresses in the history. Brands say when idle
# members are erased.
RETENTION_DEVICE_MONTHS = env.int("RETENTION_DEVICE_MONTHS", default=24)
RETENTION_LOG_MONTHS = env.int("RETENTION_LOG_MONTHS", default=24)
RETENTION_EVENT_MONTHS = env.int("RETENTION_EVENT_MONTHS", default=0)
RETENTION_MESSAGE_MONTHS = env.int("RETENTION_MESSAGE_MONTHS", default=24)
RETENTION_ADDRESS_MONTHS = env.int("RETENTION_ADDRESS_MONTHS", default=0)

# The admin
UNFOLD = backoffice_theme.UNFOLD

# The history of changes, see loyalty/history: records stand for themselves, so that nothing refers to what is gone, and
# every column may be empty: one that was added later was not recorded before.
PGHISTORY_FIELD = pghistory.Field(null=True)
PGHISTORY_FOREIGN_KEY_FIELD = pghistory.ForeignKey(db_index=False)
PGHISTORY_OBJ_FIELD = pghistory.ObjForeignKey(related_name="+")
PGHISTORY_CONTEXT_FIELD = pghistory.ContextJSONField()
PGHISTORY_EXCLUDE_FIELD_KWARGS = {
    "django.db.models.Field": ["default", "db_default", "help_text", "validators", "choices", "auto_now", "blank"]
}

# Words, time, files
LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = "loyalty.formats"
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(VAR_DIR / "static"))

# Scrapers of /metrics send this as a bearer token. Empty: a production has no /metrics, elsewhere anyone may read it.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
# What apps tell there besides, by the names of their collectors.
METRICS_COLLECTORS = [
    "exchange.settling.pressure.figures",
    "loyalty.delivery.webhooks.figures.figures",
    "loyalty.delivery.brokers.figures.figures",
]

# One JSON object a line in production, lines to read elsewhere; ACCESS_LOG: one of them for every request
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOG_FORMAT = env.str("LOG_FORMAT", default=lines.JSON if PRODUCTION else lines.LINES)
ACCESS_LOG = env.bool("ACCESS_LOG", default=PRODUCTION)
LOGGING = lines.settings_of(LOG_FORMAT, LOG_LEVEL)
