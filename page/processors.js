// What the views of processors share: a processor's words, and what making one takes.
import { h } from "./dom.js";

export const LABELS = [["PERSON", "Person"], ["PET", "Pet"], ["PACKAGE", "Package"]];
const STATES = {
  RUNNING: ["good", "Looks"],
  STARTING: ["unknown", "Waits"],
  STOPPED: ["unknown", "Stopped"],
  STOPPING: ["unknown", "Is stopping"],
  UPDATING: ["unknown", "Takes new settings"],
  FAILED: ["bad", "Has failed"],
};
const TRIAL = /Settings on trial until (\S+); they go back unless confirmed/;

/** What the API describes, as the page needs it. */
export function read(described) {
  const message = described.StatusMessage ?? "";
  const home = described.Settings.ConnectedHome;
  const [kind, word] = STATES[described.Status] ?? ["unknown", described.Status];
  return {
    name: described.Name,
    camera: described.Input.KinesisVideoStream.Arn.split("/")[1] ?? "",
    kind,
    word,
    reason: message.replace(TRIAL, "").replace(/\. $/, ""),
    isStopped: ["STOPPED", "FAILED"].includes(described.Status),
    trialUntil: TRIAL.test(message) ? Date.parse(TRIAL.exec(message)[1]) : null,
    faces: described.Settings.FaceSearch ?? null,
    labels: home?.Labels ?? [],
    minConfidence: home?.MinConfidence ?? 50,
    regions: described.RegionsOfInterest ?? [],
    changedAt: described.LastUpdateTimestamp,
  };
}

export function labelWords(labels) {
  if (labels.includes("ALL")) return "everything that the network knows";
  return LABELS.filter(([label]) => labels.includes(label)).map(([, word]) => word.toLowerCase()).join(", ");
}

/** Every processor of the box. */
export async function all(api, signal) {
  const { found } = await api.all("ListStreamProcessors", {}, "StreamProcessors", { signal });
  return Promise.all(found.map(async ({ Name }) => read(await api.call("DescribeStreamProcessor", { Name }, { signal }))));
}

/** CreateStreamProcessor with the same names for what AWS wants as `porchlight processor create`. */
export function creation(name, camera, labels) {
  const local = (service, rest) => `arn:aws:${service}:local:000000000000:${rest}`;
  return {
    Name: name,
    Input: { KinesisVideoStream: { Arn: local("kinesisvideo", `stream/${camera}`) } },
    Output: { S3Destination: { Bucket: "results" } },
    RoleArn: "arn:aws:iam::000000000000:role/porchlight",
    NotificationChannel: { SNSTopicArn: local("sns", name) },
    Settings: { ConnectedHome: { Labels: labels } },
  };
}

/** Boxes to choose labels with. `onchange(labels)`. Returns `{element, put(labels)}`. */
export function labelChoice(onchange) {
  let labels = [];
  const box = (label, words) => {
    const input = h("input", { type: "checkbox", value: label, onchange: () => choose(label, input.checked) });
    return { input, item: h("label", { class: "check" }, input, words) };
  };
  const boxes = [box("ALL", "Everything that the network knows"), ...LABELS.map(([label, word]) => box(label, word))];

  function choose(label, isOn) {
    const others = labels.filter((other) => other !== label);
    put(isOn ? [...others, label] : others);
    onchange(labels);
  }

  function put(next) {
    labels = next;
    for (const { input } of boxes) {
      input.checked = labels.includes("ALL") || labels.includes(input.value);
      input.disabled = labels.includes("ALL") && input.value !== "ALL";
    }
  }

  const legend = h("legend", {}, "What counts");
  return { element: h("fieldset", { class: "labels" }, legend, boxes.map(({ item }) => item)), put };
}
