// Home, away, night: which mode is on, the switch to another, and what each of them says.
import { badge, confirm, every, h, notice, show as put } from "../dom.js";
import { all, labelWords } from "../processors.js";

const LABEL_SETS = ["ALL", "PERSON", "PET", "PACKAGE", "PERSON,PET", "PERSON,PACKAGE", "PET,PACKAGE"];

export async function show(root, { api, signal, announce, guard }) {
  const [current, state, list, maker] = [h("p", { class: "quiet" }), h("div", {}), h("ul", { class: "list", "aria-label": "Modes" }), h("section", { class: "card" })];
  put(root, h("h1", {}, "Modes"), current, state, list, maker);
  let drawn = "";
  let [edited, isChanged] = [null, false]; // the name of the mode whose form is open
  list.oninput = () => (isChanged = true);
  guard(() => edited !== null && isChanged);

  /** Does something and draws what came of it. `words`: what is said when it went well. */
  async function act(work, words) {
    try {
      await work();
      announce(words);
      edited = null;
      await draw(true);
    } catch (error) {
      if (signal.aborted || error.status === 401) return;
      put(state, notice(error.message, "bad"));
      announce(error.message);
      state.scrollIntoView({ block: "nearest" });
    }
  }

  const address = (name) => `/modes/${encodeURIComponent(name)}`;
  const enter = (name) => act(() => api.post("/mode", { Mode: name }), name ? `Mode ${name} is on.` : "No mode is on.");

  async function remove(name) {
    if (!(await confirm(`Delete ${name}?`, "What runs stays as it is.", "Delete"))) return;
    await act(() => api.delete(address(name)), `Mode ${name} is deleted.`);
  }

  async function overwrite(name) {
    const detail = "What the mode says now is replaced by what all processors are set to.";
    if (!(await confirm(`Keep what is set now as ${name}?`, detail, "Keep"))) return;
    await act(() => api.put(address(name), { FromCurrent: true }), `Mode ${name} is kept.`);
  }

  async function edit(mode) {
    if (edited !== null) {
      edited = null;
      await draw(true);
    }
    [edited, isChanged] = [mode.Name, false];
    try {
      const form = await editor(mode, api, signal, {
        keep: (processors) => act(() => api.put(address(mode.Name), { Processors: processors }), `Mode ${mode.Name} is kept.`),
        cancel: () => ((edited = null), draw(true)),
      });
      const card = list.querySelector(`[data-mode="${CSS.escape(mode.Name)}"]`);
      put(card, h("h2", {}, mode.Name), form);
      card.querySelector("select")?.focus();
    } catch (error) {
      edited = null;
      if (!signal.aborted) put(state, notice(error.message, "bad"));
    }
  }

  function card(mode, told) {
    const isOn = mode.Name === told.Mode;
    const changed = isOn ? told.Changed : [];
    const button = (text, onclick, kind = "") =>
      h("button", { class: `button ${kind}`, onclick, "aria-label": `${text}: ${mode.Name}`, dataset: { key: `${mode.Name} ${text}` } }, text);
    return h(
      "li",
      { class: "card", dataset: { mode: mode.Name } },
      h("div", { class: "row" }, h("h2", {}, mode.Name), isOn && badge(changed.length ? "warn" : "good", "On")),
      changed.length > 0 && notice(`Not as the mode says any more: ${changed.join(", ")}.`),
      mode.Problems.length > 0 && notice(`It cannot be switched to now. ${mode.Problems.join(". ")}.`, "bad"),
      says(mode),
      h(
        "div",
        { class: "row" },
        (!isOn || changed.length > 0) && button(isOn ? "Switch again" : "Switch on", () => enter(mode.Name), "primary"),
        isOn && button("Switch off", () => enter(null)),
        button("Edit", () => edit(mode)),
        button("Keep what is set now", () => overwrite(mode.Name)),
        button("Delete", () => remove(mode.Name), "danger"),
      ),
    );
  }

  async function draw(isForced = false) {
    const told = await api.get("/modes", { signal });
    const now = JSON.stringify(told);
    if (edited !== null || (now === drawn && !isForced)) return;
    drawn = now;
    const focused = list.contains(document.activeElement) ? document.activeElement : null;
    const [place, key] = [focused?.closest("li").dataset.mode, focused?.dataset.key];
    current.textContent = told.Mode ? `${told.Mode} is on.` : "No mode is on.";
    put(state, told.Modes.length === 0 && notice("There are no modes yet. Set the processors as they are to be, and keep that under a name."));
    put(list, told.Modes.map((mode) => card(mode, told)));
    // A button that has gone leaves the keyboard at its mode's first one.
    const buttons = [...list.querySelectorAll("button")].filter((button) => button.closest("li").dataset.mode === place);
    (buttons.find((button) => button.dataset.key === key) ?? buttons[0])?.focus();
  }

  const name = h("input", { id: "mode-name", required: true, maxlength: 128, pattern: "[A-Za-z0-9_.\\-]+", autocomplete: "off", autocapitalize: "none", "aria-describedby": "mode-hint" });
  async function make(event) {
    event.preventDefault();
    const text = name.value.trim();
    if ([...list.children].some((item) => item.dataset.mode === text)) return overwrite(text);
    await act(() => api.put(address(text), { FromCurrent: true }), `Mode ${text} is kept.`);
    if (list.querySelector(`[data-mode="${CSS.escape(text)}"]`)) name.value = "";
  }
  put(
    maker,
    h("h2", {}, "A new mode"),
    h("p", { class: "quiet", id: "mode-hint" }, "Such as home, away or night: letters, digits, and . _ - between them. It keeps what all processors are set to now."),
    h(
      "form",
      { class: "row", onsubmit: make },
      h("div", { class: "field grow" }, h("label", { for: "mode-name" }, "Name"), name),
      h("button", { class: "button primary align-end" }, "Keep"),
    ),
  );
  await draw();
  every(4000, signal, async () => {
    try {
      await draw();
    } catch (error) {
      if (signal.aborted || error.status === 401) return;
      drawn = "";
      put(state, notice(error.message, "bad"));
    }
  });
}

/** What a mode says, a line for each processor. */
function says(mode) {
  const lines = Object.entries(mode.Processors).sort(([a], [b]) => (a < b ? -1 : 1));
  return h("dl", { class: "facts" }, lines.map(([name, settings]) => [h("dt", {}, name), h("dd", {}, words(settings))]));
}

function words({ Labels: labels, MinConfidence: confidence, RegionsOfInterest: regions, Running: running }) {
  if (running === false) return "stopped";
  const told = [
    running && "runs",
    labels && labelWords(labels),
    confidence !== undefined && `from ${Math.round(confidence * 10) / 10} %`,
    regions && (regions.length === 0 ? "the whole picture" : regions.length === 1 ? "one region" : `${regions.length} regions`),
  ];
  return told.filter(Boolean).join(", ");
}

/** A form for what a mode says of each processor that there is. */
async function editor(mode, api, signal, { keep, cancel }) {
  const parts = (await all(api, signal)).map((processor) => part(processor, mode.Processors[processor.name] ?? {}));
  function submit(event) {
    event.preventDefault();
    keep(Object.fromEntries(parts.map(({ name, read }) => [name, read()]).filter(([, settings]) => Object.keys(settings).length)));
  }
  return h(
    "form",
    { class: "list", onsubmit: submit },
    parts.map(({ element }) => element),
    h(
      "div",
      { class: "actions" },
      h("button", { class: "button", type: "button", onclick: cancel }, "Cancel"),
      h("button", { class: "button primary" }, "Keep"),
    ),
  );
}

function part({ name, faces, regions: drawn }, wanted) {
  const id = (field) => `mode-${field}-${name}`;
  function choice(field, title, options, value) {
    const select = h("select", { id: id(field) }, options.map(([key, text]) => h("option", { value: key, selected: key === value }, text)));
    return [select, h("div", { class: "field" }, h("label", { for: id(field) }, title), select)];
  }
  const [running, runningField] = choice("running", "Runs", [["", "as it is"], ["yes", "yes"], ["no", "no"]], wanted.Running === undefined ? "" : wanted.Running ? "yes" : "no");
  const labels = ["ALL", "PERSON", "PET", "PACKAGE"].filter((one) => wanted.Labels?.includes(one)).join(",");
  const sets = new Set([...LABEL_SETS, labels].filter(Boolean));
  const options = [...sets].map((set) => [set, labelWords(set.split(","))]);
  const [label, labelField] = choice("labels", "Looks for", [["", "as it is"], ...options], labels);
  const regions = [["", "as they are"], ["now", "as they are drawn now"], wanted.RegionsOfInterest && ["kept", "as the mode has them"], ["whole", "the whole picture"]].filter(Boolean);
  const [region, regionField] = choice("regions", "Regions", regions, wanted.RegionsOfInterest ? "kept" : "");
  const confidence = h("input", { id: id("confidence"), type: "number", min: 0, max: 100, step: "any", placeholder: "as it is", value: wanted.MinConfidence });

  function read() {
    const told = {};
    if (running.value) told.Running = running.value === "yes";
    if (faces) return told;
    if (label.value) told.Labels = label.value.split(",");
    if (confidence.value !== "") told.MinConfidence = Number(confidence.value);
    if (region.value) told.RegionsOfInterest = { now: drawn, kept: wanted.RegionsOfInterest, whole: [] }[region.value];
    return told;
  }
  const confidenceField = h("div", { class: "field" }, h("label", { for: id("confidence") }, "Confidence in %"), confidence);
  const fields = faces ? [runningField] : [runningField, labelField, confidenceField, regionField];
  return { name, read, element: h("fieldset", { class: "part" }, h("legend", {}, name), h("div", { class: "filters" }, fields)) };
}
