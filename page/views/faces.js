// Who is known by their face: collections, people, what is kept of them, and how somebody is added or taken out.
import { badge, confirm, h, notice, show as put, when } from "../dom.js";
import { enrol, NAME, personOf } from "../enrol.js";

const FEW = 12; // references of a person that are shown at first
const COLLECTION = /^[A-Za-z0-9_.-]{1,255}$/;
const ROLE = "arn:aws:iam::000000000000:role/porchlight";

export async function show(root, tools) {
  const { api, parameters, signal, announce } = tools;
  const [state, choice, search, strangers] = [0, 1, 2, 3].map(() => h("div", { class: "list" }));
  const people = h("ul", { class: "list", "aria-label": "People" });
  let chosen = parameters.get("collection");
  let known; // of GET /faces
  put(
    root,
    h("h1", {}, "Faces"),
    h("p", { class: "quiet" }, "Who is known by their face. Everything stays on this box. Ask people before you keep their face."),
    state,
    choice,
    people,
    search,
    strangers,
  );

  /** Does it, says what went wrong, and draws what is now. */
  async function change(done, work) {
    try {
      await work();
      announce(done);
    } catch (error) {
      if (signal.aborted || error.status === 401) return;
      put(state, notice(error.message, "bad"));
      announce(error.message);
      return;
    }
    await draw();
  }

  async function add(name = "") {
    const kept = await enrol(tools, { title: name ? `Another picture of ${name}` : "Add a face", collection: chosen, name });
    if (kept) await draw();
  }

  // Collections.

  function drawChoice(ids) {
    const select = h(
      "select",
      { id: "faces-collection", onchange: (event) => ((chosen = event.target.value), draw()) },
      ids.map((id) => h("option", { value: id, selected: id === chosen }, id)),
    );
    put(
      choice,
      ids.length === 0 && notice("There is no collection yet. The first face that you add makes one, “household”."),
      ids.length > 0 && h("div", { class: "field" }, h("label", { for: "faces-collection" }, "Collection"), select),
      h(
        "div",
        { class: "row" },
        h("button", { class: "button primary", disabled: !known.ready, onclick: () => add() }, "Add a face"),
        h("button", { class: "button", onclick: newCollection }, "New collection"),
        ids.length > 0 && h("button", { class: "button danger", onclick: deleteCollection }, "Delete this collection"),
      ),
    );
  }

  async function newCollection() {
    const name = await askName("New collection", "Its name", "Letters, digits and _ . - without spaces.", COLLECTION);
    if (!name) return;
    await change(`The collection ${name} is there.`, async () => {
      await api.call("CreateCollection", { CollectionId: name }, { signal });
      chosen = name;
    });
  }

  async function deleteCollection() {
    const id = chosen;
    if (!(await confirm(`Delete the collection ${id}?`, "Every face and every person of it goes, and nothing of them can be brought back.", "Delete"))) return;
    await change("The collection is deleted.", async () => {
      await api.call("DeleteCollection", { CollectionId: id }, { signal });
      chosen = null;
    });
  }

  // People and what is kept of them.

  async function drawPeople() {
    if (!chosen) return put(people);
    const collection = { CollectionId: chosen };
    const faces = await api.all("ListFaces", collection, "Faces", { signal });
    const users = await api.all("ListUsers", collection, "Users", { signal });
    const persons = new Map(users.found.map((user) => [user.UserId, { name: user.UserId, isUser: true, faces: [] }]));
    for (const face of faces.found) {
      const name = personOf(face);
      if (!persons.has(name)) persons.set(name, { name, isUser: false, faces: [] });
      persons.get(name).faces.push(face);
    }
    const sorted = [...persons.values()].sort((a, b) => (a.name ?? "~").localeCompare(b.name ?? "~"));
    put(
      people,
      sorted.length === 0 && h("li", {}, notice("Nobody is known yet. Three to five pictures of each person are better than one.")),
      sorted.map((person) => card(person)),
      !(faces.isWhole && users.isWhole) && h("li", {}, notice("There are more; the first 2000 are shown.")),
    );
  }

  function card(person) {
    const title = person.name ?? "Without a name";
    const count = person.faces.length;
    const list = h("ul", { class: "faces" });
    const more = h("button", { class: "button", onclick: () => draw(count) }, `Show all ${count}`);
    const draw = (most) => (put(list, person.faces.slice(0, most).map((face, index) => reference(face, title, index))), (more.hidden = most >= count));
    draw(FEW);
    return h(
      "li",
      { class: "card person", dataset: { person: title } },
      h("div", { class: "row" }, h("h2", {}, title), badge(count ? "good" : "unknown", count === 1 ? "1 reference" : `${count} references`)),
      count > 0 && !known.keepsPictures && h("p", { class: "quiet small" }, "No pictures of new references are kept: ", h("code", {}, "faces.thumbnails"), " is off, or ", h("code", {}, "pictures.privacy"), " is on."),
      list,
      h(
        "div",
        { class: "row" },
        more,
        person.name && NAME.test(person.name) && h("button", { class: "button", disabled: !known.ready, onclick: () => add(person.name) }, "Add a picture", h("span", { class: "visually-hidden" }, ` of ${title}`)),
        h("button", { class: "button danger", onclick: () => deletePerson(person, title) }, "Delete person", h("span", { class: "visually-hidden" }, ` ${title}`)),
        person.name && h("button", { class: "button danger", onclick: () => forget(person.name) }, "Forget everywhere", h("span", { class: "visually-hidden" }, `: ${title}`)),
      ),
    );
  }

  function reference(face, title, index) {
    const words = `Reference ${index + 1} of ${title}`;
    const image = h("img", { src: `/faces/${face.FaceId}/picture.jpg?collection=${encodeURIComponent(chosen)}`, alt: words, loading: "lazy" });
    image.addEventListener("error", () => image.replaceWith(h("span", { class: "no-face" }, h("span", { class: "visually-hidden" }, `${words}: `), "no picture")));
    return h(
      "li",
      { dataset: { face: face.FaceId } },
      image,
      h("button", { class: "button", "aria-label": `Delete: ${words}`, onclick: () => deleteReference(face, words) }, "Delete"),
    );
  }

  async function deleteReference(face, words) {
    if (!(await confirm("Delete this reference?", `${words}. It cannot be brought back.`, "Delete"))) return;
    await change("The reference is deleted.", () => deleteFaces([face]));
  }

  async function deletePerson(person, title) {
    const detail = `All references of ${title} in ${chosen} go. What was recorded stays.`;
    if (!(await confirm(`Delete ${title}?`, detail, "Delete"))) return;
    await change(`${title} is deleted.`, async () => {
      if (person.isUser) await api.call("DeleteUser", { CollectionId: chosen, UserId: person.name }, { signal });
      await deleteFaces(person.faces.map((face) => (person.isUser ? { ...face, UserId: null } : face)));
    });
  }

  /** Faces of a user are taken from the user first: the box refuses to delete them otherwise. */
  async function deleteFaces(faces) {
    for (const face of faces.filter((face) => face.UserId)) {
      await api.call("DisassociateFaces", { CollectionId: chosen, UserId: face.UserId, FaceIds: [face.FaceId] }, { signal });
    }
    const ids = faces.map((face) => face.FaceId);
    if (ids.length > 0) await api.call("DeleteFaces", { CollectionId: chosen, FaceIds: ids }, { signal });
  }

  async function forget(name) {
    const detail = "Every trace goes, from all collections: references, and of each visit with this name the event, the picture and everything else that was recorded then. It cannot be brought back.";
    if (!(await confirm(`Forget ${name} everywhere?`, detail, "Forget"))) return;
    await change(`${name} is forgotten.`, async () => {
      const { NotErased } = await api.post("/faces/forget", { Name: name }, { signal });
      if (NotErased) throw new Error(`Something is still there, try again: ${NotErased}`);
    });
  }

  // Where they are looked for.

  async function drawSearch() {
    if (!chosen) return put(search);
    const { found: processors } = await api.all("ListStreamProcessors", {}, "StreamProcessors", { signal, most: 100 });
    const told = await Promise.all(processors.map(({ Name }) => api.call("DescribeStreamProcessor", { Name }, { signal }).catch(() => null)));
    const searching = told.filter((processor) => processor?.Settings?.FaceSearch?.CollectionId === chosen);
    const cameras = Object.keys((await api.get("/debug", { signal })).cameras).sort();
    const watched = (processor) => processor.Input.KinesisVideoStream.Arn.split("/").at(-1);
    const free = cameras.filter((camera) => !searching.some((processor) => watched(processor) === camera));
    put(
      search,
      h("h2", {}, "Where they are looked for"),
      searching.length === 0 && notice("No camera is searched for these faces: visits get no names yet."),
      searching.map((processor) => h("p", { class: "row" }, h("span", { class: "grow" }, `${watched(processor)}, by ${processor.Name}`), badge(processor.Status === "RUNNING" ? "good" : "unknown", processor.Status.toLowerCase()))),
      free.length > 0 && h("div", { class: "row" }, free.map((camera) => h("button", { class: "button", disabled: !known.ready, onclick: () => searchAt(camera, processors) }, `Look for them at ${camera}`))),
    );
  }

  async function searchAt(camera, processors) {
    const taken = new Set(processors.map((processor) => processor.Name));
    let name = `${camera}-faces`.slice(0, 120);
    for (let number = 2; taken.has(name); number += 1) name = `${camera.slice(0, 100)}-faces-${number}`;
    await change(`Faces are looked for at ${camera}.`, async () => {
      await api.call(
        "CreateStreamProcessor",
        {
          Name: name,
          Input: { KinesisVideoStream: { Arn: `arn:aws:kinesisvideo:local:000000000000:stream/${camera}` } },
          Output: { KinesisDataStream: { Arn: `arn:aws:kinesis:local:000000000000:stream/${name}` } },
          RoleArn: ROLE,
          Settings: { FaceSearch: { CollectionId: chosen } },
        },
        { signal },
      );
      await api.call("StartStreamProcessor", { Name: name }, { signal });
    });
  }

  // Who came by without a name.

  async function drawStrangers() {
    const told = await api.get("/strangers", { signal });
    const { records } = told.strangers.length > 0 ? await api.get("/why?kind=visit&label=PERSON&since=30d&limit=500", { signal }) : { records: [] };
    put(
      strangers,
      h("h2", {}, "Strangers"),
      h("p", { class: "quiet" }, remembering(told)),
      h("ul", { class: "list" }, told.strangers.slice(0, 50).map((one) => stranger(one, records.filter((record) => record.stranger === one.id)))),
      told.strangers.length > 50 && h("p", { class: "quiet" }, `And ${told.strangers.length - 50} more, who came earlier.`),
    );
  }

  function stranger({ id, visits, lastSeen }, records) {
    const pictures = records.slice(0, 4).map((record) => {
      const image = h("img", { src: `/visits/${encodeURIComponent(record.id)}/image.jpg`, alt: `${id} on ${when(record.since)}`, loading: "lazy" });
      image.addEventListener("error", () => image.parentElement.remove());
      return h("li", {}, image);
    });
    const hidden = h("span", { class: "visually-hidden" }, `: ${id}`);
    return h(
      "li",
      { class: "card", dataset: { stranger: id } },
      h("div", { class: "row" }, h("h3", {}, id), badge("unknown", visits === 1 ? "1 visit" : `${visits} visits`)),
      h("p", { class: "quiet small" }, `Seen last on ${when(lastSeen)}.`),
      h("ul", { class: "faces" }, pictures),
      h(
        "div",
        { class: "row" },
        pictures.length > 0 && h("button", { class: "button", disabled: !known.ready, onclick: () => name(id, records[0]) }, "This is …", hidden.cloneNode(true)),
        h("button", { class: "button danger", onclick: () => forgetStranger(id) }, "Forget this face", hidden),
      ),
    );
  }

  async function name(id, record) {
    const picture = async () => (await api.request("GET", `/visits/${encodeURIComponent(record.id)}/image.jpg`, { signal })).blob();
    const person = await enrol(tools, { title: "Who is this?", picture, collection: chosen, box: record.boundingBox });
    if (person) await change(`${id} is ${person} from now on.`, () => api.delete(`/strangers/${encodeURIComponent(id)}`, { signal }));
  }

  async function forgetStranger(id) {
    if (!(await confirm("Forget this face?", `${id} is somebody new when they come again. What was recorded stays.`, "Forget"))) return;
    await change("The face is forgotten.", () => api.delete(`/strangers/${encodeURIComponent(id)}`, { signal }));
  }

  async function draw() {
    known = await api.get("/faces", { signal });
    const { found: ids } = await api.all("ListCollections", {}, "CollectionIds", { signal });
    if (!ids.includes(chosen)) chosen = ids[0] ?? null;
    put(state, !known.ready && off(known.why));
    drawChoice(ids);
    await drawPeople();
    await drawSearch();
    await drawStrangers();
  }

  await draw();
}

function remembering({ remembered, kept, strangers }) {
  if (!remembered) return "Nobody without a name is remembered: faces.rememberStrangers is off.";
  const who = strangers.length > 0 ? "They came by without a name, and are known as the same when they come again." : "Nobody without a name has come by.";
  return `${who} ${kept ? "They are kept on the disk." : "They are forgotten when Porchlight ends."}`;
}

function off(why) {
  return h(
    "div",
    { class: "notice bad" },
    h("p", {}, `Faces are off. ${why}`),
    h("p", {}, "Two networks for faces come with Porchlight. Set ", h("code", {}, "faces.detector"), " and ", h("code", {}, "faces.embedder"), " to ", h("code", {}, "default"), " in the settings, or leave both out, and start Porchlight again."),
  );
}

/** Resolves with a name that fits the rule, or null. */
function askName(title, label, rule, pattern) {
  return new Promise((resolve) => {
    const input = h("input", { id: "ask-name", autocomplete: "off", autocapitalize: "none", spellcheck: "false", "aria-describedby": "ask-rule" });
    const button = h("button", { class: "button primary", type: "submit", disabled: true }, "Make it");
    const form = h(
      "form",
      { class: "list" },
      h("h2", { id: "ask-title" }, title),
      h("div", { class: "field" }, h("label", { for: "ask-name" }, label), input, h("p", { class: "quiet small", id: "ask-rule" }, rule)),
      h("div", { class: "actions" }, h("button", { class: "button", type: "button", onclick: () => dialog.close() }, "Cancel"), button),
    );
    const dialog = h("dialog", { class: "dialog", "aria-labelledby": "ask-title" }, form);
    let name = null;
    input.addEventListener("input", () => (button.disabled = !pattern.test(input.value.trim())));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      name = input.value.trim();
      dialog.close();
    });
    dialog.addEventListener("close", () => (dialog.remove(), resolve(name)));
    document.body.append(dialog);
    dialog.showModal();
  });
}
