// The stream processors: what each does, its start and stop, new ones, and the settings of one (`#processors?name=…`).
import { badge, button, confirm, every, h, notice, show as put } from "../dom.js";
import { all, creation, labelChoice, labelWords } from "../processors.js";

export async function show(root, tools) {
  const name = tools.parameters.get("name");
  if (name === null) return showList(root, tools);
  const { showSettings } = await import("../settings.js");
  await showSettings(root, name, tools);
}

async function showList(root, { api, signal, announce }) {
  const [trouble, list, making] = [h("div", {}), h("ul", { class: "grid" }), h("div", {})];
  const about = h("p", { class: "quiet" }, "Each watches one camera and says what counts there.");
  put(root, h("h1", {}, "Processors"), about, trouble, list, making);
  let drawn = "";

  async function load() {
    try {
      const processors = await all(api, signal);
      put(trouble);
      const now = JSON.stringify(processors);
      if (now === drawn) return;
      drawn = now;
      const focused = list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
      put(list, processors.map(card));
      if (processors.length === 0) put(list, h("li", {}, notice("There is no processor: nothing is looked for.")));
      if (focused) list.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
    } catch (error) {
      if (!signal.aborted && error.status !== 401) put(trouble, notice(error.message, "bad"));
    }
  }

  async function act(words, ...calls) {
    try {
      for (const [operation, body] of calls) await api.call(operation, body, { signal });
      announce(words);
    } catch (error) {
      if (signal.aborted) return;
      announce(error.message);
      await load();
      put(trouble, notice(error.message, "bad"));
      return;
    }
    await load();
  }

  async function remove({ name, isStopped }) {
    const question = `Delete the processor ${name}?`;
    if (!(await confirm(question, "Its settings and regions go. Its visits stay until they are old.", "Delete"))) return;
    const stop = isStopped ? [] : [["StopStreamProcessor", { Name: name }]];
    await act(`${name} is deleted.`, ...stop, ["DeleteStreamProcessor", { Name: name }]);
  }

  function card(processor) {
    const { name, kind, word, reason, camera, faces, isStopped, trialUntil } = processor;
    const facts = faces
      ? [["Camera", camera], ["Looks for", `faces of ${faces.CollectionId}`], ["Alike", `${faces.FaceMatchThreshold} % or more`]]
      : [
          ["Camera", camera],
          ["Looks for", labelWords(processor.labels)],
          ["Confidence", `${processor.minConfidence} % or more`],
          ["Regions", processor.regions.length || "the whole picture"],
        ];
    const named = (text) => ({ "aria-label": `${text} ${name}`, dataset: { key: `${text} ${name}` } });
    const settings = { class: "button", href: `#processors?name=${encodeURIComponent(name)}`, ...named("Settings of") };
    const turn = isStopped
      ? button("Start", () => act(`${name} is started.`, ["StartStreamProcessor", { Name: name }]), named("Start"))
      : button("Stop", () => act(`${name} is stopped.`, ["StopStreamProcessor", { Name: name }]), named("Stop"));
    return h(
      "li",
      { class: "card" },
      h("div", { class: "row" }, h("h2", {}, name), badge(kind, word)),
      reason && h("p", {}, `${reason}.`.replace(/\.\.$/, ".")),
      trialUntil && h("p", {}, "Its settings are on trial."),
      h("dl", { class: "facts" }, facts.map(([title, text]) => [h("dt", {}, title), h("dd", {}, text)])),
      h(
        "div",
        { class: "row" },
        !faces && h("a", settings, "Settings"),
        turn,
        button("Delete", () => remove(processor), { ...named("Delete"), class: "button danger" }),
      ),
    );
  }

  function drawMaking(cameras) {
    let chosen = ["ALL"];
    const rule = { required: true, maxlength: 128, pattern: "[a-zA-Z0-9_.\\-]+" };
    const title = h("input", { id: "new-name", autocomplete: "off", spellcheck: "false", ...rule });
    const camera = h("select", { id: "new-camera" }, cameras.map((name) => h("option", { value: name }, name)));
    const labels = labelChoice((next) => (chosen = next));
    const starts = h("input", { type: "checkbox", checked: true });
    const told = h("div", {});
    labels.put(chosen);

    async function create(event) {
      event.preventDefault();
      if (chosen.length === 0) return refuse("Choose what counts.");
      const name = title.value;
      try {
        await api.call("CreateStreamProcessor", creation(name, camera.value, chosen), { signal });
        if (starts.checked) await api.call("StartStreamProcessor", { Name: name }, { signal });
      } catch (error) {
        return signal.aborted || refuse(error.message);
      }
      announce(`${name} is made.`);
      location.hash = `processors?name=${encodeURIComponent(name)}`;
    }

    function refuse(words) {
      put(told, notice(words, "bad"));
      announce(words);
    }

    const form = h(
      "form",
      { class: "list", onsubmit: create },
      h("div", { class: "field" }, h("label", { for: "new-name" }, "Name (letters, digits, _ . -)"), title),
      h("div", { class: "field" }, h("label", { for: "new-camera" }, "Camera"), camera),
      labels.element,
      h("label", { class: "check" }, starts, "Start it at once"),
      told,
      h("div", { class: "actions" }, h("button", { class: "button primary" }, "Make it")),
    );
    put(making, h("details", { class: "card" }, h("summary", {}, "New processor"), form));
  }

  await load();
  every(5000, signal, load);
  drawMaking(Object.keys((await api.get("/debug", { signal })).cameras).sort());
}
