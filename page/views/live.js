// Every camera: one glance tells whether it works. A picture is taken from the box only while somebody wants to see it.
import { badge, every, h, notice, show as put } from "../dom.js";

export async function show(root, { api, signal, announce }) {
  const list = h("ul", { class: "list" });
  put(root, h("h1", {}, "Live"), list);
  const { cameras } = await api.get("/debug", { signal });
  const rows = new Map(Object.keys(cameras).sort().map((name) => [name, row(name)]));
  put(list, rows.size ? [...rows.values()].map((row) => row.item) : h("li", {}, notice("No camera is named in the settings.")));

  function row(name) {
    const [state, words, picture] = [h("div", { class: "row" }), h("p", { class: "quiet" }), h("div", { class: "live" })];
    const button = h("button", { class: "button", "aria-pressed": "false", onclick: turn }, "Show the picture");
    let seen = null;

    function turn() {
      if (seen) return hide();
      seen = h("img", { src: `/cameras/${encodeURIComponent(name)}/live.mjpg`, alt: `What ${name} sees now` });
      seen.addEventListener("error", () => {
        hide();
        put(picture, notice("No picture comes: the camera is away, or too many people look. Try again in a minute.", "bad"));
        announce(`No picture comes from ${name}.`);
      });
      put(picture, seen);
      say("Hide the picture", "true");
    }

    /** Without its address the browser ends the request, and the box encodes nothing more. */
    function hide() {
      seen?.removeAttribute("src");
      seen = null;
      put(picture);
      say("Show the picture", "false");
    }

    function say(text, isPressed) {
      button.textContent = text;
      button.setAttribute("aria-pressed", isPressed);
    }

    signal.addEventListener("abort", hide, { once: true });
    return { item: h("li", { class: "card" }, state, words, picture, h("div", { class: "row" }, button)), state, words };
  }

  function draw(cameras) {
    for (const [name, { state, words }] of rows) {
      const camera = cameras[name] ?? { status: "unknown", reason: "The box does not answer.", running: "" };
      const isWell = camera.status === "online" && !camera.reason;
      const kind = isWell ? "good" : camera.status === "unknown" ? "unknown" : "bad";
      put(state, h("h2", {}, name), badge(kind, isWell ? "works" : camera.status));
      words.textContent = camera.reason || camera.running;
    }
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
