#!/bin/sh
# Usage: start.sh PORT DATADIR
# Runs OpenSearch on 127.0.0.1:PORT (0: any free one, see its log) in the foreground until SIGTERM, assembling it first where
# needed. Several may start at once: one assembles, the others wait.
#   JAVA_HOME  the JDK to build and run with
#   HEAP       the maximum heap; 1g unless told
#   MVN_ARGS   more for the build, e.g. -Panomaly-detection, or -Dopensearch=3.4.0
#              -Dplugin-classloader=3.4.0 -Djava.min=21 -Dmodule.class=ModulePlugin
#   AD_PLUGIN  absolute path of an unpacked Anomaly Detection plugin of the same version
set -eu
if [ $# -ne 2 ]; then
    echo "usage: start.sh PORT DATADIR" >&2
    exit 2
fi
port=$1
mkdir -p "$2"
data=$(cd "$2" && pwd)
cd "$(dirname "$0")"

exec 9>.lock
flock 9
wanted="${MVN_ARGS:-} ${AD_PLUGIN:-}"
if [ "$(cat target/built 2>/dev/null)" != "$wanted" ] || [ -n "$(find pom.xml src -newer target/built)" ]; then
    rm -rf target
    # shellcheck disable=SC2086
    mvn -B -q ${MVN_ARGS:-} package >&2
    if [ -n "${AD_PLUGIN:-}" ]; then
        cp -r "$AD_PLUGIN" target/home/plugins/opensearch-anomaly-detection
    fi
    echo "$wanted" >target/built
fi
exec 9>&-

exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" "-Xmx${HEAP:-1g}" -XX:+UseSerialGC \
    -Dlog4j2.configurationFile=target/home/config/log4j2.properties \
    -cp "target/lib/*" src/Main.java target/home "$port" "$data"
