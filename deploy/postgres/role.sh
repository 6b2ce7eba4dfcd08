#!/bin/sh
# Run once by the image of PostgreSQL, when it makes its database: the role that servers are. It owns
# nothing and bypasses nothing; `reverie migrate --grant-to reverie` lets it in.
set -eu
psql --set=ON_ERROR_STOP=1 --set=password="$(cat /run/secrets/server_password)" \
    --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" <<'SQL'
CREATE ROLE reverie LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'password';
SQL
