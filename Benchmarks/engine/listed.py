"""What the measurements over a list of networks have in common: its rows, the shape each is fed in, and a file that keeps results."""
import json
import os

from agreement import planar_shape


class Failure(Exception):
    """Why a network has no figures."""


def networks(path):
    """The rows of a list.json of networks.py."""
    with open(path) as file:
        return json.load(file)["networks"]


def shape_of(row):
    return row.get("shape") or planar_shape(row["inputs"][0], row.get("size", [320, 320]))


def measured_once(rows, path, measure):
    """Each row with what `measure(row)` found, or with its failure. What the file at `path` has is not measured again; without a
    path nothing is kept."""
    done = {}
    if path and os.path.exists(path):
        with open(path) as file:
            done = json.load(file)
    for row in rows:
        if row["name"] not in done:
            try:
                done[row["name"]] = measure(row)
            except Failure as failure:
                done[row["name"]] = {"failure": str(failure)}
            if path:
                with open(path, "w") as file:
                    json.dump(done, file, indent=1)
        yield row, done[row["name"]]
