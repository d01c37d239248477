#!/usr/bin/env python3
"""Makes the list of real networks against which the engine is measured: `networks.json` says which, and where from.

    Benchmarks/engine/networks.py --to FOLDER [--only NAME ...]

The first run makes a virtual environment in FOLDER/venv. Networks of timm, torchvision and Ultralytics are exported with random
weights; the others are files that a package of PyPI or a public repository brings. What is there already is left out, so that the
command can be started again. What fails is told, and does not end it. FOLDER/list.json tells what came of it.
"""
import argparse
import hashlib
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
LONGEST = 900


# The exporters


def without_operators_of_torchvision():
    """torchvision from PyPI wants CUDA. Beside a torch without it its operators are declared here: a trace needs no more."""
    import torch

    library = torch.library.Library("torchvision", "FRAGMENT")
    box = "Tensor input, Tensor rois, float spatial_scale, int pooled_height, int pooled_width"
    back = "Tensor grad, Tensor rois, Tensor mapping, float spatial_scale, int pooled_height, int pooled_width"
    sides = "int batch_size, int channels, int height, int width) -> Tensor"
    pairs = ", ".join(f"int {name}" for name in "stride_h stride_w pad_h pad_w dil_h dil_w groups offset_groups".split())
    for declaration in (
        "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
        "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
        f"roi_align({box}, int sampling_ratio, bool aligned) -> Tensor",
        f"qroi_align({box}, int sampling_ratio, bool aligned) -> Tensor",
        f"_roi_align_backward({back}, int sampling_ratio, bool aligned, {sides}",
        f"ps_roi_align({box}, int sampling_ratio) -> (Tensor, Tensor)",
        f"_ps_roi_align_backward({back}, int sampling_ratio, {sides}",
        f"roi_pool({box}) -> (Tensor, Tensor)",
        f"_roi_pool_backward({back}, {sides}",
        f"ps_roi_pool({box}) -> (Tensor, Tensor)",
        f"_ps_roi_pool_backward({back}, {sides}",
        f"deform_conv2d(Tensor input, Tensor weight, Tensor offset, Tensor mask, Tensor bias, {pairs}, bool use_mask) -> Tensor",
        "_deform_conv2d_backward(Tensor grad, Tensor input) -> Tensor",
    ):
        library.define(declaration)

    def nms(boxes, scores, iou_threshold):
        kept, rest = [], scores.argsort(descending=True)
        areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
        while rest.numel():
            best, rest = rest[0], rest[1:]
            kept.append(best)
            low, high = torch.maximum(boxes[best, :2], boxes[rest, :2]), torch.minimum(boxes[best, 2:], boxes[rest, 2:])
            common = (high - low).clamp(min=0).prod(1)
            rest = rest[common <= iou_threshold * (areas[best] + areas[rest] - common)]
        return torch.stack(kept) if kept else torch.zeros(0, dtype=torch.long)

    def roi_align(*arguments):
        from torchvision.ops.roi_align import _roi_align

        return _roi_align(*arguments)

    library.impl("nms", nms, "CPU")
    library.impl("roi_align", roi_align, "CPU")
    import torchvision.extension

    def has_operators() -> bool:
        return True

    torchvision.extension._has_ops = has_operators
    return library


def settle(model, example):
    """Random weights that behave like trained ones: nothing that starts as all the same number stays so, and
    BatchNormalization knows the statistics of what it sees."""
    import torch

    torch.manual_seed(7)
    with torch.no_grad():
        for weights in model.parameters():
            if weights.numel() > 1 and float(weights.max() - weights.min()) < 1e-9:
                weights += 0.1 * torch.randn_like(weights)
        norms = [part for part in model.modules() if isinstance(part, torch.nn.modules.batchnorm._BatchNorm)]
        if not norms:
            return
        kept = [norm.momentum for norm in norms]
        for norm in norms:
            norm.momentum = 1.0
        model.train()
        model(example)
        for norm, momentum in zip(norms, kept):
            norm.momentum = momentum
        model.eval()


def pictures(row, count):
    """The numbers that all the measurements feed, and noise behind them."""
    import torch

    from agreement import numbers

    width, height = row["size"]
    noise = torch.randint(0, 256, (count, 3, height, width), generator=torch.Generator().manual_seed(1)).float()
    noise[0] = torch.from_numpy(numbers([3, height, width]))
    return noise


def from_torch(model, row, path, example):
    import torch

    model.eval()
    opset, axes = row.get("opset", 17), None
    if row.get("open"):
        axes = {"input": {0: "batch", 2: "height", 3: "width"} if row["open"] == "sides" else {0: "batch"}}
    if row.get("exporter") == "dynamo":
        torch.onnx.export(model, example, path, opset_version=opset, dynamo=True, external_data=False, verbose=False)
        return
    torch.onnx.export(
        model, example, path, opset_version=opset, dynamo=False, input_names=["input"], dynamic_axes=axes)


def from_timm(row, path):
    import timm

    timm.layers.set_fused_attn(False)
    options = dict(row.get("options", {}))
    model = timm.create_model(row["what"], pretrained=False, exportable=True, **options)
    settle(model, pictures(row, 2))
    from_torch(model, row, path, pictures(row, 1))


def from_torchvision(row, path):
    import torchvision

    options = {"weights": None, **row.get("options", {})}
    if "detection" in row["what"] or "segmentation" in row["what"]:
        options["weights_backbone"] = None
    model = torchvision.models.get_model(row["what"].rsplit(".", 1)[-1], **options)
    if "detection" in row["what"]:
        settle(model.backbone, pictures(row, 2))
        from_torch(model, row, path, ([pictures(row, 1)[0]],))
        return
    settle(model, pictures(row, 2))
    from_torch(model, row, path, pictures(row, 1))


def from_ultralytics(row, path):
    os.environ.update(YOLO_AUTOINSTALL="false", YOLO_OFFLINE="true")
    from ultralytics import RTDETR, YOLO

    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        kind = RTDETR if "rtdetr" in row["what"] else YOLO
        model = kind(row["what"] + ".yaml")
        settle(model.model, pictures(row, 2))
        width, height = row["size"]
        made = model.export(
            format="onnx", imgsz=[height, width], opset=row.get("opset", 17), dynamic=bool(row.get("open")), simplify=False,
            device="cpu", **row.get("options", {}))
        shutil.move(made, path)
        os.chdir(HERE)


def from_package(row, path):
    """The file out of the package, which is not installed: `name==version`, and the file's place inside."""
    with tempfile.TemporaryDirectory() as folder:
        kind = ["--no-binary", ":all:", "--no-build-isolation"] if row.get("archive") == "source" else []
        cache = os.path.join(os.path.dirname(path), "packages", row["what"])
        if not os.path.isdir(cache):
            command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, *kind, row["what"]]
            subprocess.run(command, check=True, capture_output=True, text=True)
            shutil.copytree(folder, cache)
        archive = os.path.join(cache, os.listdir(cache)[0])
        if archive.endswith((".whl", ".zip")):
            with zipfile.ZipFile(archive) as opened, opened.open(row["file"]) as found, open(path, "wb") as file:
                shutil.copyfileobj(found, file)
        else:
            with tarfile.open(archive) as opened, opened.extractfile(row["file"]) as found, open(path, "wb") as file:
                shutil.copyfileobj(found, file)


def from_onnx(row, path):
    import onnx

    shutil.copy(os.path.join(os.path.dirname(onnx.__file__), "backend/test/data", row["what"]), path)


def from_repository(row, path):
    """A file of a public repository at a commit. Of the others only the names are fetched."""
    clone = os.path.join(os.path.dirname(path), "repositories", row["what"].removeprefix("https://").replace("/", "+"))
    if not os.path.isdir(clone):
        subprocess.run(["git", "clone", "-q", "--no-checkout", "--filter=blob:none", row["what"], clone], check=True)
    subprocess.run(["git", "-C", clone, "checkout", "-q", row["commit"], "--", row["file"]], check=True)
    shutil.copy(os.path.join(clone, row["file"]), path)


def quantized(row, path):
    """The network of another row in 8 bits, by ONNX Runtime's static quantizer: QDQ, a scale per channel."""
    import numpy
    import onnx
    from onnx import version_converter  # noqa: F401
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Numbers(CalibrationDataReader):
        def __init__(self, entry):
            spread = numpy.random.default_rng(3)
            shape = [side.dim_value or 1 for side in entry.type.tensor_type.shape.dim]
            self.left = iter([{entry.name: spread.integers(0, 256, shape).astype(numpy.float32)} for _ in range(4)])

        def get_next(self):
            return next(self.left, None)

    source = onnx.load(os.path.join(os.path.dirname(path), row["what"] + ".onnx"))
    if next(one.version for one in source.opset_import if one.domain in ("", "ai.onnx")) < 13:
        source = onnx.version_converter.convert_version(source, 13)  # the first with a scale per channel
    constants = {one.name for one in source.graph.initializer}
    for entry in [entry for entry in source.graph.input if entry.name in constants]:
        source.graph.input.remove(entry)
    with tempfile.TemporaryDirectory() as folder:
        plain, prepared = os.path.join(folder, "plain.onnx"), os.path.join(folder, "prepared.onnx")
        onnx.save(source, plain)
        quant_pre_process(plain, prepared, skip_symbolic_shape=True)
        quantize_static(
            prepared, path, Numbers(source.graph.input[0]),
            quant_format=QuantFormat.QDQ, per_channel=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)


SOURCES = {
    "timm": from_timm, "torchvision": from_torchvision, "ultralytics": from_ultralytics, "package": from_package,
    "onnx": from_onnx, "repository": from_repository, "quantized": quantized}


# One after the other


def make(row, path, log):
    """In a process of its own."""
    with open(log, "w") as told:
        os.dup2(told.fileno(), 1)
        os.dup2(told.fileno(), 2)
        import torch

        torch.set_num_threads(1)
        part = path + ".part"
        SOURCES[row["source"]](row, part)
        os.rename(part, path)


def attempt(row, folder):
    """Nothing where it went well, otherwise the last line of what was said."""
    path, log = os.path.join(folder, row["name"] + ".onnx"), os.path.join(folder, "logs", row["name"])
    if os.path.exists(path):
        return None
    process = multiprocessing.get_context("fork").Process(target=make, args=(row, path, log))
    process.start()
    process.join(LONGEST)
    if process.is_alive():
        process.kill()
        process.join()
        return f"took longer than {LONGEST} s"
    if process.exitcode == 0:
        return None
    with open(log, errors="replace") as file:
        lines = [line for line in file.read().splitlines() if line.strip()]
    return lines[-1].strip()[:300] if lines else f"ended with {process.exitcode}"


def facts(row, folder):
    """A line of list.json."""
    import onnx

    path = os.path.join(folder, row["name"] + ".onnx")
    network = onnx.load(path, load_external_data=False)
    constants = {one.name for one in network.graph.initializer}
    entries = [one for one in network.graph.input if one.name not in constants]
    sides = [[side.dim_value or side.dim_param for side in one.type.tensor_type.shape.dim] for one in entries]
    opset = next((one.version for one in network.opset_import if one.domain in ("", "ai.onnx")), None)
    with open(path, "rb") as file:
        digest = hashlib.sha256(file.read()).hexdigest()
    return {
        **row, "path": path, "megabytes": round(os.path.getsize(path) / 2**20, 2), "inputs": sides, "opset": opset,
        "nodes": len(network.graph.node), "sha256": digest}


def ready_environment(folder, packages):
    """Goes on in FOLDER/venv, which is made where there is none."""
    python = os.path.join(folder, "venv", "bin", "python")
    if os.path.realpath(sys.prefix) == os.path.realpath(os.path.join(folder, "venv")):
        return
    if not os.path.exists(python):
        venv.create(os.path.join(folder, "venv"), with_pip=True)
    if not os.path.exists(os.path.join(folder, "venv", "ready")):
        subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=True)
        open(os.path.join(folder, "venv", "ready"), "w").close()
    os.execv(python, [python, os.path.abspath(__file__), *sys.argv[1:]])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", required=True, metavar="FOLDER")
    parser.add_argument("--only", nargs="+", metavar="NAME")
    asked = parser.parse_args()
    folder = os.path.abspath(asked.to)
    os.makedirs(os.path.join(folder, "logs"), exist_ok=True)
    with open(os.path.join(HERE, "networks.json")) as file:
        wanted = json.load(file)
    ready_environment(folder, wanted["packages"])
    rows = wanted["networks"]
    unknown = set(asked.only or []) - {row["name"] for row in rows}
    if unknown:
        parser.error(f"networks.json has no {', '.join(sorted(unknown))}")
    try:
        import torchvision  # noqa: F401
    except RuntimeError:
        for name in [name for name in sys.modules if name.startswith("torchvision")]:
            del sys.modules[name]
        operators = without_operators_of_torchvision()  # noqa: F841, they go with it
    import timm  # noqa: F401, once instead of in every process

    failures = {}
    for row in rows:
        if asked.only and row["name"] not in asked.only:
            continue
        failure = attempt(row, folder)
        if failure:
            failures[row["name"]] = failure
            print(f"{row['name']:40} {failure}", flush=True)
    made = [facts(row, folder) for row in rows if os.path.exists(os.path.join(folder, row["name"] + ".onnx"))]
    with open(os.path.join(folder, "list.json"), "w") as file:
        json.dump({"networks": made, "failures": failures}, file, indent=1)
    print(f"{len(made)} of {len(rows)} networks in {folder}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
