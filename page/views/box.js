// The box itself: is it well, what is wrong and what to do, its disk, its network, its last starts, its log.
import { ago, badge, every, h, notice, show as put, when } from "../dom.js";

const ENTRIES = {
  "porchlight.sqlite": "Events and processors",
  "faces.sqlite": "Faces",
  images: "Pictures of visits",
  results: "Pictures of sessions",
  samples: "Samples for training",
  "why.json": "Why",
  "background.json": "What never moves",
};
const REASONS = {
  "first start": "The first start",
  stopped: "It was stopped and started",
  crashed: "It had crashed or was killed",
  "out of memory": "It took too much memory",
  hung: "It stood still",
  "power cut or reset": "A power cut or a reset",
  unknown: "Nobody knows why",
};
const LEVELS = [["warning", "Warnings and errors"], ["info", "All but details"], ["trace", "Everything"]];

export async function show(root, { api, parameters, signal, announce }) {
  const [health, board, disk, network, starts] = ["Health", "Board", "Disk", "Network", "Last starts"].map(section);
  const log = logSection(api, signal, announce, parameters.get("level"));
  put(root, h("h1", {}, "The box"), health.item, h("div", { class: "grid pairs" }, [board, disk, network, starts].map((s) => s.item)), log.item, diagnosis());
  let told = null;

  async function look() {
    try {
      const now = await api.get("/debug", { signal });
      const problems = now.problems.join("\n");
      if (told !== null && told !== problems) announce(problems || "All is well again.");
      told = problems;
      draw(now);
    } catch (error) {
      if (signal.aborted || error.status === 401) return;
      put(health.body, h("div", { class: "row" }, badge("unknown", "unknown")), notice(error.message, "bad"));
    }
  }

  function draw(now) {
    put(health.body, wellbeing(now));
    put(board.body, facts(boardFacts(now)));
    put(disk.body, diskUse(now));
    put(network.body, networkState(now));
    put(starts.body, now.restarts.map(start));
  }

  await Promise.all([look(), log.draw()]);
  every(5000, signal, look);
  every(10000, signal, log.draw);
}

function section(title) {
  const body = h("div", { class: "list" });
  return { body, item: h("section", { class: "card" }, h("h2", {}, title), body) };
}

function facts(rows) {
  return h("dl", { class: "facts" }, rows.filter(([, value]) => value !== null).map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

/** Each problem comes from the box with what to do about it. */
function wellbeing(now) {
  const cameras = Object.entries(now.cameras).filter(([, camera]) => camera.reason);
  const count = now.problems.length + cameras.length;
  return [
    h("div", { class: "row" }, count ? badge("bad", count === 1 ? "1 problem" : `${count} problems`) : badge("good", "All is well")),
    now.problems.map((text) => notice(text, "bad")),
    cameras.map(([name, camera]) => notice(`${name}: ${camera.reason}`, "bad")),
    facts([
      ["Porchlight", `${now.version}, for ${span(now.uptimeSeconds)}`],
      ["Memory", rounded(now.residentMegabytes, "MB")],
      ["Processor", rounded(now.vitals.cpuPercent, "% of one core")],
      ["Temperature", rounded(now.vitals.temperatureC, "°C")],
      ["Log level", now.logLevel],
    ]),
  ];
}

function rounded(value, unit) {
  return value === null ? null : `${Math.round(value)} ${unit}`;
}

function boardFacts({ board }) {
  return [
    ["Model", board.model],
    ["System", board.system],
    ["Kernel", board.kernel],
    ["Processor", `${board.processor}, ${board.cores} cores`],
    ["Memory", `${board.memoryMegabytes} MB`],
    ["Switched on", `for ${span(board.uptimeSeconds)}`],
  ];
}

function diskUse(now) {
  const rows = Object.entries(now.storage)
    .filter(([, { bytes }]) => bytes > 0)
    .sort(([, a], [, b]) => b.bytes - a.bytes);
  const [shown, rest] = [rows.slice(0, 5), rows.slice(5).reduce((sum, [, { bytes }]) => sum + bytes, 0)];
  return [
    now.disk && [
      h("p", {}, `${size(now.disk.freeBytes)} of ${size(now.disk.bytes)} are free.`),
      h("meter", { min: 0, max: now.disk.bytes, value: now.disk.bytes - now.disk.freeBytes, "aria-label": "How full the disk is" }),
    ],
    facts([
      ...shown.map(([name, { bytes, most }]) => [ENTRIES[name] ?? name, most ? `${size(bytes)} of at most ${size(most)}` : size(bytes)]),
      ["Everything else", rest ? size(rest) : null],
      ["Written today", now.vitals.bytesWrittenToday === null ? null : size(now.vitals.bytesWrittenToday)],
    ]),
  ];
}

function networkState({ broker, network, queues }) {
  const since = ago(Date.now() - broker.forMs);
  return [
    h("div", { class: "row" }, h("h3", {}, "Broker"), broker.connected ? badge("good", "connected") : badge("bad", "away")),
    broker.problem && notice(broker.problem, "bad"),
    facts([
      [broker.connected ? "Connected" : "Away", since],
      ["Events that wait", queues.outbox.waiting === null ? "unknown" : `${queues.outbox.waiting}`],
      ["Events lost", queues.outbox.dropped ? `${queues.outbox.dropped}` : null],
      ["API", `${network.listen}, ${network.encrypted ? "encrypted" : "not encrypted"}`],
    ]),
    network.onlyForThisBox
      ? h("p", { class: "quiet" }, "Only this box can reach the page. api.listen in the config opens it to others.")
      : [h("h3", {}, "The page"), network.addresses.map((address) => h("p", {}, h("a", { href: address }, address)))],
  ];
}

function start({ time, version, reason }, index) {
  const kind = ["first start", "stopped", "unknown"].includes(reason) ? "unknown" : "bad";
  return h(
    "div", { class: "row" },
    h("span", { class: "grow" }, time ? when(time) : "The clock was not set",
      h("span", { class: "quiet small" }, ` ${version}${index ? "" : ", now"}`)),
    badge(kind, REASONS[reason] ?? reason),
  );
}

function logSection(api, signal, announce, wanted) {
  let level = LEVELS.some(([value]) => value === wanted) ? wanted : "warning";
  const lines = h("ol", { class: "log", tabindex: "0", "aria-label": "Log lines, the newest first" });
  const note = h("p", { class: "quiet small" });
  const select = h(
    "select",
    { id: "box-level", onchange: (event) => ((level = event.target.value), draw().then(() => announce(note.textContent))) },
    LEVELS.map(([value, text]) => h("option", { value, selected: value === level }, text)),
  );
  let drawn = "";

  async function draw() {
    try {
      const asked = level;
      const told = await api.get(`/log?limit=200&level=${asked}`, { signal });
      if (asked !== level) return;
      const text = JSON.stringify(told);
      if (text === drawn) return;
      drawn = text;
      put(lines, told.lines.map(line));
      lines.hidden = told.lines.length === 0;
      note.textContent = words(told);
    } catch (error) {
      if (signal.aborted || error.status === 401) return;
      note.textContent = error.message;
    }
  }

  const item = h(
    "section",
    { class: "card" },
    h("div", { class: "row" }, h("h2", {}, "Log"), h("div", { class: "field" }, h("label", { for: "box-level", class: "visually-hidden" }, "Which lines"), select)),
    note,
    lines,
  );
  return { item, draw };
}

function words({ lines, dropped, shortened }) {
  const count = lines.length ? `Lines: ${lines.length}, the newest first.` : "No such line since the start.";
  return count + (dropped ? ` ${dropped} older ones made room.` : "") + (shortened ? ` ${shortened} were cut.` : "");
}

function line({ time, level, text }) {
  return h(
    "li",
    { class: `line ${level}` },
    h("time", { datetime: time, title: time }, new Date(time).toLocaleString(undefined, { dateStyle: "short", timeStyle: "medium" })),
    h("strong", {}, level),
    h("span", {}, text),
  );
}

function diagnosis() {
  return h(
    "section",
    { class: "card" },
    h("h2", {}, "Diagnosis"),
    h(
      "p",
      {},
      "One file for whoever helps you: versions, states, settings and log lines; no picture, face, password or key. It names your cameras and the addresses of this box and of the broker.",
    ),
    h("div", { class: "row" }, h("a", { class: "button", href: "/diagnosis", download: "porchlight-diagnosis.json" }, "Download the diagnosis")),
  );
}

/** `3 days`, `2 hours`: the largest unit. */
function span(seconds) {
  for (const [unit, length] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    const count = Math.floor(seconds / length);
    if (count >= 1) return `${count} ${unit}${count === 1 ? "" : "s"}`;
  }
  return `${Math.floor(seconds)} seconds`;
}

function size(bytes) {
  for (const [unit, length] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]]) {
    if (bytes >= length) return `${(bytes / length).toFixed(bytes / length < 10 ? 1 : 0)} ${unit}`;
  }
  return `${bytes} bytes`;
}
