// Regions as plain numbers, without a document. A point is {x, y}, a box {left, top, width, height}, in ratios of the picture.

export const LEAST_POINTS = 3;
export const MOST_POINTS = 10;
export const MOST_REGIONS = 10;
/** More than this share of a box must lie in one region: the daemon's own rule, which is AWS's. */
export const ADMITTING_OVERLAP = 0.5;

/** By how much an arrow key moves a point; with Shift by the second. */
const STEP = 0.01;
const LARGE_STEP = 0.05;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const within = (value) => Math.min(1, Math.max(0, Math.round(value * 1e4) / 1e4));

/** The nearest place inside the picture, with four digits. */
export const point = (x, y) => ({ x: within(x), y: within(y) });

/** What an arrow key means, as [dx, dy]; null for other keys. */
export function arrow(key, isLarge) {
  const step = isLarge ? LARGE_STEP : STEP;
  return ARROWS[key]?.map((part) => part * step) ?? null;
}

export function withPoint(points, index, place) {
  return points.map((old, number) => (number === index ? place : old));
}

/** A new point in the middle of the side that begins at `index`, or at `place` on it. */
export function withNewPoint(points, index, place) {
  const [a, b] = [points[index], points[(index + 1) % points.length]];
  return points.toSpliced(index + 1, 0, place ?? point((a.x + b.x) / 2, (a.y + b.y) / 2));
}

/** The whole region moved, as far as it stays inside the picture. */
export function moved(points, dx, dy) {
  const [xs, ys] = [points.map((p) => p.x), points.map((p) => p.y)];
  const x = Math.min(1 - Math.max(...xs), Math.max(-Math.min(...xs), dx));
  const y = Math.min(1 - Math.max(...ys), Math.max(-Math.min(...ys), dy));
  return points.map((p) => point(p.x + x, p.y + y));
}

/** A square in the middle, beside the `number` others that were made so. */
export function square(number) {
  const shift = (number % 5) * 0.04;
  const [low, high] = [0.3 + shift, 0.6 + shift];
  return [point(low, low), point(high, low), point(high, high), point(low, high)];
}

/** Twice the signed area of a triangle; 0 for three points in a line. */
function turn(a, b, c) {
  const doubled = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
  return Math.abs(doubled) < 1e-12 ? 0 : doubled;
}

function lies(p, a, b) {
  const between = (value, one, other) => Math.min(one, other) - 1e-12 <= value && value <= Math.max(one, other) + 1e-12;
  return between(p.x, a.x, b.x) && between(p.y, a.y, b.y);
}

function touch(a, b, c, d) {
  const [abc, abd, cda, cdb] = [turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b)];
  if (abc * abd < 0 && cda * cdb < 0) return true;
  return (
    (abc === 0 && lies(c, a, b)) || (abd === 0 && lies(d, a, b)) || (cda === 0 && lies(a, c, d)) || (cdb === 0 && lies(b, c, d))
  );
}

/** The first two sides that cross, touch, or run back over each other, by the index of their first points; or null. */
export function crossing(points) {
  const count = points.length;
  const at = (index) => points[index % count];
  for (let a = 0; a < count; a++) {
    for (let b = a + 2; b < count; b++) {
      if (a === 0 && b === count - 1) continue;
      if (touch(at(a), at(a + 1), at(b), at(b + 1))) return [a, b];
    }
  }
  for (let a = 0; a < count && count > 3; a++) {
    const [one, two, three] = [at(a), at(a + 1), at(a + 2)];
    const dot = (one.x - two.x) * (three.x - two.x) + (one.y - two.y) * (three.y - two.y);
    if (turn(one, two, three) === 0 && dot > 0) return [a, (a + 1) % count];
  }
  return null;
}

export function area(points) {
  const doubled = points.reduce((sum, p, index) => {
    const next = points[(index + 1) % points.length];
    return sum + p.x * next.y - next.x * p.y;
  }, 0);
  return Math.abs(doubled) / 2;
}

/** Why the API would refuse these points: `{words, sides}`, with the sides that cross; or null. */
export function flaw(points) {
  if (points.length < LEAST_POINTS) return { words: `needs ${LEAST_POINTS} points or more`, sides: [] };
  if (points.length > MOST_POINTS) return { words: `has more than ${MOST_POINTS} points`, sides: [] };
  const twice = points.findIndex((p, index) => points.slice(0, index).some((q) => q.x === p.x && q.y === p.y));
  if (twice >= 0) return { words: `has point ${twice + 1} where another one is`, sides: [] };
  const sides = crossing(points);
  if (sides) return { words: `crosses itself: side ${sides[0] + 1} and side ${sides[1] + 1}`, sides };
  return area(points) > 1e-9 ? null : { words: "has no area", sides: [] };
}

/** Whether a place is inside, also of a concave region. */
export function contains(points, at) {
  let isInside = false;
  points.forEach((a, index) => {
    const b = points[(index + 1) % points.length];
    if (a.y > at.y !== b.y > at.y && at.x < a.x + ((b.x - a.x) * (at.y - a.y)) / (b.y - a.y)) isInside = !isInside;
  });
  return isInside;
}

/** Keeps the side where `distance` is not negative (Sutherland and Hodgman). */
function clip(points, distance) {
  return points.flatMap((now, index) => {
    const before = points.at(index - 1);
    const [was, is] = [distance(before), distance(now)];
    const share = was / (was - is);
    const edge = { x: before.x + (now.x - before.x) * share, y: before.y + (now.y - before.y) * share };
    return [...(was < 0 !== is < 0 ? [edge] : []), ...(is >= 0 ? [now] : [])];
  });
}

/** The share of a box, as far as it is in the picture, that lies inside one region: 0 to 1. */
export function overlap(points, box) {
  const [left, top] = [Math.max(0, box.left), Math.max(0, box.top)];
  const [right, bottom] = [Math.min(1, box.left + box.width), Math.min(1, box.top + box.height)];
  if (right <= left || bottom <= top) return 0;
  const sides = [(p) => p.x - left, (p) => right - p.x, (p) => p.y - top, (p) => bottom - p.y];
  return Math.min(1, area(sides.reduce(clip, points)) / ((right - left) * (bottom - top)));
}

/** Whether a box counts: more than half of it in one of the regions, and without regions always. */
export function isAdmitted(regions, box) {
  return regions.length === 0 || regions.some((points) => overlap(points, box) > ADMITTING_OVERLAP + 1e-9);
}

/** The index of what is nearest to a place within `reach`, or -1. `scale`: what one is worth in x and in y. */
export function nearest(places, at, reach, scale) {
  const far = places.map((p) => Math.hypot((p.x - at.x) * scale.x, (p.y - at.y) * scale.y));
  const least = Math.min(...far);
  return least <= reach ? far.indexOf(least) : -1;
}

/** The middles of the sides. */
export function middles(points) {
  return points.map((a, index) => {
    const b = points[(index + 1) % points.length];
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
  });
}

/** AWS's `RegionOfInterest` as points. A box has its four corners; a point that only closes the ring goes. */
export function fromRegion(region) {
  if (region.BoundingBox) {
    const { Left: x, Top: y, Width: width, Height: height } = region.BoundingBox;
    return [point(x, y), point(x + width, y), point(x + width, y + height), point(x, y + height)];
  }
  const points = region.Polygon.map((p) => point(p.X, p.Y));
  const [first, last] = [points[0], points.at(-1)];
  return points.length > LEAST_POINTS && first.x === last.x && first.y === last.y ? points.slice(0, -1) : points;
}

export function toRegion(points) {
  return { Polygon: points.map((p) => ({ X: p.x, Y: p.y })) };
}
