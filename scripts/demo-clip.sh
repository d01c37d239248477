#!/bin/sh
# Makes the demo clip: a still scene into which a person and then a cat walk, from two photographs of Debian's
# python3-skimage (their licences: NOTICE). The package is only unpacked, never installed.
# Usage: scripts/demo-clip.sh [CLIP]   (default .cache/demo.mp4)
set -eu

cd "$(dirname "$0")/.."
clip=${1:-.cache/demo.mp4}
photos=.cache/photos

fail() {
    echo "demo-clip: $1" >&2
    exit 1
}

fetch() { (cd "$work" && apt-get -qq -o APT::Sandbox::User=root download python3-skimage); }

# A fresh machine may not have the lists of packages yet.
update() {
    if [ "$(id -u)" -eq 0 ]; then apt-get -qq update; else sudo apt-get -qq update; fi
}

command -v ffmpeg >/dev/null || fail "ffmpeg is missing; install it with: apt-get install ffmpeg"

if [ ! -s "$photos/astronaut.png" ] || [ ! -s "$photos/chelsea.png" ]; then
    echo "demo-clip: fetching two public-domain photographs (Debian package python3-skimage, 21 MB)"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' INT TERM
    # As root, apt drops to the user _apt, who must be able to write here.
    chmod 755 "$work"
    fetch || { update && fetch; } ||
        fail "python3-skimage could not be fetched; is the network there? try: apt-get update"
    dpkg -x "$work"/python3-skimage_*.deb "$work/tree"
    mkdir -p "$photos"
    for photo in astronaut chelsea; do
        cp "$work/tree/usr/lib/python3/dist-packages/skimage/data/$photo.png" "$photos/$photo.png" ||
            fail "$photo.png is not in python3-skimage any more"
    done
fi

# One visit: in from the left within a second, swaying a little for six, out to the right within a second.
# $1: second of arrival, $2: resting place from the left in pixels.
path_of_visit() {
    echo "if(lt(t,$1),-w,if(lt(t,$1+1),-w+(t-$1)*($2+w),if(lt(t,$1+7),$2+14*sin((t-$1-1)*PI/3),$2+(t-$1-7)*(W-$2))))"
}

# The same scene blurred beyond recognition is the empty porch.
mkdir -p "$(dirname "$clip")"
ffmpeg -nostdin -hide_banner -loglevel error -y \
    -loop 1 -framerate 10 -i "$photos/chelsea.png" \
    -loop 1 -framerate 10 -i "$photos/astronaut.png" \
    -loop 1 -framerate 10 -i "$photos/chelsea.png" \
    -filter_complex "
        [0]scale=64:36:flags=area,gblur=sigma=9,scale=1280:720:flags=bicubic,hue=s=0.25,eq=contrast=0.6[porch];
        [1]scale=-2:700[person];
        [2]scale=-2:560[cat];
        [porch][person]overlay=x='$(path_of_visit 2 300)':y=20[one];
        [one][cat]overlay=x='$(path_of_visit 14 220)':y=120,format=yuv420p[out]" \
    -map '[out]' -t 26 -r 10 -c:v libx264 -preset fast -crf 20 -g 20 -threads 1 -flags +bitexact -fflags +bitexact \
    -movflags +faststart "$clip.part.mp4" || fail "ffmpeg could not make the clip"
mv "$clip.part.mp4" "$clip"
echo "demo-clip: $clip is ready (26 s, 1280x720, 10 frames per second)"
