"""The look of infra-red cameras at night, made from pictures by day."""

import cv2
import numpy as np


def infrared(pixels, boxes, rng):
    """A picture as an infra-red camera might have seen it: grey, fur and clothes bleached, lit from the camera,
    glaring, blurred, coarse and noisy.

    pixels: `[height, width, 3]` uint8; boxes: `[n, 4]` corners in pixels; rng: numpy Generator. Returns uint8 pixels.
    """
    height, width = pixels.shape[:2]
    weights = rng.dirichlet((2.0, 3.0, 4.0))
    grey = pixels.astype(np.float32) @ weights.astype(np.float32) / 255
    grey = bleached(grey, boxes, rng)
    grey = lit_from_camera(grey, rng)
    if rng.random() < 0.25:
        grey = with_glare(grey, rng)
    grey = np.clip(grey, 0, 1) ** rng.uniform(0.7, 1.6)
    grey = soft(grey, rng, width, height)
    low, high = rng.uniform(0, 0.12), rng.uniform(0.6, 1.0)
    grey = low + (high - low) * np.clip(grey, 0, 1)
    grey = grey + noise((height, width), rng, strongest=0.07)
    out = np.repeat((np.clip(grey, 0, 1) * 255).astype(np.uint8)[..., None], 3, axis=2)
    if rng.random() < 0.15:
        tint = rng.uniform(0.8, 1.0, 3).astype(np.float32)
        out = (out * tint).astype(np.uint8)
    return compressed(out, rng, 35, 90) if rng.random() < 0.6 else out


def bleached(grey, boxes, rng):
    """Fur and cloth throw infra-red back whatever their colour is: inside a soft ellipse in each box dark becomes
    light and contrast goes."""
    height, width = grey.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    for left, top, right, bottom in boxes:
        if rng.random() > 0.75 or right - left < 4 or bottom - top < 4:
            continue
        reach = ((x - (left + right) / 2) / ((right - left) * 0.55)) ** 2
        reach += ((y - (top + bottom) / 2) / ((bottom - top) * 0.55)) ** 2
        mask = np.clip((1.15 - reach) / 0.5, 0, 1)
        level, kept = rng.uniform(0.45, 1.0), rng.uniform(0.15, 0.7)
        mean = float((grey * mask).sum() / max(float(mask.sum()), 1e-3))
        # What differs most from what surrounds it in the box is more likely the animal than the ground.
        strength = mask * rng.uniform(0.5, 1.0)
        grey = grey * (1 - strength) + (level + (grey - mean) * kept) * strength
    return grey


def lit_from_camera(grey, rng):
    """Light falls off from where the lamp points; what is far is dark."""
    height, width = grey.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    cx, cy = rng.uniform(0.25, 0.75) * width, rng.uniform(0.3, 0.8) * height
    distance = np.hypot((x - cx) / width, (y - cy) / height)
    return grey * np.clip(1.25 - rng.uniform(0.2, 1.2) * distance, 0.2, 1.3)


def with_glare(grey, rng):
    height, width = grey.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    radius = rng.uniform(0.05, 0.3) * width
    spot = np.exp(-((x - rng.uniform(0, width)) ** 2 + (y - rng.uniform(0, height)) ** 2) / (2 * radius**2))
    return grey + spot * rng.uniform(0.3, 0.9)


def soft(image, rng, width, height):
    """Out of focus, moving, or coarse."""
    if rng.random() < 0.5:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.6))
    if rng.random() < 0.2:
        image = moved(image, rng)
    if rng.random() < 0.4:
        factor = rng.uniform(0.35, 0.8)
        small = cv2.resize(
            image, (max(8, int(width * factor)), max(8, int(height * factor))), interpolation=cv2.INTER_AREA)
        image = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    return image


def moved(image, rng):
    length = int(rng.integers(3, 10))
    kernel = np.zeros((length, length), np.float32)
    angle = rng.uniform(0, np.pi)
    centre = (length - 1) / 2
    for step in np.linspace(-centre, centre, 2 * length):
        kernel[int(round(centre + step * np.sin(angle))), int(round(centre + step * np.cos(angle)))] = 1
    return cv2.filter2D(image, -1, kernel / kernel.sum())


def noise(shape, rng, strongest):
    return rng.standard_normal(shape, np.float32) * np.float32(rng.uniform(0.003, strongest))


def compressed(pixels, rng, worst, best):
    quality = int(rng.integers(worst, best))
    return cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)


def low_light(pixels, rng):
    """Dusk in colour: dark, flat, tinted, noisy."""
    dark = (pixels.astype(np.float32) / 255) ** rng.uniform(1.1, 2.2) * rng.uniform(0.4, 1.0)
    dark = dark * rng.uniform(0.75, 1.1, 3).astype(np.float32)
    dark = soft(dark, rng, pixels.shape[1], pixels.shape[0])
    return (np.clip(dark + noise(pixels.shape, rng, strongest=0.06), 0, 1) * 255).astype(np.uint8)
