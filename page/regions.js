// The regions of a processor, drawn over what its camera sees: with mouse, finger and keys.
import { button, every, h, notice, s, show as put } from "./dom.js";
import { overlay } from "./overlay.js";
import * as polygon from "./polygon.js";

const POINT_REACH = 24; // pixels within which a press takes a point, and a side
const SIDE_REACH = 18;
const PICTURE_PAUSE = 1000; // milliseconds: boxes of what is there now move with it
const UNDOS = 50;

/**
 * The editor of one camera's regions, which are lists of points. `onchange()`: after each change. Things that were seen are
 * `{box, counts, isNow}`, where `counts` says whether all but the regions speaks for it.
 */
export function regionEditor({ api, camera, signal, announce, onchange }) {
  let [regions, chosen, focused] = [[], 0, null]; // `focused`: a point of the chosen region, or null
  let [draft, pointer] = [null, null]; // the points that are set while one draws, and where the mouse is
  let [drag, before, built, told] = [null, [], "", ""];
  let [things, knowsNow, knowsPast] = [[], false, false];

  const drawing = overlay({ label: `Regions over the picture of ${camera}`, signal, role: "application" });
  const svg = drawing.svg;
  const image = h("img", { alt: "", hidden: true });
  svg.classList.add("editor");
  drawing.element.prepend(image);
  const [noPicture, state, tools, list] = [h("div", {}), h("div", {}), h("div", { class: "row" }), h("ul", { class: "list" })];
  const [seen, help] = [h("p", { class: "small" }), h("p", { class: "quiet small" })];
  const element = h("div", { class: "list regions" }, drawing.element, noPicture, state, tools, list, seen, help);

  const buttons = {
    draw: button("Draw a region", startDrawing),
    square: button("Add a square", () => addRegion(polygon.square(regions.length))),
    undo: button("Undo", undo),
    add: button("Add point", () => addPoint(focused)),
    remove: button("Remove point", () => removePoint(focused)),
    done: button("Done", endDrawing),
    cancel: button("Cancel", () => ((draft = []), endDrawing())),
  };
  put(tools, ...Object.values(buttons));

  const pixels = () => {
    const { width, height } = svg.getBoundingClientRect();
    return { x: width || 1, y: height || 1 };
  };
  const current = () => regions[chosen] ?? [];
  const percent = (share) => Math.round(share * 100);
  const whereWords = (p) => `${percent(p.x)} % from the left, ${percent(p.y)} % from the top`;

  // MARK: Changes

  function remember() {
    before = [...before, { regions, chosen }].slice(-UNDOS);
  }

  /** Takes other regions. `words`: what people hear who do not see it. */
  function take(next, words) {
    regions = next;
    chosen = Math.min(chosen, Math.max(0, regions.length - 1));
    if (focused !== null && focused >= current().length) focused = null;
    draw();
    onchange();
    if (words) announce(words);
  }

  function change(points, words) {
    take(regions.map((old, index) => (index === chosen ? points : old)), words);
  }

  function addRegion(points) {
    remember();
    chosen = regions.length;
    take([...regions, points], `Region ${regions.length + 1} is there.`);
    focusPoint(0);
  }

  function removeRegion(index) {
    remember();
    if (index < chosen) chosen -= 1;
    focused = null;
    take(regions.toSpliced(index, 1), `Region ${index + 1} is deleted.`);
    buttons.draw.focus();
  }

  function addPoint(index, place) {
    if (current().length >= polygon.MOST_POINTS) return announce("A region has ten points at most.");
    remember();
    focused = index + 1;
    change(polygon.withNewPoint(current(), index, place), `Point ${index + 2} is new.`);
    focusPoint(index + 1);
  }

  function removePoint(index) {
    if (current().length <= polygon.LEAST_POINTS) return announce("A region needs three points. Delete it instead.");
    remember();
    change(current().toSpliced(index, 1), `Point ${index + 1} is removed.`);
    focusPoint(Math.max(0, index - 1));
  }

  function undo() {
    const last = before.pop();
    if (!last) return;
    chosen = last.chosen;
    take(last.regions, "The last change is taken back.");
    if (buttons.undo.disabled) buttons.draw.focus({ preventScroll: true });
  }

  function focusPoint(index) {
    svg.querySelector(`[data-point="${index}"]`)?.focus({ preventScroll: true });
  }

  function choose(index) {
    [chosen, focused] = [index, null];
    draw();
  }

  // MARK: Drawing point by point

  function startDrawing() {
    draft = [];
    draw();
    buttons.cancel.focus({ preventScroll: true });
    announce("Tap the corners of the region one after the other. With keys, take Add a square instead.");
  }

  function endDrawing() {
    const points = draft;
    [draft, pointer] = [null, null];
    if (points.length >= polygon.LEAST_POINTS) return addRegion(points);
    draw();
    buttons.draw.focus({ preventScroll: true });
    announce("Nothing is drawn.");
  }

  function setPoint(place) {
    const closes = draft.length >= polygon.LEAST_POINTS && polygon.nearest([draft[0]], place, POINT_REACH, pixels()) === 0;
    if (!closes) draft = [...draft, place];
    if (closes || draft.length === polygon.MOST_POINTS) return endDrawing();
    draw();
  }

  // MARK: Mouse and finger

  function placeOf(event) {
    const { x, y } = drawing.point(event);
    return polygon.point(x, y);
  }

  function press(event) {
    if (!event.isPrimary || event.button !== 0) return;
    const at = placeOf(event);
    event.preventDefault();
    if (draft) return setPoint(at);
    const index = polygon.nearest(current(), at, POINT_REACH, pixels());
    const hasSides = index < 0 && current().length < polygon.MOST_POINTS;
    const side = hasSides ? polygon.nearest(polygon.middles(current()), at, SIDE_REACH, pixels()) : -1;
    if (side >= 0) addPoint(side, at);
    if (index >= 0 || side >= 0) {
      focused = index >= 0 ? index : Math.min(side + 1, current().length - 1);
      drag = { point: focused, isKept: side >= 0 };
    } else {
      const hit = polygon.contains(current(), at) ? chosen : regions.findLastIndex((points) => polygon.contains(points, at));
      if (hit < 0) return;
      chosen = hit;
      drag = { from: at, points: current() };
    }
    svg.setPointerCapture(event.pointerId);
    draw();
    if (focused !== null) focusPoint(focused);
  }

  function move(event) {
    const at = placeOf(event);
    if (draft) {
      pointer = at;
      place();
    } else if (drag) {
      if (!drag.isKept) remember();
      drag.isKept = true;
      const { point, from, points } = drag;
      change(from ? polygon.moved(points, at.x - from.x, at.y - from.y) : polygon.withPoint(current(), point, at));
    }
  }

  svg.addEventListener("pointerdown", press);
  svg.addEventListener("pointermove", move);
  for (const name of ["pointerup", "pointercancel"]) svg.addEventListener(name, () => (drag = null));

  // MARK: Keys

  function key(event, index) {
    const by = polygon.arrow(event.key, event.shiftKey);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (by) {
      const old = current()[index];
      remember();
      change(polygon.withPoint(current(), index, polygon.point(old.x + by[0], old.y + by[1])));
      const now = current()[index];
      announce(flawWords() ?? whereWords(now));
    } else if (event.key === "Delete" || event.key === "Backspace") removePoint(index);
    else if (event.key === "Enter" || event.key === "+") addPoint(index);
    else return;
    event.preventDefault();
  }

  function keyAnywhere(event) {
    if (event.key === "Escape" && draft) (draft = []), endDrawing();
    if (event.key === "z" && (event.ctrlKey || event.metaKey)) event.preventDefault(), undo();
  }

  document.addEventListener("keydown", keyAnywhere, { signal });

  // MARK: What is shown

  function flawWords() {
    const index = regions.findIndex((points) => polygon.flaw(points));
    return index < 0 ? null : `Region ${index + 1} ${polygon.flaw(regions[index]).words}.`;
  }

  /** Elements are made anew only where there are others: what has the focus keeps it. */
  function draw() {
    const shape = JSON.stringify([regions.map((points) => points.length), chosen, draft?.length]);
    if (shape !== built) build(), (built = shape);
    place();
    drawWords();
  }

  function build() {
    const active = svg.contains(document.activeElement) ? document.activeElement.dataset.point : undefined;
    const points = draft ? [] : current();
    drawing.layer("things").setAttribute("aria-hidden", "true");
    drawing.fill(
      "shapes",
      s(
        "g",
        { "aria-hidden": "true" },
        regions.map(() => s("polygon", {})),
        [0, 1].map(() => s("line", { class: "cross" })),
        s("polyline", { class: "drawn" }),
      ),
      s("g", { class: "middles", "aria-hidden": "true" }, points.length < polygon.MOST_POINTS && points.map(() => s("circle", {}))),
      points.map((_, index) =>
        s(
          "g",
          {
            class: "point", role: "button", tabindex: 0, "data-point": index, onkeydown: (event) => key(event, index),
            onfocus: () => ((focused = index), place(), drawTools()),
          },
          s("circle", { class: "reach" }),
          s("circle", {}),
        ),
      ),
      draft && s("g", { "aria-hidden": "true" }, draft.map(() => s("circle", { class: "set" }))),
    );
    if (active !== undefined) focusPoint(Math.min(Number(active), points.length - 1));
  }

  function place() {
    const corners = (points) => points.map(drawing.at).map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
    const on = (p) => `translate(${drawing.at(p).x} ${drawing.at(p).y})`;
    const set = (item, attributes) => Object.entries(attributes).forEach(([name, value]) => item.setAttribute(name, value));
    svg.classList.toggle("draws", draft !== null);
    const kindOf = (thing) => `${isLit(thing) ? "counts" : "aside"} ${thing.isNow ? "now" : ""}`;
    drawing.fill("things", things.map((thing) => drawing.box(thing.box, { class: kindOf(thing) })));
    svg.querySelectorAll("polygon").forEach((item, index) => {
      const kind = `region ${index === chosen && !draft ? "chosen" : ""} ${polygon.flaw(regions[index]) ? "flawed" : ""}`;
      set(item, { points: corners(regions[index]), class: kind });
    });
    const points = draft ? [] : current();
    const sides = points.length ? (polygon.flaw(points)?.sides ?? []) : [];
    svg.querySelectorAll(".cross").forEach((line, index) => {
      line.toggleAttribute("hidden", !(index in sides));
      if (!(index in sides)) return;
      const [from, to] = [drawing.at(points[sides[index]]), drawing.at(points[(sides[index] + 1) % points.length])];
      set(line, { x1: from.x, y1: from.y, x2: to.x, y2: to.y });
    });
    set(svg.querySelector(".drawn"), { points: corners([...(draft ?? []), ...(draft?.length && pointer ? [pointer] : [])]) });
    const middles = polygon.middles(points);
    svg.querySelectorAll(".middles circle").forEach((item, index) => set(item, { transform: on(middles[index]) }));
    svg.querySelectorAll(".set").forEach((item, index) => set(item, { transform: on(draft[index]) }));
    svg.querySelectorAll(".point").forEach((item, index) => {
      const p = points[index];
      const words = `Region ${chosen + 1}, point ${index + 1} of ${points.length}: ${whereWords(p)}`;
      set(item, { transform: on(p), "aria-label": words, class: index === focused ? "point focused" : "point" });
    });
  }

  const isLit = (thing) => thing.counts && polygon.isAdmitted(regions, thing.box);

  function drawWords() {
    const words = flawWords();
    if (words !== told) {
      put(state, words && notice(`${words} It is not saved so: move a point.`, "bad"));
      if (words) announce(words);
      told = words;
    }
    const share = (part) => `${part.filter(isLit).length} of ${part.length}`;
    const [now, past] = [things.filter((thing) => thing.isNow), things.filter((thing) => !thing.isNow)];
    seen.textContent = [
      now.length ? `Now ${share(now)} would count (thick boxes).` : knowsNow ? "Nothing is seen now." : "What is there now is not known yet.",
      past.length ? `Of the last day ${share(past)} would count (thin boxes).` : knowsPast ? "Nothing was seen in the last day." : "The last day is not known.",
      things.length ? "Solid: counts. Dashed: does not." : "",
    ].join(" ");
    help.textContent = draft
      ? "Tap the corners one after the other; tap the first one again to end. Escape ends without a region."
      : "Drag points or the whole region; a small dot makes a new point. " +
        "Keys: Tab to a point, arrows move it (Shift: further), Enter or + adds one after it, Delete removes it.";
    drawTools();
    drawList();
  }

  function drawTools() {
    const isFull = regions.length >= polygon.MOST_REGIONS;
    const show = (item, isShown, isDisabled) => ([item.hidden, item.disabled] = [!isShown, isDisabled]);
    for (const item of [buttons.draw, buttons.square]) show(item, !draft, isFull);
    show(buttons.undo, !draft, before.length === 0);
    show(buttons.add, !draft && focused !== null, current().length >= polygon.MOST_POINTS);
    show(buttons.remove, !draft && focused !== null, current().length <= polygon.LEAST_POINTS);
    show(buttons.done, draft !== null, draft?.length < polygon.LEAST_POINTS);
    show(buttons.cancel, draft !== null, false);
  }

  function drawList() {
    if (list.dataset.count !== String(regions.length)) {
      list.dataset.count = regions.length;
      const nothing = h("li", { class: "quiet" }, "No region: the whole picture counts.");
      put(list, regions.length ? regions.map((_, index) => row(index)) : nothing);
    }
    regions.forEach((points, index) => {
      const [name, words] = list.children[index].children;
      name.setAttribute("aria-pressed", String(index === chosen));
      const share = percent(polygon.area(points)) || "less than 1";
      words.textContent = polygon.flaw(points) ? "cannot be saved" : `${points.length} points, ${share}\u00a0%`;
    });
  }

  function row(index) {
    return h(
      "li",
      { class: "row" },
      button(`Region ${index + 1}`, () => choose(index)),
      h("span", { class: "grow small" }),
      button("Delete", () => removeRegion(index), { class: "button danger", "aria-label": `Delete region ${index + 1}` }),
    );
  }

  // MARK: The picture

  async function look() {
    let [url, words] = [null, ""];
    try {
      const answer = await api.request("GET", `/cameras/${encodeURIComponent(camera)}/snapshot.jpg`, { signal });
      url = URL.createObjectURL(await answer.blob());
      const next = h("img", { src: url });
      await next.decode();
      drawing.resize({ width: next.naturalWidth, height: next.naturalHeight });
      image.src = url;
      await image.decode();
    } catch (error) {
      if (signal.aborted || error.status === 401) return;
      words = "No picture: the camera is away or has sent none yet, or pictures are private. Regions can be drawn all the same.";
    } finally {
      if (url) URL.revokeObjectURL(url);
    }
    image.hidden = words !== "";
    place();
    if (noPicture.textContent !== words) put(noPicture, words && notice(words));
  }

  draw();
  every(PICTURE_PAUSE, signal, look);

  return {
    element,
    get regions() {
      return regions;
    },
    /** Why it cannot be saved, in words; null when it can. */
    get flaw() {
      return draft ? "End the drawing first." : flawWords();
    },
    /** Other regions than those that were drawn. */
    put(next) {
      [regions, chosen, focused, draft, before] = [next, 0, null, null, []];
      draw();
    },
    showThings(...next) {
      [things, knowsNow, knowsPast] = next;
      draw();
    },
  };
}
