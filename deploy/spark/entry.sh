#!/usr/bin/env bash
# The image's entry. Spark on Kubernetes calls it with `driver …` and `executor`, and says the rest in the environment; anything
# else is a command (`build_dataset.py …` in one pod).
set -euo pipefail

if ! getent passwd "$(id -u)" >/dev/null; then
  export NSS_WRAPPER_PASSWD=/tmp/passwd NSS_WRAPPER_GROUP=/etc/group
  printf 'inferscope:x:%s:%s::/tmp:/bin/false\n' "$(id -u)" "$(id -g)" >"$NSS_WRAPPER_PASSWD"
  LD_PRELOAD="$(find /usr/lib -name libnss_wrapper.so -print -quit)"
  export LD_PRELOAD
fi

case "${1:-}" in
  driver)
    shift
    exec spark-submit --deploy-mode client --conf "spark.driver.bindAddress=$SPARK_DRIVER_BIND_ADDRESS" "$@"
    ;;
  executor)
    # Options for Java come as SPARK_JAVA_OPT_0, SPARK_JAVA_OPT_1 …
    options=()
    for ((n = 0; ; n++)); do
      name="SPARK_JAVA_OPT_$n"
      [ -n "${!name+set}" ] || break
      options+=("${!name}")
    done
    exec java "${options[@]}" "-Xms$SPARK_EXECUTOR_MEMORY" "-Xmx$SPARK_EXECUTOR_MEMORY" -cp "${SPARK_CONF_DIR:-$SPARK_HOME/conf}:$SPARK_HOME/jars/*" \
      org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend --driver-url "$SPARK_DRIVER_URL" --executor-id "$SPARK_EXECUTOR_ID" \
      --cores "$SPARK_EXECUTOR_CORES" --app-id "$SPARK_APPLICATION_ID" --hostname "$SPARK_EXECUTOR_POD_IP" \
      --resourceProfileId "$SPARK_RESOURCE_PROFILE_ID" --podName "$SPARK_EXECUTOR_POD_NAME"
    ;;
  *) exec "$@" ;;
esac
