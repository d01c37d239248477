// Shapes over a picture, drawn as SVG and never into the picture. All places are shares of the picture: 0...1 from its top left.
//
//   const drawing = overlay({ label: "What door sees", signal });
//   drawing.showPicture("/cameras/door/live.mjpg", lost);  // or hidePicture(): a grey field of the same size
//   drawing.fill("regions", drawing.polygon(points, { class: "region" }), drawing.label({ x: 0.1, y: 0.2 }, "porch"));
//
// A layer is a <g> of its name, made at the first call; later ones lie above. The `viewBox` has the picture's size in pixels, so that
// circles stay round; `at` turns shares into its units. In the style sheet `calc(var(--unit) * 12)` is 12 pixels of the screen.
import { h, s } from "./dom.js";

/**
 * A picture with a drawing over it.
 * @param label what it shows, for people who hear the page; `signal` ends what watches the size; `role`: "group" where something
 *   in the drawing can be used.
 */
export function overlay({ label, signal, role = "img" }) {
  const svg = s("svg", { class: "drawing", role, "aria-label": label, preserveAspectRatio: "none" });
  const element = h("div", { class: "overlay" }, svg);
  const layers = new Map();
  let picture = null;
  let size = { width: 16, height: 9 };

  /** The picture's form. The drawing keeps its shapes: whoever drew them draws them anew. */
  function resize(wanted) {
    if (!(wanted.width > 0 && wanted.height > 0)) return;
    size = { width: wanted.width, height: wanted.height };
    svg.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
    element.style.setProperty("aspect-ratio", `${size.width} / ${size.height}`);
    fit();
  }

  /** How many units of the drawing one pixel of the screen is. */
  function fit() {
    const shown = svg.clientWidth;
    if (shown > 0) svg.style.setProperty("--unit", `${size.width / shown}px`);
  }

  /** @param lost is called when it does not come. */
  function showPicture(address, lost) {
    hidePicture();
    const image = h("img", { src: address, alt: label });
    image.addEventListener("load", () => {
      if (image === picture) resize({ width: image.naturalWidth, height: image.naturalHeight });
    });
    image.addEventListener("error", () => {
      if (image !== picture) return;
      hidePicture();
      lost?.();
    });
    picture = image;
    element.prepend(image);
  }

  /** Without its address the browser ends the request, and the box encodes nothing more. */
  function hidePicture() {
    const image = picture;
    picture = null;
    image?.removeAttribute("src");
    image?.remove();
  }

  function layer(name) {
    if (!layers.has(name)) {
      layers.set(name, s("g", { class: name }));
      svg.append(layers.get(name));
    }
    return layers.get(name);
  }

  function fill(name, ...shapes) {
    layer(name).replaceChildren(...shapes.flat(Infinity).filter(Boolean));
  }

  function toggle(name, isShown) {
    layer(name).toggleAttribute("hidden", !isShown);
  }

  /** A place in units of the drawing. */
  function at({ x, y }) {
    return { x: x * size.width, y: y * size.height };
  }

  /** Where a pointer event is, in shares of the picture, inside it. */
  function point(event) {
    const shown = svg.getBoundingClientRect();
    const inside = (value) => Math.min(1, Math.max(0, value));
    return { x: inside((event.clientX - shown.left) / shown.width), y: inside((event.clientY - shown.top) / shown.height) };
  }

  /** @param points at least three. */
  function polygon(points, attributes = {}) {
    const places = points.map(at).map(({ x, y }) => `${round(x)},${round(y)}`);
    return s("polygon", { points: places.join(" "), ...attributes });
  }

  /** @param place `{ left, top, width, height }`; what reaches beyond the picture is cut off. */
  function box(place, attributes = {}) {
    const cut = (value) => Math.min(1, Math.max(0, value));
    const [left, top] = [cut(place.left), cut(place.top)];
    const [right, bottom] = [cut(place.left + place.width), cut(place.top + place.height)];
    const from = at({ x: left, y: top });
    const shown = { width: round((right - left) * size.width), height: round((bottom - top) * size.height) };
    return s("rect", { x: round(from.x), y: round(from.y), ...shown, ...attributes });
  }

  /** Text that stands on `place`, or hangs below it where there is no room above; it stays inside the picture. */
  function words(place, text, attributes = {}) {
    const { x, y } = at({ x: Math.min(1, Math.max(0, place.x)), y: Math.min(1, Math.max(0, place.y)) });
    const [isRight, isTop] = [place.x > 0.6, place.y < 0.12];
    return s(
      "text",
      {
        x: round(x),
        y: round(y),
        dx: `${isRight ? -0.3 : 0.3}em`,
        dy: isTop ? "1.2em" : "-0.45em",
        "text-anchor": isRight ? "end" : "start",
        ...attributes,
      },
      text,
    );
  }

  const watch = new ResizeObserver(fit);
  watch.observe(svg);
  signal?.addEventListener("abort", () => (watch.disconnect(), hidePicture()), { once: true });
  resize(size);
  return {
    element,
    svg,
    resize,
    showPicture,
    hidePicture,
    layer,
    fill,
    toggle,
    at,
    point,
    polygon,
    box,
    label: words,
    get size() {
      return size;
    },
  };
}

function round(value) {
  return Math.round(value * 10) / 10;
}
