// The settings of one processor: regions, labels, MinConfidence; saved, or tried for ten minutes.
import { badge, button, every, h, notice, s, show as put, when } from "./dom.js";
import { fromRegion, toRegion } from "./polygon.js";
import { labelChoice, labelWords, read } from "./processors.js";
import { regionEditor } from "./regions.js";

const TRIAL_SECONDS = 600;
const MOST_THINGS = 60;
const GONE = 6000; // milliseconds after which a look is not shown any more
const SHOWN_SHARE = 0.6; // of MinConfidence: weaker guesses would only hide the picture

export async function showSettings(root, name, { api, signal, announce, guard }) {
  const describe = async () => read(await api.call("DescribeStreamProcessor", { Name: name }, { signal }));
  let processor = await describe();
  if (processor.faces) return put(root, h("h1", {}, name), notice("It looks for faces, without regions."), back());
  // The box's clock says when a trial ends; the browser's may be another.
  const date = Date.parse((await api.request("GET", "/sessions", { signal })).headers.get("Date") ?? "");
  const ahead = Number.isFinite(date) ? date + 500 - Date.now() : 0;

  let draft = null; // what is set on the page: {labels, minConfidence}; the regions are the editor's
  let [records, seen, seenAt] = [null, null, 0]; // of the last day and the newest look; null: not known
  const [state, trial] = [h("div", { class: "row" }), h("div", { class: "notice row" })];
  const [bar, told] = [h("div", { class: "save-bar" }), h("div", {})];
  const editor = regionEditor({ api, camera: processor.camera, signal, announce, onchange: drawBar });
  const labels = labelChoice((next) => change({ labels: next }));
  const slider = confidenceSlider((next) => change({ minConfidence: next }));

  put(
    root,
    h("div", { class: "row" }, h("h1", {}, name), back()),
    state,
    trial,
    h(
      "section",
      { class: "card" },
      h("h2", {}, "Where it counts"),
      h("p", { class: "small" }, "Something counts when more than half of its box lies in one region."),
      editor.element,
    ),
    h("section", { class: "card" }, labels.element),
    h("section", { class: "card" }, slider.element),
    bar,
  );

  // MARK: What is set here

  function change(part) {
    draft = { ...draft, ...part };
    if (part.labels) loadThresholds();
    drawThings();
    drawBar();
  }

  function reset() {
    draft = { labels: processor.labels, minConfidence: processor.minConfidence };
    labels.put(draft.labels);
    slider.put(draft.minConfidence);
    editor.put(processor.regions.map(fromRegion));
    loadThresholds();
    drawThings();
    drawBar();
  }

  /** UpdateStreamProcessor with what is other than on the box; null when nothing is. */
  function update() {
    const home = {};
    if (JSON.stringify(draft.labels) !== JSON.stringify(processor.labels)) home.Labels = draft.labels;
    if (draft.minConfidence !== processor.minConfidence) home.MinConfidence = draft.minConfidence;
    const body = { Name: name };
    if (Object.keys(home).length) body.SettingsForUpdate = { ConnectedHomeForUpdate: home };
    if (JSON.stringify(editor.regions) !== JSON.stringify(processor.regions.map(fromRegion))) {
      body.RegionsOfInterestForUpdate = editor.regions.map(toRegion);
    }
    return Object.keys(body).length > 1 ? body : null;
  }

  const flaw = () => editor.flaw ?? (draft.labels.length === 0 ? "Choose what counts." : null);

  // MARK: Saving and trying

  async function send(body, headers, words, after = reset) {
    try {
      await api.call("UpdateStreamProcessor", body, { signal, headers });
      processor = await describe();
    } catch (error) {
      if (signal.aborted) return;
      put(told, notice(error.message, "bad"));
      return announce(error.message);
    }
    put(told);
    after();
    draw();
    announce(words);
  }

  const save = () => send(update(), {}, "The settings are saved.");
  const trialTime = { "X-Porchlight-Trial-Seconds": String(TRIAL_SECONDS) };
  const tryOut = () => send(update(), trialTime, "The settings are tried for ten minutes.");
  const end = (word, words, after) => send({ Name: name }, { "X-Porchlight-Trial": word }, words, after);

  const why = h("p", { class: "grow" });
  const tries = button("Try for ten minutes", tryOut);
  const saves = button("Save", save, { class: "button primary" });
  put(bar, why, h("div", { class: "row" }, button("Discard", reset), tries, saves), told);

  function drawBar() {
    if (!draft) return;
    const words = flaw();
    bar.hidden = update() === null && !words;
    why.textContent = words ?? "Not saved yet.";
    tries.disabled = saves.disabled = words !== null;
  }

  // MARK: What the box says

  const trialWords = h("p", { class: "grow" });
  put(
    trial,
    trialWords,
    button("Keep", () => end("confirm", "The settings are kept.", drawBar), { class: "button primary" }),
    button("Take back", () => end("revert", "The settings are as before.")),
  );

  const left = () => Math.round((processor.trialUntil - ahead - Date.now()) / 1000);

  function draw() {
    put(state, badge(processor.kind, processor.word), h("p", {}, `Camera ${processor.camera}. ${processor.reason}`));
    trial.hidden = !processor.trialUntil;
    drawLeft();
  }

  function drawLeft() {
    if (!processor.trialUntil) return;
    const seconds = Math.max(0, left());
    const time = seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
    trialWords.textContent = `These settings are on trial: ${time} left. Then they go back by themselves.`;
  }

  async function load() {
    let now;
    try {
      now = await describe();
    } catch (error) {
      if (signal.aborted || error.status === 401) return;
      return put(state, badge("bad", "Not known"), h("p", {}, error.message));
    }
    const [wasOnTrial, isOther] = [processor.trialUntil !== null, update() !== null];
    const isChanged = now.changedAt !== processor.changedAt;
    processor = now;
    draw();
    if (wasOnTrial && !now.trialUntil) announce("The trial is over.");
    if (isChanged && !isOther) reset();
    else drawBar();
  }

  // MARK: What was seen

  async function loadThings() {
    try {
      const query = new URLSearchParams({ processor: name, since: "24h", limit: String(MOST_THINGS) });
      records = (await api.get(`/why?${query}`, { signal })).records;
    } catch (error) {
      if (signal.aborted) return;
      records = null;
    }
    drawThings();
  }

  function followLooks() {
    const looks = new EventSource(`/cameras/${encodeURIComponent(processor.camera)}/looks`);
    signal.addEventListener("abort", () => looks.close(), { once: true });
    looks.addEventListener("look", (event) => {
      [seen, seenAt] = [JSON.parse(event.data).detections, Date.now()];
      drawThings();
    });
  }

  /** Where no look is known, visits that go on stand for what is there now. */
  function drawThings() {
    const wanted = (label) => draft.labels.includes("ALL") || draft.labels.includes(label);
    const thing = (isNow) => ({ boundingBox: box, label, confidence }) => ({
      box,
      isNow,
      counts: wanted(label) && confidence >= draft.minConfidence,
    });
    const isShown = ({ confidence }) => confidence >= draft.minConfidence * SHOWN_SHARE;
    const kept = (isNow) => records?.filter(({ open }) => isNow ? open : !open || seen) ?? [];
    const now = seen?.filter(isShown) ?? kept(true);
    editor.showThings([...kept(false).map(thing(false)), ...now.map(thing(true))], seen !== null, records !== null);
  }

  async function loadThresholds() {
    const chosen = draft.labels.includes("ALL") ? [null] : draft.labels;
    const paths = chosen.map((label) => `/why/thresholds?${new URLSearchParams({ processor: name, ...(label && { label }) })}`);
    try {
      slider.showCounts(await Promise.all(paths.map((path) => api.get(path, { signal }))), draft.labels);
    } catch (error) {
      if (!signal.aborted) slider.showCounts([], draft.labels);
    }
  }

  reset();
  guard(() => update() !== null);
  draw();
  await loadThings();
  followLooks();
  every(1000, signal, async () => {
    drawLeft();
    if (seen && Date.now() - seenAt > GONE) (seen = null), drawThings();
    if (processor.trialUntil && left() <= 0) await load();
  });
  every(4000, signal, load);
  every(10000, signal, () => Promise.all([loadThings(), loadThresholds()]));
}

function back() {
  return h("a", { class: "button plain", href: "#processors" }, "All processors");
}

/** MinConfidence, over what the last day would have given at each value. Returns `{element, put(percent), showCounts}`. */
function confidenceSlider(onchange) {
  let [visits, knownFrom, since, value, looksFor] = [null, 0, null, 50, ""];
  const chart = s("svg", { viewBox: "0 0 100 30", class: "chart thresholds", preserveAspectRatio: "none", "aria-hidden": "true" });
  const words = h("p", { class: "small" });
  const input = h("input", { type: "range", min: 0, max: 100, step: 1, id: "min-confidence", oninput: slide });
  const title = h("label", { for: "min-confidence" });

  function slide() {
    value = Number(input.value);
    draw();
    onchange(value);
  }

  function sentence() {
    if (!visits) return "What the last day would have given is not known.";
    if (visits[0] === 0) return `Nothing is known yet: nothing of it was seen since ${when(since)}.`;
    const count = visits[Math.ceil(value)];
    const beginning = Date.now() - Date.parse(since) > 82_800_000 ? "The last day" : `The time since ${when(since)}`;
    const more = value < knownFrom ? ` Below ${knownFrom} % nothing was followed: there may be more.` : "";
    return `${beginning} would have given ${count} ${count === 1 ? "visit" : "visits"} (${looksFor}).${more}`;
  }

  function draw() {
    title.textContent = `MinConfidence: ${value} %`;
    words.textContent = sentence();
    input.setAttribute("aria-valuetext", `${value} %. ${sentence()}`);
    const most = Math.max(1, ...(visits ?? []));
    const steps = (visits ?? []).map((count, percent) => `${percent},${(29 - (count / most) * 27).toFixed(2)}`);
    put(
      chart,
      s("rect", { x: 0, y: 0, width: knownFrom, height: 30, class: "unknown" }),
      steps.length > 0 && s("polyline", { points: `${steps.join(" ")}` }),
      s("line", { x1: value, x2: value, y1: 0, y2: 30, class: "value" }),
    );
  }

  return {
    element: h("div", { class: "field" }, h("h2", {}, "How sure it must be"), title, chart, input, words),
    put(percent) {
      value = percent;
      input.value = percent;
      draw();
    },
    /** `answers`: of `/why/thresholds`, one for each label; none when the box does not say. */
    showCounts(answers, labels) {
      const sum = (percent) => answers.reduce((all, answer) => all + answer.visits[percent], 0);
      visits = answers[0]?.visits.map((_, percent) => sum(percent)) ?? null;
      knownFrom = Math.max(0, ...answers.map((answer) => answer.knownFrom));
      since = answers[0]?.since;
      looksFor = labelWords(labels);
      draw();
    },
  };
}
