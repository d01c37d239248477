// Who is signed in on this page, from where, and how each of them is signed out.
import { ago, badge, confirm, every, h, show as put, when } from "../dom.js";

export async function show(root, { api, signal, announce }) {
  const list = h("ul", { class: "list" });
  const leave = h("button", { class: "button", onclick: () => api.signOut() }, "Sign out");
  put(root, h("h1", {}, "Signed in"), h("div", { class: "row" }, leave), list);

  async function end(session) {
    if (!(await confirm("Sign this browser out?", session.browser || "A program without a name.", "Sign out"))) return;
    await api.delete(`/sessions/${encodeURIComponent(session.id)}`);
    announce("Signed out.");
    await draw();
  }

  function row(session) {
    return h(
      "li",
      { class: "card" },
      h(
        "div",
        { class: "row" },
        h("h2", {}, session.from),
        session.current ? badge("good", "This browser") : h("button", { class: "button", onclick: () => end(session) }, "Sign out"),
      ),
      h("p", {}, session.browser || "A program without a name."),
      h("p", { class: "quiet" }, `Since ${when(session.since)}, used ${ago(session.lastUsed)}.`),
    );
  }

  async function draw() {
    put(list, (await api.get("/sessions", { signal })).sessions.map(row));
  }

  await draw();
  every(15000, signal, () => draw().catch((error) => signal.aborted || announce(error.message)));
}
