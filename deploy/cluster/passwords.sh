#!/bin/sh
# Makes the passwords of a cluster, each in a file that only its owner can read. Run it once, here.
set -eu
cd "$(dirname "$0")"
umask 077
for file in server.env valkey.env postgres.env; do
	[ ! -e "$file" ] || { echo "$file is there already" >&2; exit 1; }
done
valkey=$(head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n')
postgres=$(head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n')
printf 'ROOMCLI_CLUSTER=redis://:%s@valkey:6379\nPGPASSWORD=%s\n' "$valkey" "$postgres" >server.env
printf 'VALKEY_PASSWORD=%s\n' "$valkey" >valkey.env
printf 'POSTGRES_PASSWORD=%s\n' "$postgres" >postgres.env
