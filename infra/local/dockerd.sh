#!/bin/sh
# A Docker daemon of one's own, in the folder DIR, until it is stopped: `dockerd.sh DIR`, then DOCKER_HOST=unix://DIR/docker.sock.
# For machines with root and without a daemon. Containers reach the machine at their bridge's address, and nothing else.
set -eu
mkdir -p "$1"
exec dockerd --data-root "$1/data" --exec-root "$1/exec" --pidfile "$1/pid" --host "unix://$1/docker.sock" \
  --iptables=false --ip6tables=false
