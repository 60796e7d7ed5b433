#!/bin/bash
# The container's health check: /readyz answers 200. The image has no curl; bash opens the connection.
exec 3<>/dev/tcp/127.0.0.1/4242 || exit 1
printf 'GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' >&3
read -r _ status _ <&3
[ "$status" = 200 ]
