"""The pictures of the fake cameras: scenes that are shown as long as a test wants."""

import subprocess

SIZE = (640, 360)
RATE = 10
#: Name of a scene -> its first and last picture.
SCENES = {
    "empty": (0, 39), "person": (40, 79), "pet": (80, 119), "dark": (120, 139), "covered": (140, 159), "bright": (160, 179),
    "blurred": (180, 199), "moved": (200, 219), "frozen": (60, 60),
}  # fmt: skip

#: A place with edges in shades of grey, and the noise that every sensor has.
PLACE = "smptebars=s={w}x{h}:r=10,hue=s=0,eq=contrast=0.6"
NOISE = "noise=alls=5:allf=t"
PATCH = "color={color}:s=240x240:r=10"
#: There and back in four seconds, so that the loop has no jump.
WALK = "overlay=x='60+120*(0.5-0.5*cos(2*PI*t/4))':y=60:shortest=1"


def graphs():
    """(filter graph, number of pictures) in the order of the scenes."""
    width, height = SIZE
    place = PLACE.format(w=width, h=height)
    yield f"{place},{NOISE}", 40
    for color in ("0xe61e1e", "0x1ee61e"):
        yield f"{place}[a];{PATCH.format(color=color)}[p];[a][p]{WALK},{NOISE}", 40
    yield f"color=0x020202:s={width}x{height}:r=10,noise=alls=2:allf=t", 20
    yield f"color=0x383430:s={width}x{height}:r=10,noise=alls=3:allf=t", 20
    yield f"color=white:s={width}x{height}:r=10,noise=alls=3:allf=t", 20
    yield f"{place},boxblur=40:3,noise=alls=2:allf=t", 20
    yield f"testsrc=s={width}x{height}:r=10,hue=s=0,transpose=1,scale={width}:{height},{NOISE}", 20


def make(folder, kind="MJPG"):
    """Fills `folder` with the pictures of all scenes; of raw ones only those of nobody and a person, which are large."""
    folder.mkdir(parents=True)
    first = 0
    for graph, count in list(graphs())[: None if kind == "MJPG" else 2]:
        if kind == "MJPG":
            # Standard Huffman tables, as cameras use them.
            options = ["-c:v", "mjpeg", "-q:v", "4", "-huffman", "default", "-pix_fmt", "yuvj420p"]
            target = folder / "%05d.jpg"
        else:
            options = ["-pix_fmt", "yuyv422", "-f", "image2", "-c:v", "rawvideo"]
            target = folder / "%05d.yuyv"
        command = ["ffmpeg", "-loglevel", "error", "-filter_complex", graph, "-frames:v", str(count)]
        subprocess.run([*command, *options, "-start_number", str(first), target], check=True)
        first += count
    return folder
