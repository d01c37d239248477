#!/usr/bin/env python3
"""fixed.py MODEL FOLDER PORCHLIGHT: prints the path of the network with all sides of its input fixed, which most peers ask for.

The sides are those that `porchlight bench` takes for a picture of 1280x720. A network without open sides is printed as it is.
"""
import json
import os
import subprocess
import sys

import onnx


def main():
    source, folder, program = sys.argv[1:4]
    model = onnx.load(source)
    sides = model.graph.input[0].type.tensor_type.shape.dim
    if all(side.dim_value > 0 for side in sides):
        print(source)
        return
    figures = subprocess.run(
        [program, "bench", "--json", "--runs", "1", "--model", source], capture_output=True, text=True, check=True).stdout
    for side, value in zip(sides, json.loads(figures)["input"]):
        side.dim_value = value
    # What was inferred for open sides.
    del model.graph.value_info[:]
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    os.makedirs(folder, exist_ok=True)
    target = os.path.join(folder, os.path.basename(source))
    onnx.save(onnx.shape_inference.infer_shapes(model), target)
    manifest = os.path.splitext(source)[0] + ".json"
    if os.path.exists(manifest):
        with open(manifest) as file:
            told = json.load(file)
        for key in ("pixels", "multipleOf"):
            told.get("input", {}).pop(key, None)
        with open(os.path.splitext(target)[0] + ".json", "w") as file:
            json.dump(told, file)
    print(target)


if __name__ == "__main__":
    main()
