// Who was there, and what was nearly told, each with the reasons.
import { badge, confirm, every, h, notice, s, show as fill, when } from "../dom.js";
import { enrol } from "../enrol.js";

const SPANS = [["1h", "Last hour"], ["24h", "Last day"], ["7d", "Last week"]];
const LABELS = [["", "All"], ["PERSON", "Person"], ["PET", "Pet"], ["PACKAGE", "Package"]];
const KINDS = [["visit", "Visits"], ["missed", "Not told"], ["", "Both"]];
const ENDS = {
  gone: "not seen any more",
  taken: "taken away",
  background: "it became a part of the scene",
  settings_changed: "the settings changed",
  camera_lost: "the camera was away",
  view_lost: "the camera saw nothing",
  stopped: "the processor was stopped",
  deleted: "the processor was deleted",
  session_ended: "the processor's time was over",
  shutdown: "the box was switched off",
  restart: "the box was started again",
  clip_ended: "the clip ended",
};
const WORDS = { PERSON: "Person", PET: "Pet", PACKAGE: "Package" };

export async function show(root, { api, parameters, signal, announce }) {
  const chosen = {
    kind: parameters.get("kind") ?? "visit",
    label: parameters.get("label") ?? "",
    since: parameters.get("since") ?? "24h",
    processor: parameters.get("processor") ?? "",
  };
  const list = h("ul", { class: "list", "aria-label": "Visits" });
  const state = h("div", {});
  const opened = new Set(parameters.getAll("visit")); // records whose reasons are shown
  let drawn = "";
  const tools = { api, signal, announce, opened, hasFaces: false };

  async function load() {
    let records;
    try {
      records = (await api.get(`/why?${new URLSearchParams({ ...chosen, limit: "200" })}`, { signal })).records;
    } catch (error) {
      if (signal.aborted || error.status === 401) return;
      fill(state, notice(error.message, "bad"));
      return;
    }
    const now = JSON.stringify(records);
    if (now === drawn) return;
    const focused = list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    drawn = now;
    fill(state, records.length === 0 && notice(empty(chosen)));
    fill(list, records.map((record) => card(record, tools)));
    if (focused) list.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  /** Visitors may be named where faces can be looked for. */
  async function lookForFaces() {
    const { ready } = await api.get("/faces", { signal }).catch(() => ({ ready: false }));
    if (!ready) return;
    tools.hasFaces = true;
    drawn = "";
    await load();
  }

  function choice(name, title, options) {
    const select = h(
      "select",
      { id: `visits-${name}`, onchange: (event) => ((chosen[name] = event.target.value), load()) },
      options.map(([value, text]) => h("option", { value, selected: value === chosen[name] }, text)),
    );
    return h("div", { class: "field" }, h("label", { for: `visits-${name}` }, title), select);
  }

  root.append(
    h("h1", {}, "Visits"),
    h("div", { class: "filters" }, choice("kind", "Show", KINDS), choice("label", "What", LABELS), choice("since", "When", SPANS)),
    state,
    list,
    h("section", { class: "list", id: "nobody" }),
  );
  await load();
  lookForFaces();
  await drawNobody(root.querySelector("#nobody"), { api, signal, announce });
  root.addEventListener("nobody", () => drawNobody(root.querySelector("#nobody"), { api, signal, announce }));
  every(4000, signal, load);
}

function empty(chosen) {
  if (chosen.kind === "visit") return "Nobody was here in this time.";
  return "Nothing came near to being told in this time.";
}

function card(record, tools) {
  const isVisit = record.kind === "visit";
  const title = record.name ?? WORDS[record.label] ?? record.label;
  const details = h(
    "details",
    { open: tools.opened.has(record.id) },
    h("summary", { dataset: { key: record.id } }, "Why"),
    reasons(record, tools),
  );
  details.addEventListener("toggle", () => tools.opened[details.open ? "add" : "delete"](record.id));
  return h(
    "li",
    { class: "card visit", dataset: { id: record.id } },
    isVisit && picture(record, title),
    h(
      "div",
      { class: "list" },
      h("div", { class: "row" }, h("h2", {}, title), state(record)),
      h("p", { class: "quiet small" }, `${when(record.since)} · ${length(record)} · ${record.processor}`),
      h("p", {}, isVisit ? told(record) : missed(record)),
      details,
    ),
  );
}

function state(record) {
  if (record.kind === "missed") return badge("unknown", "Not told");
  return record.open ? badge("good", "Here now") : badge("unknown", "Over");
}

function picture(record, title) {
  const image = h("img", { src: `/visits/${encodeURIComponent(record.id)}/image.jpg`, alt: `${title} in this visit`, loading: "lazy" });
  image.addEventListener("error", () => image.replaceWith(h("p", { class: "quiet small no-picture" }, "No picture is kept.")));
  return h("div", { class: "picture" }, image);
}

function length(record) {
  const seconds = Math.max(0, Math.round((new Date(record.until) - new Date(record.since)) / 1000));
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3600 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

function told(record) {
  return `Confidence ${Math.floor(record.confidence)} %; ${Math.floor(record.minConfidence)} % is wanted.`;
}

function missed(record) {
  const words = record.reason?.words ?? "";
  return record.times > 1 ? `${words} This happened ${record.times} times.` : words;
}

function reasons(record, tools) {
  const motion = record.history.map((row) => row[3]).filter((value) => value !== null);
  const facts = [
    ["Looks", `seen in ${record.looks.seen} of ${record.looks.taken}`],
    ["Confidence", `${Math.floor(record.confidence)} % at best, ${Math.floor(record.minConfidence)} % wanted`],
    record.pathConfidence !== null && ["Along its path", `${Math.floor(record.pathConfidence)} % together`],
    ["In the region", `${Math.floor(record.regionOverlap * 100)} % of the box`],
    ["Motion", motion.length ? `up to ${Math.max(...motion)} % of the box` : "not known"],
    ["Told up to", record.toldUpTo === null ? "at no MinConfidence" : `MinConfidence ${record.toldUpTo} %`],
    record.endReason && ["Ended", ENDS[record.endReason] ?? record.endReason],
    ["Settings", `revision ${record.settingsRevision} of ${record.processor}`],
  ].filter(Boolean);
  return h(
    "div",
    { class: "list why" },
    chart(record),
    h("dl", { class: "facts" }, facts.map(([name, text]) => [h("dt", {}, name), h("dd", {}, text)])),
    h(
      "div",
      { class: "row" },
      record.kind === "visit" && record.label === "PERSON" && tools.hasFaces && personButton(record, tools),
      record.canBeNobody && nobodyButton(record, tools),
    ),
  );
}

/** Confidence over time, with the line that it has to reach. */
function chart(record) {
  if (record.history.length < 2) return null;
  const end = Math.max(1, record.history.at(-1)[0]);
  const x = (milliseconds) => 4 + (milliseconds / end) * 292;
  const y = (percent) => 76 - percent * 0.72;
  const line = record.history.map(([milliseconds, confidence]) => `${x(milliseconds).toFixed(1)},${y(confidence).toFixed(1)}`);
  const wanted = y(record.minConfidence);
  return s(
    "svg",
    { viewBox: "0 0 300 80", class: "chart", role: "img", "aria-label": "Confidence of each look over time" },
    s("line", { x1: 0, x2: 300, y1: wanted, y2: wanted, class: "wanted" }),
    s("polyline", { points: line.join(" ") }),
  );
}

/** Keeps the face of the visit's picture under a name, so that whoever it is gets the name from then on. */
function personButton(record, tools) {
  const button = h("button", { class: "button", type: "button", onclick: name }, "This is …");
  const { api, signal } = tools;
  const picture = async () => (await api.request("GET", `/visits/${encodeURIComponent(record.id)}/image.jpg`, { signal })).blob();
  async function name() {
    try {
      const processor = await api.call("DescribeStreamProcessor", { Name: record.processor }, { signal }).catch(() => null);
      const collection = processor?.Settings?.FaceSearch?.CollectionId ?? null;
      const person = await enrol(tools, { title: "Who is this?", picture, collection, name: record.name ?? "", box: record.boundingBox });
      if (person) button.replaceWith(notice(`This face is kept as ${person}. Visits that follow get the name where faces are looked for.`));
    } catch (error) {
      if (!signal.aborted) tools.announce(error.message);
    }
  }
  return button;
}

function nobodyButton(record, { api, signal, announce }) {
  const button = h("button", { class: "button", type: "button", onclick: call }, "This was nobody");
  async function call() {
    const sure = await confirm(
      "Was this nobody?",
      "The same picture at the same place is not told again. You can take it back at the end of this view.",
      "It was nobody",
    );
    if (!sure) return;
    try {
      await api.post(`/visits/${encodeURIComponent(record.id)}/nobody`, {}, { signal });
      announce("It is not told again.");
      button.replaceWith(notice("It is not told again."));
      document.querySelector("#nobody")?.dispatchEvent(new Event("nobody", { bubbles: true }));
    } catch (error) {
      announce(error.message);
      button.after(notice(error.message, "bad"));
    }
  }
  return button;
}

async function drawNobody(section, { api, signal, announce }) {
  let places;
  try {
    places = (await api.get("/nobody", { signal })).places;
  } catch (error) {
    if (!signal.aborted && error.status !== 401) fill(section, notice(error.message, "bad"));
    return;
  }
  async function undo(place) {
    try {
      await api.delete(`/nobody/${encodeURIComponent(place.id)}`, { signal });
      announce("It is told again.");
      await drawNobody(section, { api, signal, announce });
    } catch (error) {
      announce(error.message);
    }
  }
  fill(
    section,
    places.length > 0 && h("h2", {}, "Called nobody"),
    places.length > 0 &&
      h(
        "ul",
        { class: "list" },
        places.map((place) =>
          h(
            "li",
            { class: "card row" },
            h("p", { class: "grow" }, `${WORDS[place.label] ?? place.label} at ${place.camera}, since ${when(place.calledAt)}; not told ${place.silenced} times.`),
            h("button", { class: "button", type: "button", onclick: () => undo(place), "aria-label": `Tell it again: ${place.label} at ${place.camera}` }, "Tell it again"),
          ),
        ),
      ),
  );
}
