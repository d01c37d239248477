// Starts the page: who is signed in, which view is shown, what went wrong.
import { api, ApiError } from "./api.js";
import { confirm, h, icon, notice, show } from "./dom.js";
import { views } from "./views.js";

const [bar, navigation, main, announcer] = ["bar", "navigation", "main", "announcer"].map((id) =>
  document.getElementById(id),
);
let shown = null; // the AbortController of the view that is shown
let isUnsaved = () => false; // what was set in the view would go with it

/** Speaks to people who hear the page. */
function announce(text) {
  announcer.textContent = "";
  setTimeout(() => (announcer.textContent = text), 50);
}

/** `#visits?processor=porch` is the view `visits` with its parameters. */
function place() {
  const [path, query = ""] = location.hash.slice(1).split("?", 2);
  return { view: views.find((view) => view.path === path) ?? views[0], parameters: new URLSearchParams(query) };
}

function drawNavigation(current) {
  show(
    navigation,
    views.map((view) =>
      h(
        "a",
        { href: `#${view.path}`, class: "tab", "aria-current": view === current ? "page" : null },
        icon(view.icon ?? "M5 12h14"),
        h("span", {}, view.title),
      ),
    ),
  );
}

/** Ends what is shown and begins anew. */
function begin() {
  shown?.abort();
  shown = new AbortController();
  isUnsaved = () => false;
  return shown.signal;
}

async function showView() {
  const { view, parameters } = place();
  const signal = begin();
  bar.hidden = false;
  drawNavigation(view);
  document.title = `${view.title} – Porchlight`;
  const root = h("div", { class: "view" });
  show(main, root);
  try {
    const { show: start } = await view.load();
    if (signal.aborted) return;
    await start(root, { api, parameters, signal, announce, guard: (asks) => signal.aborted || (isUnsaved = asks) });
  } catch (error) {
    if (signal.aborted || error.name === "AbortError" || error.status === 401) return;
    const words = error instanceof ApiError ? error.message : `This view cannot be shown: ${error.message}`;
    root.append(notice(words, "bad"), h("button", { class: "button", onclick: showView }, "Try again"));
    announce(words);
    if (!(error instanceof ApiError)) console.error(error);
  }
}

async function showSignIn(reason) {
  const signal = begin();
  bar.hidden = true;
  document.title = "Sign in – Porchlight";
  const { show: start } = await import("./views/signin.js");
  const root = h("div", { class: "view" });
  show(main, root);
  await start(root, { api, signal, announce, reason, done: showView });
}

/** A link of `porchlight console` carries a code, which is used at once and goes from the address and the history. */
async function signInByLink() {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (!code) return false;
  history.replaceState(null, "", location.pathname);
  try {
    await api.post("/session", { code });
  } catch (error) {
    await showSignIn(error.message);
    return true;
  }
  await showView();
  return true;
}

async function start() {
  if (await signInByLink()) return;
  try {
    await api.get("/sessions");
  } catch (error) {
    if (error.status !== 401) await showSignIn(error.message);
    return;
  }
  await showView();
}

api.addEventListener("signedout", () => {
  if (document.querySelector("#sign-in")) return;
  showSignIn(bar.hidden ? null : "You are signed out.");
});
window.addEventListener("beforeunload", (event) => isUnsaved() && event.preventDefault());
window.addEventListener("hashchange", async ({ oldURL, newURL }) => {
  if (await signInByLink()) return;
  if (bar.hidden) return;
  if (isUnsaved()) {
    history.replaceState(null, "", oldURL);
    if (!(await confirm("Leave without saving?", "What you set here is not on the box.", "Leave"))) return;
    history.replaceState(null, "", newURL);
  }
  await showView();
  main.focus({ preventScroll: true });
  window.scrollTo(0, 0);
});
document.getElementById("skip").addEventListener("click", () => main.focus());
start();
