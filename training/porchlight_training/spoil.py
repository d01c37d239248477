"""What cameras do to faces: small, blurred, covered, grey, lit from the camera, noisy; and points that are a little off."""

import cv2
import numpy as np

from .embedder import PUBLISHED_SIDE, SIDE
from .faces import KEPT

#: How often a sample is only lit differently.
CLEAN = 0.7


def sample(face, rng, side=SIDE):
    """`[side, side, 3]` uint8 of a kept face. rng: numpy Generator."""
    if rng.random() < 0.5:
        face = np.ascontiguousarray(face[:, ::-1])
    seen = view(face, rng, side)
    return lit(seen if rng.random() < CLEAN else spoiled(seen, rng), rng)


def view(face, rng, side):
    """The face as its points lead to it; seven of ten as points that are a little off do."""
    ratio = PUBLISHED_SIDE / side
    if ratio > 1 and rng.random() < 0.6:
        face = cv2.GaussianBlur(face, (0, 0), 0.35 * ratio)
    turn, centre = 0.0, np.full(2, (KEPT - 1) / 2)
    if rng.random() < 0.7:
        ratio *= np.exp(rng.normal(0, 0.025))
        turn, centre = np.deg2rad(rng.normal(0, 2.0)), centre + rng.normal(0, 1.3, 2)
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) / ratio
    shift = np.full(2, (side - 1) / 2) - matrix @ centre
    return cv2.warpAffine(face, np.column_stack((matrix, shift)), (side, side), flags=cv2.INTER_LINEAR)


def spoiled(pixels, rng):
    if rng.random() < 0.12:
        pixels = covered(pixels, rng)
    if rng.random() < 0.12:
        pixels = blurred(pixels, rng)
    if rng.random() < 0.45:
        pixels = small(pixels, rng)
    draw = rng.random()
    if draw < 0.15:
        return cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    return infrared(pixels, rng) if draw < 0.30 else pixels


def small(pixels, rng):
    """As a face of 18 to 80 pixels looks when it is enlarged."""
    side = pixels.shape[0]
    few = int(np.exp(rng.uniform(np.log(18), np.log(80))))
    made = cv2.resize(pixels, (few, few), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.3:
        made = compressed(made, rng, 30)
    if rng.random() < 0.3:
        made = bytes_of(noisy(made.astype(np.float32), rng, rng.uniform(1, 7)))
    return cv2.resize(made, (side, side), interpolation=cv2.INTER_LINEAR if rng.random() < 0.5 else cv2.INTER_CUBIC)


def blurred(pixels, rng):
    """Out of focus, or moved."""
    if rng.random() < 0.5:
        return cv2.GaussianBlur(pixels, (0, 0), rng.uniform(0.5, 2.2))
    length = int(rng.integers(3, 8))
    line = np.zeros((length, length), np.float32)
    line[length // 2] = 1
    middle = (length - 1) / 2
    line = cv2.warpAffine(line, cv2.getRotationMatrix2D((middle, middle), rng.uniform(0, 180), 1), (length, length))
    return cv2.filter2D(pixels, -1, line / line.sum())


def covered(pixels, rng):
    """A mask, dark glasses, or something in front."""
    side, colour, draw = pixels.shape[0], rng.integers(0, 256, 3).tolist(), rng.random()
    pixels = pixels.copy()
    if draw < 0.4:
        pixels[int(side * rng.uniform(0.56, 0.72)) :, int(side * 0.1) : int(side * 0.9)] = colour
    elif draw < 0.6:
        top, height = int(side * 0.42), int(side * rng.uniform(0.07, 0.13))
        pixels[top - height // 2 - 2 : top + height, int(side * 0.12) : int(side * 0.88)] = [v // 4 for v in colour]
    else:
        width, height = (rng.uniform(0.15, 0.45, 2) * side).astype(int)
        x, y = (rng.uniform(0, 1, 2) * side).astype(int)
        pixels[max(0, y - height // 2) : y + height // 2, max(0, x - width // 2) : x + width // 2] = colour
    return pixels


def infrared(pixels, rng):
    """Grey, flat, lit from the camera, noisy."""
    grey = (pixels.astype(np.float32) * rng.dirichlet((1, 2, 3))).sum(axis=2)
    mean = grey.mean()
    grey = (mean + (grey - mean) * rng.uniform(0.4, 1.0)) * rng.uniform(0.5, 1.3) + rng.uniform(-10, 40)
    if rng.random() < 0.5:
        y, x = np.mgrid[: pixels.shape[0], : pixels.shape[1]] / pixels.shape[0] - 0.5
        away = (x - rng.uniform(-0.3, 0.3)) ** 2 + (y - rng.uniform(-0.3, 0.3)) ** 2
        grey = grey * (1.15 - rng.uniform(0, 0.9) * away)
    grey = grey + rng.normal(0, rng.uniform(2, 12), grey.shape)
    return bytes_of(np.repeat(grey[..., None], 3, axis=2))


def lit(pixels, rng):
    """Brighter or darker, with more or less contrast, of another tint, lit from one side, noisy, compressed."""
    made = pixels.astype(np.float32)
    if rng.random() < 0.5:
        if rng.random() < 0.3:
            made = 255 * (made / 255) ** rng.uniform(0.6, 1.7)
        made = (made - 128) * rng.uniform(0.7, 1.25) + 128 + rng.uniform(-30, 30)
        made = made * rng.uniform(0.92, 1.08, 3)
        if rng.random() < 0.2:
            made = made * (1 + np.linspace(-1, 1, made.shape[1])[None, :, None] * rng.uniform(-0.5, 0.5))
    if rng.random() < 0.2:
        made = noisy(made, rng, rng.uniform(1, 8))
    made = bytes_of(made)
    return compressed(made, rng, 35) if rng.random() < 0.12 else made


def noisy(pixels, rng, strength):
    """With noise of each colour or of brightness only, sometimes of larger grain."""
    noise = rng.normal(0, strength, pixels.shape if rng.random() < 0.5 else (*pixels.shape[:2], 1)).astype(np.float32)
    if rng.random() < 0.4:
        noise = cv2.GaussianBlur(noise, (0, 0), 0.7).reshape(noise.shape) * 1.8
    return pixels + noise


def bytes_of(pixels):
    return np.clip(pixels, 0, 255).astype(np.uint8)


def compressed(pixels, rng, lowest):
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(lowest, 95))]
    return cv2.imdecode(cv2.imencode(".jpg", pixels, quality)[1], cv2.IMREAD_COLOR)
