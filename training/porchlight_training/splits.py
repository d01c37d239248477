"""Which pictures are for training, which for choosing and calibrating (val), which are only ever measured (test).

Pictures that resemble each other (copies that a labelling service altered, frames of one clip, rooms of one house,
one camera) go the same way, by a hash of what they have in common: nothing of the test part has been trained on.
"""

import hashlib
import re

#: Source -> (share of val, share of test). Pictures without objects are rare and all that false alarms can be
#: measured on: more of them are set aside.
SHARES = {
    "emanhamed/Houses-dataset": (0.10, 0.40),
    "vhshen/cameratrap": (0.10, 0.30),
}
USUAL = (0.08, 0.10)
#: One camera each: wholly on one side.
WHOLE = {"TeigLevingston/raccooncamera": "test"}


def group(source, file):
    """What a picture has in common with those that resemble it."""
    stem = re.split(r"_(?:jpe?g|png)\.rf\.", file.rsplit("/", 1)[-1])[0]
    number = re.search(r"\d+", stem)
    if source == "ahsanirfan961/Person-Tracker":
        if re.fullmatch(r"0000\d{8}", stem):
            return stem
        if stem.startswith("img"):
            return stem[:8]
        if match := re.fullmatch(r"(youtube-)(\d+)", stem):
            return match[1] + str(int(match[2]) // 25)
        return re.sub(r"[-_]?\d+[-_]*$", "", stem)
    if number and source == "BenjaminBalta/Package-Detection-Model":
        return str(int(number[0]) // 8)
    if number and source == "emanhamed/Houses-dataset":
        return number[0]
    if number and source == "vhshen/cameratrap":
        return re.sub(r"\d+.*", "", stem) + str(int(number[0]) // 40)
    return stem


def part(source, file):
    """"train", "val" or "test"."""
    if source in WHOLE:
        return WHOLE[source]
    val, test = SHARES.get(source, USUAL)
    digest = hashlib.sha256(f"{source}|{group(source, file)}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    return "test" if place < test else "val" if place < test + val else "train"
