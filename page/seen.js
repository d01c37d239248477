// What the box sees of a camera, drawn over its picture: boxes, regions, motion. Follows GET /cameras/<name>/looks.
import { every, h, show } from "./dom.js";
import { fromRegion } from "./polygon.js";

const OLD = 1500; // milliseconds after which a look is drawn paler: the scene may have changed
const GONE = 6000; // ... and after which it is not drawn any more: the box looks every two seconds at the latest

/**
 * Follows a camera's looks and draws each of them.
 * @param drawing of overlay.js, with the layers `regions`, `motion` and `things`.
 * @param words the element that says the same in words.
 * @param begun is called with true when pictures may be shown, false in privacy mode.
 * @param lost is called when the looks end: with true when they had begun.
 */
export function follow(name, { api, drawing, words, signal, begun, lost }) {
  const source = new EventSource(`/cameras/${encodeURIComponent(name)}/looks`);
  let [hasBegun, regionsOf, lookedAt] = [false, "", Date.now()];
  say(words, "Waiting for the next look.");
  signal.addEventListener("abort", () => source.close(), { once: true });
  source.addEventListener("begin", (event) => {
    hasBegun = true;
    begun(JSON.parse(event.data).pictures);
  });
  source.addEventListener("look", (event) => {
    const look = JSON.parse(event.data);
    lookedAt = Date.now();
    drawing.svg.classList.remove("old");
    if (look.width !== drawing.size.width || look.height !== drawing.size.height) {
      drawing.resize(look);
      regionsOf = "";
    }
    drawMotion(drawing, look.motion);
    drawThings(drawing, look.detections.filter(isWorthShowing));
    tell(words, look);
    const wanted = JSON.stringify(look.processors);
    if (wanted === regionsOf) return;
    regionsOf = wanted;
    drawRegions(drawing, look.processors, api, signal).catch(() => (regionsOf = ""));
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED && !signal.aborted) lost(hasBegun);
  });
  every(500, signal, () => {
    const age = Date.now() - lookedAt;
    drawing.svg.classList.toggle("old", age > OLD);
    if (age < GONE) return;
    drawing.fill("things");
    drawing.fill("motion");
    say(words, `No look for ${Math.round(age / 1000)} seconds. Does a processor run for this camera?`);
  });
}

/** A weak guess that no processor takes would only hide the picture. */
function isWorthShowing({ confidence, processors }) {
  if (!processors.length) return confidence >= 50;
  return processors.some(({ reason }) => reason?.kind !== "confidence" || reason.best >= 0.6 * reason.wanted);
}

function nameOf(thing) {
  return `${thing.class || thing.label.toLowerCase()} ${Math.round(thing.confidence)} %`;
}

function counts(thing) {
  return thing.processors.some((processor) => processor.counts);
}

function drawThings(drawing, things) {
  const shapes = things.map((thing) => {
    const kind = counts(thing) ? "counts" : "aside";
    const place = thing.boundingBox;
    return [
      drawing.box(place, { class: "edge" }),
      drawing.box(place, { class: kind }),
      drawing.label({ x: place.left > 0.6 ? place.left + place.width : place.left, y: place.top }, nameOf(thing)),
    ];
  });
  drawing.fill("things", shapes);
}

function drawMotion(drawing, motion) {
  const areas = motion.everywhere ? [{ left: 0, top: 0, width: 1, height: 1 }] : motion.areas;
  drawing.fill("motion", areas.map((area) => drawing.box(area, { class: "moved" })));
}

/** The regions of the processors that look, as their settings have them. */
async function drawRegions(drawing, processors, api, signal) {
  const told = await Promise.all(
    processors.map(({ name }) => api.call("DescribeStreamProcessor", { Name: name }, { signal })),
  );
  const shapes = told.flatMap(({ Name, RegionsOfInterest = [] }) =>
    RegionsOfInterest.map(fromRegion).map((points, index) => [
      drawing.polygon(points, { class: "edge" }),
      drawing.polygon(points, { class: "region" }),
      index === 0 && drawing.label(lowest(points), Name, { class: "region-name" }),
    ]),
  );
  drawing.fill("regions", shapes);
}

/** Where the name of a region does not stand in the way of those of boxes. */
function lowest(points) {
  return points.reduce((low, point) => (point.y > low.y ? point : low));
}

function tell(words, look) {
  const things = look.detections.filter(isWorthShowing);
  if (!things.length) return say(words, "Nothing is seen now.");
  const items = things.slice(0, 6).map((thing) => {
    const reasons = thing.processors.map((processor) => {
      if (!processor.counts) return `${processor.name}: ${processor.reason.words}`;
      return `${processor.name}: ${processor.visit ? "a visit." : "counts; more looks decide."}`;
    });
    return h("li", {}, h("strong", {}, nameOf(thing)), ` ${reasons.join(" ")}`);
  });
  const rest = things.length + look.leftOut - items.length;
  show(words, h("ul", {}, items, rest > 0 && h("li", {}, `And ${rest} more.`)));
}

function say(words, text) {
  show(words, h("p", {}, text));
}
