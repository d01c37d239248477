// Every camera: one glance tells whether it works.
import { badge, every, h, show as put } from "../dom.js";

export async function show(root, { api, signal }) {
  const list = h("ul", { class: "list" });
  put(root, h("h1", {}, "Live"), list);
  const { cameras } = await api.get("/debug", { signal });
  const names = Object.keys(cameras).sort();
  const rows = new Map(names.map((name) => [name, h("li", { class: "card" })]));
  put(list, [...rows.values()]);

  function draw(cameras) {
    for (const [name, row] of rows) {
      const camera = cameras[name] ?? { status: "unknown", reason: "", running: "" };
      const isWell = camera.status === "online" && !camera.reason;
      put(
        row,
        h(
          "div",
          { class: "row" },
          h("h2", {}, name),
          badge(isWell ? "good" : camera.status === "online" ? "bad" : "unknown", isWell ? "works" : camera.status),
        ),
        h("p", { class: "quiet" }, camera.reason || camera.running),
      );
    }
  }

  draw(cameras);
  every(5000, signal, async () => {
    try {
      draw((await api.get("/debug", { signal })).cameras);
    } catch (error) {
      if (!signal.aborted) draw({});
    }
  });
}
