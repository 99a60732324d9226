"""Superset on one machine: its own records in SQLite, no cache, no background worker."""

import os

SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]
SQLALCHEMY_DATABASE_URI = f"sqlite:///{os.environ['SUPERSET_HOME']}/superset.db"

# The tables behind the charts change every second.
CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}
DATA_CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}

# Limits of logins are counted in the one process that there is.
RATELIMIT_STORAGE_URI = "memory://"
