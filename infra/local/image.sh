#!/bin/sh
# Makes what `sam local` runs functions in, where its image cannot be pulled: the name of AWS's image for python3.13, made
# of Debian 13, whose Python that is, and AWS's runtime client. Needs root, Docker (DOCKER_HOST), mmdebstrap and uv.
# The root file system is kept in CACHE, since making it takes a minute.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
machine=$(uname -m)
tag=x86_64
[ "$machine" = aarch64 ] && tag=arm64
cache=${CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ai-gateway}
root=$cache/lambda-python3.13-$tag.tar

if [ ! -s "$root" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$cache"
  uv pip install --quiet --target "$work/runtime" --python-version 3.13 --python-platform "$machine-manylinux_2_28" \
    --only-binary :all: awslambdaric==4.2.2
  cp "$here/bootstrap" "$work/runtime/"
  mirror=$(awk '/^URIs:/ {print $2; exit}' /etc/apt/sources.list.d/debian.sources)
  mmdebstrap --quiet --variant=minbase --include=python3-minimal,libpython3-stdlib,ca-certificates \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook='mkdir -p "$1/var/runtime" "$1/var/task" "$1/opt"' \
    --customize-hook="sync-in '$work/runtime' /var/runtime" \
    trixie "$work/root.tar" \
    "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] ${mirror:-http://deb.debian.org/debian} trixie main"
  mv "$work/root.tar" "$root"
fi
docker import \
  --change 'ENV LANG=C.UTF-8 PATH=/usr/local/bin:/usr/bin:/bin:/opt/bin LAMBDA_TASK_ROOT=/var/task LAMBDA_RUNTIME_DIR=/var/runtime' \
  --change 'WORKDIR /var/task' \
  "$root" "public.ecr.aws/lambda/python:3.13-$tag"
