#!/bin/sh
# Our engine and the ones that a user would take instead, on the same networks, in turns, each turn a new process.
#
#   Benchmarks/engine/run.sh [MODEL.onnx ...] [-- --threads 1,2 --rounds 5 --runs 60 --realtime]
#   Benchmarks/engine/run.sh --scaling MODEL.onnx [-- --sizes 320,416,640 --batches 1,2,4,8]    time by size and batch
#   Benchmarks/engine/run.sh --instructions MODEL.onnx ...                                      instructions per frame
#
# Without a model: the default one. Installs ONNX Runtime, OpenVINO, LiteRT and ncnn, and in a second place what converts
# networks for the last two (TensorFlow: 1.5 GB), under .cache/engine-benchmark; later runs find them there.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
cache=$root/.cache/engine-benchmark
models=""
what=compare
case ${1:-} in
--scaling | --instructions)
    what=${1#--}
    shift
    ;;
esac
while [ $# -gt 0 ] && [ "$1" != "--" ]; do
    [ -f "$1" ] || { echo "no model at $1" >&2; exit 66; }
    models="$models $(cd "$(dirname "$1")" && pwd)/$(basename "$1")"
    shift
done
[ $# -eq 0 ] || shift
[ -n "$models" ] || models=$root/Models/default/porchlight.onnx

PORCHLIGHT=${PORCHLIGHT:-$root/.build/release/porchlight}
export PORCHLIGHT
if [ ! -x "$PORCHLIGHT" ]; then
    echo "building porchlight (release)" >&2
    (cd "$root" && swift build -c release --product porchlight)
fi
if [ ! -e "$cache/peers/ready" ]; then
    echo "installing the peers into $cache/peers" >&2
    python3 -m venv "$cache/peers"
    "$cache/peers/bin/pip" install -q numpy 'onnx>=1.17,<2' onnxruntime openvino ai-edge-litert ncnn pillow sympy ml_dtypes
    touch "$cache/peers/ready"
fi
if [ ! -e "$cache/tools/ready" ]; then
    echo "installing the converters into $cache/tools" >&2
    python3 -m venv "$cache/tools"
    "$cache/tools/bin/pip" install -q pnnx onnx2tf tensorflow-cpu tf_keras onnx_graphsurgeon sng4onnx onnxsim psutil \
        ai-edge-litert onnxruntime
    touch "$cache/tools/ready"
fi
if [ "$what" = scaling ]; then
    for model in $models; do "$cache/peers/bin/python" "$root/Benchmarks/engine/scaling.py" "$model" "$@"; done
    exit
fi
pairs=""
for model in $models; do
    folder=$cache/networks/$(basename "$model" .onnx)
    model=$("$cache/peers/bin/python" "$root/Benchmarks/engine/fixed.py" "$model" "$folder/fixed" "$PORCHLIGHT")
    "$cache/peers/bin/python" "$root/Benchmarks/engine/convert.py" "$model" "$folder" "$cache/tools/bin" "$PORCHLIGHT"
    pairs="$pairs $model=$folder"
done
if [ "$what" = instructions ]; then
    ENGINE_PASSES=$(dirname "$PORCHLIGHT")/EnginePasses
    export ENGINE_PASSES
    [ -x "$ENGINE_PASSES" ] || (cd "$root" && swift build -c release --product EnginePasses)
fi
# shellcheck disable=SC2086  # paths of models hold no spaces here
exec "$cache/peers/bin/python" "$root/Benchmarks/engine/$what.py" $pairs "$@"
