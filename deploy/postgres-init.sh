#!/bin/sh
# Runs once, when the PostgreSQL container makes its data folder: the portal gets a database of its
# own and a role that is no superuser.
set -eu
psql --set=ON_ERROR_STOP=1 --set=password="$DATABASE_PASSWORD" --username=postgres <<'SQL'
CREATE ROLE portal LOGIN PASSWORD :'password';
CREATE DATABASE portal OWNER portal;
SQL
