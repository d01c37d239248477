#!/usr/bin/env python3
"""Compares what `porchlight detect --json` told of the same pictures on two machines. Prints the largest difference of a
confidence and of a box, and fails when labels differ or a difference is too large.

Usage: scripts/arm/apart.py ONE OTHER POINTS     POINTS of a percent, for confidences and for sides of boxes
"""

import json
import pathlib
import sys


def told(path: str) -> list[tuple[str, list[dict]]]:
    """Per picture its file and its detections."""
    lines = map(json.loads, pathlib.Path(path).read_text().splitlines())
    return [(line["file"], line["detections"]) for line in lines]


def main() -> None:
    one, other, limit = told(sys.argv[1]), told(sys.argv[2]), float(sys.argv[3])
    confidence = side = 0.0
    for (file, left), (_, right) in zip(one, other, strict=True):
        if [each["class"] for each in left] != [each["class"] for each in right]:
            sys.exit(f"{file}: other things are seen")
        for a, b in zip(left, right, strict=True):
            confidence = max(confidence, abs(a["confidence"] - b["confidence"]))
            box = a["boundingBox"]
            side = max(side, *(100 * abs(box[key] - b["boundingBox"][key]) for key in box))
    print(f"confidences differ by at most {confidence:.1f} points, boxes by {side:.2f} % of the picture")
    sys.exit(confidence > limit or side > limit)


main()
