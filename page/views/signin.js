// Signing in with the token. A link of `porchlight console` needs no view.
import { h, notice, show as put } from "../dom.js";

export async function show(root, { api, announce, reason, done }) {
  const problem = h("div", { role: "alert" }, reason && notice(reason, "bad"));
  const token = h("input", {
    id: "token",
    name: "token",
    type: "password",
    autocomplete: "current-password",
    autocapitalize: "off",
    spellcheck: "false",
    required: true,
  });
  const button = h("button", { class: "button primary", type: "submit" }, "Sign in");

  async function signIn(event) {
    event.preventDefault();
    button.disabled = true;
    try {
      await api.post("/session", { token: token.value.trim() });
      announce("You are signed in.");
      await done();
    } catch (error) {
      put(problem, notice(error.message, "bad"));
      token.select();
      token.focus();
    } finally {
      button.disabled = false;
    }
  }

  put(
    root,
    h(
      "section",
      { class: "card sign-in", id: "sign-in" },
      h("img", { src: "/page/icon.svg", alt: "", width: 56, height: 56 }),
      h("h1", {}, "Porchlight"),
      h("p", { class: "quiet" }, "This page is on your own box. Nothing that you see here leaves it."),
      problem,
      h(
        "form",
        { onsubmit: signIn },
        h("div", { class: "field" }, h("label", { for: "token" }, "Token"), token),
        button,
      ),
      h(
        "p",
        { class: "quiet small" },
        "On the box, ",
        h("code", {}, "sudo porchlight console"),
        " prints a link that signs in by itself, and ",
        h("code", {}, "sudo porchlight credentials"),
        " prints the token.",
      ),
    ),
  );
  token.focus();
}
