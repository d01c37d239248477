"""`python -m porchlight_training`: gather, keep, heads, teach, train, export, calibrate, evaluate; faces, distil,
export-faces, measure-faces; look, finder, measure-finder."""

import argparse
import json
import pathlib

import torch

from . import calibrate as calibrating
from . import evaluate as evaluating
from .dataset import load, read, taught, untaught
from .distil import distil
from .embedder import PUBLISHED_SIDE, SIDE, embedder_from
from .export import export, laid_out, mean
from .face_export import export_faces
from .face_measure import Chain, measure_cfp, measure_lfw, measure_quality
from .faces import FaceFinder, keep_faces, kept_faces
from .finder import finder_from, written
from .finder_level import go_back, level
from .finder_measure import measure_finders
from .finder_pictures import look, look_with, looked_at, read_finder_sources
from .finder_train import train_finder
from .gather import gathered, read_face_sources, read_sources
from .heads import train_heads
from .mix import mix_faces
from .network import CLASSES, Detector
from .places import keep_places
from .published import network_from
from .teach import Teachers, teach
from .train import train

SOURCES = pathlib.Path(__file__).parent.parent / "sources.json"
#: The score from which on a face counts where it is known that there is one.
FINDS_FROM = 0.5


def main():
    options = parser().parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    COMMANDS[options.command](options)


def parser():
    whole = argparse.ArgumentParser(prog="porchlight_training", description=__doc__)
    whole.add_argument("--threads", type=int, help="for PyTorch; all cores without it")
    commands = whole.add_subparsers(dest="command", required=True)

    one = commands.add_parser("gather", help="fetch the repositories of sources.json and make a data set of them")
    one.add_argument("--sources", default=SOURCES, help="the list, training/sources.json without it")
    one.add_argument("--clones", required=True, help="folder for the repositories; what is there is not fetched again")
    one.add_argument("--out", required=True, help="folder for annotations.json and images/")
    one.add_argument("--unseen", help=".npz with hashes of pictures that must not be in the set")

    one = commands.add_parser("teach", help="let larger networks see people, cats and dogs in the training pictures")
    one.add_argument("--dataset", required=True, help="the folder that gather made; teacher.json goes there")
    one.add_argument("--nanodet", required=True, help="nanodet-plus-m-1.5x.onnx with open sides")
    one.add_argument("--people", required=True, help="rtmdet-nano for people with open sides")

    one = commands.add_parser("keep", help="keep what the last convolutions are given at places in the training pictures")
    one.add_argument("--dataset", required=True)
    one.add_argument("--start", required=True, help="ONNX file whose network comes before them")
    one.add_argument("--to", required=True, help="folder for the places, a file a source; what is there stays")
    one.add_argument("--seed", type=int, default=1)

    one = commands.add_parser("heads", help="train the last rows that score packages")
    one.add_argument("--kept", required=True, help="the folder that keep made")
    one.add_argument("--start", required=True, help="the ONNX file that keep was given")
    one.add_argument("--out", required=True, help="folder of the run")
    one.add_argument("--steps", type=int, default=1_500)
    one.add_argument("--rate", type=float, default=2e-3)
    one.add_argument("--share", type=float, default=0.5, help="how much of the way from the start the rows go in the end")

    one = commands.add_parser("train", help="train the whole network, or go on where a run was cut off")
    one.add_argument("--dataset", required=True)
    one.add_argument("--start", required=True, help="ONNX file, or folder of a run, that training starts from")
    one.add_argument("--out", required=True, help="folder of the run")
    one.add_argument("--samples", type=int, default=20_000, help="how many samples are shown")
    one.add_argument("--batch", type=int, default=16)
    one.add_argument("--rate", type=float, default=4e-5, help="highest learning rate")
    one.add_argument("--seed", type=int, default=1)
    one.add_argument("--workers", type=int, default=1, help="processes that make samples")

    one = commands.add_parser("export", help="write the network as ONNX (fp16 weights) with its manifest")
    one.add_argument(
        "--out", action="append", required=True,
        help="folder of a run, or ONNX file; of several, which must have begun from one another, the mean")
    one.add_argument("--to", required=True, help="folder for the model")

    one = commands.add_parser("calibrate", help="fit confidences on the val sources, into the model's manifest")
    one.add_argument("--model", required=True, help="the ONNX file")
    one.add_argument("--dataset", action="append", required=True, help="folder that gather made, or COCO file")
    one.add_argument("--class", action="append", dest="classes", choices=CLASSES, help="only this one; the others stay")

    one = commands.add_parser("night", help="write infra-red copies of the pictures of a role")
    one.add_argument("--dataset", required=True, help="folder that gather made")
    one.add_argument("--role", choices=("val", "test"), required=True)
    one.add_argument("--to", required=True, help="folder for the copies and their annotations.json")

    one = commands.add_parser("evaluate", help="measure a model, source by source")
    one.add_argument("--model", required=True)
    one.add_argument("--dataset", required=True, help="folder that gather made, of which test is measured, or COCO file")
    one.add_argument("--role", choices=("train", "val", "test"), default="test")
    one.add_argument("--raw", action="store_true", help="raw scores, without calibration")
    one.add_argument("--json", action="store_true")
    one.add_argument("--diagram", help="PNG for the reliability diagram")
    add_face_commands(commands)
    add_finder_commands(commands)
    return whole


def add_face_commands(commands):
    one = commands.add_parser("faces", help="cut faces out of the pictures of sources.json, with what the teacher says")
    one.add_argument("--sources", default=SOURCES, help="the list, training/sources.json without it")
    one.add_argument("--clones", required=True, help="folder for the repositories; what is there is not fetched again")
    one.add_argument("--finder", required=True, help="the face detector's ONNX file")
    one.add_argument("--teacher", required=True, help="face-reidentification-retail-0095 as ONNX")
    one.add_argument("--to", required=True, help="folder for the faces; sources that are there stay")
    one.add_argument("--mixed", type=int, default=24_000, help="how many faces to make between two others")

    one = commands.add_parser("distil", help="train the embedder on what the teacher says, or go on where it was cut off")
    one.add_argument("--faces", required=True, help="the folder that faces made")
    one.add_argument("--teacher", required=True, help="the ONNX file that training starts from, too")
    one.add_argument("--begin", help="weights.pt of an earlier run or an exported file, to begin from instead")
    one.add_argument("--out", required=True, help="folder of the run")
    one.add_argument("--samples", type=int, default=300_000)
    one.add_argument("--batch", type=int, default=32)
    one.add_argument("--rate", type=float, default=6e-4)
    one.add_argument("--seed", type=int, default=1)

    one = commands.add_parser("export-faces", help="write the embedder as ONNX (fp16 weights) with its manifest")
    one.add_argument("--out", required=True, help="folder of the run")
    one.add_argument("--teacher", required=True)
    one.add_argument("--to", required=True, help="folder for the model")
    one.add_argument("--version", required=True, help="vectors of different versions are never compared")
    one.add_argument("--curve", type=float, nargs=2, metavar=("SLOPE", "MIDDLE"), help="as measure-faces told them")

    one = commands.add_parser("measure-faces", help="LFW and CFP, and the similarity's slope and middle")
    one.add_argument("--model", required=True, help="the embedder's ONNX file")
    one.add_argument("--finder", required=True, help="the face detector's ONNX file")
    one.add_argument("--clones", required=True, help="folder for the repositories of both")


def add_finder_commands(commands):
    one = commands.add_parser("look", help="keep pictures of sources.json with the faces that the published detector sees")
    one.add_argument("--sources", default=SOURCES, help="the list, training/sources.json without it")
    one.add_argument("--clones", required=True, help="folder for the repositories; what is there is not fetched again")
    one.add_argument("--finder", required=True, help="yunet_n_dynamic.onnx as published")
    one.add_argument("--to", required=True, help="folder for the pictures; sources that are there stay")

    one = commands.add_parser("finder", help="train the face detector, or go on where it was cut off, and write it as ONNX")
    one.add_argument("--looked", required=True, help="the folder that look made")
    one.add_argument("--finder", required=True, help="yunet_n_dynamic.onnx as published, that training starts from")
    one.add_argument("--out", required=True, help="folder of the run")
    one.add_argument("--samples", type=int, default=14_400)
    one.add_argument("--share", type=float, default=0.25, help="how far the file goes from the published weights to its own")
    one.add_argument("--rate", type=float, default=1e-3)
    one.add_argument("--seed", type=int, default=1)

    one = commands.add_parser("measure-finder", help="compare face detectors on the test pictures")
    one.add_argument("--model", action="append", required=True, help="an ONNX file; several are compared")
    one.add_argument("--looked", required=True, help="the folder that look made")


def gather_sources(options):
    print(json.dumps(gathered(read_sources(options.sources), options.clones, options.out, options.unseen)))


def teach_pictures(options):
    folder = pathlib.Path(options.dataset)
    teachers = Teachers(options.nanodet, options.people)
    teach(load(folder)["train"], teachers, folder / "teacher.json")


def told(line):
    print(line, flush=True)


def training_pictures(folder):
    """The train pictures of a folder that gather made, with what teachers saw in them where they were asked."""
    path = pathlib.Path(folder) / "teacher.json"
    seen = json.loads(path.read_text()) if path.exists() else {}
    return [taught(p, seen[p.path.name]) if p.path.name in seen else untaught(p) for p in load(folder)["train"]]


def network_with(path):
    network = Detector()
    network.load_state_dict(weights(path))
    return network


def train_network(options):
    torch.manual_seed(options.seed)
    averaged = train(
        training_pictures(options.dataset), network_with(options.start), options.out, options.samples, options.batch,
        options.rate, options.seed, options.workers, told)
    torch.save(averaged, pathlib.Path(options.out) / "weights.pt")


def keep_for_heads(options):
    keep_places(training_pictures(options.dataset), network_with(options.start), options.to, options.seed, say=told)


def train_package_heads(options):
    learned = train_heads(options.kept, network_with(options.start), options.steps, options.rate, options.share, say=told)
    pathlib.Path(options.out).mkdir(parents=True, exist_ok=True)
    torch.save(learned, pathlib.Path(options.out) / "weights.pt")


def weights(path):
    """The weights of a run's folder, or of an ONNX file."""
    path = pathlib.Path(path)
    if path.is_dir():
        return torch.load(path / "weights.pt", weights_only=True)
    return network_from(path).state_dict()


def export_network(options):
    network = Detector()
    network.load_state_dict(mean([weights(out) for out in options.out]))
    print(*export(network, None, options.to))


def pictures_of(path, role):
    return read(path) if pathlib.Path(path).is_file() else load(path)[role]


def calibrate(options):
    pictures = [p for dataset in options.dataset for p in pictures_of(dataset, "val")]
    manifest = pathlib.Path(options.model).with_suffix(".json")
    told = json.loads(manifest.read_text())
    fitted = calibrating.calibration(pictures, evaluating.findings(options.model, pictures, None))
    told["calibration"] = told.get("calibration", {}) | {name: fitted[name] for name in options.classes or CLASSES}
    manifest.write_text(laid_out(told))
    print(json.dumps(told["calibration"]))


def copy_by_night(options):
    print(evaluating.night_copies(load(options.dataset)[options.role], options.to))


def evaluate(options):
    told = evaluating.evaluate(options.model, pictures_of(options.dataset, options.role), not options.raw)
    print(json.dumps(told) if options.json else evaluating.table(told))
    if options.diagram:
        evaluating.diagram(told, options.diagram)


def cut_faces(options):
    teacher = embedder_from(options.teacher, PUBLISHED_SIDE).eval()
    keep_faces(
        read_face_sources(options.sources), options.clones, FaceFinder(options.finder), teacher, options.to, told)
    mix_faces(options.to, teacher, options.mixed, tell=told)


def distil_embedder(options):
    network = embedder_from(options.teacher)
    if options.begin:
        network.load_state_dict(embedder_weights(options.begin))
    averaged = distil(
        *kept_faces(options.faces), network, options.out, options.samples, options.batch, options.rate, options.seed, told)
    torch.save(averaged, pathlib.Path(options.out) / "weights.pt")


def embedder_weights(path):
    """Of an exported embedder, or of the weights.pt of a run."""
    if pathlib.Path(path).suffix == ".onnx":
        return embedder_from(path).state_dict()
    return torch.load(path, weights_only=True)


def export_embedder(options):
    network = embedder_from(options.teacher)
    network.load_state_dict(weights(options.out))
    print(*export_faces(network, SIDE, options.to, options.version, options.curve))


def measure_embedder(options):
    chain = Chain(options.model, FaceFinder(options.finder, FINDS_FROM))
    lfw = measure_lfw(chain, options.clones)
    quality = measure_quality(chain, options.clones, lfw.pop("counts"))
    print(json.dumps({"lfw": lfw, "cfp": measure_cfp(chain, options.clones), "quality": quality}, indent=2))


def look_at_pictures(options):
    look(read_finder_sources(options.sources), options.clones, look_with(options.finder), options.to, told)


def train_face_finder(options):
    network, published, out = finder_from(options.finder), finder_from(options.finder), pathlib.Path(options.out)
    averaged = train_finder(
        looked_at(options.looked, "train", "empty"), network, published, out, options.samples, options.rate, options.seed,
        told)
    torch.save(averaged, out / "weights.pt")
    network.load_state_dict(averaged)
    go_back(network, published, options.share)
    told(f"objectness moved by {level(network, published, looked_at(options.looked, 'val-empty')):.2f}")
    written(network, options.finder, out / "porchlight-face-detector.onnx")


def compare_finders(options):
    measure_finders(options.model, options.looked, told)


COMMANDS = {
    "gather": gather_sources, "teach": teach_pictures, "keep": keep_for_heads, "heads": train_package_heads,
    "train": train_network, "export": export_network,
    "calibrate": calibrate, "night": copy_by_night, "evaluate": evaluate,
    "faces": cut_faces, "distil": distil_embedder, "export-faces": export_embedder, "measure-faces": measure_embedder,
    "look": look_at_pictures, "finder": train_face_finder, "measure-finder": compare_finders,
}

if __name__ == "__main__":
    main()
