"""`python -m porchlight_training`: prepare, train, calibrate, export, evaluate."""

import argparse
import json
import pathlib

import torch

from . import calibrate as calibrating
from . import evaluate as evaluating
from . import prepare as preparing
from .export import export, laid_out, mean
from .network import Detector
from .published import network_from
from .train import train


def main():
    parser = argparse.ArgumentParser(prog="porchlight_training", description=__doc__)
    parser.add_argument("--threads", type=int, help="for PyTorch; all cores without it")
    commands = parser.add_subparsers(dest="command", required=True)

    one = commands.add_parser("prepare", help="split the data sets and mark doubtful areas")
    one.add_argument("--dataset", action="append", required=True, help="a folder with annotations.json and images/")
    one.add_argument("--start", required=True, help="ONNX file whose weights training starts from")
    one.add_argument("--out", required=True, help="folder for what is made")

    one = commands.add_parser("mine", help="find the empty training pictures in which a model sees something")
    one.add_argument("--dataset", action="append", required=True)
    one.add_argument("--model", required=True, help="an ONNX file that export wrote")
    one.add_argument("--out", required=True)

    one = commands.add_parser("train", help="train, or go on where a run was cut off")
    one.add_argument("--dataset", action="append", required=True)
    one.add_argument("--start", required=True)
    one.add_argument("--out", required=True)
    one.add_argument("--samples", type=int, default=60_000, help="how many samples are shown")
    one.add_argument("--batch", type=int, default=16)
    one.add_argument("--rate", type=float, default=5e-4, help="highest learning rate")
    one.add_argument("--seed", type=int, default=1)
    one.add_argument("--workers", type=int, default=1, help="processes that make samples")

    one = commands.add_parser("export", help="write the network as ONNX (fp16 weights) with its manifest")
    one.add_argument(
        "--out", action="append", required=True,
        help="folder of the training run; of several, of which one went on where another ended, the mean")
    one.add_argument("--to", required=True, help="folder for the model")

    one = commands.add_parser("calibrate", help="fit confidences on the val part, into the model's manifest")
    one.add_argument("--model", required=True, help="the ONNX file")
    one.add_argument("--dataset", action="append", required=True, help="COCO file, as prepare writes it")

    one = commands.add_parser("night", help="write infra-red copies of pictures")
    one.add_argument("--dataset", required=True, help="COCO file")
    one.add_argument("--to", required=True, help="folder for the copies and their annotations.json")

    one = commands.add_parser("evaluate", help="measure a model")
    one.add_argument("--model", required=True)
    one.add_argument("--dataset", required=True, help="COCO file")
    one.add_argument("--raw", action="store_true", help="raw scores, without calibration")
    one.add_argument("--json", action="store_true")
    one.add_argument("--diagram", help="PNG for the reliability diagram")

    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    if options.command == "prepare":
        counts, doubtful = preparing.prepare(options.dataset, network_from(options.start).eval(), options.out)
        print(json.dumps({"pictures": counts, "doubtful": doubtful}))
    elif options.command == "mine":
        count, alarming = preparing.mine(
            options.dataset, lambda found: evaluating.findings(options.model, found, None), options.out)
        print(json.dumps({"empty": count, "alarming": alarming}))
    elif options.command == "train":
        torch.manual_seed(options.seed)
        pictures = preparing.pictures(options.dataset)["train"]
        preparing.with_alarms(preparing.with_doubts(pictures, options.out), options.out)
        weights = train(
            pictures, network_from(options.start), options.out, options.samples, options.batch, options.rate,
            options.seed, options.workers, lambda line: print(line, flush=True))
        torch.save(weights, pathlib.Path(options.out) / "weights.pt")
    elif options.command == "export":
        network = Detector()
        runs = [torch.load(pathlib.Path(out) / "weights.pt", weights_only=True) for out in options.out]
        network.load_state_dict(mean(runs))
        print(*export(network, None, options.to))
    elif options.command == "calibrate":
        calibrate(options.model, options.dataset)
    elif options.command == "night":
        print(evaluating.night_copies(evaluating.read(options.dataset), options.to))
    else:
        told = evaluating.evaluate(options.model, options.dataset, not options.raw)
        print(json.dumps(told) if options.json else evaluating.table(told))
        if options.diagram:
            evaluating.diagram(told, options.diagram)


def calibrate(model, datasets):
    pictures = [p for dataset in datasets for p in evaluating.read(dataset)]
    manifest = pathlib.Path(model).with_suffix(".json")
    told = json.loads(manifest.read_text())
    told["calibration"] = calibrating.calibration(pictures, evaluating.findings(model, pictures, None))
    manifest.write_text(laid_out(told))
    print(json.dumps(told["calibration"]))


if __name__ == "__main__":
    main()
