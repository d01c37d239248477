#!/usr/bin/env python3
"""A copy of ONNX Runtime that takes this processor for one of x86-64-v3: `without_avx512.py FOLDER`.

To compare the AVX2 code of both on a machine that can do more: ONNX Runtime has no option for it. With PYTHONPATH=FOLDER the copy
is imported. Where its library asks which registers the system saves (XGETBV), 7 is put in place of the answer: SSE and AVX. Where it
asks for AVX-VNNI (CPUID leaf 7.1, bit 4 of EAX), it looks at no bit.
"""
import importlib.util
import os
import shutil
import sys

XGETBV, SEVEN = b"\x0f\x01\xd0", b"\x6a\x07\x58"  # push 7, pop rax
LEAF_7_1 = b"\xb9\x01\x00\x00\x00\x0f\xa2"  # mov ecx, 1; cpuid
VNNI, NONE = LEAF_7_1 + b"\xa8\x10", LEAF_7_1 + b"\xa8\x00"  # test al, 16


def main():
    folder = os.path.join(sys.argv[1], "onnxruntime")
    source = os.path.dirname(importlib.util.find_spec("onnxruntime").origin)
    shutil.copytree(source, folder, dirs_exist_ok=True)
    names = [name for name in os.listdir(os.path.join(folder, "capi")) if name.startswith("onnxruntime_pybind11_state")]
    path = os.path.join(folder, "capi", names[0])
    with open(path, "rb") as file:
        code = file.read()
    with open(path, "wb") as file:
        file.write(code.replace(XGETBV, SEVEN).replace(VNNI, NONE))
    print(f"{code.count(XGETBV)} and {code.count(VNNI)} places in {path}")


if __name__ == "__main__":
    main()
