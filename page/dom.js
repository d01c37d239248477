// Elements are made by calls. Text is always text: nothing that comes from the box is ever read as HTML.

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element. `attributes`: `class`, `onclick: function`, `disabled: true`, `dataset: {…}`; nothing for null and false. */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element, the same way. */
export function s(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Replaces what an element holds. */
export function show(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter(Boolean));
}

/** An icon of 24 by 24, drawn in lines. `path`: as SVG's `d`. */
export function icon(path) {
  return s("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" }, s("path", { d: path }));
}

/** A word with the colour of how it is. `kind`: good, bad, unknown. */
export function badge(kind, text) {
  return h("span", { class: `badge ${kind}` }, text);
}

/** A button with words. `attributes`: such as another `class`. */
export function button(text, onclick, attributes) {
  return h("button", { class: "button", type: "button", onclick, ...attributes }, text);
}

/** A sentence that stands out. `kind`: bad or nothing. */
export function notice(text, kind) {
  return h("p", { class: kind ? `notice ${kind}` : "notice" }, text);
}

/** Asks before something that cannot be undone. Resolves with true or false. */
export function confirm(question, detail, action) {
  return new Promise((resolve) => {
    const dialog = h(
      "dialog",
      { class: "dialog", "aria-labelledby": "dialog-title" },
      h("h2", { id: "dialog-title" }, question),
      detail && h("p", {}, detail),
      h(
        "form",
        { method: "dialog", class: "actions" },
        h("button", { class: "button", value: "no", autofocus: true }, "Cancel"),
        h("button", { class: "button danger", value: "yes" }, action),
      ),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** "in 3 minutes", "2 hours ago", in the browser's own zone. `time`: a Date, RFC 3339 or milliseconds. */
export function ago(time) {
  const seconds = (new Date(time).getTime() - Date.now()) / 1000;
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    if (Math.abs(seconds) >= size) return words.format(Math.trunc(seconds / size), unit);
  }
  return Math.abs(seconds) < 5 ? "just now" : words.format(Math.trunc(seconds), "second");
}

/** A date and a time for people. */
export function when(time) {
  return new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** Runs `work` now and again `milliseconds` after it has ended, until `signal` aborts; pauses while nobody sees the page. */
export async function every(milliseconds, signal, work) {
  while (!signal.aborted) {
    if (!document.hidden) await work();
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
    });
  }
}
