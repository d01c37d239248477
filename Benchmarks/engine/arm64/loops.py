#!/usr/bin/env python3
"""Inner loops of the arm64 kernels by llvm-mca's models of the processors: `loops.py FOLDER [--cpu NAME ...]`.

FOLDER holds the object files of a build (arm64.sh names it). A loop is a backward branch with none inside; those with the most
multiply-adds are what a pass spends its time in. Its share of the peak is that of a stream of such multiply-adds alone, by the same
model. A model knows no caches, and is no board.

Needs: Debian's llvm (llvm-mca, llvm-objdump).
"""
import argparse
import functools
import pathlib
import re
import subprocess

CPUS = ("cortex-a53", "cortex-a72", "cortex-a76")
ITERATIONS = 200
# Multiply-adds that one instruction makes, and the registers of a stream of them without waiting for results.
KINDS = {
    "fmla": (4, "fmla v{0}.4s, v30.4s, v31.s[1]"),
    "sdot": (16, "sdot v{0}.4s, v30.16b, v31.4b[1]"),
    "smull": (8, "smull v{0}.8h, v30.8b, v31.8b"),
    "smull2": (8, "smull2 v{0}.8h, v30.16b, v31.16b"),
    "smlal": (8, "smlal v{0}.8h, v30.8b, v31.8b"),
    "smlal2": (8, "smlal2 v{0}.8h, v30.16b, v31.16b"),
}
LINE = re.compile(r"^\s*([0-9a-f]+):\s+(\S+)\s*(.*)$")


def demangled(names):
    done = subprocess.run(["swift", "demangle", "--simplified", "--compact", *names], capture_output=True, text=True, check=True)
    return dict(zip(names, done.stdout.splitlines()))


def functions(path):
    text = subprocess.run(
        ["llvm-objdump", "-d", "--no-show-raw-insn", "--triple=aarch64", "--mcpu=cortex-a76", str(path)],
        capture_output=True, text=True, check=True).stdout
    name, lines = None, []
    for line in text.splitlines():
        if head := re.match(r"^[0-9a-f]+ <(.+)>:$", line):
            if name:
                yield name, lines
            name, lines = head[1], []
        elif found := LINE.match(line):
            lines.append((int(found[1], 16), found[2], found[3]))
    if name:
        yield name, lines


def loops(lines):
    """Bodies of innermost loops, with the branch that ends each."""
    at = {address: index for index, (address, _, _) in enumerate(lines)}
    back = []
    for index, (address, operation, operands) in enumerate(lines):
        target = re.search(r"\b0x([0-9a-f]+)\b(?: <|$)", operands)
        if target and (operation.startswith("b.") or operation in ("b", "cbz", "cbnz", "tbz", "tbnz")):
            goal = int(target[1], 16)
            if goal in at and goal <= address:
                back.append((at[goal], index))
    for first, last in back:
        if not any(other != (first, last) and first <= other[0] and other[1] <= last for other in back):
            yield lines[first:last + 1]


def multiply_adds(body):
    sums = {}
    for _, operation, operands in body:
        kind = operation.split(".")[0]
        if kind in KINDS and "v" in operands + operation:
            sums[kind] = sums.get(kind, 0) + KINDS[kind][0]
    return sums


def cycles(instructions, cpu):
    said = subprocess.run(
        ["llvm-mca", "-mtriple=aarch64-linux-gnu", f"-mcpu={cpu}", f"-iterations={ITERATIONS}"], input="\n".join(instructions) + "\n",
        capture_output=True, text=True, check=True).stdout
    return int(re.search(r"Total Cycles:\s+(\d+)", said)[1]) / ITERATIONS


def assembly(body):
    for _, operation, operands in body:
        # The branch goes to the top of the loop; where that is does not matter to the model.
        yield f"{operation} {re.sub(r'0x[0-9a-f]+.*', '0', operands)}".split(" //")[0]


@functools.cache
def peak(kind, cpu):
    """Multiply-adds in a cycle when there is nothing else."""
    stream = [KINDS[kind][1].format(register) for register in range(24)]
    return KINDS[kind][0] * len(stream) / cycles(stream, cpu)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="with KernelsBase.build and KernelsDotProduct.build")
    parser.add_argument("--cpu", nargs="+", default=CPUS)
    parser.add_argument("--least", type=int, default=96, help="multiply-adds of a turn; loops with fewer are left out")
    options = parser.parse_args()
    found = []
    for path in sorted(pathlib.Path(options.folder).glob("Kernels*.build/*.o")):
        for name, lines in functions(path):
            for body in loops(lines):
                sums = multiply_adds(body)
                if sum(sums.values()) >= options.least:
                    found.append((path.parent.name.removesuffix(".build"), path.name.removesuffix(".swift.o"), name, sums, body))
    print("| kernels | file | function | instructions | multiply-adds | " + " | ".join(options.cpu) + " |")
    print("|---|---|---|---|---|" + "---|" * len(options.cpu))
    names = demangled([row[2] for row in found]) if found else {}
    for module, file, name, sums, body in found:
        total, kind = sum(sums.values()), max(sums, key=sums.get)
        cells = []
        for cpu in options.cpu:
            try:
                rate = total / cycles(list(assembly(body)), cpu)
                cells.append(f"{rate:.1f} ({100 * rate / peak(kind, cpu):.0f} %)")
            except subprocess.CalledProcessError:
                cells.append("–")
        print(f"| {module} | {file} | {names[name][:60]} | {len(body)} | {total} {kind} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
