"""Measures an exported model on labelled pictures, as the program would run it."""

import json
import pathlib

import cv2
import numpy as np
import onnxruntime
import torch

from . import night
from .calibrate import applied
from .dataset import coco
from .metrics import report
from .network import CLASSES
from .predict import decoded, fitted, input_shape, normalised

#: The seed of the infra-red copies.
NIGHT_SEED = 20


def session(path, threads=1):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def findings(model, pictures, table, threads=1):
    """What an ONNX file finds. table: knots per class, or None for raw scores."""
    run = session(model, threads)
    name = run.get_inputs()[0].name
    found = []
    for p in pictures:
        shape = input_shape(p.width, p.height)
        pixels, scale = fitted(p.read(), shape)
        output = run.run(None, {name: normalised(pixels[None]).contiguous().numpy()})[0][0]
        found.append(decoded(torch.from_numpy(output), scale, p.width, p.height, shape, applied(table)))
    return found


def night_copies(pictures, out):
    """Writes infra-red copies of pictures, the same every time, and their annotations; returns the file of these."""
    out = pathlib.Path(out)
    (out / "images").mkdir(parents=True, exist_ok=True)
    names = {}
    for index, p in enumerate(pictures):
        name = f"{index:05d}.jpg"
        names[id(p)] = name
        made = night.infrared(p.read(), p.boxes, np.random.default_rng((NIGHT_SEED, index)))
        cv2.imwrite(str(out / "images" / name), made, [cv2.IMWRITE_JPEG_QUALITY, 90])
    told = out / "annotations.json"
    copies = coco(pictures, lambda p: names[id(p)])
    for image in copies["images"]:
        image["infrared"] = True
    told.write_text(json.dumps(copies))
    return told


def diagram(told, path):
    """Draws how often detections of a confidence are right."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panes = pyplot.subplots(1, len(told["labels"]), figsize=(4 * len(told["labels"]), 4), sharey=True)
    for pane, (label, row) in zip(panes, told["labels"].items()):
        used = [(count, confidence, share) for count, confidence, share in row["bins"] if count]
        pane.plot([0, 1], [0, 1], color="#999999", linewidth=1)
        pane.bar(
            [confidence for _, confidence, _ in used], [share for _, _, share in used], width=0.07, color="#d98e2b")
        for count, confidence, share in used:
            pane.text(confidence, share + 0.02, str(count), ha="center", fontsize=7)
        pane.set(title=f"{label}: error {row['calibrationError']:.3f}", xlabel="confidence", xlim=(0, 1), ylim=(0, 1.08))
    panes[0].set_ylabel("share that is right")
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def table(told):
    """The report as text."""
    lines = [f"{'':10}{'objects':>8}{'AP50':>8}{'AP50:95':>9}{'small':>7}{'AP50':>8}{'recall':>8}{'prec.':>8}{'ECE':>8}{'chance':>8}"]
    for name, row in (*told["classes"].items(), *told["labels"].items()):
        def number(key):
            return "-" if row[key] is None else f"{row[key]:.1f}"
        lines.append(
            f"{name:10}{row['objects']:8}{number('ap50'):>8}{number('ap5095'):>9}{row['smallObjects']:7}"
            f"{number('apSmall50'):>8}{number('recall'):>8}{number('precision'):>8}{row['calibrationError']:8.3f}{row['chanceError']:8.3f}")
    lines.append(f"\n{'source':14}{'pictures':>8}" + "".join(f"{name:>9}" for name in CLASSES) + f"{'alarms':>12}")
    for source, row in told["sources"].items():
        values = "".join(f"{row['ap50'][name]:9.1f}" if name in row["ap50"] else f"{'-':>9}" for name in CLASSES)
        alarms = f"{row['alarms']} of {row['empty']}" if row["empty"] else "-"
        lines.append(f"{source:14}{row['pictures']:8}{values}{alarms:>12}")
    for kind in ("mean", "worst"):
        summary = told["overSources"]
        values = "".join(f"{summary[name][kind]:9.1f}" if name in summary else f"{'-':>9}" for name in CLASSES)
        lines.append(f"{kind + ' source' if kind == 'worst' else 'mean':22}{values}")
    alarms = told["falseAlarms"]
    lines.append(f"{told['pictures']} pictures; false alarms {alarms['alarms']} of {alarms['pictures']} empty ones")
    return "\n".join(lines)


def evaluate(model, pictures, calibrated=True, threads=1):
    """The report of a model on pictures. Without calibration confidences are raw scores."""
    manifest = pathlib.Path(model).with_suffix(".json")
    told = json.loads(manifest.read_text()).get("calibration") if calibrated and manifest.exists() else None
    return report(pictures, findings(model, pictures, told, threads))
