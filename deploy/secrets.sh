#!/bin/sh
# Makes the secrets that deploy/compose.yaml mounts, once, into deploy/secrets. Run it again for those
# that are missing; remove a file to have it made anew (and change the database's password with it).
set -eu
umask 022
cd "$(dirname "$0")"
mkdir -p secrets
# Containers read them as users of their own: what keeps others out is the folder, from the start.
chmod 0700 secrets

random() {
    head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n'
}

make() {
    [ -e "secrets/$1" ] || printf '%s\n' "$2" >"secrets/$1"
}

make owner_password "$(random)"
make server_password "$(random)"
make qdrant_api_key "$(random)"
make api_keys "{\"default\": \"$(random)\"}"
make owner_database_url "postgresql://postgres:$(cat secrets/owner_password)@postgres:5432/reverie"
make database_url "postgresql://reverie:$(cat secrets/server_password)@postgres:5432/reverie"
make qdrant.yaml "service: {api_key: $(cat secrets/qdrant_api_key)}"
chmod 0644 secrets/*
