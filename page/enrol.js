// Keeps somebody's face: a picture is judged by the box and shown with what it says before anything is kept.
import { h, notice, show as put } from "./dom.js";
import { overlay } from "./overlay.js";

/** As the box takes names. */
export const NAME = /^[A-Za-z0-9_.:-]{1,128}$/;
const NAME_RULE = "Letters, digits and _ . - : without spaces.";
const USUAL = "household";
const REASONS = {
  SMALL_BOUNDING_BOX: "it is too small (64 pixels at least)",
  LOW_SHARPNESS: "it is blurred",
  LOW_BRIGHTNESS: "it is too dark",
  EXTREME_POSE: "it is turned away",
  LOW_CONFIDENCE: "it is hardly a face",
  LOW_FACE_QUALITY: "the picture has no colours, as at night",
};
const MOST_SIDE = 2560;
const MOST_BYTES = 4 << 20;

/** Who a reference is of. */
export const personOf = (face) => face.UserId ?? face.ExternalImageId ?? null;

/** Asks whose face is in a picture, shows how good it is, and keeps it. Resolves with the name under which it was kept, or null.
 *  `picture`: a function that fetches it as a Blob; without one a file is asked for. `collection`: nothing: the first there is,
 *  or `household`. `name`: who it is, if that is known. `box`: where the person is, in shares of the picture. */
export async function enrol({ api, signal, announce }, { title, picture = null, collection = null, name = "", box = null }) {
  const { found: collections } = await api.all("ListCollections", {}, "CollectionIds", { signal });
  const usual = collection ?? collections[0] ?? USUAL;
  if (!collections.includes(usual)) collections.unshift(usual);
  const people = await names(api, collections, signal);

  return new Promise((resolve) => {
    let chosen = null; // what is kept when people say so: { blob, face }
    let kept = null;
    let turn = 0; // a later picture replaces an earlier one, whichever answer comes first
    let url = null;

    const stage = h("div", { class: "list", "aria-live": "polite" });
    const file = h("input", { id: "enrol-file", type: "file", accept: "image/jpeg,image/png", onchange: () => file.files[0] && judge(() => file.files[0]) });
    const who = h("input", { id: "enrol-name", value: name, list: "enrol-people", maxlength: 128, autocomplete: "off", autocapitalize: "none", spellcheck: "false", "aria-describedby": "enrol-rule", oninput: draw });
    const where = h("select", { id: "enrol-collection" }, collections.map((id) => h("option", { value: id, selected: id === usual }, id)));
    const keep = h("button", { class: "button primary", type: "submit", disabled: true }, "Keep this face");
    const form = h(
      "form",
      { class: "list" },
      h("h2", { id: "enrol-title" }, title),
      !picture && h("div", { class: "field" }, h("label", { for: "enrol-file" }, "Picture with a face"), file, h("p", { class: "quiet small" }, "It goes to the box and nowhere else. Ask the person first.")),
      stage,
      h("div", { class: "field" }, h("label", { for: "enrol-name" }, "Who is it?"), who, h("p", { class: "quiet small", id: "enrol-rule" }, NAME_RULE)),
      h("datalist", { id: "enrol-people" }, people.map((person) => h("option", { value: person }))),
      h("div", { class: "field", hidden: collections.length < 2 }, h("label", { for: "enrol-collection" }, "Collection"), where),
      h("div", { class: "actions" }, h("button", { class: "button", type: "button", onclick: () => dialog.close() }, "Cancel"), keep),
    );
    const dialog = h("dialog", { class: "dialog wide", "aria-labelledby": "enrol-title" }, form);
    const end = () => dialog.close();

    form.addEventListener("submit", (event) => (event.preventDefault(), save()));
    signal.addEventListener("abort", end, { once: true });
    dialog.addEventListener("close", () => {
      signal.removeEventListener("abort", end);
      turn += 1;
      if (url) URL.revokeObjectURL(url);
      dialog.remove();
      resolve(kept);
    });
    document.body.append(dialog);
    dialog.showModal();
    if (picture) judge(picture);

    function draw() {
      keep.disabled = !(chosen?.face.Reasons.length === 0 && NAME.test(who.value.trim()));
    }

    async function judge(load) {
      const mine = (turn += 1);
      chosen = null;
      draw();
      put(stage, h("p", { class: "quiet" }, "The box looks at the picture …"));
      try {
        const small = await fitting(await load());
        const faces = await check(api, small.blob, signal);
        if (mine !== turn) return;
        const person = box && faces.filter((face) => isInside(face.FaceDetail.BoundingBox, box));
        const wanted = person?.length ? person : faces;
        if (wanted.length === 1 && faces.length === 1) return shown(small, faces[0]);
        if (wanted.length === 1) return await cutOut(small, wanted[0], mine);
        choose(small, wanted, mine);
      } catch (error) {
        if (mine === turn && !signal.aborted) put(stage, notice(error.message, "bad"));
      }
    }

    /** Only one face may be kept: the others are cut away, and what is left is judged anew. */
    async function cutOut(whole, face, mine) {
      const part = await cropped(whole.blob, face.FaceDetail.BoundingBox);
      const faces = await check(api, part.blob, signal);
      if (mine !== turn) return;
      if (faces.length === 0) return put(stage, notice("This face cannot be cut out. Take another picture.", "bad"));
      // What is nearest to the middle is the one that was meant.
      const middle = ({ FaceDetail: { BoundingBox: b } }) => Math.hypot(b.Left + b.Width / 2 - 0.5, b.Top + b.Height / 2 - 0.5);
      const [meant] = faces.sort((a, b) => middle(a) - middle(b));
      if (faces.length > 1) meant.Reasons.push("OTHERS");
      shown(part, meant);
    }

    function shown(part, face) {
      chosen = { blob: part.blob, face };
      const isGood = face.Reasons.length === 0;
      const words = face.Reasons.map((reason) => REASONS[reason] ?? "somebody else is too near").join(", ");
      put(stage, framed(part, [face]), notice(isGood ? "This face will do." : `This face will not do: ${words}.`, isGood ? null : "bad"), facts(face));
      draw();
    }

    function choose(whole, faces, mine) {
      if (faces.length === 0) return put(stage, framed(whole, []), notice("No face was found in this picture.", "bad"));
      put(
        stage,
        framed(whole, faces),
        h("p", {}, `${faces.length} faces were found. Which one do you mean?`),
        h("div", { class: "row" }, faces.slice(0, 12).map((face, index) => h("button", { class: "button", type: "button", onclick: () => cutOut(whole, face, mine).catch((error) => put(stage, notice(error.message, "bad"))) }, `Face ${index + 1}`))),
      );
    }

    /** The picture with the faces in frames. */
    function framed(shown, faces) {
      if (url) URL.revokeObjectURL(url);
      url = URL.createObjectURL(shown.blob);
      const drawing = overlay({ label: "The picture that was chosen", signal });
      drawing.showPicture(url);
      drawing.resize(shown);
      drawing.element.style.setProperty("max-width", `${Math.round((40 * shown.width) / shown.height)}vh`);
      faces.forEach(({ FaceDetail: { BoundingBox: b } }, index) => {
        const mark = drawing.box({ left: b.Left, top: b.Top, width: b.Width, height: b.Height }, { class: "counts" });
        drawing.layer("faces").append(mark, faces.length > 1 ? drawing.label({ x: b.Left, y: b.Top }, String(index + 1)) : "");
      });
      return drawing.element;
    }

    async function save() {
      const person = who.value.trim();
      if (!chosen || keep.disabled) return;
      keep.disabled = true;
      try {
        await index(api, chosen.blob, where.value, person, signal);
        kept = person;
        announce(`The face is kept as ${person}.`);
        dialog.close();
      } catch (error) {
        if (signal.aborted) return;
        stage.append(notice(error.message, "bad"));
        announce(error.message);
        draw();
      }
    }
  });
}

/** Keeps the one face of a picture. Where the person is a user of the collection, the face becomes one of the user's. */
async function index(api, blob, collection, person, signal) {
  const { found } = await api.all("ListCollections", {}, "CollectionIds", { signal });
  if (!found.includes(collection)) await api.call("CreateCollection", { CollectionId: collection }, { signal });
  const answer = await api.call(
    "IndexFaces",
    { CollectionId: collection, Image: { Bytes: await base64(blob) }, ExternalImageId: person, MaxFaces: 1, QualityFilter: "AUTO" },
    { signal },
  );
  const face = answer.FaceRecords[0]?.Face;
  if (!face) throw new Error("The face was not kept: it is not good enough.");
  const { found: users } = await api.all("ListUsers", { CollectionId: collection }, "Users", { signal });
  if (!users.some((user) => user.UserId === person)) return;
  await api.call("AssociateFaces", { CollectionId: collection, UserId: person, FaceIds: [face.FaceId] }, { signal });
}

/** Who is known already, in all collections. */
async function names(api, collections, signal) {
  const known = new Set();
  for (const id of collections.slice(0, 10)) {
    const faces = await api.all("ListFaces", { CollectionId: id }, "Faces", { signal }).catch(() => ({ found: [] }));
    for (const face of faces.found) if (personOf(face)) known.add(personOf(face));
  }
  return [...known].sort().slice(0, 200);
}

async function check(api, blob, signal) {
  return (await api.post("/faces/check", { Image: { Bytes: await base64(blob) } }, { signal })).Faces;
}

/** How good a face is, in words and figures. The box says what is too little. */
function facts({ FaceDetail: face, Pixels, IsColor, Reasons }) {
  const { Sharpness, Brightness } = face.Quality;
  const { Yaw, Pitch, Roll } = face.Pose;
  const word = (reason, bad, good) => (Reasons.includes(reason) ? bad : good);
  const degrees = (value) => `${Math.round(Math.abs(value))}°`;
  const rows = [
    ["Size", `${word("SMALL_BOUNDING_BOX", "too small", "large enough")}, ${Pixels} pixels`],
    ["Sharpness", `${word("LOW_SHARPNESS", "blurred", "sharp enough")}, ${Math.round(Sharpness)} of 100`],
    ["Brightness", `${word("LOW_BRIGHTNESS", "too dark", "bright enough")}, ${Math.round(Brightness)} of 100`],
    ["Turned", `${word("EXTREME_POSE", "too far", "not too far")}: ${degrees(Yaw)} to the side, ${degrees(Pitch)} up or down, ${degrees(Roll)} tilted`],
    ["Colours", IsColor ? "yes" : "no"],
    ["Certainty", `${Math.floor(face.Confidence)} %`],
  ];
  return h("dl", { class: "facts" }, rows.map(([title, text]) => [h("dt", {}, title), h("dd", {}, text)]));
}

function isInside(face, box) {
  const [x, y] = [face.Left + face.Width / 2, face.Top + face.Height / 2];
  return x >= box.left && x <= box.left + box.width && y >= box.top && y <= box.top + box.height;
}

// Pictures.

async function base64(blob) {
  const text = await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new Error("The picture cannot be read."));
    reader.readAsDataURL(blob);
  });
  return text.slice(text.indexOf(",") + 1);
}

async function bitmap(blob) {
  try {
    return await createImageBitmap(blob);
  } catch {
    throw new Error("This is no picture that can be read. Take a JPEG or a PNG.");
  }
}

/** The picture itself, or a smaller one where the box would take it for too large. */
async function fitting(blob) {
  const image = await bitmap(blob);
  const side = Math.max(image.width, image.height);
  const isTaken = ["image/jpeg", "image/png"].includes(blob.type) && blob.size <= MOST_BYTES && side <= MOST_SIDE;
  return isTaken ? { blob, width: image.width, height: image.height } : drawn(image, { x: 0, y: 0, width: image.width, height: image.height }, Math.min(1, MOST_SIDE / side));
}

/** The face with as much again around it. */
async function cropped(blob, face) {
  const image = await bitmap(blob);
  const around = 0.6 * Math.max(face.Width * image.width, face.Height * image.height);
  const x = Math.max(0, Math.floor(face.Left * image.width - around));
  const y = Math.max(0, Math.floor(face.Top * image.height - around));
  const right = Math.min(image.width, Math.ceil((face.Left + face.Width) * image.width + around));
  const bottom = Math.min(image.height, Math.ceil((face.Top + face.Height) * image.height + around));
  return drawn(image, { x, y, width: right - x, height: bottom - y }, 1);
}

function drawn(image, part, scale) {
  const canvas = h("canvas", { width: Math.max(1, Math.round(part.width * scale)), height: Math.max(1, Math.round(part.height * scale)) });
  canvas.getContext("2d").drawImage(image, part.x, part.y, part.width, part.height, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve({ blob, width: canvas.width, height: canvas.height }) : reject(new Error("The picture cannot be made smaller."))), "image/jpeg", 0.95);
  });
}
