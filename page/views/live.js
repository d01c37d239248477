// Every camera: one glance tells whether it works. A picture is taken from the box only while somebody wants to see it.
import { badge, every, h, notice, show as put } from "../dom.js";
import { overlay } from "../overlay.js";
import { follow } from "../seen.js";

// A browser has six connections to one address, and a camera that is shown takes two of them.
const MOST_SHOWN = 2;
const LAYERS = [["things", "Boxes"], ["regions", "Regions"], ["motion", "Motion"]];
const chosen = { things: true, regions: true, motion: false };

export async function show(root, { api, signal, announce }) {
  const list = h("ul", { class: "list" });
  const all = h("span", {});
  put(root, h("div", { class: "row" }, h("h1", {}, "Live"), all), list);
  const { cameras } = await api.get("/debug", { signal });
  const rows = new Map(Object.keys(cameras).sort().map((name) => [name, row(name)]));
  put(list, rows.size ? [...rows.values()].map((row) => row.item) : h("li", {}, notice("No camera is named in the settings.")));
  const shown = []; // what is seen now, the oldest first

  function row(name) {
    const [state, words, picture] = [h("div", { class: "row" }), h("p", { class: "quiet" }), h("div", { class: "live" })];
    const compared = h("div", { class: "compared" });
    const button = h("button", { class: "button", "aria-pressed": "false", onclick: turn }, "Show the picture");
    let seen = null; // ends what is shown

    function turn() {
      if (seen) return hide();
      if (shown.length >= MOST_SHOWN) shown[0]();
      shown.push(hide);
      seen = new AbortController();
      see();
      say("Hide the picture", "true");
    }

    function see() {
      const drawing = overlay({ label: `What ${name} sees now`, signal: seen.signal });
      for (const [layer] of [...LAYERS].reverse()) drawing.toggle(layer, chosen[layer]);
      const [note, told] = [h("div", {}), h("div", { class: "told small quiet" })];
      put(picture, note, drawing.element, layerButtons(drawing), told);
      follow(name, {
        api,
        drawing,
        words: told,
        signal: seen.signal,
        begun(mayShow) {
          if (mayShow) return drawing.showPicture(address(), () => fail("No picture comes: the camera is away, or too many people look."));
          put(note, notice("Privacy mode is on: you see what the box sees, and no picture leaves it."));
        },
        lost(hadBegun) {
          if (hadBegun) return fail("The camera is away, or you are signed out.");
          put(told, h("p", {}, "No boxes: the camera is away, or too many people look."));
          drawing.showPicture(address(), () => fail("No picture comes: the camera is away, or too many people look."));
        },
      });
    }

    function address() {
      return `/cameras/${encodeURIComponent(name)}/live.mjpg`;
    }

    function hide() {
      seen?.abort();
      seen = null;
      if (shown.includes(hide)) shown.splice(shown.indexOf(hide), 1);
      put(picture);
      say("Show the picture", "false");
    }

    function fail(reason) {
      hide();
      put(picture, notice(`${reason} Try again in a minute.`, "bad"));
      announce(`${name}: ${reason}`);
    }

    function say(text, isPressed) {
      button.textContent = text;
      button.setAttribute("aria-pressed", isPressed);
    }

    signal.addEventListener("abort", hide, { once: true });
    return { item: h("li", { class: "card" }, state, words, compared, picture, h("div", { class: "row" }, button)), state, words, compared };
  }

  function draw(cameras) {
    let well = 0;
    for (const [name, { state, words, compared }] of rows) {
      const camera = cameras[name] ?? { status: "unknown", reason: "The box does not answer.", running: "" };
      const isWell = camera.status === "online" && !camera.reason;
      const kind = isWell ? "good" : camera.status === "unknown" ? "unknown" : "bad";
      put(state, h("h2", {}, name), badge(kind, isWell ? "works" : camera.status === "online" ? "in trouble" : camera.status));
      words.textContent = camera.reason || camera.running;
      compare(compared, name, camera.troubles?.find(({ kind }) => kind === "moved")?.since ?? "");
      if (isWell) well += 1;
    }
    const text = well === rows.size ? "all cameras work" : `${rows.size - well} of ${rows.size} cameras in trouble`;
    put(all, rows.size > 1 && badge(well === rows.size ? "good" : "bad", text));
  }

  draw(cameras);
  every(5000, signal, async () => {
    try {
      draw((await api.get("/debug", { signal })).cameras);
    } catch {
      if (!signal.aborted) draw({});
    }
  });
}

/** Of a camera that was moved: what it showed then and now, side by side. `since`: when that was told; empty when it is not. */
function compare(element, name, since) {
  if (element.dataset.since === since) return;
  element.dataset.since = since;
  const part = (file, title) =>
    h(
      "figure",
      {},
      h("img", { src: `/cameras/${encodeURIComponent(name)}/${file}`, alt: `${title}: ${name}`, onerror: () => put(element) }),
      h("figcaption", { class: "small quiet" }, title),
    );
  put(element, since && [part("before.jpg", "Before it was moved"), part("snapshot.jpg", "Now")]);
}

/** What is drawn over the picture, each switched by itself. */
function layerButtons(drawing) {
  const buttons = LAYERS.map(([layer, title]) =>
    h(
      "button",
      {
        class: "button",
        "aria-pressed": String(chosen[layer]),
        onclick(event) {
          chosen[layer] = !chosen[layer];
          drawing.toggle(layer, chosen[layer]);
          event.currentTarget.setAttribute("aria-pressed", String(chosen[layer]));
        },
      },
      title,
    ),
  );
  return h("div", { class: "row layers", role: "group", "aria-label": "Drawn over the picture" }, buttons);
}
